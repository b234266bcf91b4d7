//! How many candles a query reads at most, from its plan. A plan says of each table whether it is scanned or searched, and
//! by which columns; what it cannot say is told as unknown, never as little.

use protocol::SqlReads;
use rusqlite::Connection;

use super::ASKS_FROM;
use super::error::WhyMuch;

/// What a candle takes in the database, with all that rests on it: docs/architecture.md.
const BYTES_A_CANDLE: u64 = 36;
/// What candles go by where a query makes them, which SQLite does with those of the lake.
const NAMES_OF_CANDLES: [&str; 3] = ["candle", "historical_data", "historical_data_all"];
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
    /// Why somebody is asked before it runs.
    pub asks: Option<WhyMuch>,
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

    /// Of the table of the lake the plan says bounds of `ts` as bits of a number: `archive_table.rs`.
    fn bounds_in_lake(&self) -> u32 {
        let of_lake = self.words.split_once(" VIRTUAL TABLE INDEX ");
        of_lake.and_then(|(_, plan)| plan.split(':').next()?.parse().ok()).unwrap_or(0)
    }

    fn is_of_one_minute(&self) -> bool {
        self.has("ts=?") || self.bounds_in_lake() & 1 != 0
    }

    /// From one moment to another.
    fn is_between(&self) -> bool {
        let bounds = self.bounds_in_lake();
        self.has("ts>? AND ts<?") || bounds & 6 != 0 && bounds & 24 != 0
    }

    /// What it makes, for others to go through by that name.
    fn made(&self) -> Option<&str> {
        ["MATERIALIZE ", "CO-ROUTINE "].iter().find_map(|word| self.words.strip_prefix(word))
    }

    fn is_within(&self, other: &Self, plan: &[Self]) -> bool {
        let parent = plan.iter().find(|step| step.id == self.parent);
        parent.is_some_and(|parent| parent.id == other.id || parent.is_within(other, plan))
    }

    /// Whether here a name is that of something that the query makes. What makes it may itself read a table of that name.
    fn is_made(&self, name: &str, plan: &[Self]) -> bool {
        plan.iter().any(|step| step.made() == Some(name) && !self.is_within(step, plan))
    }

    /// Whether it reads candles. A query that names the table itself may call it as it likes.
    fn is_of_candles(&self, plan: &[Self], totals: &Totals, may_be_renamed: bool) -> bool {
        let Some((how, name)) = self.table() else { return false };
        if name.eq_ignore_ascii_case("candle") {
            // What is made of candles is told by the steps that make it.
            return !self.is_made(name, plan) || how == "SEARCH" || self.has("VIRTUAL TABLE");
        }
        if !may_be_renamed || how == "SEARCH" && !self.has("(series_id=?") {
            return false;
        }
        let is_known = totals.names.iter().any(|known| known.eq_ignore_ascii_case(name));
        !is_known && !name.starts_with('(') && name != "CONSTANT ROW" && !self.is_made(name, plan)
    }

    /// How many series a loop over this table goes through.
    fn share(&self, plan: &[Self], totals: &Totals) -> Share {
        let Some((how, name)) = self.table() else { return Share::Series };
        if how == "SCAN" {
            let is_known = NAMES_IN_VIEWS.contains(&name) || totals.names.iter().any(|known| known == name);
            let is_table = is_known && !self.is_made(name, plan);
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

/// Of how many series the candles are that a step reads.
fn share_of(plan: &[Step], at: usize, totals: &Totals) -> Share {
    let step = &plan[at];
    // The lake is read by series alone, whatever the plan calls it.
    if step.words.starts_with("SCAN") && !step.has("VIRTUAL TABLE") {
        return Share::All;
    }
    if step.is_of_one_minute() {
        // Of each series.
        return Share::Unknown;
    }
    let around = loops_around(plan, at);
    let share = around.iter().map(|of| of.share(plan, totals)).max().unwrap_or(Share::Series);
    // Between two moments lies a part of an expiry, or of the day that is looked up: how much, no plan says.
    let is_of_a_day = around.iter().any(|of| of.has(" AND day=?)"));
    let is_part = step.is_between() && (share == Share::Expiry || is_of_a_day);
    if is_part { share.min(Share::Unknown) } else { share }
}

pub(super) fn estimate(plan: &[Step], totals: &Totals, may_be_renamed: bool) -> Estimate {
    let of_candles = (0..plan.len()).filter(|at| plan[*at].is_of_candles(plan, totals, may_be_renamed));
    let most = of_candles.map(|at| share_of(plan, at, totals)).max();
    let candles = match most {
        None => Some(0),
        Some(Share::Series) => Some(totals.series),
        Some(Share::Unknown) => None,
        Some(Share::Expiry) => Some(totals.expiry),
        Some(Share::All) => Some(totals.all),
    };
    let is_of_lake = plan.iter().any(|step| step.has(" VIRTUAL TABLE INDEX "))
        && plan.iter().filter_map(Step::made).any(|made| NAMES_OF_CANDLES.contains(&made));
    let why = match most {
        Some(Share::Expiry) => WhyMuch::WholeExpiry,
        _ if is_of_lake => WhyMuch::MadeOfLake,
        _ => WhyMuch::NoKey,
    };
    let is_much = candles.is_some_and(|candles| candles >= ASKS_FROM);
    Estimate {
        told: SqlReads { candles, bytes: candles.map(|candles| candles * BYTES_A_CANDLE) },
        asks: is_much.then_some(why),
    }
}
