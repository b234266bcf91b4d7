//! The engine itself: opens everything, hands out the services, closes.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use market::{Day, ExpiredKey, InstrumentKey, Interval};
use protocol::{LimitsPicture, ServerFrame, StreamCursor, StreamFilter, WindowPicture};
use ratelimit::{Clock, Limiter};
use store::{
    Owner, OwnerLock, OwnerServer, Place, Store, Upgraded, Vault, VaultKey, refuse_foreign, upgrade_copies,
};
use tokio::sync::watch;
use tracing::{info, warn};
use upstox::Client;

use crate::analysis::AnalysisService;
use crate::archive::read_lakes;
use crate::backups::BackupService;
use crate::bhavcopy::BhavcopyService;
use crate::broker::Broker;
use crate::browse::BrowseService;
use crate::chains::ChainService;
use crate::config::{EngineConfig, Source};
use crate::coverage::CoverageService;
use crate::error::EngineError;
use crate::expired::ExpiredInstrumentService;
use crate::exports::{ExportReader, ExportService};
use crate::faults::FaultFolder;
use crate::find::FindService;
use crate::import::ImportService;
use crate::instruments::InstrumentService;
use crate::jobs::JobService;
use crate::lake::{AfterCollecting, LakeService};
use crate::lists::ListService;
use crate::loops::Loops;
use crate::market_data::MarketDataService;
use crate::notices::NotificationService;
use crate::once::OnceService;
use crate::preferences::PreferenceService;
use crate::replay::ReplayService;
use crate::requests::RequestService;
use crate::schedules::ScheduleService;
use crate::series::SeriesService;
use crate::session::{Session, SessionService, SignInWatch};
use crate::slot_log::StoredSlotLog;
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
    /// Takes the data directory, opens the database, the limiter and the client. Nothing is asked yet and no
    /// job runs.
    pub async fn open(config: EngineConfig) -> Result<Self, EngineError> {
        let EngineConfig {
            data_dir,
            source,
            limits,
            clock,
            transport,
            unlock,
            upgrade_copy,
            environment,
            commit,
            seed,
        } = config;
        let started_at = clock.monotonic();
        if source.address().is_upstox() && limits.is_looser_than(&ratelimit::Limits::upstox()) {
            return Err(EngineError::LooseLimits);
        }
        refuse_foreign(&data_dir)?;
        let lock = OwnerLock::take(&data_dir)?;
        let key = VaultKey::find(&data_dir, &unlock).await?;
        let store = Store::open_upgrading(key.place(), source.kind(), upgrade_copy).await?;
        read_lakes(&store);
        tell_upgrade(&store);
        let vault = Vault::open(&store, &key, source.kind()).await?;
        let loops = Loops::new(clock.clone());
        let notices =
            NotificationService::new(store.clone(), vault.clone(), loops.clone(), source.is_simulated());
        let session = Arc::new(Session::open(vault.clone(), clock.clone()).await?);
        let limiter = Limiter::open(limits, clock.clone(), Box::new(StoredSlotLog(store.clone()))).await?;
        let preferences = PreferenceService::open(store.clone(), limiter.clone(), environment).await?;
        let client = Client::new(source.address().clone(), transport, clock.clone());
        let faults = FaultFolder::of(&data_dir);
        let broker =
            Broker::new(client, limiter.clone(), store.clone(), session.clone(), clock.clone(), faults, seed);
        let broker = Arc::new(broker);
        let instruments = InstrumentService::new(store.clone(), broker.clone());
        let expired = ExpiredInstrumentService::new(store.clone(), broker.clone(), instruments.clone());
        let jobs = JobService::new(
            store.clone(),
            broker.clone(),
            expired.clone(),
            session.clone(),
            notices.clone(),
            preferences.clone(),
            loops.clone(),
        );
        let sessions = SessionService::new(session.clone(), broker.clone(), source.clone(), vault);
        let sign_in_watch =
            SignInWatch::new(store.clone(), session.clone(), jobs.clone(), notices.clone(), loops.clone());
        let coverage = CoverageService::new(store.clone(), clock.clone());
        let schedules = ScheduleService::new(
            store.clone(),
            instruments.clone(),
            expired.clone(),
            jobs.clone(),
            notices.clone(),
            session.clone(),
            loops.clone(),
        );
        let backups = BackupService::new(store.clone(), notices.clone(), loops.clone());
        let storage = StorageService::new(
            store.clone(),
            backups.clone(),
            schedules.clone(),
            source.clone(),
            clock.clone(),
        );
        let requests = RequestService::new(store.clone(), broker.clone(), loops.clone());
        let once = OnceService::new(store.clone(), clock.clone());
        let market_data = MarketDataService::new(store.clone());
        let lake = LakeService::new(
            store.clone(),
            storage.clone(),
            coverage.clone(),
            market_data.clone(),
            source.clone(),
            clock.clone(),
        );
        let after_collecting =
            AfterCollecting::new(lake.clone(), jobs.clone(), notices.clone(), loops.clone());
        let browse = BrowseService::new(store.clone(), clock.clone());
        let kind = source.kind().as_str().to_owned();
        let exports =
            ExportService::new(store.clone(), ExportReader::new(store.clone(), browse.clone(), kind), loops);
        let find = FindService::new(store.clone());
        let chains = ChainService::new(store.clone());
        let analysis = AnalysisService::new(store.clone(), chains.clone());
        let series = SeriesService::new(store.clone());
        let bhavcopy = BhavcopyService::new(store.clone(), jobs.clone(), source.is_simulated());
        let strategies = StrategyService::new(store.clone());
        let sql = SqlService::new(store.clone(), clock.clone());
        let import = ImportService::new(store.clone(), clock.clone());
        let lists = ListService::new(broker.clone(), expired.clone(), jobs.clone());
        Ok(Self {
            inner: Arc::new(Inner {
                lock,
                store,
                limiter,
                clock,
                started_at,
                commit,
                source,
                sessions,
                sign_in_watch,
                instruments,
                expired,
                lists,
                market_data,
                browse,
                find,
                chains,
                analysis,
                series,
                strategies,
                coverage,
                broker,
                preferences,
                jobs,
                schedules,
                notices,
                backups,
                storage,
                lake,
                after_collecting,
                bhavcopy,
                exports,
                requests,
                sql,
                import,
                once,
                pages: AtomicUsize::new(0),
            }),
        })
    }

    /// Who holds a data directory, as it says itself.
    pub fn owner(data_dir: &Path) -> Option<Owner> {
        OwnerLock::owner(data_dir)
    }

    /// Brings the database of a data directory to this version without a copy of what it was.
    pub async fn upgrade_without_copy(place: Place) -> Result<(), EngineError> {
        Store::upgrade_without_copy(place).await?;
        Ok(())
    }

    /// From now on nothing is changed here: whatever would is refused in a sentence. For who serves a copy, and says of
    /// what.
    pub fn freeze(&self, replica_of: &str) {
        self.inner.store.freeze();
        self.inner.sessions.is_replica_of(replica_of);
    }

    /// Says how this engine can be reached, for the commands that find the directory taken.
    pub fn announce(&self, server: OwnerServer) -> std::io::Result<()> {
        self.inner.lock.announce(self.inner.source.market(), Some(server))
    }

    /// Whether the database can be read just now.
    pub async fn is_answered(&self) -> Result<(), EngineError> {
        Ok(self.inner.store.is_answered().await?)
    }

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

    pub(crate) fn pages(&self) -> usize {
        self.inner.pages.load(Ordering::Relaxed)
    }

    pub fn source(&self) -> &Source {
        &self.inner.source
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

    /// Runs jobs, schedules and backups and sends notices by themselves until the engine closes. For a server;
    /// commands do their own work and no other.
    pub fn start_in_background(&self) {
        self.forget_upgrade_copies();
        self.jobs().start_in_background();
        self.schedules().start_in_background();
        self.notices().start_in_background();
        self.inner.sign_in_watch.start_in_background();
        self.backups().start_in_background();
        self.exports().start_in_background();
        self.inner.lake.recover_in_background();
        self.inner.after_collecting.start_in_background();
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

    /// A server that starts on a database of its own version has no more need of what the database was before.
    fn forget_upgrade_copies(&self) {
        if self.inner.store.upgraded().is_some() {
            return;
        }
        for copy in upgrade_copies(self.data_dir()) {
            let path = copy.display();
            match std::fs::remove_file(&copy) {
                Ok(()) => {
                    info!(%path, "the copy of before the upgrade is removed: this start went well without it")
                }
                Err(error) => warn!(%path, %error, "the copy of before the upgrade could not be removed"),
            }
        }
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
        let Inner { store, clock, .. } = &*self.inner;
        StreamReader::open(store.clone(), clock.clone(), self.changes(), filter, after).await
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

    pub fn now(&self) -> market::EpochSeconds {
        market::EpochSeconds(self.inner.clock.wall().as_seconds())
    }

    pub fn limits(&self) -> LimitsPicture {
        let picture = self.inner.limiter.picture();
        let millis = |wait: std::time::Duration| wait.as_millis().try_into().unwrap_or(u64::MAX);
        LimitsPicture {
            windows: picture
                .windows
                .iter()
                .map(|window| WindowPicture {
                    used: window.used,
                    max: window.max,
                    seconds: window.period.as_secs().try_into().unwrap_or(u32::MAX),
                })
                .collect(),
            parked_ms: picture.parked_for.map(millis),
            next_slot_ms: picture.next_slot_in.map(millis),
        }
    }

    /// What a request for a person waits for now, where that takes more than a moment. Being signed out is the
    /// session's to tell.
    pub fn waits(&self) -> Option<protocol::Wait> {
        self.inner.broker.wait_signed_in(ratelimit::Priority::Person)
    }

    /// The frame of a page that follows `job` and has seen its events up to `after`.
    pub async fn frame(&self, job: Option<protocol::JobId>, after: i64) -> Result<ServerFrame, EngineError> {
        let unfinished_jobs = self.jobs().unfinished_count().await?;
        let (job, events) = match job {
            Some(id) => match self.jobs().picture(id).await {
                Ok(picture) => (Some(picture), self.jobs().events(id, after).await?),
                Err(EngineError::UnknownJob(_)) => (None, Vec::new()),
                Err(error) => return Err(error),
            },
            None => (None, Vec::new()),
        };
        Ok(ServerFrame {
            at: self.now(),
            session: self.session().picture(),
            settings: self.preferences().now(),
            limits: self.limits(),
            waits: self.waits(),
            unfinished_jobs,
            notices: self.notices().count().await?,
            job,
            events,
        })
    }

    /// Ticks whenever a job's picture may have changed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.jobs.changes()
    }

    /// While it lives a page is connected, for which the limiter keeps a small reserve.
    pub fn page_connected(&self) -> PageGuard {
        let pages = self.inner.pages.fetch_add(1, Ordering::Relaxed) + 1;
        self.inner.limiter.set_pages_connected(pages);
        PageGuard { engine: self.clone() }
    }

    /// Stops the jobs where they are (they go on at the next start), and closes limiter and database.
    pub async fn close(&self) -> Result<(), EngineError> {
        self.inner.schedules.stop();
        self.inner.notices.stop();
        self.inner.sign_in_watch.stop();
        self.inner.backups.stop();
        self.inner.after_collecting.stop();
        self.inner.exports.stop();
        self.inner.storage.close().await;
        self.inner.import.close().await;
        self.inner.jobs.stop().await;
        self.inner.limiter.close().await?;
        self.inner.store.close().await?;
        Ok(())
    }
}

/// In the log, with where the copy is.
fn tell_upgrade(store: &Store) {
    if let Some(Upgraded { from, to, copy }) = store.upgraded() {
        let copy = copy.as_ref().map(|path| path.display().to_string());
        info!(from, to, copy, "the database is of this version now; the copy stays until the next start");
    }
}

/// See [`Engine::page_connected`].
pub struct PageGuard {
    engine: Engine,
}

impl Drop for PageGuard {
    fn drop(&mut self) {
        let pages = self.engine.inner.pages.fetch_sub(1, Ordering::Relaxed) - 1;
        self.engine.inner.limiter.set_pages_connected(pages);
    }
}
