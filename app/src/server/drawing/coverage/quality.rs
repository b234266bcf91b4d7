//! The quality report of an underlying.

use std::fmt::Write;

use protocol::QualityReport;

use super::of_expiry;
use crate::address::encoded;
use crate::format;
use crate::server::document::attribute;

pub(super) fn of_quality(report: &QualityReport) -> String {
    let mut html = String::from("<dl class=\"figures cov-figures\">");
    let proofs = report.proofs;
    for (name, number, detail) in [
        ("Expiries", report.expiries, format!("{} looked at day by day", report.looked_at.len())),
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

fn section(html: &mut String, title: &str, nothing: &str, is_empty: bool, lines: impl FnOnce(&mut String)) {
    let _ = write!(html, "<section class=\"panel mt-4\"><h2 class=\"panel-title\">{title}</h2>");
    if is_empty {
        let _ = write!(html, "<p class=\"mt-1 text-sm text-muted\">{nothing}</p>");
    } else {
        html.push_str("<ul class=\"cov-lines\">");
        lines(html);
        html.push_str("</ul>");
    }
    html.push_str("</section>");
}
