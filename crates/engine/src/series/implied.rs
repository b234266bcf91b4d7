//! What the market implied while something was realised: the volatility at the money of the expiry that is wished for,
//! else, on each day, of the nearest expiry that has minutes of it.

use std::collections::{BTreeMap, BTreeSet};

use analytics::Settlement;
use analytics::series::{ExpirySeries, Point};
use market::{Day, EpochSeconds};

use super::of_expiry::Spans;
use super::service::{Anchors, Making};
use crate::chains::KnownExpiry;
use crate::error::EngineError;

const DAY_SECONDS: f64 = 86_400.0;
/// On session time, on calendar time, and the days left to the expiry.
type Values = [Option<f64>; 3];

/// By the starts of bars.
pub(super) struct Implied {
    values: BTreeMap<EpochSeconds, Values>,
    /// The expiries that it is of.
    expiries: BTreeSet<Day>,
    is_wished: bool,
}

/// An expiry with its days that have minutes.
struct Dated {
    known: KnownExpiry,
    spans: Spans,
}

pub(super) async fn at_the_money(
    of: &Making<'_>,
    days: &[Day],
    anchors: &Anchors,
) -> Result<Implied, EngineError> {
    let near = match of.wish.expiry {
        Some(date) => vec![dated(of, date).await?],
        None => nearest(of, days).await?,
    };
    // The nearest expiry stands first.
    let place = |day: &Day| near.iter().position(|dated| dated.spans.contains_key(day));
    let placed: Vec<(usize, Day)> = days.iter().filter_map(|day| Some((place(day)?, *day))).collect();
    let is_wished = of.wish.expiry.is_some();
    let mut implied = Implied { values: BTreeMap::new(), expiries: BTreeSet::new(), is_wished };
    for same in placed.chunk_by(|(one, _), (next, _)| one == next) {
        let Dated { known, spans } = &near[same[0].0];
        let days: Vec<Day> = same.iter().map(|(_, day)| *day).collect();
        let made = of.bars_of(known, ExpirySeries::AtmVolatility, &days, spans, anchors).await?;
        implied.take(made.points, known.terms(of.reading, of.wish.rate).settlement);
    }
    Ok(implied)
}

async fn dated(of: &Making<'_>, date: Day) -> Result<Dated, EngineError> {
    let known = KnownExpiry::find(of.store, &of.wish.underlying, date).await?;
    let spans = of.spans(&known).await?;
    Ok(Dated { known, spans })
}

/// Upwards, as far as any of the days is of none yet.
async fn nearest(of: &Making<'_>, days: &[Day]) -> Result<Vec<Dated>, EngineError> {
    let mut open: BTreeSet<Day> = days.iter().copied().collect();
    let mut near = Vec::new();
    for date in of.store.expiries_with_minutes(of.id).await?.into_iter().rev() {
        let Some(first) = open.first().copied() else { break };
        if date < first {
            continue;
        }
        let dated = dated(of, date).await?;
        open.retain(|day| !dated.spans.contains_key(day));
        near.push(dated);
    }
    Ok(near)
}

impl Implied {
    /// Points of `atm-volatility`. Of a week's days the last one stands, as in every bar.
    fn take(&mut self, points: Vec<Point>, settlement: Settlement) {
        for Point { at, values } in points {
            let Ok(values) = values else {
                self.values.remove(&at);
                continue;
            };
            let days = settlement.moment().0.saturating_sub(at.0) as f64 / DAY_SECONDS;
            let of = |place: usize| values.get(place).copied().flatten();
            self.values.insert(at, [of(1), of(0), Some(days)]);
            self.expiries.insert(settlement.expiry());
        }
    }

    /// What is a gap stays one.
    pub fn beside(&self, mut points: Vec<Point>) -> Vec<Point> {
        for point in &mut points {
            if let Ok(values) = &mut point.values {
                values.extend(self.values.get(&point.at).copied().unwrap_or_default());
            }
        }
        points
    }

    /// Of which expiries it is, and how many of the points are without it.
    pub fn words(&self, points: &[Point]) -> String {
        let (Some(first), Some(last)) = (self.expiries.first(), self.expiries.last()) else {
            return "What was implied is not known: no option at the money has a volatility on these days."
                .to_owned();
        };
        let (first, last) = (first.to_long_text(), last.to_long_text());
        let of = match (self.is_wished, first == last) {
            (true, _) => format!("What was implied is of the expiry on {first}"),
            (false, true) => format!("What was implied is of the nearest expiry with minutes, on {first}"),
            (false, false) => format!(
                "What was implied is, on each day, of the nearest expiry with minutes of it, from that on {first} to that \
                 on {last}"
            ),
        };
        let without = points.iter().filter(|point| {
            let values = point.values.as_ref().ok();
            values.is_some_and(|values| values.get(1).copied().flatten().is_none())
        });
        let why =
            "either nothing of an expiry is stored on that day, or atm-volatility of the expiry says why";
        match without.count() {
            0 => format!("{of}."),
            1 => format!("{of}; 1 value has none beside it: {why}."),
            many => format!("{of}; {many} values have none beside them: {why}."),
        }
    }
}
