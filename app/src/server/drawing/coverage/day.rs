//! One day of one contract, minute by minute.

use std::fmt::Write;

use protocol::CoverageDay;

use super::of_expiry;
use crate::browse_address;
use crate::drawn::DayDrawn;
use crate::format;
use crate::rpc::coverage::CoverageWish;
use crate::server::document::attribute;

pub(super) fn of_day(shown: &CoverageDay, wish: &CoverageWish) -> DayDrawn {
    let mut body = String::from("<ul class=\"cov-lines\">");
    for sentence in &shown.sentences {
        let _ = write!(body, "<li>{}</li>", attribute(sentence));
    }
    body.push_str("</ul>");
    strip(&mut body, shown);
    if !shown.missing.is_empty() && shown.volume > 0 {
        let _ = write!(
            body,
            "<p class=\"mt-2 text-sm\"><strong>Minutes without a candle:</strong> {}</p>",
            attribute(&shown.missing.join(", "))
        );
    }
    if let Some(exchange) = &shown.exchange {
        let pairs = [
            ("Volume", shown.volume, exchange.volume),
            ("Closing open interest", shown.open_interest, exchange.open_interest),
        ];
        body.push_str("<table class=\"table table-sm mt-2\"><thead><tr><th scope=\"col\">Units</th><th scope=\"col\" class=\"number\">Here</th><th scope=\"col\" class=\"number\">At the exchange</th></tr></thead><tbody>");
        for (name, here, there) in pairs {
            let _ = write!(
                body,
                "<tr><th scope=\"row\">{name}</th><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
                format::grouped(here.unsigned_abs()),
                format::grouped(there.unsigned_abs())
            );
        }
        let settlement = exchange.settlement_price.0;
        let _ = write!(
            body,
            "<tr><th scope=\"row\">Settlement price</th><td></td><td class=\"number\">₹{settlement}</td></tr></tbody></table>"
        );
    }
    let again = &shown.again;
    let cost = match &again.refused {
        Some(reason) => format::sentence(reason),
        None => format!(
            "{}; up to {} where it comes back empty, which is confirmed.",
            format::counted(again.requests, "request", "requests"),
            again.requests_high
        ),
    };
    let from = if wish.from > 0 { format!("&from={}", wish.from) } else { String::new() };
    DayDrawn {
        title: format!("{} · {} · {}", shown.symbol, format::day(shown.day), shown.cell.words()),
        contract: shown.expired_key.to_string(),
        day: shown.day.to_string(),
        body,
        chart_address: browse_address::contract_of(&shown.underlying, shown.expiry, &shown.expired_key),
        close_address: format!("{}{from}", of_expiry(&shown.underlying, shown.expiry)),
        cost,
        is_refused: again.refused.is_some(),
    }
}

/// The session as a strip of its minutes, a line each.
fn strip(html: &mut String, shown: &CoverageDay) {
    let Some(opens_at) = shown.opens_at.filter(|_| !shown.minutes.is_empty()) else { return };
    let width = shown.minutes.len();
    let _ = write!(
        html,
        "<svg class=\"cov-strip\" viewBox=\"0 0 {width} 10\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">",
        attribute(&format!("The session's minutes: {}", shown.sentences.join(" ")))
    );
    for (letter, class) in [('#', "c"), ('-', "e"), ('!', "f"), ('.', "n")] {
        let mut path = String::new();
        for (at, _) in shown.minutes.chars().enumerate().filter(|(_, of)| *of == letter) {
            let _ = write!(path, "M{at} 0h1v10h-1z");
        }
        if !path.is_empty() {
            let _ = write!(html, "<path class=\"map-{class} shade-3\" d=\"{path}\"/>");
        }
    }
    let clock = |minute: usize| format!("{:02}:{:02}", minute / 60, minute % 60);
    let (first, last) = (usize::from(opens_at), usize::from(opens_at) + width);
    let _ = write!(
        html,
        "</svg><p class=\"cov-ends\" aria-hidden=\"true\"><span>{}</span><span>{}</span></p>",
        clock(first),
        clock(last)
    );
}
