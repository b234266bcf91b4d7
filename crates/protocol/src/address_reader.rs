//! The query of a page's address, read part by part. What cannot be read is left out and told in a sentence that names the
//! part; the page shows these sentences, so that nothing is left out in silence.

use std::fmt::Display;
use std::str::FromStr;

/// Reads one address.
pub struct AddressReader<'a> {
    text: Box<dyn Fn(&str) -> String + 'a>,
    left_out: Vec<String>,
}

impl<'a> AddressReader<'a> {
    /// `text` gives what stands behind a name, and nothing where the name is absent.
    pub fn new(text: impl Fn(&str) -> String + 'a) -> Self {
        Self { text: Box::new(text), left_out: Vec::new() }
    }

    /// A part as it is written.
    pub fn text(&self, name: &str) -> String {
        (self.text)(name)
    }

    /// What is absent is `None`, and so is what cannot be read.
    pub fn part<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        let text = self.text(name);
        self.piece(name, &text)
    }

    /// The same of a text that is one of several in a part.
    pub fn piece<T: FromStr<Err: Display>>(&mut self, name: &str, text: &str) -> Option<T> {
        if text.is_empty() {
            return None;
        }
        match text.parse() {
            Ok(part) => Some(part),
            Err(error) => {
                self.leave_out(name, error);
                None
            }
        }
    }

    /// A part whose type has no sentence for what it is not: `wanted` completes "\"x\" is not …".
    pub fn part_as<T>(&mut self, name: &str, wanted: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(name);
        if text.is_empty() {
            return None;
        }
        let part = read(&text);
        if part.is_none() {
            self.leave_out(name, format_args!("\"{text}\" is not {wanted}"));
        }
        part
    }

    /// Whether a part is there that can be one word only.
    pub fn says(&mut self, name: &str, word: &str) -> bool {
        self.part_as(name, word, |text| (text == word).then_some(())).is_some()
    }

    pub fn leave_out(&mut self, name: &str, why: impl Display) {
        self.left_out.push(format!("{name}: {why}"));
    }

    /// A sentence for each part that was left out.
    pub fn left_out(self) -> Vec<String> {
        self.left_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ChainWish;

    #[test]
    fn what_cannot_be_read_is_left_out_by_its_name() {
        let told = |broken: [(&str, &str); 3]| {
            let text = |name: &str| broken.iter().find(|(of, _)| *of == name).map(|(_, text)| *text);
            let mut address = AddressReader::new(|name| text(name).unwrap_or_default().to_owned());
            let wish = ChainWish::read(&mut address);
            (wish, address.left_out())
        };
        let (wish, left_out) = told([("underlying", "&&"), ("expiry", "2025-13-45"), ("at", "zzz")]);
        assert_eq!(wish, ChainWish::default());
        let [underlying, expiry, at] = &left_out[..] else { panic!("{left_out:?}") };
        assert!(underlying.starts_with("underlying: ") && underlying.contains("\"&&\""), "{underlying}");
        assert!(expiry.starts_with("expiry: \"2025-13-45\" is not a date"), "{expiry}");
        assert!(at.starts_with("at: ") && at.contains("\"zzz\""), "{at}");
        let (wish, left_out) = told([("underlying", "NIFTY"), ("expiry", "2025-08-28"), ("at", "")]);
        assert!(wish.underlying.is_some() && wish.expiry.is_some() && left_out.is_empty(), "{left_out:?}");
    }

    #[test]
    fn a_word_and_a_number_are_told_from_others() {
        let mut address = AddressReader::new(|name| match name {
            "view" => "list".to_owned(),
            "indexed" => "yes".to_owned(),
            "page" => "two".to_owned(),
            _ => String::new(),
        });
        assert!(
            !address.says("view", "table") && address.says("indexed", "yes") && !address.says("other", "x")
        );
        let page = address.part_as("page", "a page", |text| text.parse::<usize>().ok());
        assert_eq!(
            (page, address.part_as("from", "a number", |text| text.parse::<u32>().ok())),
            (None, None)
        );
        assert_eq!(address.left_out(), ["view: \"list\" is not table", "page: \"two\" is not a page"]);
    }
}
