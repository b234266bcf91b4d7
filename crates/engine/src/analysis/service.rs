//! Answering: what is asked for is checked, then made by its kind. What shares a minute or a walk through days can be
//! asked for together, and then costs one reading.

use analytics::Rate;
use market::{Day, EpochSeconds};
use protocol::{AnalysisDocument, AnalysisHead, AnalysisKind, AnalysisName, ReadingPreferences};
use store::{Place, Store};

use super::kinds::{Takes, columns, kinds, rule};
use super::wish::AnalysisWish;
use super::{by_strike, over_time, surface, term};
use crate::archive::open_for_reading;
use crate::chains::{ChainService, KnownExpiry, newest_expiry, rate_of};
use crate::error::EngineError;
use crate::preferences::kept;

/// Clones share everything.
#[derive(Clone)]
pub struct AnalysisService {
    pub(super) store: Store,
    pub(super) chains: ChainService,
}

impl AnalysisService {
    pub(crate) fn new(store: Store, chains: ChainService) -> Self {
        Self { store, chains }
    }

    /// Opens an existing data directory for reading, beside whoever owns it.
    pub async fn open_for_reading(place: impl Into<Place>) -> Result<Self, EngineError> {
        let store = open_for_reading(place).await?;
        let chains = ChainService::new(store.clone());
        Ok(Self::new(store, chains))
    }

    /// What there is to ask.
    pub fn kinds() -> Result<Vec<AnalysisKind>, EngineError> {
        kinds()
    }

    pub async fn make(&self, wish: &AnalysisWish) -> Result<AnalysisDocument, EngineError> {
        wish.check()?;
        let mut made = match wish.name {
            AnalysisName::OpenInterestByStrike
            | AnalysisName::VolumeByStrike
            | AnalysisName::GammaExposure
            | AnalysisName::Smile => self.at_moments(wish, &[wish.name]).await?,
            AnalysisName::Surface => return surface::make(self, wish).await,
            AnalysisName::TermStructure => return term::make(self, wish).await,
            AnalysisName::OpenInterest
            | AnalysisName::PutCallRatio
            | AnalysisName::MaxPain
            | AnalysisName::Volatility
            | AnalysisName::Straddle
            | AnalysisName::PremiumByDelta => self.over_time(wish, &[wish.name]).await?,
        };
        made.pop().ok_or_else(|| EngineError::NoSeries(format!("{} could not be made", wish.name)))
    }

    /// Those by strike, of the same moments.
    pub async fn at_moments(
        &self,
        wish: &AnalysisWish,
        names: &[AnalysisName],
    ) -> Result<Vec<AnalysisDocument>, EngineError> {
        by_strike::make(self, wish, names).await
    }

    /// Those over time, by the same minutes: one walk through the days makes all of them.
    pub async fn over_time(
        &self,
        wish: &AnalysisWish,
        names: &[AnalysisName],
    ) -> Result<Vec<AnalysisDocument>, EngineError> {
        over_time::make(self, wish, names).await
    }

    /// The expiry that is wished for, else the newest with minutes.
    pub(super) async fn known(&self, wish: &AnalysisWish) -> Result<KnownExpiry, EngineError> {
        let date = match wish.expiry {
            Some(date) => date,
            None => {
                let Some((id, underlying)) = self.store.underlying(&wish.underlying).await? else {
                    return Err(EngineError::NothingStored { key: wish.underlying.to_string() });
                };
                newest_expiry(&self.store, id, &underlying).await?
            }
        };
        KnownExpiry::find(&self.store, &wish.underlying, date).await
    }

    /// The minute that is wished for, else the last one that is stored.
    pub(super) async fn minute(
        &self,
        wish: &AnalysisWish,
        known: &KnownExpiry,
    ) -> Result<EpochSeconds, EngineError> {
        match wish.at {
            Some(at) => Ok(at.start()),
            None => self.chains.last_minute(known).await,
        }
    }

    /// As a person has set it.
    pub(super) async fn reading(&self) -> Result<ReadingPreferences, EngineError> {
        Ok(kept(&self.store).await?.reading)
    }

    /// With nothing said yet of moments and days.
    pub(super) async fn head(
        &self,
        wish: &AnalysisWish,
        name: AnalysisName,
        expiry: Option<Day>,
    ) -> Result<AnalysisHead, EngineError> {
        let wished = AnalysisWish { name, ..wish.clone() };
        let rate = match wished.takes(Takes::Rate) {
            true => Some(wish.rate.unwrap_or(rate_of(self.reading().await?))),
            false => None,
        };
        Ok(AnalysisHead {
            name: name.to_string(),
            rule: rule(name)?,
            underlying: wish.underlying.clone(),
            expiry,
            since: None,
            at: None,
            from: None,
            to: None,
            interval: None,
            rate: rate.map(Rate::fraction),
            forward: None,
            columns: columns(name),
            missing: Vec::new(),
        })
    }
}
