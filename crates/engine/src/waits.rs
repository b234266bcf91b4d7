//! What a request that would be made now waits for: the sign-in, a broker that is down, a pause that it asked for,
//! a full window. Computed when it is looked at, never stored.
//!
//! Short waits are the even pace of the limiter and no news, so they are not told.

use std::time::Duration;

use market::EpochSeconds;
use protocol::{Wait, WaitFor};
use ratelimit::{LimiterPicture, Priority, WindowPicture};

use crate::broker::Broker;

/// Shorter waits are not told.
pub(crate) const TOLD_FROM: Duration = Duration::from_secs(5);

impl Broker {
    /// What keeps a request of this priority from being sent now.
    pub(crate) fn wait(&self, priority: Priority) -> Option<Wait> {
        self.wait_for_sign_in().or_else(|| self.wait_signed_in(priority))
    }

    /// The same for who is signed in, or asks the session about that.
    pub(crate) fn wait_signed_in(&self, priority: Priority) -> Option<Wait> {
        self.wait_for_broker().or_else(|| self.hold(priority))
    }

    pub(crate) fn wait_for_sign_in(&self) -> Option<Wait> {
        self.session.token().err().map(|error| Wait {
            what: WaitFor::SignIn,
            until: None,
            sentence: error.to_string(),
        })
    }

    pub(crate) fn wait_for_broker(&self) -> Option<Wait> {
        let until = self.moment_in(self.breaker.open_for(self.clock.monotonic())?);
        let sentence = format!("Upstox fails again and again: one request tries at {}", clock_time(until));
        Some(Wait { what: WaitFor::Broker, until: Some(until), sentence })
    }

    /// A hold of the limiter that is worth telling.
    pub(crate) fn hold(&self, priority: Priority) -> Option<Wait> {
        let picture = self.limiter.picture();
        let wait = next_slot_in(&picture, priority).filter(|wait| *wait >= TOLD_FROM)?;
        let until = self.moment_in(wait);
        let is_pause = picture.parked_for.is_some_and(|parked| parked + Duration::from_secs(1) >= wait);
        let (what, sentence) = if is_pause {
            let asked = self.pause_asked_for().map(|asked| format!(" (Retry-After {} s)", asked.as_secs()));
            let asked = asked.unwrap_or_default();
            let text =
                format!("Upstox asked for a pause: nothing is asked until {}{asked}", clock_time(until));
            (WaitFor::Pause, text)
        } else {
            let limit = full_window(&picture.windows, wait).map(limit_words).unwrap_or_default();
            let text =
                format!("the rate limit{limit} is used up: nothing is asked until {}", clock_time(until));
            (WaitFor::RateLimit, text)
        };
        Some(Wait { what, until: Some(until), sentence })
    }

    /// In whole seconds, rounded up: what is told must not come before it is true.
    pub(crate) fn moment_in(&self, wait: Duration) -> EpochSeconds {
        let millis = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        EpochSeconds(
            self.clock.wall().as_millis().saturating_add(millis).saturating_add(999).div_euclid(1000),
        )
    }
}

pub(crate) fn next_slot_in(picture: &LimiterPicture, priority: Priority) -> Option<Duration> {
    match priority {
        Priority::Person => picture.next_for_person_in,
        Priority::Bulk => picture.next_slot_in,
    }
}

/// `14:32:10 IST`.
pub(crate) fn clock_time(moment: EpochSeconds) -> String {
    moment.to_ist().format("%H:%M:%S IST").to_string()
}

/// The fullest of the windows that are long enough to hold somebody for so long.
fn full_window(windows: &[WindowPicture], wait: Duration) -> Option<&WindowPicture> {
    let share = |window: &WindowPicture| f64::from(window.used) / f64::from(window.max.max(1));
    windows
        .iter()
        .filter(|window| window.period + TOLD_FROM >= wait)
        .max_by(|one, other| share(one).total_cmp(&share(other)).then(one.period.cmp(&other.period)))
}

/// ` of 2,000 requests in 30 minutes`.
fn limit_words(window: &WindowPicture) -> String {
    let seconds = window.period.as_secs();
    let period = match seconds {
        60 => "a minute".to_owned(),
        _ if seconds > 60 && seconds.is_multiple_of(60) => format!("{} minutes", seconds / 60),
        _ => format!("{seconds} s"),
    };
    format!(" of {} in {period}", crate::names::counted(window.max.into(), "request"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(max: u32, seconds: u64, used: u32) -> WindowPicture {
        WindowPicture { max, period: Duration::from_secs(seconds), used }
    }

    #[test]
    fn the_window_that_holds_is_the_fullest_that_can() {
        let windows = [window(50, 1, 50), window(500, 60, 490), window(2000, 1800, 1960)];
        let named = |seconds| full_window(&windows, Duration::from_secs(seconds)).map(limit_words).unwrap();
        assert_eq!(named(30), " of 2,000 requests in 30 minutes");
        assert_eq!(named(1500), " of 2,000 requests in 30 minutes");
        let windows = [window(50, 1, 0), window(500, 60, 500), window(2000, 1800, 700)];
        assert_eq!(
            full_window(&windows, Duration::from_secs(40)).map(limit_words).unwrap(),
            " of 500 requests in a minute"
        );
    }
}
