//! When a schedule runs. Pure: the moment and what is expected are given to it.
//!
//! No weekday is computed: exchanges have moved their expiries twice in two years. The instrument master says
//! when live contracts will expire; where it says nothing, every trading day may follow an expiry.

use chrono::{DateTime, FixedOffset};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use market::{Day, EpochSeconds, IST_OFFSET_SECONDS, TradingCalendar};
use protocol::{ExpiryCycle, RunTime, ScheduleTime};
use store::ExpectedExpiry;

use crate::error::EngineError;
use crate::names::counted;

/// Days in which the broker may be late with listing what has expired.
pub(super) const LISTED_LATE_DAYS: i64 = 35;
const CRON_LENGTH_MAX: usize = 100;
/// On a day: what runs more often asks the broker for the same lists again and again.
const RUNS_A_DAY_MAX: usize = 24;
const HASTY: &str = "it runs more than once an hour, and each run asks Upstox for its lists again: once a day is usual, for example \"30 7 * * 2-6\"";
/// No closure of the market has lasted longer.
const CLOSED_DAYS_MAX: i64 = 15;

/// A [`ScheduleTime`] that was understood.
#[derive(Debug)]
pub(super) enum Timing {
    AfterExpiry(RunTime),
    Cron(Box<Cron>),
}

impl Timing {
    pub(super) fn parse(time: &ScheduleTime) -> Result<Self, EngineError> {
        match time {
            ScheduleTime::AfterExpiry(time) => Ok(Self::AfterExpiry(*time)),
            ScheduleTime::Cron(expression) => {
                let refused = |reason: String| EngineError::Cron { expression: expression.clone(), reason };
                if expression.len() > CRON_LENGTH_MAX {
                    return Err(refused(format!("it is longer than {CRON_LENGTH_MAX} characters")));
                }
                let parser =
                    CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
                let cron =
                    parser.parse(expression).map_err(|_| refused(what_is_wrong(&parser, expression)))?;
                Ok(Self::Cron(Box::new(cron)))
            }
        }
    }

    /// In plain words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::AfterExpiry(time) => format!("At {time} IST of the next trading day after an expiry"),
            Self::Cron(cron) => format!("{} (IST)", cron.describe().trim_end_matches('.')),
        }
    }

    /// What is to be said of a time that comes too often.
    pub(super) fn warning(&self, now: EpochSeconds) -> Option<String> {
        let next = |from| self.next_after(from, ExpiryCycle::default(), &[]);
        // Of today something may be over: the next day on which it runs is counted.
        let tomorrow = next(now)?.day().next().at_minute(0);
        let first = next(EpochSeconds(tomorrow.0 - 1))?;
        let beyond = std::iter::successors(Some(first), |run| next(*run)).nth(RUNS_A_DAY_MAX)?;
        (beyond.day() == first.day()).then(|| HASTY.to_owned())
    }

    /// The first run after a moment. `expected` holds what the master told of each underlying.
    pub(super) fn next_after(
        &self,
        from: EpochSeconds,
        cycle: ExpiryCycle,
        expected: &[Vec<ExpectedExpiry>],
    ) -> Option<EpochSeconds> {
        match self {
            Self::Cron(cron) => {
                let from = DateTime::from_timestamp(from.0, 0)?.with_timezone(&ist()?);
                let next = cron.find_next_occurrence(&from, false).ok()?;
                Some(EpochSeconds(next.timestamp()))
            }
            Self::AfterExpiry(time) => {
                let mornings = expected.iter().filter_map(|of_one| morning_of(*time, from, cycle, of_one));
                Some(mornings.min().unwrap_or_else(|| next_morning(*time, from)))
            }
        }
    }
}

/// The next run that one underlying calls for; `None` when it has no expiry of this cycle to come.
fn morning_of(
    time: RunTime,
    from: EpochSeconds,
    cycle: ExpiryCycle,
    expected: &[ExpectedExpiry],
) -> Option<EpochSeconds> {
    let today = from.day();
    let is_wanted = |expiry: &&ExpectedExpiry| cycle.includes(expiry.weekly);
    let is_late = |expiry: &ExpectedExpiry| {
        !expiry.listed && expiry.date < today && expiry.date >= today.plus_days(-LISTED_LATE_DAYS)
    };
    let nothing_is_known = !expected.iter().any(|expiry| morning_after(time, expiry.date) > from);
    if nothing_is_known || expected.iter().filter(is_wanted).any(is_late) {
        return Some(next_morning(time, from));
    }
    expected.iter().filter(is_wanted).map(|expiry| morning_after(time, expiry.date)).find(|at| *at > from)
}

