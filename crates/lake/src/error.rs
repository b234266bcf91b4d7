//! What can go wrong with a lake, in sentences for people. What a store of objects says itself stands behind the
//! sentence: it may name keys and addresses, and no secret.

use std::path::PathBuf;

use protocol::DISK_FULL;

use crate::layout::Partition;

pub type Result<T, E = LakeError> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    #[error("a lake is a folder, or a bucket as s3://BUCKET/PREFIX: nothing was named")]
    NoPlace,
    #[error("\"{text}\" is no place for a lake: {why}. Write a folder, or s3://BUCKET/PREFIX")]
    BadPlace { text: String, why: &'static str },
    #[error("{path} cannot be a lake: it is a file, and a lake is a folder")]
    NoFolder { path: PathBuf },
    #[error("there is no folder {path}: name the one where the lake lies")]
    NotThere { path: PathBuf },
    #[error("{path} cannot be used as a lake: check that the folder is there and may be written to")]
    Folder { path: PathBuf, source: std::io::Error },
    #[error(
        "{place} is not empty, and no lake: {found} is in it. Name an empty folder, or one that ExpiryTrack publishes into"
    )]
    Foreign { place: String, found: String },
    #[error("{place} holds data of {found}, and here are data of {wanted}: the two never mix")]
    OtherSource { place: String, found: String, wanted: String },
    #[error(
        "{place} was written by a newer version of ExpiryTrack (its layout is {found}): install that version"
    )]
    Newer { place: String, found: u32 },
    #[error(
        "the access to {place} is not set up: {source}. Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION; AWS_ENDPOINT_URL for a store that is not Amazon's"
    )]
    Access { place: String, source: Box<object_store::Error> },
    #[error(
        "{place} does not let us in: check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and what they may do there"
    )]
    Refused { place: String, source: Box<object_store::Error> },
    #[error(
        "no keys are set for {place}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_REGION. (Without them they are asked of the machine, which gives some on Amazon's machines alone)"
    )]
    NoKeys { place: String },
    #[error("{place}: there is no such bucket, or nothing lies at {path}")]
    Missing { place: String, path: String, source: Box<object_store::Error> },
    #[error(
        "{place} could not be {deed} ({path}): the connection was lost, or the store failed. What was published before is as it was, and the next start or publication finishes or removes what is half done"
    )]
    Lost { place: String, deed: &'static str, path: String, source: Box<object_store::Error> },
    #[error(
        "{path} could not be written: {DISK_FULL}. What was published before is as it was, and the next start or publication finishes or removes what is half done"
    )]
    DiskFull { path: String },
    #[error("\"{path}\" is no path within a lake")]
    BadPath { path: String },
    #[error("{path} cannot be read as what it should be: {why}")]
    Unreadable { path: String, why: String },
    #[error("{path} could not be read to its end")]
    Spool { path: String, source: std::io::Error },
    #[error(
        "{partition} is being published by {owner}. When that publisher is gone for good, remove {claim} and publish again"
    )]
    Claimed { partition: Partition, owner: String, claim: String },
    #[error("{place} is changed by many at once, and our turn did not come: try again")]
    Crowded { place: String },
    #[error(
        "{partition} was published by {owner} meanwhile: look at it with expirytrack lake list, and publish again"
    )]
    Overtaken { partition: Partition, owner: String },
    #[error(
        "{path} was cut off where only its publisher can finish it, and what it wrote is not there any more: publish {partition} again"
    )]
    HalfDone { partition: Partition, path: String },
}

impl LakeError {
    pub(crate) fn unreadable(path: &str, why: impl ToString) -> Self {
        Self::Unreadable { path: path.to_owned(), why: why.to_string() }
    }

    /// Whether the store did not answer, and so nothing is known of what lies there.
    pub fn is_of_store(&self) -> bool {
        matches!(self, Self::Lost { .. } | Self::DiskFull { .. } | Self::Refused { .. } | Self::NoKeys { .. })
    }

    /// Whether it is about one partition, and others may be published.
    pub fn is_of_one_partition(&self) -> bool {
        matches!(
            self,
            Self::Claimed { .. }
                | Self::Overtaken { .. }
                | Self::HalfDone { .. }
                | Self::Unreadable { .. }
                | Self::BadPath { .. }
        )
    }

    /// Whether what was asked for cannot be.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::NoPlace
                | Self::BadPlace { .. }
                | Self::NoFolder { .. }
                | Self::NotThere { .. }
                | Self::Folder { .. }
                | Self::Foreign { .. }
                | Self::OtherSource { .. }
                | Self::Newer { .. }
                | Self::Access { .. }
                | Self::Refused { .. }
                | Self::NoKeys { .. }
        )
    }
}
