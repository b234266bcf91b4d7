//! The surface: the smile of each day of an expiry at the same time of day, by delta.

use analytics::{NoVolatility, Side, Snapshot};
use market::TimeOfDay;
use protocol::{AnalysisDocument, AnalysisName, AnalysisRow};

use super::service::AnalysisService;
use super::wish::AnalysisWish;
use super::{number, text};
use crate::blocking::on_blocking_thread;
use crate::chains::ExpiryDay;
use crate::error::EngineError;
use crate::series::StoredDays;

/// Sizes of delta outwards from the wings to the money.
pub(super) const SURFACE_DELTAS: [f64; 6] = [0.05, 0.10, 0.15, 0.20, 0.30, 0.40];
const VALUES: usize = SURFACE_DELTAS.len() * 2 + 1;

pub(super) async fn make(
    service: &AnalysisService,
    wish: &AnalysisWish,
) -> Result<AnalysisDocument, EngineError> {
    let known = service.known(wish).await?;
    let at = service.minute(wish, &known).await?;
    let minute = at.minute_of_day();
    let stored = service.store.days_with_minutes(known.expiry.id).await?;
    let words = format!("the expiry of {} on {}", known.underlying.name, known.expiry.date.to_long_text());
    let to_collect = Some(known.expiry.date);
    let days = StoredDays { days: stored.iter().map(|day| day.day).collect(), of: &words, to_collect };
    let days = days.between(wish.from, wish.to, false)?;
    let terms = known.terms(service.reading().await?, wish.rate);
    let mut rows = Vec::new();
    for day in &days {
        let read = known.read(&service.store, *day, terms).await?;
        rows.push(on_blocking_thread(move || row(&read, minute)).await?);
    }
    let mut head = service.head(wish, AnalysisName::Surface, Some(known.expiry.date)).await?;
    head.at = Some(at.to_rfc3339());
    (head.from, head.to) = (days.first().copied(), days.last().copied());
    Ok(AnalysisDocument { head, rows })
}

fn row(day: &ExpiryDay, minute: u16) -> AnalysisRow {
    let at = day.day.at_minute(minute);
    let is_within = day.span().is_some_and(|(first, last)| (first..=last).contains(&at));
    let (values, reason) = match is_within {
        true => {
            let state = day.state_at(at);
            let snapshot = state.snapshot();
            (values(&snapshot), reason(day, &snapshot))
        }
        false => {
            let time = TimeOfDay::new(minute / 60, minute % 60);
            let time = time.map(|time| time.to_string()).unwrap_or_default();
            (Vec::new(), Some(format!("No minute at {time} is stored of this day.")))
        }
    };
    let is_whole = values.len() == VALUES && values.iter().all(Option::is_some);
    let mut row = vec![text(day.day.to_string())];
    row.extend((0..VALUES).map(|at| number(values.get(at).copied().flatten())));
    row.push(reason.filter(|_| !is_whole).and_then(text));
    row
}

/// In the order of the columns.
fn values(snapshot: &Snapshot<'_>) -> Vec<Option<f64>> {
    let of = |side, delta| snapshot.smile().volatility_at(side, delta).map(|of| of.fraction());
    let money = snapshot.at_the_money().and_then(|strike| snapshot.volatility(strike).ok());
    let puts = SURFACE_DELTAS.iter().map(|delta| of(Side::Put, *delta));
    let calls = SURFACE_DELTAS.iter().rev().map(|delta| of(Side::Call, *delta));
    puts.chain([money.map(|of| of.volatility.fraction())]).chain(calls).collect()
}

/// Why a value may be missing.
fn reason(day: &ExpiryDay, snapshot: &Snapshot<'_>) -> Option<String> {
    if let Err(why) = snapshot.forward() {
        return Some(day.no_forward_words(why));
    }
    let money = snapshot.at_the_money().ok_or(NoVolatility::NoStrike);
    if let Err(why) = money.and_then(|strike| snapshot.volatility(strike)) {
        return Some(why.words().to_owned());
    }
    Some("No strikes with a volatility lie around some of the deltas.".to_owned())
}
