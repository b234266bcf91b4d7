//! Backups: copies of the database that are whole, checked and one file each; made when a person asks, and by a rule.
//! And the way back, into a data directory that holds no database yet.
//!
//! The key that seals what is secret is in none of them: it lies outside the database.

mod folder;
mod make;
mod restore;
mod rule;
mod service;
mod task;

pub(crate) use folder::newest_backups;
pub use make::back_up;
pub use restore::{RestoreError, restore};
pub use service::BackupService;
