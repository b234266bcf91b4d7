//! `expirytrack instruments`, `expiries` and `contracts`.

use market::{Contract, ContractKinds, Day, UnderlyingName};
use protocol::{Span, UnderlyingRow};

use crate::arguments::Global;
use crate::commands::waiting::telling;
use crate::exit::Exit;
use crate::http::documents::{ContractsDocument, ExpiriesDocument, ExpiryLine, InstrumentsDocument};
use crate::output::{print, print_json, table, tell};
use crate::owner_client::Desk;

pub async fn instruments(global: &Global, search: &str) -> anyhow::Result<Exit> {
    let document: InstrumentsDocument = match Desk::open(global.engine_config()?).await? {
        Desk::Own(engine) => {
            let found = telling(&engine, InstrumentsDocument::search(&engine, search)).await;
            engine.close().await?;
            found?
        }
        Desk::Owner(owner) => owner.get("instruments", &[("search", search)]).await?,
    };
    if let Some(sentence) = document.master.sentence() {
        tell(sentence);
    }
    show(global, &document, || instrument_table(&document.instruments))
}

pub async fn expiries(global: &Global, underlying: &UnderlyingName, span: Span) -> anyhow::Result<Exit> {
    let document: ExpiriesDocument = match Desk::open(global.engine_config()?).await? {
        Desk::Own(engine) => {
            let document = telling(&engine, ExpiriesDocument::of(&engine, underlying, span)).await;
            engine.close().await?;
            document?
        }
        Desk::Owner(owner) => {
            let (underlying, days) = (underlying.to_string(), span.days.to_string());
            let query = [
                ("underlying", underlying.as_str()),
                ("days", days.as_str()),
                ("interval", span.interval.as_str()),
            ];
            owner.get("expiries", &query).await?
        }
    };
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
    let document: ContractsDocument = match Desk::open(global.engine_config()?).await? {
        Desk::Own(engine) => {
            let document = telling(&engine, ContractsDocument::of(&engine, underlying, expiry, kind)).await;
            engine.close().await?;
            document?
        }
        Desk::Owner(owner) => {
            let (name, date) = (underlying.to_string(), expiry.to_string());
            let query = [("underlying", name.as_str()), ("expiry", date.as_str()), ("type", kind.as_str())];
            owner.get("contracts", &query).await?
        }
    };
    if let Some(doubts) = document.lists.doubts(kind) {
        tell(doubts);
    }
    if document.lists.refused > 0 {
        tell(format!(
            "{} listed rows could not be read; they are kept in quarantine",
            document.lists.refused
        ));
    }
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
