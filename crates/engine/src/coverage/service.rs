//! Coverage of an underlying, by expiry or contract by contract. Reads only, also beside the owner.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use market::{Day, DayRange, ExpiredKey, InstrumentKey, Interval, SessionWindow, UnderlyingName};
use protocol::{
    COVERAGE_EXPIRIES_MAX, CoveragePage, ExpiryCoverage, ExpiryCoverageDetail, HistoricalDays, Hole,
    SeriesCoverage, UnderlyingCoverage,
};
use ratelimit::{Clock, SystemClock};
use store::{Place, SeriesFacts, SeriesOwner, Store, StoredContract, StoredDay, StoredExpiry, UnderlyingId};

use crate::archive::open_for_reading;
use crate::coverage::judge::Judged;
use crate::coverage::market_days::MarketDays;
use crate::directory::Directory;
use crate::error::EngineError;

/// Holes that one expiry names; there are more only where something is badly wrong.
const HOLES_MAX: usize = 200;

/// Rows outside the sessions, by series and day.
pub(super) type OutsideRows = HashMap<SeriesOwner, BTreeMap<Day, u64>>;
pub(super) static NO_DAYS: BTreeMap<Day, u64> = BTreeMap::new();

#[derive(Clone)]
pub struct CoverageService {
    pub(crate) store: Store,
    pub(super) clock: Arc<dyn Clock>,
}

/// What all series of an underlying are judged by.
pub(super) struct Court {
    pub id: UnderlyingId,
    pub market: MarketDays,
    pub interval: Interval,
    pub days: HistoricalDays,
}

impl CoverageService {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Opens an existing data directory for reading, beside whoever owns it.
    pub async fn open_for_reading(place: impl Into<Place>) -> Result<Self, EngineError> {
        Ok(Self::new(open_for_reading(place).await?, Arc::new(SystemClock::new())))
    }

    /// The key that a person means, by what is stored.
    pub async fn find(&self, name: &UnderlyingName) -> Result<InstrumentKey, EngineError> {
        Directory::find_here(&self.store, name).await
    }

    /// Every known expiry whose contracts are listed, over the days before it.
    pub async fn of_underlying(
        &self,
        key: &InstrumentKey,
        interval: Interval,
        days: HistoricalDays,
        page: CoveragePage,
    ) -> Result<UnderlyingCoverage, EngineError> {
        let court = self.court(key, interval, days).await?;
        let mut listed = self.store.expiries(court.id).await?;
        listed.retain(|expiry| {
            let is_listed = expiry.options_listed.is_some() || expiry.futures_listed.is_some();
            is_listed && page.before.is_none_or(|before| expiry.date < before)
        });
        let limit = page.limit.clamp(1, COVERAGE_EXPIRIES_MAX);
        let has_more = listed.len() > limit;
        listed.truncate(limit);
        let mut expiries = Vec::new();
        for expiry in &listed {
            expiries.push(summary(expiry.date, self.contracts_of(&court, expiry).await?));
        }
        Ok(UnderlyingCoverage {
            underlying: key.clone(),
            interval,
            next: listed.last().filter(|_| has_more).map(|oldest| oldest.date),
            expiries,
            own: self.own(&court, key).await?,
            calendar: court.market.remarks(),
        })
    }

    /// The contracts of one expiry, one by one.
    pub async fn of_expiry(
        &self,
        key: &InstrumentKey,
        expiry: Day,
        interval: Interval,
        days: HistoricalDays,
    ) -> Result<ExpiryCoverageDetail, EngineError> {
        let court = self.court(key, interval, days).await?;
        let contracts = match self.store.expiry(court.id, expiry).await? {
            Some(stored) => self.contracts_of(&court, &stored).await?,
            None => Vec::new(),
        };
        Ok(ExpiryCoverageDetail { underlying: key.clone(), expiry, interval, contracts })
    }

    pub(super) async fn court(
        &self,
        key: &InstrumentKey,
        interval: Interval,
        days: HistoricalDays,
    ) -> Result<Court, EngineError> {
        let Some((id, _)) = self.store.underlying(key).await? else {
            return Err(EngineError::NothingStored { key: key.to_string() });
        };
        let own = self.store.facts(SeriesOwner::Underlying(id), Interval::Minute1).await?;
        Ok(Court { id, market: MarketDays::new(own), interval, days })
    }

    async fn contracts_of(
        &self,
        court: &Court,
        expiry: &StoredExpiry,
    ) -> Result<Vec<SeriesCoverage>, EngineError> {
        let gathered = self.gather(court, expiry).await?;
        let judge = |stored: &StoredContract| {
            let key = stored.contract.expired_key.clone();
            series(&gathered.judged(court, stored), Some(key), &stored.contract.trading_symbol)
        };
        Ok(gathered.contracts.iter().map(judge).collect())
    }

