//! Whether an answer was silently cut is decided by evidence, not by hope.
//!
//! Pure: it is told what came and says what follows. An answer is whole when its first row lies at the opening
//! of the day on which the range or the broker's data begin, or when it is no wider and no longer than one that
//! was proven whole and its first rows do not contradict that. Everything else is probed. The end is judged as the
//! beginning is: what trades to its last minute has a row there.

use market::{Candle, Day, DayRange, Interval, TradingCalendar};
use serde::{Deserialize, Serialize};

use crate::check::FIRST_ROWS;
use crate::final_days::data_floor;

/// Proofs that are kept; each is wider or longer than every other.
const PROOFS_MAX: usize = 16;

/// An answer that was proven whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Proof {
    /// Days from the first row's to the last row's.
    span_days: i64,
    rows: usize,
}

impl Proof {
    fn of(candles: &[Candle]) -> Self {
        Self { span_days: span_days(candles), rows: candles.len() }
    }

    fn covers(self, other: Self) -> bool {
        self.span_days >= other.span_days && self.rows >= other.rows
    }
}

/// What is known of the broker's answers on one interval. Kept in the database, so that a restart need not
/// prove it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Evidence {
    proofs: Vec<Proof>,
    /// The longest range that was answered where a longer one was refused.
    pub range_days_max: Option<i64>,
    /// Rows of the longest answer, within the days that were asked: no cap on rows lies below.
    #[serde(default)]
    longest: usize,
}

impl Evidence {
    /// An answer was proven whole. Says whether that is news.
    pub(crate) fn learn_whole(&mut self, candles: &[Candle]) -> bool {
        let proof = Proof::of(candles);
        if self.proofs.iter().any(|known| known.covers(proof)) {
            return false;
        }
        self.proofs.retain(|known| !proof.covers(*known));
        if self.proofs.len() >= PROOFS_MAX {
            self.proofs.remove(0);
        }
        self.proofs.push(proof);
        true
    }

    /// An answer had so many rows. Says whether that is news.
    pub(crate) fn learn_length(&mut self, rows: usize) -> bool {
        let is_news = rows > self.longest;
        self.longest = self.longest.max(rows);
        is_news
    }

    /// Whether an answer came with more rows than these, so that no cap on rows can have cut them.
    pub(crate) fn was_longer(&self, rows: usize) -> bool {
        self.longest > rows
    }

    /// An answer was found to be cut: a proof that would have vouched for it is worth nothing.
    pub(crate) fn learn_cut(&mut self, candles: &[Candle]) {
        let cut = Proof::of(candles);
        self.proofs.retain(|known| !known.covers(cut));
    }

    /// Whether anything was proven; before that one answer is waited for alone.
    pub(crate) fn has_proof(&self) -> bool {
        !self.proofs.is_empty()
    }

    /// Whether an answer to `range` is whole without asking further. `candles` are oldest first.
    pub(crate) fn is_whole(&self, range: DayRange, candles: &[Candle]) -> bool {
        let Some(first) = candles.first() else { return false };
        let answer = Proof::of(candles);
        let is_proven = self.proofs.iter().any(|known| known.covers(answer));
        let may_be_proven = begins_where_it_must(range, first.start.day()) || !contradicts_birth(candles);
        begins_at_its_opening(range, candles) || is_proven && may_be_proven
    }
}

/// Whether the first row lies at the opening of the day on which the range or the broker's data begin. A cap on
/// rows cuts inside a day, so the right first day alone proves nothing.
pub(crate) fn begins_at_its_opening(range: DayRange, candles: &[Candle]) -> bool {
    let is_there = |first: &Candle| begins_where_it_must(range, first.start.day()) && begins_its_day(first);
    candles.first().is_some_and(is_there)
}

fn span_days(candles: &[Candle]) -> i64 {
    match (candles.first(), candles.last()) {
        (Some(first), Some(last)) => {
            last.start.day().days_since_1970() - first.start.day().days_since_1970() + 1
        }
        _ => 0,
    }
}

/// On the first session of the range, or where the broker's data begin.
fn begins_where_it_must(range: DayRange, first: Day) -> bool {
    let calendar = TradingCalendar::bundled();
    let first_session = range.days().find(|day| calendar.day(*day).is_open());
    let at_floor = first <= data_floor();
    at_floor || first_session.is_some_and(|session| first <= session)
}

/// At the opening of its session or before it; the candle of a day begins at midnight.
fn begins_its_day(first: &Candle) -> bool {
    let trading = TradingCalendar::bundled().day(first.start.day());
    trading.windows().first().is_some_and(|window| first.start.minute_of_day() <= window.open)
}

/// How the end of an answer is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EndTerms {
    pub interval: Interval,
    /// It trades in every session until the last minutes: a future, an underlying.
    pub trades_to_the_end: bool,
    /// The last day that was final when the answer came.
    pub last_final: Day,
}

