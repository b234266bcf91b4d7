//! What somebody looks for, in the words that people type: `nifty 24500 ce 28 aug`, `bn 52000 pe`, `reliance fut aug`,
//! `job 12`. It says what the words can mean and knows nobody: whom a name means, and which expiries there are, is
//! for the caller to say. Nothing is refused; a word without a meaning of its own is part of a name.

use chrono::Datelike;

use crate::day::MONTHS;
use crate::{ContractKind, Day, Strike};

/// Words that are read; a longer text is no search.
const WORDS_MAX: usize = 24;
/// So far from a date an expiry is still what was meant by it: half a month, so that each month has one.
const DAYS_OFF_MAX: i64 = 16;
/// Years that two digits stand for.
const SHORT_YEARS: std::ops::RangeInclusive<i32> = 15..=39;

/// Said of contracts and dates, and naming none.
const FILLING: [&str; 9] = ["expiry", "expiries", "strike", "option", "options", "st", "nd", "rd", "th"];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// What is left for a name and a strike.
    words: Vec<String>,
    pub kind: Option<ContractKind>,
    /// Weekly expiries alone, or monthly ones.
    pub weekly: Option<bool>,
    pub job: Option<i64>,
    /// The ways to read the date; none where none was written.
    dates: Vec<SoughtDate>,
}

/// A date of which not everything need be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SoughtDate {
    year: Option<i32>,
    month: u32,
    day: Option<u32>,
}

/// One way to tell the name from the strike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Empty where only a strike is left.
    pub name: String,
    pub strike: Option<Strike>,
}

impl Sought {
    pub fn of(text: &str) -> Self {
        let mut sought = Self::default();
        let mut words = Vec::new();
        for part in text.split_whitespace() {
            match date_in_digits(part) {
                Some(date) => sought.dates.push(date),
                None => words.extend(runs(part)),
            }
        }
        words.truncate(WORDS_MAX);
        sought.take_month(&mut words);
        sought.take_job(&mut words);
        let mut follows_number = false;
        for word in words {
            let is_number = number(&word).is_some();
            if !sought.take_word(&word, follows_number) {
                sought.words.push(word);
            }
            follows_number = is_number;
        }
        sought
    }

    pub fn has_date(&self) -> bool {
        !self.dates.is_empty()
    }

    /// Whether anything but a name was said.
    pub fn is_of_contracts(&self) -> bool {
        self.has_date() || self.kind.is_some() || self.weekly.is_some()
    }

    /// The ways to tell the name from the strike, likeliest first: a number is of the name where such a name exists.
    pub fn readings(&self) -> Vec<Reading> {
        let mut readings = Vec::new();
        if !self.words.is_empty() || self.is_of_contracts() {
            readings.push(Reading { name: self.words.join(" "), strike: None });
        }
        for (at, word) in self.words.iter().enumerate().rev() {
            let Some(strike) = number(word).and_then(Strike::from_rupees) else { continue };
            let mut name = self.words.clone();
            name.remove(at);
            readings.push(Reading { name: name.join(" "), strike: Some(strike) });
        }
        readings
    }

    /// How many days an expiry is off what was written; `None` where it cannot be meant.
    pub fn days_off(&self, expiry: Day) -> Option<i64> {
        self.dates.iter().filter_map(|date| date.days_off(expiry)).min()
    }

