//! What the product does. Every interface (browser, command line, REST) calls the same methods here:
//!
//! underlying → expiries → contracts → expired key → candles → store → chart or file.
//!
//! The engine refuses to know HTTP routes, pages or flags. Clock and transport are its only seams.

mod analysis;
mod api_use;
mod archive;
mod backups;
mod bars;
mod bhavcopy;
mod blocking;
mod breaker;
mod broker;
mod browse;
mod candles;
mod chains;
mod check;
mod config;
mod course;
mod coverage;
mod datasets;
mod directory;
mod doctor;
mod engine;
mod error;
mod expired;
mod expired_lists;
mod exports;
mod faults;
mod figures;
mod file_error;
mod final_days;
mod find;
mod home;
mod import;
mod instruments;
mod jobs;
mod lake;
mod landed_rows;
mod latency;
mod list_evidence;
mod lists;
mod loops;
mod market_data;
mod names;
mod near_money;
mod neighbours;
mod notices;
mod once;
mod over_time;
mod preferences;
mod process;
mod promise;
mod refused;
mod replay;
mod request_counts;
mod requests;
mod revisions;
mod schedules;
mod sealing;
mod series;
mod session;
mod slot_log;
mod spot;
mod sql;
mod status;
mod storage;
mod strategies;
mod stream;
mod verified;
mod waits;

pub use analysis::{AnalysisService, AnalysisWish};
pub use backups::{BackupService, RestoreError, back_up, restore};
pub use bhavcopy::{BhavcopyError, BhavcopyService};
pub use browse::BrowseService;
pub use candles::{CandlePlace, CandlesStamp, CandlesWish, ExpiryCandlesWish};
pub use chains::{ChainService, DayWalk, ExpiryDay};
pub use config::{BLOCKING_THREADS_MAX, DATA_DIR_DEFAULT, EngineConfig, SIMULATED_DATA_DIR_DEFAULT, Source};
pub use coverage::CoverageService;
pub use datasets::{DatasetError, DatasetService, DatasetWish, Slots, Split};
pub use doctor::{Examination, FileNote, examine};
pub use engine::{Engine, PageGuard};
pub use error::{EngineError, ErrorKind};
pub use expired::ExpiredInstrumentService;
pub use exports::{ExportProgress, ExportReader, ExportRefusal, ExportService, ExportedFile, PartialFile};
pub use figures::{EngineFigures, StoredCounts};
pub use file_error::FileError;
pub use find::FindService;
pub use import::{ImportError, ImportService};
pub use instruments::InstrumentService;
pub use jobs::{JobReader, JobService, RunEnd};
pub use lake::{LakeService, PublishError, ReplicaOfLake, replica_of_lake};
pub use lists::{ListService, Looker};
pub use market_data::{BestContractRows, MarketDataService};
pub use names::{describe_expiry, describe_plan};
pub use notices::{NoticeSettingsError, NotificationService};
pub use once::{Begun, Once, OnceService};
pub use preferences::PreferenceService;
pub use process::resident_bytes;
pub use replay::{Course, Played, Player, ReplayDay, ReplayService, Slot, SlotMoment};
pub use request_counts::{EndpointCounts, LATENCY_BOUNDS_MS, RequestCounts, RequestOutcome};
pub use requests::{RequestService, RequestSubject};
pub use schedules::ScheduleService;
pub use sealing::{
    Encryption, change_encryption, place_for_reading, place_for_restoring, seal_with_key_file,
    seal_with_passphrase,
};
pub use series::{SeriesService, SeriesWish};
pub use session::{AppError, ComeBack, DIALOG_PATIENCE_SECONDS, Return, SessionService, SignInRefusal};
pub use sql::{SqlService, useful_queries};
pub use storage::StorageService;
pub use store::{AnswerKey, KEPT_ANSWER_BYTES_MAX, KeptAnswer};
pub use strategies::{RunWish, Stops, StrategyService, StrategyWish, WishedTerms, run_summary};
pub use stream::StreamReader;
pub use verified::{keep_verified, last_verify};

pub use analytics::series::{Series, SeriesError};
pub use analytics::{PlanError, Rate, StrategyPlan, StrategyPlans};
pub use ratelimit::{Clock, Limits, LimitsError, SystemClock, VirtualClock};
pub use secrecy::{ExposeSecret, SecretString};
pub use store::{
    CAN_ENCRYPT, CopyError, Owner, OwnerLock, OwnerServer, Passphrase, Place, SourceKind, SqlError, Unlock,
    UpgradeCopy, VaultError, create_private_dir, is_sealed_with_passphrase, sqlite_version,
};
pub use upstox::{BrokerAddress, HttpTransport, Transport, TransportError, TransportFault};
