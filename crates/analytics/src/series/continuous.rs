//! One line of futures out of many: on each day the contract of the nearest (second, third) month, to its expiry or
//! so many days before it. Every roll is listed with what it did. Rows without trades are gaps.

use std::fmt;
use std::str::FromStr;

use market::{Bar, Candle, Day, Price, Prices};
use serde::{Deserialize, Serialize};

use crate::reading::Refused;

/// Index and stock futures are listed for three months.
pub const MONTHS_MAX: u16 = 3;
/// Earlier than that no contract is the nearest one any more.
pub const ROLL_DAYS_MAX: u16 = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContinuousFuture {
    /// 1 is the nearest expiry.
    pub month: u16,
    /// Calendar days before its expiry on which a contract is held for the last time.
    pub roll_days: u16,
    pub adjusted: Adjustment,
}

/// What becomes of the step between two contracts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Adjustment {
    /// It stays: every price is one that was paid.
    #[default]
    None,
    /// All before it is moved by it, so that the line has no step and the last contract's prices are as they were.
    Difference,
}

/// A future with its rows, oldest first.
#[derive(Clone, Copy, Debug)]
pub struct FutureLife<'c> {
    pub expiry: Day,
    pub candles: &'c [Candle],
}

/// The change from one contract to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roll {
    /// The last day on which the earlier contract is held and has rows.
    pub after: Day,
    pub from: Day,
    pub to: Day,
    /// The next contract's price less the earlier one's, at the last minute of the day in which both were traded.
    pub difference: Option<Price>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Continued {
    /// Oldest first. Adjusted, they begin after the last roll whose difference nothing tells.
    pub bars: Vec<Bar>,
    pub rolls: Vec<Roll>,
}

impl ContinuousFuture {
    /// Futures in any order, with all expiries in between and the one before the first, which may have no rows: where
    /// nothing is known of an earlier one, the first future is taken for the nearest from its first row on.
    pub fn of(self, futures: &[FutureLife<'_>]) -> Continued {
        let mut futures = futures.to_vec();
        futures.sort_by_key(|future| future.expiry);
        let behind = usize::from(self.month.max(1)) - 1;
        let mut continued = Continued::default();
        let mut held_before: Option<(usize, Day)> = None;
        for front in 0..futures.len().saturating_sub(behind) {
            // The day's contract stands so many behind the one that is the nearest.
            let until = self.last_day(futures[front].expiry);
            let held = front + behind;
            let after = front.checked_sub(1).map(|earlier| self.last_day(futures[earlier].expiry));
            let bars: Vec<Bar> = between(futures[held].candles, after, until).iter().map(bar).collect();
            let Some(last) = bars.last() else { continue };
            let last_held = last.start.day();
            if let Some((earlier, day)) = held_before {
                let difference = difference(&futures[earlier], &futures[held], day);
                let (from, to) = (futures[earlier].expiry, futures[held].expiry);
                continued.rolls.push(Roll { after: day, from, to, difference });
            }
            held_before = Some((held, last_held));
            continued.bars.extend(bars);
        }
        if self.adjusted == Adjustment::Difference {
            continued.adjust();
        }
        continued
    }

    fn last_day(self, expiry: Day) -> Day {
        expiry.plus_days(-i64::from(self.roll_days))
    }
}

impl Continued {
    /// From the last contract backwards.
    fn adjust(&mut self) {
        let mut end = self.bars.len();
        let mut moved: i64 = 0;
        for roll in self.rolls.iter().rev() {
            let start = self.bars.partition_point(|bar| bar.start.day() <= roll.after).min(end);
            move_by(&mut self.bars[start..end], moved);
            end = start;
            match roll.difference {
                Some(difference) => moved = moved.saturating_add(difference.0),
                None => {
                    self.bars.drain(..start);
                    return;
                }
            }
        }
        move_by(&mut self.bars[..end], moved);
    }
}

fn move_by(bars: &mut [Bar], millionths: i64) {
    let moved = |price: Price| Price(price.0.saturating_add(millionths));
    for prices in bars.iter_mut().filter_map(|bar| bar.prices.as_mut()) {
        let Prices { open, high, low, close } = *prices;
        *prices = Prices { open: moved(open), high: moved(high), low: moved(low), close: moved(close) };
    }
}

/// Rows after one day and up to another, which are sorted.
fn between(candles: &[Candle], after: Option<Day>, until: Day) -> &[Candle] {
    let place = |day: Day| candles.partition_point(|candle| candle.start < day.next().start());
    let from = after.map_or(0, place);
    &candles[from..place(until).max(from)]
}

/// A row without trades only repeats an old price.
fn bar(candle: &Candle) -> Bar {
    let bar = Bar::from(*candle);
    if candle.volume > 0 { bar } else { Bar { prices: None, ..bar } }
}

/// At the last minute up to the end of the day, on it, in which both were traded.
fn difference(earlier: &FutureLife<'_>, later: &FutureLife<'_>, day: Day) -> Option<Price> {
    let traded = |candle: &&Candle| candle.volume > 0 && day.holds(candle.start);
    let of_earlier: Vec<&Candle> = earlier.candles.iter().filter(traded).collect();
    later.candles.iter().filter(traded).rev().find_map(|later| {
        let place = of_earlier.binary_search_by_key(&later.start, |candle| candle.start).ok()?;
        Some(Price(later.prices.close.0.saturating_sub(of_earlier[place].prices.close.0)))
    })
}

impl Adjustment {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Difference => "difference",
        }
    }
}

