//! Complete expiries as Parquet for good, on disk or in a store that speaks S3.
//!
//! Knows where things lie, what a manifest says, and how a partition becomes visible as a whole. Refuses to know what is in
//! the database: rows come in as bytes of finished files, and what is complete somebody else says.

mod draft;
mod error;
mod index;
mod lake;
mod layout;
mod manifest;
mod place;
mod row_groups;

pub use draft::{Draft, Recovered, Upload};
pub use error::LakeError;
pub use index::{Index, IndexEntry};
pub use lake::{Fetched, Lake};
pub use layout::{Month, Partition, Span, stored_path};
pub use manifest::{
    Changed, Coverage, DataFile, LAYOUT, Manifest, Owner, ReadManifest, Restatement, VolatilityRule,
};
pub use place::Place;
pub use row_groups::{CandleFile, GroupSeries, RowGroupError, RowGroups};
