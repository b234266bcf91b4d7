//! What is told of an expiry over time: each day is read once and let go before the next, however many questions are
//! answered of it, so all answers stand at the same minutes.

use std::collections::BTreeMap;

use analytics::DIVIDED_WORDS;
use analytics::series::{RULE_OF_BARS, RealisedOf, Series};
use market::{ChartInterval, Day, EpochSeconds, UnderlyingKind, without_noise};
use protocol::{AnalysisDocument, AnalysisName, AnalysisRow};

use super::kinds::{KEPT_FROM, REALISED};
use super::service::AnalysisService;
use super::tracks::{DayTold, Part, Told, Walker};
use super::wish::AnalysisWish;
use super::{number, text};
use crate::blocking::on_blocking_thread;
use crate::chains::{KnownExpiry, not_collected_words};
use crate::error::{EngineError, found};
use crate::series::{Making, SeriesWish, StoredDays, realised_volatility};

/// Sizes of delta whose prices are told, calls and puts.
pub(super) const DELTAS: [f64; 3] = [0.5, 0.25, 0.1];
/// Up to so many days, and the interval that they are told in where nobody says another.
const INTERVALS: [(usize, ChartInterval); 3] =
    [(1, ChartInterval::MINUTE_1), (5, ChartInterval::MINUTE_5), (150, ChartInterval::MINUTE_15)];

/// What was realised, by bar.
struct Realised {
    points: BTreeMap<EpochSeconds, Told>,
    /// A sentence behind the rule: whose closes they are, or why there are none.
    words: String,
}

pub(super) async fn make(
    service: &AnalysisService,
    wish: &AnalysisWish,
    names: &[AnalysisName],
) -> Result<Vec<AnalysisDocument>, EngineError> {
    let known = service.known(wish).await?;
    let stored = service.store.days_with_minutes(known.expiry.id).await?;
    let spans: BTreeMap<Day, (EpochSeconds, EpochSeconds)> =
        stored.into_iter().map(|day| (day.day, (day.first, day.last))).collect();
    let of = format!("the expiry of {} on {}", known.underlying.name, known.expiry.date.to_long_text());
    let to_collect = Some(known.expiry.date);
    let days = StoredDays { days: spans.keys().copied().collect(), of: &of, to_collect };
    let days = days.between(wish.from, wish.to, false)?;
    let series_wish = SeriesWish {
        expiry: Some(known.expiry.date),
        from: days.first().copied(),
        to: days.last().copied(),
        interval: wish.interval.unwrap_or(interval(days.len())),
        ..SeriesWish::new(Series::Realised(REALISED), wish.underlying.clone())
    };
    let reading = service.reading().await?;
    let making = Making {
        store: &service.store,
        wish: &series_wish,
        id: known.id,
        underlying: known.underlying.clone(),
        reading,
    };
    let anchors = making.anchors(&days).await?;
    let realised = match names.contains(&AnalysisName::Volatility) {
        true => Some(realised(&making, REALISED).await?),
        false => None,
    };
    let mut walker = Walker::new(&parts(names), names.contains(&AnalysisName::PremiumByDelta))?;
    let mut rows: Vec<Vec<AnalysisRow>> = vec![Vec::new(); names.len()];
    let mut not_collected = 0;
    let mut last_bar = None;
    for day in &days {
        let (span, anchors, mut of_day) = (spans[day], anchors.clone(), walker.clone());
        let read = known.read(&service.store, *day, known.terms(reading, wish.rate)).await?;
        not_collected = not_collected.max(read.not_collected);
        let (after, told) = on_blocking_thread(move || {
            let told = of_day.walk(&read, span, &anchors);
            (of_day, told)
        })
        .await?;
        walker = after;
        // A week or a month goes on with this day, and stands as its last day left it.
        let goes_on = last_bar.is_some() && told.bars.first().copied() == last_bar;
        last_bar = told.bars.last().copied().or(last_bar);
        for (name, rows) in names.iter().zip(&mut rows) {
            if goes_on {
                rows.pop();
            }
            rows.extend(told.bars.iter().map(|bar| row(*name, &told, *bar, realised.as_ref())));
        }
    }
    let mut documents = Vec::new();
    for (name, rows) in names.iter().zip(rows) {
        let mut head = head(service, wish, *name, &known, &days).await?;
        head.interval = Some(series_wish.interval);
        if looks_at_all_strikes(*name) {
            head.missing.extend(not_collected_words(
                not_collected,
                "all of these days, and what they did is not in it",
            ));
        }
        let lacks_spot = |row: &AnalysisRow| row.get(SPOT_PLACE).is_some_and(Option::is_none);
        if *name == AnalysisName::MaxPain
            && known.underlying.kind == UnderlyingKind::Stock
            && rows.iter().any(lacks_spot)
        {
            head.missing
                .push(format!("Spot is left out where it is not within 5 % of a forward: {DIVIDED_WORDS}."));
        }
        if series_wish.interval != ChartInterval::MINUTE_1 && *name != AnalysisName::PremiumByDelta {
            head.rule = format!("{} {RULE_OF_BARS}", head.rule);
        }
        if let (AnalysisName::Volatility, Some(realised)) = (name, &realised) {
            head.rule = format!("{} {}", head.rule, realised.words);
        }
        documents.push(AnalysisDocument { head, rows });
    }
    Ok(documents)
}

