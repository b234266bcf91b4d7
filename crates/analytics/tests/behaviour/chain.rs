//! A small chain, reckoned by hand.

use analytics::{
    Black76, CandleOf, Chain, ChainState, Forward, ForwardSource, NoForward, NoVolatility, Side,
    VolatilityOf, gamma_exposure, interest_between,
};
use market::{Candle, EpochSeconds};

use crate::world::{candle, day, ladder, option, price, strike, terms};

/// Five strikes around 24,600; the day is two before the expiry, the minute 10:00.
const STRIKES: [i64; 5] = [24_500, 24_550, 24_600, 24_650, 24_700];

fn at(minute: u16) -> EpochSeconds {
    day("2025-08-26").at_minute(minute)
}

fn yesterday(minute: u16) -> EpochSeconds {
    day("2025-08-25").at_minute(minute)
}

/// Option of the ladder, minute, price, volume, open interest.
type Told = (usize, EpochSeconds, f64, i64, i64);

fn options(told: &[Told]) -> Vec<(CandleOf, Candle)> {
    let of = |(place, at, rupees, volume, interest): &Told| {
        (CandleOf::Option(*place), candle(*at, *rupees, *volume, *interest))
    };
    told.iter().map(of).collect()
}

fn played() -> ChainState {
    let mut state = ChainState::new(terms("2025-08-28"), yesterday(555), &ladder(STRIKES.into_iter()));
    // Options: 0 and 1 of 24,500, 2 and 3 of 24,550, 4 and 5 of 24,600, 6 and 7 of 24,650, 8 and 9 of 24,700.
    state.advance(
        yesterday(929),
        &options(&[
            (4, yesterday(900), 120.0, 750, 3_000),
            (4, yesterday(929), 125.0, 75, 3_075),
            (5, yesterday(929), 95.0, 75, 4_500),
            (1, yesterday(929), 60.0, 75, 9_000),
        ]),
    );
    let mut today = options(&[
        (1, at(590), 52.0, 150, 9_150),
        (3, at(600), 70.0, 75, 750),
        (4, at(599), 118.0, 300, 3_150),
        (5, at(600), 92.0, 225, 4_350),
        (4, at(600), 119.0, 75, 3_000),
        (6, at(600), 88.0, 75, 6_000),
        // Flat, no trade: open interest alone.
        (6, at(600), 88.0, 0, 6_075),
    ]);
    today.push((CandleOf::Future, candle(at(598), 24_620.0, 300, 0)));
    today.push((CandleOf::Spot, candle(at(600), 24_610.5, 0, 0)));
    // What comes later is not known.
    today.push((CandleOf::Option(9), candle(at(601), 130.0, 75, 75)));
    state.advance(at(600), &today);
    state
}

fn chain() -> Chain {
    played().snapshot().chain()
}

#[test]
fn the_head_says_what_it_was_made_from() {
    let head = chain().head;
    assert_eq!(
        head.forward,
        Ok(Forward { price: 24_620.0, source: ForwardSource::Future, age_minutes: 2 }),
        "the future's, two minutes old"
    );
    assert_eq!(head.spot.map(|trade| trade.price), Ok(price(24_610.5)));
    assert_eq!((head.time_left.minutes, head.time_left.session_minutes), (2 * 1440 + 330, 330 + 375));
    assert_eq!(head.rate.fraction(), 0.065);
    let straddle = head.straddle.unwrap();
    assert_eq!((straddle.strike, straddle.price, straddle.age_minutes), (strike(24_600), price(211.0), 0));
    assert_eq!(straddle.implied_move, 211.0 / 24_620.0);
    assert_eq!(head.lot, Some(75));
}

#[test]
fn rows_are_the_strikes_that_had_been_traded_by_then() {
    let chain = chain();
    let strikes: Vec<_> = chain.rows.iter().map(|row| row.strike).collect();
    assert_eq!(strikes, [24_500, 24_550, 24_600, 24_650].map(strike));
    assert!(chain.rows[0].call.is_none() && chain.rows[0].put.is_some());
    assert!(chain.row(strike(24_700)).is_none());
}

