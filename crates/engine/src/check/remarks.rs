//! What is only odd in rows that are kept, counted: off the tick, outside the session, no multiple of the lot.

use market::{Candle, Contract, Day, Interval, Paise, Prices, TradingCalendar};

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
    pub(super) tick: i64,
    /// In units; 0 where there is none.
    pub(super) lot: i64,
}

impl Terms {
    pub(crate) const NONE: Self = Self { tick: 0, lot: 0 };

    pub(crate) fn of(contract: &Contract) -> Self {
        Self { tick: contract.tick_size, lot: contract.lot_size }
    }
}

pub(super) fn remarks(candles: &[Candle], Terms { tick, lot }: Terms, interval: Interval) -> Remarks {
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