impl fmt::Display for Adjustment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Adjustment {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        [Self::None, Self::Difference]
            .into_iter()
            .find(|adjustment| adjustment.as_str() == text)
            .ok_or_else(|| Refused::new(text, "no adjustment: write none or difference"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::candle;

    /// Days of August, each with a row at 15:29 and the price and volume of it.
    fn rows(days: &[(u32, f64, i64)]) -> Vec<Candle> {
        let row = |(day, rupees, volume): &(u32, f64, i64)| {
            candle(Day::new(2025, 8, *day).unwrap().at_minute(929), *rupees, *volume, 0)
        };
        days.iter().map(row).collect()
    }

    fn day(of: u32) -> Day {
        Day::new(2025, 8, of).unwrap()
    }

    fn continued(month: u16, roll_days: u16, adjusted: Adjustment) -> (Vec<(u32, Option<f64>)>, Vec<Roll>) {
        let near = rows(&[(4, 100.0, 75), (5, 101.0, 75), (6, 102.0, 75), (7, 103.0, 75)]);
        let far = rows(&[
            (4, 110.0, 75),
            (5, 112.0, 75),
            (6, 113.0, 0),
            (7, 115.0, 75),
            (8, 116.0, 75),
            (11, 117.0, 75),
        ]);
        let third = rows(&[(7, 125.0, 75), (8, 127.0, 75), (11, 130.0, 75), (12, 131.0, 75)]);
        let of = ContinuousFuture { month, roll_days, adjusted }.of(&[
            FutureLife { expiry: day(14), candles: &third },
            FutureLife { expiry: day(7), candles: &near },
            FutureLife { expiry: day(11), candles: &far },
        ]);
        let bar = |bar: &Bar| {
            let number = |part: &str| part.parse().unwrap();
            (number(&bar.start.day().to_string()[8..]), bar.prices.map(|prices| prices.close.to_rupees()))
        };
        (of.bars.iter().map(bar).collect(), of.rolls)
    }

    #[test]
    fn each_contract_is_held_to_its_expiry() {
        let (bars, rolls) = continued(1, 0, Adjustment::None);
        let wanted = [(4, 100.0), (5, 101.0), (6, 102.0), (7, 103.0), (8, 116.0), (11, 117.0), (12, 131.0)];
        assert_eq!(bars, wanted.map(|(day, rupees)| (day, Some(rupees))));
        let roll = |after: u32, from: u32, to: u32, rupees: f64| Roll {
            after: day(after),
            from: day(from),
            to: day(to),
            difference: Price::from_rupees(rupees),
        };
        assert_eq!(rolls, [roll(7, 7, 11, 12.0), roll(11, 11, 14, 13.0)]);
    }

    #[test]
    fn a_difference_moves_all_that_came_before() {
        let (bars, _) = continued(1, 0, Adjustment::Difference);
        let wanted = [(4, 125.0), (5, 126.0), (6, 127.0), (7, 128.0), (8, 129.0), (11, 130.0), (12, 131.0)];
        assert_eq!(bars, wanted.map(|(day, rupees)| (day, Some(rupees))));
    }

    #[test]
    fn days_before_the_expiry_and_later_months() {
        let (bars, rolls) = continued(1, 1, Adjustment::None);
        // The sixth is the near one's last day; the far one was not traded on it.
        assert_eq!(bars[2..4], [(6, Some(102.0)), (7, Some(115.0))]);
        assert_eq!((rolls[0].after, rolls[0].difference), (day(6), None));
        // The second roll falls on a Sunday, and is made on the Friday before it.
        assert_eq!((rolls[1].after, rolls[1].difference), (day(8), Price::from_rupees(11.0)));
        let (adjusted, _) = continued(1, 1, Adjustment::Difference);
        assert_eq!(adjusted[0].0, 7, "what came before a roll that nothing measures is left out");
        let (second, rolls) = continued(2, 0, Adjustment::None);
        assert_eq!(
            second[..3],
            [(4, Some(110.0)), (5, Some(112.0)), (6, None)],
            "a row without a trade is a gap"
        );
        assert_eq!(second.len(), 6, "up to the last day of the nearest but one");
        assert_eq!(rolls.len(), 1);
        assert_eq!(continued(3, 0, Adjustment::None).0, [(7, Some(125.0))]);
        let far = rows(&[(4, 110.0, 75), (8, 116.0, 75)]);
        let known =
            [FutureLife { expiry: day(7), candles: &[] }, FutureLife { expiry: day(11), candles: &far }];
        let of = ContinuousFuture { month: 1, roll_days: 0, adjusted: Adjustment::None }.of(&known);
        assert_eq!((of.bars.len(), of.rolls.len()), (1, 0), "it was not the nearest on the fourth");
        let nothing = ContinuousFuture { month: 1, roll_days: 0, adjusted: Adjustment::None }.of(&[]);
        assert_eq!(nothing, Continued::default());
    }
}
