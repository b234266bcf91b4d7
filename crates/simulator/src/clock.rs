//! The three ways in which the simulator meets time, each replaceable: how long it has run, what the wall
//! says, and waiting. Nothing else here reads a clock.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

/// Time since some fixed moment; the referee counts by it.
pub type MonotonicClock = Arc<dyn Fn() -> Duration + Send + Sync>;
/// Epoch milliseconds; tokens end by it.
pub type WallClock = Arc<dyn Fn() -> i64 + Send + Sync>;
/// Waiting, for the latency that faults add.
pub type Wait = Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

#[expect(clippy::disallowed_methods, reason = "the one place where the simulator reads a monotonic clock")]
pub fn real_monotonic() -> MonotonicClock {
    let started = Instant::now();
    Arc::new(move || Instant::now().duration_since(started))
}

#[expect(clippy::disallowed_methods, reason = "the one place where the simulator reads the wall clock")]
pub fn real_wall() -> WallClock {
    Arc::new(|| {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
    })
}

#[expect(clippy::disallowed_methods, reason = "the one place where the simulator waits")]
pub fn real_wait() -> Wait {
    Arc::new(|duration| tokio::time::sleep(duration).boxed())
}
