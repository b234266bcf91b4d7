//! What holds for all numbers, and that none makes it panic.

use analytics::series::{Adjustment, ContinuousFuture, ExpirySeriesMaker, FutureLife, Point, Series};
use analytics::{
    Black76, CandleOf, ChainState, ForwardSource, Instrument, Leg, ListedOption, Nights, Quote, Rate,
    RealisedVolatility, Settlement, Side, Terms, Trade, Volatility, YearFraction, day_vwap, delta_buckets,
    exponential_average, gamma_exposure, interest_between, simple_average,
};
use market::{Bar, Candle, Day, EpochSeconds, Paise, Price, Prices, Strike};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::world;

fn a_side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Call), Just(Side::Put)]
}

/// From eleven minutes to two years.
fn years() -> impl Strategy<Value = YearFraction> {
    (11i64..1_051_200).prop_map(|minutes| YearFraction::of_calendar_minutes(minutes).unwrap())
}

fn a_rate() -> impl Strategy<Value = Rate> {
    (-0.05f64..0.2).prop_map(|rate| Rate::new(rate).unwrap())
}

/// A model and a strike some deviations from its money.
fn a_strike() -> impl Strategy<Value = (Black76, Strike, Volatility)> {
    (50.0f64..100_000.0, years(), a_rate(), 0.02f64..2.0, -4.0f64..4.0).prop_map(
        |(forward, years, rate, volatility, deviations)| {
            let away = (deviations * volatility * years.years().sqrt()).clamp(-2.0, 2.0);
            let paise = (forward * away.exp() * 100.0).round().max(1.0);
            let model = Black76::new(forward, years, rate).unwrap();
            (model, Strike(Paise(paise as i64)), Volatility::new(volatility).unwrap())
        },
    )
}

proptest! {
    #[test]
    fn a_price_made_from_a_volatility_gives_it_back((model, strike, volatility) in a_strike(), side in a_side()) {
        let price = model.price(strike, side, volatility).unwrap();
        let greeks = model.greeks(strike, side, volatility).unwrap();
        // What is lost is what a double's last digits of the price are worth in volatility.
        let digits = price * 4.0 * f64::EPSILON / (greeks.vega * 100.0);
        prop_assume!(digits < 1e-4);
        let found = model.volatility(strike, side, price).unwrap().fraction();
        prop_assert!((found - volatility.fraction()).abs() <= 1e-10 + 4.0 * digits, "{} {}", found, volatility.fraction());
    }

    #[test]
    fn a_volatility_made_from_a_price_gives_it_back(
        (model, strike, _) in a_strike(), side in a_side(), part in 0.001f64..0.95
    ) {
        let (least, most) = (model.intrinsic(strike, side), model.most(strike, side));
        let price = least + (most - least) * part;
        let volatility = model.volatility(strike, side, price).unwrap();
        let found = model.price(strike, side, volatility).unwrap();
        prop_assert!((found - price).abs() <= 1e-9 * most, "{} {}", found, price);
    }

    #[test]
    fn more_volatility_never_costs_less(
        (model, strike, volatility) in a_strike(), side in a_side(), more in 1.0f64..10.0
    ) {
        let higher = Volatility::new(volatility.fraction() * more).unwrap();
        let [lower, higher] = [volatility, higher].map(|of| model.price(strike, side, of).unwrap());
        prop_assert!(higher >= lower - 1e-12 * model.forward());
        prop_assert!((0.0..=model.most(strike, side) * (1.0 + 1e-12)).contains(&lower));
    }

    #[test]
    fn calls_less_puts_are_the_discounted_forward_less_the_strike((model, strike, volatility) in a_strike()) {
        let [call, put] = Side::BOTH.map(|side| model.price(strike, side, volatility).unwrap());
        let parity = (model.forward() - strike.to_rupees()) / model.growth();
        prop_assert!((call - put - parity).abs() <= 1e-11 * model.forward());
        let [call, put] = Side::BOTH.map(|side| model.greeks(strike, side, volatility).unwrap());
        prop_assert!((call.delta - put.delta - 1.0 / model.growth()).abs() < 1e-12);
        prop_assert_eq!((call.gamma, call.vega), (put.gamma, put.vega));
    }

    /// Prices that keep put-call parity give the forward, and one volatility for both sides.
    #[test]
    fn parity_in_the_same_volatility_for_both_sides_out(
        forward in 20_000.0f64..30_000.0, minute in 555u16..900, days in 0i64..40
    ) {
        let terms = world::terms("2025-08-28");
        let at = terms.settlement.expiry().plus_days(-days).at_minute(minute);
        let money = (forward / 50.0).round() as i64 * 50;
        let options = world::ladder((-6..=6).map(|step| money + 50 * step));
        let state = world::state(&options, terms, at, forward);
        let snapshot = state.snapshot();
        let found = snapshot.forward().unwrap();
        let of_seven = matches!(found.source, ForwardSource::Parity { strikes: 7, .. });
        prop_assert!(of_seven, "{found:?}");
        prop_assert!((found.price - forward).abs() < 1e-5, "{} {}", found.price, forward);
        for strike in snapshot.strikes() {
            let [call, put] = Side::BOTH.map(|side| snapshot.own_volatility(strike, side));
            let (Ok(call), Ok(put)) = (call, put) else { continue };
            let vega = snapshot.greeks(strike, Side::Call).unwrap().vega * 100.0;
            // Prices are whole millionths.
            let rounding = 4e-6 / vega;
            prop_assert!((call.fraction() - put.fraction()).abs() < 1e-9 + rounding, "{call:?} {put:?}");
            let truth = world::smile(forward, strike).fraction();
            let of_strike = snapshot.volatility(strike).unwrap().volatility.fraction();
            prop_assert!((of_strike - truth).abs() < 1e-9 + 10.0 * rounding, "{of_strike} {truth}");
        }
    }
}

