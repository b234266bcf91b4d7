//! Made series over minutes whose prices are known.

use analytics::series::{
    ConstantMaturityOf, ExpirySeriesMaker, Gap, LegMinute, Point, RealisedOf, Series, StrategyMaker, coarser,
    constant_maturity_point, realised_points, value_bars,
};
use analytics::{CandleOf, ChainState, ListedOption, Nights, NoVolatility, Side, Trade};
use market::{Candle, ChartInterval, EpochSeconds, SessionAnchors, TradingCalendar, without_noise};

use crate::world::{candle, day, ladder, minute, price, smile, state, strike, terms};

const EXPIRY: &str = "2025-08-28";

fn at(minute: u16) -> EpochSeconds {
    day("2025-08-26").at_minute(minute)
}

fn listed() -> Vec<ListedOption> {
    ladder((-10..=10).map(|step| 24_600 + 50 * step))
}

/// Minutes with their forwards; a minute without one brings no candle.
fn made(series: &str, minutes: &[(EpochSeconds, Option<f64>)]) -> Vec<Point> {
    let Ok(Series::OfExpiry(series)) = series.parse() else { panic!("{series}") };
    let (listed, terms) = (listed(), terms(EXPIRY));
    let mut state = ChainState::new(terms, minutes[0].0, &listed);
    let mut maker = ExpirySeriesMaker::new(series);
    let mut points = Vec::new();
    for (at, forward) in minutes {
        let mut candles: Vec<(CandleOf, Candle)> = Vec::new();
        if let Some(forward) = forward {
            candles = minute(&listed, terms, *at, *forward);
            candles.push((CandleOf::Spot, candle(*at, forward - 10.0, 0, 0)));
        }
        state.advance(*at, &candles);
        points.extend(maker.minute(&state.snapshot()));
    }
    points
}

/// One minute at 10:00 with the forward at 24,612, beside the state itself.
fn one(series: &str) -> (Vec<Option<f64>>, ChainState) {
    let points = made(series, &[(at(600), Some(24_612.0))]);
    let state = state(&listed(), terms(EXPIRY), at(600), 24_612.0);
    (points[0].values.clone().unwrap(), state)
}

fn paid(state: &ChainState, rupees: i64, side: Side) -> f64 {
    state.snapshot().fresh(strike(rupees), side).unwrap().price.to_rupees()
}

fn is_near(found: Option<f64>, wanted: f64) -> bool {
    found.is_some_and(|found| (found - wanted).abs() < 1e-6)
}

#[test]
fn sums_of_prices() {
    let (values, state) = one("atm-straddle");
    let (call, put) = (paid(&state, 24_600, Side::Call), paid(&state, 24_600, Side::Put));
    assert_eq!(values[..4], [without_noise(call + put), 24_600.0, call, put].map(Some));
    assert!(is_near(values[4], 24_612.0));
    for (series, call_strike, put_strike) in
        [("strangle offset=2", 24_700, 24_500), ("strangle points=150", 24_750, 24_450)]
    {
        let (values, state) = one(series);
        let (call, put) = (paid(&state, call_strike, Side::Call), paid(&state, put_strike, Side::Put));
        let sum = without_noise(call + put);
        let wanted = [sum, call_strike as f64, call, put_strike as f64, put].map(Some);
        assert_eq!(values[..5], wanted, "{series}");
    }
    let (values, state) = one("atm-option side=put offset=-1");
    assert_eq!(values[..2], [Some(paid(&state, 24_550, Side::Put)), Some(24_550.0)]);
    assert_eq!(values[2], Some(state.snapshot().greeks(strike(24_550), Side::Put).unwrap().delta));
    let (values, _) = one("synthetic-future");
    assert_eq!(values[..4], [without_noise(24_600.0 + call - put), 24_600.0, call, put].map(Some));
    let (values, _) = one("strangle delta=0.25");
    assert!(values[1] > Some(24_612.0) && values[3] < Some(24_612.0), "{values:?}");
}

