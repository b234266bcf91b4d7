//! An export as a whole: the plan read of an order, its files written one after the other, the manifest last.

use std::collections::BTreeSet;
use std::path::Path;

use market::EpochSeconds;
use protocol::{ExportEstimate, ExportFile, ExportManifest, ExportOrder};
use store::{Place, Store};

use super::folder::{Unfinished, go_on};
use super::manifest;
use super::pieces::Ahead;
use super::plan::Plan;
use super::progress::ExportProgress;
use super::wish::Wish;
use crate::archive::open_for_reading;
use crate::browse::BrowseService;
use crate::chains::ChainService;
use crate::error::EngineError;
use crate::market_data::MarketDataService;
use crate::preferences::kept;
use crate::series::{SeriesService, has_rate};

/// Reads what is stored and writes it to files; beside whoever owns the data directory, too.
#[derive(Clone)]
pub struct ExportReader {
    store: Store,
    pub(super) data: MarketDataService,
    browse: BrowseService,
    pub(super) chains: ChainService,
    pub(super) series: SeriesService,
    /// Whose data it is: `upstox`, `simulated` or `other`.
    pub(super) source: String,
}

/// An order as it was read, and the files that it comes to.
struct Planned {
    wish: Wish,
    plan: Plan,
}

impl ExportReader {
    pub(crate) fn new(store: Store, browse: BrowseService, source: String) -> Self {
        let data = MarketDataService::new(store.clone());
        let chains = ChainService::new(store.clone());
        let series = SeriesService::new(store.clone());
        Self { store, data, browse, chains, series, source }
    }

    /// Opens an existing data directory for reading, beside whoever owns it.
    pub async fn open_for_reading(place: impl Into<Place>) -> Result<Self, EngineError> {
        let place = place.into();
        let browse = BrowseService::open_for_reading(place.clone()).await?;
        let store = open_for_reading(place).await?;
        let source = store.setting("source").await?.unwrap_or_default();
        Ok(Self::new(store, browse, source))
    }

    /// What an order comes to. One for a chain that is not stored is refused: its file could never be written.
    pub async fn estimate(&self, order: ExportOrder) -> Result<ExportEstimate, EngineError> {
        let Planned { wish, plan } = self.plan(order).await?;
        for (key, expiry, at) in plan.chains() {
            self.chains.whole_day(key, expiry, at.day(), at.minute()).await?;
        }
        Ok(plan.estimate(&wish))
    }

    /// Writes all files and the manifest into a folder that is empty, not there, or holds this very export.
    pub async fn write_to(
        &self,
        order: ExportOrder,
        folder: &Path,
        progress: &ExportProgress,
        now: EpochSeconds,
    ) -> Result<ExportManifest, EngineError> {
        let planned = self.plan(order).await?;
        let unfinished = Unfinished::begin(folder, &planned.wish.order, planned.names())?;
        let manifest = self.write_planned(planned, folder, None, progress, now).await?;
        unfinished.finish()?;
        Ok(manifest)
    }

    /// The same of an export that a server keeps: files that are whole already stay, and each that becomes whole is noted.
    pub(super) async fn go_on(
        &self,
        id: i64,
        order: ExportOrder,
        folder: &Path,
        progress: &ExportProgress,
        now: EpochSeconds,
    ) -> Result<ExportManifest, EngineError> {
        let planned = self.plan(order).await?;
        go_on(folder)?;
        self.write_planned(planned, folder, Some(id), progress, now).await
    }

    async fn write_planned(
        &self,
        Planned { wish, plan }: Planned,
        folder: &Path,
        kept_as: Option<i64>,
        progress: &ExportProgress,
        now: EpochSeconds,
    ) -> Result<ExportManifest, EngineError> {
        let done = match kept_as {
            Some(id) => self.store.export_files(id).await?,
            None => Vec::new(),
        };
        let rests_on_a_rate =
            wish.has_volatility || wish.chain.is_some() || wish.series.as_ref().is_some_and(has_rate);
        let rate = match rests_on_a_rate {
            true => Some(crate::chains::rate_of(kept(&self.store).await?.reading).fraction()),
            false => None,
        };
        progress.expect_rows(plan.rows());
        let mut files = Vec::with_capacity(plan.files.len());
        let mut ahead = Ahead::default();
        for (place, file) in plan.files.iter().enumerate() {
            let known = done.iter().find(|done| done.name == file.name && is_there(folder, done));
            let written = match known {
                Some(known) => known.clone(),
                None => {
                    let ready = match wish.has_volatility {
                        true => self.ahead(&wish, &plan.files[place..], &mut ahead).await?,
                        false => None,
                    };
                    let written = self.write_file(&wish, file, ready, folder, rate, progress).await?;
                    if let Some(id) = kept_as {
                        self.store.keep_export_file(id, &written).await?;
                    }
                    written
                }
            };
            files.push(written);
            // What was estimated of the files so far is replaced by what they had.
            progress.put_rows(files.iter().map(|file| file.rows).sum());
        }
        if let Some((name, text)) = wish.preset.and_then(|preset| preset.facts().beside) {
            manifest::put(&folder.join(name), text.as_bytes())?;
        }
        let manifest = manifest::of(&wish, &plan, files, &self.source, rate, now);
        manifest::keep(folder, &manifest)?;
        Ok(manifest)
    }

    async fn plan(&self, order: ExportOrder) -> Result<Planned, EngineError> {
        let wish = Wish::read(order)?;
        let underlying = match &wish.order.underlying {
            Some(name) => Some(self.browse.find(name).await?),
            None => None,
        };
        let plan = Plan::make(&self.store, &self.data, &wish, underlying.as_ref()).await?;
        Ok(Planned { wish, plan })
    }
}

impl Planned {
    /// Of all that is written, but for the manifest.
    fn names(&self) -> BTreeSet<String> {
        let beside = self.wish.preset.and_then(|preset| preset.facts().beside);
        let beside = beside.map(|(name, _)| name.to_owned());
        self.plan.files.iter().map(|file| file.name.clone()).chain(beside).collect()
    }
}

/// A file of an earlier run that is as it was left.
fn is_there(folder: &Path, file: &ExportFile) -> bool {
    let path = folder.join(&file.name);
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == file.bytes)
}
