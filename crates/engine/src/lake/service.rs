//! The service: takes the storage's turn, publishes or verifies to its end or until it is stopped, and tells how it went.
//! Where a lake is being written is kept before its first file, so that the next start finds what was cut off.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lake::{Lake, Place, Recovered};
use market::{Day, EpochSeconds};
use protocol::{
    LakeLine, LakeOrder, LakeOutcome, LakePicture, LakePlace, LakeReport, StorageDeed, StorageWork,
};
use rand::Rng;
use ratelimit::Clock;
use store::{LakePartitionOf, Store};
use tracing::{info, warn};

use super::manifest::row_of;
use super::publish::Publishing;
use super::target::{Target, targets};
use super::usable::refuse_unusable;
use super::{PublishError, picture};
use crate::config::Source;
use crate::coverage::CoverageService;
use crate::error::EngineError;
use crate::market_data::MarketDataService;
use crate::storage::{StorageService, Undertaking};

/// The lake of the settings.
pub(crate) const PLACE: &str = "lake_place";
/// Who publishes from this data directory, whatever becomes of its path.
const OWNER: &str = "lake_owner";
/// Places into which something is being published, one a line.
const UNDER_WAY: &str = "lake_under_way";
/// What is not known to be the same: the next publication finds out.
const NO_STAMP: [u8; 32] = [0; 32];

/// A handle; clones share everything.
#[derive(Clone)]
pub struct LakeService {
    pub(super) store: Store,
    pub(super) storage: StorageService,
    pub(super) coverage: CoverageService,
    pub(super) data: MarketDataService,
    pub(super) source: Source,
    clock: Arc<dyn Clock>,
    last: Arc<Mutex<Option<LakeReport>>>,
    progress: Arc<Progress>,
}

/// Candles.
#[derive(Debug, Default)]
struct Progress {
    done: AtomicU64,
    total: AtomicU64,
}

impl LakeService {
    pub(crate) fn new(
        store: Store,
        storage: StorageService,
        coverage: CoverageService,
        data: MarketDataService,
        source: Source,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (last, progress) = (Arc::default(), Arc::default());
        Self { store, storage, coverage, data, source, clock, last, progress }
    }

    pub(super) fn now(&self) -> EpochSeconds {
        EpochSeconds(self.clock.wall().as_seconds())
    }

    pub(super) async fn wait(&self, duration: Duration) {
        self.clock.sleep_until(self.clock.monotonic() + duration).await;
    }

    /// The simulated market lives on a day of its own.
    pub(super) fn today(&self) -> Day {
        self.source.simulated_day().unwrap_or_else(|| self.now().day())
    }

    /// Where room for a file may be taken while it is read.
    pub(super) fn spool(&self) -> &Path {
        self.store.path().parent().unwrap_or(Path::new("."))
    }

    fn lock(&self) -> MutexGuard<'_, Option<LakeReport>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was published from here, and how the last deed went.
    pub async fn picture(&self) -> Result<LakePicture, EngineError> {
        let partitions = picture::partitions(&self.store).await?;
        let last = self.lock().clone();
        Ok(LakePicture { place: self.place().await?.place, partitions, last })
    }

    /// The lake of the settings.
    pub async fn place(&self) -> Result<LakePlace, EngineError> {
        let place = self.store.setting(PLACE).await?.filter(|place| !place.is_empty());
        Ok(LakePlace { place })
    }

    /// Makes this the lake of the settings, or none. Nothing is published and nothing is removed by it.
    pub async fn put_place(&self, place: LakePlace) -> Result<LakePlace, EngineError> {
        let place = place.place.map(|text| self.usable(&text)).transpose()?;
        let text = place.map_or_else(String::new, |place| place.to_string());
        self.store.put_setting(PLACE, &text).await?;
        self.place().await
    }

    /// A place as somebody names it who wants to publish into it, or to read there from now on.
    pub(super) fn usable(&self, text: &str) -> Result<Place, EngineError> {
        let place: Place = text.parse().map_err(PublishError::from)?;
        refuse_unusable(&place, self.spool())?;
        Ok(place)
    }

    pub(super) async fn place_of(&self, wish: Option<&String>) -> Result<Place, EngineError> {
        let text = match wish {
            Some(text) => Some(text.clone()),
            None => self.place().await?.place,
        };
        let place: Place = text.ok_or(PublishError::NoPlace)?.parse().map_err(PublishError::from)?;
        Ok(place)
    }

    async fn open(&self, place: Place) -> Result<Lake, EngineError> {
        Ok(Lake::open(place, self.source.kind().as_str()).await.map_err(PublishError::from)?)
    }

    pub(super) async fn open_existing(&self, place: Place) -> Result<Lake, EngineError> {
        let source = self.source.kind();
        Ok(Lake::open_existing(place, source.as_str()).await.map_err(PublishError::from)?)
    }

