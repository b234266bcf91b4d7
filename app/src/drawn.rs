//! What the server draws for pages that are read again and again: words, addresses and lines, ready to be shown.
//!
//! So the browser carries neither the types nor the arithmetic of a grid of ten thousand contracts or of a log of
//! requests. What people command and what other programs read stays in `protocol`.

pub mod analysis;
pub mod export;
pub mod sql;

use market::{Day, InstrumentKey};
use protocol::BhavcopyExchange;
use serde::{Deserialize, Serialize};

/// A small chart over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    pub lines: Vec<Line>,
    /// The value of the upper edge.
    pub top: String,
    /// The first and the last moment.
    pub ends: [String; 2],
    /// All of it in words, for who cannot see it.
    pub words: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub name: String,
    /// Its newest value; empty where that is told elsewhere.
    pub now: String,
    /// On a ground of 240 by 60, as SVG writes it.
    pub path: String,
}

/// What is published into lakes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lake {
    /// That of the settings; empty: none.
    pub place: String,
    pub places: Vec<LakeRows>,
    /// What the rows leave out; empty: nothing.
    pub more: String,
    pub report_title: String,
    /// How the last publishing or verifying went.
    pub report: Vec<String>,
}

/// What is published into one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LakeRows {
    pub place: String,
    pub rows: Vec<LakeRow>,
}

/// A partition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LakeRow {
    pub name: String,
    pub candles: String,
    pub bytes: String,
    pub published: String,
    pub verified: String,
    pub state: String,
}

/// An expiry whose candles the lake has alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedRow {
    pub underlying: InstrumentKey,
    pub expiry: Day,
    pub name: String,
    pub candles: String,
    pub file: String,
}

/// What would leave the database, and what that means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveLook {
    pub title: String,
    pub what: String,
    pub lines: Vec<String>,
    pub expiries: Vec<String>,
    pub deed: String,
    pub token: String,
}

/// An expiry of a job, thin; with the cells of its contracts where it is open.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Strip {
    pub name: String,
    /// The page with this expiry open, or closed where it is open.
    pub address: String,
    /// `196 of 231 · 3 failed`.
    pub counts: String,
    pub has_failed: bool,
    /// In hundredths: stored already, done, empty, failed.
    pub shares: Vec<f64>,
    /// How many contracts there are of each outcome; empty where the expiry is not open.
    pub legend: Vec<Cell>,
    pub columns: Vec<Column>,
}

impl Strip {
    pub fn is_open(&self) -> bool {
        !self.columns.is_empty()
    }
}

/// The contracts of one strike, call over put.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// The strike, over the first of five columns.
    pub label: String,
    pub cells: Vec<Cell>,
}

/// One contract; an entry of the legend is a cell without an address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    pub outcome: String,
    /// `FUT`, `CE` or `PE`.
    pub kind: String,
    pub address: String,
    /// `24500 CE · done · 18,204 candles`.
    pub words: String,
}

/// What failed for one reason.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FailureGroup {
    pub title: String,
    pub rows: Vec<FailureRow>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FailureRow {
    pub what: String,
    pub address: String,
    pub tries: String,
    pub at: String,
}

/// A figure of the status page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StatusFigure {
    pub name: String,
    pub number: String,
    pub detail: String,
    /// Something has to be done about it.
    pub is_wrong: bool,
}

/// How the broker was used in the last 24 hours.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ApiUseDrawn {
    pub chart: Chart,
    /// How the requests ended.
    pub words: String,
    pub endpoints: Vec<EndpointLine>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EndpointLine {
    pub endpoint: String,
    pub requests: String,
    pub faults: String,
    pub p50: String,
    pub p95: String,
}

/// An error in the log of a job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ErrorLine {
    pub at: String,
    pub job: i64,
    pub message: String,
}

/// The newest lines of the program's own log, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProgramLines {
    pub folder: String,
    pub rows: Vec<ProgramLine>,
    pub has_more: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProgramLine {
    pub at: String,
    pub level: String,
    pub is_fault: bool,
    pub text: String,
}

/// Something that works by itself, and how it is in words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoopLine {
    pub name: String,
    pub is_running: bool,
    pub words: String,
}

/// The pace of a job and how full the rate windows were.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PaceCharts {
    /// Candles a second.
    pub candles: Chart,
    /// Requests a minute.
    pub requests: Chart,
    pub windows: Chart,
}

/// Requests to the broker, a row each, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RequestLines {
    /// What each of a row's cells is.
    pub headings: Vec<String>,
    pub rows: Vec<RequestLine>,
    /// Older ones begin below this id.
    pub next: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RequestLine {
    pub is_fault: bool,
    /// A line, and a smaller one below it; empty where there is none.
    pub cells: Vec<[String; 2]>,
    pub job: Option<i64>,
}

/// What could not be taken, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RefusedLines {
    pub rows: Vec<RefusedRow>,
    /// Older ones begin below this id.
    pub next: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RefusedRow {
    pub id: i64,
    pub what: String,
    pub reason: String,
    pub times: String,
    pub requests: String,
    pub state: String,
    /// As the broker wrote it.
    pub raw: String,
}

/// The coverage page, most of it as HTML that the server wrote: thousands of cells that never change by themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageDrawn {
    /// Name and address of each step that leads here; the last one has no address.
    pub crumbs: Vec<(String, String)>,
    pub is_empty: bool,
    pub calendar: String,
    pub quality: String,
    pub map: Option<MapDrawn>,
    pub day: Option<DayDrawn>,
    pub files: TakenFiles,
}

/// Files of the exchange that were taken in, the newest day first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenFiles {
    pub files: Vec<TakenFile>,
    /// Older ones, which are not listed.
    pub older: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenFile {
    pub exchange: BhavcopyExchange,
    pub day: Day,
    /// As it is read.
    pub day_text: String,
    pub name: String,
    pub rows: String,
    /// Those of which it says something.
    pub contracts: String,
}

/// A heat map: contracts over days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapDrawn {
    pub title: String,
    pub underlying: String,
    pub expiry: String,
    /// Head, labels, cells: each in its place of one frame.
    pub head: String,
    pub labels: String,
    pub cells: String,
    /// Days as they are written, oldest first.
    pub days: Vec<String>,
    pub rows: Vec<MapLine>,
    /// Letter, and its words.
    pub words: Vec<(char, String)>,
    pub legend: String,
    /// The same as tables.
    pub tables: String,
    /// Where more contracts are, in words.
    pub pages: String,
    /// What asking for all that is missing costs; nothing where nothing is.
    pub missing: Option<String>,
}

/// A contract of a map.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapLine {
    pub name: String,
    /// As an address has it.
    pub key: String,
    pub cells: String,
}

/// A day of a contract.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayDrawn {
    pub title: String,
    pub contract: String,
    pub day: String,
    pub body: String,
    pub chart_address: String,
    pub close_address: String,
    /// What asking again costs, or why nothing can be asked.
    pub cost: String,
    pub is_refused: bool,
}
