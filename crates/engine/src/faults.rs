//! Answers that our own readers broke on, kept as they came, so that a fault that is reported can be found: one file an
//! answer in `DATA_DIR/faults`. They are never read again here, and never answered over the network.

use std::fmt;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tracing::error;
use upstox::{ApiError, ReaderFault, Record};

use crate::blocking::on_blocking_thread;
use crate::error::EngineError;

const FOLDER: &str = "faults";
/// Answers that are kept; whoever reports one has enough with the first.
const KEPT_MAX: usize = 20;
/// Hexadecimal digits of the answer's SHA-256 in its file's name.
const DIGITS: usize = 16;

/// Where an answer lies, or why it lies nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptAnswerFile {
    Kept(PathBuf),
    /// It may hold a secret.
    Secret,
    /// [`KEPT_MAX`] of them lie there.
    Full(PathBuf),
    NotWritten(String),
}

impl fmt::Display for KeptAnswerFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept(path) => write!(formatter, "The answer is kept in {}", path.display()),
            Self::Secret => formatter.write_str("The answer is not kept, because it may hold a secret"),
            Self::Full(folder) => {
                write!(formatter, "The answer is not kept: {KEPT_MAX} others lie in {}", folder.display())
            }
            Self::NotWritten(reason) => write!(formatter, "The answer could not be kept ({reason})"),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct FaultFolder(PathBuf);

impl FaultFolder {
    pub(crate) fn of(data_dir: &Path) -> Self {
        Self(data_dir.join(FOLDER))
    }

    /// A fault of ours as it is told, with its answer kept; any other error is handed back.
    pub(crate) async fn take(&self, error: ApiError, record: &Record) -> Result<EngineError, ApiError> {
        let ApiError::Fault(fault) = error else { return Err(error) };
        let ReaderFault { words, answer, .. } = *fault;
        let kept = match answer {
            None => KeptAnswerFile::Secret,
            Some(answer) => {
                let (folder, name) = (self.0.clone(), name_of(record));
                let written = on_blocking_thread(move || keep(&folder, &name, &answer)).await;
                written.unwrap_or_else(|error| KeptAnswerFile::NotWritten(error.to_string()))
            }
        };
        let Record { endpoint, key, .. } = record;
        error!(endpoint, key, words, %kept, "a fault of ExpiryTrack's own in reading an answer: please report it");
        Ok(EngineError::ReaderFault { words, kept })
    }
}

/// The same answer has the same name, so that it is kept once however often it comes.
fn name_of(record: &Record) -> String {
    let digest = record.sha256.unwrap_or_default();
    let digits: String = digest.iter().take(DIGITS / 2).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{digits}.answer", record.endpoint.replace('/', "-"))
}

fn keep(folder: &Path, name: &str, answer: &Bytes) -> KeptAnswerFile {
    let path = folder.join(name);
    match try_keep(folder, &path, answer) {
        Ok(true) => KeptAnswerFile::Kept(path),
        Ok(false) => KeptAnswerFile::Full(folder.to_owned()),
        Err(error) => {
            // Half an answer would mislead whoever looks for the fault.
            let removed = std::fs::remove_file(&path);
            tracing::debug!(?removed, "what was written of an answer is taken away");
            KeptAnswerFile::NotWritten(error.to_string())
        }
    }
}

/// Says whether there was room for it.
fn try_keep(folder: &Path, path: &Path, answer: &Bytes) -> io::Result<bool> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        builder.mode(0o700);
        options.mode(0o600);
    }
    builder.create(folder)?;
    if path.try_exists()? {
        return Ok(true);
    }
    if std::fs::read_dir(folder)?.count() >= KEPT_MAX {
        return Ok(false);
    }
    options.open(path)?.write_all(answer)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use upstox::BrokerAddress;

    fn record(number: u8) -> Record {
        Record {
            endpoint: "option/contract",
            key: "NSE_INDEX|Nifty 50".to_owned(),
            status: Some(200),
            bytes: 1,
            sha256: Some([number; 32]),
            duration: Duration::ZERO,
        }
    }

    fn fault(answer: Option<&'static [u8]>) -> ApiError {
        let (address, words) = (BrokerAddress::upstox(), "no row at 3".to_owned());
        ApiError::Fault(Box::new(ReaderFault { address, words, answer: answer.map(Bytes::from_static) }))
    }

    #[tokio::test]
    async fn an_answer_is_kept_once_and_as_it_came_and_not_for_ever() {
        let data = tempfile::TempDir::new().unwrap();
        let faults = FaultFolder::of(data.path());
        for _ in 0..2 {
            let told = faults.take(fault(Some(b"[1,2")), &record(7)).await.unwrap();
            assert!(told.is_of_one_part(), "the job goes on");
            let path = data.path().join("faults/option-contract-0707070707070707.answer");
            assert!(told.to_string().contains(path.to_str().unwrap()), "{told}");
            assert!(
                told.to_string().contains("no row at 3") && told.to_string().contains("report"),
                "{told}"
            );
            assert_eq!(std::fs::read(path).unwrap(), b"[1,2");
        }
        assert_eq!(std::fs::read_dir(data.path().join("faults")).unwrap().count(), 1);
        for number in 8..40 {
            drop(faults.take(fault(Some(b"[1,2")), &record(number)).await.unwrap());
        }
        assert_eq!(std::fs::read_dir(data.path().join("faults")).unwrap().count(), KEPT_MAX);
        let told = faults.take(fault(Some(b"[1,2")), &record(41)).await.unwrap();
        assert!(told.to_string().contains("20 others lie in"), "{told}");
    }

    #[tokio::test]
    async fn an_answer_with_a_secret_is_kept_nowhere_and_other_errors_stay_what_they_are() {
        let data = tempfile::TempDir::new().unwrap();
        let faults = FaultFolder::of(data.path());
        let told = faults.take(fault(None), &record(1)).await.unwrap();
        assert!(told.to_string().contains("may hold a secret"), "{told}");
        let other = ApiError::Unreadable { address: BrokerAddress::upstox(), problem: "no list".to_owned() };
        assert!(matches!(faults.take(other, &record(1)).await, Err(ApiError::Unreadable { .. })));
        assert!(!data.path().join("faults").exists());
    }
}
