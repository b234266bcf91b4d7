//! Standard output and standard error of the commands. With `--json` standard output carries one document
//! and nothing else; a closed pipe is no error.

use std::io::{self, Write};
use std::path::Path;

use engine::{FileError, PartialFile};
use serde::Serialize;

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

/// Rows as aligned columns, the first row as headings.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
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
