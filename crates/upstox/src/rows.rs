//! The elements of one long JSON list, one at a time, from a reader. Nothing but the element at hand is in
//! memory, and what is wrong inside one element is for its reader to say: here only brackets and texts are
//! followed. A list that ends in the middle is an error.

use std::io::{self, BufRead};

/// The longest element that is read; a row of the master has about 500 bytes.
pub(crate) const ELEMENT_BYTES_MAX: usize = 64 * 1024;

pub(crate) enum Element<'a> {
    Whole(&'a [u8]),
    /// The beginning of one that is longer than any that is read.
    TooLong(&'a [u8]),
}

#[derive(Debug)]
pub(crate) enum RowsError {
    Read(io::Error),
    Malformed(&'static str),
    TooLarge,
}

pub(crate) struct Rows<R> {
    reader: R,
    /// How many more are read.
    bytes_left: u64,
    element: Vec<u8>,
    has_begun: bool,
    has_ended: bool,
}

impl<R: BufRead> Rows<R> {
    pub(crate) fn new(reader: R, bytes_max: u64) -> Self {
        Self { reader, bytes_left: bytes_max, element: Vec::new(), has_begun: false, has_ended: false }
    }

    pub(crate) fn next(&mut self) -> Result<Option<Element<'_>>, RowsError> {
        if !self.has_begun {
            self.begin()?;
        }
        self.element.clear();
        let (mut nesting, mut length) = (Nesting::default(), 0);
        while !self.has_ended {
            let byte = self.byte()?.ok_or(RowsError::Malformed("it ends in the middle"))?;
            match byte {
                b']' if nesting.is_outside() => self.end()?,
                b',' if nesting.is_outside() && length > 0 => break,
                b',' if nesting.is_outside() => {}
                byte if length == 0 && byte.is_ascii_whitespace() => {}
                byte => {
                    nesting.take(byte);
                    length += 1;
                    if length <= ELEMENT_BYTES_MAX {
                        self.element.push(byte);
                    }
                }
            }
        }
        Ok(match length {
            0 => None,
            1..=ELEMENT_BYTES_MAX => Some(Element::Whole(&self.element)),
            _ => Some(Element::TooLong(&self.element)),
        })
    }

    fn begin(&mut self) -> Result<(), RowsError> {
        self.has_begun = true;
        match self.byte_after_space()? {
            Some(b'[') => Ok(()),
            _ => Err(RowsError::Malformed("it is no list")),
        }
    }

    /// Reads what follows too: only then has a gzip stream been held against its checksum.
    fn end(&mut self) -> Result<(), RowsError> {
        self.has_ended = true;
        match self.byte_after_space()? {
            None => Ok(()),
            Some(_) => Err(RowsError::Malformed("something follows the end of the list")),
        }
    }

    fn byte_after_space(&mut self) -> Result<Option<u8>, RowsError> {
        loop {
            match self.byte()? {
                Some(byte) if byte.is_ascii_whitespace() => {}
                other => return Ok(other),
            }
        }
    }

    fn byte(&mut self) -> Result<Option<u8>, RowsError> {
        let Some(byte) = self.reader.fill_buf().map_err(RowsError::Read)?.first().copied() else {
            return Ok(None);
        };
        self.bytes_left = self.bytes_left.checked_sub(1).ok_or(RowsError::TooLarge)?;
        self.reader.consume(1);
        Ok(Some(byte))
    }
}

/// Where in an element a byte stands.
#[derive(Default)]
struct Nesting {
    depth: usize,
    in_text: bool,
    is_escaped: bool,
}

impl Nesting {
    fn is_outside(&self) -> bool {
        self.depth == 0 && !self.in_text
    }

    fn take(&mut self, byte: u8) {
        if self.in_text {
            self.in_text = byte != b'"' || self.is_escaped;
            self.is_escaped = byte == b'\\' && !self.is_escaped;
            return;
        }
        match byte {
            b'"' => self.in_text = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(list: &str) -> Result<Vec<String>, RowsError> {
        let mut rows = Rows::new(list.as_bytes(), 200_000);
        let mut elements = Vec::new();
        while let Some(element) = rows.next()? {
            elements.push(match element {
                Element::Whole(bytes) => String::from_utf8(bytes.to_owned()).unwrap(),
                Element::TooLong(bytes) => format!("{} and more", bytes.len()),
            });
        }
        Ok(elements)
    }

    #[test]
    fn a_list_is_cut_between_its_elements_and_nowhere_else() {
        for (list, expected) in [
            ("[]", ""),
            (" [ ] ", ""),
            ("[1]", "1"),
            (r#"[{"a":[1,2]}, null ,"x,]\"}",[[]]]"#, r#"{"a":[1,2]}|null |"x,]\"}"|[[]]"#),
            // What no parser takes is still one element.
            (r#"[{"a":NaN},{"b":1,},]"#, r#"{"a":NaN}|{"b":1,}"#),
        ] {
            assert_eq!(elements(list).unwrap().join("|"), expected, "{list}");
        }
        let long = format!("[1,\"{}\",2]", "x".repeat(ELEMENT_BYTES_MAX));
        assert_eq!(elements(&long).unwrap(), ["1", "65536 and more", "2"]);
    }

    #[test]
    fn what_is_no_whole_list_is_an_error() {
        for list in ["", " ", "{}", "<html>", "[", "[1", "[1,", r#"["]"#, "[{]", "[] x", "[][]"] {
            assert!(matches!(elements(list), Err(RowsError::Malformed(_))), "{list}");
        }
        assert!(matches!(elements(&format!("[{}]", " ".repeat(200_000))), Err(RowsError::TooLarge)));
    }
}