    /// A month in words, with the numbers beside it.
    fn take_month(&mut self, words: &mut Vec<String>) {
        let named = words.iter().enumerate().find_map(|(at, word)| Some((at, month_of(word)?)));
        let Some((at, month)) = named else { return };
        // `28th aug`
        let before_at = match words[..at] {
            [.., _, ref ending] if is_filling(ending) => at.checked_sub(2),
            _ => at.checked_sub(1),
        };
        let number_at = |at: Option<usize>| whole_number(words.get(at?)?);
        let numbers = (number_at(before_at), number_at(Some(at + 1)), number_at(Some(at + 2)));
        let of = |year: Option<i32>, day: Option<i32>| SoughtDate {
            year,
            month,
            day: day.and_then(|day| u32::try_from(day).ok()),
        };
        // `25 aug` may be said of a year.
        let day_or_year = |number: i32| {
            let of_year = year_of(number).map(|year| of(Some(year), None));
            [Some(of(None, Some(number))), of_year].into_iter().flatten().collect()
        };
        let from = before_at.unwrap_or(at);
        let (dates, taken) = match numbers {
            (Some(day), Some(year), _) if is_day(day) && year_of(year).is_some() => {
                (vec![of(year_of(year), Some(day))], from..at + 2)
            }
            (Some(number), ..) if is_day(number) => (day_or_year(number), from..at + 1),
            (Some(year), Some(day), _) if is_long_year(year) && is_day(day) => {
                (vec![of(Some(year), Some(day))], from..at + 2)
            }
            (Some(year), ..) if is_long_year(year) => (vec![of(Some(year), None)], from..at + 1),
            (_, Some(day), Some(year)) if is_day(day) && year_of(year).is_some() => {
                (vec![of(year_of(year), Some(day))], at..at + 3)
            }
            (_, Some(number), _) if is_day(number) => (day_or_year(number), at..at + 2),
            (_, Some(year), _) if year_of(year).is_some() => (vec![of(year_of(year), None)], at..at + 2),
            _ => (vec![of(None, None)], at..at + 1),
        };
        self.dates.extend(dates);
        words.drain(taken);
    }

    fn take_job(&mut self, words: &mut Vec<String>) {
        let number_of = |pair: &[String]| match pair {
            [word, number] if word == "job" || word == "#" => number.parse().ok(),
            _ => None,
        };
        let named = words.windows(2).enumerate().find_map(|(at, pair)| Some((at, number_of(pair)?)));
        if let Some((at, number)) = named {
            self.job = Some(number);
            words.drain(at..at + 2);
            words.retain(|word| word != "job");
        }
    }

    fn take_word(&mut self, word: &str, follows_number: bool) -> bool {
        match word {
            "ce" | "call" | "calls" => self.kind = Some(ContractKind::Call),
            "pe" | "put" | "puts" => self.kind = Some(ContractKind::Put),
            "c" if follows_number => self.kind = Some(ContractKind::Call),
            "p" if follows_number => self.kind = Some(ContractKind::Put),
            "fut" | "future" | "futures" => self.kind = Some(ContractKind::Future),
            "weekly" | "weeklies" => self.weekly = Some(true),
            "monthly" | "monthlies" => self.weekly = Some(false),
            "#" => {}
            other => return is_filling(other),
        }
        true
    }
}

impl SoughtDate {
    fn days_off(self, expiry: Day) -> Option<i64> {
        let written = expiry.date().year();
        let years = self.year.map_or(written - 1..=written + 1, |year| year..=year);
        years.filter_map(|year| self.days_off_in(year, expiry)).min().filter(|off| *off <= DAYS_OFF_MAX)
    }

    fn days_off_in(self, year: i32, expiry: Day) -> Option<i64> {
        let first = Day::new(year, self.month, 1)?;
        match self.day {
            Some(day) => {
                // The 31st of a short month is its last day.
                let meant = Day::new(year, self.month, day).unwrap_or(first.last_of_month());
                Some((meant.days_since_1970() - expiry.days_since_1970()).abs())
            }
            None => expiry.is_same_month(first).then_some(0),
        }
    }
}

/// `2025-08-28`, `28/08/2025`, `28.8.25`, `2025-08`, `28/8`.
fn date_in_digits(part: &str) -> Option<SoughtDate> {
    let numbers: Vec<i32> = part.split(['-', '/', '.']).map(whole_number).collect::<Option<_>>()?;
    let month_of_year = |month: &i32| u32::try_from(*month).ok().filter(|month| (1..=12).contains(month));
    let day_of_month = |day: &i32| u32::try_from(*day).ok().filter(|_| is_day(*day));
    let (year, month, day) = match numbers.as_slice() {
        [year, month, day] if is_long_year(*year) => (Some(*year), month, Some(day_of_month(day)?)),
        [day, month, year] => (Some(year_of(*year)?), month, Some(day_of_month(day)?)),
        [year, month] if is_long_year(*year) => (Some(*year), month, None),
        // With a point it is a price.
        [day, month] if !part.contains('.') => (None, month, Some(day_of_month(day)?)),
        _ => return None,
    };
    Some(SoughtDate { year, month: month_of_year(month)?, day })
}

