//! What is published where, as the page of the storage shows it: words alone.

use protocol::{LakeLine, LakeOutcome, LakePartition, LakePicture, LakeState, StorageDeed};

use crate::drawn::{Lake, LakeRow, LakeRows};
use crate::format;

/// Rows of the table, the newest expiries; and lines of the last deed, what is wrong first.
const ROWS_MAX: usize = 200;
const LINES_MAX: usize = 20;

pub(crate) fn lake(picture: LakePicture) -> Lake {
    let mut partitions: Vec<&LakePartition> = picture.partitions.iter().collect();
    partitions.sort_by_key(|of| std::cmp::Reverse(of.expiry.or(of.month)));
    let mut places: Vec<LakeRows> = Vec::new();
    for of in partitions.iter().take(ROWS_MAX) {
        match places.iter_mut().find(|rows| rows.place == of.place) {
            Some(rows) => rows.rows.push(row(of)),
            None => places.push(LakeRows { place: of.place.clone(), rows: vec![row(of)] }),
        }
    }
    let more = match partitions.len().saturating_sub(ROWS_MAX) {
        0 => String::new(),
        more => format!("and {} older ones, which are not listed here", format::grouped(more as u64)),
    };
    let (mut report_title, mut report) = (String::new(), Vec::new());
    if let Some(last) = picture.last {
        let what = match last.deed {
            StorageDeed::Publish => "Published",
            StorageDeed::MoveLake => "Looked for",
            _ => "Verified",
        };
        report_title = format!("{what} last, in {}", last.place);
        let mut lines: Vec<&LakeLine> = last.lines.iter().collect();
        lines.sort_by_key(|line| line.outcome != LakeOutcome::Wrong);
        report = lines.iter().take(LINES_MAX).map(|line| words(line)).collect();
        if lines.len() > LINES_MAX {
            report.push(format!("and {} more", lines.len() - LINES_MAX));
        }
    }
    Lake { place: picture.place.unwrap_or_default(), places, more, report_title, report }
}

fn row(of: &LakePartition) -> LakeRow {
    let span = match (of.expiry, of.month) {
        (Some(expiry), _) => format::day(expiry),
        (None, Some(month)) => format!("itself, {}", &month.to_string()[..7]),
        (None, None) => String::new(),
    };
    let version = if of.version > 1 { format!(", version {}", of.version) } else { String::new() };
    LakeRow {
        name: format!("{} {span}", of.underlying.symbol),
        candles: format::grouped(of.rows),
        bytes: format::bytes(of.bytes),
        published: format::moment(of.published_at),
        verified: of.verified_at.map_or_else(|| "never".to_owned(), format::moment),
        state: match (of.state, of.is_doubted, of.is_outdated) {
            (LakeState::Archived, false, _) => format!("in the lake alone{version}"),
            (LakeState::Archived, true, _) => {
                format!("in the lake alone{version}, and not what was published: put that back")
            }
            (LakeState::Published, true, _) => format!("not what was published{version}: publish it again"),
            (LakeState::Published, false, true) => format!("something came since{version}"),
            (LakeState::Published, false, false) => format!("as stored here{version}"),
        },
    }
}

fn words(line: &LakeLine) -> String {
    let outcome = match line.outcome {
        LakeOutcome::Published => "published",
        LakeOutcome::Restated => "restated",
        LakeOutcome::Unchanged => "unchanged",
        LakeOutcome::Recovered => "recovered",
        LakeOutcome::Waits => "waits",
        LakeOutcome::Whole => "whole",
        LakeOutcome::Wrong => "wrong",
    };
    format!("{}: {outcome}. {}", line.of, format::sentence(&line.words))
}