#[test]
fn numbers_of_an_expiry() {
    let (values, state) = one("forward-basis");
    assert!(is_near(values[0], 10.0) && is_near(values[3], 24_602.0), "{values:?}");
    let years = state.snapshot().time_left().years().unwrap().years();
    assert!((values[1].unwrap() - (24_612.0f64 / 24_602.0).ln() / years).abs() < 1e-6);
    let (values, _) = one("atm-volatility");
    assert!(is_near(values[0], smile(24_612.0, strike(24_600)).fraction()), "{values:?}");
    assert_eq!(values[2], Some(24_600.0));
    let (values, state) = one("put-call-ratio");
    let chain = state.snapshot().chain();
    assert_eq!(values, [chain.totals.by_open_interest(), chain.totals.by_volume()]);
    let (values, _) = one("max-pain");
    assert_eq!(values[0], chain.marks.max_pain.map(|strike| strike.to_rupees()));
    assert_eq!(values[2], Some(24_602.0));
    let (values, _) = one("open-interest");
    assert_eq!(values[0], Some(chain.totals.calls.open_interest as f64));
    let (values, _) = one("open-interest strike=24600");
    let row = chain.row(strike(24_600)).unwrap();
    assert_eq!(
        (values[0], values[2]),
        (Some(row.interest(Side::Call) as f64), Some(row.interest(Side::Put) as f64))
    );
    let (values, state) = one("skew");
    let skew = state.snapshot().smile().skew(0.25, chain.head.volatility.unwrap()).unwrap();
    assert_eq!(values[..2], [Some(skew.skew()), Some(skew.butterfly())]);
    assert!(is_near(values[0], values[2].unwrap() - values[3].unwrap()));
}

#[test]
fn a_point_whose_legs_are_not_priced_is_a_gap_and_nothing_is_filled() {
    let points = made(
        "atm-straddle",
        &[
            (at(600), Some(24_612.0)),
            (at(601), None),
            (at(602), None),
            (at(603), None),
            (at(604), Some(24_620.0)),
        ],
    );
    let is_gap: Vec<bool> = points.iter().map(|point| point.values.is_err()).collect();
    assert_eq!(is_gap, [false, false, false, true, false]);
    assert!(matches!(points[3].values, Err(Gap::NoForward(_))), "{points:?}");
    let volatility = made("atm-volatility", &[(at(600), Some(24_612.0)), (at(601), None), (at(602), None)]);
    let reasons: Vec<_> = volatility.iter().map(|point| point.values.clone().err()).collect();
    assert_eq!(reasons, [None, None, Some(Gap::NoVolatility(NoVolatility::Stale))]);
    // One side trades on, the other does not.
    let (listed, terms) = (listed(), terms(EXPIRY));
    let mut state = state(&listed, terms, at(600), 24_612.0);
    let call = listed.iter().position(|of| of.strike == strike(24_600) && of.side == Side::Call).unwrap();
    state.advance(
        at(603),
        &[
            (CandleOf::Option(call), candle(at(603), 130.0, 75, 75)),
            (CandleOf::Future, candle(at(603), 24_612.0, 75, 0)),
        ],
    );
    let Ok(Series::OfExpiry(series)) = "atm-straddle".parse() else { panic!() };
    let point = ExpirySeriesMaker::new(series).minute(&state.snapshot()).unwrap();
    assert_eq!(point.values, Err(Gap::Unpriced { strike: strike(24_600), side: Side::Put }));
}

#[test]
fn a_strike_is_kept_from_its_time_on_and_never_before() {
    let minutes = [
        (at(559), Some(24_505.0)),
        (at(560), Some(24_512.0)),
        (at(561), Some(24_640.0)),
        (at(562), Some(24_655.0)),
    ];
    let strikes = |series: &str, minutes: &[_]| {
        let points = made(series, minutes);
        let strike = |point: &Point| (point.at.minute_of_day(), point.values.clone().map(|of| of[1]));
        points.iter().map(strike).collect::<Vec<_>>()
    };
    let kept = [(560, Ok(Some(24_500.0))), (561, Ok(Some(24_500.0))), (562, Ok(Some(24_500.0)))];
    assert_eq!(strikes("atm-straddle fixed=09:20", &minutes), kept);
    assert_eq!(strikes("atm-straddle", &minutes)[3], (562, Ok(Some(24_650.0))));
    let held = strikes("by-delta side=call delta=0.5 at=09:20 until=09:21", &minutes);
    assert_eq!(held, [(560, Ok(Some(24_500.0))), (561, Ok(Some(24_500.0)))], "to the minute, both included");
    let by_price = strikes("by-premium side=put premium=100 at=09:20 until=09:22", &minutes);
    assert!(by_price.iter().all(|(_, strike)| *strike == by_price[0].1) && by_price[0].1.is_ok());
    // The minute of the choice is missing: the day has no strike, and none of another day.
    let tomorrow = [(at(560), Some(24_512.0)), (day("2025-08-28").at_minute(561), Some(24_640.0))];
    let without = strikes("atm-straddle fixed=09:20", &tomorrow);
    assert_eq!(without[1], (561, Err(Gap::NothingChosen { from: "09:20".parse().unwrap() })));
    let far =
        made("by-premium side=put premium=9000", &[(at(560), Some(24_512.0)), (at(561), Some(24_512.0))]);
    assert!(far.iter().all(|point| matches!(point.values, Err(Gap::NotChosen(_)))), "{far:?}");
}

