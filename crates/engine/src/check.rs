//! Answers are checked before they are stored.
//!
//! A row that cannot be true goes to quarantine with its reason and the rest is kept. What is only odd (off
//! the tick, outside the session, no multiple of the lot) is kept and counted: ticks, lots and hours change
//! in a contract's life, and a contract row carries only the last of them. What says nothing (a placeholder,
//! a day that was not asked for) is counted and neither kept nor refused.

use std::ops::Range;

use market::{
    Candle, Contract, Day, DayRange, EpochSeconds, Interval, Paise, Price, Prices, TradingCalendar,
};
use store::Quarantined;
use upstox::{RAW_CHARS_MAX, REFUSED_KEPT_MAX, RawCandle, Refusals};

/// First rows of a life that are looked at: whether they can be its first.
pub(crate) const FIRST_ROWS: usize = 10;

/// An answer after its check.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Checked {
    /// Oldest first, one row a moment.
    pub candles: Vec<Candle>,
    /// The first rows that were refused, at most [`REFUSED_KEPT_MAX`].
    pub quarantined: Vec<Quarantined>,
    /// All rows that were refused.
    pub refused: u64,
    /// Rows without price and volume: that nothing traded, in other words.
    pub placeholders: u64,
    pub strays: Strays,
    /// Rows that came more than once, all alike.
    pub repeated: u64,
    /// Days on which two rows of one moment differ; both went to quarantine.
    pub contradictory_days: Vec<Day>,
    /// The very moments, oldest first.
    pub contradictory_minutes: Vec<EpochSeconds>,
    pub remarks: Remarks,
}

/// Rows of days that were not asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Strays {
    pub earlier: u64,
    pub later: u64,
    /// The earliest rows of the whole answer, asked for or not, oldest first; none where no row is of a later day.
    pub first_rows: Vec<Candle>,
}

impl Strays {
    pub(crate) fn count(&self) -> u64 {
        self.earlier + self.later
    }
}

/// What an answer amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// At least one candle was kept.
    Rows,
    /// Nothing in the asked days.
    Empty,
    /// Nothing but rows that say that nothing traded.
    Placeholders,
    /// Rows came and none could be kept: it cannot be known what traded.
    AllRefused,
}

impl Checked {
    pub(crate) fn verdict(&self) -> Verdict {
        match self {
            Self { candles, .. } if !candles.is_empty() => Verdict::Rows,
            Self { refused: 1.., .. } => Verdict::AllRefused,
            Self { placeholders: 1.., .. } => Verdict::Placeholders,
            _ => Verdict::Empty,
        }
    }

    fn refuse(&mut self, at: Option<EpochSeconds>, raw: impl FnOnce() -> String, reason: &str) {
        self.refused += 1;
        if self.quarantined.len() < REFUSED_KEPT_MAX {
            let raw = raw().chars().take(RAW_CHARS_MAX).collect();
            self.quarantined.push(Quarantined { raw, reason: reason.to_owned(), at, key: None });
        }
    }
}

/// Rows that are kept and odd.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Remarks {
    pub off_tick: u64,
    pub outside_session: u64,
    pub off_lot: u64,
}

/// What a row is held against besides itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// In paise; 0 where there is none.
    tick: i64,
    /// In units; 0 where there is none.
    lot: i64,
}

impl Terms {
    pub(crate) const NONE: Self = Self { tick: 0, lot: 0 };

    pub(crate) fn of(contract: &Contract) -> Self {
        Self { tick: contract.tick_size, lot: contract.lot_size }
    }
}

