//! The log on the disk: a file that is turned when it is full, and a few of those before it. It never holds more than
//! its bounds say, a line is one event whatever is in it, and a disk that takes no more never stops the program.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Of one file. A line is about 150 bytes.
pub const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// The newest is `expirytrack.log`, the one before it `expirytrack.log.1`.
pub const FILES_MAX: usize = 5;
const NAME: &str = "expirytrack.log";
/// What is told before it is known where the file is.
const EARLY_BYTES_MAX: usize = 256 * 1024;

/// A handle; clones write into the same file.
#[derive(Clone)]
pub struct LogFile {
    place: Arc<Mutex<Place>>,
}

enum Place {
    /// Not known yet: kept until it is.
    Early(Vec<u8>),
    Open(Turned),
}

impl LogFile {
    pub fn new() -> Self {
        Self { place: Arc::new(Mutex::new(Place::Early(Vec::new()))) }
    }

    /// Writes into `folder` from now on, first what was told before.
    pub fn begin(&self, folder: &Path) -> io::Result<()> {
        let mut file = Turned::open(folder, FILE_BYTES_MAX, FILES_MAX)?;
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Place::Early(lines) = &*place {
            file.write(lines);
        }
        *place = Place::Open(file);
        Ok(())
    }
}

/// An event comes in one piece, with a line break at its end; others within it are written as `\n`.
impl Write for &LogFile {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let line = one_line(event);
        match &mut *self.place.lock().unwrap_or_else(PoisonError::into_inner) {
            Place::Early(lines) if lines.len() + line.len() <= EARLY_BYTES_MAX => lines.extend(line),
            Place::Early(_) => {}
            Place::Open(file) => file.write(&line),
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn one_line(event: &[u8]) -> Vec<u8> {
    let text = event.strip_suffix(b"\n").unwrap_or(event);
    let mut line = Vec::with_capacity(text.len() + 1);
    for byte in text {
        match byte {
            b'\n' => line.extend(b"\\n"),
            b'\r' => line.extend(b"\\r"),
            other => line.push(*other),
        }
    }
    line.push(b'\n');
    line
}

struct Turned {
    path: PathBuf,
    file: File,
    bytes: u64,
    bytes_max: u64,
    files_max: usize,
}

impl Turned {
    fn open(folder: &Path, bytes_max: u64, files_max: usize) -> io::Result<Self> {
        engine::create_private_dir(folder)?;
        let path = folder.join(NAME);
        let file = append(&path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { path, file, bytes, bytes_max, files_max })
    }

    /// A line that cannot be written is lost: there is nobody to tell.
    fn write(&mut self, line: &[u8]) {
        let length = line.len() as u64;
        if self.bytes > 0 && self.bytes + length > self.bytes_max && self.turn().is_err() {
            return;
        }
        if self.file.write_all(line).is_ok() {
            self.bytes += length;
        }
    }

    /// Each file takes the name of the one before it; the oldest goes.
    fn turn(&mut self) -> io::Result<()> {
        for number in (1..self.files_max).rev() {
            let from = if number == 1 { self.path.clone() } else { numbered(&self.path, number - 1) };
            match std::fs::rename(from, numbered(&self.path, number)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        self.file = append(&self.path)?;
        self.bytes = self.file.metadata()?.len();
        Ok(())
    }
}

fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

fn numbered(path: &Path, number: usize) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    PathBuf::from(name)
}

/// The files of a folder, the oldest first.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let path = folder.join(NAME);
    let numbered = (1..FILES_MAX).rev().map(|number| numbered(&path, number));
    numbered.chain([path.clone()]).filter(|path| path.is_file()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_is_turned_and_the_oldest_goes() {
        let data = tempfile::TempDir::new().unwrap();
        let folder = data.path().join("logs");
        let mut file = Turned::open(&folder, 25, 3).unwrap();
        for number in 0..10 {
            file.write(format!("line {number}...\n").as_bytes());
        }
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(read("expirytrack.log"), "line 8...\nline 9...\n");
        assert_eq!(read("expirytrack.log.1"), "line 6...\nline 7...\n");
        assert_eq!(read("expirytrack.log.2"), "line 4...\nline 5...\n");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 3);
        // A line that is longer than a file stands in one of its own.
        file.write(&[b'x'; 30]);
        assert_eq!(read("expirytrack.log").len(), 30);
        // A start goes on in the file that is there.
        drop(file);
        Turned::open(&folder, 25, 3).unwrap().write(b"next\n");
        assert_eq!((read("expirytrack.log"), read("expirytrack.log.1").len()), ("next\n".to_owned(), 30));
    }

    #[test]
    fn what_is_told_early_is_kept_and_an_event_is_one_line() {
        let data = tempfile::TempDir::new().unwrap();
        let log = LogFile::new();
        let lots = vec![b'x'; EARLY_BYTES_MAX];
        for event in [b"early\nand\r\nforged\n".as_slice(), &lots, b"still early"] {
            (&log).write_all(event).unwrap();
        }
        log.begin(data.path()).unwrap();
        (&log).write_all(b"late\n").unwrap();
        let text = std::fs::read_to_string(data.path().join(NAME)).unwrap();
        assert_eq!(text, "early\\nand\\r\\nforged\nstill early\nlate\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(data.path().join(NAME)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
