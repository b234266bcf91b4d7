//! Finding an underlying by what people call it: one search for page, REST and command line. Words in any
//! order; case, spaces, punctuation and digits that stick to letters make no difference. It says who is meant
//! and never guesses: a name that only nearly fits finds, and does not stand for a key.

use crate::{InstrumentKey, Standing, Underlying};

/// What people call the eight indices besides their symbol and name, which are found anyway.
const ALIASES: [(&str, &[&str]); 8] = [
    ("NSE_INDEX|Nifty 50", &["nf", "nifty fifty", "nse nifty", "cnx nifty", "nifty index"]),
    ("NSE_INDEX|Nifty Bank", &["bn", "bank nifty", "bnf", "cnx bank", "bnifty"]),
    ("BSE_INDEX|SENSEX", &["bse sensex", "sensex 30", "bse 30", "snsx"]),
    (
        "NSE_INDEX|Nifty Fin Service",
        &["fin nifty", "nifty financial", "nifty finance", "finance nifty", "nifty fin services"],
    ),
    (
        "NSE_INDEX|NIFTY MID SELECT",
        &[
            "midcap nifty",
            "midcap select",
            "midcp nifty",
            "nifty mid cap",
            "nifty mid cap select",
            "mid cap nifty",
        ],
    ),
    (
        "NSE_INDEX|Nifty Next 50",
        &["next 50", "nifty next", "junior nifty", "nifty jr", "nxt 50", "nifty next fifty"],
    ),
    ("BSE_INDEX|BANKEX", &["bse bankex", "bank ex"]),
    ("BSE_INDEX|SENSEX 50", &["snsx 50", "bse sensex 50", "bse 50", "sensex fifty"]),
];

/// From so many letters on the beginning of a word finds a share that nobody asked for before.
const BEGINNING_LETTERS_MIN: usize = 3;

/// An underlying with what it is found by.
#[derive(Clone, Copy, Debug)]
pub struct SearchEntry<'a> {
    pub underlying: &'a Underlying,
    pub standing: Standing,
    /// Symbols and names that it had before.
    pub former: &'a [String],
}

/// Whom a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    One(usize),
    /// Nobody exactly; these come near, best first.
    Near(Vec<usize>),
    Nobody,
}

/// How well a text fits, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Symbol,
    /// The name, a former one, an alias, the key or the ISIN in it.
    Name,
    SymbolBeginning,
    /// Every word begins a word.
    Words,
    /// Every word is somewhere.
    Parts,
}

/// The places of what a text finds, best first: what it names exactly, then what has futures and options,
/// then the rest. A text without a word finds everything that has or had futures and options.
pub fn search<'a>(text: &str, entries: impl IntoIterator<Item = SearchEntry<'a>>) -> Vec<usize> {
    let wanted = Wanted::of(text);
    let mut found: Vec<_> = entries
        .into_iter()
        .enumerate()
        .filter_map(|(place, entry)| {
            if wanted.words.is_empty() {
                return (entry.standing != Standing::Unknown).then_some((
                    false,
                    Standing::Live,
                    Fit::Parts,
                    place,
                ));
            }
            let fit = wanted.fit(&entry)?;
            Some((fit > Fit::Name, entry.standing, fit, place))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(.., place)| place).collect()
}

/// Whom a text names: the only one of the best standing whose symbol it is, or else name, alias or ISIN.
pub fn named<'a>(text: &str, entries: impl IntoIterator<Item = SearchEntry<'a>>) -> Named {
    let (wanted, entries) = (Wanted::of(text), entries.into_iter().collect::<Vec<_>>());
    let exact = entries.iter().enumerate().filter_map(|(place, entry)| {
        let fit = wanted.fit(entry).filter(|fit| *fit <= Fit::Name)?;
        Some(((entry.standing, fit), place))
    });
    let mut exact: Vec<_> = exact.collect();
    exact.sort();
    match exact.as_slice() {
        [(_, only)] => return Named::One(*only),
        [(best, place), (next, _), ..] if best < next => return Named::One(*place),
        _ => {}
    }
    if wanted.words.is_empty() {
        return Named::Nobody;
    }
    match search(text, entries) {
        near if near.is_empty() => Named::Nobody,
        near => Named::Near(near),
    }
}

