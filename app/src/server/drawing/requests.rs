//! The requests to the broker as rows of words.

use engine::RequestSubject;
use market::ChartInterval;
use protocol::{AuditLine, AuditPage};

use crate::drawn::{RequestLine, RequestLines};
use crate::format;
use crate::interval_words::interval_words;

/// Digits of a hash that tell answers apart.
const HASH_SHOWN: usize = 8;

/// A heading, and what is written under it: a line, and a smaller one below.
type Column = (&'static str, fn(&AuditLine, &RequestSubject) -> [String; 2]);

/// The columns of the log but for the job, which is a link: a new one is one line here.
const COLUMNS: [Column; 8] = [
    ("Time", |line, _| [format::time_with_seconds(line.at), format::day(line.at.day())]),
    ("Endpoint", |line, _| [line.endpoint.clone(), String::new()]),
    ("Instrument", |_, of| [of.name.clone(), of.key.clone()]),
    ("Days asked for", |line, _| [days(line), interval(line)]),
    ("Answer", |line, _| answer(line)),
    ("Rows and size", |line, _| [format::grouped(line.rows), format::bytes(line.bytes)]),
    ("Took", |line, _| {
        [format!("{} ms", format::grouped(line.duration_ms)), format!("try {}", line.attempt)]
    }),
    ("SHA-256 of the body", |line, _| [hash(line), String::new()]),
];

/// A page with what each of its requests was about.
pub(crate) fn request_lines(page: AuditPage, subjects: &[RequestSubject]) -> RequestLines {
    RequestLines {
        headings: COLUMNS.iter().map(|(heading, _)| (*heading).to_owned()).collect(),
        rows: page.lines.iter().zip(subjects).map(|(line, of)| row(line, of)).collect(),
        next: page.next,
    }
}

fn row(line: &AuditLine, of: &RequestSubject) -> RequestLine {
    let cells = COLUMNS.iter().map(|(_, write)| write(line, of)).collect();
    RequestLine { is_fault: line.code.is_some(), cells, job: line.job.map(|job| job.0) }
}

fn days(line: &AuditLine) -> String {
    match (line.from, line.to) {
        (Some(from), Some(to)) => format!("{} – {}", format::short_day(from), format::short_day(to)),
        _ => String::new(),
    }
}

/// One that no page knows is told as it was asked for.
fn interval(line: &AuditLine) -> String {
    let asked = line.interval.as_deref().unwrap_or_default();
    asked.parse::<ChartInterval>().map_or_else(|_| asked.to_owned(), interval_words)
}

fn answer(line: &AuditLine) -> [String; 2] {
    let status = line.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    [status, line.code.clone().unwrap_or_default()]
}

fn hash(line: &AuditLine) -> String {
    line.sha256.as_deref().and_then(|hash| hash.get(..HASH_SHOWN)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use market::EpochSeconds;
    use protocol::JobId;

    use super::*;

    /// Its cells, the smaller line after a slash.
    fn told(line: &AuditLine, of: &RequestSubject) -> Vec<String> {
        let cell = |[line, below]: &[String; 2]| match below.as_str() {
            "" => line.clone(),
            below => format!("{line} / {below}"),
        };
        row(line, of).cells.iter().map(cell).collect()
    }

    #[test]
    fn a_request_is_told_in_words() {
        let request = AuditLine {
            id: 8,
            at: EpochSeconds::parse_rfc3339("2025-08-28T18:42:07+05:30").unwrap(),
            job: Some(JobId(3)),
            endpoint: "historical-candle".to_owned(),
            key: "NSE_FO|71706|28-08-2025".to_owned(),
            interval: Some("1minute".to_owned()),
            from: Some("2025-05-30".parse().unwrap()),
            to: Some("2025-08-28".parse().unwrap()),
            status: Some(200),
            code: None,
            rows: 18_204,
            bytes: 1_234_567,
            sha256: Some("ab".repeat(32)),
            duration_ms: 212,
            attempt: 1,
        };
        let of = RequestSubject { name: "NIFTY 24500 CE 28 AUG 25".to_owned(), key: request.key.clone() };
        assert_eq!(
            told(&request, &of).join(" | ").replace("NSE_FO|71706|28-08-2025", "its key"),
            "18:42:07 / 28 Aug 2025 | historical-candle | NIFTY 24500 CE 28 AUG 25 / its key | \
             30 May 25 – 28 Aug 25 / 1 minute | 200 | 18,204 / 1.2 MB | 212 ms / try 1 | abababab"
        );
        assert_eq!((row(&request, &of).is_fault, row(&request, &of).job), (false, Some(3)));
        let code = Some("timeout".to_owned());
        let lost = AuditLine { status: None, code, sha256: None, interval: None, ..request };
        let told = told(&lost, &of);
        assert_eq!(
            (told[3].as_str(), told[4].as_str(), told[7].as_str()),
            ("30 May 25 – 28 Aug 25", "no answer / timeout", "")
        );
        assert!(row(&lost, &of).is_fault);
    }
}
