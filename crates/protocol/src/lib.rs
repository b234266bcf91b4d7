//! What the engine says to pages, REST and the command line. One value is drawn, serialised and sent.
//!
//! Pure data: no clock, no I/O, no SQL; compiles to WASM. Limits on what a person may ask for live in the
//! types, so that every interface refuses the same things with the same sentence.

mod about;
mod access;
pub mod address;
mod address_reader;
mod analysis;
mod archive;
mod backup;
mod bhavcopy;
mod bounds;
mod browse;
mod candles;
mod chain;
mod collect;
mod command;
mod costs;
mod coverage;
mod coverage_map;
mod data;
mod dataset;
mod disk;
mod export;
mod find;
mod frame;
mod grid;
mod health;
mod home;
mod import;
mod job;
mod lake;
mod list;
mod loops;
mod market_choice;
mod minute;
mod notice;
mod number;
mod preferences;
mod program_log;
mod quality;
mod refused;
mod replay;
mod requests;
mod revision;
#[doc(hidden)]
pub mod samples;
mod schedule;
mod series;
mod session;
mod setting_changes;
mod spot;
mod sql;
mod storage;
mod strategy;
mod stream;
mod twins;
mod volatility_rate;
mod wait;
mod words;

pub use about::{About, EnvironmentVariable};
pub use access::{
    AccessPicture, AccessSession, ApiToken, MadeToken, NewToken, PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN,
    PasswordChange, TOKEN_NAME_LENGTH_MAX, TokenName, TokenNameError, TokenScope,
};
pub use address::{encoded, local_address};
pub use address_reader::AddressReader;
pub use analysis::{
    AnalysisCell, AnalysisColumns, AnalysisDocument, AnalysisHead, AnalysisKind, AnalysisName, AnalysisRow,
    UnknownAnalysis,
};
pub use archive::{ArchivableExpiry, ArchiveOrder, ArchivePreview, ArchivedLine, NotArchivable};
pub use backup::{BackupFile, BackupPicture, BackupRule, BackupRun, BackupsPicture, DatabaseContents};
pub use bhavcopy::{
    BHAVCOPY_BYTES_MAX, BHAVCOPY_DIFFERING_MAX, BHAVCOPY_EXAMPLES, BhavcopyDay, BhavcopyExchange,
    BhavcopyLine, BhavcopyLines, BhavcopyReport, BhavcopyWithdrawal, Compared, DifferingContract,
};
pub use bounds::{
    BackupDays, BackupsKept, BoundError, HistoricalDays, QualityExpiries, RequestsPerSecond, ReservePercent,
    StrikesEachSide, Workers,
};
pub use browse::{ContractPicture, ContractsPicture, ExpiriesPicture, Neighbour, Neighbours};
pub use candles::{
    AVERAGE_CLOSES_MAX, AVERAGE_CLOSES_MIN, AxisMark, COMPARED_MAX, CandleColumn, CandleColumns, CandleRow,
    CandleWords, Candles, CandlesBeside, CandlesWith, CandlesWithError, ComparedKeys, MarkKind,
};
pub use chain::{
    ChainChoices, ChainDay, ChainDays, ChainForward, ChainOpening, ChainPicture, ChainRow, ChainSide,
    ChainTotals, ChainWish,
};
pub use collect::{
    AGAIN_PARTS_MAX, AgainCost, AgainOrder, AgainPart, CandleBasis, CollectOrder, CollectPlan, Estimate,
    EstimateBasis, ExpiryChoice, PLAN_TARGETS_MAX, PlanSummary, Target,
};
pub use command::JobCommand;
pub use costs::{Brokerage, Charges, CostError, CostPreferences};
pub use coverage::{
    COVERAGE_EXPIRIES, COVERAGE_EXPIRIES_MAX, CalendarRemark, Check, CoveragePage, DayCounts, DayState,
    ExpiryCoverage, ExpiryCoverageDetail, Hole, LastVerify, Reopened, SeriesCoverage, UnderlyingCoverage,
    VerifyReport,
};
pub use coverage_map::{
    CalendarExpiry, CalendarRow, CoverageCalendar, CoverageDay, CoverageMap, ExchangeFigures, ExpiryOutcome,
    MAP_CONTRACTS_MAX, MapCell, MapRow, Rupees,
};
pub use data::{
    ContractRow, ContractState, ExpiryRow, ExpiryState, InstrumentList, KindCounts, LifeAsked, MasterState,
    Span, TradedPrices, UnderlyingRow,
};
pub use dataset::{DatasetColumn, DatasetDocument, DatasetPart, FartherDay};
pub use disk::{DISK_FULL, is_disk_full};
pub use export::{
    EXPORT_CONTRACTS_MAX, EXPORT_NEVER_TRADED, EXPORT_NOT_ASKED, EXPORT_SCHEMA, EXPORTS_MAX, ExportColumn,
    ExportEstimate, ExportFile, ExportLeftOut, ExportManifest, ExportOf, ExportOrder, ExportPicture,
    ExportSplit, ExportStatus, ExportSymbol, ExportsPicture,
};
pub use find::{FOUND, FOUND_MAX, FindText, FindTextError, Found, FoundKind};
pub use frame::{ClientFrame, LimitsPicture, ServerFrame, WindowPicture};
pub use grid::{
    CellOutcome, ExpiryGrid, ExpiryStrip, FailedContract, FailureReason, GridCell, JobFailures, JobGrid,
    UnitFailure,
};
pub use health::{ApiUse, EndpointUse, HealthPicture, JobError, OutcomeCount};
pub use home::{
    AtRisk, ExpiryShade, HomePicture, NextRun, StoredFigures, StoredMonth, StoredUnderlying, UnderlyingStrip,
};
pub use import::{
    IMPORT_REFUSALS_MAX, ImportEnd, ImportLine, ImportOrder, ImportProgress, ImportRefusalLine, ImportReport,
    ImportWork, ImportedFile,
};
pub use job::{
    CollectOutcome, EVENTS_LOOKED_AT_MAX, EventLevel, JobEvent, JobId, JobPicture, JobStatus, SearchedEvents,
    Tally,
};
pub use lake::{
    LakeChoice, LakeFile, LakeLine, LakeMove, LakeOrder, LakeOutcome, LakePartition, LakePicture, LakePlace,
    LakeReport, LakeState, LakeTable,
};
pub use list::{LIST_WITNESSES, ListState, ListStates};
pub use loops::LoopPicture;
pub use market::TimeOfDay;
pub use market_choice::{MARKET_HEADER, Market};
pub use minute::{Minute, MinuteError};
pub use notice::{
    ChannelPicture, ChannelSettings, EmailSettings, NewNoticeSettings, Notice, NoticeChannel, NoticeCount,
    NoticeKind, NoticePage, NoticeSettings, NoticeSettingsPicture, SecretText, SmtpSecurity, TestOutcome,
    WebhookSettings,
};
pub use preferences::{
    LimitPreferences, NumberStyle, Numbers, Preferences, ReadingPreferences, SettingError, SettingLine,
    SettingName, SettingsPicture, SettlementTime, SettlementTimeError,
};
pub use program_log::{LOG_LINES, LOG_LINES_MAX, LogLine, LogLines, LogQuery, LogSeverity};
pub use quality::{
    ProofCounts, QUALITY_EXAMPLES, QualityExample, QualityKind, QualityRemark, QualityReport, RefusedReason,
    RevisionLine, TermChange,
};
pub use refused::{
    REFUSED_LINES, REFUSED_LINES_MAX, RefusedCount, RefusedKind, RefusedLine, RefusedPage, RefusedQuery,
};
pub use replay::{
    ReplayCandle, ReplayCommand, ReplayContract, ReplayHead, ReplayMessage, ReplayMinute, ReplaySpeed,
    ReplaySpeedError, ReplayState,
};
pub use requests::{
    AUDIT_LINES, AUDIT_LINES_MAX, AuditLine, AuditOutcome, AuditPage, AuditQuery, JobPace, StatusPicture,
    Throughput, WindowOverTime, WindowsOverTime,
};
pub use revision::{CandleFigures, ChangedCandle};
pub use schedule::{
    ExpiryCycle, RunOutcome, RunTime, RunTimeError, SCHEDULE_NAME_LENGTH_MAX, SCHEDULE_UNDERLYINGS_MAX,
    SCHEDULES_MAX, ScheduleId, ScheduleOrder, SchedulePicture, SchedulePreview, ScheduleRule, ScheduleRun,
    ScheduleState, ScheduleTime, Unpublished,
};
pub use series::{
    SeriesCell, SeriesColumn, SeriesColumns, SeriesDocument, SeriesGap, SeriesHead, SeriesKind,
    SeriesParameter, SeriesRoll, SeriesRow,
};
pub use session::{
    AppPicture, AppTest, NewApp, REDIRECT_URI_DEFAULT, SessionPicture, SessionState, SignInEnd, SignInPicture,
};
pub use setting_changes::SettingChanges;
pub use spot::{Spot, SpotPrice};
pub use sql::{
    SQL_LENGTH_MAX, SQL_NAME_LENGTH_MAX, SQL_ROWS, SQL_ROWS_MAX, SQL_SECONDS, SQL_SECONDS_MAX, SqlAnswer,
    SqlColumnOfValues, SqlColumns, SqlReads, SqlSchema, SqlStep, SqlTable, SqlTableColumn, SqlValue, SqlWish,
    UsefulQuery,
};
pub use storage::{
    CollectsAgain, ExpiryShare, PruneChoice, PruneOrder, PrunePreview, PruneSum, PrunedExpiry, PrunedLine,
    StorageDeed, StorageEnd, StoragePicture, StorageProgress, StorageShare, StorageWork,
};
pub use strategy::{
    DaysBefore, DaysBeforeError, ExitReason, OpenedStrategy, PayoffPoint, PricedRun, RunBin, RunDocument,
    RunRow, RunSummary, STRATEGY_REMARK, StopAt, StopAtError, StrategyDocument, StrategyLegPicture,
    StrategyOutcome, StrategyPayoff, StrategyPicture,
};
pub use stream::{
    LandedCandles, LandedRows, STREAM_ROWS_MAX, StreamCursor, StreamCursorError, StreamFilter, StreamMessage,
};
pub use twins::{distinction, distinguished, told_apart};
pub use volatility_rate::{VolatilityRate, VolatilityRateError};
pub use wait::{Known, Wait, WaitFor};
pub use words::UnknownWord;
