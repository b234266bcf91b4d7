//! How numbers, sizes, moments and spans are written on the pages.
//!
//! Nothing here reads a clock or a locale, so the server and the browser write the same text. Quantities are grouped as
//! in India or as a person chose otherwise, moments are IST without saying so: a page marks it once.
//!
//! What a program reads (REST, files, the command line) is never written here.

use std::sync::atomic::{AtomicBool, Ordering};

use market::{Day, EpochSeconds, Price};
use protocol::NumberStyle;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The style of this process.
static IS_INTERNATIONAL: AtomicBool = AtomicBool::new(false);

/// From now on large numbers are written so.
pub fn write_numbers_as(style: NumberStyle) {
    IS_INTERNATIONAL.store(style == NumberStyle::International, Ordering::Relaxed);
}

pub fn number_style() -> NumberStyle {
    match IS_INTERNATIONAL.load(Ordering::Relaxed) {
        true => NumberStyle::International,
        false => NumberStyle::Indian,
    }
}

/// `12,34,567`, or `1,234,567`.
pub fn grouped(count: u64) -> String {
    number_style().grouped(count)
}

/// `-12,34,567`.
pub fn grouped_signed(count: i64) -> String {
    let sign = if count < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(count.unsigned_abs()))
}

/// Rupees with their paise, and with what is finer: `24,618.90`, `982.275`.
pub fn price(price: impl Into<Price>) -> String {
    let price = price.into();
    let sign = if price.0 < 0 { "-" } else { "" };
    let (rupees, decimals) = price.rupees_and_decimals();
    format!("{sign}{}.{decimals}", grouped(rupees))
}

/// Rupees as a double holds them, to the paisa.
pub fn rupees(rupees: f64) -> String {
    let paise = (rupees.abs() * 100.0).round() as u64;
    let sign = if rupees < 0.0 && paise > 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", grouped(paise / 100), paise % 100)
}

/// The same without paise where there are none: `24,500`, `22.50`.
pub fn rupees_short(rupees: f64) -> String {
    let long = self::rupees(rupees);
    long.strip_suffix(".00").map(str::to_owned).unwrap_or(long)
}

/// A strike that stands as a number: as prices are written, in a person's style, without paise where there are none.
/// In the name of a contract it is a part of that name, which everybody writes as the exchange does: `24500 CE`.
pub fn strike(rupees: f64) -> String {
    rupees_short(rupees)
}

/// By the unit of a column (`rupees`, `strike`, `fraction`, `ratio`, `units`, `days`, `greek`); a dash where there is
/// none.
pub fn in_unit(value: Option<f64>, unit: &str) -> String {
    let Some(value) = value else { return "–".to_owned() };
    match unit {
        "units" => grouped_signed(value.round() as i64),
        "strike" => strike(value),
        "fraction" => format!("{:.2} %", value * 100.0),
        "ratio" => format!("{value:.3}"),
        "days" => format!("{value:.1}"),
        "greek" => format!("{value:.4}"),
        _ => rupees(value),
    }
}

/// Short, in lakhs and crores: `999`, `18.2k`, `4.2 L`, `1.3 Cr`; or in millions and billions: `18.2k`, `1.3 M`, `2.0 B`.
pub fn compact(count: u64) -> String {
    compact_as(number_style(), count)
}

fn compact_as(style: NumberStyle, count: u64) -> String {
    let units = match style {
        NumberStyle::Indian => [(1e3, "k"), (1e5, " L"), (1e7, " Cr")],
        NumberStyle::International => [(1e3, "k"), (1e6, " M"), (1e9, " B")],
    };
    scaled(count as f64, "", &units)
}

/// A rate, like [`compact`], and with one decimal below ten: `0.4`, `18.2k`.
pub fn compact_rate(rate: f64) -> String {
    if rate < 9.95 { format!("{:.1}", rate.max(0.0)) } else { compact(rate.round() as u64) }
}

/// `390 MB`, `1.2 GB`; a megabyte is a million bytes.
pub fn bytes(count: u64) -> String {
    const UNITS: [(f64, &str); 4] = [(1e3, " kB"), (1e6, " MB"), (1e9, " GB"), (1e12, " TB")];
    scaled(count as f64, " B", &UNITS)
}