#[test]
fn a_strategy_sums_its_legs() {
    let (listed, terms) = (listed(), terms(EXPIRY));
    let place =
        |rupees, side| listed.iter().position(|of| of.strike == strike(rupees) && of.side == side).unwrap();
    let (call, put) = (place(24_600, Side::Call), place(24_500, Side::Put));
    let mut maker = StrategyMaker::new(vec![-1, 2, 1], Some(at(601)));
    let mut state = ChainState::new(terms, at(599), &listed);
    let mut points = Vec::new();
    let mut paid = Vec::new();
    for (minute_of_day, forward) in [(600, 24_612.0), (601, 24_620.0), (602, 24_580.0)] {
        let now = at(minute_of_day);
        state.advance(now, &minute(&listed, terms, now, forward));
        let snapshot = state.snapshot();
        let future = LegMinute::of_future(Some(Trade { price: price(forward), at: now }), 75);
        let legs = [call, put].map(|option| LegMinute::of_option(&snapshot, option));
        points.push(maker.minute(now, &[legs[0], legs[1], Some(future)]));
        paid.push([call, put].map(|option| snapshot.option(option).unwrap().last.price.to_rupees()));
        if minute_of_day == 602 {
            let delta = |rupees, side| snapshot.greeks(strike(rupees), side).unwrap().delta;
            let net = 75.0 * (2.0 * delta(24_500, Side::Put) - delta(24_600, Side::Call) + 1.0);
            assert!(is_near(points[2].values.clone().unwrap()[2], net));
        }
    }
    let values: Vec<_> = points.iter().map(|point| point.values.clone().unwrap()).collect();
    assert!(is_near(values[0][0], 24_612.0 - paid[0][0] + 2.0 * paid[0][1]));
    assert_eq!((values[0][1], values[1][1]), (None, Some(0.0)), "profit begins at its moment");
    let won = 75.0 * ((24_580.0 - 24_620.0) - (paid[2][0] - paid[1][0]) + 2.0 * (paid[2][1] - paid[1][1]));
    assert!(is_near(values[2][1], won), "{values:?} {won}");
    // A leg that is missing, and one that is old.
    assert_eq!(maker.minute(at(603), &[]).values, Err(Gap::LegUnpriced { leg: 0 }));
    let old = LegMinute::of_future(Some(Trade { price: price(24_600.0), at: at(600) }), 75);
    assert_eq!(maker.minute(at(603), &[Some(old); 3]).values, Err(Gap::LegUnpriced { leg: 0 }));
    let without = LegMinute { greeks: None, ..LegMinute::of_future(old.last, 75) };
    let point = maker.minute(at(602), &[Some(old), Some(without), Some(old)]);
    assert_eq!(point.values.unwrap()[2..], [None; 4], "no greeks without all of them");
}

/// In doubles 10.10 and 159.45 are 169.54999999999998.
#[test]
fn a_sum_of_prices_has_no_noise_of_doubles_in_it() {
    let listed = listed();
    let mut state = ChainState::new(terms(EXPIRY), at(600), &listed);
    let place = listed.iter().position(|of| of.strike == strike(24_600)).unwrap();
    state.advance(
        at(600),
        &[
            (CandleOf::Option(place), candle(at(600), 10.10, 75, 75)),
            (CandleOf::Option(place + 1), candle(at(600), 159.45, 75, 75)),
            (CandleOf::Option(place + 2), candle(at(600), 10.10, 75, 75)),
            (CandleOf::Option(place - 1), candle(at(600), 159.45, 75, 75)),
            (CandleOf::Future, candle(at(600), 24_600.1, 75, 0)),
            (CandleOf::Spot, candle(at(600), 24_590.2, 0, 0)),
        ],
    );
    let first = |series: &str| {
        let Ok(Series::OfExpiry(series)) = series.parse() else { panic!("{series}") };
        ExpirySeriesMaker::new(series).minute(&state.snapshot()).unwrap().values.unwrap()[0]
    };
    assert_eq!(first("atm-straddle"), Some(169.55));
    assert_eq!(first("strangle offset=1"), Some(169.55));
    assert_eq!(first("synthetic-future"), Some(24_450.65));
    assert_eq!(first("forward-basis"), Some(9.9));
}

