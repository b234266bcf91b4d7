//! Making a series: what is asked for is checked, then made by its kind.

use std::collections::BTreeMap;

use analytics::series::{Point, Series, coarser};
use market::{ChartInterval, Day, DayRange, EpochSeconds, SessionAnchors, TradingCalendar, Underlying};
use protocol::{ReadingPreferences, SeriesDocument, SeriesKind};
use store::{Place, Store, UnderlyingId};

use super::document::{document, kinds};
use super::wish::SeriesWish;
use super::{continuous, maturity, of_expiry, realised, strategy};
use crate::archive::open_for_reading;
use crate::error::EngineError;
use crate::preferences::kept;

/// Clones share everything.
#[derive(Clone)]
pub struct SeriesService {
    store: Store,
}

/// What every kind is made with.
pub(crate) struct Making<'w> {
    pub store: &'w Store,
    pub wish: &'w SeriesWish,
    pub id: UnderlyingId,
    pub underlying: Underlying,
    /// As a person has set it.
    pub reading: ReadingPreferences,
}

impl SeriesService {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Opens an existing data directory for reading, beside whoever owns it.
    pub async fn open_for_reading(place: impl Into<Place>) -> Result<Self, EngineError> {
        Ok(Self::new(open_for_reading(place).await?))
    }

    /// What there is to make.
    pub fn kinds() -> Vec<SeriesKind> {
        kinds()
    }

    pub async fn make(&self, wish: &SeriesWish) -> Result<SeriesDocument, EngineError> {
        wish.check()?;
        let Some((id, underlying)) = self.store.underlying(&wish.underlying).await? else {
            return Err(EngineError::NothingStored { key: wish.underlying.to_string() });
        };
        let reading = kept(&self.store).await?.reading;
        let making = Making { store: &self.store, wish, id, underlying, reading };
        let mut made = match &wish.series {
            Series::OfExpiry(of) => of_expiry::make(&making, *of).await?,
            Series::ConstantMaturity(of) => maturity::make(&making, *of).await?,
            Series::Realised(of) => realised::make(&making, *of).await?,
            Series::ContinuousFuture(of) => continuous::make(&making, *of).await?,
            Series::Strategy(of) => strategy::make(&making, of).await?,
        };
        made.points = days_joined(made.points, wish.interval);
        Ok(document(wish, reading, made))
    }
}

/// Points are made coarser a day at a time, so a week or a month has one of each of its days: they become one.
pub(crate) fn days_joined(points: Vec<Point>, interval: ChartInterval) -> Vec<Point> {
    match interval.spans_days() {
        true => coarser(&points, interval, &SessionAnchors::of(TradingCalendar::bundled())),
        false => points,
    }
}

impl Making<'_> {
    /// From where the bars of these days are counted: a session that no circular describes begins with the underlying.
    pub async fn anchors(&self, days: &[Day]) -> Result<Anchors, EngineError> {
        Anchors::read(self.store, self.id, self.wish.interval, days).await
    }
}

/// The wished interval, with what its bars are counted from.
#[derive(Clone)]
pub(crate) struct Anchors {
    pub interval: ChartInterval,
    begun: BTreeMap<Day, EpochSeconds>,
}

impl Anchors {
    pub async fn read(
        store: &Store,
        underlying: UnderlyingId,
        interval: ChartInterval,
        days: &[Day],
    ) -> Result<Self, EngineError> {
        let begun = match (days.first(), days.last()) {
            (Some(first), Some(last)) if interval.counts_from_the_open() => {
                let range = DayRange::new(*first, *last)?;
                store.first_minutes_of_underlying(underlying, range).await?
            }
            _ => BTreeMap::new(),
        };
        Ok(Self { interval, begun })
    }

    pub fn of_sessions(&self) -> SessionAnchors<'static> {
        let mut anchors = SessionAnchors::of(TradingCalendar::bundled());
        for (day, first) in &self.begun {
            anchors.begin(*day, first.minute_of_day());
        }
        anchors
    }

    /// The points of whole days in the interval.
    pub fn coarser(&self, points: Vec<Point>) -> Vec<Point> {
        match self.interval {
            ChartInterval::MINUTE_1 => points,
            interval => coarser(&points, interval, &self.of_sessions()),
        }
    }
}