/// `broken`: what the answer held that is no row at all.
pub(crate) fn check(
    rows: &[RawCandle<'_>],
    broken: &Refusals,
    terms: Terms,
    interval: Interval,
    range: DayRange,
) -> Checked {
    let mut checked = Checked::default();
    for row in &broken.kept {
        checked.refuse(None, || row.raw.clone(), &row.reason);
    }
    checked.refused = broken.count;
    let mut candles = Vec::with_capacity(rows.len());
    let moments = range.moments();
    for row in rows {
        match read_row(row, interval, &moments) {
            Ok(Row::Candle(candle)) => candles.push(candle),
            Ok(Row::Placeholder) => checked.placeholders += 1,
            Ok(Row::Earlier) => checked.strays.earlier += 1,
            Ok(Row::Later) => checked.strays.later += 1,
            Err(reason) => {
                checked.refuse(read_start(&row.start, interval), || row.to_string(), reason);
            }
        }
    }
    if checked.strays.later > 0 {
        checked.strays.first_rows = first_rows(rows, interval);
    }
    settle(candles, &mut checked);
    refuse_contradictions(rows, interval, &moments, &mut checked);
    checked.remarks = remarks(&checked.candles, terms, interval);
    checked
}

/// The earliest rows of an answer, whatever was asked.
fn first_rows(rows: &[RawCandle<'_>], interval: Interval) -> Vec<Candle> {
    let any_moment = EpochSeconds(i64::MIN)..EpochSeconds(i64::MAX);
    let read = |row| match read_row(row, interval, &any_moment) {
        Ok(Row::Candle(candle)) => Some(candle),
        _ => None,
    };
    let mut candles: Vec<Candle> = rows.iter().filter_map(read).collect();
    candles.sort_by_key(|candle| candle.start);
    candles.dedup_by_key(|candle| candle.start);
    candles.truncate(FIRST_ROWS);
    candles
}

/// Puts what can be true in order, and settles what came more than once.
fn settle(mut candles: Vec<Candle>, checked: &mut Checked) {
    // They come newest first: a sort that keeps the order of equals takes such a list in one pass.
    candles.sort_by_key(|candle| candle.start);
    checked.candles.reserve(candles.len());
    for of_one_moment in candles.chunk_by(|one, next| one.start == next.start) {
        let (first, others) = (of_one_moment[0], &of_one_moment[1..]);
        if others.iter().all(|other| *other == first) {
            checked.candles.push(first);
            checked.repeated += others.len() as u64;
            continue;
        }
        checked.contradictory_minutes.push(first.start);
        if checked.contradictory_days.last() != Some(&first.start.day()) {
            checked.contradictory_days.push(first.start.day());
        }
    }
}

/// The rows of contradictory moments, as they came.
fn refuse_contradictions(
    rows: &[RawCandle<'_>],
    interval: Interval,
    moments: &Range<EpochSeconds>,
    checked: &mut Checked,
) {
    if checked.contradictory_minutes.is_empty() {
        return;
    }
    for row in rows {
        if let Ok(Row::Candle(candle)) = read_row(row, interval, moments)
            && checked.contradictory_minutes.binary_search(&candle.start).is_ok()
        {
            checked.refuse(Some(candle.start), || row.to_string(), "two rows of one moment differ");
        }
    }
}

/// What a row that can be true says.
enum Row {
    Candle(Candle),
    Placeholder,
    /// Of a day before those that were asked for.
    Earlier,
    /// Of a day after them.
    Later,
}

fn read_row(
    row: &RawCandle<'_>,
    interval: Interval,
    moments: &Range<EpochSeconds>,
) -> Result<Row, &'static str> {
    let start = read_start(&row.start, interval).ok_or("its time cannot be read")?;
    if start < moments.start {
        return Ok(Row::Earlier);
    }
    if start >= moments.end {
        return Ok(Row::Later);
    }
    let &RawCandle { open, high, low, close, volume, open_interest, .. } = row;
    if [open, high, low, close, volume] == [0.0; 5] {
        return Ok(Row::Placeholder);
    }
    if !start.is_on_the_minute() {
        return Err("its time is not on the minute");
    }
    let prices = Prices { open: price(open)?, high: price(high)?, low: price(low)?, close: price(close)? };
    if prices.low > prices.high {
        return Err("its low is above its high");
    }
    // The exchange's close of a day is an average and may lie outside the day's trades.
    let is_minutes = interval != Interval::Day;
    if is_minutes
        && (prices.high < prices.open.max(prices.close) || prices.low > prices.open.min(prices.close))
    {
        return Err("its open or close lies outside its high and low");
    }
    Ok(Row::Candle(Candle { start, prices, volume: count(volume)?, open_interest: count(open_interest)? }))
}

/// A date alone is the start of a day's candle, and of nothing shorter.
fn read_start(text: &str, interval: Interval) -> Option<EpochSeconds> {
    let of_day = || (interval == Interval::Day).then(|| Day::from_spelling(text)).flatten().map(Day::start);
    EpochSeconds::from_spelling(text).or_else(of_day)
}

/// What arithmetic on doubles leaves in the last digits.
const NOISE: f64 = 1e-6;

/// A price of rupees; one that differs from whole paise by noise alone is those paise.
fn price(rupees: f64) -> Result<Price, &'static str> {
    let whole_paise = (rupees * 100.0).round() / 100.0;
    let tidy = if (rupees - whole_paise).abs() <= NOISE { whole_paise } else { rupees };
    Price::from_rupees(tidy).filter(|price| price.0 > 0).ok_or("a price is not above zero")
}

fn count(number: f64) -> Result<i64, &'static str> {
    const COUNT_MAX: f64 = 9e15;
    let whole = number.round();
    ((number - whole).abs() <= NOISE && (0.0..COUNT_MAX).contains(&whole))
        .then_some(whole as i64)
        .ok_or("volume or open interest is not a whole number of units")
}

