//! What an order of strikes near the money takes of one expiry. Where it is not known where the underlying went, it
//! takes all: nothing is guessed, and nothing is left out that may have been near.

use std::collections::BTreeSet;

use market::Strike;
use protocol::{CollectPlan, EventLevel, HistoricalDays, StrikesEachSide};
use store::{Store, StoredContract, StoredExpiry};

use crate::course::Course;
use crate::error::EngineError;
use crate::final_days::wanted_range;
use crate::jobs::courses::CourseFailures;
use crate::jobs::run::Run;
use crate::names::counted;
use crate::near_money::{Extent, NearMoney, Unknown};

/// Which options of an expiry are wanted.
pub(crate) enum Limit {
    /// Every one of them.
    All,
    Near {
        near: NearMoney,
        extent: Extent,
        each_side: StrikesEachSide,
        left_out: u64,
    },
    /// Every one of them, and why.
    NotKnown {
        each_side: StrikesEachSide,
        reason: String,
    },
}

impl Limit {
    pub(crate) fn takes(&self, strike: Option<Strike>) -> bool {
        match self {
            Self::Near { near, .. } => near.takes(strike),
            Self::All | Self::NotKnown { .. } => true,
        }
    }

    pub(crate) fn is_limited(&self) -> bool {
        matches!(self, Self::Near { .. })
    }

    /// What the log of a job says of it.
    pub(crate) fn words(&self) -> Option<(EventLevel, String)> {
        match self {
            Self::All => None,
            Self::Near { near, extent, each_side, left_out } => {
                let words = format!(
                    "the underlying went from {} to {}, so the strikes within {} are {} to {}; {} beyond them left out",
                    extent.low,
                    extent.high,
                    each_side.words(),
                    near.from,
                    near.to,
                    counted(*left_out, "option")
                );
                Some((EventLevel::Info, words))
            }
            Self::NotKnown { each_side, reason } => {
                let words = format!(
                    "which strikes were within {} is not known, so the options of all are collected: where the underlying went cannot be told, {reason}",
                    each_side.words()
                );
                Some((EventLevel::Warning, words))
            }
        }
    }
}

/// The strikes of an expiry that are near the money on the days asked, by what is stored of the underlying.
pub(crate) async fn near_money(
    store: &Store,
    expiry: &StoredExpiry,
    days: HistoricalDays,
    each_side: StrikesEachSide,
    strikes: &BTreeSet<Strike>,
) -> Result<Result<(NearMoney, Extent), Unknown>, EngineError> {
    let range = wanted_range(expiry.date, days);
    let course = Course::read(store, expiry.underlying, range).await?;
    let near = |extent: Extent| Ok((NearMoney::of(strikes, &extent, each_side)?, extent));
    Ok(course.over(range).and_then(near))
}

impl Run {
    pub(crate) async fn limit(
        &self,
        expiry: &StoredExpiry,
        contracts: &[StoredContract],
        unlearned: &CourseFailures,
    ) -> Result<Limit, EngineError> {
        let CollectPlan { strikes, days, .. } = &*self.plan;
        let Some(each_side) = *strikes else { return Ok(Limit::All) };
        let strikes: BTreeSet<Strike> =
            contracts.iter().filter_map(|stored| stored.contract.strike).collect();
        if strikes.is_empty() {
            return Ok(Limit::All);
        }
        let near = near_money(self.service.store(), expiry, *days, each_side, &strikes).await?;
        Ok(match (near, unlearned.get(&expiry.underlying)) {
            (Ok((near, extent)), _) => {
                let is_left_out = |stored: &&StoredContract| !near.takes(stored.contract.strike);
                let left_out = contracts.iter().filter(is_left_out).count() as u64;
                Limit::Near { near, extent, each_side, left_out }
            }
            (Err(_), Some(failure)) => Limit::NotKnown { each_side, reason: failure.clone() },
            (Err(unknown), None) => Limit::NotKnown { each_side, reason: unknown.to_string() },
        })
    }
}
