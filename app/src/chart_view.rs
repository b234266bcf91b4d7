//! How a contract's chart is looked at: all of it stands in its address, so that a link shows the same.

use std::fmt;
use std::str::FromStr;

use market::ChartInterval;
use protocol::{AddressReader, CandlesWith, ComparedKeys, Minute, encoded};

/// What a person has added to candles, volume and open interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// Panes of an option.
    Volatility,
    Delta,
    /// The price beyond what is in the money.
    Premium,
    /// Lines over the prices.
    Line(CandlesWith),
}

impl Added {
    pub const PANES: [Self; 3] = [Self::Volatility, Self::Delta, Self::Premium];
    pub const AVERAGES: [Self; 6] = [
        Self::Line(CandlesWith::Vwap),
        Self::Line(CandlesWith::Simple(20)),
        Self::Line(CandlesWith::Simple(50)),
        Self::Line(CandlesWith::Simple(200)),
        Self::Line(CandlesWith::Exponential(20)),
        Self::Line(CandlesWith::Exponential(50)),
    ];
    pub const SECOND_LINES: [Self; 2] =
        [Self::Line(CandlesWith::Underlying), Self::Line(CandlesWith::Future)];

    /// What candles are asked with.
    pub fn with(self) -> CandlesWith {
        match self {
            Self::Volatility | Self::Delta | Self::Premium => CandlesWith::Volatility,
            Self::Line(line) => line,
        }
    }

    /// For people.
    pub fn words(self) -> String {
        match self {
            Self::Volatility => "Volatility".to_owned(),
            Self::Delta => "Delta".to_owned(),
            Self::Premium => "Premium over intrinsic".to_owned(),
            Self::Line(CandlesWith::Vwap) => "VWAP of the day".to_owned(),
            Self::Line(CandlesWith::Simple(closes)) => format!("Average of {closes}"),
            Self::Line(CandlesWith::Exponential(closes)) => format!("Exponential of {closes}"),
            Self::Line(CandlesWith::Underlying) => "The underlying".to_owned(),
            Self::Line(CandlesWith::Future) => "The future of this expiry".to_owned(),
            Self::Line(other) => other.to_string(),
        }
    }
}

impl FromStr for Added {
    /// A sentence.
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "volatility" => Ok(Self::Volatility),
            "delta" => Ok(Self::Delta),
            "premium" => Ok(Self::Premium),
            other => match other.parse() {
                Ok(CandlesWith::Volatility | CandlesWith::Sessions) | Err(_) => {
                    Err(format!("\"{other}\" is nothing that a chart shows beside its candles"))
                }
                Ok(line) => Ok(Self::Line(line)),
            },
        }
    }
}

impl fmt::Display for Added {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Volatility => f.write_str("volatility"),
            Self::Delta => f.write_str("delta"),
            Self::Premium => f.write_str("premium"),
            Self::Line(line) => line.fmt(f),
        }
    }
}

/// So many of them at most; there are fewer to choose.
const ADDED_MAX: usize = 12;

/// What a range in the address is.
const RANGE_WORDS: &str =
    "a range: write its first and last minute, for example 2025-08-01T10:30..2025-08-04T15:29";

fn range_of(text: &str) -> Option<(Minute, Minute)> {
    let (from, to) = text.split_once("..")?;
    let range: (Minute, Minute) = (from.parse().ok()?, to.parse().ok()?);
    (range.0 < range.1).then_some(range)
}

/// Part of the address of a contract's page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    pub interval: ChartInterval,
    /// The table instead of the picture.
    pub as_table: bool,
    /// Of the table, counted from one.
    pub page: usize,
    /// The minute that the chart is opened at.
    pub at: Option<Minute>,
    /// What is seen of the chart; a minute that it is opened at comes first.
    pub range: Option<(Minute, Minute)>,
    pub added: Vec<Added>,
    pub compared: ComparedKeys,
    /// Prices as if each had been 100 at the first shared bar in view.
    pub is_indexed: bool,
}

