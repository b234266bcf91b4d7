//! All SQL of the project, over one SQLite file: one writer, many readers.
//!
//! Refuses to know the broker, the clock or what a job means: callers say what happened and when, and the
//! store keeps it. A candle row and the coverage rows that account for it are written in one transaction.

mod answered;
mod answers;
mod candle_rows;
mod candles;
mod columns;
mod connections;
mod contracts;
mod coverage;
mod empties;
mod error;
mod events;
mod expiries;
mod figures;
mod find;
mod first_minutes;
mod grid;
mod ids;
mod job_changes;
mod jobs;
mod listings;
mod lock;
mod names;
mod notices;
mod open;
mod price_scale;
mod quarantine;
mod queries;
mod requests;
mod schedules;
mod settings;
mod settled;
mod slots;
mod spot;
mod totals;
mod units;
mod vault;
mod verify;

pub use answered::AnsweredContract;
pub use answers::{AnsweredRange, AuditEntry, Committed, NewAnswer, Outcome};
pub use contracts::{ContractStats, NewContract, SeriesDay, StoredContract};
pub use coverage::{Answered, SeriesFacts, StoredDay};
pub use empties::Empties;
pub use error::{DriverError, StoreError};
pub use events::NewEvent;
pub use expiries::{ExpiryStats, StoredExpiry};
pub use figures::{ExpiryDay, Figures, StoredUnderlyingRow, UnderlyingStats};
pub use find::{ContractTotals, ExpiryTotals, UnderlyingSpan};
pub use grid::{ContractUnit, ExpiryUnits, FailedUnit, FailureReason};
pub use ids::{ContractId, ExpiryId, RequestId, SeriesId, SeriesOwner, UnderlyingId};
pub use job_changes::JobChange;
pub use jobs::JobRow;
pub use listings::{
    ExpiriesFacts, ExpiryLists, ListFacts, ListPart, NewExpiries, NewListing, WITNESS_SPACING_SECONDS,
};
pub use lock::{Owner, OwnerLock};
pub use names::KnownUnderlying;
pub use notices::{ChannelStats, DeliveryEnd, DueDelivery, NewNotice};
pub use open::{SourceKind, Store, sqlite_version};
pub use quarantine::{QuarantineCount, QuarantineKind, QuarantineRow, Quarantined};
pub use requests::{REQUESTS_LOOKED_AT_MAX, RequestBucket};
pub use schedules::{ExpectedExpiry, ScheduleRow, ScheduleRunEnd};
pub use settled::{Misplaced, Reopened, WrongEmpty};
pub use slots::SlotBlockRow;
pub use totals::WrongTotal;
pub use units::{Listed, NewUnit, UnitEnd, UnitRow, UnitState, UnitWork};
pub use vault::{Vault, VaultError};
pub use verify::{CountedDay, DayFigures, RestsOn, SeriesRow};
