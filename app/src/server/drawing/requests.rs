//! The requests to the broker as rows of words.

use protocol::{AuditLine, AuditPage};

use crate::drawn::{RequestLine, RequestLines};
use crate::format;

/// Digits of a hash that tell answers apart.
const HASH_SHOWN: usize = 8;

/// A heading and what is written under it.
type Column = (&'static str, fn(&AuditLine) -> String);

/// The columns of the log but for the job, which is a link: a new one is one line here.
const COLUMNS: [Column; 11] = [
    ("Time", |line| line.at.to_ist_text()),
    ("Endpoint", |line| line.endpoint.clone()),
    ("Key", |line| line.key.clone()),
    ("Interval", |line| line.interval.clone().unwrap_or_default()),
    ("Days asked for", days),
    ("Answer", answer),
    ("Rows", |line| format::grouped(line.rows)),
    ("Bytes", |line| format::grouped(line.bytes)),
    ("Took", |line| format!("{} ms", format::grouped(line.duration_ms))),
    ("Try", |line| line.attempt.to_string()),
    ("SHA-256 of the body", |line| {
        line.sha256.as_deref().and_then(|hash| hash.get(..HASH_SHOWN)).unwrap_or_default().to_owned()
    }),
];

pub(crate) fn request_lines(page: AuditPage) -> RequestLines {
    RequestLines {
        headings: COLUMNS.iter().map(|(heading, _)| (*heading).to_owned()).collect(),
        rows: page.lines.iter().map(line).collect(),
        next: page.next,
    }
}

fn line(line: &AuditLine) -> RequestLine {
    let words = COLUMNS.iter().map(|(_, write)| write(line)).collect();
    RequestLine { is_fault: line.code.is_some(), words, job: line.job.map(|job| job.0) }
}

fn days(line: &AuditLine) -> String {
    match (line.from, line.to) {
        (Some(from), Some(to)) => format!("{from} – {to}"),
        _ => String::new(),
    }
}

fn answer(line: &AuditLine) -> String {
    let status = line.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    format!("{status} {}", line.code.as_deref().unwrap_or_default()).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use market::EpochSeconds;
    use protocol::JobId;

    use super::*;

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
        let drawn = line(&request);
        assert_eq!(
            drawn.words.join(" | "),
            "2025-08-28 18:42:07 | historical-candle | NSE_FO|71706|28-08-2025 | 1minute | 2025-05-30 – 2025-08-28 | 200 | \
             18,204 | 12,34,567 | 212 ms | 1 | abababab"
        );
        assert_eq!((drawn.is_fault, drawn.job), (false, Some(3)));
        let lost =
            line(&AuditLine { status: None, code: Some("timeout".to_owned()), sha256: None, ..request });
        assert_eq!(
            (lost.words[5].as_str(), lost.words[10].as_str(), lost.is_fault),
            ("no answer timeout", "", true)
        );
    }
}
