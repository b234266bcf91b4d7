//! How underlyings, plans and moments are named in titles and messages.

use market::{Day, EpochSeconds, Underlying};
use protocol::{CollectPlan, NumberStyle};

/// The next 03:30 IST, at which Upstox ends every token [DOC]. One given out at exactly 03:30 lives a day.
pub(crate) fn token_end(given_out: EpochSeconds) -> EpochSeconds {
    const ENDS_AT_MINUTE: u16 = 3 * 60 + 30;
    let today = given_out.day();
    let end = today.at_minute(ENDS_AT_MINUTE);
    if given_out < end { end } else { today.next().at_minute(ENDS_AT_MINUTE) }
}

/// `NIFTY, INFY · 6 expiries · options and futures, ATM ± 10`: by their symbols, so that titles differ where they begin.
pub fn describe_plan(plan: &CollectPlan, underlyings: &[Underlying]) -> String {
    let names: Vec<_> = plan
        .underlyings()
        .into_iter()
        .map(|key| underlyings.iter().find(|u| u.key == *key).map_or(key.name(), |u| u.symbol.as_str()))
        .collect();
    const NAMED_MAX: usize = 3;
    let named = match names.len() {
        0..=NAMED_MAX => names.join(", "),
        many => format!("{} and {} more", names[..NAMED_MAX].join(", "), many - NAMED_MAX),
    };
    let expiries = match plan.targets.as_slice() {
        [only] => describe_expiry(only.expiry),
        targets => format!("{} expiries", targets.len()),
    };
    let kinds = match plan.kinds {
        market::ContractKinds::Both => "options and futures",
        other => other.as_str(),
    };
    let strikes = plan.strikes.map(|strikes| format!(", {}", strikes.words())).unwrap_or_default();
    format!("{named} · {expiries} · {kinds}{strikes}")
}

pub fn describe_expiry(date: Day) -> String {
    date.to_long_text()
}

/// `12,34,567 candles`, `1 candle`: what is written into a log stays as it is.
pub(crate) fn counted(count: u64, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {what}{ending}", NumberStyle::Indian.grouped(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_ends_at_the_next_half_past_three() {
        let end = |moment: &str| token_end(EpochSeconds::parse_rfc3339(moment).unwrap()).to_ist_text();
        assert_eq!(end("2025-09-16T20:00:00+05:30"), "2025-09-17 03:30:00");
        assert_eq!(end("2025-09-17T02:30:00+05:30"), "2025-09-17 03:30:00");
        assert_eq!(end("2025-09-17T03:30:00+05:30"), "2025-09-18 03:30:00");
    }

    #[test]
    fn numbers_are_grouped_as_in_india() {
        assert_eq!(counted(1_234_567, "candle"), "12,34,567 candles");
        assert_eq!(counted(1, "candle"), "1 candle");
    }
}
