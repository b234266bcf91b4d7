//! How long a page waits before it tries the server again.
//!
//! The pauses grow up to a bound and are spread by chance, so that many pages do not return to a restarted
//! server in one moment. Chance comes from outside.

use std::time::Duration;

const PAUSE_FIRST: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Between a third of the bound and the bound, which doubles with each failure in a row. `chance` is 0 to 1.
pub(super) fn pause(failures: u32, chance: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(10);
    let bound = PAUSE_FIRST.saturating_mul(1 << doublings).min(PAUSE_MAX);
    bound / 3 + (bound * 2 / 3).mul_f64(chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_five_seconds_and_never_vanish() {
        let longest: Vec<_> =
            (1..=6).map(|failures| pause(failures, 1.0).as_millis().div_ceil(10) * 10).collect();
        assert_eq!(longest, [500, 1000, 2000, 4000, 5000, 5000]);
        assert!(pause(1, 0.0) >= Duration::from_millis(150));
        assert!(pause(u32::MAX, 1.0) <= PAUSE_MAX);
    }
}