/// Of spot in a row of max pain.
const SPOT_PLACE: usize = 3;
const NO_CHANGE: &str = "What stood open at the end of the session before is not known.";

/// Sums over whatever had traded are wrong by what is not known; what is told near the money is not.
fn looks_at_all_strikes(name: AnalysisName) -> bool {
    matches!(name, AnalysisName::OpenInterest | AnalysisName::PutCallRatio | AnalysisName::MaxPain)
}

fn interval(days: usize) -> ChartInterval {
    let fitting = INTERVALS.into_iter().find(|(most, _)| days <= *most);
    fitting.map_or(ChartInterval::HOUR_1, |(_, interval)| interval)
}

async fn head(
    service: &AnalysisService,
    wish: &AnalysisWish,
    name: AnalysisName,
    known: &KnownExpiry,
    days: &[Day],
) -> Result<protocol::AnalysisHead, EngineError> {
    let mut head = service.head(wish, name, Some(known.expiry.date)).await?;
    (head.from, head.to) = (days.first().copied(), days.last().copied());
    Ok(head)
}

fn parts(names: &[AnalysisName]) -> Vec<Part> {
    let parts = |name: &AnalysisName| -> &'static [Part] {
        match name {
            AnalysisName::OpenInterest => &[Part::OpenInterest],
            AnalysisName::PutCallRatio => &[Part::PutCallRatio],
            AnalysisName::MaxPain => &[Part::MaxPain],
            AnalysisName::Volatility => &[Part::AtmVolatility],
            AnalysisName::Straddle => &[Part::Straddle, Part::KeptStraddle],
            _ => &[],
        }
    };
    names.iter().flat_map(parts).copied().collect()
}

/// Of the expiry's own future, where it has one that is stored, else of the underlying itself.
async fn realised(making: &Making<'_>, of: RealisedOf) -> Result<Realised, EngineError> {
    let own = SeriesWish { expiry: None, ..making.wish.clone() };
    let made = match found(realised_volatility(making, of).await)? {
        Some(made) => Some(made),
        None => {
            let underlying = making.underlying.clone();
            found(realised_volatility(&Making { wish: &own, underlying, ..*making }, of).await)?
        }
    };
    Ok(match made {
        Some(made) => Realised {
            points: made
                .points
                .into_iter()
                .map(|point| (point.at, point.values.map_err(|gap| gap.to_string())))
                .collect(),
            words: made.addition.unwrap_or_default(),
        },
        None => Realised {
            points: BTreeMap::new(),
            words: "Neither the expiry's future nor the underlying itself has stored minutes of these days, so nothing is known of what was realised."
                .to_owned(),
        },
    })
}

/// Its moment, its values and the reason of those that are missing.
fn row(name: AnalysisName, told: &DayTold, bar: EpochSeconds, realised: Option<&Realised>) -> AnalysisRow {
    let of = |part, count: usize| values(told.part(part, bar), count);
    let (cells, reasons) = match name {
        AnalysisName::OpenInterest => {
            let (cells, mut reasons) = of(Part::OpenInterest, 4);
            if reasons.is_empty() && cells.contains(&None) {
                reasons.push(NO_CHANGE.to_owned());
            }
            (cells, reasons)
        }
        AnalysisName::PutCallRatio => of(Part::PutCallRatio, 2),
        AnalysisName::MaxPain => of(Part::MaxPain, 3),
        AnalysisName::Volatility => {
            let found = realised.and_then(|realised| realised.points.get(&bar).cloned());
            let found =
                found.unwrap_or_else(|| Err("What was realised is not known of this minute.".to_owned()));
            beside(of(Part::AtmVolatility, 2), values(found, 1))
        }
        AnalysisName::Straddle => {
            let (mut kept, mut reasons) = of(Part::KeptStraddle, 2);
            let now = kept.first().copied().flatten();
            kept.push(now.zip(told.kept_at_first).map(|(now, first)| without_noise(now - first)));
            if now.is_some() && told.kept_at_first.is_none() {
                reasons.push(format!(
                    "The kept straddle had no price at {KEPT_FROM}, so what it has lost or gained since is not known."
                ));
            }
            beside(of(Part::Straddle, 2), (kept, reasons))
        }
        _ => {
            let (cells, reason) = told.premiums(bar);
            (cells, reason.into_iter().collect())
        }
    };
    let mut row = vec![text(bar.to_rfc3339())];
    row.extend(cells.into_iter().map(number));
    row.push(if reasons.is_empty() { None } else { text(reasons.join(" ")) });
    row
}

type Cells = (Vec<Option<f64>>, Vec<String>);

fn values(told: Told, count: usize) -> Cells {
    match told {
        Ok(values) => (values.into_iter().take(count).collect(), Vec::new()),
        Err(reason) => (vec![None; count], vec![reason]),
    }
}

fn beside((mut cells, mut reasons): Cells, (others, more): Cells) -> Cells {
    cells.extend(others);
    reasons.extend(more.into_iter().filter(|reason| !reasons.contains(reason)).collect::<Vec<_>>());
    (cells, reasons)
}
