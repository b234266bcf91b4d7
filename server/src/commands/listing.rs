//! `expirytrack instruments`, `expiries` and `contracts`.

use market::{ContractKinds, Day, Price, UnderlyingName};
use protocol::{Span, Spot, SpotPrice, TradedPrices, UnderlyingRow};

use crate::arguments::Global;
use crate::desk::Desk;
use crate::exit::Exit;
use crate::http::documents::{ContractLine, ExpiryLine};
use crate::output::{print, print_json, table, tell};

pub async fn instruments(global: &Global, search: &str) -> anyhow::Result<Exit> {
    let document = Desk::open(global.engine_config().await?).await?.instruments(search).await?;
    if let Some(sentence) = document.master.sentence() {
        tell(sentence);
    }
    show(global, &document, || instrument_table(&document.instruments))
}

pub async fn expiries(global: &Global, underlying: &UnderlyingName, span: Span) -> anyhow::Result<Exit> {
    let document = Desk::open(global.engine_config().await?).await?.expiries(underlying, span).await?;
    if let Some(wait) = &document.waits {
        tell(format!("these are the expiries that are known; a newer list waits: {}", wait.sentence));
    }
    for entry in &document.refused {
        tell(format!("an entry of the list is left out: {}: {}", entry.raw, entry.reason));
    }
    show(global, &document, || expiry_table(&document.expiries))
}

pub async fn contracts(
    global: &Global,
    underlying: &UnderlyingName,
    expiry: Day,
    kind: ContractKinds,
) -> anyhow::Result<Exit> {
    let document =
        Desk::open(global.engine_config().await?).await?.contracts(underlying, expiry, kind).await?;
    if let Some(doubts) = document.lists.doubts(kind) {
        tell(doubts);
    }
    if document.lists.refused > 0 {
        tell(format!(
            "{} listed rows could not be read; they are kept in quarantine",
            document.lists.refused
        ));
    }
    tell(spot_words(&document.spot));
    show(global, &document, || contract_table(&document.contracts))
}

/// Where the underlying stood at the close of the expiry's day.
fn spot_words(spot: &Spot) -> String {
    match spot.known() {
        Ok(SpotPrice { price, at }) => {
            let origin = spot.origin().map(|origin| format!(" ({origin})")).unwrap_or_default();
            format!("spot {price} at {} IST{origin}", at.to_ist().format("%H:%M"))
        }
        Err(reason) => reason.to_owned(),
    }
}

fn show(
    global: &Global,
    document: &impl serde::Serialize,
    text: impl FnOnce() -> String,
) -> anyhow::Result<Exit> {
    if global.json {
        print_json(document)?
    } else {
        print(&text())?
    }
    Ok(Exit::Done)
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

fn instrument_table(instruments: &[UnderlyingRow]) -> String {
    let mut rows = vec![row(["KEY", "SYMBOL", "NAME", "CANDLES", "REMARK"])];
    rows.extend(instruments.iter().map(|one| {
        let underlying = &one.underlying;
        let (candles, remark) = (one.candles.to_string(), one.standing.words().unwrap_or_default());
        row([underlying.key.as_str(), &underlying.symbol, &underlying.name, &candles, remark])
    }));
    table(&rows)
}

fn expiry_table(expiries: &[ExpiryLine]) -> String {
    let mut rows = vec![row(["EXPIRY", "KIND", "CONTRACTS", "COLLECTED", "CANDLES"])];
    rows.extend(expiries.iter().map(|ExpiryLine { row: one, state }| {
        let kind = match one.weekly {
            Some(true) => "weekly",
            Some(false) => "monthly",
            None => "-",
        };
        let contracts = one.contracts.map_or("-".to_owned(), |contracts| contracts.to_string());
        row([&one.date.to_string(), kind, &contracts, state, &one.candles.to_string()])
    }));
    table(&rows)
}

fn contract_table(contracts: &[ContractLine]) -> String {
    let mut rows =
        vec![row(["EXPIRED KEY", "SYMBOL", "KIND", "STRIKE", "LOT", "TICK", "LAST", "HIGH", "LOW"])];
    rows.extend(contracts.iter().map(|ContractLine { contract: one, prices, .. }| {
        let strike = one.strike.map_or("-".to_owned(), |strike| strike.to_string());
        let tick = market::Paise(one.tick_size).to_string();
        let price = |of: fn(&TradedPrices) -> Price| {
            prices.as_ref().map_or("-".to_owned(), |prices| of(prices).to_string())
        };
        row([
            &one.expired_key.to_string(),
            &one.trading_symbol,
            one.kind.as_str(),
            &strike,
            &one.lot_size.to_string(),
            &tick,
            &price(|prices| prices.last),
            &price(|prices| prices.high),
            &price(|prices| prices.low),
        ])
    }));
    table(&rows)
}
