//! Realised volatility: how much the price moved over a window of minutes, put as a year's.
//!
//! The squares of the logarithmic returns between closes, summed and divided by the minutes that they span, times
//! 94,500 (375 minutes on 252 days), and the root of it. No mean is taken off. A return over missing minutes counts
//! as many minutes. Beside it belongs implied volatility on session time.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;

use market::{EpochSeconds, Price};
use serde::{Deserialize, Serialize};

use crate::reading::Refused;
use crate::units::SESSION_YEAR_MINUTES;

const DAY_MINUTES: i64 = 24 * 60;

/// What becomes of the return from a session's last close to the next one's first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Nights {
    /// It is left out: the volatility of trading time alone.
    #[default]
    Out,
    /// It counts as one minute: the volatility that somebody had who held through the night.
    In,
}

/// One return.
struct Move {
    square: f64,
    minutes: i64,
}

/// Fed with the closes of minutes, oldest first; answers for each, once the window is full.
pub struct RealisedVolatility {
    window_minutes: i64,
    nights: Nights,
    last: Option<(EpochSeconds, Price)>,
    moves: VecDeque<Move>,
    minutes: i64,
}

impl RealisedVolatility {
    pub fn new(window_minutes: u16, nights: Nights) -> Self {
        let window_minutes = i64::from(window_minutes.max(1));
        Self { window_minutes, nights, last: None, moves: VecDeque::new(), minutes: 0 }
    }

    /// As a fraction; nought where the price stood still. `None` until the window is full, for a price that is none,
    /// and for a minute that does not come after the last one.
    pub fn close(&mut self, at: EpochSeconds, price: Price) -> Option<f64> {
        if price.0 <= 0 || self.last.is_some_and(|(last, _)| at <= last) {
            return None;
        }
        if let Some((last, before)) = self.last.replace((at, price)) {
            self.take(last, at, (price.0 as f64 / before.0 as f64).ln());
        }
        (self.minutes >= self.window_minutes).then(|| {
            let squares: f64 = self.moves.iter().map(|of| of.square).sum();
            (squares / self.minutes as f64 * SESSION_YEAR_MINUTES).sqrt()
        })
    }

    fn take(&mut self, last: EpochSeconds, at: EpochSeconds, logarithm: f64) {
        let minutes = match (last.day() == at.day(), self.nights) {
            (true, _) => (at.0.saturating_sub(last.0) / 60).clamp(1, DAY_MINUTES),
            (false, Nights::In) => 1,
            (false, Nights::Out) => return,
        };
        self.moves.push_back(Move { square: logarithm * logarithm, minutes });
        self.minutes += minutes;
        // As many of the newest as fill the window, and none that it does not need.
        while let Some(oldest) = self.moves.front() {
            if self.minutes - oldest.minutes < self.window_minutes {
                break;
            }
            self.minutes -= oldest.minutes;
            self.moves.pop_front();
        }
    }
}

impl Nights {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Out => "out",
            Self::In => "in",
        }
    }
}

impl fmt::Display for Nights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Nights {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        match text {
            "out" => Ok(Self::Out),
            "in" => Ok(Self::In),
            _ => Err(Refused::new(text, "neither in nor out: write nights=in or nights=out")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::Day;

    fn of(window: u16, nights: Nights, closes: &[(u16, f64)]) -> Vec<Option<f64>> {
        let day: Day = "2025-08-26".parse().unwrap();
        let mut realised = RealisedVolatility::new(window, nights);
        closes
            .iter()
            // Minutes beyond a day are of the next one.
            .map(|(minute, rupees)| {
                let at = day.plus_days(i64::from(minute / 1440)).at_minute(minute % 1440);
                realised.close(at, Price::from_rupees(*rupees).unwrap())
            })
            .collect()
    }

    fn year(squares: f64, minutes: f64) -> f64 {
        (squares / minutes * 94_500.0).sqrt()
    }

    fn square(from: f64, to: f64) -> f64 {
        (to / from).ln().powi(2)
    }

    fn is_near(found: Option<f64>, wanted: f64) -> bool {
        found.is_some_and(|found| (found - wanted).abs() < 1e-12)
    }

    #[test]
    fn the_root_of_the_squares_of_a_window() {
        let found = of(2, Nights::Out, &[(600, 100.0), (601, 101.0), (602, 100.0), (603, 100.0)]);
        assert_eq!(found[..2], [None, None]);
        assert!(is_near(found[2], year(square(100.0, 101.0) + square(101.0, 100.0), 2.0)), "{found:?}");
        assert!(is_near(found[3], year(square(101.0, 100.0), 2.0)), "{found:?}");
        assert_eq!(of(1, Nights::Out, &[(600, 100.0), (601, 100.0)])[1], Some(0.0), "it stood still");
    }

    #[test]
    fn missing_minutes_count() {
        let found = of(3, Nights::Out, &[(600, 100.0), (603, 101.0), (604, 101.0)]);
        assert!(is_near(found[1], year(square(100.0, 101.0), 3.0)), "{found:?}");
        // The window of three needs the long return still.
        assert!(is_near(found[2], year(square(100.0, 101.0), 4.0)), "{found:?}");
    }

    #[test]
    fn a_night_is_left_out_or_counts_as_one_minute() {
        let closes = [(928, 100.0), (929, 101.0), (1440 + 555, 105.0), (1440 + 556, 106.0)];
        let out = of(2, Nights::Out, &closes);
        assert!(is_near(out[3], year(square(100.0, 101.0) + square(105.0, 106.0), 2.0)), "{out:?}");
        let held = of(2, Nights::In, &closes);
        assert!(is_near(held[3], year(square(101.0, 105.0) + square(105.0, 106.0), 2.0)), "{held:?}");
    }

    #[test]
    fn what_is_no_price_and_no_later_minute_has_no_answer() {
        let found = of(1, Nights::Out, &[(600, 100.0), (601, 0.0), (600, 100.0), (602, 101.0)]);
        assert_eq!(found[1..3], [None, None]);
        assert!(is_near(found[3], year(square(100.0, 101.0), 2.0)), "{found:?}");
        assert!("night".parse::<Nights>().unwrap_err().to_string().contains("nights=in"));
    }
}