/// Letters and numbers, each run a word, in lower case; a number keeps its decimals and loses its commas. `#` is a word.
fn runs(part: &str) -> Vec<String> {
    let letters: Vec<char> = part.chars().flat_map(char::to_lowercase).collect();
    let mut words: Vec<String> = Vec::new();
    let mut before = None;
    for (at, letter) in letters.iter().enumerate() {
        let is_digit =
            |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(char::is_ascii_digit);
        let is_within_number = is_digit(at.checked_sub(1)) && is_digit(Some(at + 1));
        let kind = match letter {
            ',' if is_within_number => continue,
            '.' if is_within_number && words.last().is_some_and(|word| !word.contains('.')) => Some(true),
            '#' => None,
            letter => letter.is_alphanumeric().then(|| letter.is_ascii_digit()),
        };
        match words.last_mut() {
            _ if *letter == '#' => words.push("#".to_owned()),
            _ if kind.is_none() => {}
            Some(word) if before == kind => word.push(*letter),
            _ => words.push(letter.to_string()),
        }
        before = kind;
    }
    words
}

fn number(word: &str) -> Option<f64> {
    word.starts_with(|letter: char| letter.is_ascii_digit()).then(|| word.parse().ok()).flatten()
}

fn whole_number(word: impl AsRef<str>) -> Option<i32> {
    let word = word.as_ref();
    word.bytes().all(|byte| byte.is_ascii_digit()).then(|| word.parse().ok()).flatten()
}

fn month_of(word: &str) -> Option<u32> {
    let word = if word == "sept" { "sep" } else { word };
    let at = MONTHS.iter().position(|name| *name == word || name.get(..3) == Some(word))?;
    u32::try_from(at + 1).ok()
}

fn is_filling(word: &str) -> bool {
    FILLING.contains(&word)
}

fn is_day(number: i32) -> bool {
    (1..=31).contains(&number)
}

fn is_long_year(number: i32) -> bool {
    (2000..=2099).contains(&number)
}

