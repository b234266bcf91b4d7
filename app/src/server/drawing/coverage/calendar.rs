//! Expiries by month.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use market::Day;
use protocol::{CalendarExpiry, CalendarRow, CoverageCalendar, ExpiryOutcome};

use super::{month, of_expiry, of_underlying};
use crate::format;
use crate::server::document::attribute;

pub(super) fn of_calendar(calendar: &CoverageCalendar) -> String {
    let months: BTreeSet<(i32, u32)> =
        calendar.underlyings.iter().flat_map(|row| row.expiries.iter().map(|of| month(of.expiry))).collect();
    let mut html = String::from("<ul class=\"legend\">");
    for outcome in ExpiryOutcome::ALL {
        let all = calendar.underlyings.iter().flat_map(|row| &row.expiries);
        let count = all.filter(|of| of.outcome == outcome).count() as u64;
        let (class, words) = (outcome.as_str(), outcome.words());
        let _ = write!(
            html,
            "<li><span class=\"cov-cell\" data-outcome=\"{class}\" aria-hidden=\"true\"></span> {} {words}</li>",
            format::grouped(count)
        );
    }
    html.push_str(
        "</ul><div class=\"table-frame mt-2\" role=\"region\" tabindex=\"0\" aria-label=\"Expiries by month\"><table class=\"table table-sm cov-calendar\"><thead><tr><th scope=\"col\">Underlying</th>",
    );
    for (year, month) in &months {
        let name =
            Day::new(*year, *month, 1).map(|day| day.date().format("%b %y").to_string()).unwrap_or_default();
        let _ = write!(html, "<th scope=\"col\">{name}</th>");
    }
    html.push_str("</tr></thead><tbody>");
    for row in &calendar.underlyings {
        calendar_row(&mut html, row, &months);
    }
    html.push_str("</tbody></table></div>");
    html
}

fn calendar_row(html: &mut String, row: &CalendarRow, months: &BTreeSet<(i32, u32)>) {
    let mut by_month: BTreeMap<(i32, u32), Vec<&CalendarExpiry>> = BTreeMap::new();
    for of in &row.expiries {
        by_month.entry(month(of.expiry)).or_default().push(of);
    }
    let (address, symbol, name) =
        (attribute(&of_underlying(&row.underlying)), attribute(&row.symbol), attribute(&row.name));
    let _ = write!(
        html,
        "<tr><th scope=\"row\"><a class=\"link\" href=\"{address}\" title=\"{name}: its quality\">{symbol}</a></th>"
    );
    for month in months {
        html.push_str("<td><span class=\"cov-cells\">");
        for of in by_month.get(month).into_iter().flatten() {
            let address = attribute(&of_expiry(&row.underlying, of.expiry));
            let words = attribute(&format!(
                "{symbol} {}: {}, {}",
                format::day(of.expiry),
                of.words,
                format::counted(of.candles, "candle", "candles")
            ));
            let outcome = of.outcome.as_str();
            let _ = write!(
                html,
                "<a class=\"cov-cell\" data-outcome=\"{outcome}\" href=\"{address}\" title=\"{words}\"><span class=\"sr-only\">{words}</span></a>"
            );
        }
        html.push_str("</span></td>");
    }
    html.push_str("</tr>");
}
