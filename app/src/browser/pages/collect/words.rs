//! What the summary and the estimate say, as text.

use market::{ContractKinds, Interval};
use protocol::{CandleBasis, Estimate, EstimateBasis, Span};

use super::choices::Choices;
use super::step::Step;
use crate::format;

fn kinds_words(kinds: ContractKinds) -> &'static str {
    match kinds {
        ContractKinds::Both => "options and futures",
        ContractKinds::Options => "options",
        ContractKinds::Futures => "futures",
    }
}

/// `options and futures, ATM ± 10`.
pub fn contracts_words(choices: &Choices) -> String {
    let strikes = choices.strikes_of_options().map(|strikes| format!(", {}", strikes.words()));
    format!("{}{}", kinds_words(choices.kinds), strikes.unwrap_or_default())
}

/// `1 minute`, `15 minutes`, `1 day`.
pub fn interval_words(interval: Interval) -> String {
    match interval.minutes() {
        Some(minutes) => format::counted(minutes.into(), "minute", "minutes"),
        None => "1 day".to_owned(),
    }
}

/// `90 days at 1 minute`.
pub fn span_words(span: Span) -> String {
    let days = format::counted(span.days.get().into(), "day", "days");
    format!("{days} at {}", interval_words(span.interval))
}

/// Everything in one line, for a small screen.
pub fn one_line(choices: &Choices) -> String {
    let instruments = format::counted(choices.instruments.len() as u64, "instrument", "instruments");
    let expiries = format::counted(choices.expiry_count() as u64, "expiry", "expiries");
    format!("{instruments} · {} · {expiries}", contracts_words(choices))
}

/// What has to be chosen before the step after `step` can be opened.
pub fn missing(step: Step, choices: &Choices) -> Option<&'static str> {
    match step {
        Step::Instruments if choices.instruments.is_empty() => Some("Choose at least one instrument."),
        Step::Expiries if choices.expiries.is_empty() => Some("Choose at least one expiry."),
        _ => None,
    }
}

/// `195`, or `22 to 194` as long as it is not known how many strikes are near the money.
pub fn estimated_contracts(estimate: &Estimate) -> String {
    span_of(estimate.contracts_low, estimate.contracts_high)
        .unwrap_or_else(|| format::grouped(estimate.contracts))
}

/// `about 1,412`, or the range as of the contracts.
pub fn estimated_requests(estimate: &Estimate) -> String {
    span_of(estimate.requests_low, estimate.requests_high)
        .unwrap_or_else(|| format!("about {}", format::grouped(estimate.requests)))
}

fn span_of(low: u64, high: u64) -> Option<String> {
    (low < high).then(|| format!("{} to {}", format::grouped(low), format::grouped(high)))
}

/// Why the contracts are a range.
pub fn strikes_words(estimate: &Estimate) -> Option<&'static str> {
    (estimate.contracts_low < estimate.contracts_high).then_some(
        "How many strikes are near the money the download learns first, from where the underlying went.",
    )
}

/// `≈ 5.1 L`, or the range where the ends differ by much.
pub fn candles_words(estimate: &Estimate) -> String {
    range_words(estimate.candles_low, estimate.candles, estimate.candles_high, format::compact)
}

/// A range is stated where it is wider than half of what is likely.
fn range_words(low: u64, likely: u64, high: u64, number: fn(u64) -> String) -> String {
    if high.saturating_sub(low) > likely / 2 {
        format!("{} to {}", number(low), number(high))
    } else {
        format!("≈ {}", number(likely))
    }
}

pub fn bytes_words(estimate: &Estimate) -> String {
    // What a candle takes is the same at both ends.
    let low = (estimate.bytes_high as f64 * share(estimate.candles_low, estimate.candles_high)) as u64;
    range_words(low, estimate.bytes, estimate.bytes_high, format::bytes)
}

fn share(part: u64, whole: u64) -> f64 {
    if whole > 0 { part as f64 / whole as f64 } else { 0.0 }
}

/// What the number of candles was made from; nothing where there is none to come.
pub fn candle_basis_words(estimate: &Estimate) -> Option<&'static str> {
    (estimate.candles > 0).then_some(match estimate.candle_basis {
        CandleBasis::SameExpiries => "Candles are counted by what is stored of these very expiries.",
        CandleBasis::SameUnderlyings => {
            "Candles are counted by what is stored of other expiries of the same instruments."
        }
        CandleBasis::Typical => "Candles are a first guess, by what contracts of this kind have in general.",
    })
}

/// On what the figures rest, as one sentence.
pub fn basis_words(estimate: &Estimate) -> String {
    let listed = u64::from(estimate.expiries);
    match estimate.basis {
        EstimateBasis::Listed => {
            format!("Counted from the contracts that Upstox lists for {}.", these(listed))
        }
        EstimateBasis::Median { unlisted, known: 0 } => format!(
            "A first guess: the contracts of {} are not listed yet, and nothing is stored to compare with.",
            of_all(unlisted.into(), listed)
        ),
        EstimateBasis::Median { unlisted, known } => format!(
            "The contracts of {} are not listed yet: each is counted as the median of {}.",
            of_all(unlisted.into(), listed),
            format::counted(known.into(), "listed expiry", "listed expiries")
        ),
    }
}

fn these(count: u64) -> String {
    if count == 1 { "this expiry".to_owned() } else { format!("these {} expiries", format::grouped(count)) }
}

fn of_all(part: u64, all: u64) -> String {
    if part == all {
        these(all)
    } else {
        format!("{} of the {} expiries", format::grouped(part), format::grouped(all))
    }
}

