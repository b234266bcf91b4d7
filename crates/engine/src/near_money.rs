//! Which strikes of an expiry are near the money, at any time of some days. Pure.
//!
//! The money is where the underlying went, from its lowest to its highest price; near are so many of the expiry's own
//! listed strikes each side of it. Refuses to guess: prices that do not fit the strikes choose none of them.

use std::collections::BTreeSet;

use market::{Day, DayRange, Price, Strike};
use protocol::StrikesEachSide;

/// Where an underlying went on some days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub low: Price,
    pub high: Price,
    /// The last of these days that has a price, and its own lowest and highest.
    pub last: (Day, Price, Price),
}

/// The lowest and the highest strike that are near; all between them are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NearMoney {
    pub from: Strike,
    pub to: Strike,
}

/// Why it cannot be said which strikes are near.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unknown {
    #[error("its prices of {} are not known", .0.to_long_text())]
    Days(DayRange),
    #[error("it has no price on the days asked")]
    NoPrice,
    #[error(
        "on {} it stood at {low} to {high}, and the listed strikes are {lowest} to {highest}: its prices do not fit them, as after a bonus or a split",
        .day.to_long_text()
    )]
    OtherScale { day: Day, low: Price, high: Price, lowest: Strike, highest: Strike },
    #[error("no strike is listed")]
    NoStrike,
}

impl NearMoney {
    pub(crate) fn of(
        strikes: &BTreeSet<Strike>,
        extent: &Extent,
        each_side: StrikesEachSide,
    ) -> Result<Self, Unknown> {
        let strikes: Vec<Strike> = strikes.iter().copied().collect();
        let (Some(lowest), Some(highest)) = (strikes.first().copied(), strikes.last().copied()) else {
            return Err(Unknown::NoStrike);
        };
        // An exchange lists strikes around the price until the end, so one beyond all of them is on another scale.
        let (day, low, high) = extent.last;
        if high < price(lowest) || low > price(highest) {
            return Err(Unknown::OtherScale { day, low, high, lowest, highest });
        }
        let each_side = usize::try_from(each_side.get()).unwrap_or(usize::MAX);
        let (first, last) = (at_the_money(&strikes, extent.low).0, at_the_money(&strikes, extent.high).1);
        let at = |place: usize| strikes.get(place).copied().unwrap_or(highest);
        Ok(Self { from: at(first.saturating_sub(each_side)), to: at(last.saturating_add(each_side)) })
    }

    /// A contract without a strike is a future, of which none is left out.
    pub(crate) fn takes(self, strike: Option<Strike>) -> bool {
        strike.is_none_or(|strike| self.from <= strike && strike <= self.to)
    }
}

fn price(strike: Strike) -> Price {
    strike.0.into()
}

/// The places of the strikes nearest to a price: two where it lies in the middle between them.
fn at_the_money(strikes: &[Strike], at: Price) -> (usize, usize) {
    let distance = |strike: &Strike| (price(*strike).0 - at.0).abs();
    let nearest = strikes.iter().map(distance).min();
    let is_nearest = |strike: &Strike| Some(distance(strike)) == nearest;
    let first = strikes.iter().position(is_nearest).unwrap_or(0);
    (first, strikes.iter().rposition(is_nearest).unwrap_or(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strikes(rupees: &[f64]) -> BTreeSet<Strike> {
        rupees.iter().map(|rupees| Strike::from_rupees(*rupees).unwrap()).collect()
    }

    fn rupees(rupees: f64) -> Price {
        Price::from_rupees(rupees).unwrap()
    }

    fn went(low: f64, high: f64) -> Extent {
        let day = "2025-08-28".parse().unwrap();
        Extent { low: rupees(low), high: rupees(high), last: (day, rupees(low), rupees(high)) }
    }

    /// Closer together at the money than away from it, as ladders are.
    const LADDER: [f64; 9] = [800.0, 900.0, 950.0, 975.0, 1000.0, 1025.0, 1050.0, 1100.0, 1200.0];

    #[test]
    fn near_is_counted_in_listed_strikes_from_the_lowest_and_the_highest_price() {
        for (low, high, each_side, from, to) in [
            (1000.0, 1000.0, 1, 975.0, 1025.0),
            // The money moves to the next strike beyond the middle, and stands at both of them in it.
            (987.49, 1012.51, 1, 950.0, 1050.0),
            (987.51, 1012.49, 1, 975.0, 1025.0),
            (987.5, 1012.5, 1, 950.0, 1050.0),
            (1000.0, 1000.0, 3, 900.0, 1100.0),
            (1000.0, 1000.0, 50, 800.0, 1200.0),
            (960.0, 1040.0, 1, 900.0, 1100.0),
            // It was beyond all strikes for a while, before they were listed.
            (500.0, 1000.0, 1, 800.0, 1025.0),
        ] {
            let mut extent = went(low, high);
            extent.last = (extent.last.0, rupees(1000.0), rupees(1000.0));
            let near = NearMoney::of(&strikes(&LADDER), &extent, each_side.try_into().unwrap()).unwrap();
            assert_eq!((near.from.to_rupees(), near.to.to_rupees()), (from, to), "{low} {high} {each_side}");
        }
    }

    #[test]
    fn a_future_is_never_left_out() {
        let near = NearMoney::of(&strikes(&LADDER), &went(1000.0, 1000.0), 1.try_into().unwrap()).unwrap();
        let takes = |rupees: f64| near.takes(Strike::from_rupees(rupees));
        assert_eq!([950.0, 975.0, 1025.0, 1050.0].map(takes), [false, true, true, false]);
        assert!(near.takes(None));
    }

    #[test]
    fn prices_on_another_scale_choose_nothing() {
        let of = |low, high| NearMoney::of(&strikes(&LADDER), &went(low, high), 1.try_into().unwrap());
        let error = of(495.0, 505.0).unwrap_err().to_string();
        assert!(
            error.contains("stood at 495.00 to 505.00, and the listed strikes are 800 to 1200"),
            "{error}"
        );
        assert!(of(1201.0, 1300.0).is_err() && of(1199.0, 1300.0).is_ok());
        let none = NearMoney::of(&BTreeSet::new(), &went(1.0, 1.0), 1.try_into().unwrap());
        assert_eq!(none, Err(Unknown::NoStrike));
    }
}
