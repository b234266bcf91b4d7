//! What stands in a field of a CSV. A spreadsheet takes a text for a formula that begins with `=`, `+`, `-`, `@` or a
//! control character, and runs it; so such a text gets an apostrophe before it, as OWASP advises, which a spreadsheet
//! takes for "this is text". One that begins with an apostrophe gets another: whoever reads a file takes one away, and
//! has every text as it was. Numbers are no texts, and negative ones stay numbers.

use market::Price;

/// A field, as it is written.
pub(crate) struct Cell(String);

impl Cell {
    pub(crate) fn text(text: &str) -> Self {
        let needs_mark = text.starts_with(|first: char| {
            // The same in full width, which some spreadsheets read alike.
            "=+-@'＝＋－＠".contains(first) || first.is_control()
        });
        Self(if needs_mark { format!("'{text}") } else { text.to_owned() })
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

/// A finite one, without an exponent.
impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self(number.to_string())
    }
}

impl From<Price> for Cell {
    fn from(price: Price) -> Self {
        Self(price.to_string())
    }
}

/// Nothing where there is nothing.
impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or_else(|| Self(String::new()), Into::into)
    }
}

impl AsRef<[u8]> for Cell {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_runs_in_a_spreadsheet_and_each_reads_back_as_it_was() {
        let texts = [
            "=HYPERLINK(\"http://evil.example\")",
            "+1",
            "-1+cmd|' /C calc'!A0",
            "@SUM(1+1)",
            "\t=1+1",
            "\r=1+1",
            "\n=1+1",
            "\u{0}=1+1",
            "＝1+1",
            "'=1+1",
            "''",
            "TATAMOTORS 700 PE 28 OCT 25",
            "2025-08-01 09:15:00",
            "a, \"b\"; =c",
            "",
        ];
        let mut writer = csv::Writer::from_writer(Vec::new());
        for text in texts {
            writer.write_record([Cell::text(text), Cell::from(-5)]).unwrap();
        }
        let written = writer.into_inner().unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(written.as_slice());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), texts.len());
        for (row, text) in rows.iter().zip(texts) {
            let field = &row[0];
            let runs = field.starts_with(|first: char| "=+-@＝＋－＠".contains(first) || first.is_control());
            assert!(!runs, "{field:?}");
            assert_eq!(field.strip_prefix('\'').unwrap_or(field), text);
            assert_eq!(&row[1], "-5", "a number is none");
        }
    }
}
