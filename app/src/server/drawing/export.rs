//! The page of exports: the form as its address says, what an order of it comes to, and the list. Nothing of an order is
//! decided here; what cannot be is the engine's refusal.

use engine::Engine;
use export::table::Times;
use export::{Format, Preset};
use market::{ChartInterval, ContractKind, EpochSeconds, ExpiredKey, InstrumentKey, UnderlyingName};
use protocol::{
    ExportEstimate, ExportOf, ExportOrder, ExportPicture, ExportSplit, ExportStatus, ExportSymbol, encoded,
};

use crate::drawn::export::{ExportDrawn, ExportField, ExportLine, Texts};
use crate::format;
use crate::rpc::{Answer, Problem, ProblemKind};

/// Contracts that an address may name.
const ALL: &str = "";

fn said<'t>(wish: &'t Texts, name: &str) -> &'t str {
    wish.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
}

pub(crate) async fn page(engine: &Engine, wish: &Texts) -> Answer<ExportDrawn> {
    let exports = lines(engine).await?;
    let stored = engine.market_data().collected_underlyings().await?;
    let stored: Vec<_> = stored.into_iter().filter(|of| of.candles > 0).collect();
    let Some(first) = stored.first() else {
        return Ok(ExportDrawn { is_empty: exports.is_empty(), exports, ..ExportDrawn::default() });
    };
    let underlyings: Vec<(String, String)> =
        stored.iter().map(|of| (of.underlying.key.to_string(), of.underlying.name.clone())).collect();
    let asked = said(wish, "underlying").to_owned();
    let underlying = if asked.is_empty() { first.underlying.key.to_string() } else { asked };
    let with_underlying = with(wish, &underlying, said(wish, "contract").is_empty());
    let mut drawn = ExportDrawn {
        fields: fields(engine, &with_underlying, underlyings, &underlying).await,
        snippet: snippet(wish),
        exports,
        ..ExportDrawn::default()
    };
    match order(engine, &with_underlying).await {
        Err(refused) => (drawn.comes_to, drawn.is_refused) = (refused.sentence, true),
        Ok(order) => {
            drawn.of = title(&order);
            drawn.command = command(&order);
            match engine.exports().estimate(order).await {
                Ok(estimate) => {
                    drawn.comes_to = estimate_words(&estimate);
                    drawn.left_out = estimate
                        .left_out
                        .iter()
                        .map(|of| {
                            let contracts = format::counted(of.contracts, "contract", "contracts");
                            format!("{contracts}: {} ({})", of.why, of.examples.join(", "))
                        })
                        .collect();
                }
                Err(error) => {
                    drawn.comes_to = format::sentence(&error.chain());
                    drawn.is_refused = true;
                }
            }
        }
    }
    Ok(drawn)
}

/// With the underlying that is shown where none is named.
fn with(wish: &Texts, underlying: &str, needs_one: bool) -> Texts {
    let mut wish = wish.clone();
    if needs_one && said(&wish, "underlying").is_empty() {
        wish.push(("underlying".to_owned(), underlying.to_owned()));
    }
    wish
}

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
        Some(name) => Some(engine.browse().find(&name).await.map_err(|error| refused(error.chain()))?.into()),
        None => None,
    };
    let texts = |name| said(wish, name).split(',').filter(|text| !text.is_empty()).map(str::to_owned);
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
        interval: parsed(wish, "interval")?.unwrap_or_default(),
        from: parsed(wish, "from")?,
        to: parsed(wish, "to")?,
        volatility: said(wish, "volatility") == "yes",
        split: parsed(wish, "split")?,
        format: text("format"),
        times: text("times"),
        columns: Vec::new(),
        symbols: if preset.is_some() { Vec::new() } else { symbols },
        preset,
    })
}