/// Whole numbers of every size, small ones often.
fn any_number() -> impl Strategy<Value = i64> {
    prop_oneof![4 => -5i64..200, 3 => 0i64..100_000_000_000, 1 => any::<i64>(), 1 => Just(i64::MAX), 1 => Just(i64::MIN)]
}

/// Millionths of a rupee, mostly of an option on a hundred rupees.
fn any_price() -> impl Strategy<Value = Price> {
    prop_oneof![6 => 0i64..12_000_000, 2 => 95_000_000i64..105_000_000, 1 => any_number()].prop_map(Price)
}

/// Mostly around a hundred rupees, and often the same.
fn any_strike() -> impl Strategy<Value = Strike> {
    prop_oneof![8 => (90i64..110).prop_map(|rupees| rupees * 100), 1 => any_number()]
        .prop_map(|paise| Strike(Paise(paise)))
}

/// In three minutes of the afternoon before the expiry, on the two days around them, and anywhere.
fn a_moment() -> impl Strategy<Value = EpochSeconds> {
    prop_oneof![8 => 1_756_287_000i64..1_756_287_180, 2 => 1_756_200_000i64..1_756_400_000, 1 => any::<i64>()]
        .prop_map(EpochSeconds)
}

fn any_trade() -> impl Strategy<Value = Option<Trade>> {
    proptest::option::weighted(0.9, (any_price(), a_moment()).prop_map(|(price, at)| Trade { price, at }))
}

fn a_future() -> impl Strategy<Value = Option<Trade>> {
    let near =
        (95_000_000i64..105_000_000, a_moment()).prop_map(|(price, at)| Trade { price: Price(price), at });
    prop_oneof![3 => near.prop_map(Some), 1 => any_trade()]
}

fn any_quote() -> impl Strategy<Value = Quote> {
    let tick = prop_oneof![8 => Just(5i64), 1 => any_number()];
    let option = (any_strike(), a_side(), tick, any_number())
        .prop_map(|(strike, side, tick, lot)| ListedOption { strike, side, tick: Paise(tick), lot });
    let number = || proptest::option::of(any_number());
    (option, any_trade(), number(), number(), any_number(), number()).prop_map(
        |(option, last, close, previous, volume, open_interest)| Quote {
            option,
            last,
            previous_close: close.map(Price),
            previous_open_interest: previous,
            volume,
            open_interest,
        },
    )
}

