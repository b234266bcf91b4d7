//! `expirytrack instruments`, `expiries` and `contracts`.

use engine::EngineError;
use market::{Contract, ContractKinds, Day, InstrumentKey};
use protocol::{Span, UnderlyingRow};

use crate::arguments::Global;
use crate::exit::Exit;
use crate::http::documents::{ContractsDocument, ExpiriesDocument, ExpiryLine, InstrumentsDocument};
use crate::output::{print, print_json, table};
use crate::owner_client::Desk;

pub async fn instruments(global: &Global, search: &str) -> anyhow::Result<Exit> {
    let document: InstrumentsDocument = match Desk::open(global.engine_config()?).await? {
        Desk::Own(engine) => {
            let instruments = engine.instruments().underlyings(search).await;
            engine.close().await?;
            InstrumentsDocument { instruments: instruments? }
        }
        Desk::Owner(owner) => owner.get("instruments", &[("search", search)]).await?,
    };
    show(global, &document, || instrument_table(&document.instruments))
}

pub async fn expiries(global: &Global, underlying: &InstrumentKey, span: Span) -> anyhow::Result<Exit> {
    underlying.check_underlying().map_err(EngineError::from)?;
    let document: ExpiriesDocument = match Desk::open(global.engine_config()?).await? {
        Desk::Own(engine) => {
            let expiries = engine.expired().expiries_over(underlying, span).await;
            engine.close().await?;
            ExpiriesDocument::new(underlying.clone(), span, expiries?)
        }
        Desk::Owner(owner) => {
            let days = span.days.to_string();
            let query = [
                ("underlying", underlying.as_str()),
                ("days", days.as_str()),
                ("interval", span.interval.as_str()),
            ];
            owner.get("expiries", &query).await?
        }
    };
    show(global, &document, || expiry_table(&document.expiries))
}

pub async fn contracts(
    global: &Global,
    underlying: &InstrumentKey,
    expiry: Day,
    kind: ContractKinds,
) -> anyhow::Result<Exit> {
    underlying.check_underlying().map_err(EngineError::from)?;
    let document: ContractsDocument = match Desk::open(global.engine_config()?).await? {
        Desk::Own(engine) => {
            let contracts = engine.expired().contracts(underlying, expiry, kind).await;
            engine.close().await?;
            ContractsDocument { underlying: underlying.clone(), expiry, contracts: contracts? }
        }
        Desk::Owner(owner) => {
            let date = expiry.to_string();
            let query =
                [("underlying", underlying.as_str()), ("expiry", date.as_str()), ("type", kind.as_str())];
            owner.get("contracts", &query).await?
        }
    };
    show(global, &document, || contract_table(&document.contracts))
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
    let mut rows = vec![row(["KEY", "SYMBOL", "NAME", "CANDLES"])];
    rows.extend(instruments.iter().map(|one| {
        let underlying = &one.underlying;
        row([underlying.key.as_str(), &underlying.symbol, &underlying.name, &one.candles.to_string()])
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

fn contract_table(contracts: &[Contract]) -> String {
    let mut rows = vec![row(["EXPIRED KEY", "SYMBOL", "KIND", "STRIKE", "LOT", "TICK"])];
    rows.extend(contracts.iter().map(|one| {
        let strike = one.strike.map_or("-".to_owned(), |strike| strike.to_string());
        let tick = market::Paise(one.tick_size).to_string();
        row([
            &one.expired_key.to_string(),
            &one.trading_symbol,
            one.kind.as_str(),
            &strike,
            &one.lot_size.to_string(),
            &tick,
        ])
    }));
    table(&rows)
}
