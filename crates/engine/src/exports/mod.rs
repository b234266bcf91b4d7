//! Exports: what somebody chose of what is stored, as files with a manifest beside them. An order is read (`wish`), laid
//! out as files with the contracts of each (`plan`), and written a contract at a time (`write`), so that memory does not
//! grow with it; a file is there when it is whole (`partial`). Commands do that beside whoever owns the data; of a server
//! they are ordered, and made one after the other by a loop of its own (`service`, `task`).

mod chain;
mod error;
mod manifest;
mod partial;
mod plan;
mod service;
mod task;
mod wish;
mod write;

pub use error::{ExportRefusal, is_full};
pub use partial::PartialFile;
pub use service::{ExportService, ExportedFile};
pub use write::{ExportProgress, ExportReader};
