//! The strikes that a series at the money can touch on a day, so that the others need not be read: those where the
//! expiry's future went, and some beyond. What is made of them is what all strikes would give, or it is not used: in
//! each minute the forward must be the future's, and the strike at the money nearer to it than any that was not read.

use std::collections::BTreeMap;

use analytics::series::{ExpirySeries, Gap, Point, Width};
use analytics::{ForwardSource, NotChosen, Snapshot};
use market::{ContractKinds, Day, DayRange, EpochSeconds, Interval, Price, Strike, TradingCalendar};

use super::service::Making;
use crate::chains::KnownExpiry;
use crate::error::EngineError;

/// Strikes beyond where the future went: between them lies one that was traded.
const MARGIN: usize = 4;
/// A series that steps farther from the money reads all strikes.
const STEPS_MAX: usize = 10;

pub(super) struct NearMoney {
    /// Listed ones, upwards.
    strikes: Vec<Strike>,
    /// Lowest and highest price of the future by day.
    went: BTreeMap<Day, (Price, Price)>,
    steps: usize,
}

/// What is read of a day.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub strikes: (Strike, Strike),
    /// The nearest strikes that are not read.
    below: Option<Strike>,
    above: Option<Strike>,
}

impl NearMoney {
    /// `None` where the series looks at more strikes, or the expiry has no future.
    pub async fn of(
        of: &Making<'_>,
        known: &KnownExpiry,
        series: ExpirySeries,
        days: &[Day],
    ) -> Result<Option<Self>, EngineError> {
        let (Some(steps), Some(first), Some(last)) = (steps(series), days.first(), days.last()) else {
            return Ok(None);
        };
        let contracts = of.store.contracts(known.expiry.id, ContractKinds::Both).await?;
        let Some(future) = contracts.iter().find(|stored| stored.contract.strike.is_none()) else {
            return Ok(None);
        };
        let Some(minutes) = of.store.series(future.id.into(), Interval::Minute1).await? else {
            return Ok(None);
        };
        let went = of.store.extremes_of_days(minutes, DayRange::new(*first, *last)?).await?;
        let mut strikes: Vec<Strike> = contracts.iter().filter_map(|stored| stored.contract.strike).collect();
        strikes.sort_unstable();
        strikes.dedup();
        Ok(Some(Self { strikes, went, steps }))
    }

    /// Of a day whose candles lie in one session, all of them.
    pub fn on(&self, day: Day, (first, last): (EpochSeconds, EpochSeconds)) -> Option<Part> {
        let trading = TradingCalendar::bundled().day(day);
        let [window] = trading.windows() else { return None };
        let session = day.at_minute(window.open)..day.at_minute(window.close);
        if !session.contains(&first) || !session.contains(&last) {
            return None;
        }
        let (low, high) = self.went.get(&day)?;
        let reach = MARGIN + self.steps;
        let from =
            self.strikes.partition_point(|strike| strike.to_rupees() < low.to_rupees()).saturating_sub(reach);
        let to = self.strikes.partition_point(|strike| strike.to_rupees() <= high.to_rupees()) + reach;
        let to = to.min(self.strikes.len());
        let read = self.strikes.get(from..to)?;
        Some(Part {
            strikes: (*read.first()?, *read.last()?),
            below: from.checked_sub(1).map(|place| self.strikes[place]),
            above: self.strikes.get(to).copied(),
        })
    }
}

impl Part {
    /// Whether all strikes would say the same of the minute.
    pub fn is_enough(&self, snapshot: &Snapshot<'_>, point: Option<&Point>) -> bool {
        let forward = snapshot.forward().ok().filter(|forward| forward.source == ForwardSource::Future);
        let (Some(forward), Some(money)) = (forward, snapshot.at_the_money()) else { return false };
        let distance = |strike: Strike| (strike.to_rupees() - forward.price).abs();
        let is_nearest =
            [self.below, self.above].into_iter().flatten().all(|unread| distance(money) < distance(unread));
        // A step beyond what was read may have found a strike there.
        let is_beyond =
            matches!(point.map(|point| &point.values), Some(Err(Gap::NotChosen(NotChosen::BeyondLadder))));
        is_nearest && !is_beyond
    }
}

/// From the strike at the money, at most; `None`: any strike may have a say.
fn steps(series: ExpirySeries) -> Option<usize> {
    let steps = match series {
        ExpirySeries::AtmStraddle { .. }
        | ExpirySeries::SyntheticFuture
        | ExpirySeries::ForwardBasis
        | ExpirySeries::AtmVolatility => 0,
        ExpirySeries::AtmOption { offset, .. } | ExpirySeries::Strangle { width: Width::Strikes(offset) } => {
            offset.strikes().unsigned_abs() as usize
        }
        ExpirySeries::Strangle { .. }
        | ExpirySeries::ByPremium { .. }
        | ExpirySeries::ByDelta { .. }
        | ExpirySeries::Skew { .. }
        | ExpirySeries::PutCallRatio
        | ExpirySeries::MaxPain
        | ExpirySeries::OpenInterest { .. } => return None,
    };
    (steps <= STEPS_MAX).then_some(steps)
}
