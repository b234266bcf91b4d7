//! Notices: what happened while nobody looked. They are raised in the table first, with the change that they
//! tell of, and sent from there: by email, by webhook. A delivery that fails is tried again a few times and
//! never stops a job.

mod channel;
mod delivery;
mod email;
mod service;
mod settings;
mod webhook;

pub use service::NotificationService;
pub use settings::NoticeSettingsError;
