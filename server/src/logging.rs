//! What is logged, and where: to the terminal, and for a server to a file of its data directory too.

use std::io::IsTerminal;
use std::panic::PanicHookInfo;

use clap::ValueEnum;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{DefaultFields, Writer};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::log_file::LogFile;
use crate::output::tell;

/// Our own crates, as the log names them.
const CRATES: [&str; 9] =
    ["expirytrack", "access", "engine", "store", "upstox", "ratelimit", "simulator", "app", "export"];

/// How much is logged of this program; of what it is made of, warnings alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl LogLevel {
    fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }

    fn filter(self) -> EnvFilter {
        let others = if matches!(self, Self::Off | Self::Error) { self } else { Self::Warn };
        let own = CRATES.map(|name| format!(",{name}={}", self.as_str()));
        EnvFilter::new(format!("{}{}", others.as_str(), own.concat()))
    }
}

/// What is logged where nothing else is said: a terminal is for what somebody has to do, a file for what happened.
const ON_A_SERVERS_TERMINAL: LogLevel = LogLevel::Warn;
const IN_A_FILE: LogLevel = LogLevel::Info;
const OF_A_COMMAND: LogLevel = LogLevel::Error;

/// Starts logging. A level that is given counts before `RUST_LOG`, and either for both places. For a server there is
/// also the file, which is to be told where it lies, and a panic goes into both.
pub fn start(level: Option<LogLevel>, is_server: bool) -> Option<LogFile> {
    let directives = std::env::var("RUST_LOG").ok().filter(|text| !text.is_empty() && level.is_none());
    let problem = directives.as_ref().and_then(|text| EnvFilter::try_new(text).err());
    let filter = |usual: LogLevel| match (level, &directives) {
        (Some(level), _) => level.filter(),
        (None, Some(directives)) => EnvFilter::try_new(directives).unwrap_or_else(|_| usual.filter()),
        (None, None) => usual.filter(),
    };
    let usual = if is_server { ON_A_SERVERS_TERMINAL } else { OF_A_COMMAND };
    let terminal = fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    let terminal = terminal.with_target(false).with_filter(filter(usual));
    let file = is_server.then(LogFile::new);
    let into_file = file.clone().map(|file| {
        let layer =
            fmt::layer().with_ansi(false).fmt_fields(PlainFields).with_writer(move || Line(file.clone()));
        layer.with_filter(filter(IN_A_FILE))
    });
    tracing_subscriber::registry().with(terminal).with(into_file).init();
    if let Some(error) = problem {
        tell(format!("RUST_LOG cannot be read ({error}): the usual is logged"));
    }
    if is_server {
        std::panic::set_hook(Box::new(log_panic));
    }
    file
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    let message = panic.payload_as_str().unwrap_or("it left no words");
    tracing::error!(place, "a panic: {message}");
}

/// The fields of spans are kept once for all places that format them alike: without a name of its own the file would
/// get them in the colours of the terminal.
struct PlainFields;

impl<'writer> FormatFields<'writer> for PlainFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> std::fmt::Result {
        DefaultFields::new().format_fields(writer, fields)
    }
}

/// The file as `fmt` wants its writers.
struct Line(LogFile);

impl std::io::Write for Line {
    fn write(&mut self, event: &[u8]) -> std::io::Result<usize> {
        (&self.0).write(event)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_ours_and_what_we_are_made_of_only_warns() {
        assert!(LogLevel::Debug.filter().to_string().contains("engine=debug"));
        for (level, others) in [(LogLevel::Trace, "warn"), (LogLevel::Error, "error"), (LogLevel::Off, "off")]
        {
            let filter = level.filter().to_string();
            assert!(filter.split(',').any(|directive| directive == others), "{filter}");
        }
    }
}
