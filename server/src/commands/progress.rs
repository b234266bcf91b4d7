//! The progress of long work on a terminal; where there is none, only what went wrong is told.

use indicatif::{ProgressBar, ProgressStyle};
use protocol::{EventLevel, JobEvent, JobPicture};

use crate::output::tell;

pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub fn new() -> Self {
        Self { bar: bar("{bar:32} {pos}/{len} contracts · {msg}") }
    }

    pub fn draw(&self, job: &JobPicture) {
        self.bar.set_length(job.contracts.total);
        self.bar.set_position(job.contracts.finished());
        // The line above the bar says what for; the bar, that it is no accident that it stands.
        let until = job.waits.as_ref().and_then(|wait| wait.until);
        let held = until.map(|until| format!(" · waits until {}", until.to_ist().format("%H:%M:%S IST")));
        let held = held.unwrap_or_default();
        let left =
            job.seconds_left.map(|seconds| format!(" · {} left", duration(seconds))).unwrap_or_default();
        let faults = if job.errors > 0 { format!(" · {} faults", job.errors) } else { String::new() };
        self.bar
            .set_message(format!("{} candles · {} requests{faults}{held}{left}", job.candles, job.requests));
    }

    /// Warnings and errors stay readable above the bar.
    pub fn tell(&self, event: &JobEvent) {
        if matches!(event.level, EventLevel::Warning | EventLevel::Error) {
            self.bar.suspend(|| tell(format!("{}: {}", event.level.as_str(), event.message)));
        }
    }

    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// Counts what is done of a known number.
pub struct Counter {
    bar: ProgressBar,
}

impl Counter {
    /// `what`: for example "series checked".
    pub fn new(what: &str) -> Self {
        Self { bar: bar(&format!("{{bar:32}} {{pos}}/{{len}} {what} · {{eta}} left")) }
    }

    pub fn show(&self, done: usize, all: usize) {
        self.bar.set_length(all as u64);
        self.bar.set_position(done as u64);
    }

    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// Hidden by itself where standard error is no terminal.
fn bar(template: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    // The templates are constants; should one ever not parse, the default style does.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("█▉░"));
    }
    bar
}

/// `2 h 5 min`, `40 s`.
fn duration(seconds: u64) -> String {
    match seconds {
        0..=90 => format!("{seconds} s"),
        91..=5400 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}
