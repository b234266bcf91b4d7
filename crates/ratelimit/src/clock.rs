//! Time as the limiter and the engine see it, and the one place that asks the real clocks.
//!
//! Everything that waits or looks at a clock takes a [`Clock`], so that a test can run hours in milliseconds.
//! This file refuses to know time zones or calendars.

use std::{
    future::Future,
    pin::Pin,
    sync::OnceLock,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// A source of time.
pub trait Clock: Send + Sync + 'static {
    /// Time since an arbitrary origin. Never goes back.
    fn monotonic(&self) -> Duration;

    /// The wall clock. People and time servers move it, in both directions.
    fn wall(&self) -> WallTime;

    /// Which boot of the machine this is, and the time since it; `None` where the system does not say.
    fn boot(&self) -> Option<BootTime>;

    /// Ends once [`Clock::monotonic`] has reached `monotonic`; at once if it already has.
    fn sleep_until(&self, monotonic: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// A moment of the wall clock, in milliseconds since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(i64);

impl WallTime {
    /// From milliseconds since 1970 UTC.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970 UTC.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970 UTC, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
}

/// The identity of one boot of the machine, and how long ago it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootTime {
    /// Differs between any two boots.
    pub id: String,
    /// Time since the boot, time asleep included.
    pub uptime: Duration,
}

/// The clocks of this machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    /// A clock whose monotonic origin is now.
    #[expect(clippy::disallowed_methods, reason = "this is the real clock")]
    pub fn new() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the real clock")]
    fn monotonic(&self) -> Duration {
        Instant::now().saturating_duration_since(self.origin)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the real clock")]
    fn wall(&self) -> WallTime {
        let now = SystemTime::now();
        let millis = match now.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
        };
        WallTime::from_millis(millis)
    }

    fn boot(&self) -> Option<BootTime> {
        Some(BootTime { id: boot_id()?.to_owned(), uptime: uptime()? })
    }

    fn sleep_until(&self, monotonic: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let deadline = self.origin.checked_add(monotonic);
        Box::pin(async move {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
                // Later than this machine can count to.
                None => std::future::pending().await,
            }
        })
    }
}

/// The identity of this boot; read once, because it cannot change under a running process.
fn boot_id() -> Option<&'static str> {
    static BOOT_ID: OnceLock<Option<String>> = OnceLock::new();
    BOOT_ID
        .get_or_init(|| {
            let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
            let id = text.trim();
            (!id.is_empty()).then(|| id.to_owned())
        })
        .as_deref()
}

/// Time since the boot in the kernel's hundredths of a second, rounded down.
fn uptime() -> Option<Duration> {
    parse_uptime(&std::fs::read_to_string("/proc/uptime").ok()?)
}

fn parse_uptime(text: &str) -> Option<Duration> {
    let seconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uptime_is_the_first_number() {
        assert_eq!(parse_uptime("350735.47 234388.90\n"), Some(Duration::from_millis(350_735_470)));
        assert_eq!(parse_uptime(""), None);
        assert_eq!(parse_uptime("-1.0 0"), None);
        assert_eq!(parse_uptime("never"), None);
    }

    #[test]
    fn the_system_clock_moves_forward_and_sleeps() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let clock = SystemClock::new();
        let until = clock.monotonic() + Duration::from_millis(5);
        runtime.block_on(clock.sleep_until(until));
        assert!(clock.monotonic() >= until);
        assert!(clock.wall().as_seconds() > 1_700_000_000);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_says_which_boot_this_is() {
        let clock = SystemClock::new();
        let (first, second) = (clock.boot().unwrap(), clock.boot().unwrap());
        assert_eq!(first.id, second.id);
        assert!(first.uptime <= second.uptime);
    }
}
