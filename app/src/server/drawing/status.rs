//! What the status page tells of the program, its database and its use of the broker, in words.

use protocol::{ApiUse, HealthPicture, LogLine, LogLines, LogSeverity, LoopPicture, StatusPicture};

use super::chart::requests_chart;
use crate::drawn::{ApiUseDrawn, EndpointLine, ErrorLine, LoopLine, ProgramLine, ProgramLines, StatusFigure};
use crate::format;

/// Digits of a commit that tell it from others.
const COMMIT_SHOWN: usize = 9;

pub(crate) fn status_figures(status: &StatusPicture) -> Vec<StatusFigure> {
    let HealthPicture {
        commit,
        started_at,
        memory_bytes,
        log_bytes,
        free_bytes,
        last_verify,
        last_backup,
        ..
    } = &status.health;
    let bytes = |bytes: &Option<u64>| bytes.map_or_else(|| "unknown".to_owned(), format::bytes);
    let commit = commit.as_ref().map(|commit| format!(" · {}", commit.get(..COMMIT_SHOWN).unwrap_or(commit)));
    let (checked, checked_detail) = match last_verify {
        None => ("never".to_owned(), "all of it is checked from the command line".to_owned()),
        Some(last) if last.sound => ("sound".to_owned(), format!("{} IST", format::moment(last.at))),
        Some(last) => ("not sound".to_owned(), last.problems.join("; ")),
    };
    vec![
        figure(
            "Database",
            format::bytes(status.database_bytes),
            format!("and {} of write-ahead log · {}", format::bytes(*log_bytes), status.database),
        ),
        figure("Free disk", bytes(free_bytes), "where the database lies".to_owned()),
        StatusFigure {
            is_wrong: last_verify.as_ref().is_some_and(|last| !last.sound),
            ..figure("Last check", checked, checked_detail)
        },
        figure(
            "Last backup",
            last_backup.map_or_else(|| "none".to_owned(), |at| format::day(at.day())),
            last_backup.map_or_else(
                || "in the data directory".to_owned(),
                |at| format!("{} IST, in the data directory", format::time(at)),
            ),
        ),
        figure("Memory", bytes(memory_bytes), format!("running since {} IST", format::moment(*started_at))),
        figure("Requests sent", format::grouped(status.requests), "each stands in the log below".to_owned()),
        figure(
            "ExpiryTrack",
            status.version.clone(),
            format!("SQLite {}, layout {}{}", status.sqlite, status.schema, commit.unwrap_or_default()),
        ),
    ]
}

fn figure(name: &str, number: String, detail: String) -> StatusFigure {
    StatusFigure { name: name.to_owned(), number, detail, is_wrong: false }
}

pub(crate) fn api_use_drawn(of: &ApiUse) -> ApiUseDrawn {
    let (answered, faults) = (of.answered.iter().sum::<u64>(), of.faults.iter().sum::<u64>());
    let outcomes =
        of.outcomes.iter().map(|end| format!("{} ({})", end.outcome, format::grouped(end.requests)));
    let remark = if of.is_part { "; older ones of the day are not counted" } else { "" };
    let words = match answered + faults {
        0 => "Nothing was asked of Upstox in the last 24 hours.".to_owned(),
        _ => format!("Answers: {}{remark}", outcomes.collect::<Vec<_>>().join(" · ")),
    };
    let line = |of: &protocol::EndpointUse| EndpointLine {
        endpoint: of.endpoint.clone(),
        requests: format::grouped(of.requests),
        faults: format::grouped(of.faults),
        p50: format!("{} ms", format::grouped(of.p50_ms)),
        p95: format!("{} ms", format::grouped(of.p95_ms)),
    };
    ApiUseDrawn { chart: requests_chart(of), words, endpoints: of.endpoints.iter().map(line).collect() }
}

pub(crate) fn error_lines(health: &HealthPicture) -> Vec<ErrorLine> {
    let line = |error: &protocol::JobError| ErrorLine {
        at: format::moment(error.at),
        job: error.job.0,
        message: error.message.clone(),
    };
    health.errors.iter().map(line).collect()
}