/// Rows of a day, in minutes, from which a series trades to the end of its days.
const BUSY_ROWS_A_DAY: usize = 300;
/// Days at the end of an answer that say whether it is busy.
const BUSY_DAYS: usize = 3;
/// A series that trades to the end has a row in so many last minutes of its last session. The cash market ends
/// 25 minutes before the derivatives since August 2026.
const END_MINUTES_MAX: u16 = 30;

/// Whether an answer ends before the series can have ended: its last row lies before the last session of the
/// range, or well before the end of that session. `candles` are oldest first.
pub(crate) fn ends_early(range: DayRange, candles: &[Candle], terms: EndTerms) -> bool {
    let Some(last) = candles.last().map(|candle| candle.start) else { return false };
    if !terms.trades_to_the_end && !is_busy_at_the_end(candles, terms.interval) {
        return false;
    }
    let calendar = TradingCalendar::bundled();
    let mut days = range.days().rev().skip_while(|day| *day > terms.last_final);
    let Some(session) = days.find(|day| calendar.day(*day).is_open()) else { return false };
    if last.day() != session {
        return last.day() < session;
    }
    let (Some(length), Some(window)) =
        (terms.interval.minutes(), calendar.day(session).windows().last().copied())
    else {
        return false;
    };
    last.minute_of_day() + length + END_MINUTES_MAX < window.close
}

fn is_busy_at_the_end(candles: &[Candle], interval: Interval) -> bool {
    let Some(length) = interval.minutes() else { return false };
    let mut by_day = candles.chunk_by(|one, next| one.start.day() == next.start.day()).rev().take(BUSY_DAYS);
    let (mut rows, mut days) = (0, 0);
    for day in by_day.by_ref() {
        rows += day.len();
        days += 1;
    }
    days > 0 && rows * usize::from(length) >= BUSY_ROWS_A_DAY * days
}

/// What the answer to `[day of the last row, end]` says about the end of the answer before it.
pub(crate) fn read_end_probe(known: &[Candle], probe: &[Candle]) -> Probe {
    let Some(last) = known.last() else { return Probe::ProvesNothing };
    if probe.last().is_some_and(|candle| candle.start > last.start) {
        return Probe::WasCut;
    }
    let day = last.start.day();
    let is_known = |candle: &Candle| probe.binary_search_by_key(&candle.start, |row| row.start).is_ok();
    let repeats = known.iter().rev().take_while(|candle| candle.start.day() == day).all(is_known);
    if repeats { Probe::IsWhole } else { Probe::ProvesNothing }
}

/// More open interest than was ever traded: a newborn contract cannot have that, so older rows are missing.
pub(crate) fn contradicts_birth(candles: &[Candle]) -> bool {
    let mut traded = 0;
    candles.iter().take(FIRST_ROWS).any(|candle| {
        traded += candle.volume;
        candle.open_interest > traded
    })
}

/// What the answer to `[from, day of the earliest row]` says about the answer before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    /// It brought rows beyond the known ones: the first answer was cut.
    WasCut,
    /// It repeats the known rows of that day and brings nothing beyond them.
    IsWhole,
    /// The known rows are not in it: it proves nothing.
    ProvesNothing,
}