fn year_of(number: i32) -> Option<i32> {
    match number {
        long if is_long_year(long) => Some(long),
        short if SHORT_YEARS.contains(&short) => Some(2000 + short),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ContractKind::{Call, Future, Put};

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    /// The likeliest reading that has a strike, else the first.
    fn read(text: &str) -> (String, Option<String>, Option<ContractKind>) {
        let sought = Sought::of(text);
        let readings = sought.readings();
        let reading = readings.iter().find(|reading| reading.strike.is_some()).or(readings.first()).cloned();
        let Reading { name, strike } = reading.unwrap_or(Reading { name: String::new(), strike: None });
        (name, strike.map(|strike| strike.to_string()), sought.kind)
    }

    #[test]
    fn names_strikes_and_kinds_stand_in_any_order() {
        for (text, name, strike, kind) in [
            ("nifty 24500 ce 28 aug", "nifty", Some("24500"), Some(Call)),
            ("bn 52000 pe", "bn", Some("52000"), Some(Put)),
            ("24,500 CE nifty", "nifty", Some("24500"), Some(Call)),
            ("NIFTY24500CE", "nifty", Some("24500"), Some(Call)),
            ("nifty 24500c", "nifty", Some("24500"), Some(Call)),
            ("nifty 50 24500 put 28-08-2025", "nifty 50", Some("24500"), Some(Put)),
            ("reliance fut aug", "reliance", None, Some(Future)),
            ("NIFTY 24500 CE 28 AUG 25", "nifty", Some("24500"), Some(Call)),
            ("NIFTY25AUG24500PE", "nifty", Some("24500"), Some(Put)),
            ("itc 402.5 call", "itc", Some("402.5"), Some(Call)),
            ("m&m 3000 ce", "m m", Some("3000"), Some(Call)),
            ("c", "c", None, None),
            ("nifty monthly", "nifty", None, None),
            ("24500", "", Some("24500"), None),
            ("aug", "", None, None),
            ("nifty 28th aug expiry", "nifty", None, None),
            ("bank nifty", "bank nifty", None, None),
            ("", "", None, None),
            ("!?.,|", "", None, None),
        ] {
            assert_eq!(read(text), (name.to_owned(), strike.map(str::to_owned), kind), "{text}");
        }
    }

    #[test]
    fn a_number_may_be_of_the_name() {
        let readings = |text: &str| {
            let of = |reading: Reading| (reading.name, reading.strike.map(|strike| strike.to_string()));
            Sought::of(text).readings().into_iter().map(of).collect::<Vec<_>>()
        };
        let strike = |text: &str| Some(text.to_owned());
        assert_eq!(
            readings("sensex 50 82000 pe"),
            [
                ("sensex 50 82000".to_owned(), None),
                ("sensex 50".to_owned(), strike("82000")),
                ("sensex 82000".to_owned(), strike("50")),
            ]
        );
        assert!(readings("").is_empty());
        assert_eq!(readings("ce"), [(String::new(), None)]);
    }

    #[test]
    fn a_date_is_read_in_every_form() {
        for text in [
            "28 aug",
            "28aug",
            "aug 28",
            "28aug25",
            "28 aug 25",
            "28 aug 2025",
            "aug 28 2025",
            "aug 28 25",
            "2025 aug 28",
            "28 August",
            "28th aug",
            "28-aug-2025",
            "2025-08-28",
            "28-08-2025",
            "28/08/2025",
            "28.8.25",
            "28/8",
            "nifty 28 aug 24500 ce",
            "24500 ce aug 28",
            "aug",
            "august 2025",
            "2025-08",
            "aug 25",
            "25 aug",
            "NIFTY25AUG24500CE",
        ] {
            let sought = Sought::of(text);
            assert_eq!(sought.days_off(day("2025-08-28")), Some(0), "{text}");
            assert_eq!(sought.days_off(day("2024-12-26")), None, "{text}");
        }
        for (text, expiry, off) in [
            ("26 aug", "2025-08-28", Some(2)),
            ("28 aug 2025", "2024-08-29", None),
            ("31 sep", "2025-09-30", Some(0)),
            ("1 jan", "2025-12-30", Some(2)),
            ("aug 2024", "2025-08-28", None),
            ("sept", "2025-09-25", Some(0)),
            ("nifty 50", "2025-08-28", None),
            ("28.08", "2025-08-28", None),
        ] {
            assert_eq!(Sought::of(text).days_off(day(expiry)), off, "{text}");
        }
    }

    #[test]
    fn numbers_beside_a_month_are_of_its_date_and_no_strikes() {
        assert_eq!(read("nifty 28 aug").1, None);
        assert_eq!(read("nifty aug 24500").1, Some("24500".to_owned()));
        assert_eq!(read("nifty 24500 aug").1, Some("24500".to_owned()));
        assert_eq!(read("marico may").0, "marico");
    }

    #[test]
    fn weeklies_and_jobs_are_told() {
        assert_eq!(Sought::of("nifty weekly").weekly, Some(true));
        assert_eq!(Sought::of("bn monthly").weekly, Some(false));
        for text in ["job 12", "#12", "job #12", "JOB12", "job12"] {
            assert_eq!(Sought::of(text).job, Some(12), "{text}");
        }
        assert_eq!((Sought::of("job").job, Sought::of("jobs 12").job), (None, None));
        assert_eq!(Sought::of("job 99999999999999999999").job, None);
    }

    #[test]
    fn a_long_text_is_read_to_its_bound() {
        assert_eq!(Sought::of(&"9 ".repeat(5000)).readings().len(), WORDS_MAX + 1);
    }
}
