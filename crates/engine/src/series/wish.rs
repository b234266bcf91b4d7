//! What somebody wants made. What its kind has no use for is refused, not passed over.

use analytics::Rate;
use analytics::series::Series;
use market::{ChartInterval, Day, InstrumentKey};
use protocol::ReadingPreferences;

use crate::chains::rate_of;
use crate::error::EngineError;

/// What is left out is chosen: the newest expiry with minutes, all its days (the last ninety stored ones, where the
/// series is of no single expiry), minutes.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesWish {
    pub series: Series,
    pub underlying: InstrumentKey,
    pub expiry: Option<Day>,
    pub from: Option<Day>,
    pub to: Option<Day>,
    pub interval: ChartInterval,
    /// For forwards and volatilities.
    pub rate: Option<Rate>,
}

impl SeriesWish {
    /// Of a series with everything else left out.
    pub fn new(series: Series, underlying: InstrumentKey) -> Self {
        let interval = ChartInterval::MINUTE_1;
        Self { series, underlying, expiry: None, from: None, to: None, interval, rate: None }
    }

    pub(crate) fn check(&self) -> Result<(), EngineError> {
        let name = self.series.name();
        if let Some(expiry) = self.expiry {
            let why = match self.series {
                Series::OfExpiry(_) | Series::Realised(_) => None,
                Series::ConstantMaturity(_) | Series::ContinuousFuture(_) => {
                    Some("it is made of all of them that are stored")
                }
                Series::Strategy(_) => Some("its legs have theirs"),
            };
            if let Some(why) = why {
                let expiry = expiry.to_long_text();
                let why = format!("{name} takes no expiry, and not the one on {expiry}: {why}");
                return Err(EngineError::NoSeries(why));
            }
        }
        if self.rate.is_some() && !has_rate(&self.series) {
            return Err(EngineError::NoSeries(format!("{name} takes no rate: prices alone are in it")));
        }
        Ok(())
    }

    /// `None` where no rate is in it.
    pub(super) fn rate_in_it(&self, reading: ReadingPreferences) -> Option<Rate> {
        has_rate(&self.series).then(|| self.rate.unwrap_or_else(|| rate_of(reading)))
    }
}

/// Whether a rate is in it.
pub(crate) fn has_rate(series: &Series) -> bool {
    match series {
        // What is implied beside what was realised rests on it.
        Series::OfExpiry(_) | Series::ConstantMaturity(_) | Series::Realised(_) | Series::Strategy(_) => true,
        Series::ContinuousFuture(_) => false,
    }
}
