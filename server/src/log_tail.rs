//! The newest lines of the log on the disk, for who looks at it. The files are few and bounded, so all of them may be
//! searched; nothing is kept open and nothing is written.

use std::path::Path;

use market::EpochSeconds;
use protocol::{LOG_LINES, LOG_LINES_MAX, LogLine, LogLines, LogQuery, LogSeverity};

use crate::log_file;

/// The lines that are asked for, newest first.
pub fn newest(folder: &Path, query: &LogQuery) -> LogLines {
    let most = query.limit.unwrap_or(LOG_LINES).clamp(1, LOG_LINES_MAX) as usize;
    let search = query.search.as_deref().map(str::trim).unwrap_or_default().to_lowercase();
    let wanted = |line: &LogLine| {
        query.level.is_none_or(|level| line.level <= level)
            && (search.is_empty() || line.text.to_lowercase().contains(&search))
    };
    let mut lines = Vec::new();
    // The newest file is the last. One that was turned away meanwhile is missing, not wrong.
    for file in log_file::files(folder).iter().rev() {
        let bytes = std::fs::read(file).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let of_file = text.lines().rev().filter_map(parse).filter(wanted);
        lines.extend(of_file.take(most + 1 - lines.len()));
        if lines.len() > most {
            break;
        }
    }
    let has_more = lines.len() > most;
    lines.truncate(most);
    LogLines { folder: folder.display().to_string(), lines, has_more }
}

/// `2026-11-26T07:30:00.123456Z  INFO engine: what happened`. `None`: half a line, of a write that was cut.
fn parse(line: &str) -> Option<LogLine> {
    let (moment, rest) = line.split_once(' ')?;
    let (level, text) = rest.trim_start().split_once(' ')?;
    // Whole seconds are enough to people.
    let (second, _) = moment.split_once('.')?;
    Some(LogLine {
        at: EpochSeconds::parse_rfc3339(&format!("{second}Z"))?,
        level: LogSeverity::parse(level)?,
        text: text.trim_start().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::TempDir::new().unwrap();
        let line = |second: u32, level: &str, text: &str| {
            format!("2026-11-26T07:30:{second:02}.123456Z {level:>5} {text}\n")
        };
        let older = line(1, "INFO", "engine: a job is done job=1") + &line(2, "ERROR", "store: disk full");
        let newer = line(3, "WARN", "engine: a list is doubtful") + "half a li";
        std::fs::write(folder.path().join("expirytrack.log.1"), older).unwrap();
        std::fs::write(folder.path().join("expirytrack.log"), newer).unwrap();
        folder
    }

    fn texts(folder: &Path, query: LogQuery) -> (Vec<String>, bool) {
        let found = newest(folder, &query);
        (found.lines.into_iter().map(|line| line.text).collect(), found.has_more)
    }

    #[test]
    fn the_newest_come_first_over_all_files_and_half_a_line_is_left_out() {
        let folder = folder();
        let (all, has_more) = texts(folder.path(), LogQuery::default());
        assert_eq!(
            all,
            ["engine: a list is doubtful", "store: disk full", "engine: a job is done job=1"],
            "{has_more}"
        );
        assert!(!has_more);
        let first = &newest(folder.path(), &LogQuery::default()).lines[0];
        assert_eq!(
            (first.at.to_ist_text(), first.level),
            ("2026-11-26 13:00:03".to_owned(), LogSeverity::Warn)
        );
    }

    #[test]
    fn a_level_lets_the_graver_pass_and_a_search_knows_no_case() {
        let folder = folder();
        let warn = LogQuery { level: Some(LogSeverity::Warn), ..LogQuery::default() };
        assert_eq!(texts(folder.path(), warn).0, ["engine: a list is doubtful", "store: disk full"]);
        let found = LogQuery { search: Some(" JOB=1 ".to_owned()), ..LogQuery::default() };
        assert_eq!(texts(folder.path(), found).0, ["engine: a job is done job=1"]);
        let one = LogQuery { limit: Some(1), ..LogQuery::default() };
        assert_eq!(texts(folder.path(), one), (vec!["engine: a list is doubtful".to_owned()], true));
        assert_eq!(texts(Path::new("/no/such/folder"), LogQuery::default()), (vec![], false));
    }
}
