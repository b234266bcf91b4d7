//! What a contract is worth: the future above the spot by its carry, an option on that forward by Black-76
//! with a smile. Prices leave here on their tick. Refuses nothing: a worthless option costs one tick.

use market::{ContractKind, Day};

use super::catalogue::UnderlyingSpec;
use super::numeric::{Draws, exp, ln, normal_cdf};
use super::volatility::smile;

/// Five paise [OBS S3].
pub const OPTION_TICK: i64 = 5;
/// Ten paise [OBS S3, August 2025]. Before 2025-04-15 it was five; the simulator does not follow that.
pub const FUTURE_TICK: i64 = 10;
/// For discounting; any sensible value will do.
const INTEREST: f64 = 0.06;
const DAYS_A_YEAR: f64 = 365.0;

/// Yearly carry of an expiry, 3 to 6 %. The captured future's own carry is near 3.3 % [derived: Nifty closed
/// about 0.24 % below it].
pub fn carry(spec: &UnderlyingSpec, seed: u64, expiry: Day, captured_expiry: Day) -> f64 {
    if spec.slot == 0 && expiry == captured_expiry {
        return 0.033;
    }
    let month = expiry.days_since_1970().unsigned_abs();
    0.03 + 0.03 * Draws::of(&[seed, 5, spec.slot, month]).unit()
}

/// Forward over spot, on a day.
pub fn growth(carry: f64, day: Day, expiry: Day) -> f64 {
    let days = expiry.days_since_1970() - day.days_since_1970();
    exp(carry * days.max(0) as f64 / DAYS_A_YEAR)
}

/// Rounds rupees to the tick, in paise, never below one tick. (`f64::round` would be a call into libm.)
pub fn on_tick(rupees: f64, tick: i64) -> i64 {
    ((rupees * 100.0 / tick as f64 + 0.5) as i64).max(1) * tick
}

pub struct OptionValue {
    pub price: f64,
    /// What it was priced with: that at the money, with the smile.
    pub volatility: f64,
    /// Change of the price for a change of the forward.
    pub delta: f64,
}

/// `years` to expiry; `volatility` at the money.
pub fn option_value(
    kind: ContractKind,
    forward: f64,
    strike: f64,
    years: f64,
    volatility: f64,
) -> OptionValue {
    let is_call = kind != ContractKind::Put;
    let intrinsic = if is_call { forward - strike } else { strike - forward };
    // Below a minute to go, nothing but the intrinsic value is left.
    const YEARS_MIN: f64 = 1e-5;
    if years < YEARS_MIN {
        let delta = if intrinsic > 0.0 { 1.0 } else { 0.0 };
        let delta = if is_call { delta } else { -delta };
        return OptionValue { price: intrinsic.max(0.0), volatility, delta };
    }
    let root = years.sqrt();
    let distance = ln(forward / strike);
    let smiled = volatility * smile(-distance / (volatility * root));
    let deviation = smiled * root;
    let d1 = distance / deviation + 0.5 * deviation;
    let discount = exp(-INTEREST * years);
    let (one, other) = (normal_cdf(d1), normal_cdf(d1 - deviation));
    // The side out of the money is computed, the other follows from parity: no difference of large numbers.
    let out_is_call = strike >= forward;
    let out = if out_is_call {
        forward * one - strike * other
    } else {
        strike * (1.0 - other) - forward * (1.0 - one)
    };
    let price = discount * if is_call == out_is_call { out } else { out + (forward - strike).abs() };
    let delta = discount * if is_call { one } else { one - 1.0 };
    OptionValue { price: price.max(0.0), volatility: smiled, delta }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parity_and_bounds_hold() {
        for strike in [20_000.0, 24_000.0, 24_500.0, 25_000.0, 30_000.0] {
            for years in [0.3, 0.02, 0.001, 0.0] {
                let call = option_value(ContractKind::Call, 24_500.0, strike, years, 0.13);
                let put = option_value(ContractKind::Put, 24_500.0, strike, years, 0.13);
                let parity = exp(-INTEREST * years) * (24_500.0 - strike);
                assert!((call.price - put.price - parity).abs() < 0.01, "{strike} {years}");
                assert!(call.price >= 0.0 && put.price >= 0.0);
                assert!((0.0..=1.0).contains(&call.delta) && (-1.0..=0.0).contains(&put.delta));
            }
        }
        // A month at the money and 13 %: about 0.4 σ √T of the forward.
        let call = option_value(ContractKind::Call, 24_500.0, 24_500.0, 1.0 / 12.0, 0.13);
        assert!((330.0..400.0).contains(&call.price), "{}", call.price);
    }

    #[test]
    fn prices_lie_on_the_tick_and_never_at_nought() {
        assert_eq!(on_tick(0.0, OPTION_TICK), 5);
        assert_eq!(on_tick(12.34, OPTION_TICK), 1_235);
        assert_eq!(on_tick(24_618.93, FUTURE_TICK), 2_461_890);
    }
}