impl View {
    /// What cannot be read takes its default.
    pub fn read(address: &mut AddressReader<'_>) -> Self {
        let mut added: Vec<Added> = Vec::new();
        for word in address.text("show").split(',') {
            let Some(one) = address.piece("show", word) else { continue };
            if added.len() < ADDED_MAX && !added.contains(&one) {
                added.push(one);
            }
        }
        let page = |text: &str| text.parse::<usize>().ok().filter(|page| *page > 0);
        Self {
            interval: address.part("interval").unwrap_or_default(),
            as_table: address.says("view", "table"),
            page: address.part_as("page", "a page of the table", page).unwrap_or(1),
            at: address.part("at"),
            range: address.part_as("range", RANGE_WORDS, range_of),
            added,
            compared: address.part("compare").unwrap_or_default(),
            is_indexed: address.says("indexed", "yes"),
        }
    }

    /// `path` with this view; defaults are left out.
    pub fn address(&self, path: &str) -> String {
        let mut parts = Vec::new();
        if self.interval != ChartInterval::default() {
            parts.push(format!("interval={}", self.interval));
        }
        if self.as_table {
            parts.push("view=table".to_owned());
            if self.page > 1 {
                parts.push(format!("page={}", self.page));
            }
        }
        if let Some(at) = self.at {
            parts.push(format!("at={at}"));
        } else if let Some((from, to)) = self.range {
            parts.push(format!("range={from}..{to}"));
        }
        if !self.added.is_empty() {
            let words: Vec<String> = self.added.iter().map(ToString::to_string).collect();
            parts.push(format!("show={}", words.join(",")));
        }
        if !self.compared.is_empty() {
            let keys: Vec<String> =
                self.compared.as_slice().iter().map(|key| encoded(&key.to_string())).collect();
            parts.push(format!("compare={}", keys.join(",")));
            if self.is_indexed {
                parts.push("indexed=yes".to_owned());
            }
        }
        if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
    }

    /// On the first page of its table, as whoever goes elsewhere sees it.
    pub fn first_page(self) -> Self {
        Self { page: 1, ..self }
    }

    /// With something added, or without it where it was.
    pub fn toggled(mut self, one: Added) -> Self {
        let count = self.added.len();
        self.added.retain(|other| *other != one);
        if self.added.len() == count {
            self.added.push(one);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: &str) -> View {
        let query = address.split_once('?').map_or("", |(_, query)| query);
        View::read(&mut AddressReader::new(|name| {
            let mut pairs = query.split('&').filter_map(|part| part.split_once('='));
            pairs
                .find(|(other, _)| *other == name)
                .map_or_else(String::new, |(_, text)| text.replace("%7C", "|"))
        }))
    }

    #[test]
    fn a_view_is_its_address() {
        let addresses = [
            "/x",
            "/x?interval=1hour&view=table&page=3&at=2025-08-01T10:30",
            "/x?interval=75minute",
            "/x?interval=week",
            "/x?range=2025-08-01T10:30..2025-08-04T15:29&show=volatility,delta,vwap,sma-20,underlying",
            "/x?compare=NSE_FO%7C71706%7C28-08-2025,NSE_FO%7C71707%7C28-08-2025&indexed=yes",
        ];
        for address in addresses {
            assert_eq!(read(address).address("/x"), address);
        }
        let mut address = AddressReader::new(|_| "nonsense".to_owned());
        let nonsense = View::read(&mut address);
        assert_eq!((nonsense.address("/x"), nonsense.page), ("/x".to_owned(), 1));
        let left_out = address.left_out();
        for name in ["interval", "view", "page", "at", "range", "show", "compare", "indexed"] {
            let of_part = |sentence: &&String| sentence.starts_with(&format!("{name}: "));
            assert_eq!(left_out.iter().filter(of_part).count(), 1, "{name}: {left_out:?}");
        }
        assert_eq!(read("/x?range=2025-08-04T10:30..2025-08-01T10:30").range, None, "backwards");
        assert_eq!(read("/x?show=sessions,delta,delta,iv").added, [Added::Delta]);
    }

    #[test]
    fn what_is_added_is_added_once_and_taken_away_again() {
        let view = read("/x?show=delta").toggled(Added::Premium);
        assert_eq!(view.address("/x"), "/x?show=delta,premium");
        assert_eq!(view.toggled(Added::Delta).address("/x"), "/x?show=premium");
        let all = Added::PANES.into_iter().chain(Added::AVERAGES).chain(Added::SECOND_LINES);
        for one in all {
            assert_eq!(one.to_string().parse(), Ok(one));
        }
    }
}
