//! What Upstox sent and could not be taken, as rows of words.

use protocol::{RefusedKind, RefusedLine, RefusedPage};

use crate::drawn::{RefusedLines, RefusedRow};
use crate::format;

pub(crate) fn refused_lines(page: RefusedPage) -> RefusedLines {
    RefusedLines { rows: page.lines.into_iter().map(row).collect(), next: page.next }
}

fn row(line: RefusedLine) -> RefusedRow {
    let requests = if line.first_request == line.last_request {
        line.first_request.to_string()
    } else {
        format!("{} … {}", line.first_request, line.last_request)
    };
    RefusedRow {
        id: line.id,
        what: what(&line),
        reason: format::sentence(&line.reason),
        times: format::grouped(line.times),
        requests,
        state: if line.open { "open" } else { "read since" }.to_owned(),
        raw: line.raw,
    }
}

/// Whose it was and where it stood.
fn what(line: &RefusedLine) -> String {
    let of = line.of.as_str();
    match (line.kind, line.expiry, line.at) {
        (RefusedKind::Candle, _, Some(at)) => format!("{of}, candle of {}", format::moment(at)),
        (RefusedKind::Candle, _, None) => format!("{of}, a candle"),
        (RefusedKind::Contract, Some(expiry), _) => {
            format!("{of} {}, a listed contract", format::day(expiry))
        }
        (RefusedKind::Contract, None, _) => format!("{of}, a listed contract"),
        (RefusedKind::Expiry, _, _) => format!("{of}, a listed expiry"),
        (RefusedKind::Instrument, _, _) => "The instrument list, a row".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_thing_says_what_it_was_and_where_it_stood() {
        let line = |kind, expiry: Option<&str>, at: Option<&str>| RefusedLine {
            id: 1,
            kind,
            of: "Nifty 50".to_owned(),
            expiry: expiry.map(|day| day.parse().unwrap()),
            at: at.map(|at| market::EpochSeconds::parse_rfc3339(at).unwrap()),
            reason: "an option without a strike".to_owned(),
            raw: "{}".to_owned(),
            first_request: 3,
            last_request: 7,
            times: 2,
            open: true,
        };
        let drawn = row(line(RefusedKind::Contract, Some("2025-08-28"), None));
        assert_eq!(drawn.what, "Nifty 50 28 Aug 2025, a listed contract");
        assert_eq!(
            (drawn.reason.as_str(), drawn.requests.as_str()),
            ("An option without a strike.", "3 … 7")
        );
        let candle = row(line(RefusedKind::Candle, None, Some("2025-08-01T12:00:00+05:30")));
        assert!(candle.what.contains("12:00"), "{}", candle.what);
    }
}
