//! What the engine says to pages, REST and the command line. One value is drawn, serialised and sent.
//!
//! Pure data: no clock, no I/O, no SQL; compiles to WASM. Limits on what a person may ask for live in the
//! types, so that every interface refuses the same things with the same sentence.

mod bounds;
mod collect;
mod coverage;
mod data;
mod frame;
mod grid;
mod job;
mod notice;
mod requests;
mod schedule;
mod session;
mod wait;

pub use bounds::{BoundError, HistoricalDays, Workers};
pub use collect::{
    CollectOrder, CollectPlan, Estimate, EstimateBasis, ExpiryChoice, PLAN_TARGETS_MAX, Target,
};
pub use coverage::{
    CalendarRemark, Check, DayCounts, DayState, ExpiryCoverage, ExpiryCoverageDetail, Hole, SeriesCoverage,
    UnderlyingCoverage, VerifyReport,
};
pub use data::{
    CandleColumns, ContractRow, ContractState, ExpiryRow, HomePicture, KindCounts, StoredFigures,
    UnderlyingRow,
};
pub use frame::{ClientFrame, LimitsPicture, ServerFrame, WindowPicture};
pub use grid::{
    CellOutcome, ExpiryGrid, ExpiryStrip, FailedContract, FailureReason, GridCell, JobFailures, JobGrid,
    UnitFailure,
};
pub use job::{CollectOutcome, EventLevel, JobEvent, JobId, JobPicture, JobStatus, Tally};
pub use notice::{
    ChannelPicture, EmailSettings, NewNoticeSettings, Notice, NoticeChannel, NoticeCount, NoticeKind,
    NoticeKindError, NoticePage, NoticeSettings, NoticeSettingsPicture, SecretText, SmtpSecurity,
    TestOutcome, WebhookSettings,
};
pub use requests::{
    AUDIT_LINES, AUDIT_LINES_MAX, AuditLine, AuditOutcome, AuditPage, AuditQuery, JobPace, StatusPicture,
    Throughput, WindowOverTime, WindowsOverTime,
};
pub use schedule::{
    ExpiryCycle, RunOutcome, RunTime, RunTimeError, SCHEDULE_NAME_LENGTH_MAX, SCHEDULE_UNDERLYINGS_MAX,
    SCHEDULES_MAX, ScheduleId, ScheduleOrder, SchedulePicture, SchedulePreview, ScheduleRule, ScheduleRun,
    ScheduleState, ScheduleTime,
};
pub use session::{SessionPicture, SessionState};
pub use wait::{Known, Wait, WaitFor};
