//! A day of an expiry, walked through once for everything that is told over time: each part by the rule of its series.

use std::collections::BTreeMap;

use analytics::series::{ExpirySeries, ExpirySeriesMaker, Point, Series};
use analytics::{Side, Snapshot, delta_buckets};
use market::{BarStarts, EpochSeconds};

use super::kinds::KEPT_FROM;
use super::over_time::DELTAS;
use crate::chains::ExpiryDay;
use crate::error::EngineError;
use crate::series::Anchors;

/// A series that is made along the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    OpenInterest,
    PutCallRatio,
    MaxPain,
    AtmVolatility,
    Straddle,
    KeptStraddle,
}

impl Part {
    fn series(self) -> Result<ExpirySeries, EngineError> {
        let text = match self {
            Self::OpenInterest => "open-interest".to_owned(),
            Self::PutCallRatio => "put-call-ratio".to_owned(),
            Self::MaxPain => "max-pain".to_owned(),
            Self::AtmVolatility => "atm-volatility".to_owned(),
            Self::Straddle => "atm-straddle".to_owned(),
            Self::KeptStraddle => format!("atm-straddle fixed={KEPT_FROM}"),
        };
        match text.parse()? {
            Series::OfExpiry(series) => Ok(series),
            other => Err(EngineError::NoSeries(format!("{other} is made of more than one expiry"))),
        }
    }
}

/// Values, or why there are none.
pub(super) type Told = Result<Vec<Option<f64>>, String>;

/// What is carried from one day to the next.
#[derive(Clone)]
pub(super) struct Walker {
    makers: Vec<(Part, ExpirySeriesMaker)>,
    with_premiums: bool,
}

/// A day, in bars.
pub(super) struct DayTold {
    /// The start of each bar with a minute, oldest first.
    pub bars: Vec<EpochSeconds>,
    points: BTreeMap<Part, BTreeMap<EpochSeconds, Told>>,
    /// What the kept straddle cost in the minute in which its strike was chosen; none where it had no price then.
    pub kept_at_first: Option<f64>,
    premiums: BTreeMap<EpochSeconds, Premiums>,
}

/// By the columns, and why some are missing.
pub(super) type Premiums = (Vec<Option<f64>>, Option<String>);

impl Walker {
    pub fn new(parts: &[Part], with_premiums: bool) -> Result<Self, EngineError> {
        let maker = |part: &Part| Ok((*part, ExpirySeriesMaker::new(part.series()?)));
        Ok(Self { makers: parts.iter().map(maker).collect::<Result<_, EngineError>>()?, with_premiums })
    }

    pub fn walk(
        &mut self,
        day: &ExpiryDay,
        span: (EpochSeconds, EpochSeconds),
        anchors: &Anchors,
    ) -> DayTold {
        let of_sessions = anchors.of_sessions();
        let mut starts = BarStarts::new(anchors.interval, &of_sessions);
        let minutes = day.minutes_within(span);
        let bar_of: Vec<EpochSeconds> = minutes.iter().map(|minute| starts.of(*minute)).collect();
        let mut points: Vec<Vec<Point>> = vec![Vec::new(); self.makers.len()];
        let mut premiums_of_bars = BTreeMap::new();
        let mut place = 0;
        day.states(minutes.iter().copied(), |state| {
            let snapshot = state.snapshot();
            for ((_, maker), points) in self.makers.iter_mut().zip(&mut points) {
                points.extend(maker.minute(&snapshot));
            }
            let is_last_of_bar = bar_of.get(place + 1) != bar_of.get(place);
            if self.with_premiums
                && is_last_of_bar
                && let Some(bar) = bar_of.get(place)
            {
                premiums_of_bars.insert(*bar, premiums(day, &snapshot));
            }
            place += 1;
        });
        let mut told = DayTold {
            bars: bar_of,
            points: BTreeMap::new(),
            kept_at_first: None,
            premiums: premiums_of_bars,
        };
        told.bars.dedup();
        for ((part, _), points) in self.makers.iter().zip(points) {
            if *part == Part::KeptStraddle {
                // It begins in the minute of the choice, and never has a price on a day without that minute.
                let first = points.first().and_then(|point| point.values.as_ref().ok());
                told.kept_at_first = first.and_then(|values| values.first().copied().flatten());
            }
            let of_bar = |point: Point| (point.at, point.values.map_err(|gap| gap.to_string()));
            told.points.insert(*part, anchors.coarser(points).into_iter().map(of_bar).collect());
        }
        told
    }
}

impl DayTold {
    /// Of a bar.
    pub fn part(&self, part: Part, bar: EpochSeconds) -> Told {
        let found = self.points.get(&part).and_then(|points| points.get(&bar));
        found.cloned().unwrap_or_else(|| Err(format!("The strike of the day is chosen at {KEPT_FROM}.")))
    }

    pub fn premiums(&self, bar: EpochSeconds) -> Premiums {
        self.premiums.get(&bar).cloned().unwrap_or_default()
    }
}

/// Calls first, each side by the deltas.
fn premiums(day: &ExpiryDay, snapshot: &Snapshot<'_>) -> Premiums {
    let of_side = |side: Side| {
        let found = delta_buckets(snapshot, side, &DELTAS);
        DELTAS.map(|wanted| {
            let bucket = found.iter().find(|bucket| (bucket.wanted - wanted).abs() < f64::EPSILON);
            bucket.map(|bucket| bucket.last.price.to_rupees())
        })
    };
    let values: Vec<Option<f64>> = Side::BOTH.into_iter().flat_map(of_side).collect();
    let reason = if values.iter().all(Option::is_some) {
        None
    } else if let Err(why) = snapshot.forward() {
        Some(day.no_forward_words(why))
    } else if snapshot.time_left().is_too_near() {
        Some(analytics::NoVolatility::TooNear.words().to_owned())
    } else {
        Some("Of some deltas no option was within 0.1 and traded in the last two minutes.".to_owned())
    };
    (values, reason)
}
