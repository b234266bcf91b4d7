//! An order of what an address says, and an order in words: for people, and for the command line.

use engine::{Engine, EngineError, ErrorKind};
use export::{CandleField, Format};
use market::{ChartInterval, ContractKind, ExpiredKey, UnderlyingName};
use protocol::{ExportOf, ExportOrder, ExportSymbol};

use super::said;
use crate::drawn::export::Texts;
use crate::format;
use crate::rpc::{Problem, ProblemKind};

fn refused(sentence: impl std::fmt::Display) -> Problem {
    Problem { kind: ProblemKind::Refused, sentence: format::sentence(&sentence.to_string()) }
}

/// What cannot be read is refused, never passed over.
pub(crate) async fn order(engine: &Engine, wish: &Texts) -> Result<ExportOrder, Problem> {
    fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
        wish: &Texts,
        name: &str,
    ) -> Result<Option<T>, Problem> {
        match said(wish, name) {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(refused),
        }
    }
    let number = |name| match said(wish, name) {
        "" => Ok(None),
        text => text.parse::<f64>().map(Some).map_err(|_| refused(format!("\"{text}\" is no strike"))),
    };
    let keys = said(wish, "contract").split(',').filter(|key| !key.is_empty());
    let contracts: Vec<ExpiredKey> =
        keys.map(|key| key.parse().map_err(refused)).collect::<Result<_, _>>()?;
    let underlying: Option<UnderlyingName> =
        if contracts.is_empty() { parsed(wish, "underlying")? } else { None };
    let underlying = match underlying {
        Some(name) => {
            let found = engine.browse().find(&name).await;
            let why = |error: EngineError| match error.kind() {
                ErrorKind::Refused => Problem { kind: ProblemKind::NotFound, ..refused(error.chain()) },
                _ => refused(error.chain()),
            };
            Some(found.map_err(why)?.into())
        }
        None => None,
    };
    let texts = |name| {
        let texts = said(wish, name).split(',').map(str::trim);
        texts.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let symbols = texts("symbols").map(|text| text.parse().map_err(refused)).collect::<Result<_, _>>()?;
    let expiries = texts("expiry").map(|text| text.parse().map_err(refused)).collect::<Result<_, _>>()?;
    let kinds = match said(wish, "kinds") {
        "" => Vec::new(),
        "futures" => vec![ContractKind::Future],
        "options" => vec![ContractKind::Call, ContractKind::Put],
        "calls" => vec![ContractKind::Call],
        "puts" => vec![ContractKind::Put],
        other => {
            return Err(refused(format!("\"{other}\" are no contracts: futures, options, calls or puts")));
        }
    };
    let preset = Some(said(wish, "preset").to_owned()).filter(|preset| !preset.is_empty());
    let text =
        |name| Some(said(wish, name).to_owned()).filter(|text: &String| !text.is_empty() && preset.is_none());
    let series = Some(format!("{} {}", said(wish, "series"), said(wish, "set")).trim().to_owned());
    let series = series.filter(|series| !series.is_empty());
    Ok(ExportOrder {
        contracts,
        underlying,
        expiries,
        expiry_from: parsed(wish, "expiry_from")?,
        expiry_to: parsed(wish, "expiry_to")?,
        kinds,
        strike_from: number("strike_from")?,
        strike_to: number("strike_to")?,
        of: parsed(wish, "own")?.unwrap_or_default(),
        chain: Some(said(wish, "chain").to_owned()).filter(|chain| !chain.is_empty()),
        series,
        interval: parsed(wish, "interval")?.unwrap_or_default(),
        from: parsed(wish, "from")?,
        to: parsed(wish, "to")?,
        volatility: said(wish, "volatility") == "yes",
        split: parsed(wish, "split")?,
        format: text("format"),
        times: text("times"),
        columns: if preset.is_some() { Vec::new() } else { texts("columns").collect() },
        symbols: if preset.is_some() { Vec::new() } else { symbols },
        preset,
    })
}

