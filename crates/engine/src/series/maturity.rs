//! Volatility of a constant time to expiry: of each day the expiries around it are walked through side by side.

use std::collections::BTreeSet;

use analytics::series::{ConstantMaturityOf, constant_maturity_point};
use market::{Day, EpochSeconds};

use super::days::{DAYS_DEFAULT, StoredDays};
use super::document::Made;
use super::service::Making;
use crate::blocking::on_blocking_thread;
use crate::chains::{DayWalk, ExpiryDay, KnownExpiry, no_minutes};
use crate::error::EngineError;

/// Expiries on each side that are read of a day: where the nearest has no volatility in a minute, the next one has a
/// say.
const EACH_SIDE: usize = 2;

struct Dated {
    known: KnownExpiry,
    days: BTreeSet<Day>,
}

pub(super) async fn make(of: &Making<'_>, series: ConstantMaturityOf) -> Result<Made, EngineError> {
    let expiries = expiries(of).await?;
    let all = expiries.iter().flat_map(|expiry| expiry.days.iter().copied()).collect();
    let words = format!("the contracts of {}", of.underlying.name);
    let days = StoredDays { days: all, of: &words, to_collect: None }.chosen(of.wish, true)?;
    let anchors = of.anchors(&days).await?;
    let mut points = Vec::new();
    for day in &days {
        let mut read = Vec::new();
        for expiry in around(&expiries, *day, series.days) {
            let terms = expiry.known.terms(of.reading, of.wish.rate);
            read.push(expiry.known.read(of.store, *day, terms).await?);
        }
        let anchors = anchors.clone();
        let of_day = on_blocking_thread(move || {
            let mut walks: Vec<DayWalk<'_>> = read.iter().map(ExpiryDay::walk).collect();
            let point = |at| {
                let snapshots: Vec<_> = walks.iter_mut().map(|walk| walk.to(at).snapshot()).collect();
                constant_maturity_point(series, at, &snapshots)
            };
            anchors.coarser(common_minutes(&read).into_iter().map(point).collect())
        });
        points.extend(of_day.await?);
    }
    let span = (days[0], days[days.len() - 1]);
    Ok(Made { expiry: None, span, points, rolls: Vec::new(), addition: None })
}

/// Those whose days can be in it, newest first, with their days.
async fn expiries(of: &Making<'_>) -> Result<Vec<Dated>, EngineError> {
    let mut expiries: Vec<Dated> = Vec::new();
    let mut days = BTreeSet::new();
    for date in of.store.expiries_with_minutes(of.id).await? {
        // An expiry has no day after it.
        let first = of.wish.from.or_else(|| days.iter().rev().nth(DAYS_DEFAULT - 1).copied());
        if !expiries.is_empty() && first.is_some_and(|first| date < first) {
            break;
        }
        let known = KnownExpiry::find(of.store, &of.wish.underlying, date).await?;
        let of_expiry = of.days_of(&known).await?;
        days.extend(of_expiry.iter().filter(|day| of.wish.to.is_none_or(|to| **day <= to)));
        expiries.push(Dated { known, days: of_expiry });
    }
    if expiries.is_empty() {
        return Err(no_minutes(&of.underlying));
    }
    Ok(expiries)
}

/// Those nearest so many days after the day, on both sides. `expiries` are the newest first.
fn around(expiries: &[Dated], day: Day, days: u16) -> impl Iterator<Item = &Dated> {
    let target = day.plus_days(i64::from(days));
    let with_day = move |of: &&Dated| of.days.contains(&day);
    let near = expiries.iter().filter(with_day).filter(move |of| of.known.expiry.date < target);
    let far = expiries.iter().rev().filter(with_day).filter(move |of| of.known.expiry.date >= target);
    near.take(EACH_SIDE).chain(far.take(EACH_SIDE))
}

/// The minutes of any of them, oldest first.
pub(super) fn common_minutes(days: &[ExpiryDay]) -> BTreeSet<EpochSeconds> {
    days.iter().flat_map(ExpiryDay::session_minutes).collect()
}