/// In doubles this straddle won 1704.9999999999982, so that a target of 1705 was missed.
#[test]
fn a_profit_has_no_noise_of_doubles_in_it() {
    let mut maker = StrategyMaker::new(vec![-1, -1], Some(at(600)));
    let leg =
        |rupees, minute| Some(LegMinute::of_future(Some(Trade { price: price(rupees), at: at(minute) }), 50));
    maker.minute(at(600), &[leg(138.95, 600), leg(159.45, 600)]);
    let values = maker.minute(at(601), &[leg(134.7, 601), leg(129.6, 601)]).values.unwrap();
    assert_eq!(values[..2], [Some(-264.3), Some(1705.0)]);
}

#[test]
fn a_constant_time_lies_between_two_expiries() {
    let now = day("2025-08-11").at_minute(600);
    let expiries = ["2025-08-28", "2025-09-30", "2025-08-14"];
    let states = expiries.map(|expiry| state(&listed(), terms(expiry), now, 24_612.0));
    let snapshots: Vec<_> = states.iter().map(ChainState::snapshot).collect();
    let point = constant_maturity_point(ConstantMaturityOf { days: 30 }, now, &snapshots);
    let values = point.values.unwrap();
    assert!(is_near(values[0], smile(24_612.0, strike(24_600)).fraction()), "flat over time: {values:?}");
    let (near, far) = (values[1].unwrap(), values[2].unwrap());
    assert!((17.0..18.0).contains(&near) && (50.0..51.0).contains(&far), "{values:?}");
    let point = constant_maturity_point(ConstantMaturityOf { days: 90 }, now, &snapshots);
    assert_eq!(point.values, Err(Gap::NotAround { days: 90 }));
    let later = EpochSeconds(now.0 + 60);
    let point = constant_maturity_point(ConstantMaturityOf { days: 30 }, later, &snapshots);
    assert!(point.values.is_err(), "of another minute");
}

#[test]
fn realised_points_are_gaps_until_the_window_is_full() {
    let of = RealisedOf { window_minutes: 2, nights: Nights::Out };
    let closes =
        [(at(600), 100.0), (at(601), 101.0), (at(602), 100.0)].map(|(at, rupees)| (at, price(rupees)));
    let points = realised_points(of, closes);
    assert_eq!(points[1].values, Err(Gap::WindowNotFull));
    let wanted = ((101.0f64 / 100.0).ln().powi(2) * 94_500.0).sqrt();
    assert!(is_near(points[2].values.clone().unwrap()[0], wanted));
}

#[test]
fn coarser_points_are_the_last_ones_and_bars_turn_with_their_minutes() {
    let value = |minute: u16, rupees: f64| Point { at: at(minute), values: Ok(vec![Some(rupees), None]) };
    let gap = |minute: u16| Point { at: at(minute), values: Err(Gap::NoSpot) };
    let points =
        [value(555, 10.0), value(556, 12.0), value(557, 9.0), gap(559), gap(560), gap(564), value(565, 7.0)];
    let anchors = SessionAnchors::of(TradingCalendar::bundled());
    let coarse = coarser(&points, ChartInterval::MINUTE_5, &anchors);
    // The last minute of the first bar is a gap: the value two minutes before is of another moment.
    let wanted = [(555, Err(Gap::NoSpot)), (560, Err(Gap::NoSpot)), (565, Ok(vec![Some(7.0), None]))];
    let of = |point: &Point| (point.at.minute_of_day(), point.values.clone());
    assert_eq!(coarse.iter().map(of).collect::<Vec<_>>(), wanted);
    assert_eq!(coarser(&points[..3], ChartInterval::MINUTE_5, &anchors)[0].values, Ok(vec![Some(9.0), None]));
    assert_eq!(coarser(&points, ChartInterval::MINUTE_1, &anchors), points);
    let bars = value_bars(&points, ChartInterval::MINUTE_5, &anchors);
    assert_eq!(bars.len(), 2, "a bar of gaps alone is none");
    let first = bars[0].prices.unwrap();
    assert_eq!([first.open, first.high, first.low, first.close], [10.0, 12.0, 9.0, 9.0].map(price),);
}