pub(crate) fn program_lines(lines: LogLines) -> ProgramLines {
    let row = |line: LogLine| ProgramLine {
        at: line.at.to_ist_text(),
        level: line.level.as_str().to_owned(),
        is_fault: line.level == LogSeverity::Error,
        text: line.text,
    };
    ProgramLines {
        folder: lines.folder,
        rows: lines.lines.into_iter().map(row).collect(),
        has_more: lines.has_more,
    }
}

/// `running since 26 Nov 2026, 07:30 IST; started again 2 times`; or since when it is ended, and why.
pub(crate) fn loop_in_words(picture: &LoopPicture) -> LoopLine {
    let since = format::moment(picture.since);
    let why = picture.why.as_deref().unwrap_or_default();
    let words = match (picture.running, picture.restarts) {
        (true, 0) => format!("running since {since} IST"),
        (true, restarts) => {
            let times = format::counted(restarts.into(), "time", "times");
            format!("running since {since} IST, started again {times}; it had ended: {why}")
        }
        (false, _) if why.is_empty() => format!("ended at {since} IST, as it was asked to"),
        (false, _) => format!("ended at {since} IST: {why}. Start ExpiryTrack again"),
    };
    LoopLine { name: loop_name(&picture.name), is_running: picture.running, words }
}

/// What it sees to, as pages call it; the log of the program and other programs have its short name.
fn loop_name(short: &str) -> String {
    let name = match short {
        "jobs" => "Jobs",
        "schedules" => "Schedules",
        "deliveries" => "Sending of notices",
        "backups" => "Backups",
        "exports" => "Exports",
        "lake" => "Publishing into the lake",
        "sign-in" => "End of the sign-in",
        other => other,
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use market::EpochSeconds;
    use protocol::{EndpointUse, OutcomeCount};

    use super::*;

    #[test]
    fn a_loop_says_whether_it_runs_since_when_and_why_not() {
        let since = EpochSeconds::parse_rfc3339("2026-11-26T07:30:00+05:30").unwrap();
        let mut picture =
            LoopPicture { name: "jobs".to_owned(), running: true, since, restarts: 0, why: None };
        assert!(loop_in_words(&picture).words.starts_with("running since "));
        picture.restarts = 2;
        picture.why = Some("a fault".to_owned());
        let again = loop_in_words(&picture).words;
        assert!(again.contains("started again 2 times") && again.contains("a fault"), "{again}");
        picture.running = false;
        let ended = loop_in_words(&picture);
        assert!(ended.words.contains("IST: a fault. Start ExpiryTrack again"), "{}", ended.words);
        assert!(!ended.is_running);
        for (short, name) in [("jobs", "Jobs"), ("deliveries", "Sending of notices"), ("new", "new")] {
            assert_eq!(loop_in_words(&LoopPicture { name: short.to_owned(), ..picture.clone() }).name, name);
        }
    }

    #[test]
    fn a_day_without_a_request_says_so_and_others_how_it_went() {
        let from = EpochSeconds(0);
        let mut of = ApiUse {
            from,
            seconds: 1_800,
            answered: vec![0; 48],
            faults: vec![0; 48],
            outcomes: vec![],
            endpoints: vec![],
            is_part: false,
        };
        assert!(api_use_drawn(&of).words.starts_with("Nothing was asked"));
        of.answered[3] = 1_200;
        of.faults[4] = 3;
        of.outcomes = vec![
            OutcomeCount { outcome: "200".to_owned(), requests: 1_200 },
            OutcomeCount { outcome: "429 UDAPI10005".to_owned(), requests: 3 },
        ];
        of.endpoints = vec![EndpointUse {
            endpoint: "expiries".to_owned(),
            requests: 1_203,
            faults: 3,
            p50_ms: 212,
            p95_ms: 1_400,
        }];
        let told = api_use_drawn(&of);
        assert_eq!(told.words, "Answers: 200 (1,200) · 429 UDAPI10005 (3)");
        assert_eq!((told.endpoints[0].p95.as_str(), told.chart.lines.len()), ("1,400 ms", 2));
        of.is_part = true;
        assert!(api_use_drawn(&of).words.ends_with("older ones of the day are not counted"));
    }
}