async fn fields(
    engine: &Engine,
    wish: &Texts,
    underlyings: Vec<(String, String)>,
    underlying: &str,
) -> Vec<ExportField> {
    let choice = |name: &str, label: &str, options: Vec<(String, String)>| ExportField {
        name: name.to_owned(),
        label: label.to_owned(),
        value: said(wish, name).to_owned(),
        options,
        kind: String::new(),
    };
    let typed = |name: &str, label: &str, kind: &str| ExportField {
        kind: kind.to_owned(),
        ..choice(name, label, Vec::new())
    };
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned())).collect()
    };
    let mut fields = Vec::new();
    if said(wish, "contract").is_empty() {
        fields.push(choice("underlying", "Underlying", underlyings));
        fields.push(choice("expiry", "Expiry", expiries(engine, underlying).await));
        let kinds = [
            (ALL, "All"),
            ("futures", "Futures"),
            ("options", "Options"),
            ("calls", "Calls"),
            ("puts", "Puts"),
        ];
        fields.push(choice("kinds", "Contracts", pairs(&kinds)));
        fields.push(typed("strike_from", "Strikes from", "number"));
        fields.push(typed("strike_to", "Strikes to", "number"));
    }
    let own = [(ALL, "Left out"), ("both", "Beside, in files of their own"), ("underlying", "Alone")];
    fields.push(choice("own", "The underlying's own candles", pairs(&own)));
    let intervals = [
        (ALL, "1 minute"),
        ("3minute", "3 minutes"),
        ("5minute", "5 minutes"),
        ("15minute", "15 minutes"),
        ("30minute", "30 minutes"),
        ("1hour", "1 hour"),
        ("day", "1 day"),
    ];
    fields.push(choice("interval", "Interval", pairs(&intervals)));
    fields.push(typed("from", "First day", "date"));
    fields.push(typed("to", "Last day", "date"));
    fields.push(choice(
        "volatility",
        "Volatility and greeks",
        pairs(&[(ALL, "Left out"), ("yes", "Beside each row")]),
    ));
    let presets = Preset::ALL.map(|preset| {
        let facts = preset.facts();
        (facts.name.to_owned(), format!("{} ({})", facts.title, facts.format.as_str()))
    });
    let presets = pairs(&[(ALL, "None: as chosen here")]).into_iter().chain(presets).collect();
    fields.push(choice("preset", "For a program", presets));
    if said(wish, "preset").is_empty() {
        let formats =
            Format::FILES.map(|format| (format.as_str().to_owned(), format_words(format).to_owned()));
        let mut format = choice("format", "Format", formats.to_vec());
        if format.value.is_empty() {
            format.value = Format::Parquet.as_str().to_owned();
        }
        fields.push(format);
        let times = Times::ALL.map(|times| {
            let words = match times {
                Times::Ist => "IST",
                Times::IstOffset => "IST with its offset",
                Times::Epoch => "UTC, seconds since 1970",
            };
            let value = if times == Times::Ist { ALL } else { times.as_str() };
            (value.to_owned(), words.to_owned())
        });
        fields.push(choice("times", "Times in text", times.to_vec()));
        let symbols = [
            (ALL, "The broker's key"),
            ("broker", "And its trading symbol"),
            ("openalgo", "And OpenAlgo's symbol"),
            ("parts", "And underlying, expiry, strike, side"),
        ];
        fields.push(choice("symbols", "Named by", pairs(&symbols)));
    }
    let split = match said(wish, "preset").parse::<Preset>().map(|preset| preset.facts().split) {
        Ok(ExportSplit::Contract) => [(ALL, "A contract"), ("expiry", "An expiry")],
        _ => [(ALL, "An expiry"), ("contract", "A contract")],
    };
    fields.push(choice("split", "One file is", pairs(&split)));
    fields
}

async fn expiries(engine: &Engine, underlying: &str) -> Vec<(String, String)> {
    let all = (ALL.to_owned(), "All".to_owned());
    let Ok(key) = underlying.parse::<InstrumentKey>() else { return vec![all] };
    // What cannot be read is told by the estimate.
    let Ok(picture) = engine.browse().expiries(&key).await else { return vec![all] };
    let mut rows: Vec<_> = picture.expiries.into_iter().filter(|row| row.candles > 0).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.date));
    let option = |row: &protocol::ExpiryRow| {
        (
            row.date.to_string(),
            format!("{} · {} candles", format::day(row.date), format::compact(row.candles)),
        )
    };
    std::iter::once(all).chain(rows.iter().map(option)).collect()
}

fn format_words(format: Format) -> &'static str {
    match format {
        Format::Csv => "CSV",
        Format::CsvGzip => "CSV, gzip",
        Format::CsvZip => "CSV, zip",
        Format::Json | Format::Columns => "JSON",
        Format::Parquet => "Parquet",
        Format::Arrow => "Arrow stream",
        Format::Xlsx => "Excel",
    }
}

