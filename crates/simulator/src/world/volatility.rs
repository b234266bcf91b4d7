//! The volatility that an option is priced with: the mood of the market at that moment, what is left of it until the
//! expiry, and the smile over the strikes. Refuses to know prices: it is given where the underlying is.

use super::numeric::{exp, ln};

/// A mood has passed by two thirds after so many sessions.
const MOOD_SESSIONS: f64 = 25.0;
/// How much dearer options become for a fall of the underlying, both in logarithms: 1 % down, 2.5 % dearer.
const FEAR: f64 = 2.5;
/// No fall and no rise makes more of a difference than this, in logarithms.
const FEAR_MAX: f64 = 0.35;

/// The level of the week, after the underlying came from `before` to `now`.
pub fn mood(level: f64, before: f64, now: f64) -> f64 {
    level * exp((FEAR * ln(before / now)).clamp(-FEAR_MAX, FEAR_MAX))
}

/// At the money with so many sessions to go: later expiries lie nearer to what is usual, so the term structure rises
/// in a calm market and falls in a frightened one.
pub fn at_the_money(usual: f64, mood: f64, sessions_to_go: f64) -> f64 {
    let passed = sessions_to_go / MOOD_SESSIONS;
    // The mean of what is left of it; below a hundredth that is all of it, and a difference of near numbers besides.
    let left = if passed < 0.01 { 1.0 } else { (1.0 - exp(-passed)) / passed };
    usual + (mood - usual) * left
}

/// Factor by distance of the strike in deviations, positive above the forward: puts below are dearer than calls above.
/// Flat beyond six.
pub fn smile(deviations: f64) -> f64 {
    let x = deviations.clamp(-6.0, 6.0);
    1.0 - 0.035 * x + 0.022 * x * x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fall_makes_options_dearer_and_the_near_ones_most() {
        let usual = 0.12;
        let (fallen, risen) = (mood(usual, 24_500.0, 24_000.0), mood(usual, 24_500.0, 25_000.0));
        assert!(risen < usual && usual < fallen, "{risen} {fallen}");
        assert!((fallen / usual - 1.053).abs() < 0.001, "2 % down is 5.3 % dearer: {fallen}");
        assert!((mood(usual, 24_500.0, 1.0) / usual - exp(FEAR_MAX)).abs() < 1e-12, "never without bound");
        let of = |mood: f64| [0.0, 1.0, 5.0, 20.0, 60.0].map(|sessions| at_the_money(usual, mood, sessions));
        assert!(of(fallen).is_sorted_by(|near, far| near > far) && of(fallen)[4] > usual);
        assert!(of(risen).is_sorted_by(|near, far| near < far) && of(risen)[4] < usual);
        assert_eq!(of(fallen)[0], fallen);
    }
}