#[test]
fn a_cell_counts_from_the_previous_session() {
    let chain = chain();
    let call = chain.row(strike(24_600)).unwrap().call.clone().unwrap();
    assert_eq!((call.option, call.last, call.age_minutes), (4, price(119.0), 0));
    assert_eq!(call.change, Some(price(-6.0)));
    assert_eq!((call.volume, call.open_interest, call.open_interest_change), (375, Some(3_000), Some(-75)));
    let discount = (-0.065 * f64::from(2 * 1440 + 330) / 525_600.0).exp();
    assert!((call.time_value.unwrap() - (119.0 - 20.0 * discount)).abs() < 1e-9);
    let above = chain.row(strike(24_650)).unwrap().call.clone().unwrap();
    assert_eq!((above.change, above.open_interest_change), (None, None), "it was not there the day before");
    assert_eq!(
        (above.volume, above.open_interest),
        (75, Some(6_075)),
        "a row without a trade tells of interest"
    );
}

#[test]
fn the_side_out_of_the_money_serves_both() {
    let snapshot = played();
    let snapshot = snapshot.snapshot();
    let model = Black76::new(24_620.0, snapshot.time_left().years().unwrap(), snapshot.terms().rate).unwrap();
    let own = |rupees: i64, side, at: f64| model.volatility(strike(rupees), side, at).unwrap().fraction();
    let chain = snapshot.chain();
    let below = chain.row(strike(24_550)).unwrap().volatility.unwrap();
    assert_eq!((below.of, below.volatility.fraction()), (VolatilityOf::Put, own(24_550, Side::Put, 70.0)));
    let above = chain.row(strike(24_650)).unwrap().volatility.unwrap();
    assert_eq!((above.of, above.volatility.fraction()), (VolatilityOf::Call, own(24_650, Side::Call, 88.0)));
    let money = chain.row(strike(24_600)).unwrap();
    let mean = (own(24_600, Side::Call, 119.0) + own(24_600, Side::Put, 92.0)) / 2.0;
    let of = money.volatility.unwrap();
    assert_eq!((of.of, of.volatility.fraction()), (VolatilityOf::Mean, mean));
    assert_eq!(chain.head.volatility, Ok(of.volatility));
    assert_eq!(money.put.clone().unwrap().own_volatility.unwrap().fraction(), own(24_600, Side::Put, 92.0));
    let greeks = model.greeks(strike(24_600), Side::Put, of.volatility);
    assert_eq!(money.put.clone().unwrap().greeks, greeks);
    // The same, asked for one strike alone.
    for row in &chain.rows {
        assert_eq!(snapshot.volatility(row.strike), row.volatility);
    }
    let on_sessions = chain.head.session_volatility.unwrap().fraction() / mean;
    let years: f64 = (2.0 * 1440.0 + 330.0) / 525_600.0;
    assert!((on_sessions - (years / ((330.0 + 375.0) / 94_500.0)).sqrt()).abs() < 1e-12);
}

#[test]
fn an_old_price_is_shown_with_its_age_and_no_volatility() {
    let row = chain().row(strike(24_500)).unwrap().clone();
    assert_eq!(row.volatility, Err(NoVolatility::Stale));
    let put = row.put.unwrap();
    assert_eq!((put.age_minutes, put.own_volatility, put.greeks), (10, Err(NoVolatility::Stale), None));
    assert_eq!(put.change, Some(price(-8.0)));
}

