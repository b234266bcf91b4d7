//! What somebody wants to know. What the question has no use for is refused, not passed over.

use analytics::Rate;
use market::{ChartInterval, Day, InstrumentKey};
use protocol::{AnalysisName, Minute};

use super::kinds::{Takes, takes};
use crate::error::EngineError;

/// What is left out is chosen: the newest expiry with minutes, its last minute, the first minute of that day to compare
/// with, all days, and an interval that gives a sane number of points.
#[derive(Clone, Debug, PartialEq)]
pub struct AnalysisWish {
    pub name: AnalysisName,
    pub underlying: InstrumentKey,
    pub expiry: Option<Day>,
    /// The minute that is shown; of a surface the time of each day.
    pub at: Option<Minute>,
    /// The minute that is compared with.
    pub since: Option<Minute>,
    pub from: Option<Day>,
    pub to: Option<Day>,
    pub interval: Option<ChartInterval>,
    /// For forwards and volatilities.
    pub rate: Option<Rate>,
}

impl AnalysisWish {
    /// With everything else left out.
    pub fn new(name: AnalysisName, underlying: InstrumentKey) -> Self {
        Self {
            name,
            underlying,
            expiry: None,
            at: None,
            since: None,
            from: None,
            to: None,
            interval: None,
            rate: None,
        }
    }

    pub(super) fn takes(&self, what: Takes) -> bool {
        takes(self.name).contains(&what)
    }

    pub(super) fn check(&self) -> Result<(), EngineError> {
        let given = [
            (self.expiry.is_some(), Takes::Expiry, "expiry: it is made of all of them that are stored"),
            (self.at.is_some(), Takes::At, "minute: it is told over time, choose days"),
            (self.since.is_some(), Takes::Since, "minute to compare with"),
            (self.from.or(self.to).is_some(), Takes::Days, "days: it stands at a minute"),
            (self.interval.is_some(), Takes::Interval, "interval: it has no bars"),
            (self.rate.is_some(), Takes::Rate, "rate: no price of time is in it"),
        ];
        for (is_given, what, words) in given {
            if is_given && !self.takes(what) {
                return Err(EngineError::NoSeries(format!("{} takes no {words}", self.name)));
            }
        }
        if let (Some(since), Some(at)) = (self.since, self.at)
            && since > at
        {
            let why =
                format!("{since}, the minute to compare with, lies after {at}, the minute that is shown");
            return Err(EngineError::NoSeries(why));
        }
        Ok(())
    }
}