fn remarks(candles: &[Candle], Terms { tick, lot }: Terms, interval: Interval) -> Remarks {
    let mut remarks = Remarks::default();
    let mut day: Option<(Day, market::TradingDay)> = None;
    for candle in candles {
        let Prices { open, high, low, close } = candle.prices;
        if [open, high, low, close].iter().any(|price| !price.is_on(Paise(tick))) {
            remarks.off_tick += 1;
        }
        if lot > 0 && (candle.volume % lot != 0 || candle.open_interest % lot != 0) {
            remarks.off_lot += 1;
        }
        if interval == Interval::Day {
            continue;
        }
        if day.as_ref().is_none_or(|(known, _)| !known.holds(candle.start)) {
            let today = candle.start.day();
            day = Some((today, TradingCalendar::bundled().day(today)));
        }
        let minute = candle.start.minute_of_day();
        let inside = day.as_ref().is_some_and(|(_, trading)| {
            trading.windows().iter().any(|window| window.open <= minute && minute < window.close)
        });
        remarks.outside_session += u64::from(!inside);
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;
    use upstox::{RefusedRow, parse_candles};

    const TERMS: Terms = Terms { tick: 5, lot: 75 };

    /// `rows` as they stand in an answer about one day.
    fn checked(rows: &[&str]) -> Checked {
        let day: Day = "2025-08-01".parse().unwrap();
        let body = format!(r#"{{"status":"success","data":{{"candles":[{}]}}}}"#, rows.join(","));
        let (rows, broken) = parse_candles(body.as_bytes()).unwrap();
        check(&rows, &broken, TERMS, Interval::Minute1, DayRange::single(day))
    }

    const GOOD: &str = r#"["2025-08-01T09:15:00+05:30",1,1,1,1,75,150]"#;
    const PLACEHOLDER: &str = r#"["2025-08-01T09:15:00+05:30",0,0,0,0,0,0]"#;

    fn minutes(checked: &Checked) -> Vec<u16> {
        checked.candles.iter().map(|candle| candle.start.minute_of_day()).collect()
    }

    #[test]
    fn good_rows_are_sorted_and_repeats_dropped() {
        let again = r#"["2025-08-01T09:16:00+05:30",1,2,0.5,1.5,75,150]"#;
        let checked = checked(&[again, r#"["2025-08-01T09:15:00+05:30",1,1,1,1,0,150]"#, again]);
        assert_eq!(minutes(&checked), [555, 556]);
        assert_eq!((checked.repeated, checked.refused), (1, 0));
        assert_eq!(checked.remarks, Remarks::default());
        assert_eq!(checked.verdict(), Verdict::Rows);
    }

    #[test]
    fn each_other_form_of_a_row_is_the_same_candle() {
        let plain = checked(&[GOOD]);
        for row in [
            r#"["2025-08-01T09:15:00+0530",1,1,1,1,75,150]"#,
            r#"["2025-08-01T09:15:00",1,1,1,1,75,150]"#,
            r#"["2025-08-01 09:15:00",1,1,1,1,75,150]"#,
            r#"["2025-08-01T09:15",1,1,1,1,75,150]"#,
            r#"["2025-08-01T03:45:00Z",1,1,1,1,75,150]"#,
            r#"["2025-08-01T03:45:00.000Z",1,1,1,1,75,150]"#,
            "[1754019900,1,1,1,1,75,150]",
            "[1754019900000,1,1,1,1,75,150]",
            r#"["1754019900000","1","1.00"," 1 ",1,"75","150"]"#,
            r#"["2025-08-01T09:15:00+05:30",1.0000000000000002,0.9999999999999998,1,1,75.00000000000001,150,7]"#,
            r#"{"timestamp":"2025-08-01T09:15:00+05:30","open":1,"high":1,"low":1,"close":1,"volume":75,"oi":150}"#,
        ] {
            assert_eq!(checked(&[row]), plain, "{row}");
        }
        let without_interest = checked(&[
            r#"["2025-08-01T09:15:00+05:30",24618.899999999998,24618.9,24618.9,24618.9,75,null]"#,
            r#"["2025-08-01T09:16:00+05:30",24618.9,24618.9,24618.9,24618.9,75]"#,
        ]);
        assert_eq!((without_interest.candles.len(), without_interest.refused), (2, 0));
        assert_eq!(without_interest.candles[0].prices, without_interest.candles[1].prices);
        assert_eq!(without_interest.candles[1].open_interest, 0);
    }

    #[test]
    fn a_date_alone_is_the_start_of_a_days_candle_only() {
        let day: Day = "2025-08-01".parse().unwrap();
        assert_eq!(read_start("2025-08-01", Interval::Day), Some(day.start()));
        assert_eq!(read_start("2025-08-01T00:00:00+05:30", Interval::Day), Some(day.start()));
        assert_eq!(read_start("2025-08-01", Interval::Minute1), None);
    }

    #[test]
    fn what_cannot_be_true_is_quarantined_with_its_reason() {
        for (bad, reason) in [
            (r#"["2025-08-01T09:16:00+05:30",0,2,0,1,75,150]"#, "above zero"),
            (r#"["2025-08-01T09:16:00+05:30",0,0,0,0,75,150]"#, "above zero"),
            (r#"["2025-08-01T09:16:00+05:30",-1,-1,-1,-1,75,150]"#, "above zero"),
            (r#"["2025-08-01T09:16:00+05:30",1,0.9,0.5,0.6,75,150]"#, "outside its high"),
            (r#"["2025-08-01T09:16:00+05:30",1,2,1.5,1.7,75,150]"#, "outside its high"),
            (r#"["2025-08-01T09:16:00+05:30",1,1,2,1,75,150]"#, "above its high"),
            (r#"["2025-08-01T09:16:00+05:30",1,1,1,1,-75,150]"#, "units"),
            (r#"["2025-08-01T09:16:00+05:30",1,1,1,1,0.5,150]"#, "units"),
            (r#"["2025-08-01T09:16:30+05:30",1,1,1,1,75,150]"#, "minute"),
            (r#"["2025-08-01T09:16:00.5+05:30",1,1,1,1,75,150]"#, "time"),
            (r#"["yesterday",1,1,1,1,75,150]"#, "time"),
            (r#"["01/08/2025 09:16",1,1,1,1,75,150]"#, "time"),
            (r#"["2025-08-01T09:16:00+05:30",1,1,1,1]"#, "5 of the seven values"),
            (r#"["2025-08-01T09:16:00+05:30",1,null,1,1,75,150]"#, "its high, null, is no price"),
        ] {
            let checked = checked(&[GOOD, bad]);
            assert_eq!((checked.candles.len(), checked.refused), (1, 1), "{bad}");
            assert_eq!(checked.quarantined[0].raw, bad);
            assert!(checked.quarantined[0].reason.contains(reason), "{:?}", checked.quarantined);
        }
    }

    #[test]
    fn a_row_that_says_nothing_is_counted_and_neither_kept_nor_refused() {
        for (row, placeholders, outside) in [
            (PLACEHOLDER, 1, 0),
            (r#"["2025-08-01T09:15:00+05:30",0,0,0,0,0,150]"#, 1, 0),
            (r#"["2025-08-01T09:15:00+05:30",null,null,null,null,0,null]"#, 1, 0),
            (r#"["2025-08-01T09:15:00+05:30","0","0","0","0","0"]"#, 1, 0),
            (r#"["2025-08-02T09:15:00+05:30",1,1,1,1,75,150]"#, 0, 1),
            (r#"["2025-07-31T23:59:00+05:30",1,1,1,1,75,150]"#, 0, 1),
            // What it says of another day is not judged.
            (r#"["2025-08-02T09:15:30+05:30",-1,1,1,1,75,150]"#, 0, 1),
            (r#"["2025-08-02T09:15:00+05:30",0,0,0,0,0,0]"#, 0, 1),
        ] {
            let checked = checked(&[row]);
            assert_eq!((checked.placeholders, checked.strays.count()), (placeholders, outside), "{row}");
            assert_eq!((checked.candles.len(), checked.refused), (0, 0), "{row}");
        }
        let beside = checked(&[PLACEHOLDER, GOOD]);
        assert_eq!((beside.candles.len(), beside.placeholders, beside.refused), (1, 1, 0));
        assert_eq!(beside.contradictory_minutes, []);
    }

    #[test]
    fn an_answer_amounts_to_one_of_four_things() {
        let outside = r#"["2025-08-02T09:15:00+05:30",1,1,1,1,75,150]"#;
        let bad = r#"["2025-08-01T09:16:00+05:30",1,1,2,1,75,150]"#;
        let other = r#"["2025-08-01T09:15:00+05:30",2,2,2,2,75,150]"#;
        for (rows, verdict) in [
            (&[][..], Verdict::Empty),
            (&[outside], Verdict::Empty),
            (&[PLACEHOLDER], Verdict::Placeholders),
            (&[PLACEHOLDER, outside], Verdict::Placeholders),
            (&[bad], Verdict::AllRefused),
            (&[bad, PLACEHOLDER], Verdict::AllRefused),
            (&["[]"], Verdict::AllRefused),
            (&[GOOD, other], Verdict::AllRefused),
            (&[GOOD, bad, PLACEHOLDER, outside], Verdict::Rows),
        ] {
            assert_eq!(checked(rows).verdict(), verdict, "{rows:?}");
        }
    }

    #[test]
    fn what_one_answer_puts_into_quarantine_is_bounded_and_all_of_it_is_counted() {
        let bad = r#"["2025-08-01T09:16:00+05:30",1,1,2,1,75,150]"#;
        for (rows, count) in [(vec![bad; 1_500], 1_500), (vec!["[]"; 1_500], 1_500)] {
            let checked = checked(&rows);
            assert_eq!((checked.quarantined.len(), checked.refused), (REFUSED_KEPT_MAX, count));
        }
        let mut both = vec!["[]"; 700];
        both.extend(vec![bad; 700]);
        let both = checked(&both);
        assert_eq!((both.quarantined.len(), both.refused), (REFUSED_KEPT_MAX, 1_400));
        let mut broken = Refusals::default();
        broken.push(|| RefusedRow::new("[]", "short"));
        broken.count = 5;
        let day = DayRange::single("2025-08-01".parse().unwrap());
        assert_eq!(check(&[], &broken, TERMS, Interval::Minute1, day).refused, 5);
    }

    #[test]
    fn rows_of_one_moment_that_differ_all_go_and_name_their_minute_and_day() {
        let rows = [
            GOOD,
            r#"["2025-08-01T09:15:00+05:30",2,2,2,2,75,150]"#,
            r#"["2025-08-01T09:15:00+05:30",3,3,3,3,75,150]"#,
            r#"["2025-08-01T09:16:00+05:30",3,3,3,3,75,150]"#,
        ];
        let checked = checked(&rows);
        assert_eq!(minutes(&checked), [556]);
        let raws: Vec<_> = checked.quarantined.iter().map(|row| row.raw.as_str()).collect();
        assert_eq!((raws.as_slice(), checked.refused), (&rows[..3], 3));
        let day: Day = "2025-08-01".parse().unwrap();
        assert_eq!(checked.contradictory_days, [day]);
        assert_eq!(checked.contradictory_minutes, [day.at_minute(555)]);
    }

    #[test]
    fn odd_rows_are_kept_and_counted() {
        let checked = checked(&[
            r#"["2025-08-01T09:15:00+05:30",1.02,1.02,1.02,1.02,70,150]"#,
            r#"["2025-08-01T16:00:00+05:30",1,1,1,1,75,150]"#,
        ]);
        assert_eq!(checked.candles.len(), 2);
        assert_eq!(checked.remarks, Remarks { off_tick: 1, outside_session: 1, off_lot: 1 });
    }
}