/// `NIFTY · 28 Aug 2025 · options · 5 minutes · csv`.
pub(super) async fn title(engine: &Engine, of: &ExportOrder) -> Result<String, EngineError> {
    let mut words = vec![match (&of.underlying, &of.contracts[..]) {
        (Some(UnderlyingName::Key(key)), _) => engine.instruments().symbol_of(key).await?,
        (Some(UnderlyingName::Text(name)), _) => name.clone(),
        (None, [only]) => match engine.market_data().contract(only).await {
            Ok(contract) => contract.trading_symbol,
            // It was ordered in vain: the order says so itself.
            Err(EngineError::UnknownContract(key)) => key.to_string(),
            Err(error) => return Err(error),
        },
        (None, many) => format::counted(many.len() as u64, "contract", "contracts"),
    }];
    let names_expiries = !of.expiries.is_empty() || of.expiry_from.is_some() || of.expiry_to.is_some();
    if of.underlying.is_some() && (of.of != ExportOf::Underlying || names_expiries) {
        words.push(match (&of.expiries[..], of.expiry_from, of.expiry_to) {
            ([expiry], ..) => format::day(*expiry),
            ([], None, None) => "all expiries".to_owned(),
            ([], from, to) => {
                let end = |day: Option<market::Day>| day.map_or("…".to_owned(), format::day);
                format!("{} to {}", end(from), end(to))
            }
            (many, ..) => format::counted(many.len() as u64, "expiry", "expiries"),
        });
    }
    match &of.kinds[..] {
        [] => {}
        [ContractKind::Future] => words.push("futures".to_owned()),
        [ContractKind::Call] => words.push("calls".to_owned()),
        [ContractKind::Put] => words.push("puts".to_owned()),
        _ => words.push("options".to_owned()),
    }
    if let Some(chain) = &of.chain {
        words.push(format!("chain of {chain}"));
    }
    words.extend(of.series.clone());
    match of.of {
        ExportOf::Contracts => {}
        ExportOf::Underlying => words.push("its own candles".to_owned()),
        ExportOf::Both => words.push("with its own candles".to_owned()),
    }
    if of.interval != ChartInterval::default() {
        words.push(of.interval.short_label());
    }
    words.extend(volatility_words(of));
    let form = of.preset.as_ref().or(of.format.as_ref());
    words.push(form.cloned().unwrap_or_else(|| Format::Parquet.as_str().to_owned()));
    Ok(words.join(" · "))
}

/// What is computed beside the rows: all of it by the switch, else the columns of it that are named.
fn volatility_words(of: &ExportOrder) -> Option<String> {
    if of.volatility {
        return Some("with volatility".to_owned());
    }
    let is_computed = |name: &&str| CandleField::TWIN.iter().any(|field| field.name() == *name);
    let named: Vec<&str> = of.columns.iter().map(String::as_str).filter(is_computed).collect();
    (!named.is_empty()).then(|| format!("with {}", named.join(", ")))
}

/// The same on the command line.
pub(super) fn command(of: &ExportOrder) -> String {
    let mut words = vec!["expirytrack export".to_owned()];
    let join = |texts: Vec<String>| texts.join(",");
    let mut put = |flag: &str, value: String| words.push(format!("--{flag} {}", quoted(&value)));
    if !of.contracts.is_empty() {
        put("contract", join(of.contracts.iter().map(ToString::to_string).collect()));
    }
    if !of.expiries.is_empty() {
        put("expiry", join(of.expiries.iter().map(ToString::to_string).collect()));
    }
    let days =
        [("expiry-from", of.expiry_from), ("expiry-to", of.expiry_to), ("from", of.from), ("to", of.to)];
    for (flag, day) in days.into_iter().filter_map(|(flag, day)| Some((flag, day?))) {
        put(flag, day.to_string());
    }
    if !of.kinds.is_empty() {
        put("kind", join(of.kinds.iter().map(ToString::to_string).collect()));
    }
    for (flag, strike) in [("strike-from", of.strike_from), ("strike-to", of.strike_to)] {
        if let Some(strike) = strike {
            put(flag, strike.to_string());
        }
    }
    let with = [(of.of == ExportOf::Both).then_some("underlying"), of.volatility.then_some("volatility")];
    let with: Vec<String> = with.into_iter().flatten().map(str::to_owned).collect();
    if !with.is_empty() {
        put("with", join(with));
    }
    if let Some(chain) = &of.chain {
        put("chain", chain.clone());
    }
    if let Some(series) = &of.series {
        put("series", series.clone());
    }
    if of.interval != ChartInterval::default() {
        put("interval", of.interval.to_string());
    }
    for (flag, text) in [("preset", &of.preset), ("format", &of.format), ("times", &of.times)] {
        if let Some(text) = text {
            put(flag, text.clone());
        }
    }
    if !of.columns.is_empty() {
        put("columns", join(of.columns.clone()));
    }
    if !of.symbols.is_empty() {
        put(
            "symbols",
            join(of.symbols.iter().copied().map(ExportSymbol::as_str).map(str::to_owned).collect()),
        );
    }
    if let Some(split) = of.split {
        put("split", split.as_str().to_owned());
    }
    if of.of == ExportOf::Underlying {
        words.push("--own".to_owned());
    }
    if let Some(underlying) = &of.underlying {
        words.insert(1, quoted(&underlying.to_string()));
    }
    words.push("--out DIR".to_owned());
    words.join(" ")
}

fn quoted(text: &str) -> String {
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.,:".contains(c));
    if is_plain { text.to_owned() } else { format!("\"{text}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_tells_what_is_computed_beside_the_rows() {
        let words = |volatility: bool, columns: &[&str]| {
            let columns = columns.iter().map(|name| (*name).to_owned()).collect();
            volatility_words(&ExportOrder { volatility, columns, ..ExportOrder::default() })
        };
        assert_eq!(words(false, &[]), None);
        assert_eq!(words(false, &["time", "close"]), None);
        assert_eq!(words(true, &["time", "close"]).as_deref(), Some("with volatility"));
        assert_eq!(words(false, &["time", "delta", "volatility"]).as_deref(), Some("with delta, volatility"));
    }
}
