//! The choices of the page by what they are about, each with its options and with what the address says. What does not go
//! with a choice is not offered beside it.

use engine::{Engine, SeriesService};
use export::table::Times;
use export::{CandleField, Format, Preset};
use market::{ChartInterval, InstrumentKey};
use protocol::ExportSplit;

use super::said;
use crate::drawn::export::{ExportField, ExportGroup, Texts};
use crate::format;
use crate::interval_words::interval_menu;

/// What an address does not say.
const ALL: &str = "";

const KINDS: &[(&str, &str)] =
    &[(ALL, "All"), ("futures", "Futures"), ("options", "Options"), ("calls", "Calls"), ("puts", "Puts")];
const OWN: &[(&str, &str)] =
    &[(ALL, "Left out"), ("both", "Beside, in files of their own"), ("underlying", "Alone")];
/// Those that are asked for most.
const INTERVALS: [&str; 14] = [
    "1minute",
    "3minute",
    "5minute",
    "10minute",
    "15minute",
    "30minute",
    "45minute",
    "1hour",
    "75minute",
    "120minute",
    "125minute",
    "day",
    "week",
    "month",
];
const VOLATILITY: &[(&str, &str)] = &[(ALL, "Left out"), ("yes", "Beside each row")];
const SYMBOLS: &[(&str, &str)] = &[
    (ALL, "The broker's key"),
    ("broker", "And its trading symbol"),
    ("openalgo", "And OpenAlgo's symbol"),
    ("parts", "And underlying, expiry, strike, side"),
];

pub(super) async fn groups(
    engine: &Engine,
    wish: &Texts,
    underlyings: Vec<(String, String)>,
    underlying: &str,
) -> Vec<ExportGroup> {
    let form = Form { wish };
    // A contract has its own.
    let expiries = if form.has("contract") { Vec::new() } else { expiries(engine, underlying).await };
    let groups = [
        ("What", form.what(underlyings, expiries)),
        ("Which days", form.days()),
        ("Which columns", form.columns()),
        ("How it is written", form.writing()),
    ];
    let with_fields = groups.into_iter().filter(|(_, fields)| !fields.is_empty());
    with_fields.map(|(legend, fields)| ExportGroup { legend: legend.to_owned(), fields }).collect()
}

struct Form<'t> {
    wish: &'t Texts,
}

