//! `expirytrack doctor`: one screen of what a helper would ask for. It works beside a server and where the database
//! cannot be opened, changes nothing, and tells no secret.

use std::time::Duration;

use engine::{Clock, Engine, Examination, FileNote, OwnerServer, SystemClock, examine};
use market::EpochSeconds;
use protocol::{EnvironmentVariable, LogLine, LogQuery, LogSeverity, Market};
use serde::Serialize;

use crate::arguments::Global;
use crate::build;
use crate::commands::serve::LOG_FOLDER;
use crate::commands::{moment, sentence};
use crate::environment;
use crate::exit::Exit;
use crate::log_tail;
use crate::output::{print, print_json, sized};
use crate::owner_client::OwnerClient;

/// A server on this machine answers at once, or it hangs.
const PATIENCE: Duration = Duration::from_secs(3);
/// Lines of the log that are told.
const BAD: LogQuery = LogQuery { level: Some(LogSeverity::Warn), search: None, limit: Some(5) };

#[derive(Serialize)]
struct Report {
    version: &'static str,
    commit: Option<&'static str>,
    sqlite: &'static str,
    system: String,
    /// Where requests go, without credentials.
    broker: String,
    limits: String,
    settings: &'static [EnvironmentVariable],
    #[serde(flatten)]
    examination: Examination,
    /// Of the server that has the data directory.
    server: Option<ServerNote>,
    /// The newest warnings and errors of the log, newest first.
    log: Vec<LogLine>,
}

#[derive(Serialize)]
struct ServerNote {
    lives: bool,
    /// `None`: its database answers.
    problem: Option<String>,
}

pub async fn run(global: &Global) -> anyhow::Result<Exit> {
    let now = EpochSeconds(SystemClock::new().wall().as_seconds());
    let data_dir = global.data_dir();
    let examination = examine(&data_dir, &global.unlock()?, now).await;
    // A process that was killed leaves its name behind, and holds nothing.
    let owner = Engine::owner(&data_dir).filter(|_| examination.owner.is_some());
    let report = Report {
        version: build::VERSION,
        commit: build::COMMIT,
        sqlite: engine::sqlite_version(),
        system: system(),
        broker: global.broker_address().to_string(),
        limits: global.limits().to_string(),
        settings: environment::variables(),
        server: match owner.and_then(|owner| Some((owner.server?, owner.market))) {
            Some((server, market)) => Some(server_note(server, market).await),
            None => None,
        },
        log: log_tail::newest(&data_dir.join(LOG_FOLDER), &BAD).lines,
        examination,
    };
    if global.json {
        print_json(&report)?;
    } else {
        print(&describe(&report))?;
    }
    Ok(Exit::Done)
}

/// `Debian GNU/Linux 13 (trixie), kernel 6.12.0, x86_64`.
fn system() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let release = read("/etc/os-release");
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let mut parts = vec![name.map_or(std::env::consts::OS, |name| name.trim_matches('"')).to_owned()];
    let kernel = read("/proc/sys/kernel/osrelease");
    if !kernel.trim().is_empty() {
        parts.push(format!("kernel {}", kernel.trim()));
    }
    parts.push(std::env::consts::ARCH.to_owned());
    parts.join(", ")
}

async fn server_note(server: OwnerServer, market: Market) -> ServerNote {
    let address = server.address.clone();
    let gone = |problem: String| ServerNote { lives: false, problem: Some(problem) };
    let client = match OwnerClient::new(server, market) {
        Ok(client) => client,
        Err(error) => return gone(sentence(&error)),
    };
    if !client.look("/healthz", PATIENCE).await.is_some_and(|(status, _)| status.is_success()) {
        return gone(format!("it does not answer at {address} within {} s", PATIENCE.as_secs()));
    }
    let problem = match client.look("/readyz", PATIENCE).await {
        Some((status, _)) if status.is_success() => None,
        Some((_, sentence)) => Some(sentence.trim().to_owned()),
        None => Some("it does not say whether its database answers".to_owned()),
    };
    ServerNote { lives: true, problem }
}

