//! The quality report of an underlying.

use std::fmt::Write;

use protocol::{QualityExpiries, QualityReport};

use super::{of_expiry, of_underlying};
use crate::address::encoded;
use crate::format;
use crate::server::document::attribute;

pub(super) fn of_quality(report: &QualityReport, newest: QualityExpiries) -> String {
    let mut html = String::from("<dl class=\"figures cov-figures\">");
    let proofs = report.proofs;
    for (name, number, detail) in [
        ("Expiries", report.expiries, format!("{} of them listed", format::grouped(report.listed))),
        ("Contracts", report.contracts, "listed".to_owned()),
        ("Candles", report.candles, "of contracts, in all intervals".to_owned()),
        ("Revisions", report.revisions, "candles that a later answer changed".to_owned()),
        (
            "Proven empty",
            proofs.empty,
            format!("days of contracts, by {} files of the exchange", proofs.days),
        ),
        ("Proven holes", proofs.open_holes, "traded at the exchange, no minute here".to_owned()),
    ] {
        let _ = write!(
            html,
            "<div class=\"figure\"><dt class=\"figure-name\">{name}</dt><dd class=\"figure-number\">{}</dd><dd class=\"figure-detail\">{detail}</dd></div>",
            format::grouped(number)
        );
    }
    html.push_str("</dl>");
    looked_at(&mut html, report, newest);
    section(
        &mut html,
        "Remarks",
        "Nothing about the days of these expiries is odd.",
        report.remarks.is_empty(),
        |html| {
            for remark in &report.remarks {
                let (count, words) = (format::grouped(remark.count), remark.kind.words());
                let _ = write!(html, "<li><strong>{count}</strong> {words}<ul class=\"cov-examples\">");
                for example in &remark.examples {
                    let address = format!(
                        "{}&contract={}&day={}",
                        of_expiry(&report.underlying, example.expiry),
                        encoded(&example.expired_key.to_string()),
                        example.day
                    );
                    let _ = write!(
                        html,
                        "<li><a class=\"link\" href=\"{}\">{} · {}</a>: {}</li>",
                        attribute(&address),
                        attribute(&example.symbol),
                        format::day(example.day),
                        attribute(&example.words)
                    );
                }
                html.push_str("</ul></li>");
            }
        },
    );
    section(
        &mut html,
        "Refused",
        "Nothing that Upstox sent stands refused.",
        report.refused.is_empty(),
        |html| {
            for refused in &report.refused {
                let count = format::counted(refused.count, "time", "times");
                let _ = write!(html, "<li><strong>{count}</strong> {}</li>", attribute(&refused.reason));
            }
            html.push_str(
                "<li><a class=\"link\" href=\"/status\">All that is refused, on the status page</a></li>",
            );
        },
    );
    section(
        &mut html,
        "Revisions",
        "No stored candle was changed by a later answer.",
        report.newest_revisions.is_empty(),
        |html| {
            for line in &report.newest_revisions {
                let (at, changed) = (&line.at.to_ist_text()[..16], &line.changed_at.to_ist_text()[..16]);
                let _ = write!(html, "<li>{} of {at}, changed {changed} IST</li>", attribute(&line.symbol));
            }
        },
    );
    section(
        &mut html,
        "Lots and ticks that changed",
        "Neither lot nor tick has changed.",
        report.terms.is_empty(),
        |html| {
            for change in &report.terms {
                let _ = write!(
                    html,
                    "<li>{} {} from {} on: <strong>{}</strong>, before {}</li>",
                    change.kind,
                    attribute(&change.what),
                    format::day(change.expiry),
                    attribute(&change.now),
                    attribute(&change.before)
                );
            }
        },
    );
    section(&mut html, "Sessions", "Circulars and candles agree.", report.calendar.is_empty(), |html| {
        for remark in &report.calendar {
            let _ = write!(html, "<li>{}: {}</li>", format::day(remark.day), attribute(&remark.remark));
        }
    });
    html
}

/// Of which expiries the remarks are, and the way to more of them.
fn looked_at(html: &mut String, report: &QualityReport, newest: QualityExpiries) {
    let looked = report.looked_at.len() as u64;
    let whole = match (report.looked_at.last(), report.listed) {
        (None, _) => "No expiry of it is listed yet, so no day was looked at.".to_owned(),
        (Some(_), listed) if listed == looked => {
            format!(
                "The days of all {} were looked at.",
                format::counted(listed, "listed expiry", "listed expiries")
            )
        }
        (Some(oldest), listed) => format!(
            "Looked at day by day: the newest {} of {} listed expiries, back to that of {}. The remarks are of these alone.",
            looked,
            format::grouped(listed),
            format::day(*oldest)
        ),
    };
    let _ = write!(html, "<div class=\"cov-looked\"><p>{whole}</p>");
    let smallest = QualityExpiries::OFFERED[0];
    if report.listed > u64::from(smallest.get()) {
        html.push_str("<nav class=\"segments\" aria-label=\"Expiries looked at\">");
        // One that takes them all is enough.
        let mut taken = 0;
        for offered in QualityExpiries::OFFERED {
            if taken >= report.listed {
                break;
            }
            taken = u64::from(offered.get());
            let address = attribute(&format!("{}&expiries={offered}", of_underlying(&report.underlying)));
            let current = if offered == newest { " aria-current=\"true\"" } else { "" };
            let _ = write!(html, "<a class=\"segment\" href=\"{address}\"{current}>{offered}</a>");
        }
        html.push_str("</nav>");
    }
    html.push_str("</div>");
}

/// One without lines is a line itself: what is in order needs no room.
fn section(html: &mut String, title: &str, nothing: &str, is_empty: bool, lines: impl FnOnce(&mut String)) {
    if is_empty {
        let _ = write!(html, "<section class=\"cov-quiet\"><h2>{title}</h2><p>{nothing}</p></section>");
        return;
    }
    let _ = write!(
        html,
        "<section class=\"panel mt-4\"><h2 class=\"panel-title\">{title}</h2><ul class=\"cov-lines\">"
    );
    lines(html);
    html.push_str("</ul></section>");
}
