//! When the minutes of a day are told. A minute is told when the one before it has lasted as long as it did then, by the
//! speed; a minute that is sought is told at once, also by a player that stands still. Nothing is piled up for a
//! listener who is slower than the speed: the next minute comes late, and none is left out.

use std::sync::Arc;
use std::time::Duration;

use market::{EpochSeconds, TimeOfDay};
use protocol::{ReplayCommand, ReplaySpeed, ReplayState};
use ratelimit::Clock;

use super::MINUTE_SECONDS;
use super::day::ReplayDay;
use crate::error::EngineError;

/// See the module.
pub struct Player {
    clock: Arc<dyn Clock>,
    minutes: Arc<[EpochSeconds]>,
    day: ReplayDay,
    /// The place of the minute that is told next.
    next: usize,
    speed: ReplaySpeed,
    pace: Pace,
    /// The next minute was asked for, and waits for nothing.
    is_asked_for: bool,
    /// The end was told.
    is_over: bool,
}

#[derive(Clone, Copy)]
enum Pace {
    /// The next minute is due then.
    Playing { due: Duration },
    /// So long before the next minute.
    Standing { left: Duration },
}

/// What a player comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Played {
    Minute(EpochSeconds),
    /// The last minute is over; nothing comes any more unless somebody seeks.
    End,
}

impl Player {
    pub(super) fn playing(
        day: &ReplayDay,
        clock: Arc<dyn Clock>,
        from: Option<TimeOfDay>,
        speed: ReplaySpeed,
    ) -> Result<Self, EngineError> {
        let due = clock.monotonic();
        let player = Self::standing_by(day, clock, from, speed)?;
        Ok(Self { pace: Pace::Playing { due }, is_asked_for: true, ..player })
    }

    /// The first minute is over, and told, when it has been played.
    pub(super) fn standing_by(
        day: &ReplayDay,
        clock: Arc<dyn Clock>,
        from: Option<TimeOfDay>,
        speed: ReplaySpeed,
    ) -> Result<Self, EngineError> {
        let next = from.map_or(Ok(0), |from| day.place_of(from))?;
        let pace = Pace::Standing { left: played(MINUTE_SECONDS, speed) };
        let minutes = day.shared_minutes();
        Ok(Self { clock, minutes, day: day.clone(), next, speed, pace, is_asked_for: false, is_over: false })
    }

    /// The next minute, when it is due. Whoever gives up waiting loses nothing.
    pub async fn next(&mut self) -> Played {
        if !self.is_asked_for {
            match self.pace {
                Pace::Playing { due } if !self.is_over => self.clock.sleep_until(due).await,
                Pace::Playing { .. } | Pace::Standing { .. } => std::future::pending().await,
            }
        }
        let Some(at) = self.upcoming() else {
            self.is_over = true;
            return Played::End;
        };
        self.next += 1;
        self.is_asked_for = false;
        let lasts = self.minutes.get(self.next).map_or(MINUTE_SECONDS, |next| next.0 - at.0);
        let lasts = played(lasts, self.speed);
        self.pace = match self.pace {
            Pace::Playing { due } => Pace::Playing { due: (due + lasts).max(self.clock.monotonic()) },
            Pace::Standing { .. } => Pace::Standing { left: lasts },
        };
        Played::Minute(at)
    }

    pub fn tell(&mut self, command: ReplayCommand) -> Result<(), EngineError> {
        match command {
            ReplayCommand::Pause => self.pace = Pace::Standing { left: self.left() },
            ReplayCommand::Play => self.pace = self.playing_after(self.left()),
            ReplayCommand::Speed { speed } => {
                let left = self.left().mul_f64(self.speed.get() / speed.get());
                self.speed = speed;
                self.pace = match self.pace {
                    Pace::Playing { .. } => self.playing_after(left),
                    Pace::Standing { .. } => Pace::Standing { left },
                };
            }
            ReplayCommand::Seek { to } => {
                self.next = self.day.place_of(to)?;
                (self.is_asked_for, self.is_over) = (true, false);
                if let Pace::Playing { .. } = self.pace {
                    self.pace = self.playing_after(Duration::ZERO);
                }
            }
        }
        Ok(())
    }

    pub fn state(&self) -> ReplayState {
        ReplayState {
            playing: matches!(self.pace, Pace::Playing { .. }) && !self.is_over,
            speed: self.speed,
            next: self.upcoming().map(TimeOfDay::of),
        }
    }

    /// The minute that is told next; none at the end.
    pub fn upcoming(&self) -> Option<EpochSeconds> {
        self.minutes.get(self.next).copied()
    }

    /// The minute before the next one; none at the beginning.
    pub fn last(&self) -> Option<EpochSeconds> {
        self.next.checked_sub(1).map(|place| self.minutes[place])
    }

    /// Until the next minute, by the speed.
    fn left(&self) -> Duration {
        match self.pace {
            Pace::Playing { due } => due.saturating_sub(self.clock.monotonic()),
            Pace::Standing { left } => left,
        }
    }

    fn playing_after(&self, left: Duration) -> Pace {
        Pace::Playing { due: self.clock.monotonic() + left }
    }
}

/// How long seconds of then last now.
fn played(seconds: i64, speed: ReplaySpeed) -> Duration {
    let seconds = u64::try_from(seconds).unwrap_or_default();
    Duration::from_secs(seconds).div_f64(speed.get())
}
