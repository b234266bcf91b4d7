//! The progress of a job on a terminal; where there is none, only what went wrong is told.

use indicatif::{ProgressBar, ProgressStyle};
use protocol::{EventLevel, JobEvent, JobPicture};

use crate::output::tell;

pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub fn new() -> Self {
        // Hidden by itself where standard error is no terminal.
        let bar = ProgressBar::new(0);
        let template = "{bar:32} {pos}/{len} contracts · {msg}";
        // A constant template; should it ever not parse, the default style does.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("█▉░"));
        }
        Self { bar }
    }

    pub fn draw(&self, job: &JobPicture) {
        self.bar.set_length(job.contracts.total);
        self.bar.set_position(job.contracts.finished());
        let left =
            job.seconds_left.map(|seconds| format!(" · {} left", duration(seconds))).unwrap_or_default();
        let faults = if job.errors > 0 { format!(" · {} faults", job.errors) } else { String::new() };
        self.bar.set_message(format!("{} candles · {} requests{faults}{left}", job.candles, job.requests));
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

/// `2 h 5 min`, `40 s`.
fn duration(seconds: u64) -> String {
    match seconds {
        0..=90 => format!("{seconds} s"),
        91..=5400 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}
