//! Whether an expiry is a weekly or the monthly one, by the exchanges' circulars, before anything is listed.
//! The monthly one is held in the week of the month's last weekday of expiry, on that weekday or, where it is
//! a holiday, on the trading day before. What a listing says of an expiry wins over this rule; what the rule
//! cannot know it does not claim.

use chrono::Weekday::{self, Fri, Mon, Thu, Tue, Wed};

use crate::{Day, InstrumentKey, TradingCalendar, UnderlyingKind};

/// Year, month, day: a table of these stays readable and needs no parsing.
type Date = (i32, u32, u32);

/// A weekday of expiry, in force up to a date, that included.
struct Era {
    until: Date,
    weekday: Weekday,
}

/// When the contracts of an underlying expire: eras in order of time.
struct Rule {
    key: &'static str,
    weekly: &'static [Era],
    monthly: &'static [Era],
}

const OPEN_END: Date = (9999, 12, 31);
const END_OF_2024: Date = (2024, 12, 31);
/// The last days before both exchanges moved every expiry to one weekday each.
const LAST_THURSDAY_OF_NSE: Date = (2025, 8, 28);
const LAST_TUESDAY_OF_BSE: Date = (2025, 8, 31);
/// From the next day on each exchange has weekly contracts of one index only: Nifty 50, and Sensex.
const WEEKLIES_OF_OTHERS_END: Date = (2024, 11, 20);

const fn until(until: Date, weekday: Weekday) -> Era {
    Era { until, weekday }
}

/// Nifty 50's; every stock and, since 2025, every other index of NSE follows.
const NSE_MONTHLY: &[Era] = &[until(LAST_THURSDAY_OF_NSE, Thu), until(OPEN_END, Tue)];
/// Sensex's; what is known of stocks of BSE follows.
const BSE_MONTHLY: &[Era] = &[until(END_OF_2024, Fri), until(LAST_TUESDAY_OF_BSE, Tue), until(OPEN_END, Thu)];

const RULES: [Rule; 8] = [
    Rule { key: "NSE_INDEX|Nifty 50", weekly: NSE_MONTHLY, monthly: NSE_MONTHLY },
    Rule {
        key: "NSE_INDEX|Nifty Bank",
        weekly: &[until((2024, 11, 13), Wed)],
        monthly: &[until(END_OF_2024, Wed), until(LAST_THURSDAY_OF_NSE, Thu), until(OPEN_END, Tue)],
    },
    Rule {
        key: "NSE_INDEX|Nifty Fin Service",
        weekly: &[until((2024, 11, 19), Tue)],
        monthly: &[until(END_OF_2024, Tue), until(LAST_THURSDAY_OF_NSE, Thu), until(OPEN_END, Tue)],
    },
    Rule {
        key: "NSE_INDEX|NIFTY MID SELECT",
        weekly: &[until((2024, 11, 18), Mon)],
        monthly: &[until(END_OF_2024, Mon), until(LAST_THURSDAY_OF_NSE, Thu), until(OPEN_END, Tue)],
    },
    Rule {
        key: "NSE_INDEX|Nifty Next 50",
        weekly: &[],
        monthly: &[until(END_OF_2024, Fri), until(LAST_THURSDAY_OF_NSE, Thu), until(OPEN_END, Tue)],
    },
    Rule { key: "BSE_INDEX|SENSEX", weekly: BSE_MONTHLY, monthly: BSE_MONTHLY },
    Rule {
        key: "BSE_INDEX|BANKEX",
        weekly: &[until((2024, 11, 18), Mon)],
        monthly: &[until(END_OF_2024, Mon), until(LAST_TUESDAY_OF_BSE, Tue), until(OPEN_END, Thu)],
    },
    Rule {
        key: "BSE_INDEX|SENSEX 50",
        weekly: &[until((2024, 11, 14), Thu)],
        monthly: &[until(END_OF_2024, Thu), until(LAST_TUESDAY_OF_BSE, Tue), until(OPEN_END, Thu)],
    },
];

