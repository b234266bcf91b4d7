//! Showing stored candles that later answers changed.

use market::{ExpiredKey, InstrumentKey};
use protocol::ChangedCandle;
use store::ChangedCandleRow;

use crate::error::EngineError;
use crate::requests::RequestService;

impl RequestService {
    /// The newest change first: before one, of a contract or of an underlying and its contracts where these are given.
    pub async fn changed_candles(
        &self,
        underlying: Option<&InstrumentKey>,
        contract: Option<&ExpiredKey>,
        before: Option<i64>,
        most: u32,
    ) -> Result<Vec<ChangedCandle>, EngineError> {
        let underlying = match underlying {
            Some(key) => match self.store.underlying(key).await? {
                Some((id, _)) => Some(id),
                None => return Ok(Vec::new()),
            },
            None => None,
        };
        let contract = match contract {
            Some(key) => {
                let stored = self.store.contract(key).await?;
                Some(stored.ok_or_else(|| EngineError::UnknownContract(key.clone()))?.id)
            }
            None => None,
        };
        let rows = self.store.changed_candles(underlying, contract, before, most).await?;
        Ok(rows.into_iter().map(changed_candle).collect())
    }
}

fn changed_candle(row: ChangedCandleRow) -> ChangedCandle {
    let ChangedCandleRow { id, expired_key, of, interval, old, stored, changed_at, request } = row;
    ChangedCandle {
        id,
        expired_key,
        symbol: of,
        interval,
        at: old.start,
        old: old.into(),
        stored: stored.map(Into::into),
        changed_at,
        request: request.number(),
    }
}
