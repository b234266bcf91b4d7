//! Reading again what waits: when its time has come, and every few seconds where nobody can say when that is.

use leptos::prelude::*;
use protocol::Wait;

use super::live;
use crate::browser::compiled_once::{effect, memo};

/// How soon something is read again whose time is not known.
const EVERY_SECONDS: i64 = 3;

/// Runs `read` whenever what `waits` told of is due, by the server's clock.
pub fn read_again_when_due(
    waits: impl Fn() -> Option<Wait> + Send + Sync + 'static,
    read: impl Fn() + 'static,
) {
    let now = live().now();
    // Later than now in any case, so that each answer is followed by at most one more question.
    let due = memo(move || {
        let seen_at = now.get_untracked().0;
        waits().map(|wait| wait.until.map_or(seen_at + EVERY_SECONDS, |until| (until.0 + 1).max(seen_at + 2)))
    });
    let is_due = memo(move || due.get().is_some_and(|due| now.get().0 >= due));
    effect(move || {
        if is_due.get() {
            read();
        }
    });
}