/// Whether an expiry is a weekly one; `listed` are the expiries of the underlying that are known, this one
/// among them or not. `None` only where nothing can be said: an index without a rule, before the exchanges
/// ended the weeklies of all but two.
pub fn is_weekly(underlying: &InstrumentKey, expiry: Day, listed: &[Day]) -> Option<bool> {
    if UnderlyingKind::of(underlying.segment()) == UnderlyingKind::Stock {
        return Some(false);
    }
    let Some(rule) = rule_of(underlying) else {
        return (date_of(expiry) > WEEKLIES_OF_OTHERS_END).then_some(false);
    };
    if is_monthly_by(rule, expiry, listed) {
        return Some(false);
    }
    // Weeklies that ended are listed now and then, beside the monthly one of their month. Without that one
    // the exchange has moved it farther than the rule knows.
    let stands_alone = !listed.iter().any(|other| *other != expiry && other.is_same_month(expiry));
    Some(has_weeklies(underlying, expiry) != Some(false) || !stands_alone)
}

/// Whether an underlying has weekly expiries about a day. `None`: it is not known.
pub fn has_weeklies(underlying: &InstrumentKey, on: Day) -> Option<bool> {
    if UnderlyingKind::of(underlying.segment()) == UnderlyingKind::Stock {
        return Some(false);
    }
    match rule_of(underlying) {
        Some(rule) => Some(in_force(rule.weekly, on).is_some()),
        None => (date_of(on) > WEEKLIES_OF_OTHERS_END).then_some(false),
    }
}

fn rule_of(underlying: &InstrumentKey) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.key == underlying.as_str())
}

/// An expiry in the seven days up to the month's last weekday of expiry, when none of them has a better claim:
/// the trading day that the calendar gives, else the latest. So a holiday that no calendar knew of yet is borne.
fn is_monthly_by(rule: &Rule, expiry: Day, listed: &[Day]) -> bool {
    let Some(rule_day) = last_rule_day(rule.monthly, expiry) else { return false };
    let is_of_its_week = |day: &Day| *day > rule_day.plus_days(-7) && *day <= rule_day;
    if !is_of_its_week(&expiry) {
        return false;
    }
    let by_calendar = trading_day_on_or_before(rule_day);
    let rivals = || listed.iter().copied().filter(is_of_its_week);
    expiry == by_calendar || rivals().all(|other| other != by_calendar && other <= expiry)
}

/// The last day of the month with the weekday in force on that very day.
fn last_rule_day(eras: &[Era], month: Day) -> Option<Day> {
    let last = month.last_of_month();
    let of_week = (0..7).map(|back| last.plus_days(-back));
    of_week.filter(|day| in_force(eras, *day) == Some(day.weekday())).max()
}

fn in_force(eras: &[Era], day: Day) -> Option<Weekday> {
    eras.iter().find(|era| date_of(day) <= era.until).map(|era| era.weekday)
}

fn date_of(day: Day) -> Date {
    use chrono::Datelike;
    let date = day.date();
    (date.year(), date.month(), date.day())
}