#[test]
fn totals_marks_and_ratios() {
    let chain = chain();
    assert_eq!((chain.totals.calls.volume, chain.totals.puts.volume), (375 + 75, 150 + 75 + 225));
    assert_eq!((chain.totals.calls.open_interest, chain.totals.puts.open_interest), (9_075, 14_250));
    assert_eq!(
        (chain.totals.calls.open_interest_change, chain.totals.puts.open_interest_change),
        (Some(-75), Some(150 - 150))
    );
    assert_eq!(chain.totals.by_open_interest(), Some(14_250.0 / 9_075.0));
    assert_eq!(chain.totals.by_volume(), Some(1.0));
    assert_eq!(chain.marks.highest_call_interest, Some(strike(24_650)));
    assert_eq!(chain.marks.highest_put_interest, Some(strike(24_500)));
    assert_eq!(chain.marks.at_the_money, Some(strike(24_600)));
    // At 24,500: puts 750×50 + 4,350×100 = 472,500. At 24,550: 4,350×50 = 217,500. At 24,600: nothing is in the money.
    assert_eq!(chain.marks.max_pain, Some(strike(24_600)));
}

#[test]
fn without_a_forward_there_are_prices_and_no_more() {
    let mut state = played();
    state.advance(at(602), &[]);
    let chain = state.snapshot().chain();
    assert_eq!(
        chain.head.forward,
        Err(NoForward::TooFewStrikes { strikes: 1 }),
        "the future is four minutes old"
    );
    assert_eq!(chain.head.volatility, Err(NoVolatility::NoForward));
    assert_eq!((chain.marks.at_the_money, chain.head.straddle), (None, None));
    assert_eq!(chain.rows.len(), 4);
    assert!(chain.rows.iter().all(|row| row.volatility == Err(NoVolatility::NoForward)));
    assert_eq!(gamma_exposure(&chain), None);
    assert!(chain.totals.by_open_interest().is_some() && chain.marks.max_pain.is_some());
}

/// By parity the time value of a call is its put's price, but for what doubles make of it.
#[test]
fn two_ticks_of_time_value_are_two_on_either_side() {
    for paise in (0..300).map(|step: i32| 10_000 + 735 * step) {
        let call = f64::from(paise) / 100.0;
        let told = [
            (0, at(600), call + 50.0, 75, 0),
            (1, at(600), 0.10, 75, 0),
            (2, at(600), call, 75, 0),
            (3, at(600), 0.10, 75, 0),
            (4, at(600), call - 50.0, 75, 0),
            (5, at(600), 0.10, 75, 0),
        ];
        let mut state = ChainState::new(terms("2025-08-28"), yesterday(555), &ladder(STRIKES.into_iter()));
        state.advance(at(600), &options(&told));
        let snapshot = state.snapshot();
        assert_eq!(snapshot.forward().unwrap().source.as_str(), "parity");
        for side in Side::BOTH {
            assert!(snapshot.own_volatility(strike(24_550), side).is_ok(), "{side:?} at {call}");
        }
    }
}

#[test]
fn every_reason_has_its_case() {
    let reason = |told: &[Told], minute: EpochSeconds, rupees: i64| {
        let mut state = ChainState::new(terms("2025-08-28"), yesterday(555), &ladder(STRIKES.into_iter()));
        let mut candles = options(told);
        candles.push((CandleOf::Future, candle(minute, 24_620.0, 75, 0)));
        state.advance(minute, &candles);
        state.snapshot().own_volatility(strike(rupees), Side::Call)
    };
    let expiry = day("2025-08-28");
    // 24,650 is 30 above the future, 24,500 is 120 below it.
    assert_eq!(reason(&[(6, at(600), 0.05, 75, 0)], at(600), 24_650), Err(NoVolatility::NoTimeValue));
    assert!(reason(&[(6, at(600), 0.10, 75, 0)], at(600), 24_650).is_ok(), "two ticks are enough");
    assert_eq!(reason(&[(6, at(600), 50.0, 75, 0)], at(602), 24_650), Err(NoVolatility::Stale));
    assert!(reason(&[(6, at(600), 50.0, 75, 0)], at(601), 24_650).is_ok(), "a minute is not old");
    assert_eq!(reason(&[(0, at(600), 119.0, 75, 0)], at(600), 24_500), Err(NoVolatility::BelowIntrinsic));
    assert_eq!(reason(&[(0, at(600), 30_000.0, 75, 0)], at(600), 24_500), Err(NoVolatility::AboveBound));
    let near = expiry.at_minute(920);
    assert_eq!(reason(&[(6, near, 5.0, 75, 0)], near, 24_650), Err(NoVolatility::TooNear));
    let before = expiry.at_minute(919);
    assert!(reason(&[(6, before, 5.0, 75, 0)], before, 24_650).is_ok());
    assert_eq!(reason(&[], at(600), 24_650), Err(NoVolatility::Stale), "never traded");
}