/// The index among the eight that a text names; for whoever knows no other instruments.
pub fn index_named(text: &str) -> Option<InstrumentKey> {
    let indices = Underlying::indices();
    let entries =
        indices.iter().map(|underlying| SearchEntry { underlying, standing: Standing::Live, former: &[] });
    match named(text, entries) {
        Named::One(place) => indices.get(place).map(|index| index.key.clone()),
        Named::Near(_) | Named::Nobody => None,
    }
}

/// A text as it is looked for.
struct Wanted {
    words: Vec<String>,
    sorted: Vec<String>,
    squashed: String,
}

impl Wanted {
    fn of(text: &str) -> Self {
        let words = words(text);
        let (mut sorted, squashed) = (words.clone(), words.concat());
        sorted.sort();
        Self { words, sorted, squashed }
    }

    fn fit(&self, entry: &SearchEntry<'_>) -> Option<Fit> {
        let fit = self.best_fit(entry)?;
        // There are thousands of shares: one of them is shown when it is plainly meant.
        let is_enough = entry.standing != Standing::Unknown || fit <= Fit::Words;
        is_enough.then_some(fit)
    }

    fn best_fit(&self, entry: &SearchEntry<'_>) -> Option<Fit> {
        if self.words.is_empty() {
            return None;
        }
        let symbol = words(&entry.underlying.symbol).concat();
        if symbol == self.squashed {
            return Some(Fit::Symbol);
        }
        let texts: Vec<Vec<String>> = texts_of(entry).map(words).collect();
        if texts.iter().any(|text| self.is(text)) {
            return Some(Fit::Name);
        }
        let least = if entry.standing == Standing::Unknown { BEGINNING_LETTERS_MIN } else { 1 };
        if symbol.starts_with(&self.squashed) && self.squashed.chars().count() >= least {
            return Some(Fit::SymbolBeginning);
        }
        let begins = |wanted: &String, word: &String| {
            word == wanted || word.starts_with(wanted) && wanted.chars().count() >= least
        };
        if self.words.iter().all(|wanted| texts.iter().flatten().any(|word| begins(wanted, word))) {
            return Some(Fit::Words);
        }
        let squashed: Vec<String> = texts.iter().map(|text| text.concat()).collect();
        let is_somewhere = |part: &str| squashed.iter().any(|text| text.contains(part));
        let has_all = self.words.iter().all(|word| is_somewhere(word));
        (has_all || is_somewhere(&self.squashed)).then_some(Fit::Parts)
    }

    /// The same words in any order, or the same letters.
    fn is(&self, text: &[String]) -> bool {
        if text.concat() == self.squashed {
            return true;
        }
        let mut sorted = text.to_vec();
        sorted.sort();
        sorted == self.sorted
    }
}

fn texts_of<'a>(entry: &SearchEntry<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
    let Underlying { key, symbol, name, .. } = entry.underlying;
    let aliases = ALIASES.iter().find(|(of, _)| *of == key.as_str()).map_or(&[][..], |(_, aliases)| aliases);
    let own = [symbol.as_str(), name, key.name(), key.as_str()];
    own.into_iter().chain(aliases.iter().copied()).chain(entry.former.iter().map(String::as_str))
}

