//! Publishing into a lake: complete expiries as Parquet, with a manifest that says what they rest on. What lies there is
//! read back before it counts, published once, restated where rows changed, and verified on asking.
//!
//! How a partition becomes visible as a whole is `lake`'s to know; here it is known what is complete, and what the rows are.

mod after_collecting;
mod file;
mod manifest;
mod moving;
mod name;
mod picture;
mod publish;
mod reading;
mod replaced;
mod replica;
mod restated;
mod rows;
mod service;
mod target;
mod twin;
mod unpublished;
mod usable;
mod verify;

use market::Day;

pub(crate) use after_collecting::AfterCollecting;
pub use replica::{ReplicaOfLake, replica_of_lake};
pub use service::LakeService;
pub(crate) use service::PLACE;
pub(crate) use unpublished::unpublished_of;

/// Why something is not published, in sentences for whoever asked for it.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error(transparent)]
    Lake(#[from] lake::LakeError),
    #[error("no lake is named: name a folder or s3://BUCKET/PREFIX, or set one for good")]
    NoPlace,
    #[error(
        "{place} cannot be a lake, because the data directory {data_dir} is {where_it_is}: name a folder apart from it, or s3://BUCKET/PREFIX"
    )]
    DataDirectory { place: String, data_dir: String, where_it_is: &'static str },
    #[error("{symbol} {} is not complete: {missing}. Collect the rest first", date.to_long_text())]
    NotComplete { symbol: String, date: Day, missing: String },
    #[error("{symbol} {} is in the lake {place} alone: there is nothing here to publish", date.to_long_text())]
    Archived { symbol: String, date: Day, place: String },
    #[error("no expiry of {symbol} is complete: {missing}")]
    NothingComplete { symbol: String, missing: String },
    #[error(
        "{partition} is published by {owner} with other rows: theirs are told of in {theirs}, ours in {ours}. One of the two collected something else"
    )]
    OtherRows { partition: String, owner: String, theirs: String, ours: String },
    #[error(
        "{partition} is published by {owner}, and is damaged: {damage}. Only that publisher can write it anew: publish there"
    )]
    OthersDamage { partition: String, owner: String, damage: String },
    #[error(
        "what lies in the lake as {partition} is not of {key}, and must not be replaced by it: publish it into another lake"
    )]
    OtherKey { partition: String, key: String },
    #[error(
        "{partition} changes while it is written: something is being collected of it. Publish it when that is done"
    )]
    Changing { partition: String },
    #[error("{path} does not hold what was written to it ({what}): nothing of it is published")]
    ReadBack { path: String, what: String },
    #[error("{0}")]
    Format(#[from] export::ExportError),
    #[error("{}, the first: {first}", some_refused(*count))]
    SomeRefused { count: usize, first: String },
    #[error("{}, the first: {first}", some_wrong(*count))]
    SomeWrong { count: usize, first: String },
    /// What has gone wrong is told already.
    #[error("{0}")]
    Told(String),
    #[error("nothing is published in {place}: there is nothing to verify")]
    NothingThere { place: String },
    #[error("{place} is where it is read already: name the place where it lies now")]
    SamePlace { place: String },
    #[error("nothing was published from here into {place}: {places}")]
    NothingFrom { place: String, places: String },
    #[error("there is nothing that could have been moved: {places}")]
    NothingMoved { places: String },
    #[error("{places}: say which of them was moved")]
    SeveralPlaces { places: String },
    #[error("{}, the first: {first}. Everything is read from {from} as before", some_not_moved(*count, to))]
    NotMoved { from: String, to: String, count: usize, first: String },
}

fn some_refused(count: usize) -> String {
    if count == 1 {
        "1 partition was not published".to_owned()
    } else {
        format!("{count} partitions were not published")
    }
}

fn some_wrong(count: usize) -> String {
    if count == 1 {
        "1 thing is wrong in the lake".to_owned()
    } else {
        format!("{count} things are wrong in the lake")
    }
}

fn some_not_moved(count: usize, place: &str) -> String {
    if count == 1 {
        format!("1 thing in {place} is not what was published")
    } else {
        format!("{count} things in {place} are not what was published")
    }
}

impl PublishError {
    /// Whether it is about one partition, and the others go on.
    fn is_of_one_partition(&self) -> bool {
        match self {
            Self::Lake(error) => error.is_of_one_partition(),
            Self::OtherRows { .. }
            | Self::OthersDamage { .. }
            | Self::OtherKey { .. }
            | Self::Changing { .. }
            | Self::NotComplete { .. }
            | Self::Archived { .. } => true,
            _ => false,
        }
    }

    /// Whether what was asked for cannot be; else it may go well another time.
    pub(crate) fn is_refusal(&self) -> bool {
        match self {
            Self::Lake(error) => error.is_refusal(),
            Self::NoPlace
            | Self::DataDirectory { .. }
            | Self::NotComplete { .. }
            | Self::Archived { .. }
            | Self::NothingComplete { .. }
            | Self::NothingThere { .. }
            | Self::SamePlace { .. }
            | Self::NothingFrom { .. }
            | Self::NothingMoved { .. }
            | Self::SeveralPlaces { .. } => true,
            _ => false,
        }
    }
}
