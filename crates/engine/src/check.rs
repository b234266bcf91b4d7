//! Answers are checked before they are stored.
//!
//! A row that cannot be true goes to quarantine with its reason and the rest is kept. What is only odd (off
//! the tick, outside the session, no multiple of the lot) is kept and counted: ticks, lots and hours change
//! in a contract's life, and a contract row carries only the last of them.

use std::ops::Range;

use market::{
    Candle, Contract, Day, DayRange, EpochSeconds, Interval, Paise, Price, Prices, TradingCalendar,
};
use store::Quarantined;
use upstox::RawCandle;

/// An answer after its check.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Checked {
    /// Oldest first, one row a moment.
    pub candles: Vec<Candle>,
    pub quarantined: Vec<Quarantined>,
    /// Rows that came more than once, all alike.
    pub repeated: u64,
    /// Days on which two rows of one moment differ; both went to quarantine.
    pub contradictory_days: Vec<Day>,
    pub remarks: Remarks,
    /// Rows without price and volume: they say that nothing was traded.
    pub placeholders: u64,
    /// Rows of days that were not asked for, left out.
    pub outside: u64,
}

/// What an answer says as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Rows,
    Empty,
    /// It says by itself that nothing was traded.
    Placeholders,
    /// It had rows, and none could be taken: it is no answer, and no empty one.
    AllRefused,
}