/// Letters and digits, each run a word, in lower case.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = None;
    for letter in text.chars().flat_map(char::to_lowercase) {
        let kind = letter.is_alphanumeric().then(|| letter.is_numeric());
        match words.last_mut() {
            _ if kind.is_none() => {}
            Some(word) if before == kind => word.push(letter),
            _ => words.push(letter.to_string()),
        }
        before = kind;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Known(Vec<(Underlying, Standing, Vec<String>)>);

    impl Known {
        fn new() -> Self {
            let mut known = Self(
                Underlying::indices().into_iter().map(|index| (index, Standing::Live, Vec::new())).collect(),
            );
            for (key, symbol, name, standing) in [
                ("NSE_EQ|INE002A01018", "RELIANCE", "Reliance Industries", Standing::Live),
                ("NSE_EQ|INE040A01034", "HDFCBANK", "HDFC Bank", Standing::Live),
                ("NSE_EQ|INE101A01026", "M&M", "Mahindra & Mahindra", Standing::Live),
                ("NSE_EQ|INE917I01010", "BAJAJ-AUTO", "Bajaj Auto", Standing::Live),
                ("NSE_EQ|INE769A01020", "AARTIIND", "AARTI INDUSTRIES LTD", Standing::Left),
                ("NSE_EQ|INE839G01010", "JOCIL", "JOCIL LIMITED", Standing::Unknown),
                ("NSE_EQ|INF732E01037", "NEXT50", "Some Next 50 Fund", Standing::Unknown),
            ] {
                known.add(key, symbol, name, standing, &[]);
            }
            known
        }

        fn add(&mut self, key: &str, symbol: &str, name: &str, standing: Standing, former: &[&str]) {
            let key: crate::InstrumentKey = key.parse().unwrap();
            let kind = crate::UnderlyingKind::of(key.segment());
            let underlying = Underlying { key, symbol: symbol.to_owned(), name: name.to_owned(), kind };
            self.0.push((underlying, standing, former.iter().map(|text| (*text).to_owned()).collect()));
        }

        fn entries(&self) -> impl Iterator<Item = SearchEntry<'_>> {
            self.0.iter().map(|(underlying, standing, former)| SearchEntry {
                underlying,
                standing: *standing,
                former,
            })
        }

        fn found(&self, text: &str) -> Vec<&str> {
            search(text, self.entries()).into_iter().map(|place| self.0[place].0.symbol.as_str()).collect()
        }

        fn named(&self, text: &str) -> Option<&str> {
            match named(text, self.entries()) {
                Named::One(place) => Some(self.0[place].0.key.as_str()),
                Named::Near(_) | Named::Nobody => None,
            }
        }
    }

    #[test]
    fn what_people_write_finds_and_names_whom_they_mean() {
        let known = Known::new();
        for (symbol, texts) in [
            (
                "NIFTY",
                vec![
                    "nifty50",
                    "nifty 50",
                    "NIFTY",
                    "Nifty-50",
                    "50 nifty",
                    "nifty",
                    "NIFTY  50",
                    "cnx nifty",
                ],
            ),
            (
                "BANKNIFTY",
                vec![
                    "bn",
                    "bnf",
                    "bank nifty",
                    "NIFTYBANK",
                    "nifty bank",
                    "BANKNIFTY",
                    "Bank-Nifty",
                    "banknifty",
                ],
            ),
            ("SENSEX", vec!["sensex", "BSE Sensex", "SNSX", "sensex30"]),
            (
                "FINNIFTY",
                vec![
                    "fin nifty",
                    "finnifty",
                    "nifty fin service",
                    "NIFTYFINSERVICE",
                    "nifty financial services",
                ],
            ),
            (
                "MIDCPNIFTY",
                vec![
                    "midcap nifty",
                    "nifty midcap select",
                    "NIFTY MID SELECT",
                    "midcpnifty",
                    "nifty midcap",
                    "midcap select",
                ],
            ),
            (
                "NIFTYNXT50",
                vec![
                    "nifty next 50",
                    "junior nifty",
                    "nifty junior",
                    "niftynext50",
                    "nifty nxt 50",
                    "next50",
                ],
            ),
            ("BANKEX", vec!["bankex", "BSE BANKEX", "bank ex"]),
            ("SENSEX50", vec!["SNSX50", "sensex50", "sensex 50", "snsx 50", "50 SENSEX"]),
            (
                "RELIANCE",
                vec![
                    "reliance",
                    "Reliance Industries",
                    "industries reliance",
                    "INE002A01018",
                    "NSE_EQ|INE002A01018",
                ],
            ),
            ("M&M", vec!["m&m", "MM", "mahindra & mahindra", "M M"]),
            ("BAJAJ-AUTO", vec!["bajaj auto", "BAJAJAUTO", "auto bajaj"]),
            ("AARTIIND", vec!["aartiind", "AARTI INDUSTRIES LTD", "INE769A01020"]),
            ("JOCIL", vec!["jocil", "jocil limited"]),
        ] {
            for text in texts {
                assert_eq!(known.found(text).first(), Some(&symbol), "{text}");
                let (underlying, ..) = known.0.iter().find(|(known, ..)| known.symbol == symbol).unwrap();
                assert_eq!(known.named(text), Some(underlying.key.as_str()), "{text}");
            }
        }
    }

    #[test]
    fn what_fits_best_comes_first_and_shares_only_when_they_are_meant() {
        let known = Known::new();
        assert_eq!(known.found("sensex"), ["SENSEX", "SENSEX50"]);
        assert_eq!(known.found("nifty 50"), ["NIFTY", "NIFTYNXT50"]);
        assert_eq!(known.found("bank"), ["BANKNIFTY", "BANKEX", "HDFCBANK"]);
        assert_eq!(known.found("bse_index"), ["SENSEX", "BANKEX", "SENSEX50"]);
        assert_eq!(known.found("aarti"), ["AARTIIND"]);
        assert_eq!(known.found("joc"), ["JOCIL"]);
        assert!(known.found("jo").is_empty(), "two letters begin hundreds of shares");
        assert!(known.found("ocil").is_empty(), "the middle of a word is no share that is meant");
        assert!(known.found("gold").is_empty());
        // Everything but shares that never had any, in the order given.
        assert_eq!(known.found(" - ").len(), 13);
        assert_eq!(known.found("")[..2], ["NIFTY", "BANKNIFTY"]);
    }

    #[test]
    fn nobody_is_guessed() {
        let known = Known::new();
        for text in ["", "|", "bank", "relian", "gold", "nifty 500"] {
            assert_eq!(known.named(text), None, "{text}");
        }
        assert!(matches!(named("bank", known.entries()), Named::Near(near) if near.len() == 3));
        assert_eq!(named("gold", known.entries()), Named::Nobody);
    }

    #[test]
    fn an_old_key_and_an_old_name_lead_to_the_company() {
        let mut known = Known::new();
        // A new ISIN after a split: both keys carry the symbol, the live one is meant by it.
        known.add("NSE_EQ|INE000A01011", "SPLIT", "Split Company", Standing::Left, &[]);
        known.add("NSE_EQ|INE000A01029", "SPLIT", "Split Company", Standing::Live, &[]);
        assert_eq!(known.found("split").len(), 2);
        assert_eq!(known.named("SPLIT"), Some("NSE_EQ|INE000A01029"));
        // A new symbol: the old one still finds, and is nobody else's.
        known.add(
            "NSE_EQ|INE758T01015",
            "ETERNAL",
            "Eternal Limited",
            Standing::Live,
            &["ZOMATO", "Zomato Limited"],
        );
        assert_eq!(known.named("zomato"), Some("NSE_EQ|INE758T01015"));
        assert_eq!(known.found("zomato ltd").len() + known.found("zom").len(), 1);
        // Two of one standing and one symbol: neither is meant.
        known.add("BSE_EQ|INE839G01010", "JOCIL", "JOCIL LIMITED", Standing::Unknown, &[]);
        assert_eq!(known.named("JOCIL"), None);
    }

    #[test]
    fn an_index_is_named_without_any_list() {
        assert_eq!(index_named("bank nifty").unwrap().as_str(), "NSE_INDEX|Nifty Bank");
        assert_eq!(index_named("SENSEX").unwrap().as_str(), "BSE_INDEX|SENSEX");
        assert_eq!(index_named("RELIANCE"), None);
    }

    #[test]
    fn words_are_runs_of_letters_and_of_digits() {
        for (text, expected) in [
            ("Nifty50", vec!["nifty", "50"]),
            ("BAJAJ-AUTO", vec!["bajaj", "auto"]),
            ("  M&M ", vec!["m", "m"]),
            ("360ONE", vec!["360", "one"]),
            ("|_-", vec![]),
        ] {
            assert_eq!(words(text), expected);
        }
    }
}
