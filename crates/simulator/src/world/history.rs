//! Candles of an underlying itself: indices without volume and with any paise, stocks with volume on their
//! tick. In minutes, hours, days, weeks and months, buckets anchored to the session like everywhere else.
//! Refuses the day that the simulator lives on: that is another call of the broker's.

use chrono::Datelike;
use market::{Candle, Day, EpochSeconds, Paise, Price, Prices};

use super::catalogue::{UnderlyingSpec, date_number};
use super::liquidity::activity;
use super::numeric::{Draws, ln};
use super::path::SpotPath;
use super::pricing::on_tick;
use super::sessions::{SessionIndex, Sessions};

/// Under the Closing Auction Session the cash market's continuous trading ends at 15:15, one auction print
/// later [circulars]; the print is not simulated.
const CLOSING_AUCTION_FROM: u32 = 20_260_803;
const CASH_CLOSE_UNDER_AUCTION: u16 = 15 * 60 + 15;
const STOCK_TICK: i64 = 10;
const INDEX_TICK: i64 = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryUnit {
    Minutes(u16),
    Hours(u16),
    Days,
    Weeks,
    Months,
}

pub struct History<'a> {
    pub spec: &'a UnderlyingSpec,
    pub path: &'a SpotPath,
    pub sessions: &'a Sessions,
    pub seed: u64,
}

impl History<'_> {
    /// Oldest first.
    pub fn candles(&self, unit: HistoryUnit, sessions: std::ops::Range<SessionIndex>) -> Vec<Candle> {
        let mut candles: Vec<Candle> = Vec::new();
        for session in sessions {
            for (minute, row) in self.minutes(session) {
                let start = self.bucket_start(unit, session, minute);
                match candles.last_mut() {
                    Some(candle) if candle.start == start => join(candle, &row),
                    _ => candles.push(Candle { start, ..row }),
                }
            }
        }
        candles
    }

    /// One-minute candles with their number in the session.
    fn minutes(&self, session: SessionIndex) -> Vec<(usize, Candle)> {
        let (day, count) = (self.sessions.get(session).day, self.sessions.get(session).minutes());
        let path = self.path.make_day(session, count);
        let mut draws = Draws::of(&[self.seed, 8, self.spec.slot, session as u64]);
        let tick = if self.spec.is_index { INDEX_TICK } else { STOCK_TICK };
        let trades_at = |minute: usize| {
            date_number(day) < CLOSING_AUCTION_FROM
                || self.sessions.get(session).minute_of_day(minute) < CASH_CLOSE_UNDER_AUCTION
        };
        let rows = path.minutes.iter().enumerate().filter(|(minute, _)| trades_at(*minute));
        rows.map(|(minute, points)| {
            let seen = points.map(|point| Price::from(Paise(on_tick(point, tick))));
            let [open, .., close] = seen;
            let (high, low) =
                (open.max(seen[1]).max(seen[2]).max(close), open.min(seen[1]).min(seen[2]).min(close));
            let prices = Prices { open, high, low, close };
            let start = day.at_minute(self.sessions.get(session).minute_of_day(minute));
            let volume = if self.spec.is_index { 0 } else { self.stock_volume(minute, count, &mut draws) };
            (minute, Candle { start, prices, volume, open_interest: 0 })
        })
        .collect()
    }

    fn stock_volume(&self, minute: usize, minutes: usize, draws: &mut Draws) -> i64 {
        let mean = self.spec.future_units / minutes as f64 * activity(minute, minutes);
        1 + (mean * -ln(1.0 - draws.unit())) as i64
    }

    fn bucket_start(&self, unit: HistoryUnit, session: SessionIndex, minute: usize) -> EpochSeconds {
        let session = self.sessions.get(session);
        let length = match unit {
            HistoryUnit::Minutes(length) => usize::from(length),
            HistoryUnit::Hours(hours) => usize::from(hours) * 60,
            HistoryUnit::Days => return session.day.start(),
            // Which day a week or month is named by is UNCERTAIN: its first calendar day here.
            HistoryUnit::Weeks => {
                let back = session.day.weekday().num_days_from_monday();
                return session.day.plus_days(-i64::from(back)).start();
            }
            HistoryUnit::Months => return first_of_month(session.day).start(),
        };
        session.day.at_minute(session.bucket_start(minute, length))
    }
}

/// After three bonus shares for one: what a share cost before the day is quartered, finer than a paisa. Indices
/// give no bonuses.
pub fn adjust(candles: &mut [Candle], spec: &UnderlyingSpec, before: Day) {
    if spec.is_index {
        return;
    }
    for candle in candles.iter_mut().filter(|candle| candle.start < before.start()) {
        let Prices { open, high, low, close } = &mut candle.prices;
        for price in [open, high, low, close] {
            *price = Price(price.0 / 4);
        }
    }
}

fn first_of_month(day: Day) -> Day {
    day.plus_days(1 - i64::from(day.date().day()))
}

fn join(candle: &mut Candle, row: &Candle) {
    candle.prices.high = candle.prices.high.max(row.prices.high);
    candle.prices.low = candle.prices.low.min(row.prices.low);
    candle.prices.close = row.prices.close;
    candle.volume += row.volume;
}
