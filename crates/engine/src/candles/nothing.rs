//! Why there is no candle of what was wished for: never asked for, never traded, or stored of something else.

use market::DayRange;
use protocol::{ContractRow, ContractState};

use super::CandlesWish;
use crate::error::EngineError;
use crate::market_data::MarketDataService;

impl MarketDataService {
    /// The refusal for whoever wants a file and not an empty one.
    pub async fn no_candles(&self, wish: &CandlesWish) -> Result<EngineError, EngineError> {
        let contract = self.contract(&wish.key).await?;
        let rows = self.best_contract_rows(&contract.underlying_key, contract.expiry, None).await?.rows;
        let row = rows.into_iter().find(|row| row.contract.expired_key == wish.key);
        let Some(row) = row else { return Err(EngineError::UnknownContract(wish.key.clone())) };
        let why = if row.candles == 0 { of_none(&row) } else { of_others(&row, wish) };
        Ok(EngineError::NoCandles(format!("there is no candle of {}: {why}", contract.trading_symbol)))
    }
}

fn of_none(row: &ContractRow) -> String {
    match row.state {
        ContractState::NotAsked => "it was never asked for, collect its expiry first".to_owned(),
        ContractState::Pruned => format!("it was {}, collect it again", row.words()),
        _ => row.words(),
    }
}

fn of_others(row: &ContractRow, wish: &CandlesWish) -> String {
    let ends = row.first.zip(row.last).and_then(|(first, last)| DayRange::new(first.day(), last.day()).ok());
    let stored = ends.map_or(String::new(), |days| format!(" of {}", days.to_long_text()));
    match wish.range {
        Some(days) => format!(
            "nothing of {} makes {} candles, and what is stored are {} candles{stored}",
            days.to_long_text(),
            wish.interval,
            row.interval
        ),
        None => {
            format!("what is stored are {} candles{stored}, and they make no {}", row.interval, wish.interval)
        }
    }
}
