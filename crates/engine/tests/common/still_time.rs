//! Virtual time that stands still while anybody works, so that neither the disk nor this machine's speed passes for
//! time, and no test has to guess how long something takes.
//!
//! Blocking work has threads of its own, so no runtime can say whether anything is under way. The kernel can: when
//! every other thread of the process sleeps, twice in a row, and none was switched in between, nothing more
//! happens by itself. A thread that waits for the disk does not count as asleep. Tests that run beside each other in
//! one process wait for each other so; nothing but their length changes.

#![allow(dead_code, reason = "each program uses its own part")]
#![allow(clippy::allow_attributes, clippy::unwrap_used, reason = "a test says what broke by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use engine::VirtualClock;

/// Threads of this name look whether others work, and are not looked at.
const LOOKER: &str = "looker";
const REST: Duration = Duration::from_micros(50);

/// Moves the clock to the next deadline whenever nobody works.
pub struct StillTime {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl StillTime {
    pub fn start(clock: VirtualClock) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let look = move || {
            while !stopped.load(Ordering::Relaxed) {
                if nobody_works()
                    && let Some(deadline) = clock.next_deadline()
                {
                    clock.advance_to(deadline);
                }
                std::thread::sleep(REST);
            }
        };
        Self { stop, thread: Some(Builder::new().name(LOOKER.to_owned()).spawn(look).unwrap()) }
    }
}

impl Drop for StillTime {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic in there was printed when it happened.
            let _ = thread.join();
        }
    }
}

/// Ends when nothing more happens until somebody moves the clock.
pub async fn still() {
    let (tell, told) = tokio::sync::oneshot::channel();
    let look = move || {
        while !nobody_works() {
            std::thread::sleep(REST);
        }
        // Whoever wanted to know may be gone.
        let _ = tell.send(());
    };
    Builder::new().name(LOOKER.to_owned()).spawn(look).unwrap();
    told.await.unwrap();
}

#[cfg(target_os = "linux")]
fn nobody_works() -> bool {
    let look = || sleeping_threads().ok().flatten();
    look().is_some_and(|first| look() == Some(first))
}

/// Where the kernel does not say it, whoever works is given a moment.
#[cfg(not(target_os = "linux"))]
fn nobody_works() -> bool {
    std::thread::sleep(Duration::from_millis(20));
    true
}

/// The other threads with how often each was switched, or `None` when one of them is at work.
#[cfg(target_os = "linux")]
fn sleeping_threads() -> std::io::Result<Option<Vec<(String, String)>>> {
    let mut threads = Vec::new();
    for entry in std::fs::read_dir("/proc/self/task")? {
        let id = entry?.file_name().display().to_string();
        let status = std::fs::read_to_string(format!("/proc/self/task/{id}/status"))?;
        if status.starts_with(&format!("Name:\t{LOOKER}\n")) {
            continue;
        }
        if !status.contains("State:\tS") {
            return Ok(None);
        }
        let switches = status.split_once("voluntary_ctxt_switches").map(|(_, rest)| rest.to_owned());
        threads.push((id, switches.unwrap_or_default()));
    }
    Ok(Some(threads))
}