#[test]
fn of_twins_the_one_that_trades_stands_in_the_row() {
    let listed = [option(700, Side::Put), option(700, Side::Put)];
    let mut state = ChainState::new(terms("2025-08-28"), at(555), &listed);
    state.advance(at(600), &options(&[(1, at(590), 9.0, 75, 0), (0, at(600), 8.0, 75, 0)]));
    let put = |state: &ChainState| state.snapshot().chain().rows[0].put.clone().unwrap();
    assert_eq!((put(&state).option, put(&state).last), (0, price(8.0)));
    state.advance(at(601), &options(&[(1, at(601), 7.0, 75, 0)]));
    assert_eq!((put(&state).option, put(&state).last), (1, price(7.0)));
}

/// What stands open at a strike is what all its contracts have, whichever was traded last.
#[test]
fn units_are_those_of_all_twins() {
    let listed =
        [option(700, Side::Call), option(700, Side::Call), option(720, Side::Put), option(720, Side::Call)];
    let mut state = ChainState::new(terms("2025-08-28"), yesterday(555), &listed);
    let told = [(0, yesterday(900), 9.0, 75, 300), (1, yesterday(900), 8.0, 75, 6_000)];
    state.advance(yesterday(929), &options(&told));
    let told = [(2, at(590), 7.0, 150, 1_500), (3, at(590), 2.0, 75, 3_000), (0, at(600), 9.5, 150, 450)];
    state.advance(at(600), &options(&told));
    let before = state.snapshot().chain();
    let earlier = state.clone();
    state.advance(at(601), &options(&[(1, at(601), 8.5, 75, 6_075)]));
    let after = state.snapshot().chain();

    let call = |chain: &Chain| chain.rows[0].call.clone().unwrap();
    let units = |chain: &Chain| {
        let call = call(chain);
        (call.volume, call.open_interest, call.open_interest_change)
    };
    assert_eq!((call(&before).last, units(&before)), (price(9.5), (150, Some(6_450), Some(150))));
    assert_eq!((call(&after).last, units(&after)), (price(8.5), (225, Some(6_525), Some(225))));
    assert_eq!(after.totals.calls.open_interest, 6_525 + 3_000);
    assert_eq!(after.totals.by_open_interest(), Some(1_500.0 / 9_525.0));
    assert_eq!((before.totals.calls.volume, after.totals.calls.volume), (225, 300));
    // At 700 the puts would get 30,000; at 720 the calls would get 129,000, and those traded last alone 9,000.
    assert_eq!((before.marks.max_pain, after.marks.max_pain), (Some(strike(700)), Some(strike(700))));
    assert_eq!(before.marks.highest_call_interest, Some(strike(700)));
    let between = interest_between(&earlier, &after);
    assert_eq!((between[0].calls, between[0].calls_change), (6_525, Some(75)));
    // One of them by itself is what it is.
    let (_, alone) = state.snapshot().cell_of(0).unwrap();
    assert_eq!((alone.last, alone.volume, alone.open_interest), (price(9.5), 150, Some(450)));
}

