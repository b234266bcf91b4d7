//! What the server draws for the strategy page: words, lines and tables, ready to be shown.

use market::Day;
use serde::{Deserialize, Serialize};

use crate::strategy_address::StrategyAddress;

/// The whole page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StrategyPage {
    /// With what was left out chosen.
    pub address: StrategyAddress,
    /// Values and words.
    pub underlyings: Vec<(String, String)>,
    pub expiries: Vec<(String, String)>,
    /// The days of the expiry with minutes.
    pub days: Vec<(String, String)>,
    /// The legs of each strategy as fields; empty where they could not be read.
    pub form: Vec<Vec<LegFields>>,
    /// Why nothing is shown.
    pub refused: Option<Refusal>,
    pub drawn: Option<StrategyDrawn>,
}

/// Why something is not shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A sentence.
    pub why: String,
    /// The expiry that is to be collected first, where that helps.
    pub to_collect: Option<Day>,
}

/// A leg as its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegFields {
    /// `buy` or `sell`.
    pub side: String,
    pub lots: String,
    /// `call`, `put`, `future` or `underlying`.
    pub kind: String,
    /// `atm`, `strike`, `delta`, `premium` or `points`.
    pub rule: String,
    /// What stands behind the rule.
    pub value: String,
    /// Empty: the strategy's own; `next`; a date.
    pub expiry: String,
}

impl LegFields {
    pub fn has_strike(&self) -> bool {
        self.kind == "call" || self.kind == "put"
    }

    /// Whether its rule has a value beside it.
    pub fn has_value(&self) -> bool {
        self.rule != "same"
    }

    /// `sell:1:call:atm+2@next`.
    pub fn text(&self) -> String {
        let value = self.value.trim();
        let strike = match self.rule.as_str() {
            _ if !self.has_strike() => String::new(),
            "atm" => match value.trim_start_matches('+') {
                "" | "0" | "-0" => ":atm".to_owned(),
                steps if steps.starts_with('-') => format!(":atm{steps}"),
                steps => format!(":atm+{steps}"),
            },
            "strike" => format!(":{value}"),
            "same" => ":same".to_owned(),
            rule => format!(":{rule}{value}"),
        };
        let expiry = if self.expiry.is_empty() { String::new() } else { format!("@{}", self.expiry) };
        format!("{}:{}:{}{strike}{expiry}", self.side, self.lots.trim(), self.kind)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StrategyDrawn {
    /// One for each strategy.
    pub tabs: Vec<Tab>,
    /// Of the one that is shown, where it could not be opened.
    pub refused: Option<Refusal>,
    pub facts: Vec<DrawnFact>,
    pub legs: Vec<LegLine>,
    /// The same legs, each strike as steps from the money; empty where one has none.
    pub relative: String,
    pub chart: TimeChart,
    /// Points without a price, and why.
    pub gaps: Vec<String>,
    pub payoff: Option<PayoffDrawn>,
    pub no_payoff_because: Option<String>,
    pub remark: String,
    /// The file with every minute.
    pub csv: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tab {
    pub profit: String,
    pub tone: Tone,
    /// The legs, in short.
    pub words: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    #[default]
    Plain,
    Gain,
    Loss,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DrawnFact {
    pub name: String,
    pub number: String,
    pub detail: String,
    pub tone: Tone,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LegLine {
    pub words: String,
    /// The page of its contract; empty of the underlying.
    pub address: String,
    /// Expiry, lot, entry, exit, profit, volatility and delta at the entry.
    pub cells: Vec<String>,
    pub tone: Tone,
}

/// Panes over one axis of time, with their numbers as a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimeChart {
    pub panes: Vec<Pane>,
    /// Hundredths of the width, and what stands there.
    pub ticks: Vec<(f64, String)>,
    pub head: Vec<String>,
    /// A point each, its moment first.
    pub rows: Vec<Vec<String>>,
    /// The minute of each row, as the address writes it.
    pub minutes: Vec<String>,
    /// All of it in words, for who cannot see it.
    pub words: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pane {
    pub name: String,
    /// What its numbers are of.
    pub unit: String,
    pub is_tall: bool,
    pub lines: Vec<PaneLine>,
    pub top: String,
    pub bottom: String,
    /// Where nought lies, in hundredths from the top.
    pub zero: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PaneLine {
    pub name: String,
    /// `calls`, `puts-2`, `first`: its colour and its dash.
    pub tone: String,
    /// On a ground of 1000 by 100.
    pub path: String,
}

/// Profit by where the underlying goes, on a ground of 1000 by 100.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PayoffDrawn {
    pub at_expiry: String,
    pub at_moment: String,
    pub gain: String,
    pub loss: String,
    pub zero: f64,
    /// What stands at the ends of the axis: the most and the least, or where the axis ends.
    pub top: String,
    pub bottom: String,
    pub ticks: Vec<(f64, String)>,
    /// Where the underlying stood and the break-evens, in hundredths of the width.
    pub marks: Vec<PayoffMark>,
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
    pub words: String,
    /// What is not drawn, and why.
    pub note: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PayoffMark {
    pub place: f64,
    pub name: String,
    pub price: String,
    pub when: String,
    /// Its words stand before it.
    pub is_before: bool,
    pub is_spot: bool,
}

/// Some expiries of a run, and what all so far come to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunPart {
    pub rows: Vec<RunLine>,
    /// Of all expiries so far, in their order; none of what could not be priced.
    pub profits: Vec<Option<f64>>,
    pub total: usize,
    pub facts: Vec<DrawnFact>,
    pub bars: Vec<RunBar>,
    pub ends: [String; 2],
    pub words: String,
    pub csv: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunLine {
    pub expiry: String,
    /// This page with the expiry and its entry.
    pub address: String,
    /// Entry, exit, strikes, lot, premium, drawdown, how it ended.
    pub cells: Vec<String>,
    pub profit: String,
    pub tone: Tone,
    /// Why it could not be priced.
    pub not_priced: Option<Refusal>,
}

/// In hundredths of the ground.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunBar {
    pub left: f64,
    pub width: f64,
    pub height: f64,
    pub tone: Tone,
    pub words: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_written_as_the_server_reads_them() {
        let leg = |kind: &str, rule: &str, value: &str, expiry: &str| {
            let [side, lots, kind, rule, value, expiry] =
                ["sell", "2", kind, rule, value, expiry].map(str::to_owned);
            LegFields { side, lots, kind, rule, value, expiry }.text()
        };
        assert_eq!(leg("call", "atm", "", ""), "sell:2:call:atm");
        assert_eq!(leg("call", "atm", "3", "next"), "sell:2:call:atm+3@next");
        assert_eq!(leg("put", "atm", "-3", ""), "sell:2:put:atm-3");
        assert_eq!(leg("put", "strike", "24500", "2025-08-28"), "sell:2:put:24500@2025-08-28");
        assert_eq!(leg("call", "delta", "0.25", ""), "sell:2:call:delta0.25");
        assert_eq!(leg("future", "atm", "3", ""), "sell:2:future");
    }
}