fn snippet(wish: &Texts) -> Option<(String, String)> {
    let (place, text) = said(wish, "preset").parse::<Preset>().ok()?.facts().snippet;
    Some((place.to_owned(), text.to_owned()))
}

fn estimate_words(of: &ExportEstimate) -> String {
    format!(
        "About {} rows of {} in {}, about {}.",
        format::grouped(of.rows),
        format::counted(of.contracts, "contract", "contracts"),
        format::counted(of.files, "file", "files"),
        format::bytes(of.bytes)
    )
}

/// `Nifty 50 · 28 Aug 2025 · options · 5 minutes · csv`.
fn title(of: &ExportOrder) -> String {
    let mut words = match &of.underlying {
        Some(UnderlyingName::Key(key)) => vec![key.name().to_owned()],
        Some(UnderlyingName::Text(name)) => vec![name.clone()],
        None if of.contracts.len() == 1 => vec![of.contracts[0].to_string()],
        None => vec![format::counted(of.contracts.len() as u64, "contract", "contracts")],
    };
    if of.underlying.is_some() && of.of != ExportOf::Underlying {
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
    match of.of {
        ExportOf::Contracts => {}
        ExportOf::Underlying => words.push("its own candles".to_owned()),
        ExportOf::Both => words.push("with its own candles".to_owned()),
    }
    if of.interval != ChartInterval::default() {
        words.push(of.interval.short_label().to_owned());
    }
    if of.volatility {
        words.push("with volatility".to_owned());
    }
    let form = of.preset.as_ref().or(of.format.as_ref());
    words.push(form.cloned().unwrap_or_else(|| Format::Parquet.as_str().to_owned()));
    words.join(" · ")
}

/// The same on the command line.
fn command(of: &ExportOrder) -> String {
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
    if of.interval != ChartInterval::default() {
        put("interval", of.interval.to_string());
    }
    for (flag, text) in [("preset", &of.preset), ("format", &of.format), ("times", &of.times)] {
        if let Some(text) = text {
            put(flag, text.clone());
        }
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

pub(crate) async fn lines(engine: &Engine) -> Answer<Vec<ExportLine>> {
    Ok(engine.exports().list().await?.exports.iter().map(line).collect())
}

fn line(of: &ExportPicture) -> ExportLine {
    let rows = || format!("{} rows", format::grouped(of.rows));
    let state = match of.status {
        ExportStatus::Queued => "Waits for the exports before it".to_owned(),
        ExportStatus::Running => {
            let left = of.seconds_left.map(|left| format!(" · about {} left", format::duration(left)));
            format!(
                "{} of about {} rows{}",
                format::grouped(of.rows),
                format::grouped(of.rows_expected),
                left.unwrap_or_default()
            )
        }
        ExportStatus::Done => {
            let files = format::counted(of.files.len() as u64, "file", "files");
            format!("Done · {} in {files} · {}", rows(), format::bytes(of.bytes))
        }
        ExportStatus::Failed => format::sentence(of.problem.as_deref().unwrap_or("it failed")),
        ExportStatus::Cancelled => format!("Cancelled · {} in files that are whole", rows()),
    };
    let address = |name: &str| format!("/api/v1/exports/{}/files/{}", of.id, encoded(name));
    let mut files: Vec<[String; 4]> = of
        .files
        .iter()
        .map(|file| {
            let holds = format!("{} rows · {}", format::grouped(file.rows), format::bytes(file.bytes));
            [file.name.clone(), address(&file.name), holds, file.sha256.clone()]
        })
        .collect();
    if of.status == ExportStatus::Done {
        let name = "manifest.json";
        files.push([name.to_owned(), address(name), "what the files hold".to_owned(), String::new()]);
    }
    let share = of.rows as f64 / of.rows_expected.max(1) as f64 * 100.0;
    ExportLine {
        id: of.id,
        title: format!("{} · {}", title(&of.order), format::moment(EpochSeconds(of.created_at))),
        state,
        done: (of.status == ExportStatus::Running).then(|| share.min(100.0)),
        has_failed: of.status == ExportStatus::Failed,
        has_ended: of.status.has_ended(),
        files,
    }
}