/// The run of the first trading day after an expiry.
fn morning_after(time: RunTime, expiry: Day) -> EpochSeconds {
    trading_day_from(expiry.next()).at_minute(time.minute_of_day())
}

/// The first run of any trading day after a moment.
fn next_morning(time: RunTime, from: EpochSeconds) -> EpochSeconds {
    let today = trading_day_from(from.day()).at_minute(time.minute_of_day());
    if today > from { today } else { morning_after(time, from.day()) }
}

/// The day itself when the market is open on it, else the next one that is. Days after the calendar's end
/// are assumed open, weekends excepted.
fn trading_day_from(day: Day) -> Day {
    let calendar = TradingCalendar::bundled();
    (0..CLOSED_DAYS_MAX)
        .map(|days| day.plus_days(days))
        .find(|day| calendar.day(*day).is_open())
        .unwrap_or(day)
}

fn ist() -> Option<FixedOffset> {
    FixedOffset::east_opt(i32::try_from(IST_OFFSET_SECONDS).ok()?)
}

/// Why an expression cannot be read. The parser's own sentences speak of its insides, so it is asked of each field by
/// itself.
fn what_is_wrong(parser: &CronParser, expression: &str) -> String {
    const FIELDS: [&str; 5] = ["minute", "hour", "day", "month", "weekday"];
    let given: Vec<&str> = expression.split_whitespace().collect();
    if given.is_empty() {
        return "it is empty".to_owned();
    }
    if given.len() != FIELDS.len() {
        return format!("it has {} instead of five", counted(given.len() as u64, "field"));
    }
    let is_wrong = |at: usize| {
        let mut alone = ["*"; FIELDS.len()];
        alone[at] = given[at];
        parser.parse(&alone.join(" ")).is_err()
    };
    match (0..FIELDS.len()).find(|at| is_wrong(*at)) {
        Some(at) => format!("\"{}\" is no {}", given[at], FIELDS[at]),
        None => "its fields do not go together".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> EpochSeconds {
        EpochSeconds::parse_rfc3339(&format!("{text}:00+05:30")).unwrap()
    }

    fn text(moment: EpochSeconds) -> String {
        moment.to_ist().format("%a %Y-%m-%d %H:%M").to_string()
    }

    fn expected(date: &str, weekly: bool, listed: bool) -> ExpectedExpiry {
        ExpectedExpiry { date: date.parse().unwrap(), weekly: Some(weekly), listed }
    }

    fn cron(expression: &str) -> Result<Timing, EngineError> {
        Timing::parse(&ScheduleTime::Cron(expression.to_owned()))
    }

    #[test]
    fn a_run_is_on_the_next_trading_day_after_an_expiry() {
        let timing = Timing::parse(&ScheduleTime::default()).unwrap();
        // Tuesday 24 November 2026 is Guru Nanak's birthday; the expiry moved to Monday, the next trading
        // day is Wednesday. The monthly one of 29 December follows, then the year ends on a Friday holiday.
        let known = [expected("2026-11-17", true, true), expected("2026-11-23", true, false)];
        let next = |from: &str, known: &[ExpectedExpiry], cycle: ExpiryCycle| {
            text(timing.next_after(at(from), cycle, &[known.to_vec()]).unwrap())
        };
        assert_eq!(next("2026-11-17T12:00", &known, ExpiryCycle::Both), "Wed 2026-11-18 07:30");
        assert_eq!(next("2026-11-18T07:30", &known, ExpiryCycle::Both), "Wed 2026-11-25 07:30");
        // Friday's expiry is collected on Monday.
        let friday = [expected("2026-12-04", true, false)];
        assert_eq!(next("2026-12-03T12:00", &friday, ExpiryCycle::Both), "Mon 2026-12-07 07:30");
    }

    #[test]
    fn where_nothing_is_known_every_trading_day_may_follow_an_expiry() {
        let timing = Timing::parse(&ScheduleTime::default()).unwrap();
        let next = |from: &str, known: &[Vec<ExpectedExpiry>]| {
            text(timing.next_after(at(from), ExpiryCycle::Both, known).unwrap())
        };
        assert_eq!(next("2026-11-20T07:29", &[]), "Fri 2026-11-20 07:30");
        assert_eq!(next("2026-11-20T07:30", &[]), "Mon 2026-11-23 07:30");
        assert_eq!(next("2026-11-23T07:30", &[vec![]]), "Wed 2026-11-25 07:30");
        // Beyond the calendar only weekends are closed.
        assert_eq!(next("2027-01-22T08:00", &[]), "Mon 2027-01-25 07:30");
        // An old master says nothing of what is to come.
        let past = vec![expected("2026-11-17", true, true)];
        assert_eq!(next("2026-11-20T08:00", &[past]), "Mon 2026-11-23 07:30");
    }

    #[test]
    fn an_expiry_that_the_broker_lists_late_is_looked_for_every_trading_day() {
        let timing = Timing::parse(&ScheduleTime::default()).unwrap();
        let known =
            |listed: bool| vec![expected("2026-11-17", true, listed), expected("2026-12-01", true, false)];
        let next = |known: Vec<ExpectedExpiry>| {
            text(timing.next_after(at("2026-11-18T07:31"), ExpiryCycle::Both, &[known]).unwrap())
        };
        assert_eq!(next(known(false)), "Thu 2026-11-19 07:30");
        assert_eq!(next(known(true)), "Wed 2026-12-02 07:30");
    }

    #[test]
    fn only_expiries_of_the_cycle_are_waited_for() {
        let timing = Timing::parse(&ScheduleTime::default()).unwrap();
        let known = vec![
            expected("2026-12-01", true, false),
            expected("2026-12-08", true, false),
            expected("2026-12-29", false, false),
        ];
        let next = |cycle| {
            text(timing.next_after(at("2026-11-26T08:00"), cycle, std::slice::from_ref(&known)).unwrap())
        };
        assert_eq!(next(ExpiryCycle::Weekly), "Wed 2026-12-02 07:30");
        assert_eq!(next(ExpiryCycle::Monthly), "Wed 2026-12-30 07:30");
        // The earliest of several underlyings.
        let other = vec![expected("2026-11-26", true, false)];
        let both =
            timing.next_after(at("2026-11-26T08:00"), ExpiryCycle::Both, &[known.clone(), other]).unwrap();
        assert_eq!(text(both), "Fri 2026-11-27 07:30");
    }

    #[test]
    fn cron_runs_in_india_and_says_so() {
        let table = [
            ("30 7 * * *", "Sat 2026-11-21 07:30", "At 07:30"),
            ("0 8 * * 1-5", "Mon 2026-11-23 08:00", "Monday"),
            ("0 18 * * FRI", "Fri 2026-11-20 18:00", "Friday"),
            ("*/30 * * * *", "Fri 2026-11-20 12:30", "30"),
            ("0 9 1 * *", "Tue 2026-12-01 09:00", "1"),
            ("0 9 L * *", "Mon 2026-11-30 09:00", "last day"),
            ("0 9 * * 4#L", "Thu 2026-11-26 09:00", "last"),
            ("@daily", "Sat 2026-11-21 00:00", ""),
        ];
        for (expression, next, words) in table {
            let timing = cron(expression).unwrap();
            let run = timing.next_after(at("2026-11-20T12:00"), ExpiryCycle::Both, &[]).unwrap();
            assert_eq!(text(run), next, "{expression}");
            let said = timing.words();
            assert!(said.contains(words) && said.ends_with("(IST)"), "{expression}: {said}");
        }
    }

    #[test]
    fn what_runs_more_than_once_an_hour_is_warned_of() {
        // At the end of a day, and of the month's only one.
        for now in ["2026-11-20T12:00", "2026-12-01T23:50"].map(at) {
            for hasty in ["* * * * *", "*/30 * * * *", "*/5 9-15 * * 1-5", "* * 1 * *"] {
                let said = cron(hasty).unwrap().warning(now).unwrap();
                assert!(said.contains("asks Upstox") && said.contains("once a day"), "{hasty}: {said}");
            }
            for usual in ["0 * * * *", "30 7 * * 2-6", "0 9,18 1 * *", "0 0 30 2 *"] {
                assert_eq!(cron(usual).unwrap().warning(now), None, "{usual}");
            }
            assert_eq!(Timing::parse(&ScheduleTime::default()).unwrap().warning(now), None);
        }
    }

    #[test]
    fn what_is_no_cron_expression_is_refused_in_words() {
        for (bad, why) in [
            ("", "it is empty"),
            ("* * * *", "it has 4 fields instead of five"),
            ("60 * * * *", "\"60\" is no minute"),
            ("* 24 * * *", "\"24\" is no hour"),
            ("* * * * 2-mon-6", "\"2-mon-6\" is no weekday"),
            ("0 0 7 * * *", "it has 6 fields instead of five"),
            ("soon", "it has 1 field instead of five"),
            (&"*".repeat(200), "it is longer than"),
        ] {
            let error = cron(bad).unwrap_err().to_string();
            assert!(error.contains("30 7 * * 2-6") && error.contains(why), "{bad}: {error}");
        }
        // One that never comes has no next run.
        assert_eq!(
            cron("0 0 30 2 *").unwrap().next_after(at("2026-11-20T12:00"), ExpiryCycle::Both, &[]),
            None
        );
    }
}