    /// The stored rows outside the sessions, by day. Only days whose first and last row do not lie in the one
    /// session of the day are counted anew.
    pub(super) async fn outside(
        &self,
        court: &Court,
        interval: Interval,
        facts: impl Iterator<Item = (SeriesOwner, &SeriesFacts)>,
    ) -> Result<OutsideRows, EngineError> {
        let (mut outside, mut asked, mut spans) = (OutsideRows::new(), Vec::new(), Vec::new());
        for (owner, facts) in facts {
            for (day, stored) in &facts.days {
                let windows = court.market.windows(*day);
                if windows.is_empty() && !court.market.is_open(*day) {
                    outside.entry(owner).or_default().insert(*day, stored.candles);
                } else if interval != Interval::Day && may_lie_outside(&windows, stored) {
                    let span =
                        |window: &SessionWindow| day.at_minute(window.open)..day.at_minute(window.close);
                    spans.push((owner, windows.iter().map(span).collect()));
                    asked.push((owner, *day, stored.candles));
                }
            }
        }
        let within = self.store.candles_within(interval, spans).await?;
        for ((owner, day, candles), within) in asked.into_iter().zip(within) {
            if within < candles {
                outside.entry(owner).or_default().insert(day, candles - within);
            }
        }
        Ok(outside)
    }

    /// The underlying's own candles, over the days that were ever answered.
    async fn own(&self, court: &Court, key: &InstrumentKey) -> Result<Option<SeriesCoverage>, EngineError> {
        let facts = self.store.facts(SeriesOwner::Underlying(court.id), Interval::Minute1).await?;
        let from = facts.answered.iter().map(|answer| answer.range.from()).min();
        let to = facts.answered.iter().map(|answer| answer.range.to()).max();
        let (Some(from), Some(to)) = (from, to) else { return Ok(None) };
        let owner = SeriesOwner::Underlying(court.id);
        let outside = self.outside(court, Interval::Minute1, [(owner, &facts)].into_iter()).await?;
        let refused = self.store.refused(owner, Interval::Minute1).await?;
        let judged = Judged {
            facts: &facts,
            interval: Interval::Minute1,
            wanted: DayRange::new(from, to)?,
            has_failed: false,
            market: &court.market,
            outside: outside.get(&owner).unwrap_or(&NO_DAYS),
            refused: &refused,
        };
        Ok(Some(series(&judged, None, key.name())))
    }
}

/// Whether rows of a day may lie outside its windows.
fn may_lie_outside(windows: &[SessionWindow], stored: &StoredDay) -> bool {
    match windows {
        // Hours that nobody knows.
        [] => false,
        [window] => stored.first.minute_of_day() < window.open || stored.last.minute_of_day() >= window.close,
        _ => true,
    }
}

fn series(judged: &Judged<'_>, expired_key: Option<ExpiredKey>, symbol: &str) -> SeriesCoverage {
    let hole = |shortfall: crate::coverage::judge::Shortfall| Hole {
        expired_key: expired_key.clone(),
        symbol: symbol.to_owned(),
        day: shortfall.day,
        candles: shortfall.candles,
        refused: shortfall.refused,
        expected: shortfall.expected,
    };
    SeriesCoverage {
        days: judged.counts(),
        candles: judged.candles(),
        outside: judged.candles_outside(),
        refused: judged.refused_inside(),
        expected: judged.expected(),
        first: judged.facts.days.values().next().map(|day| day.first),
        last: judged.facts.days.values().next_back().map(|day| day.last),
        pruned_at: judged.facts.pruned_at,
        holes: judged.holes().into_iter().map(hole).collect(),
        symbol: symbol.to_owned(),
        expired_key,
    }
}

fn summary(expiry: Day, contracts: Vec<SeriesCoverage>) -> ExpiryCoverage {
    let mut coverage = ExpiryCoverage {
        expiry,
        contracts: contracts.len() as u64,
        settled: 0,
        days: Default::default(),
        candles: 0,
        outside: 0,
        refused: 0,
        expected: 0,
        holes: Vec::new(),
        pruned_at: None,
    };
    for contract in contracts {
        coverage.settled += u64::from(contract.days.unsettled() == 0);
        coverage.days.join(&contract.days);
        coverage.candles += contract.candles;
        coverage.outside += contract.outside;
        coverage.refused += contract.refused.values().sum::<u64>();
        coverage.expected += contract.expected;
        coverage.pruned_at = coverage.pruned_at.max(contract.pruned_at);
        let room = HOLES_MAX.saturating_sub(coverage.holes.len());
        coverage.holes.extend(contract.holes.into_iter().take(room));
    }
    coverage
}