fn any_candle() -> impl Strategy<Value = (CandleOf, Candle)> {
    let of =
        prop_oneof![(0usize..12).prop_map(CandleOf::Option), Just(CandleOf::Future), Just(CandleOf::Spot)];
    (of, a_moment(), any_price(), any_number(), any_number()).prop_map(
        |(of, start, price, volume, interest)| {
            let prices = Prices { open: price, high: price, low: price, close: price };
            (of, Candle { start, prices, volume, open_interest: interest })
        },
    )
}

const EXPIRY_SERIES: [&str; 12] = [
    "atm-straddle",
    "strangle offset=1",
    "strangle points=50",
    "strangle delta=0.3",
    "atm-option side=put offset=-1",
    "by-premium side=call premium=1 at=00:00 until=23:59",
    "synthetic-future",
    "forward-basis",
    "atm-volatility",
    "skew",
    "max-pain",
    "open-interest strike=1",
];

fn a_forward() -> impl Strategy<Value = f64> {
    prop_oneof![6 => 80.0f64..120.0, 1 => any::<f64>()]
}

fn a_leg() -> impl Strategy<Value = Leg> {
    let instrument = prop_oneof![
        4 => (any_strike(), a_side()).prop_map(|(strike, side)| Instrument::Option { strike, side }),
        1 => Just(Instrument::Future)
    ];
    let lot = prop_oneof![6 => Just(75i64), 1 => any::<i64>()];
    let lots = prop_oneof![6 => -3i32..4, 1 => any::<i32>()];
    (instrument, lots, lot, any_price(), 28u32..31, a_forward(), any::<f64>()).prop_map(
        |(instrument, lots, lot, entry, day, forward, volatility)| Leg {
            instrument,
            lots,
            lot,
            entry,
            settlement: Settlement::of(Day::new(2025, 8, day).unwrap()),
            forward,
            volatility: Volatility::new(volatility).or(Volatility::new(0.2)),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_legs_panic_a_payoff(
        legs in vec(a_leg(), 0..8),
        forward in a_forward(),
        rate in a_rate(),
        costs in any::<f64>(),
    ) {
        if let Ok(strategy) = analytics::Strategy::new(legs, forward, rate)
            && let Ok(payoff) = strategy.with_costs(costs).payoff()
        {
            prop_assert!(payoff.break_even.iter().all(|price| !price.is_nan()), "{payoff:?}");
        }
    }
}

proptest! {
    #[test]
    fn no_input_panics_a_chain_and_what_it_says_is_finite(
        quotes in vec(any_quote(), 0..12),
        candles in vec(any_candle(), 0..12),
        (future, spot) in (a_future(), any_trade()),
        (at, then) in (a_moment(), a_moment()),
        rate in a_rate(),
    ) {
        let terms = Terms { settlement: Settlement::of(world::day("2025-08-28")), rate };
        let mut state = ChainState::of_quotes(terms, at, quotes, future, spot);
        let before = state.clone();
        state.advance(then, &candles);
        let snapshot = state.snapshot();
        let chain = snapshot.chain();
        for cell in chain.rows.iter().flat_map(|row| [&row.call, &row.put]).flatten() {
            let greeks = cell.greeks.unwrap_or_default();
            let numbers = [greeks.delta, greeks.gamma, greeks.vega, greeks.theta, cell.time_value.unwrap_or(0.0)];
            prop_assert!(numbers.iter().all(|number| number.is_finite()), "{cell:?}");
        }
        let _ = (snapshot.smile().skew(0.25, Volatility::new(0.1).unwrap()), gamma_exposure(&chain));
        let _ = delta_buckets(&snapshot, Side::Put, &[0.1, f64::NAN, -1.0]);
        let _ = interest_between(&before, &chain);
        for text in EXPIRY_SERIES {
            let Ok(Series::OfExpiry(series)) = text.parse() else { panic!("{text}") };
            if let Some(Point { values: Ok(values), .. }) = ExpirySeriesMaker::new(series).minute(&snapshot) {
                prop_assert!(values.iter().flatten().all(|value| value.is_finite()), "{text}: {values:?}");
            }
        }
        prop_assert!(serde_json::to_string(&chain).is_ok());
    }

    #[test]
    fn no_number_panics_the_model(
        forward in any::<f64>(), years in any::<f64>(), rate in any::<f64>(),
        volatility in any::<f64>(), price in any::<f64>(), paise in any_number(), side in a_side(),
    ) {
        let model = YearFraction::new(years)
            .zip(Rate::new(rate).or(Rate::new(rate.rem_euclid(0.5))))
            .and_then(|(years, rate)| Black76::new(forward, years, rate));
        if let Some(model) = model {
            let strike = Strike(Paise(paise));
            let found = model.volatility(strike, side, price);
            prop_assert!(found.is_none_or(|found| found.fraction().is_finite()));
            if let Some(volatility) = Volatility::new(volatility) {
                let _ = (model.price(strike, side, volatility), model.greeks(strike, side, volatility));
            }
        }
    }

    #[test]
    fn no_rows_panic_a_line_or_a_continuous_future(
        rows in vec(any_candle(), 0..20), others in vec(any_candle(), 0..20), length in any::<usize>(),
        (month, roll_days) in any::<(u16, u16)>(), window in any::<u16>(),
    ) {
        let [rows, others] = [rows, others].map(|of| of.into_iter().map(|(_, row)| row).collect::<Vec<Candle>>());
        let bars: Vec<Bar> = rows.iter().copied().map(Bar::from).collect();
        let _ = (day_vwap(&bars), simple_average(&bars, length), exponential_average(&bars, length));
        let futures = [(27, &rows), (28, &others), (29, &rows)]
            .map(|(day, candles)| FutureLife { expiry: Day::new(2025, 8, day).unwrap(), candles });
        for adjusted in [Adjustment::None, Adjustment::Difference] {
            let _ = ContinuousFuture { month, roll_days, adjusted }.of(&futures);
        }
        for nights in [Nights::In, Nights::Out] {
            let mut realised = RealisedVolatility::new(window, nights);
            for row in &rows {
                let found = realised.close(row.start, row.prices.close);
                prop_assert!(found.is_none_or(f64::is_finite), "{found:?}");
            }
        }
    }

    #[test]
    fn no_text_panics_the_reading_of_a_series(
        name in prop_oneof![Just("strategy".to_owned()), Just("by-delta".to_owned()), "\\PC{0,12}"],
        pairs in vec(("(side|delta|legs|from|until|since|\\PC{0,5})", "\\PC{0,20}"), 0..4),
    ) {
        let pairs = pairs.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        if let Err(error) = Series::read(&name, pairs) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    /// The same among numbers that get as far as the solver.
    #[test]
    fn no_price_panics_the_solver(
        forward in -3.0f64..13.0, years in -9.0f64..2.0, rate in -0.1f64..0.5, price in -9.0f64..14.0,
        paise in 0.0f64..15.0, side in a_side(), volatility in -12.0f64..6.0,
    ) {
        let power = |of: f64| 10f64.powf(of);
        let years = YearFraction::new(power(years)).unwrap();
        if let Some(model) = Black76::new(power(forward), years, Rate::new(rate).unwrap()) {
            let strike = Strike(Paise(power(paise) as i64));
            let found = model.volatility(strike, side, power(price));
            prop_assert!(found.is_none_or(|found| found.fraction().is_finite()));
            let volatility = Volatility::new(power(volatility)).unwrap();
            if let Some(price) = model.price(strike, side, volatility) {
                prop_assert!(price >= 0.0 && price <= model.most(strike, side) * (1.0 + 1e-9), "{price}");
            }
            let _ = model.greeks(strike, side, volatility);
        }
    }
}
