//! A virtual clock that stands still while anybody works, so that neither the disk nor this machine's speed is
//! counted as the broker's latency.
//!
//! Blocking work has threads of its own, so no runtime can say whether anything is under way. The kernel can: when
//! every other thread of the process sleeps, twice in a row, and none was switched in between, nothing more
//! happens by itself, and time moves to the next deadline. A thread that waits for the disk does not count as
//! asleep.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use engine::VirtualClock;

const REST: Duration = Duration::from_micros(20);

pub struct StillTime {
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl StillTime {
    pub fn start(clock: VirtualClock) -> io::Result<Self> {
        // Where there is no such file, time would stand still for ever.
        sleeping_threads()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                if nobody_works()
                    && let Some(deadline) = clock.next_deadline()
                {
                    clock.advance_to(deadline);
                }
                std::thread::sleep(REST);
            }
        });
        Ok(Self { stop, thread: Some(thread) })
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

fn nobody_works() -> bool {
    let look = || sleeping_threads().ok().flatten();
    look().is_some_and(|first| look() == Some(first))
}

/// The other threads with how often each was switched, or `None` when one of them is at work.
fn sleeping_threads() -> io::Result<Option<Vec<(String, String)>>> {
    let me = fs::read_link("/proc/thread-self")?;
    let mut threads = Vec::new();
    for entry in fs::read_dir("/proc/self/task")? {
        let name = entry?.file_name();
        if me.ends_with(&name) {
            continue;
        }
        let status = fs::read_to_string(format!("/proc/self/task/{}/status", name.display()))?;
        if !status.contains("State:\tS") {
            return Ok(None);
        }
        let switches = status.split_once("voluntary_ctxt_switches").map(|(_, rest)| rest.to_owned());
        threads.push((name.display().to_string(), switches.unwrap_or_default()));
    }
    Ok(Some(threads))
}