pub(crate) fn read_probe(known: &[Candle], probe: &[Candle]) -> Probe {
    let Some(earliest) = known.first() else { return Probe::ProvesNothing };
    if probe.first().is_some_and(|first| first.start < earliest.start) {
        return Probe::WasCut;
    }
    let day = earliest.start.day();
    let repeats = known
        .iter()
        .take_while(|candle| candle.start.day() == day)
        .all(|candle| probe.binary_search_by_key(&candle.start, |row| row.start).is_ok());
    if repeats { Probe::IsWhole } else { Probe::ProvesNothing }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::{Paise, Prices};

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    /// Three rows on each day; open interest within what was traded unless `heavy`.
    fn rows(from: &str, days: i64, heavy: bool) -> Vec<Candle> {
        let price = Paise(100).into();
        (0..days)
            .flat_map(|offset| (555..558).map(move |minute| (offset, minute)))
            .map(|(offset, minute)| Candle {
                start: day(from).plus_days(offset).at_minute(minute),
                prices: Prices { open: price, high: price, low: price, close: price },
                volume: 75,
                open_interest: if heavy { 10_000 } else { 75 },
            })
            .collect()
    }

    fn range(from: &str, to: &str) -> DayRange {
        DayRange::new(day(from), day(to)).unwrap()
    }

    #[test]
    fn an_answer_that_begins_where_it_must_is_whole() {
        let nothing = Evidence::default();
        // 2025-05-30 is a Friday with a session.
        assert!(nothing.is_whole(range("2025-05-30", "2025-08-28"), &rows("2025-05-30", 5, true)));
        assert!(!nothing.is_whole(range("2025-05-30", "2025-08-28"), &rows("2025-06-02", 5, false)));
        // The range begins on a weekend.
        assert!(nothing.is_whole(range("2025-05-31", "2025-08-28"), &rows("2025-06-02", 5, true)));
        assert!(nothing.is_whole(range("2024-08-01", "2024-10-31"), &rows("2024-10-01", 5, true)));
        assert!(!nothing.is_whole(range("2025-05-30", "2025-08-28"), &[]));
        let cut_inside = &rows("2025-05-30", 5, true)[1..];
        assert!(!nothing.is_whole(range("2025-05-30", "2025-08-28"), cut_inside), "begins within the day");
    }

    #[test]
    fn what_is_no_wider_than_proven_and_newborn_is_whole() {
        let mut proven = Evidence::default();
        assert!(proven.learn_whole(&rows("2025-06-02", 30, false)));
        assert!(!proven.learn_whole(&rows("2025-06-02", 29, false)), "no news");
        let asked = range("2025-05-01", "2025-08-28");
        assert!(proven.is_whole(asked, &rows("2025-06-10", 30, false)));
        assert!(!proven.is_whole(asked, &rows("2025-06-10", 31, false)), "wider");
        assert!(!proven.is_whole(asked, &rows("2025-06-10", 30, true)), "born with open interest");
        proven.learn_cut(&rows("2025-06-10", 20, true));
        assert!(!proven.is_whole(asked, &rows("2025-06-10", 20, false)), "a cut answer was no wider");
    }

    #[test]
    fn width_and_length_must_be_proven_by_one_answer() {
        let mut proven = Evidence::default();
        let sparse: Vec<Candle> = rows("2025-06-02", 40, false).into_iter().step_by(3).collect();
        proven.learn_whole(&sparse);
        proven.learn_whole(&rows("2025-06-02", 20, false));
        let asked = range("2025-05-01", "2025-08-28");
        assert!(
            !proven.is_whole(asked, &rows("2025-06-10", 30, false)),
            "90 rows over 30 days were never proven"
        );
        assert!(proven.is_whole(asked, &sparse));
    }

    /// A row each minute of each session from the open to a minute of the last day.
    fn minutes(from: &str, to: &str, last_minute: u16) -> Vec<Candle> {
        let sessions = range(from, to).days().filter(|day| TradingCalendar::bundled().day(*day).is_open());
        let rows = sessions.flat_map(|day| (555..930).map(move |minute| day.at_minute(minute)));
        let last = day(to).at_minute(last_minute);
        let row = rows.filter(|start| *start <= last);
        row.map(|start| Candle { start, ..rows_of_one() }).collect()
    }

    fn rows_of_one() -> Candle {
        rows("2025-08-01", 1, false)[0]
    }

    #[test]
    fn what_trades_to_its_last_minute_has_a_row_there() {
        let asked = range("2025-05-30", "2025-08-28");
        let ends = |candles: &[Candle], trades_to_the_end, last_final: &str| {
            let last_final = day(last_final);
            ends_early(
                asked,
                candles,
                EndTerms { interval: Interval::Minute1, trades_to_the_end, last_final },
            )
        };
        // Thursday 28 August 2025; the 27th was a holiday.
        let whole = minutes("2025-08-20", "2025-08-28", 929);
        for (candles, future, last_final, early) in [
            (&whole[..], true, "2025-08-28", false),
            (&minutes("2025-08-20", "2025-08-25", 929), true, "2025-08-28", true),
            (&minutes("2025-08-20", "2025-08-25", 929), false, "2025-08-28", true),
            (&minutes("2025-08-20", "2025-08-26", 929), true, "2025-08-27", false),
            (&minutes("2025-08-20", "2025-08-28", 800), true, "2025-08-28", true),
            (&minutes("2025-08-20", "2025-08-28", 915), true, "2025-08-28", false),
            (&rows("2025-08-20", 2, false), false, "2025-08-28", false),
            (&rows("2025-08-20", 2, false), true, "2025-08-28", true),
            (&[], true, "2025-08-28", false),
        ] {
            let last = candles.last().map(|candle| candle.start.to_ist_text());
            assert_eq!(ends(candles, future, last_final), early, "{last:?} {future} {last_final}");
        }
        let known = minutes("2025-08-22", "2025-08-25", 929);
        assert_eq!(read_end_probe(&known, &minutes("2025-08-25", "2025-08-28", 929)), Probe::WasCut);
        assert_eq!(read_end_probe(&known, &minutes("2025-08-25", "2025-08-25", 929)), Probe::IsWhole);
        assert_eq!(read_end_probe(&known, &[]), Probe::ProvesNothing);
    }

    #[test]
    fn a_probe_is_read_by_the_rows_that_are_known() {
        let known = rows("2025-06-10", 3, false);
        assert_eq!(read_probe(&known, &rows("2025-06-10", 1, false)), Probe::IsWhole);
        assert_eq!(read_probe(&known, &rows("2025-06-09", 2, false)), Probe::WasCut);
        assert_eq!(read_probe(&known, &[]), Probe::ProvesNothing);
        assert_eq!(read_probe(&known, &known[1..3]), Probe::ProvesNothing);
    }
}
