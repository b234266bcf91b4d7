//! Realised volatility, of the underlying's own minutes or, with an expiry, of the minutes of its future. The days
//! before the first one are read as far as the window reaches back.

use analytics::series::{RealisedOf, realised_points};
use market::{Candle, ContractKinds, Day, EpochSeconds, Interval, Price, UnderlyingKind};
use store::{SeriesId, SeriesOwner};

use super::days::StoredDays;
use super::document::Made;
use super::of_expiry::words;
use super::service::Making;
use crate::blocking::on_blocking_thread;
use crate::chains::KnownExpiry;
use crate::error::EngineError;

/// Of an ordinary session.
const DAY_MINUTES: usize = 375;
/// Days more than the window has: sessions are short now and then, and minutes are missing.
const DAYS_SPARE: usize = 3;

/// Whose minutes they are.
struct Source {
    owner: SeriesOwner,
    words: String,
    /// A row without volume only repeats an old price.
    traded_alone: bool,
}

pub(crate) async fn make(of: &Making<'_>, series: RealisedOf) -> Result<Made, EngineError> {
    let source = source(of).await?;
    let stored = of.store.facts(source.owner, Interval::Minute1).await?;
    let all: Vec<Day> = stored.days.keys().copied().collect();
    let stored = all.iter().copied().collect();
    // Without an expiry they are the underlying's own.
    let days = StoredDays { days: stored, of: &source.words, to_collect: of.wish.expiry };
    let days = days.chosen(of.wish, true)?;
    let (first, last) = (days[0], days[days.len() - 1]);
    let anchors = of.anchors(&days).await?;

    let back = usize::from(series.window_minutes) / DAY_MINUTES + DAYS_SPARE;
    let begin = all.partition_point(|day| *day < first).saturating_sub(back);
    let mut closes: Vec<(EpochSeconds, Price)> = Vec::new();
    if let Some(id) = of.store.series(source.owner, Interval::Minute1).await? {
        for day in all[begin..].iter().filter(|day| **day <= last) {
            closes.extend(closes_of(of, id, *day, source.traded_alone).await?);
        }
    }
    let points = on_blocking_thread(move || {
        let mut points = realised_points(series, closes);
        points.retain(|point| point.at >= first.start());
        anchors.coarser(points)
    });
    Ok(Made {
        expiry: of.wish.expiry,
        span: (first, last),
        points: points.await?,
        rolls: Vec::new(),
        addition: Some(format!("Closes are those of {}.", source.words)),
    })
}

async fn closes_of(
    of: &Making<'_>,
    series: SeriesId,
    day: Day,
    traded_alone: bool,
) -> Result<impl Iterator<Item = (EpochSeconds, Price)> + use<>, EngineError> {
    let candles = of.store.candles(series, day.start(), day.next().start()).await?;
    let is_price = move |candle: &Candle| candle.volume > 0 || !traded_alone;
    Ok(candles.into_iter().filter(is_price).map(|candle| (candle.start, candle.prices.close)))
}

async fn source(of: &Making<'_>) -> Result<Source, EngineError> {
    let Some(date) = of.wish.expiry else {
        return Ok(Source {
            owner: SeriesOwner::Underlying(of.id),
            words: format!("{} itself", of.underlying.name),
            traded_alone: of.underlying.kind != UnderlyingKind::Index,
        });
    };
    let known = KnownExpiry::find(of.store, &of.wish.underlying, date).await?;
    let futures = of.store.contracts(known.expiry.id, ContractKinds::Futures).await?;
    match futures.first() {
        Some(future) => Ok(Source {
            owner: future.id.into(),
            words: format!("the future of {}", words(&known)),
            traded_alone: true,
        }),
        None => {
            let why = format!(
                "no future is known of {}: without an expiry the minutes of {} itself are taken",
                words(&known),
                of.underlying.name
            );
            Err(EngineError::NoChain(why))
        }
    }
}