impl Form<'_> {
    fn has(&self, name: &str) -> bool {
        !said(self.wish, name).is_empty()
    }

    /// No candles, and so none of their choices.
    fn is_made(&self) -> bool {
        self.has("chain") || self.has("series")
    }

    fn what(&self, underlyings: Vec<(String, String)>, expiries: Vec<(String, String)>) -> Vec<ExportField> {
        let is_of_contract = self.has("contract");
        let mut fields = Vec::new();
        if !is_of_contract {
            fields.push(self.choice("underlying", "Underlying", underlyings));
            fields.push(self.choice("expiry", "Expiry", expiries));
            if !self.has("series") {
                let chain = self.typed("chain", "Chain of a day or minute", "text");
                fields.push(ExportField { example: "2025-08-28T10:30".to_owned(), ..chain });
            }
            if !self.has("chain") {
                fields.push(self.choice("series", "A made series", series()));
            }
        }
        if self.has("series") {
            fields.push(self.typed("set", "Its parameters", "text"));
        }
        if self.is_made() {
            return fields;
        }
        if !is_of_contract {
            fields.push(self.choice("kinds", "Contracts", pairs(KINDS)));
            fields.push(self.typed("strike_from", "Strikes from", "number"));
            fields.push(self.typed("strike_to", "Strikes to", "number"));
        }
        fields.push(self.choice("own", "The underlying itself", pairs(OWN)));
        fields
    }

    /// A chain says its day itself.
    fn days(&self) -> Vec<ExportField> {
        if self.has("chain") && !self.has("series") {
            return Vec::new();
        }
        vec![self.interval(), self.typed("from", "First day", "date"), self.typed("to", "Last day", "date")]
    }

    /// Those that are offered, and the one that the address names, however it is written there.
    fn interval(&self) -> ExportField {
        let named = said(self.wish, "interval").parse::<ChartInterval>().ok();
        let offered: Vec<ChartInterval> = INTERVALS.iter().filter_map(|text| text.parse().ok()).collect();
        let value = |interval: ChartInterval| match interval == ChartInterval::default() {
            true => ALL.to_owned(),
            false => interval.to_string(),
        };
        let menu = interval_menu(&offered, named).into_iter();
        let options = menu.map(|(interval, words)| (value(interval), words)).collect();
        match named {
            Some(named) => ExportField { value: value(named), ..self.field("interval", "Interval", options) },
            // What cannot be read is refused in a sentence.
            None => self.choice("interval", "Interval", options),
        }
    }

    fn columns(&self) -> Vec<ExportField> {
        if self.is_made() {
            return Vec::new();
        }
        let mut fields = vec![self.choice("volatility", "Volatility and greeks", pairs(VOLATILITY))];
        if !self.has("preset") {
            fields.push(self.choice("symbols", "Named by", pairs(SYMBOLS)));
            fields.push(ExportField {
                example: "time,open,high,low,close,volume".to_owned(),
                hint: format!(
                    "In their order, with commas between; those of the lake where none is named. There are {}.",
                    CandleField::ALL.map(CandleField::name).join(", ")
                ),
                ..self.typed("columns", "Columns", "text")
            });
        }
        fields
    }

    /// What a program reads has its format.
    fn writing(&self) -> Vec<ExportField> {
        if self.is_made() {
            return self.format().into();
        }
        let mut fields = vec![self.choice("preset", "For a program", presets())];
        if !self.has("preset") {
            fields.extend(self.format());
        }
        fields.push(self.split());
        fields
    }

    /// What the address says and nobody offers stands among the rest: a list without it would show another as chosen.
    fn choice(&self, name: &str, label: &str, options: Vec<(String, String)>) -> ExportField {
        let mut field = self.field(name, label, options);
        if !field.value.is_empty() && field.options.iter().all(|(value, _)| *value != field.value) {
            field.options.push((field.value.clone(), field.value.clone()));
        }
        field
    }

    fn field(&self, name: &str, label: &str, options: Vec<(String, String)>) -> ExportField {
        ExportField {
            name: name.to_owned(),
            label: label.to_owned(),
            value: said(self.wish, name).to_owned(),
            options,
            ..ExportField::default()
        }
    }

    fn typed(&self, name: &str, label: &str, kind: &str) -> ExportField {
        ExportField { kind: kind.to_owned(), ..self.field(name, label, Vec::new()) }
    }

    /// The format, and how it says times.
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

    /// What the preset has, or the format, stands first.
    fn split(&self) -> ExportField {
        let of_preset = said(self.wish, "preset").parse::<Preset>().map(|preset| preset.facts().split);
        let of_format = said(self.wish, "format").parse::<Format>().map(Format::split);
        let first = of_preset.ok().or(of_format.ok()).unwrap_or_default();
        let words = |split: ExportSplit| match split {
            ExportSplit::Expiry => "An expiry",
            ExportSplit::Contract => "A contract",
            ExportSplit::Underlying => "An underlying",
        };
        let others = ExportSplit::ALL.iter().filter(|split| **split != first);
        let others = others.map(|split| (split.as_str().to_owned(), words(*split).to_owned()));
        let options = std::iter::once((ALL.to_owned(), words(first).to_owned())).chain(others).collect();
        self.choice("split", "One file is", options)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_what_the_address_says_also_where_nobody_offers_it() {
        let wish =
            [("underlying", "NOPE"), ("interval", "1minute"), ("format", "foo"), ("from", "2025-08-01")];
        let wish: Texts = wish.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let form = Form { wish: &wish };
        let chosen =
            |field: &ExportField| field.options.iter().filter(|(value, _)| *value == field.value).count();
        let underlying =
            form.choice("underlying", "Underlying", pairs(&[("NSE_INDEX|Nifty 50", "Nifty 50")]));
        assert_eq!(
            (underlying.value.as_str(), underlying.options.len(), chosen(&underlying)),
            ("NOPE", 2, 1)
        );
        // It is written otherwise there, and is the first one.
        let interval = form.interval();
        assert_eq!((interval.value.as_str(), chosen(&interval)), (ALL, 1));
        assert_eq!(form.format().each_ref().map(chosen), [1, 1]);
        assert!(form.typed("from", "First day", "date").options.is_empty(), "it is typed");
    }
}
