//! Translates the limiter's moments into times that outlive the process, and back.
//!
//! Every rounding here goes towards "later", because a request that counts too long does no harm. What is
//! believed about clocks, and what is not noticed, stands in `log.rs`.

use std::time::Duration;

use crate::{BootTime, Clock, SlotBlock, UNANSWERED_GRACE, moment::Moment};

/// The kernel tells the uptime in hundredths of a second, rounded down.
const UPTIME_RESOLUTION: Duration = Duration::from_millis(10);

/// The same instant on every clock.
#[derive(Debug)]
pub(crate) struct Stamp {
    now: Moment,
    wall_ms: i64,
    boot: Option<BootTime>,
}

impl Stamp {
    /// For writing: the lasting clocks are read last, so that what is written is late rather than early.
    pub(crate) fn for_recording(clock: &dyn Clock) -> Self {
        let now = Moment::from_monotonic(clock.monotonic());
        Self { now, wall_ms: clock.wall().as_millis(), boot: clock.boot() }
    }

    /// For reading: the lasting clocks are read first, so that too little time has passed rather than too much.
    pub(crate) fn for_loading(clock: &dyn Clock) -> Self {
        let (wall_ms, boot) = (clock.wall().as_millis(), clock.boot());
        Self { now: Moment::from_monotonic(clock.monotonic()), wall_ms, boot }
    }

    pub(crate) fn now(&self) -> Moment {
        self.now
    }

    /// The row of a block that is opened now.
    pub(crate) fn open(&self, id: i64, size: u32) -> SlotBlock {
        SlotBlock {
            id,
            size,
            used: None,
            opened_wall_ms: self.wall_ms,
            closed_wall_ms: None,
            boot_id: self.boot.as_ref().map(|boot| boot.id.clone()),
            opened_uptime_ms: self.boot.as_ref().map(|boot| millis(boot.uptime)),
            closed_uptime_ms: None,
        }
    }

    /// The row of a block whose last request ended `at`.
    pub(crate) fn close(&self, block: &SlotBlock, used: u32, at: Moment) -> SlotBlock {
        let from_now = at.plus(UPTIME_RESOLUTION).millis_from(self.now);
        let mut row = block.clone();
        row.used = Some(used);
        row.closed_wall_ms = Some(self.wall_ms.saturating_add(from_now));
        let boot_id = self.boot.as_ref().map(|boot| boot.id.clone());
        if row.boot_id != boot_id {
            // Opened before the machine restarted: that uptime belongs to another boot.
            row.opened_uptime_ms = None;
            row.boot_id = boot_id;
        }
        row.closed_uptime_ms = self.boot.as_ref().map(|boot| millis(boot.uptime).saturating_add(from_now));
        row
    }

    /// When the last request of a recorded block ended, or is believed to have.
    pub(crate) fn ended(&self, block: &SlotBlock) -> Moment {
        let latest = self.now.plus(UNANSWERED_GRACE);
        let elapsed_ms = match (&self.boot, &block.boot_id, block.closed_uptime_ms) {
            (Some(boot), Some(id), Some(closed)) if boot.id == *id => millis(boot.uptime).checked_sub(closed),
            _ => block.closed_wall_ms.and_then(|closed| self.wall_ms.checked_sub(closed)),
        };
        elapsed_ms.map_or(latest, |elapsed| self.now.minus_millis(elapsed).min(latest))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{VirtualClock, WallTime};

    fn clock() -> VirtualClock {
        let clock = VirtualClock::new(WallTime::from_millis(1_000_000));
        clock.reboot("first");
        clock.advance(Duration::from_secs(100));
        clock
    }

    fn closed_now(clock: &VirtualClock) -> SlotBlock {
        let stamp = Stamp::for_recording(clock);
        stamp.close(&stamp.open(1, 10), 3, stamp.now())
    }

    #[test]
    fn within_a_boot_the_wall_clock_does_not_matter() {
        let clock = clock();
        let block = closed_now(&clock);
        clock.advance(Duration::from_secs(50));
        for wall in [0, 1_150_000, 99_000_000_000] {
            clock.set_wall(WallTime::from_millis(wall));
            let stamp = Stamp::for_loading(&clock);
            assert_eq!(stamp.now().since(stamp.ended(&block)), Duration::from_millis(49_990));
        }
    }

    #[test]
    fn across_boots_the_wall_clock_counts_but_never_ahead() {
        let clock = clock();
        let block = closed_now(&clock);
        clock.advance(Duration::from_secs(50));
        clock.reboot("second");
        let stamp = Stamp::for_loading(&clock);
        assert_eq!(stamp.now().since(stamp.ended(&block)), Duration::from_millis(49_990));
        clock.set_wall(WallTime::from_millis(0));
        let stamp = Stamp::for_loading(&clock);
        assert_eq!(stamp.ended(&block), stamp.now().plus(UNANSWERED_GRACE));
    }

    #[test]
    fn nonsense_in_the_log_counts_as_now() {
        let clock = clock();
        let stamp = Stamp::for_loading(&clock);
        let mut block = closed_now(&clock);
        block.closed_uptime_ms = Some(i64::MIN);
        assert_eq!(stamp.ended(&block), stamp.now().plus(UNANSWERED_GRACE));
        block.boot_id = None;
        block.closed_wall_ms = None;
        assert_eq!(stamp.ended(&block), stamp.now().plus(UNANSWERED_GRACE));
    }
}
