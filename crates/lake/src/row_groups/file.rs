//! A file of candles where it lies: on a disk, or in a bucket, of which only the asked range is fetched.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use tokio::runtime::Handle;

use super::{CandleFile, Result, RowGroupError, unreadable};
use crate::place::is_of_machine_role;

#[derive(Clone)]
pub(super) enum Lies {
    Disk(PathBuf),
    Bucket(Arc<dyn ObjectStore>, Path),
}

impl Lies {
    /// A part of a file, which must be as long as it was published.
    pub(super) fn bytes(&self, runtime: &Handle, file: &CandleFile, range: Range<u64>) -> Result<Bytes> {
        let assert_length = |found: u64| match found == file.bytes {
            true => Ok(()),
            false => {
                let what = format!("it has {found} bytes, and had {}", file.bytes);
                Err(RowGroupError::Changed(what))
            }
        };
        match self {
            Self::Disk(path) => {
                let mut open = File::open(path).map_err(of_io)?;
                assert_length(open.metadata().map_err(of_io)?.len())?;
                open.seek(SeekFrom::Start(range.start)).map_err(of_io)?;
                let mut bytes = Vec::new();
                open.take(range.end - range.start).read_to_end(&mut bytes).map_err(of_io)?;
                Ok(bytes.into())
            }
            Self::Bucket(bucket, path) => {
                let options = GetOptions { range: Some(range.into()), ..GetOptions::default() };
                runtime.block_on(async {
                    let answer = bucket.get_opts(path, options).await.map_err(of_bucket)?;
                    assert_length(answer.meta.size)?;
                    answer.bytes().await.map_err(of_bucket)
                })
            }
        }
    }
}

/// A part of a file, for a reader that speaks of the whole.
pub(super) struct Window {
    pub start: u64,
    pub bytes: Bytes,
}

impl Window {
    fn from(&self, start: u64) -> parquet::errors::Result<Bytes> {
        let at = start.checked_sub(self.start).and_then(|at| usize::try_from(at).ok());
        let at = at.filter(|at| *at <= self.bytes.len());
        at.map(|at| self.bytes.slice(at..))
            .ok_or_else(|| ParquetError::EOF("beyond what was read".to_owned()))
    }
}

impl Length for Window {
    fn len(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

impl ChunkReader for Window {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(self.from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let bytes = self.from(start)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF("beyond what was read".to_owned()));
        }
        Ok(bytes.slice(..length))
    }
}

fn of_io(error: io::Error) -> RowGroupError {
    match error.kind() {
        io::ErrorKind::NotFound => RowGroupError::Missing,
        _ => unreadable(error),
    }
}

/// What a store says itself names addresses and counts its tries: that is for the log.
fn of_bucket(error: object_store::Error) -> RowGroupError {
    let why = match &error {
        object_store::Error::NotFound { .. } => return RowGroupError::Missing,
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
            "the store does not let us in: check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        }
        error if is_of_machine_role(error) => {
            "no keys are set: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_REGION"
        }
        _ => "the store does not answer, or the connection to it was lost",
    };
    RowGroupError::Unreachable { why, cause: chain(&error) }
}

pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| match cause.to_string() {
        cause if text.contains(&cause) => text,
        cause => format!("{text}: {cause}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_store_answers_is_told_in_our_words_and_may_be_asked_again() {
        let source = || "GET http://10.0.0.1/bucket in 1.2s, after 4 retries".into();
        let path = || "candles/part-0.parquet".to_owned();
        let lost = of_bucket(object_store::Error::Generic { store: "S3", source: source() });
        assert_eq!(lost.to_string(), "the store does not answer, or the connection to it was lost");
        let refused = of_bucket(object_store::Error::PermissionDenied { path: path(), source: source() });
        assert!(refused.to_string().contains("AWS_ACCESS_KEY_ID"), "{refused}");
        let keyless: Box<dyn std::error::Error + Send + Sync> =
            "PUT http://169.254.169.254/latest/api/token in 5s, after 4 retries".into();
        let keyless = of_bucket(object_store::Error::Generic { store: "S3", source: keyless });
        assert!(keyless.to_string().contains("no keys are set"), "{keyless}");
        for error in [lost, refused, keyless] {
            let RowGroupError::Unreachable { cause, .. } = error else { panic!("{error}") };
            assert!(cause.contains("after 4 retries"), "{cause}");
        }
        let gone = of_bucket(object_store::Error::NotFound { path: path(), source: source() });
        assert!(matches!(gone, RowGroupError::Missing));
    }
}