/// `18:42 IST`, with the day when that is not today.
pub fn done_words(estimate: &Estimate) -> String {
    let now = market::EpochSeconds(estimate.done_at.0.saturating_sub_unsigned(estimate.seconds));
    format!("{} IST", format::moment_seen_from(estimate.done_at, now))
}

/// The estimate in one line, for a small screen.
pub fn estimate_line(estimate: &Estimate) -> String {
    format!(
        "{} {} · {} candles · {} · done about {}",
        estimated_requests(estimate),
        if estimate.requests_high == 1 { "request" } else { "requests" },
        candles_words(estimate),
        bytes_words(estimate),
        done_words(estimate)
    )
}

/// What stands against starting, if anything does.
pub fn warning(estimate: &Estimate) -> Option<String> {
    if estimate.requests == 0 {
        return Some(
            "Everything chosen is stored already: the job will end at once and ask for nothing.".to_owned(),
        );
    }
    let free = estimate.disk_free_bytes.filter(|free| *free < estimate.bytes_high)?;
    let needed = if free < estimate.bytes { "are" } else { "may be" };
    Some(format!(
        "The disk has {} free, {} {needed} needed: choose fewer expiries or make room first.",
        format::bytes(free),
        format::bytes(estimate.bytes.max(if free < estimate.bytes { 0 } else { estimate.bytes_high }))
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::EpochSeconds;

    fn estimate(basis: EstimateBasis) -> Estimate {
        Estimate {
            expiries: 6,
            contracts: 1400,
            contracts_low: 1400,
            contracts_high: 1400,
            requests: 1412,
            requests_low: 1412,
            requests_high: 1412,
            candles: 11_200_000,
            candles_low: 10_000_000,
            candles_high: 12_000_000,
            candle_basis: CandleBasis::SameExpiries,
            bytes: 390_000_000,
            bytes_high: 418_000_000,
            disk_free_bytes: Some(1_000_000_000),
            seconds: 600,
            done_at: EpochSeconds::parse_rfc3339("2025-09-17T18:42:30+05:30").unwrap(),
            basis,
        }
    }

    #[test]
    fn an_estimate_says_on_what_it_rests() {
        let words = |unlisted, known| basis_words(&estimate(EstimateBasis::Median { unlisted, known }));
        assert!(basis_words(&estimate(EstimateBasis::Listed)).ends_with("lists for these 6 expiries."));
        assert!(words(6, 0).contains("of these 6 expiries are not listed"));
        assert!(
            words(2, 1).contains("2 of the 6 expiries")
                && words(2, 1).ends_with("median of 1 listed expiry.")
        );
    }

    #[test]
    fn the_end_names_its_day_only_when_it_is_another() {
        let mut estimate = estimate(EstimateBasis::Listed);
        assert_eq!(done_words(&estimate), "18:42 IST");
        assert_eq!(
            estimate_line(&estimate),
            "about 1,412 requests · ≈ 1.1 Cr candles · ≈ 390 MB · done about 18:42 IST"
        );
        estimate.candles_low = 3_000_000;
        estimate.candles_high = 24_000_000;
        estimate.bytes_high = 800_000_000;
        assert_eq!(
            estimate_line(&estimate),
            "about 1,412 requests · 30.0 L to 2.4 Cr candles · 100 MB to 800 MB · done about 18:42 IST"
        );
        estimate.seconds = 24 * 3600;
        assert_eq!(done_words(&estimate), "17 Sep 2025, 18:42 IST");
    }

    #[test]
    fn a_full_disk_and_nothing_to_do_are_said_before_the_start() {
        let mut estimate = estimate(EstimateBasis::Listed);
        assert_eq!(warning(&estimate), None);
        estimate.disk_free_bytes = Some(100_000_000);
        assert!(warning(&estimate).is_some_and(|text| text.contains("100 MB free, 390 MB are needed")));
        estimate.disk_free_bytes = Some(400_000_000);
        assert!(warning(&estimate).is_some_and(|text| text.contains("400 MB free, 418 MB may be needed")));
        estimate.requests = 0;
        assert!(warning(&estimate).is_some_and(|text| text.starts_with("Everything chosen is stored")));
    }

    #[test]
    fn strikes_near_the_money_are_a_range_until_they_are_known() {
        let mut estimate = estimate(EstimateBasis::Listed);
        assert_eq!((estimated_contracts(&estimate).as_str(), strikes_words(&estimate)), ("1,400", None));
        (estimate.contracts_low, estimate.requests_low) = (132, 145);
        assert_eq!(estimated_contracts(&estimate), "132 to 1,400");
        assert!(estimate_line(&estimate).starts_with("145 to 1,412 requests · "));
        assert!(strikes_words(&estimate).is_some());
        let mut choices = Choices { strikes: Some(10.try_into().unwrap()), ..Choices::default() };
        assert_eq!(contracts_words(&choices), "options and futures, ATM ± 10");
        choices.kinds = ContractKinds::Futures;
        assert_eq!(contracts_words(&choices), "futures");
    }

    #[test]
    fn what_is_missing_is_asked_for_on_its_own_step() {
        let choices = Choices::default();
        assert!(missing(Step::Instruments, &choices).is_some());
        assert_eq!(missing(Step::Kinds, &choices), None);
        assert!(missing(Step::Expiries, &choices).is_some());
        assert_eq!(one_line(&choices), "0 instruments · options and futures · 0 expiries");
        assert_eq!(interval_words(Interval::Minute1), "1 minute");
        assert_eq!(interval_words(Interval::Day), "1 day");
    }
}
