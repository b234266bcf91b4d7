//! The term structure: the volatility at the money of each expiry that is stored, in one minute.

use analytics::{Snapshot, TermPoint};
use market::EpochSeconds;
use protocol::{AnalysisDocument, AnalysisName, AnalysisRow};

use super::service::AnalysisService;
use super::wish::AnalysisWish;
use super::{number, text};
use crate::blocking::on_blocking_thread;
use crate::chains::{ExpiryDay, KnownExpiry, nothing_of_day};
use crate::error::EngineError;

/// Each costs the reading of a day. An underlying has never had so many at once.
const EXPIRIES_MAX: usize = 30;
const MINUTES_A_DAY: f64 = 24.0 * 60.0;

pub(super) async fn make(
    service: &AnalysisService,
    wish: &AnalysisWish,
) -> Result<AnalysisDocument, EngineError> {
    let newest = service.known(wish).await?;
    let at = service.minute(wish, &newest).await?;
    let mut dates = service.store.expiries_with_minutes(newest.id).await?;
    dates.retain(|date| *date >= at.day());
    // The nearest first.
    dates.reverse();
    let mut head = service.head(wish, AnalysisName::TermStructure, None).await?;
    head.at = Some(at.to_rfc3339());
    if dates.len() > EXPIRIES_MAX {
        head.missing
            .push(format!("Only the nearest {EXPIRIES_MAX} expiries of {} are looked at.", dates.len()));
        dates.truncate(EXPIRIES_MAX);
    }
    let reading = service.reading().await?;
    let nearest = dates.first().copied();
    let (mut rows, mut silent, mut is_collected) = (Vec::new(), 0, false);
    for date in dates {
        let known = KnownExpiry::find(&service.store, &wish.underlying, date).await?;
        let read = known.read(&service.store, at.day(), known.terms(reading, wish.rate)).await?;
        is_collected |= read.was_collected();
        let row = on_blocking_thread(move || {
            let is_within = read.span().is_some_and(|(first, last)| (first..=last).contains(&at));
            (is_within && read.was_collected()).then(|| row(&read, &read.state_at(at).snapshot()))
        });
        match row.await? {
            Some(row) => rows.push(row),
            None => silent += 1,
        }
    }
    if rows.is_empty() {
        return Err(match nearest {
            Some(expiry) if !is_collected => nothing_of_day(&newest.underlying, expiry, at.day()),
            _ => nothing_at(&newest, at),
        });
    }
    match silent {
        0 => {}
        1 => head.missing.push("Of 1 later expiry that is stored this minute is not: it was collected with fewer days.".to_owned()),
        more => head.missing.push(format!("Of {more} later expiries that are stored this minute is not: they were collected with fewer days.")),
    }
    if rows.len() == 1 {
        head.missing
            .push("One expiry alone is stored of this minute: a term structure takes two.".to_owned());
    }
    Ok(AnalysisDocument { head, rows })
}

fn nothing_at(of: &KnownExpiry, at: EpochSeconds) -> EngineError {
    let (name, at) = (&of.underlying.name, at.to_ist().format("%-d %b %Y, %H:%M"));
    EngineError::NoSuchMinute(format!("no expiry of {name} has a stored minute at {at}"))
}

fn row(day: &ExpiryDay, snapshot: &Snapshot<'_>) -> AnalysisRow {
    let expiry = text(snapshot.terms().settlement.expiry().to_string());
    let days = number(snapshot.time_left().minutes as f64 / MINUTES_A_DAY);
    let forward = snapshot.forward();
    match TermPoint::of(snapshot) {
        Ok(point) => vec![
            expiry,
            days,
            number(point.volatility.fraction()),
            number(snapshot.on_session_time(point.volatility).map(|of| of.fraction())),
            number(point.forward.price),
            text(point.forward.source.as_str()),
            None,
        ],
        Err(why) => {
            let reason = forward.err();
            let reason = reason.map_or_else(|| why.words().to_owned(), |why| day.no_forward_words(why));
            let source = forward.ok().and_then(|forward| text(forward.source.as_str()));
            let price = number(forward.ok().map(|forward| forward.price));
            vec![expiry, days, None, None, price, source, text(reason)]
        }
    }
}
