//! Against an independent implementation: 240 rows of the Python package vollib 1.0.11, years of 365 days.

use analytics::{Black76, Rate, Side, Volatility, YearFraction};
use market::Strike;
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    rows: Vec<ReferenceRow>,
}

#[derive(Deserialize)]
struct ReferenceRow {
    forward: f64,
    strike: f64,
    years: f64,
    rate: f64,
    side: String,
    price: f64,
    volatility: f64,
    delta: f64,
    gamma: f64,
    vega_per_point: f64,
    theta_per_day: f64,
}

/// Below this a difference of two numbers near one has no digits left in either implementation.
const NOUGHT: f64 = 1e-18;

#[test]
fn volatility_price_and_greeks_of_all_rows() {
    let fixture: Fixture =
        serde_json::from_str(include_str!("../../fixtures/black76_reference.json")).unwrap();
    assert_eq!(fixture.rows.len(), 240);
    let (mut worst_volatility, mut worst_greek, mut worst_price) = (0.0f64, 0.0f64, 0.0f64);
    for row in &fixture.rows {
        let rate = Rate::new(row.rate).unwrap();
        let model = Black76::new(row.forward, YearFraction::new(row.years).unwrap(), rate).unwrap();
        let (strike, side) = (Strike::from_rupees(row.strike).unwrap(), row.side.parse::<Side>().unwrap());
        let volatility = Volatility::new(row.volatility).unwrap();
        let relative = |found: f64, wanted: f64| {
            let off = (found - wanted).abs();
            if off < NOUGHT { 0.0 } else { off / wanted.abs() }
        };
        worst_price = worst_price.max(relative(model.price(strike, side, volatility).unwrap(), row.price));
        let found = model.volatility(strike, side, row.price).unwrap();
        worst_volatility = worst_volatility.max((found.fraction() - row.volatility).abs());
        let greeks = model.greeks(strike, side, volatility).unwrap();
        for (found, wanted) in [
            (greeks.delta, row.delta),
            (greeks.gamma, row.gamma),
            (greeks.vega, row.vega_per_point),
            (greeks.theta, row.theta_per_day),
        ] {
            worst_greek = worst_greek.max(relative(found, wanted));
        }
    }
    println!("worst: volatility {worst_volatility:e}, greek {worst_greek:e}, price {worst_price:e}");
    assert!(worst_volatility < 1e-7, "{worst_volatility}");
    assert!(worst_greek < 1e-6, "{worst_greek}");
    assert!(worst_price < 1e-9, "{worst_price}");
}