fn describe(report: &Report) -> String {
    let Examination { database, .. } = &report.examination;
    let mut screen = Screen::default();
    let commit = report.commit.map(|commit| format!(" ({commit})")).unwrap_or_default();
    screen.line("program", format!("ExpiryTrack {}{commit}, SQLite {}", report.version, report.sqlite));
    screen.line("system", report.system.clone());
    for (name, note) in ["data", "key", "database", "log of it"].into_iter().zip(&report.examination.files) {
        screen.line(name, describe_file(note));
    }
    let free = report.examination.free_bytes.map_or_else(|| "unknown".to_owned(), sized);
    screen.line("free disk", free);
    match (&database.problem, database.schema, database.newest_schema) {
        (Some(problem), ..) => screen.line("holds", format!("cannot be opened: {problem}")),
        (None, schema, newest) => {
            let source = database.source.as_deref().unwrap_or("nobody yet");
            let number = |of: Option<i64>| of.unwrap_or_default();
            screen
                .line("holds", format!("data of {source}, layout {} of {}", number(schema), number(newest)));
            let jobs = database.jobs.iter().map(|jobs| format!("{} {}", jobs.count, jobs.status.words()));
            screen.line("jobs", or_none(jobs.collect::<Vec<_>>().join(", ")));
            screen.line("asked last", database.last_request_at.map_or_else(|| "never".to_owned(), moment));
            let sign_in = database.sign_in.as_ref().map(|of| {
                format!("kept on {}; one for a day ends {}", moment(of.kept_at), moment(of.daily_end))
            });
            screen.line("sign-in", sign_in.unwrap_or_else(|| "none".to_owned()));
        }
    }
    screen.line("owner", describe_owner(report));
    screen.line("broker", format!("{}, limits {}", report.broker, report.limits));
    describe_care(&mut screen, &report.examination);
    for setting in report.settings {
        let value = setting.value.as_ref().map(|value| format!("={value}")).unwrap_or_default();
        let remark = setting.remark.as_ref().map(|remark| format!("  ({remark})")).unwrap_or_default();
        screen.line("setting", format!("{}{value}{remark}", setting.name));
    }
    for error in &database.errors {
        screen.line("error", format!("{}, job {}: {}", moment(error.at), error.job, error.message));
    }
    for line in &report.log {
        screen.line("log", format!("{}, {}: {}", moment(line.at), line.level.as_str(), line.text));
    }
    screen.text
}

fn describe_care(screen: &mut Screen, examination: &Examination) {
    let verify = match &examination.last_verify {
        None => "never on this machine".to_owned(),
        Some(last) if last.sound => format!("sound on {}", moment(last.at)),
        Some(last) => format!("NOT sound on {}: {}", moment(last.at), last.problems.join("; ")),
    };
    screen.line("verify", verify);
    let backups = match examination.newest_backup {
        None => "none in the data directory".to_owned(),
        Some(newest) => format!("{}, the newest of {}", examination.backups, moment(newest)),
    };
    screen.line("backups", backups);
    let clock = &examination.clock;
    let remark = clock.remark.as_deref().unwrap_or("fits the times of the files");
    screen.line("clock", format!("{}; {remark}", moment(clock.now)));
}

fn describe_file(note: &FileNote) -> String {
    let path = note.path.display();
    let Some(bytes) = note.bytes else { return format!("{path} is not there") };
    let is_folder = note.path.is_dir();
    let size = if is_folder { String::new() } else { format!(", {}", sized(bytes)) };
    let mode = note.mode.as_ref().map(|mode| format!(", {mode}")).unwrap_or_default();
    let remark = note.remark.as_ref().map(|remark| format!(": {remark}")).unwrap_or_default();
    format!("{path}{size}{mode}{remark}")
}

fn describe_owner(report: &Report) -> String {
    let Some(owner) = &report.examination.owner else { return "nobody has the data directory".to_owned() };
    match (&owner.address, &report.server) {
        (Some(address), Some(server)) => {
            let state = match (&server.problem, server.lives) {
                (None, _) => "it lives, and its database answers".to_owned(),
                (Some(problem), true) => format!("it lives, but {problem}"),
                (Some(problem), false) => problem.clone(),
            };
            format!("process {}, a server at {address}: {state}", owner.pid)
        }
        _ => format!("process {}, a command", owner.pid),
    }
}

fn or_none(text: String) -> String {
    if text.is_empty() { "none".to_owned() } else { text }
}

/// Lines under names.
#[derive(Default)]
struct Screen {
    text: String,
}

impl Screen {
    fn line(&mut self, name: &str, told: String) {
        self.text.push_str(&format!("{name:<10} {told}\n"));
    }
}
