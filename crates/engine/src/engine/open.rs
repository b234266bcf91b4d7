//! Opening an engine: the data directory taken, the database brought to this version, and every service made of what it
//! needs. Nothing is asked of the broker yet, and nothing runs.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use ratelimit::Limiter;
use store::{OwnerLock, Place, Store, Upgraded, Vault, VaultKey, refuse_unopenable};
use tracing::info;
use upstox::Client;

use super::{Engine, Inner};
use crate::analysis::AnalysisService;
use crate::archive::read_lakes;
use crate::backups::BackupService;
use crate::bhavcopy::BhavcopyService;
use crate::broker::Broker;
use crate::browse::BrowseService;
use crate::chains::ChainService;
use crate::config::EngineConfig;
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
use crate::requests::RequestService;
use crate::schedules::ScheduleService;
use crate::series::SeriesService;
use crate::session::{Session, SessionService, SignInWatch};
use crate::slot_log::StoredSlotLog;
use crate::sql::SqlService;
use crate::storage::StorageService;
use crate::strategies::StrategyService;

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
        refuse_unopenable(&data_dir)?;
        let lock = OwnerLock::take(&data_dir)?;
        let key = VaultKey::find(&data_dir, &unlock).await?;
        let opened = Store::open_upgrading(key.place(), source.kind(), upgrade_copy).await;
        let store = opened.inspect_err(|_| key.withdraw())?;
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
                lock: lock.stays(),
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

    /// Brings the database of a data directory to this version without a copy of what it was.
    pub async fn upgrade_without_copy(place: Place) -> Result<(), EngineError> {
        Store::upgrade_without_copy(place).await?;
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