/// With one decimal below a hundred of a unit; what rounds up to the next unit takes it.
fn scaled(number: f64, plain: &str, units: &[(f64, &str)]) -> String {
    const NEXT_FROM: f64 = 0.9995;
    let unit = units.iter().rev().find(|(size, _)| number >= size * NEXT_FROM && number >= 1000.0);
    match unit {
        None => format!("{number:.0}{plain}"),
        Some((size, word)) => {
            let share = number / size;
            if share < 99.95 {
                format!("{share:.1}{word}")
            } else {
                format!("{}{word}", grouped(share.round() as u64))
            }
        }
    }
}

/// `1 expiry`, `1,412 expiries`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// `18:42`.
pub fn time(moment: EpochSeconds) -> String {
    moment.to_ist().format("%H:%M").to_string()
}

/// `18:42:07`.
pub fn time_with_seconds(moment: EpochSeconds) -> String {
    moment.to_ist().format("%H:%M:%S").to_string()
}

/// `28 Aug 2025`.
pub fn day(day: Day) -> String {
    day.to_long_text()
}

/// `28 Aug 25`, where there is little room.
pub fn short_day(day: Day) -> String {
    day.date().format("%-d %b %y").to_string()
}

/// `Aug 2025`, of any day in it.
pub fn month(day: Day) -> String {
    day.date().format("%b %Y").to_string()
}

/// `28 Aug 2025, 18:42`.
pub fn moment(moment: EpochSeconds) -> String {
    format!("{}, {}", day(moment.day()), time(moment))
}

/// `Thu 28 Aug 2025, 18:42 IST`, where it stands alone and lies ahead.
pub fn moment_with_weekday(moment: EpochSeconds) -> String {
    format!("{}, {} IST", moment.to_ist().format("%a %-d %b %Y"), time(moment))
}

/// The time alone where it is of the same day as `now`, else with the day: `18:42`, `29 Aug 2025, 03:30`.
pub fn moment_seen_from(at: EpochSeconds, now: EpochSeconds) -> String {
    if at.day() == now.day() { time(at) } else { moment(at) }
}

/// The two largest units: `6 h 12 m`, `12 m 30 s`, `45 s`, `2 d 3 h`.
pub fn duration(seconds: u64) -> String {
    let two = |big: u64, big_word: &str, small: u64, small_word: &str| match small {
        0 => format!("{big} {big_word}"),
        _ => format!("{big} {big_word} {small} {small_word}"),
    };
    match seconds {
        DAY.. => two(seconds / DAY, "d", seconds % DAY / HOUR, "h"),
        HOUR.. => two(seconds / HOUR, "h", seconds % HOUR / MINUTE, "m"),
        MINUTE.. => two(seconds / MINUTE, "m", seconds % MINUTE, "s"),
        _ => format!("{seconds} s"),
    }
}

/// Like [`duration`], but never finer than minutes: `6 h 12 m`, `12 m`, `less than a minute`.
pub fn duration_in_minutes(seconds: u64) -> String {
    if seconds < MINUTE { "less than a minute".to_owned() } else { duration(seconds / MINUTE * MINUTE) }
}

/// From one moment to a later one; nothing when it is not later.
pub fn seconds_between(from: EpochSeconds, to: EpochSeconds) -> u64 {
    to.0.saturating_sub(from.0).try_into().unwrap_or(0)
}

/// A short wait: `0.4 s`, `12 s`, `2 m 5 s`.
pub fn wait(milliseconds: u64) -> String {
    match milliseconds {
        0..10_000 => format!("{:.1} s", milliseconds as f64 / 1000.0),
        _ => duration(milliseconds.div_ceil(1000)),
    }
}

/// A share of one: `29 %`. Below the whole it never says 100.
pub fn percent(share: f64) -> String {
    let percent = share.clamp(0.0, 1.0) * 100.0;
    format!("{} %", if percent < 100.0 { percent.floor().min(99.0) } else { 100.0 })
}

/// What a library said, as a sentence: with a capital and a full stop.
pub fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return String::new() };
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{}{stop}", first.to_ascii_uppercase(), letters.as_str())
}

