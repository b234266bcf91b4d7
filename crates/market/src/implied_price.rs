//! Where an underlying stood by what its calls and puts cost: put-call parity on the day on which they expire.
//!
//! A call less the put of the same strike costs what the underlying stands above that strike; hours before the expiry
//! interest moves that by less than a tick. So each strike of which both sides traded in one minute names a price.
//! Refuses to say one where too few strikes name it, or where they disagree.

use crate::{EpochSeconds, Price, Strike};

/// The strikes that have a say, nearest the money, at least and at most.
const STRIKES_MIN: usize = 3;
const STRIKES_MAX: usize = 7;
/// Strikes that traded so much earlier have a say where those of a minute are too few.
const AGE_MINUTES_MAX: i64 = 2;
const MINUTE_SECONDS: i64 = 60;
/// The largest price named less the smallest is at most this part of their median.
const SPREAD_PART: i64 = 1000;

/// What a call and the put of its strike closed at, in a minute in which both traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallAndPut {
    pub strike: Strike,
    /// The start of the minute.
    pub at: EpochSeconds,
    pub call: Price,
    pub put: Price,
}

impl CallAndPut {
    fn underlying(&self) -> i64 {
        Price::from(self.strike.0).0 + self.call.0 - self.put.0
    }

    fn distance(&self) -> i64 {
        (self.call.0 - self.put.0).abs()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotImplied {
    /// Fewer than three strikes traded on both sides at one time.
    TooFew,
    /// The prices that the strikes name lie too far apart.
    TooFarApart,
}

/// The newest price that strikes name together, to the nearest paisa, and the start of its minute.
pub fn implied_price(strikes: &[CallAndPut]) -> Result<(Price, EpochSeconds), NotImplied> {
    let mut minutes: Vec<EpochSeconds> = strikes.iter().map(|one| one.at).collect();
    minutes.sort();
    for minute in minutes.into_iter().rev() {
        // Those of the minute alone, where they are enough: a price moves within two minutes.
        for age in 0..=AGE_MINUTES_MAX {
            let ages = 0..=age * MINUTE_SECONDS;
            let mut together: Vec<&CallAndPut> =
                strikes.iter().filter(|one| ages.contains(&(minute.0 - one.at.0))).collect();
            if together.len() >= STRIKES_MIN {
                together.sort_by_key(|one| one.distance());
                together.truncate(STRIKES_MAX);
                return agreed(&together).map(|price| (price, minute));
            }
        }
    }
    Err(NotImplied::TooFew)
}

/// The median of what is named.
fn agreed(strikes: &[&CallAndPut]) -> Result<Price, NotImplied> {
    let mut named: Vec<i64> = strikes.iter().map(|one| one.underlying()).collect();
    named.sort();
    let (lower, upper) = (named[(named.len() - 1) / 2], named[named.len() / 2]);
    let median = lower + (upper - lower) / 2;
    if (named[named.len() - 1] - named[0]).saturating_mul(SPREAD_PART) > median {
        return Err(NotImplied::TooFarApart);
    }
    Ok(Price((median + Price::PER_PAISA / 2).div_euclid(Price::PER_PAISA) * Price::PER_PAISA))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Paise;

    /// Minute, strike, call and put in rupees.
    fn strikes(rows: &[(u16, f64, f64, f64)]) -> Vec<CallAndPut> {
        let day: crate::Day = "2025-08-28".parse().unwrap();
        let price = |rupees| Price::from_rupees(rupees).unwrap();
        let one = |(minute, strike, call, put): &(u16, f64, f64, f64)| CallAndPut {
            strike: Strike::from_rupees(*strike).unwrap(),
            at: day.at_minute(*minute),
            call: price(*call),
            put: price(*put),
        };
        rows.iter().map(one).collect()
    }

    fn implied(rows: &[(u16, f64, f64, f64)]) -> Result<(String, i64), NotImplied> {
        implied_price(&strikes(rows)).map(|(price, at)| (price.to_string(), at.minute_of_day().into()))
    }

    const CLOSE: [(u16, f64, f64, f64); 4] = [
        (929, 24_550.0, 62.40, 0.05),
        (929, 24_600.0, 12.45, 0.10),
        (929, 24_650.0, 0.10, 37.80),
        (929, 24_700.0, 0.05, 87.75),
    ];

    #[test]
    fn the_median_of_what_strikes_name_at_one_time() {
        // 24,612.35 twice, 24,612.30 twice.
        assert_eq!(implied(&CLOSE), Ok(("24612.33".to_owned(), 929)));
        assert_eq!(implied(&CLOSE[1..]), Ok(("24612.30".to_owned(), 929)));
    }

    #[test]
    fn those_of_two_minutes_before_have_a_say_where_there_are_too_few() {
        let mut rows = CLOSE.to_vec();
        (rows[0].0, rows[0].2) = (927, 80.0);
        assert_eq!(implied(&rows), Ok(("24612.30".to_owned(), 929)), "three are enough");
        rows[0].2 = 62.40;
        assert_eq!(implied(&rows[..3]), Ok(("24612.35".to_owned(), 929)));
        rows[0].0 = 926;
        assert_eq!(implied(&rows[..3]), Err(NotImplied::TooFew));
    }

    #[test]
    fn the_newest_time_at_which_enough_traded_counts() {
        let mut rows = CLOSE.to_vec();
        rows[0].0 = 935;
        assert_eq!(implied(&rows), Ok(("24612.30".to_owned(), 929)));
    }

    #[test]
    fn far_strikes_have_no_say_where_there_are_near_ones() {
        let mut rows: Vec<_> = (0..7).map(|at| (929, 24_300.0 + 100.0 * f64::from(at), 0.0, 0.0)).collect();
        for row in &mut rows {
            (row.2, row.3) = ((24_610.0 - row.1).max(0.0) + 0.05, (row.1 - 24_610.0).max(0.0) + 0.05);
        }
        assert_eq!(implied(&rows), Ok(("24610.00".to_owned(), 929)));
        rows.push((929, 20_000.0, 4_000.0, 0.05));
        assert_eq!(implied(&rows), Ok(("24610.00".to_owned(), 929)), "an old price deep in the money");
    }

    #[test]
    fn none_is_said_where_strikes_disagree_or_are_too_few() {
        let mut apart = CLOSE.to_vec();
        apart[1].2 += 30.0;
        assert_eq!(implied(&apart), Err(NotImplied::TooFarApart));
        assert_eq!(implied(&CLOSE[..2]), Err(NotImplied::TooFew));
        assert_eq!(implied(&[]), Err(NotImplied::TooFew));
        // A tenth of a per cent is not too far.
        apart[1].2 -= 30.0 - 24.0;
        assert!(implied(&apart).is_ok());
        assert_eq!(Price::from(Paise(2_461_233)).to_string(), "24612.33");
    }
}
