//! Realised volatility, of the underlying's own minutes or, with an expiry, of the minutes of its future. The days
//! before the first one are read as far as the window reaches back. As a series it has beside it what was implied.

use analytics::series::{Point, RealisedOf, realised_points};
use market::{Candle, ContractKinds, Day, EpochSeconds, Interval, Price, UnderlyingKind};
use store::{SeriesId, SeriesOwner};

use super::days::StoredDays;
use super::document::Made;
use super::implied;
use super::of_expiry::words;
use super::service::{Anchors, Making};
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

/// What was realised, in bars, and what they were made of.
struct Realised {
    /// At least one, oldest first.
    days: Vec<Day>,
    anchors: Anchors,
    points: Vec<Point>,
    /// Whose closes they are, in a sentence.
    words: String,
}

/// With what was implied beside each value.
pub(super) async fn make(of: &Making<'_>, series: RealisedOf) -> Result<Made, EngineError> {
    let Realised { days, anchors, points, words } = realised(of, series).await?;
    let implied = implied::at_the_money(of, &days, &anchors).await?;
    let points = implied.beside(points);
    let addition = Some(format!("{words} {}", implied.words(&points)));
    Ok(Made { expiry: of.wish.expiry, span: span(&days), points, rolls: Vec::new(), addition })
}

/// Of what was realised alone: a value a point.
pub(crate) async fn alone(of: &Making<'_>, series: RealisedOf) -> Result<Made, EngineError> {
    let Realised { days, points, words, .. } = realised(of, series).await?;
    let (expiry, span) = (of.wish.expiry, span(&days));
    Ok(Made { expiry, span, points, rolls: Vec::new(), addition: Some(words) })
}

fn span(days: &[Day]) -> (Day, Day) {
    (days[0], days[days.len() - 1])
}

async fn realised(of: &Making<'_>, series: RealisedOf) -> Result<Realised, EngineError> {
    let source = source(of).await?;
    let stored = of.store.facts(source.owner, Interval::Minute1).await?;
    let all: Vec<Day> = stored.days.keys().copied().collect();
    let stored = all.iter().copied().collect();
    // Without an expiry they are the underlying's own.
    let days = StoredDays { days: stored, of: &source.words, to_collect: of.wish.expiry };
    let days = days.chosen(of.wish, true)?;
    let (first, last) = span(&days);
    let anchors = of.anchors(&days).await?;

    let back = usize::from(series.window_minutes) / DAY_MINUTES + DAYS_SPARE;
    let begin = all.partition_point(|day| *day < first).saturating_sub(back);
    let mut closes: Vec<(EpochSeconds, Price)> = Vec::new();
    if let Some(id) = of.store.series(source.owner, Interval::Minute1).await? {
        for day in all[begin..].iter().filter(|day| **day <= last) {
            closes.extend(closes_of(of, id, *day, source.traded_alone).await?);
        }
    }
    let bars_of = anchors.clone();
    let points = on_blocking_thread(move || {
        let mut points = realised_points(series, closes);
        points.retain(|point| point.at >= first.start());
        bars_of.coarser(points)
    });
    let points = points.await?;
    Ok(Realised { days, anchors, points, words: format!("Closes are those of {}.", source.words) })
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
