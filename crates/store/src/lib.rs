//! All SQL of the project, over one SQLite file: one writer, many readers.
//!
//! Refuses to know the broker, the clock or what a job means: callers say what happened and when, and the
//! store keeps it. A candle row and the coverage rows that account for it are written in one transaction.

mod answered;
mod answers;
mod archive;
mod archive_cache;
mod archive_table;
mod archiving;
mod bhavcopies;
mod candle_rows;
mod candles;
mod chain;
mod chain_days;
mod chain_known;
mod columns;
mod connections;
mod contracts;
mod copy;
mod copy_error;
#[cfg(test)]
mod cost_of_an_answer;
mod coverage;
mod database_file;
mod database_key;
mod disk;
mod empties;
#[cfg(feature = "encrypted")]
mod encryption;
mod error;
mod events;
mod expiries;
mod exports;
mod figures;
mod find;
mod first_minutes;
mod foreign;
mod grid;
mod ids;
mod imports;
mod job_changes;
mod job_errors;
mod jobs;
mod kept_answers;
mod lake;
mod listings;
mod lock;
mod look;
mod minutes_stamp;
mod names;
mod new_file;
mod notices;
mod open;
mod pages;
mod passphrase;
mod price_scale;
mod private_file;
mod proofs;
mod pruning;
mod quality;
mod quarantine;
mod queries;
mod reopened;
mod requests;
mod schedules;
mod seal;
mod settings;
mod settled;
mod silent;
mod slots;
mod spot;
mod sql;
mod stream;
mod totals;
mod units;
mod upgrade;
mod vault;
mod vault_key;
mod vault_move;
mod verify;

pub use answered::{AnsweredContract, open_parts};
pub use answers::{AnsweredRange, AuditEntry, Committed, NewAnswer, Outcome};
pub use archive::{Archive, ArchiveError, ArchivedCandles, ArchivedFile, RowGroups};
pub use archiving::{ArchiveStep, ArchivedExpiry};
pub use bhavcopies::{BhavcopyRow, KeptBhavcopy, NewBhavcopy, WithdrawnBhavcopy};
pub use chain::{ContractDay, ContractStanding, ExpiryMinutes, ExpiryStanding, LastPrice};
pub use chain_days::DayWithMinutes;
pub use chain_known::OptionsAsked;
pub use contracts::{ContractStats, NewContract, SeriesDay, StoredContract};
pub use copy::{Copied, Demands, copy_database};
pub use copy_error::CopyError;
pub use coverage::{SeriesFacts, StoredDay};
pub use database_key::DatabaseKey;
pub use disk::free_bytes;
pub use empties::Empties;
#[cfg(feature = "encrypted")]
pub use encryption::{decrypt, encrypt};
pub use error::{DriverError, StoreError, chain};
pub use events::NewEvent;
pub use expiries::{ExpiryStats, StoredExpiry};
pub use exports::ExportRow;
pub use figures::{ExpiryDay, Figures, StoredUnderlyingRow, UnderlyingStats};
pub use find::{ContractTotals, ExpiryTotals, UnderlyingSpan};
pub use foreign::{ForeignCell, ForeignDatabase, ForeignError, ForeignRows};
pub use grid::{ContractUnit, ExpiryUnits, FailedUnit, FailureReason};
pub use ids::{ContractId, ExpiryId, LakePartitionId, RequestId, SeriesId, SeriesOwner, UnderlyingId};
pub use imports::{ImportId, ImportedRows};
pub use job_changes::JobChange;
pub use jobs::JobRow;
pub use kept_answers::{AnswerKey, KEPT_ANSWER_BYTES_MAX, KEPT_ANSWER_SECONDS, KeptAnswer, KnownAnswer};
pub use lake::{
    LakeFileRow, LakePartitionOf, LakePartitionRow, LakeRemarks, LakeSeries, NewLakePartition,
    PublicationKept,
};
pub use listings::{
    ExpiriesFacts, ExpiryLists, ListFacts, ListPart, NewExpiries, NewListing, WITNESS_SPACING_SECONDS,
};
pub use lock::{Owner, OwnerLock, OwnerServer, create_private_dir};
pub use look::{DatabaseLook, look_at};
pub use minutes_stamp::MinutesStamp;
pub use names::KnownUnderlying;
pub use new_file::partial_of;
pub use notices::{ChannelStats, DeliveryEnd, DueDelivery, NewNotice};
pub use open::{
    CAN_ENCRYPT, DATABASE_FILE, Place, SourceKind, Store, database_bytes, refuse_unopenable, sqlite_version,
};
pub use pages::{CandlesOf, CandlesOfExpiry, PageCounts};
pub use passphrase::{PASSPHRASE_CHARACTERS_MIN, Passphrase};
pub use private_file::put_in_place;
pub use proofs::{ContractOnDay, ExchangeDay, MinutesOnDay};
pub use pruning::{Prunable, PrunableStock, PruneStep, PrunedRow, WantedBy};
pub use quality::{ChangedCandleRow, ContractTerms, ExpiryTroubles, MinuteSeen, RevisionRow};
pub use quarantine::{QuarantineCount, QuarantineKind, QuarantineRow, Quarantined};
pub use requests::{REQUESTS_LOOKED_AT_MAX, RequestBucket, RequestEnd, RequestEnds};
pub use schedules::{ExpectedExpiry, ScheduleRow, ScheduleRunEnd};
pub use settled::{Misplaced, Reopened, WrongEmpty};
pub use silent::{AskedOption, NewSilence, SilentSession, Witnessed};
pub use slots::SlotBlockRow;
pub use sql::{MuchRead, SqlError, SqlPlace, SqlStop, StopReason, WhyMuch};
pub use stream::{StreamPiece, ToldEvent};
pub use totals::WrongTotal;
pub use units::{Listed, NewUnit, UnitEnd, UnitRow, UnitState, UnitWork};
pub use upgrade::{UpgradeCopy, Upgraded, upgrade_copies};
pub use vault::{Vault, VaultError};
pub use vault_key::{Unlock, VaultKey, is_sealed_with_passphrase, place_for_reading, place_for_restoring};
pub use vault_move::{move_to_key_file, move_to_passphrase};
pub use verify::{CountedDay, DayFigures, RestsOn, SeriesRow};