impl Checked {
    pub(crate) fn verdict(&self) -> Verdict {
        match (self.candles.is_empty(), self.quarantined.is_empty(), self.placeholders) {
            (false, _, _) => Verdict::Rows,
            (true, false, _) => Verdict::AllRefused,
            (true, true, 0) => Verdict::Empty,
            (true, true, _) => Verdict::Placeholders,
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

pub(crate) fn check(
    rows: &[RawCandle<'_>],
    broken: &[String],
    terms: Terms,
    interval: Interval,
    range: DayRange,
) -> Checked {
    let mut checked = Checked::default();
    for raw in broken {
        checked.quarantined.push(Quarantined {
            raw: raw.clone(),
            reason: "it is not a row of seven values".to_owned(),
            ..Quarantined::default()
        });
    }
    let mut candles = Vec::with_capacity(rows.len());
    let moments = range.moments();
    for row in rows {
        match read_row(row, interval, &moments) {
            Ok(candle) => candles.push(candle),
            Err(reason) => {
                checked.quarantined.push(Quarantined {
                    raw: row.to_string(),
                    reason: reason.to_owned(),
                    at: EpochSeconds::parse_rfc3339(&row.start),
                    key: None,
                });
            }
        }
    }
    settle(candles, &mut checked);
    checked.remarks = remarks(&checked.candles, terms, interval);
    checked
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
        checked.quarantined.extend(of_one_moment.iter().map(|candle| Quarantined {
            raw: format!("{candle:?}"),
            reason: "two rows of one moment differ".to_owned(),
            at: Some(candle.start),
            key: None,
        }));
        if checked.contradictory_days.last() != Some(&first.start.day()) {
            checked.contradictory_days.push(first.start.day());
        }
    }
}

fn read_row(
    row: &RawCandle<'_>,
    interval: Interval,
    moments: &Range<EpochSeconds>,
) -> Result<Candle, &'static str> {
    let start = EpochSeconds::parse_rfc3339(&row.start).ok_or("its time cannot be read")?;
    if !start.is_on_the_minute() {
        return Err("its time is not on the minute");
    }
    if !moments.contains(&start) {
        return Err("its day was not asked for");
    }
    let price =
        |rupees| Price::from_rupees(rupees).filter(|price| price.0 > 0).ok_or("a price is not above zero");
    let prices = Prices {
        open: price(row.open)?,
        high: price(row.high)?,
        low: price(row.low)?,
        close: price(row.close)?,
    };
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
    let count = |number: f64| {
        (number >= 0.0 && number.fract() == 0.0 && number < 9e15)
            .then_some(number as i64)
            .ok_or("volume or open interest is not a whole number of units")
    };
    Ok(Candle { start, prices, volume: count(row.volume)?, open_interest: count(row.open_interest)? })
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

    const TERMS: Terms = Terms { tick: 5, lot: 75 };

    fn row(time: &str, prices: [f64; 4], volume: f64) -> RawCandle<'static> {
        let [open, high, low, close] = prices;
        RawCandle {
            start: format!("2025-08-01T{time}:00+05:30").into(),
            open,
            high,
            low,
            close,
            volume,
            open_interest: 150.0,
        }
    }

    fn checked(rows: &[RawCandle<'_>]) -> Checked {
        let day: Day = "2025-08-01".parse().unwrap();
        check(rows, &[], TERMS, Interval::Minute1, DayRange::single(day))
    }

    #[test]
    fn good_rows_are_sorted_and_repeats_dropped() {
        let rows = [
            row("09:16", [1.0, 2.0, 0.5, 1.5], 75.0),
            row("09:15", [1.0, 1.0, 1.0, 1.0], 0.0),
            row("09:16", [1.0, 2.0, 0.5, 1.5], 75.0),
        ];
        let checked = checked(&rows);
        let minutes: Vec<_> = checked.candles.iter().map(|c| c.start.minute_of_day()).collect();
        assert_eq!(minutes, [555, 556]);
        assert_eq!((checked.repeated, checked.quarantined.len()), (1, 0));
        assert_eq!(checked.remarks, Remarks::default());
    }

    #[test]
    fn what_cannot_be_true_is_quarantined_with_its_reason() {
        let good = row("09:15", [1.0, 1.0, 1.0, 1.0], 75.0);
        for (bad, reason) in [
            (row("09:16", [-1.0, 2.0, 0.5, 1.0], 75.0), "above zero"),
            (row("09:16", [0.0, 2.0, 0.0, 1.0], 75.0), "above zero"),
            (row("09:16", [1.0, 0.9, 0.5, 0.6], 75.0), "outside its high"),
            (row("09:16", [1.0, 2.0, 1.5, 1.7], 75.0), "outside its high"),
            (row("09:16", [1.0, 1.0, 2.0, 1.0], 75.0), "above its high"),
            (row("09:16", [1.0, 1.0, 1.0, 1.0], -75.0), "units"),
            (row("09:16", [1.0, 1.0, 1.0, 1.0], 0.5), "units"),
            (RawCandle { start: "2025-08-01T09:16:30+05:30".into(), ..good.clone() }, "minute"),
            (RawCandle { start: "2025-08-02T09:16:00+05:30".into(), ..good.clone() }, "asked"),
            (RawCandle { start: "yesterday".into(), ..good.clone() }, "time"),
        ] {
            let checked = checked(&[good.clone(), bad]);
            assert_eq!(checked.candles.len(), 1);
            assert!(checked.quarantined[0].reason.contains(reason), "{:?}", checked.quarantined);
        }
    }

    #[test]
    fn rows_of_one_moment_that_differ_all_go_and_name_their_day() {
        let rows = [
            row("09:15", [1.0, 1.0, 1.0, 1.0], 75.0),
            row("09:15", [2.0, 2.0, 2.0, 2.0], 75.0),
            row("09:15", [3.0, 3.0, 3.0, 3.0], 75.0),
        ];
        let checked = checked(&rows);
        assert_eq!((checked.candles.len(), checked.quarantined.len()), (0, 3));
        assert_eq!(checked.contradictory_days, ["2025-08-01".parse().unwrap()]);
    }

    #[test]
    fn odd_rows_are_kept_and_counted() {
        let rows = [row("09:15", [1.02, 1.02, 1.02, 1.02], 70.0), row("16:00", [1.0, 1.0, 1.0, 1.0], 75.0)];
        let checked = checked(&rows);
        assert_eq!(checked.candles.len(), 2);
        assert_eq!(checked.remarks, Remarks { off_tick: 1, outside_session: 1, off_lot: 1 });
    }
}
