//! The pages: one file each, drawn inside [`crate::browser::frame::Page`], reached by a route in [`crate::browser::App`].

mod analysis;
pub(crate) mod browse;
mod chain;
mod collect;
mod coverage;
mod export;
mod home;
mod job;
mod jobs;
mod not_found;
mod notices;
mod of_expiry;
mod schedules;
mod settings;
mod sign_in;
mod sql;
mod status;
mod strategy;
mod timeline;

pub use analysis::Analysis;
pub use browse::{Browse, BrowseContract, BrowseContracts, BrowseExpiries};
pub use chain::Chain;
pub use collect::{Collect, interval_words, matching_instruments};
pub use coverage::Coverage;
pub use export::Export;
pub use home::Home;
pub use job::Job;
pub use jobs::Jobs;
pub use not_found::NotFound;
pub use notices::Notices;
pub use schedules::Schedules;
pub use settings::{
    KeptDraft, SETTINGS, Settings, SettingsAbout, SettingsAccess, SettingsLimits, SettingsReading,
    SettingsStorage,
};
pub use sign_in::{AppForm, SignIn};
pub use sql::Sql;
pub use status::Status;
pub use strategy::Strategy;