/// Muhurat and weekend sessions do not count: nothing expires on them [OBS: 2024-10-31, 2025-10-20].
fn trading_day_on_or_before(day: Day) -> Day {
    let calendar = TradingCalendar::bundled();
    let is_ordinary = |day: &Day| !day.is_weekend() && calendar.holiday_name(*day).is_none();
    (0..7).map(|back| day.plus_days(-back)).find(is_ordinary).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn weekly(key: &str, date: &str, listed: &[&str]) -> Option<bool> {
        let listed: Vec<Day> = listed.iter().map(|text| day(text)).collect();
        is_weekly(&key.parse().unwrap(), day(date), &listed)
    }

    /// Date and kind of every expiry of Nifty's from 2024-10-03 to 2026-07-14, from the exchange's files.
    fn proven() -> Vec<(Day, bool)> {
        let file: serde_json::Value =
            serde_json::from_str(include_str!("../data/nifty_expiries_proven.json")).unwrap();
        let rows = file["NIFTY"].as_array().unwrap();
        rows.iter().map(|row| (day(row["expiry"].as_str().unwrap()), row["type"] == "weekly")).collect()
    }

    #[test]
    fn every_proven_expiry_of_nifty_is_told_right_whatever_is_listed() {
        let (key, proven) = ("NSE_INDEX|Nifty 50".parse().unwrap(), proven());
        let all: Vec<Day> = proven.iter().map(|(day, _)| *day).collect();
        assert!(all.len() > 90);
        for (date, is_a_weekly) in &proven {
            let before: Vec<Day> = all.iter().copied().filter(|day| day <= date).collect();
            for listed in [&all[..], &before, &[]] {
                assert_eq!(is_weekly(&key, *date, listed), Some(*is_a_weekly), "{date}");
            }
        }
    }

    #[test]
    fn the_weekday_in_force_decides() {
        let (bank, fin) = ("NSE_INDEX|Nifty Bank", "NSE_INDEX|Nifty Fin Service");
        let (mid, next) = ("NSE_INDEX|NIFTY MID SELECT", "NSE_INDEX|Nifty Next 50");
        let (sensex, bankex, sensex50) = ("BSE_INDEX|SENSEX", "BSE_INDEX|BANKEX", "BSE_INDEX|SENSEX 50");
        for (key, weeklies, monthlies) in [
            // April's last date is a weekly: 1 May was a holiday.
            ("NSE_INDEX|Nifty 50", vec!["2025-04-30", "2025-09-16"], vec!["2025-04-24", "2025-08-28"]),
            (
                bank,
                vec!["2024-10-01", "2024-10-23", "2024-11-06", "2024-11-13"],
                vec!["2024-10-30", "2024-11-27", "2024-12-24", "2025-01-30", "2025-08-28", "2025-09-30"],
            ),
            (fin, vec!["2024-11-12", "2024-11-19"], vec!["2024-10-29", "2024-11-26", "2025-02-27"]),
            (mid, vec!["2024-11-11", "2024-11-18"], vec!["2024-10-28", "2024-11-25", "2025-10-28"]),
            (next, vec![], vec!["2024-10-25", "2025-03-27", "2025-12-30"]),
            (
                sensex,
                vec!["2024-12-20", "2025-01-03", "2025-01-21", "2025-08-19", "2025-09-04"],
                vec!["2024-12-27", "2025-01-28", "2025-08-26", "2025-09-25"],
            ),
            (bankex, vec!["2024-11-11", "2024-11-18"], vec!["2024-11-25", "2025-07-29", "2025-09-25"]),
            (sensex50, vec!["2024-11-14"], vec!["2024-11-28", "2025-07-29", "2025-09-25"]),
        ] {
            for date in weeklies {
                assert_eq!(weekly(key, date, &[]), Some(true), "{key} {date}");
            }
            for date in monthlies {
                assert_eq!(weekly(key, date, &[]), Some(false), "{key} {date}");
            }
        }
    }

    #[test]
    fn a_stock_has_monthly_expiries_only() {
        for date in ["2025-08-28", "2025-09-30", "2026-10-27", "2031-05-27"] {
            assert_eq!(weekly("NSE_EQ|INE002A01018", date, &[]), Some(false));
            assert_eq!(weekly("BSE_EQ|INE002A01018", date, &[date]), Some(false));
        }
        assert_eq!(has_weeklies(&"NSE_EQ|INE002A01018".parse().unwrap(), day("2025-08-28")), Some(false));
    }

    #[test]
    fn beyond_the_calendar_a_holiday_is_seen_by_what_is_listed() {
        let nifty = "NSE_INDEX|Nifty 50";
        // The 26th is the last Tuesday of January 2027 and a holiday that the calendar does not have.
        assert_eq!(weekly(nifty, "2027-01-25", &["2027-01-19", "2027-01-25", "2027-02-02"]), Some(false));
        assert_eq!(weekly(nifty, "2027-01-19", &["2027-01-19", "2027-01-25"]), Some(true));
        assert_eq!(weekly(nifty, "2027-03-30", &[]), Some(false));
    }

    #[test]
    fn what_is_listed_decides_where_there_are_no_weeklies_any_more() {
        let bank = "NSE_INDEX|Nifty Bank";
        let has = |date: &str| has_weeklies(&bank.parse().unwrap(), day(date));
        assert_eq!(
            (has("2024-11-13"), has("2024-11-20"), has("2026-05-01")),
            (Some(true), Some(false), Some(false))
        );
        // A leftover weekly beside the month's own, and a monthly that was moved by more than a week.
        assert_eq!(weekly(bank, "2025-03-12", &["2025-03-12", "2025-03-27"]), Some(true));
        assert_eq!(weekly(bank, "2025-03-27", &["2025-03-12", "2025-03-27"]), Some(false));
        assert_eq!(weekly(bank, "2027-03-18", &["2027-03-18", "2027-04-27"]), Some(false));
        // Listed under both the old and the new date of one month's end.
        assert_eq!(weekly(bank, "2025-01-30", &["2025-01-29", "2025-01-30"]), Some(false));
    }

    #[test]
    fn of_an_index_without_a_rule_only_what_the_exchanges_ended_is_known() {
        assert_eq!(weekly("NSE_INDEX|Nifty IT", "2024-10-10", &[]), None);
        assert_eq!(weekly("NSE_INDEX|Nifty IT", "2025-10-28", &[]), Some(false));
    }
}