#[test]
fn open_interest_between_two_moments() {
    let mut state = played();
    let before = state.clone();
    state.advance(at(605), &options(&[(4, at(604), 120.0, 75, 3_300), (9, at(605), 130.0, 75, 600)]));
    let between = interest_between(&before, &state.snapshot().chain());
    let of = |rupees| between.iter().find(|of| of.strike == strike(rupees)).copied().unwrap();
    assert_eq!(
        (of(24_600).calls, of(24_600).calls_change, of(24_600).puts_change),
        (3_300, Some(300), Some(0))
    );
    assert_eq!((of(24_700).puts, of(24_700).puts_change), (600, None), "nobody told what stood open before");
}

#[test]
fn gamma_exposure_has_its_sign_and_says_what_it_leaves_out() {
    let chain = chain();
    let exposure = gamma_exposure(&chain).unwrap();
    let row = chain.row(strike(24_600)).unwrap();
    let gamma = row.call.as_ref().unwrap().greeks.unwrap().gamma;
    let of = exposure.strikes.iter().find(|of| of.strike == strike(24_600)).unwrap();
    let rupees = |units: f64| gamma * units * 24_620.0 * 24_620.0 * 0.01;
    assert!((of.calls - rupees(3_000.0)).abs() < 1e-6 && (of.puts + rupees(4_350.0)).abs() < 1e-6);
    assert!((exposure.net - exposure.strikes.iter().map(|of| of.net()).sum::<f64>()).abs() < 1e-6);
    assert_eq!(exposure.left_out, 1, "24,500 has interest and no volatility");
}

#[test]
fn a_chain_is_shipped_as_it_is() {
    let chain = chain();
    let read: Chain = serde_json::from_str(&serde_json::to_string(&chain).unwrap()).unwrap();
    assert_eq!((read.totals, read.marks), (chain.totals, chain.marks));
    assert_eq!((read.head.forward, read.head.straddle.unwrap().price), (chain.head.forward, price(211.0)));
    for (read, row) in read.rows.iter().zip(&chain.rows) {
        // JSON is read to the last digit but one.
        let fraction =
            |row: &analytics::Row| row.volatility.map(|of| (of.volatility.fraction() * 1e12).round());
        assert_eq!((read.strike, fraction(read)), (row.strike, fraction(row)));
    }
}

#[test]
fn the_smile_of_a_known_market() {
    let terms = terms("2025-09-30");
    let listed = ladder((-40..=40).map(|step| 24_600 + 50 * step));
    let state = crate::world::state(&listed, terms, at(600), 24_612.0);
    let snapshot = state.snapshot();
    let smile = snapshot.smile();
    assert_eq!(smile.0.len(), 81);
    for point in &smile.0 {
        let truth = crate::world::smile(24_612.0, point.strike).fraction();
        assert!((point.volatility.fraction() - truth).abs() < 1e-6, "{point:?} {truth}");
    }
    let money = snapshot.volatility(strike(24_600)).unwrap().volatility;
    let skew = smile.skew(0.25, money).unwrap();
    for (side, found) in [(Side::Put, skew.put), (Side::Call, skew.call)] {
        let bucket = |delta| analytics::delta_buckets(&snapshot, side, &[delta])[0].volatility.fraction();
        let [below, above] = [0.23, 0.27].map(bucket);
        let (least, most) = (below.min(above), below.max(above));
        assert!((least..=most).contains(&found.fraction()), "{side} {found:?}");
    }
    assert!(skew.skew() > 0.0, "puts are dearer here");
    assert_eq!(smile.volatility_at(Side::Call, 0.999), None, "no strike had such a delta");
    let buckets = analytics::delta_buckets(&snapshot, Side::Put, &[0.1, 0.25, 0.5, 1.5]);
    assert_eq!(buckets.len(), 3, "a delta that no option can have is left out");
    assert!(buckets.windows(2).all(|pair| pair[0].last.price < pair[1].last.price));
}
