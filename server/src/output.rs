//! Standard output and standard error of the commands. With `--json` standard output carries one document
//! and nothing else; a closed pipe is no error.

use std::io::{self, Write};
use std::path::Path;

use engine::{FileError, PartialFile};
use export::Format;
use serde::Serialize;

use crate::exit::{Exit, Refused};

/// Writes to standard output. `head` closing the pipe early is how people use it.
pub fn print(text: &str) -> anyhow::Result<()> {
    print_bytes(text.as_bytes())
}

pub fn print_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut output = io::stdout().lock();
    match output.write_all(bytes).and_then(|()| output.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}

pub fn print_json(document: &impl Serialize) -> anyhow::Result<()> {
    print(&format!("{}\n", serde_json::to_string_pretty(document)?))
}

/// Writes a file as a whole: beside its place, and there when it is written to its end. So a disk that is full leaves what
/// was there before, and nothing half.
pub fn write_file(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let written = PartialFile::create(path.to_owned()).and_then(|file| {
        file.writer()?.write_all(bytes)?;
        file.finish()
    });
    Ok(written.map_err(|error| FileError::io(path.to_owned(), error))?)
}

/// A line for the person. A terminal that is gone is not worth a failure.
pub fn tell(text: impl AsRef<str>) {
    let _ = writeln!(io::stderr().lock(), "{}", text.as_ref());
}

/// `950 bytes`, `12.3 MB`.
pub fn sized(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    let mut amount = bytes as f64;
    let mut unit = "bytes";
    for larger in UNITS {
        if amount < 1000.0 {
            break;
        }
        (amount, unit) = (amount / 1000.0, larger);
    }
    if unit == "bytes" { format!("{bytes} bytes") } else { format!("{amount:.1} {unit}") }
}

/// `1 expiry`, `3 expiries`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Rows as aligned columns, the first row as headings. Whatever a cell is of, it steers no terminal.
pub fn table(rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| shown(cell)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// With what would steer a terminal, or turn the order in which it is read, as `\u{1b}`.
fn shown(cell: &str) -> String {
    let is_steering = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut text = String::with_capacity(cell.len());
    for letter in cell.chars() {
        if is_steering(letter) { text.extend(letter.escape_unicode()) } else { text.push(letter) }
    }
    text
}

/// What somebody chose: `--json` wins, then what is said, then how the name of the file ends, which else is CSV. `None`: nothing
/// of it, and no file.
pub fn chosen_format(
    is_json: bool,
    said: Option<Format>,
    out: Option<&Path>,
) -> Result<Option<Format>, Refused> {
    if is_json {
        return Ok(Some(Format::Json));
    }
    Ok(format_of(said, out)?.or(out.is_some().then_some(Format::Csv)))
}

/// What a file is written in: as is said, else as its name ends. `None`: neither says it.
fn format_of(said: Option<Format>, out: Option<&Path>) -> Result<Option<Format>, Refused> {
    let Some(path) = out.filter(|_| said.is_none()) else { return Ok(said) };
    let found = Format::of_file(path);
    match path.extension() {
        Some(_) if found.is_none() => Err(Refused(
            Exit::Refused,
            format!(
                "the name of {} ends in no format: end it in one of {}, or say the format with --format",
                path.display(),
                Format::FILES.map(|format| format!(".{}", format.extension())).join(", ")
            ),
        )),
        _ => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_their_own_unit() {
        for (bytes, text) in
            [(0, "0 bytes"), (999, "999 bytes"), (1_000, "1.0 kB"), (3_600_000_000, "3.6 GB")]
        {
            assert_eq!(sized(bytes), text);
        }
    }

    #[test]
    fn what_would_steer_a_terminal_is_shown() {
        let rows =
            [vec!["a\u{1b}[2Jb".to_owned()], vec!["\u{202e}fdp.exe\u{7}".to_owned()], vec!["é ₹".to_owned()]];
        assert_eq!(table(&rows), "a\\u{1b}[2Jb\n\\u{202e}fdp.exe\\u{7}\né ₹\n");
    }

    #[test]
    fn a_file_is_written_as_is_said_or_as_its_name_ends() {
        let of = |said, name: &str| format_of(said, Some(Path::new(name)));
        assert_eq!(of(None, "rows.parquet").unwrap(), Some(Format::Parquet));
        assert_eq!(of(None, "a.b/rows").unwrap(), None);
        assert_eq!(of(Some(Format::Csv), "rows.txt").unwrap(), Some(Format::Csv));
        assert_eq!(format_of(None, None).unwrap(), None);
        let refused = of(None, "rows.foo").unwrap_err().to_string();
        assert!(refused.contains("rows.foo ends in no format: end it in one of .csv, .csv.gz"), "{refused}");
    }

    #[test]
    fn columns_are_aligned() {
        let rows = [vec!["a".to_owned(), "bc".to_owned()], vec!["abc".to_owned(), "d".to_owned()]];
        assert_eq!(table(&rows), "a    bc\nabc  d\n");
    }

    #[test]
    fn a_file_is_written_as_a_whole_or_stays_what_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        for text in ["before", "after"] {
            write_file(&path, text.as_bytes()).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        let nowhere = write_file(&folder.path().join("no/rows.csv"), b"x").unwrap_err().to_string();
        assert!(nowhere.contains("rows.csv cannot be written"), "{nowhere}");
        // A folder stands there.
        std::fs::create_dir(folder.path().join("taken")).unwrap();
        assert!(write_file(&folder.path().join("taken"), b"x").is_err());
        let mut left: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["rows.csv", "taken"]);
    }
}
