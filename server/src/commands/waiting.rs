//! Telling a person at a terminal what a command waits for: once a hold, on standard error.

use std::time::Duration;

use engine::Engine;
use market::EpochSeconds;
use protocol::Wait;

use crate::output::tell;

/// How often it is looked whether something waits.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A wait that ends so little later than the one that was told is the same.
const SLACK_SECONDS: i64 = 2;

/// What was told last.
#[derive(Default)]
pub struct ToldWaits(Option<Option<EpochSeconds>>);

impl ToldWaits {
    /// Tells a wait that is new.
    pub fn tell(&mut self, wait: &Wait) {
        if self.is_news(wait) {
            tell(format!("waiting: {}", wait.sentence));
        }
    }

    fn is_news(&mut self, wait: &Wait) -> bool {
        let is_told = match (self.0, wait.until) {
            (None, _) => false,
            (Some(Some(told)), Some(until)) => until.0 <= told.0 + SLACK_SECONDS,
            (Some(told), until) => told == until,
        };
        self.0 = Some(wait.until);
        !is_told
    }
}

/// Carries `work` on, and tells what the engine waits for meanwhile.
pub async fn telling<T>(engine: &Engine, work: impl Future<Output = T>) -> T {
    telling_news(engine, &mut ToldWaits::default(), work).await
}

/// Like [`telling`], after something was told already.
pub async fn telling_news<T>(engine: &Engine, told: &mut ToldWaits, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = pause() => if let Some(wait) = engine.waits() { told.tell(&wait) },
        }
    }
}

/// The pause between two looks.
#[expect(clippy::disallowed_methods, reason = "telling a person is paced by real time")]
pub async fn pause() {
    tokio::time::sleep(LOOK_EVERY).await;
}

#[cfg(test)]
mod tests {
    use protocol::WaitFor;

    use super::*;

    #[test]
    fn a_hold_is_told_once() {
        let wait = |until: Option<i64>| Wait {
            what: WaitFor::Pause,
            until: until.map(EpochSeconds),
            sentence: "a pause".to_owned(),
        };
        let mut told = ToldWaits::default();
        let untils = [Some(100), Some(101), Some(200), None, None];
        assert_eq!(untils.map(|until| told.is_news(&wait(until))), [true, false, true, true, false]);
    }
}
