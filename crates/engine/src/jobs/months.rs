//! Which months of an underlying's own candles a job brings. A calendar month is one request of the broker's
//! history and is shared by all expiries, so whole months are asked for, and one that is covered never again.

use std::collections::BTreeSet;

use market::{Day, DayRange, Interval};
use protocol::HistoricalDays;
use store::{SeriesOwner, UnderlyingId};

use crate::error::EngineError;
use crate::final_days::wanted_range;
use crate::jobs::service::JobService;

impl JobService {
    /// The first days of the months in which days before an expiry are missing, newest first.
    pub(crate) async fn missing_months(
        &self,
        underlying: UnderlyingId,
        expiry: Day,
        days: HistoricalDays,
    ) -> Result<Vec<Day>, EngineError> {
        let owner = SeriesOwner::Underlying(underlying);
        let covered = self.store().covered_ranges(owner, Interval::Minute1).await?;
        let gaps = wanted_range(expiry, days).without(|day| covered.iter().any(|range| range.contains(day)));
        let months: BTreeSet<Day> = gaps.into_iter().flat_map(DayRange::months).map(DayRange::from).collect();
        Ok(months.into_iter().rev().collect())
    }
}
