//! A value of an answer, read as what it plainly is: numbers that come as text, text that comes as a number,
//! whole numbers with a point, noise in the last digits of a double. What has no plain meaning is refused by
//! whoever asks for it: there is no default here.

use std::borrow::Cow;
use std::fmt;

use market::Day;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What arithmetic on doubles leaves in the last digits; no price or count is this fine.
const NOISE: f64 = 1e-6;
/// Beyond this a double no longer counts exactly.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Loose<'a> {
    /// Missing, or `null`.
    #[default]
    Nothing,
    Truth(bool),
    Number(f64),
    Text(Cow<'a, str>),
    /// A list or an object.
    Composed,
}

impl Loose<'_> {
    /// Nothing, or a text without a character.
    pub(crate) fn is_blank(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// A text, or a number as one would write it.
    pub(crate) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(Cow::Borrowed),
            Self::Number(number) => Some(Cow::Owned(number.to_string())),
            _ => None,
        }
    }

    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => decimal(text.trim()),
            _ => None,
        }
    }

    /// A number without a fraction, but for noise.
    pub(crate) fn whole(&self) -> Option<i64> {
        let number = self.number()?;
        let whole = number.round();
        ((number - whole).abs() <= NOISE && whole.abs() <= EXACT_MAX).then_some(whole as i64)
    }

    /// Yes or no in the spellings that programs have for it.
    pub(crate) fn flag(&self) -> Option<bool> {
        match self {
            Self::Truth(truth) => Some(*truth),
            Self::Number(1.0) => Some(true),
            Self::Number(0.0) => Some(false),
            Self::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "y" | "1" => Some(true),
                "false" | "no" | "n" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    pub(crate) fn day(&self) -> Option<Day> {
        Day::from_spelling(&self.text()?)
    }
}

/// A number with a fraction of a paisa that is noise, as the whole paise that it stands for.
pub(crate) fn without_noise(rupees: f64) -> f64 {
    let whole_paise = (rupees * 100.0).round() / 100.0;
    if (rupees - whole_paise).abs() <= NOISE { whole_paise } else { rupees }
}

/// Digits, sign, point and exponent alone: Rust's own reader also takes `inf` and `NaN`.
fn decimal(text: &str) -> Option<f64> {
    let is_plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    text.parse().ok().filter(|number: &f64| is_plain && number.is_finite())
}

/// In the words of a sentence about it.
impl fmt::Display for Loose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN_MAX: usize = 60;
        match self {
            Self::Nothing => f.write_str("null"),
            Self::Truth(truth) => write!(f, "{truth}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "\"{}\"", text.chars().take(SHOWN_MAX).collect::<String>()),
            Self::Composed => f.write_str("a list or an object"),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor)
    }
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Loose::Nothing)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Loose::Truth(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Loose::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Loose::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Loose::Number(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Self::Value, A::Error> {
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose::Composed)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose::Composed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Loose<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_number_is_read_from_what_plainly_is_one() {
        for (json, number, whole) in [
            ("75", Some(75.0), Some(75)),
            ("75.0", Some(75.0), Some(75)),
            (r#""75""#, Some(75.0), Some(75)),
            (r#"" 75.00 ""#, Some(75.0), Some(75)),
            (r#""7.5e1""#, Some(75.0), Some(75)),
            ("74.99999999999999", Some(74.999_999_999_999_99), Some(75)),
            ("75.5", Some(75.5), None),
            (r#""-1""#, Some(-1.0), Some(-1)),
            ("1e300", Some(1e300), None),
            (r#""24,500""#, None, None),
            (r#""NaN""#, None, None),
            (r#""inf""#, None, None),
            (r#""1e999""#, None, None),
            (r#""0x4B""#, None, None),
            (r#""""#, None, None),
            ("null", None, None),
            ("true", None, None),
            ("[75]", None, None),
        ] {
            assert_eq!((read(json).number(), read(json).whole()), (number, whole), "{json}");
        }
    }

    #[test]
    fn a_text_is_read_from_a_number_too() {
        for (json, text) in [
            (r#"" a b ""#, Some("a b")),
            ("71706", Some("71706")),
            ("71706.0", Some("71706")),
            ("1798568999000.0", Some("1798568999000")),
            (r#"" ""#, None),
            ("null", None),
            ("false", None),
            ("{}", None),
        ] {
            assert_eq!(read(json).text().as_deref(), text, "{json}");
        }
    }

    #[test]
    fn yes_and_no_have_these_spellings() {
        for json in ["true", "1", "1.0", r#""true""#, r#"" TRUE ""#, r#""Y""#, r#""yes""#, r#""1""#] {
            assert_eq!(read(json).flag(), Some(true), "{json}");
        }
        for json in ["false", "0", r#""False""#, r#""n""#, r#""No""#, r#""0""#] {
            assert_eq!(read(json).flag(), Some(false), "{json}");
        }
        for json in ["null", "2", r#""maybe""#, r#""""#, "[]"] {
            assert_eq!(read(json).flag(), None, "{json}");
        }
    }

    #[test]
    fn noise_goes_and_a_finer_price_stays() {
        for (rupees, tidy) in [
            (287.500_000_000_000_06, 287.5),
            (24_618.899_999_999_998, 24_618.9),
            (0.05, 0.05),
            (982.275, 982.275),
            (1.001, 1.001),
        ] {
            assert_eq!(without_noise(rupees), tidy);
        }
    }
}
