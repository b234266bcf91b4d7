//! Which strike is at the money of a thin ladder, and whether a share's own price is told.

use analytics::{CandleOf, ChainState, NoSpot, NoVolatility, VolatilityOf};
use market::{Candle, EpochSeconds};

use crate::world::{candle, day, ladder, price, strike, terms};

const STRIKES: [i64; 5] = [24_500, 24_550, 24_600, 24_650, 24_700];

fn at(minute: u16) -> EpochSeconds {
    day("2025-08-26").at_minute(minute)
}

fn before(strikes: &[i64]) -> ChainState {
    ChainState::new(terms("2025-08-28"), at(555), &ladder(strikes.iter().copied()))
}

fn future(rupees: f64) -> (CandleOf, Candle) {
    (CandleOf::Future, candle(at(600), rupees, 75, 0))
}

/// Of a thin ladder the strike at the money need not have traded, and none that is farther than a step takes its place.
#[test]
fn the_strike_at_the_money_is_the_listed_one_and_what_it_lacks_has_its_reason() {
    let of = |listed: &[i64], forward: f64| {
        let mut state = before(&[24_500, 24_700]).with_listed(listed.iter().copied().map(strike));
        let told = [(0, 150.0), (1, 60.0), (2, 70.0), (3, 140.0)];
        let of_option = |(place, rupees)| (CandleOf::Option(place), candle(at(600), rupees, 75, 75));
        let told: Vec<_> = told.map(of_option).into_iter().chain([future(forward)]).collect();
        state.advance(at(600), &told);
        state.snapshot().chain()
    };
    // Nothing was asked of the strikes between.
    let thin = of(&[24_550, 24_600, 24_650], 24_590.0);
    assert_eq!(thin.marks.at_the_money, Some(strike(24_600)));
    assert_eq!((thin.head.volatility, thin.head.session_volatility), (Err(NoVolatility::Stale), None));
    assert!(thin.head.straddle.is_none() && thin.head.forward.is_ok());
    assert_eq!(thin.rows.iter().map(|row| row.strike).collect::<Vec<_>>(), [24_500, 24_700].map(strike));
    assert!(
        thin.rows.iter().all(|row| row.volatility.is_ok_and(|of| of.of != VolatilityOf::Mean)),
        "neither of those that traded is at the money"
    );
    // A step from the forward is near enough.
    let near = of(&[24_550, 24_600, 24_650], 24_540.0);
    assert_eq!(near.marks.at_the_money, Some(strike(24_500)));
    assert!(near.head.straddle.is_some() && near.head.volatility.is_ok());
    let without = of(&[], 24_590.0);
    assert_eq!(without.marks.at_the_money, Some(strike(24_500)));
    assert!(without.head.straddle.is_some() && without.head.volatility.is_ok());
    // Listed, and asked for, and not traded.
    let mut state = before(&STRIKES);
    state.advance(at(600), &[future(24_700.0)]);
    let silent = state.snapshot().chain();
    assert_eq!((silent.marks.at_the_money, silent.rows.len()), (Some(strike(24_700)), 0));
    assert_eq!(silent.head.volatility, Err(NoVolatility::Stale));
}

#[test]
fn the_price_of_a_share_is_told_where_it_lies_within_five_per_cent_of_the_forward() {
    let spot = |forward: Option<f64>, own: f64| {
        let [mut index, mut share] = [before(&STRIKES), before(&STRIKES).of_share()];
        let mut told = vec![(CandleOf::Spot, candle(at(600), own, 75, 0))];
        told.extend(forward.map(future));
        [&mut index, &mut share].map(|state| {
            state.advance(at(600), &told);
            state.snapshot().chain().head.spot.map(|spot| spot.price)
        })
    };
    for (forward, own, of_share) in [
        (Some(1_400.0), 1_396.35, Ok(price(1_396.35))),
        (Some(1_400.0), 1_330.0, Ok(price(1_330.0))),
        (Some(1_400.0), 1_329.9, Err(NoSpot::OffForward)),
        (Some(1_400.0), 350.0, Err(NoSpot::OffForward)),
        (Some(1_400.0), 1_471.0, Err(NoSpot::OffForward)),
        (None, 1_400.0, Err(NoSpot::NoForward)),
    ] {
        assert_eq!(spot(forward, own), [Ok(price(own)), of_share], "{forward:?} {own}");
    }
    assert_eq!(before(&STRIKES).of_share().snapshot().told_spot(), Err(NoSpot::NotStored));
}