    /// Who publishes from here; made up the first time.
    pub(super) async fn owner(&self) -> Result<String, EngineError> {
        if let Some(owner) = self.store.setting(OWNER).await? {
            return Ok(owner);
        }
        let owner = format!("{:016x}", rand::rng().random::<u64>());
        self.store.put_setting(OWNER, &owner).await?;
        Ok(owner)
    }

    /// Begins to publish, and answers how it stands. What a person names and cannot be published is refused here.
    pub async fn publish(&self, order: LakeOrder) -> Result<StorageWork, EngineError> {
        let turn = self.storage.take_turn()?;
        let place = self.place_of(order.to.as_ref()).await?;
        refuse_unusable(&place, self.spool())?;
        let targets = targets(&self.store, &place.to_string(), self.today(), &order).await?;
        let lake = self.open(place).await?;
        let total = targets.iter().map(|target| target.candles).sum();
        let service = self.clone();
        let work = async move { service.publish_all(lake, targets, order).await };
        self.begin(total);
        Ok(self.storage.carry_out(turn, Undertaking { deed: StorageDeed::Publish, total }, work).await)
    }

    /// Publishes these, and answers when that is done.
    pub(super) async fn publish_targets(
        &self,
        place: Place,
        targets: Vec<Target>,
        order: LakeOrder,
    ) -> Result<(), EngineError> {
        let turn = self.storage.take_turn()?;
        let lake = self.open(place).await?;
        let total = targets.iter().map(|target| target.candles).sum();
        let (service, (tell, told)) = (self.clone(), tokio::sync::oneshot::channel());
        let work = async move {
            let published = service.publish_all(lake, targets, order).await;
            let ended = match &published {
                Ok(()) => Ok(()),
                Err(EngineError::Stopped) => Err(EngineError::Stopped),
                Err(error) => Err(PublishError::Told(error.chain()).into()),
            };
            // Whoever waits may have gone.
            let _ = tell.send(ended);
            published
        };
        self.begin(total);
        self.storage.carry_out(turn, Undertaking { deed: StorageDeed::Publish, total }, work).await;
        told.await.map_err(|_| EngineError::ShuttingDown)?
    }

    /// Begins to read again all that lies in a lake, and answers how it stands.
    pub async fn verify(&self, place: Option<String>) -> Result<StorageWork, EngineError> {
        let turn = self.storage.take_turn()?;
        let lake = self.open_existing(self.place_of(place.as_ref()).await?).await?;
        let index = lake.index().await.map_err(PublishError::from)?;
        // No index, and none that can be read, says nothing of how much there is to read.
        let total = index.map_or(0, |index| index.partitions.iter().map(|of| of.rows).sum());
        let service = self.clone();
        let work = async move { service.verify_all(lake).await };
        self.begin(total);
        let undertaking = Undertaking { deed: StorageDeed::VerifyLake, total };
        Ok(self.storage.carry_out(turn, undertaking, work).await)
    }

    pub(super) fn begin(&self, total: u64) {
        self.progress.done.store(0, Ordering::Relaxed);
        self.progress.total.store(total, Ordering::Relaxed);
    }

    /// After so many candles; refused where somebody has stopped it.
    pub(super) fn go_on(&self, candles: u64) -> Result<(), EngineError> {
        let done = self.progress.done.fetch_add(candles, Ordering::Relaxed) + candles;
        self.storage.work.stands_at(done, self.progress.total.load(Ordering::Relaxed));
        self.storage.work.go_on()
    }

    pub(super) fn begin_report(&self, deed: StorageDeed, lake: &Lake) {
        let place = lake.place().to_string();
        *self.lock() = Some(LakeReport { deed, place, began_at: self.now(), lines: Vec::new() });
    }

    pub(super) fn tell(&self, line: LakeLine) {
        match line.outcome {
            LakeOutcome::Wrong => warn!(of = line.of, words = line.words, "the lake"),
            outcome => info!(of = line.of, ?outcome, words = line.words, "the lake"),
        }
        if let Some(report) = &mut *self.lock() {
            report.lines.push(line);
        }
    }

