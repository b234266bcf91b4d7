//! The engine itself: a handle that hands out the services. What it does as a whole (opening and closing, what a page
//! follows of it) stands in files of its own.

mod life;
mod open;
mod watched;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use market::{Day, EpochSeconds, ExpiredKey, InstrumentKey, Interval};
use protocol::{StreamCursor, StreamFilter};
use ratelimit::{Clock, Limiter};
use store::{OwnerLock, Store};

pub use self::watched::PageGuard;
use crate::analysis::AnalysisService;
use crate::backups::BackupService;
use crate::bhavcopy::BhavcopyService;
use crate::broker::Broker;
use crate::browse::BrowseService;
use crate::chains::ChainService;
use crate::config::Source;
use crate::coverage::CoverageService;
use crate::error::EngineError;
use crate::expired::ExpiredInstrumentService;
use crate::exports::ExportService;
use crate::find::FindService;
use crate::import::ImportService;
use crate::instruments::InstrumentService;
use crate::jobs::JobService;
use crate::lake::{AfterCollecting, LakeService};
use crate::lists::ListService;
use crate::market_data::MarketDataService;
use crate::notices::NotificationService;
use crate::once::OnceService;
use crate::preferences::PreferenceService;
use crate::replay::ReplayService;
use crate::requests::RequestService;
use crate::schedules::ScheduleService;
use crate::series::SeriesService;
use crate::session::{SessionService, SignInWatch};
use crate::sql::SqlService;
use crate::storage::StorageService;
use crate::strategies::StrategyService;
use crate::stream::StreamReader;

/// A handle; clones share everything.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    lock: OwnerLock,
    store: Store,
    limiter: Limiter,
    clock: Arc<dyn Clock>,
    /// By the clock.
    started_at: Duration,
    commit: Option<&'static str>,
    source: Source,
    sessions: SessionService,
    sign_in_watch: SignInWatch,
    instruments: InstrumentService,
    expired: ExpiredInstrumentService,
    lists: ListService,
    market_data: MarketDataService,
    browse: BrowseService,
    find: FindService,
    chains: ChainService,
    analysis: AnalysisService,
    series: SeriesService,
    strategies: StrategyService,
    coverage: CoverageService,
    broker: Arc<Broker>,
    preferences: PreferenceService,
    jobs: JobService,
    schedules: ScheduleService,
    notices: NotificationService,
    backups: BackupService,
    storage: StorageService,
    lake: LakeService,
    after_collecting: AfterCollecting,
    bhavcopy: BhavcopyService,
    exports: ExportService,
    requests: RequestService,
    sql: SqlService,
    import: ImportService,
    once: OnceService,
    pages: AtomicUsize,
}

impl Engine {
    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(crate) fn limiter(&self) -> &Limiter {
        &self.inner.limiter
    }

    pub(crate) fn broker(&self) -> &Broker {
        &self.inner.broker
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }

    /// When it was opened, by its clock.
    pub(crate) fn started_at(&self) -> Duration {
        self.inner.started_at
    }

    pub(crate) fn commit(&self) -> Option<&'static str> {
        self.inner.commit
    }

    pub fn data_dir(&self) -> &Path {
        self.inner.lock.data_dir()
    }

    pub fn source(&self) -> &Source {
        &self.inner.source
    }

    pub fn now(&self) -> EpochSeconds {
        EpochSeconds(self.inner.clock.wall().as_seconds())
    }

    pub fn session(&self) -> &SessionService {
        &self.inner.sessions
    }

    pub fn instruments(&self) -> &InstrumentService {
        &self.inner.instruments
    }

    pub fn expired(&self) -> &ExpiredInstrumentService {
        &self.inner.expired
    }

    /// The broker's lists for somebody who looks and does not wait.
    pub fn lists(&self) -> &ListService {
        &self.inner.lists
    }

    pub fn market_data(&self) -> &MarketDataService {
        &self.inner.market_data
    }

    pub fn browse(&self) -> &BrowseService {
        &self.inner.browse
    }

    /// Finding what is known here by what people type.
    pub fn find(&self) -> &FindService {
        &self.inner.find
    }

    pub fn coverage(&self) -> &CoverageService {
        &self.inner.coverage
    }

    /// The settings of a person.
    pub fn preferences(&self) -> &PreferenceService {
        &self.inner.preferences
    }

    pub fn jobs(&self) -> &JobService {
        &self.inner.jobs
    }

    pub fn schedules(&self) -> &ScheduleService {
        &self.inner.schedules
    }

    pub fn notices(&self) -> &NotificationService {
        &self.inner.notices
    }

    pub fn backups(&self) -> &BackupService {
        &self.inner.backups
    }

    /// The room that the database takes, and what is done about it.
    pub fn storage(&self) -> &StorageService {
        &self.inner.storage
    }

    /// What is taken out as files.
    pub fn exports(&self) -> &ExportService {
        &self.inner.exports
    }

    /// Publishing into a lake, and verifying it.
    pub fn lake(&self) -> &LakeService {
        &self.inner.lake
    }

    /// The exchange's daily files, as proof of what was traded.
    pub fn bhavcopy(&self) -> &BhavcopyService {
        &self.inner.bhavcopy
    }

    pub fn chains(&self) -> &ChainService {
        &self.inner.chains
    }

    pub fn analysis(&self) -> &AnalysisService {
        &self.inner.analysis
    }

    pub fn series(&self) -> &SeriesService {
        &self.inner.series
    }

    pub fn strategies(&self) -> &StrategyService {
        &self.inner.strategies
    }

    /// Past days, played as if they were live.
    pub fn replay(&self) -> ReplayService {
        ReplayService::new(self.inner.chains.clone(), self.inner.clock.clone())
    }

    /// Reads what lands, from a cursor or from now on.
    pub async fn stream(
        &self,
        filter: StreamFilter,
        after: Option<StreamCursor>,
    ) -> Result<StreamReader, EngineError> {
        let Inner { market_data, clock, .. } = &*self.inner;
        StreamReader::open(market_data.clone(), clock.clone(), self.changes(), filter, after).await
    }

    /// A person's own questions.
    pub fn sql(&self) -> &SqlService {
        &self.inner.sql
    }

    /// Bringing in what other programs have collected.
    pub fn import(&self) -> &ImportService {
        &self.inner.import
    }

    pub fn once(&self) -> &OnceService {
        &self.inner.once
    }

    pub fn requests(&self) -> &RequestService {
        &self.inner.requests
    }

    /// One day of a contract, with what asking again for it costs.
    pub async fn coverage_day(
        &self,
        key: &ExpiredKey,
        day: Day,
        interval: Interval,
    ) -> Result<protocol::CoverageDay, EngineError> {
        let shown = self.inner.coverage.day(key, day, interval).await?;
        let again = protocol::AgainOrder { expired_key: key.clone(), day };
        Ok(protocol::CoverageDay { again: self.inner.jobs.again_cost(&again).await?, ..shown })
    }

    /// Asks the broker again for so many stored answers, drawn at random, and compares.
    pub async fn verify_sample(
        &self,
        underlying: Option<&InstrumentKey>,
        count: u32,
    ) -> Result<protocol::Check, EngineError> {
        self.inner.coverage.sample(&self.inner.broker, underlying, count).await
    }

    /// Opens again what earlier versions settled wrongly; the next order asks for it.
    pub async fn reopen_wrongly_settled(
        &self,
        underlying: Option<&InstrumentKey>,
    ) -> Result<protocol::Reopened, EngineError> {
        self.inner.coverage.reopen(underlying).await
    }
}
