//! Series of one expiry, day by day: of each day one picture, which is let go before the next.

use analytics::series::{ExpirySeries, ExpirySeriesMaker};

use super::blocking::on_blocking_thread;
use super::days::StoredDays;
use super::document::Made;
use super::service::Making;
use crate::chains::KnownExpiry;
use crate::error::EngineError;

pub(super) async fn make(of: &Making<'_>, series: ExpirySeries) -> Result<Made, EngineError> {
    let known = of.expiry().await?;
    let days = of.days_of(&known).await?;
    let days = StoredDays { days, of: &words(&known) }.chosen(of.wish, false)?;
    let anchors = of.anchors(&days).await?;
    let terms = known.terms(of.reading, of.wish.rate);
    let mut maker = ExpirySeriesMaker::new(series);
    let mut points = Vec::new();
    for day in &days {
        let minutes = known.read(of.store, *day, terms).await?;
        let anchors = anchors.clone();
        let (maker_after, of_day) = on_blocking_thread(move || {
            let mut of_day = Vec::new();
            minutes.states(minutes.session_minutes().into_iter(), |state| {
                of_day.extend(maker.minute(&state.snapshot()));
            });
            (maker, anchors.coarser(of_day))
        })
        .await?;
        maker = maker_after;
        points.extend(of_day);
    }
    let span = (days[0], days[days.len() - 1]);
    Ok(Made { expiry: Some(known.expiry.date), span, points, rolls: Vec::new(), addition: None })
}

/// `the expiry of Nifty 50 on 28 Aug 2025`.
pub(super) fn words(of: &KnownExpiry) -> String {
    format!("the expiry of {} on {}", of.underlying.name, of.expiry.date.to_long_text())
}

impl Making<'_> {
    /// The one that is wished for, else the newest with minutes.
    async fn expiry(&self) -> Result<KnownExpiry, EngineError> {
        let date = match self.wish.expiry {
            Some(date) => date,
            None => match self.store.expiries_with_minutes(self.id).await?.first() {
                Some(newest) => *newest,
                None => return Err(self.nothing_stored()),
            },
        };
        KnownExpiry::find(self.store, &self.wish.underlying, date).await
    }

    pub(super) fn nothing_stored(&self) -> EngineError {
        let name = &self.underlying.name;
        let why = format!("no 1-minute candle of a contract of {name} is stored: collect an expiry first");
        EngineError::NoChain(why)
    }

    /// With minutes.
    pub(super) async fn days_of(
        &self,
        known: &KnownExpiry,
    ) -> Result<std::collections::BTreeSet<market::Day>, EngineError> {
        let days = self.store.days_with_minutes(known.expiry.id).await?;
        Ok(days.into_iter().map(|day| day.day).collect())
    }
}