    async fn publish_all(
        &self,
        lake: Lake,
        targets: Vec<Target>,
        order: LakeOrder,
    ) -> Result<(), EngineError> {
        self.begin_report(StorageDeed::Publish, &lake);
        let owner = self.owner().await?;
        let place = lake.place().to_string();
        self.note_under_way(&place, true).await?;
        let half_done = self.recover_in(&lake, &owner).await?;
        let publishing =
            Publishing { service: self, lake: &lake, owner, order: &order, place: place.clone() };
        let (mut refused, mut stopped) = (Vec::new(), Ok(()));
        for target in &targets {
            match publishing.publish(target).await {
                Ok(line) => self.tell(line),
                Err(EngineError::Stopped) => {
                    stopped = Err(EngineError::Stopped);
                    break;
                }
                Err(EngineError::Publish(error)) if error.is_of_one_partition() => {
                    let words = error.to_string();
                    refused.push(words.clone());
                    self.tell(LakeLine {
                        of: target.partition.to_string(),
                        outcome: LakeOutcome::Wrong,
                        words,
                    });
                }
                Err(error) => return Err(error),
            }
        }
        if half_done.is_empty() {
            self.note_under_way(&place, false).await?;
        }
        let count = refused.len();
        match refused.into_iter().next() {
            Some(first) => Err(PublishError::SomeRefused { count, first }.into()),
            None => stopped,
        }
    }

    /// Finishes or removes what was cut off, and makes an index anew that cannot be read. What cannot be finished of one
    /// partition is told, and keeps no other: it comes back, a sentence each.
    pub(super) async fn recover_in(&self, lake: &Lake, owner: &str) -> Result<Vec<String>, EngineError> {
        self.renew_index(lake, owner, LakeOutcome::Recovered).await?;
        let mut half_done = Vec::new();
        for recovered in lake.recover(owner).await.map_err(PublishError::from)? {
            let (partition, outcome, words) = match recovered {
                Recovered::Finished(partition) => {
                    self.keep_finished(lake, &partition).await?;
                    let words = "a publication that was cut off is finished";
                    (partition, LakeOutcome::Recovered, words.to_owned())
                }
                Recovered::Removed(partition) => {
                    let words = "what a publication that was cut off had left is removed";
                    (partition, LakeOutcome::Recovered, words.to_owned())
                }
                Recovered::Failed(partition, error) => {
                    let words = EngineError::from(PublishError::from(error)).chain();
                    half_done.push(words.clone());
                    (partition, LakeOutcome::Wrong, words)
                }
            };
            self.tell(LakeLine { of: partition.to_string(), outcome, words });
        }
        Ok(half_done)
    }

    /// It lies there; whether it is what is stored here by now the next publication finds out.
    async fn keep_finished(&self, lake: &Lake, partition: &lake::Partition) -> Result<(), EngineError> {
        let Some(there) = lake.manifest(partition).await.map_err(PublishError::from)? else { return Ok(()) };
        let Some((underlying, _)) = self.store.underlying(&there.manifest.instrument_key).await? else {
            return Ok(());
        };
        let of = match partition.span {
            lake::Span::Expiry(date) => match self.store.expiry(underlying, date).await? {
                Some(expiry) => LakePartitionOf::Expiry(expiry.id),
                None => return Ok(()),
            },
            lake::Span::Month(month) => LakePartitionOf::Month(underlying, month.first_day()),
        };
        let path = partition.manifest_path().to_string();
        let row = row_of(&lake.place().to_string(), of, &path, &there, NO_STAMP, self.now());
        self.store.keep_publication(row).await?;
        Ok(())
    }

    pub(super) async fn note_under_way(&self, place: &str, is_begun: bool) -> Result<(), EngineError> {
        let mut places = self.under_way().await?;
        if is_begun {
            places.insert(place.to_owned());
        } else {
            places.remove(place);
        }
        let text: Vec<String> = places.into_iter().collect();
        Ok(self.store.put_setting(UNDER_WAY, &text.join("\n")).await?)
    }

    pub(super) async fn under_way(&self) -> Result<BTreeSet<String>, EngineError> {
        let text = self.store.setting(UNDER_WAY).await?.unwrap_or_default();
        Ok(text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
    }

    /// Finds what was cut off when the program ended the last time, and finishes or removes it. A lake that cannot be
    /// reached now is tried again with the next publication.
    pub(crate) fn recover_in_background(&self) {
        let service = self.clone();
        tokio::spawn(async move {
            if let Err(error) = service.recover_all().await {
                warn!(error = error.chain(), "whether anything was cut off in a lake could not be read");
            }
        });
    }

    /// A place that fails is told, and keeps no other.
    pub async fn recover_all(&self) -> Result<(), EngineError> {
        for place in self.under_way().await? {
            if let Err(error) = self.recover_at(&place).await {
                warn!(place, error = error.chain(), "what was cut off in a lake could not be finished yet");
            }
        }
        Ok(())
    }

    async fn recover_at(&self, text: &str) -> Result<(), EngineError> {
        let _turn = self.storage.take_turn()?;
        let place: Place = text.parse().map_err(PublishError::from)?;
        let lake = self.open_existing(place).await?;
        self.begin_report(StorageDeed::Publish, &lake);
        let owner = self.owner().await?;
        if self.recover_in(&lake, &owner).await?.is_empty() {
            self.note_under_way(text, false).await?;
        }
        Ok(())
    }
}
