//! Series of one expiry, day by day: of each day one picture, which is let go before the next.

use std::collections::{BTreeMap, BTreeSet};

use analytics::series::{ExpirySeries, ExpirySeriesMaker, Point};
use market::{Day, EpochSeconds, TradingCalendar};

use super::days::StoredDays;
use super::document::Made;
use super::near_money::{NearMoney, Part};
use super::service::{Anchors, Making};
use crate::blocking::on_blocking_thread;
use crate::chains::{KnownExpiry, newest_expiry, not_collected_words};
use crate::error::EngineError;
use crate::names::counted;

pub(super) async fn make(of: &Making<'_>, series: ExpirySeries) -> Result<Made, EngineError> {
    let known = of.expiry().await?;
    let spans = of.spans(&known).await?;
    let (named, to_collect) = (words(&known), Some(known.expiry.date));
    let days = StoredDays { days: spans.keys().copied().collect(), of: &named, to_collect };
    let days = days.chosen(of.wish, false)?;
    let never_chosen = never_chosen(series, &days)?;
    let anchors = of.anchors(&days).await?;
    let OfDays { points, not_collected } = of.bars_of(&known, series, &days, &spans, &anchors).await?;
    let span = (days[0], days[days.len() - 1]);
    let addition = not_collected_words(not_collected, "all of these days, and what they did is not in it");
    let additions: Vec<String> = [never_chosen, addition].into_iter().flatten().collect();
    let addition = (!additions.is_empty()).then(|| additions.join(" "));
    Ok(Made { expiry: Some(known.expiry.date), span, points, rolls: Vec::new(), addition })
}

/// Refuses a time of choice that lies in no session of the days; where some alone are without it, they are told.
fn never_chosen(series: ExpirySeries, days: &[Day]) -> Result<Option<String>, EngineError> {
    let (Some(time), Some(last)) = (series.chosen_at(), days.last()) else { return Ok(None) };
    let calendar = TradingCalendar::bundled();
    let has_it = |day: &&Day| {
        let trading = calendar.day(**day);
        let mut windows = trading.windows().iter();
        // Hours that are not known may hold any time.
        trading.windows().is_empty()
            || windows.any(|window| (window.open..window.close).contains(&time.minute_of_day()))
    };
    match days.len() - days.iter().filter(has_it).count() {
        0 => Ok(None),
        without if without < days.len() => {
            let of = counted(without as u64, "day");
            Ok(Some(format!("{time} lies outside of the session of {of}, on which no strike is chosen.")))
        }
        _ => {
            let hours = calendar.regular_hours(*last);
            let text = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
            Err(EngineError::NoSeries(format!(
                "the strike of a day is chosen at {time}, which lies outside of the session: write a time from {} to {}",
                text(hours.open),
                text(hours.close - 1)
            )))
        }
    }
}

/// The first and the last minute of a day.
type Span = (EpochSeconds, EpochSeconds);
/// Of the days of an expiry with minutes.
pub(super) type Spans = BTreeMap<Day, Span>;

/// What days gave, in bars.
pub(super) struct OfDays {
    pub points: Vec<Point>,
    /// Options whose minutes of a day are not known; none where the series looks at the strikes near the money alone,
    /// and so is without nothing.
    not_collected: u32,
}

/// What a day gave.
struct OfDay {
    points: Vec<Point>,
    /// As the day left it.
    maker: ExpirySeriesMaker,
    /// Options whose minutes of the day are not known.
    not_collected: u32,
}

/// `None`: a part of the strikes was read, and others may have had a say.
async fn points_of_day(
    of: &Making<'_>,
    known: &KnownExpiry,
    day: Day,
    span: Span,
    part: Option<Part>,
    mut maker: ExpirySeriesMaker,
) -> Result<Option<OfDay>, EngineError> {
    let terms = known.terms(of.reading, of.wish.rate);
    let read = known.read_strikes(of.store, day, terms, part.map(|part| part.strikes)).await?;
    on_blocking_thread(move || {
        let mut points = Vec::new();
        let mut is_enough = true;
        read.states(read.minutes_within(span).into_iter(), |state| {
            let snapshot = state.snapshot();
            let point = maker.minute(&snapshot);
            is_enough &= part.is_none_or(|part| part.is_enough(&snapshot, point.as_ref()));
            points.extend(point);
        });
        is_enough.then_some(OfDay { points, maker, not_collected: read.not_collected })
    })
    .await
}

/// `the expiry of Nifty 50 on 28 Aug 2025`.
pub(crate) fn words(of: &KnownExpiry) -> String {
    format!("the expiry of {} on {}", of.underlying.name, of.expiry.date.to_long_text())
}

impl Making<'_> {
    /// The one that is wished for, else the newest with minutes.
    async fn expiry(&self) -> Result<KnownExpiry, EngineError> {
        let date = match self.wish.expiry {
            Some(date) => date,
            None => newest_expiry(self.store, self.id, &self.underlying).await?,
        };
        KnownExpiry::find(self.store, &self.wish.underlying, date).await
    }

    /// With minutes.
    pub(super) async fn days_of(&self, known: &KnownExpiry) -> Result<BTreeSet<Day>, EngineError> {
        Ok(self.spans(known).await?.into_keys().collect())
    }

    pub(super) async fn spans(&self, known: &KnownExpiry) -> Result<Spans, EngineError> {
        let days = self.store.days_with_minutes(known.expiry.id).await?;
        Ok(days.into_iter().map(|day| (day.day, (day.first, day.last))).collect())
    }

    /// A series of an expiry, a day at a time; the days are among those of `spans`.
    pub(super) async fn bars_of(
        &self,
        known: &KnownExpiry,
        series: ExpirySeries,
        days: &[Day],
        spans: &Spans,
        anchors: &Anchors,
    ) -> Result<OfDays, EngineError> {
        let near_money = NearMoney::of(self, known, series, days).await?;
        let mut maker = ExpirySeriesMaker::new(series);
        let (mut points, mut not_collected) = (Vec::new(), 0);
        for day in days {
            let span = spans[day];
            let part = near_money.as_ref().and_then(|near_money| near_money.on(*day, span));
            let mut made = match part {
                Some(part) => points_of_day(self, known, *day, span, Some(part), maker.clone()).await?,
                None => None,
            };
            if made.is_none() {
                made = points_of_day(self, known, *day, span, None, maker.clone()).await?;
            }
            if let Some(of_day) = made {
                maker = of_day.maker;
                points.extend(anchors.coarser(of_day.points));
                not_collected = not_collected.max(of_day.not_collected);
            }
        }
        let not_collected = if near_money.is_some() { 0 } else { not_collected };
        Ok(OfDays { points, not_collected })
    }
}
