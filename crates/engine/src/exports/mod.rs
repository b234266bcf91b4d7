//! Exports: what somebody chose of what is stored, as files with a manifest beside them. An order is read (`wish`), laid
//! out as files with the contracts of each (`plan`), and written (`reader`, `write`) a contract at a time (`pieces`), so that
//! memory does not grow with it; a file is there when it is whole (`partial`), and whose a folder is stands in it (`folder`); one that came to nothing goes again
//! (`new_folders`). Commands do that beside whoever owns the data; of a server
//! they are ordered, and made one after the other by a loop of its own (`service`, `task`).

mod chain;
mod error;
mod folder;
mod listed;
mod manifest;
mod new_folders;
mod own_days;
mod partial;
mod pieces;
mod plan;
mod progress;
mod reader;
mod service;
mod task;
mod wish;
mod write;

pub use error::ExportRefusal;
pub(crate) use manifest::{NAME as MANIFEST_NAME, PROGRAM};
pub(crate) use new_folders::NewFolders;
pub use partial::PartialFile;
pub use progress::ExportProgress;
pub use reader::ExportReader;
pub use service::{ExportService, ExportedFile};
