//! Waiting for a slot: as long as there is a sign-in, with a hold told to the job that it holds, and no longer than whoever
//! asks can wait.

use std::sync::PoisonError;
use std::time::Duration;

use protocol::{EventLevel, Wait, WaitFor};
use ratelimit::{Priority, Slot};
use secrecy::SecretString;
use store::NewEvent;

use super::{Asking, Broker};
use crate::error::EngineError;
use crate::waits::{clock_time, next_slot_in};

/// How often somebody who waits for a slot looks whether a hold has begun.
const HOLD_LOOKS: Duration = Duration::from_secs(5);
/// A hold that ends so little later than the one that was told is the same.
const HOLD_SLACK_SECONDS: i64 = 2;

impl Broker {
    pub(super) async fn slot_and_token(
        &self,
        asking: &Asking,
    ) -> Result<(Slot, SecretString, u64), EngineError> {
        let slot = self.while_signed_in(self.slot(asking)).await??;
        match self.session.token() {
            Ok((token, generation)) => Ok((slot, token, generation)),
            Err(error) => {
                slot.unused();
                Err(error)
            }
        }
    }

    /// Carries `work` on as long as there is a sign-in: whoever waits for something else must not outwait it.
    pub(crate) async fn while_signed_in<T>(&self, work: impl Future<Output = T>) -> Result<T, EngineError> {
        tokio::select! {
            biased;
            error = self.session.ended() => Err(error),
            done = work => Ok(done),
        }
    }

    /// Waits for a slot. A job is told of a hold, somebody without patience is sent away, and so is everybody where nothing
    /// could be kept of an answer.
    pub(super) async fn slot(&self, asking: &Asking) -> Result<Slot, EngineError> {
        self.store.refuse_frozen()?;
        tokio::select! {
            biased;
            slot = self.limiter.slot(asking.priority) => Ok(slot?),
            error = self.watch_hold(asking) => Err(error),
        }
    }

    /// Beside the waiting for a slot, which must go on being polled: it may hold the turn to write.
    async fn watch_hold(&self, asking: &Asking) -> EngineError {
        let began = self.clock.monotonic();
        loop {
            if let Err(error) = self.tell_hold(asking).await {
                return error;
            }
            let now = self.clock.monotonic();
            let mut looks_at = now + HOLD_LOOKS;
            if let Some(patience) = asking.patience {
                let next = next_slot_in(&self.limiter.picture(), asking.priority).unwrap_or_default();
                if now + next >= began + patience {
                    return EngineError::Waits(self.short_wait(asking.priority));
                }
                looks_at = looks_at.min(began + patience);
            }
            self.clock.sleep_until(looks_at).await;
        }
    }

    /// The hold, or where it is too short to be told, that there is one.
    fn short_wait(&self, priority: Priority) -> Wait {
        self.hold(priority).unwrap_or_else(|| {
            let next = next_slot_in(&self.limiter.picture(), priority);
            let until = self.moment_in(next.unwrap_or(Duration::from_secs(1)));
            let sentence = format!("waits for the rate limit until {}", clock_time(until));
            Wait { what: WaitFor::RateLimit, until: Some(until), sentence }
        })
    }

    /// Writes a hold into the log of the job that it holds: once, however many workers wait.
    async fn tell_hold(&self, asking: &Asking) -> Result<(), EngineError> {
        let (Some(job), Some(hold)) = (asking.job, self.hold(asking.priority)) else { return Ok(()) };
        let Some(until) = hold.until else { return Ok(()) };
        {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.is_some_and(|(of, end)| of == job && until.0 <= end.0 + HOLD_SLACK_SECONDS) {
                return Ok(());
            }
            *told = Some((job, until));
        }
        let (at, level) = (self.now(), EventLevel::Warning);
        let event = NewEvent { job, at, level, message: hold.sentence, expired_key: None };
        Ok(self.store.add_events(&[event]).await?)
    }
}
