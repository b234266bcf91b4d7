//! The choices of the page, each with its options and with what the address says. What does not go with a choice is not
//! offered beside it.

use engine::{Engine, SeriesService};
use export::table::Times;
use export::{Format, Preset};
use market::InstrumentKey;
use protocol::ExportSplit;

use super::said;
use crate::drawn::export::{ExportField, Texts};
use crate::format;

/// What an address does not say.
const ALL: &str = "";

const KINDS: &[(&str, &str)] =
    &[(ALL, "All"), ("futures", "Futures"), ("options", "Options"), ("calls", "Calls"), ("puts", "Puts")];
const OWN: &[(&str, &str)] =
    &[(ALL, "Left out"), ("both", "Beside, in files of their own"), ("underlying", "Alone")];
const INTERVALS: &[(&str, &str)] = &[
    (ALL, "1 minute"),
    ("3minute", "3 minutes"),
    ("5minute", "5 minutes"),
    ("15minute", "15 minutes"),
    ("30minute", "30 minutes"),
    ("1hour", "1 hour"),
    ("day", "1 day"),
];
const VOLATILITY: &[(&str, &str)] = &[(ALL, "Left out"), ("yes", "Beside each row")];
const SYMBOLS: &[(&str, &str)] = &[
    (ALL, "The broker's key"),
    ("broker", "And its trading symbol"),
    ("openalgo", "And OpenAlgo's symbol"),
    ("parts", "And underlying, expiry, strike, side"),
];

pub(super) async fn fields(
    engine: &Engine,
    wish: &Texts,
    underlyings: Vec<(String, String)>,
    underlying: &str,
) -> Vec<ExportField> {
    let form = Form { wish };
    let mut fields = Vec::new();
    let is_of_contract = form.has("contract");
    if !is_of_contract {
        fields.push(form.choice("underlying", "Underlying", underlyings));
        fields.push(form.choice("expiry", "Expiry", expiries(engine, underlying).await));
        if !form.has("series") {
            fields.push(form.typed("chain", "Chain of a day or minute", "text"));
        }
        if !form.has("chain") {
            fields.push(form.choice("series", "A made series", series()));
        }
    }
    if form.has("series") {
        fields.push(form.typed("set", "Its parameters", "text"));
        fields.extend(form.span());
    }
    if form.has("chain") || form.has("series") {
        fields.extend(form.format());
        return fields;
    }
    if !is_of_contract {
        fields.push(form.choice("kinds", "Contracts", pairs(KINDS)));
        fields.push(form.typed("strike_from", "Strikes from", "number"));
        fields.push(form.typed("strike_to", "Strikes to", "number"));
    }
    fields.push(form.choice("own", "The underlying itself", pairs(OWN)));
    fields.extend(form.span());
    fields.push(form.choice("volatility", "Volatility and greeks", pairs(VOLATILITY)));
    fields.push(form.choice("preset", "For a program", presets()));
    if !form.has("preset") {
        fields.extend(form.format());
        fields.push(form.choice("symbols", "Named by", pairs(SYMBOLS)));
    }
    fields.push(form.split());
    fields
}

struct Form<'t> {
    wish: &'t Texts,
}

impl Form<'_> {
    fn has(&self, name: &str) -> bool {
        !said(self.wish, name).is_empty()
    }

    fn choice(&self, name: &str, label: &str, options: Vec<(String, String)>) -> ExportField {
        ExportField {
            name: name.to_owned(),
            label: label.to_owned(),
            value: said(self.wish, name).to_owned(),
            options,
            kind: String::new(),
        }
    }

    fn typed(&self, name: &str, label: &str, kind: &str) -> ExportField {
        ExportField { kind: kind.to_owned(), ..self.choice(name, label, Vec::new()) }
    }

    fn span(&self) -> [ExportField; 3] {
        [
            self.choice("interval", "Interval", pairs(INTERVALS)),
            self.typed("from", "First day", "date"),
            self.typed("to", "Last day", "date"),
        ]
    }

    /// And how it says times.
    fn format(&self) -> [ExportField; 2] {
        let formats =
            Format::FILES.map(|format| (format.as_str().to_owned(), format_words(format).to_owned()));
        let mut format = self.choice("format", "Format", formats.to_vec());
        if format.value.is_empty() {
            format.value = Format::Parquet.as_str().to_owned();
        }
        let times = Times::ALL.map(|times| {
            let words = match times {
                Times::Ist => "IST",
                Times::IstOffset => "IST with its offset",
                Times::Epoch => "UTC, seconds since 1970",
            };
            let value = if times == Times::Ist { ALL } else { times.as_str() };
            (value.to_owned(), words.to_owned())
        });
        [format, self.choice("times", "Times in text", times.to_vec())]
    }

    /// What the preset has stands first.
    fn split(&self) -> ExportField {
        let of_preset = said(self.wish, "preset").parse::<Preset>().map(|preset| preset.facts().split);
        let options = match of_preset {
            Ok(ExportSplit::Contract) => [(ALL, "A contract"), ("expiry", "An expiry")],
            _ => [(ALL, "An expiry"), ("contract", "A contract")],
        };
        self.choice("split", "One file is", pairs(&options))
    }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned())).collect()
}

fn series() -> Vec<(String, String)> {
    let names = SeriesService::kinds().into_iter().map(|kind| (kind.name, kind.title));
    pairs(&[(ALL, "None: candles")]).into_iter().chain(names).collect()
}

fn presets() -> Vec<(String, String)> {
    let presets = Preset::ALL.map(|preset| {
        let facts = preset.facts();
        (facts.name.to_owned(), format!("{} ({})", facts.title, facts.format.as_str()))
    });
    pairs(&[(ALL, "None")]).into_iter().chain(presets).collect()
}

async fn expiries(engine: &Engine, underlying: &str) -> Vec<(String, String)> {
    let all = (ALL.to_owned(), "All".to_owned());
    let Ok(key) = underlying.parse::<InstrumentKey>() else { return vec![all] };
    // What cannot be read is told by the estimate.
    let Ok(picture) = engine.browse().expiries(&key).await else { return vec![all] };
    let mut rows: Vec<_> = picture.expiries.into_iter().filter(|row| row.candles > 0).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.date));
    let option = |row: &protocol::ExpiryRow| {
        (row.date.to_string(), format!("{} · {}", format::day(row.date), format::compact(row.candles)))
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