/// `second`, `minute`, `30 minutes`, after "in a" or "in".
pub fn period(seconds: u32) -> String {
    match seconds {
        1 => "1 second".to_owned(),
        60 => "1 minute".to_owned(),
        seconds if seconds % 60 == 0 => format!("{} minutes", seconds / 60),
        seconds => format!("{seconds} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::Paise;

    fn at(text: &str) -> EpochSeconds {
        EpochSeconds::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn quantities_are_grouped_as_in_india() {
        for (count, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (99_999, "99,999"),
            (100_000, "1,00,000"),
            (1_234_567, "12,34,567"),
            (u64::MAX, "1,84,46,74,40,73,70,95,51,615"),
        ] {
            assert_eq!(grouped(count), text);
        }
        assert_eq!(grouped_signed(-1_234_567), "-12,34,567");
        assert_eq!(grouped_signed(i64::MIN), "-92,23,37,20,36,85,47,75,808");
        assert_eq!(price(Paise(2_461_890)), "24,618.90");
        assert_eq!(price(Paise(-5)), "-0.05");
        assert_eq!(Price::from_rupees(1982.275).map(price).as_deref(), Some("1,982.275"));
        assert_eq!((strike(24_500.0), strike(125_000.0)), ("24,500".into(), "1,25,000".into()));
        assert_eq!(strike(22.5), "22.50");
        assert_eq!(counted(1, "expiry", "expiries"), "1 expiry");
        assert_eq!(counted(1412, "request", "requests"), "1,412 requests");
    }

    #[test]
    fn large_figures_are_short_and_in_the_largest_unit() {
        for (count, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1.0k"),
            (18_240, "18.2k"),
            (99_949, "99.9k"),
            (99_950, "1.0 L"),
            (1_123_000, "11.2 L"),
            (9_995_000, "1.0 Cr"),
            (20_194_507_500, "2,019 Cr"),
        ] {
            assert_eq!(compact(count), text, "{count}");
        }
        assert_eq!(compact_rate(0.42), "0.4");
        assert_eq!(compact_rate(18_240.4), "18.2k");
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(390_000_000), "390 MB");
        assert_eq!(bytes(1_234_000_000), "1.2 GB");
    }

    #[test]
    fn who_reads_millions_gets_them() {
        use NumberStyle::International;
        for (count, text) in
            [(999, "999"), (18_240, "18.2k"), (999_499, "999k"), (999_500, "1.0 M"), (1_999_000_000, "2.0 B")]
        {
            assert_eq!(compact_as(International, count), text, "{count}");
        }
        assert_eq!(number_style(), NumberStyle::Indian);
    }

    #[test]
    fn moments_are_indian_and_spans_have_two_units() {
        let evening = at("2025-08-28T18:42:07+05:30");
        assert_eq!(time(evening), "18:42");
        assert_eq!(time_with_seconds(evening), "18:42:07");
        assert_eq!(moment(evening), "28 Aug 2025, 18:42");
        assert_eq!(short_day(evening.day()), "28 Aug 25");
        assert_eq!(month(evening.day()), "Aug 2025");
        assert_eq!(moment_with_weekday(evening), "Thu 28 Aug 2025, 18:42 IST");
        assert_eq!(moment_seen_from(evening, at("2025-08-28T00:00:00+05:30")), "18:42");
        assert_eq!(moment_seen_from(evening, at("2025-08-27T23:59:59+05:30")), "28 Aug 2025, 18:42");
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 m"),
            (750, "12 m 30 s"),
            (22_320, "6 h 12 m"),
            (183_600, "2 d 3 h"),
        ] {
            assert_eq!(duration(seconds), text);
        }
        assert_eq!(duration_in_minutes(750), "12 m");
        assert_eq!(duration_in_minutes(59), "less than a minute");
        assert_eq!(
            (wait(400), wait(12_000), wait(124_100)),
            ("0.4 s".into(), "12 s".into(), "2 m 5 s".into())
        );
        assert_eq!(seconds_between(evening, at("2025-08-28T18:41:00+05:30")), 0);
    }

    #[test]
    fn a_share_is_whole_only_when_everything_is_there() {
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(0.9999), "99 %");
        assert_eq!(percent(1.0), "100 %");
    }

    #[test]
    fn what_a_library_says_becomes_a_sentence() {
        assert_eq!(sentence("there is no job 7"), "There is no job 7.");
        assert_eq!(sentence("Done."), "Done.");
        assert_eq!(sentence(" "), "");
    }
}
