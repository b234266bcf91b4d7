//! How many candles a query reads at most, from its plan. A plan says of each table whether it is scanned or searched, and
//! by which columns; what it cannot say is told as unknown, never as little.

use protocol::SqlReads;
use rusqlite::Connection;

use super::ASKS_FROM;

/// What a candle takes in the database, with all that rests on it: docs/architecture.md.
const BYTES_A_CANDLE: u64 = 36;
/// Names that our views give to their tables.
const NAMES_IN_VIEWS: [&str; 13] = ["u", "e", "c", "s", "d", "r", "a", "p", "b", "t", "j", "w", "f"];

pub(super) struct Step {
    pub id: i64,
    pub parent: i64,
    pub words: String,
}

pub(super) struct Totals {
    all: u64,
    expiry: u64,
    series: u64,
    /// Of tables and views.
    names: Vec<String>,
}

impl Totals {
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let count = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs);
        let mut names =
            connection.prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")?;
        let names = names.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(Self {
            all: count("SELECT coalesce(sum(candles), 0) FROM series")?,
            expiry: count(
                "SELECT coalesce(max(candles), 0) FROM
                     (SELECT sum(candles) AS candles FROM expiry_series GROUP BY expiry_id)",
            )?,
            series: count("SELECT coalesce(max(candles), 0) FROM series")?,
            names,
        })
    }
}

/// How many of the candles, the most last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Share {
    Series,
    /// As many as rows of something that the query makes itself.
    Unknown,
    Expiry,
    All,
}

pub(super) struct Estimate {
    pub told: SqlReads,
    /// Somebody is asked before it runs.
    pub asks: bool,
}

impl Step {
    pub(super) fn depth(&self, plan: &[Self]) -> u32 {
        let parent = plan.iter().find(|step| step.id == self.parent);
        parent.map_or(0, |parent| parent.depth(plan) + 1)
    }

    /// `SEARCH c USING …`: how and what.
    fn table(&self) -> Option<(&str, &str)> {
        let (how, rest) = self.words.split_once(' ').filter(|(how, _)| ["SCAN", "SEARCH"].contains(how))?;
        let rest = rest.split(" VIRTUAL TABLE ").next().unwrap_or(rest);
        Some((how, rest.split(" USING ").next().unwrap_or(rest).trim()))
    }

    fn has(&self, condition: &str) -> bool {
        self.words.contains(condition)
    }

    /// Of the table of the lake the plan says it as the first bit of a number: `archive_table.rs`.
    fn is_of_one_minute(&self) -> bool {
        let of_lake = self.words.split_once(" VIRTUAL TABLE INDEX ");
        let number = of_lake.and_then(|(_, plan)| plan.split(':').next()?.parse::<u32>().ok());
        self.has("ts=?") || number.is_some_and(|number| number % 2 == 1)
    }

    /// Whether it reads candles. A query that names the table itself may call it as it likes.
    fn is_of_candles(&self, plan: &[Self], totals: &Totals, may_be_renamed: bool) -> bool {
        let Some((how, name)) = self.table() else { return false };
        let is_made = |step: &Self| {
            let made = ["MATERIALIZE ", "CO-ROUTINE "].iter().find_map(|word| step.words.strip_prefix(word));
            made == Some(name)
        };
        if name.eq_ignore_ascii_case("candle") {
            // What is made of candles is told by the steps that make it.
            return !plan.iter().any(is_made) || how == "SEARCH" || self.has("VIRTUAL TABLE");
        }
        if !may_be_renamed || how == "SEARCH" && !self.has("(series_id=?") {
            return false;
        }
        let is_known = totals.names.iter().any(|known| known.eq_ignore_ascii_case(name));
        !is_known && !name.starts_with('(') && name != "CONSTANT ROW" && !plan.iter().any(is_made)
    }

    /// How many series a loop over this table goes through.
    fn share(&self, totals: &Totals) -> Share {
        let Some((how, name)) = self.table() else { return Share::Series };
        if how == "SCAN" {
            let is_table = NAMES_IN_VIEWS.contains(&name) || totals.names.iter().any(|known| known == name);
            let is_one = name == "CONSTANT ROW";
            return if is_one {
                Share::Series
            } else if is_table {
                Share::All
            } else {
                Share::Unknown
            };
        }
        if self.has("AUTOMATIC") {
            Share::Unknown
        } else if self.has("(underlying_id=?)")
            || self.has("(underlying_id=? AND date>")
            || self.has("(underlying_id=? AND date<")
        {
            Share::All
        } else if self.has("(expiry_id=?") && !self.has("strike=?") {
            Share::Expiry
        } else {
            Share::Series
        }
    }
}

/// The loops that a step is within: those before it beside it, and of a part that is asked for each row those around it.
fn loops_around(plan: &[Step], at: usize) -> Vec<&Step> {
    let step = &plan[at];
    let mut around: Vec<&Step> = plan[..at].iter().filter(|other| other.parent == step.parent).collect();
    let parent = plan.iter().position(|other| other.id == step.parent);
    if let Some(parent) = parent {
        let words = &plan[parent].words;
        // What is made once is no loop of what stands around it.
        if !words.starts_with("MATERIALIZE") && !words.starts_with("SCALAR") {
            around.extend(loops_around(plan, parent));
        }
    }
    around
}

pub(super) fn estimate(plan: &[Step], totals: &Totals, may_be_renamed: bool) -> Estimate {
    let mut most: Option<Share> = None;
    for (at, step) in plan.iter().enumerate() {
        if !step.is_of_candles(plan, totals, may_be_renamed) {
            continue;
        }
        let around = loops_around(plan, at);
        // The lake is read by series alone, whatever the plan calls it.
        let share = if step.words.starts_with("SCAN") && !step.has("VIRTUAL TABLE") {
            Share::All
        } else if step.is_of_one_minute() {
            // Of each series.
            Share::Unknown
        } else {
            around.iter().map(|of| of.share(totals)).max().unwrap_or(Share::Series)
        };
        most = most.max(Some(share));
    }
    let candles = match most {
        None => Some(0),
        Some(Share::Series) => Some(totals.series),
        Some(Share::Unknown) => None,
        Some(Share::Expiry) => Some(totals.expiry),
        Some(Share::All) => Some(totals.all),
    };
    Estimate {
        told: SqlReads { candles, bytes: candles.map(|candles| candles * BYTES_A_CANDLE) },
        asks: candles.is_some_and(|candles| candles >= ASKS_FROM),
    }
}
