//! What stands at the strikes of an expiry: open interest and its change between two moments, what was traded between
//! them, gamma exposure and the smile.

use std::collections::BTreeMap;

use analytics::{
    Chain, InterestBetween, NoVolatility, Row, Side, Smile, VolatilityOf, gamma_exposure, interest_between,
};
use market::{Day, EpochSeconds, Strike, TradingCalendar};
use protocol::{AnalysisDocument, AnalysisName, AnalysisRow};

use super::service::AnalysisService;
use super::wish::AnalysisWish;
use super::{number, text, units};
use crate::chains::{ExpiryDay, KnownExpiry};
use crate::error::EngineError;
use crate::names::counted;

const MINUTE_SECONDS: i64 = 60;

/// An expiry at the two moments.
struct Moments {
    since: EpochSeconds,
    at: EpochSeconds,
    later: Chain,
    /// What stands open, and what has changed since the earlier moment.
    interest: Vec<InterestBetween>,
    smile: Smile,
    /// Units traded by strike, calls and puts.
    volumes: BTreeMap<Strike, [i64; 2]>,
    /// Why there is no forward.
    no_forward: Option<String>,
    missing: Vec<String>,
    /// Of what was traded between.
    volume_missing: Vec<String>,
}

pub(super) async fn make(
    service: &AnalysisService,
    wish: &AnalysisWish,
    names: &[AnalysisName],
) -> Result<Vec<AnalysisDocument>, EngineError> {
    let known = service.known(wish).await?;
    let moments = moments(service, wish, &known, names.contains(&AnalysisName::VolumeByStrike)).await?;
    let mut documents = Vec::new();
    for name in names {
        let mut head = service.head(wish, *name, Some(known.expiry.date)).await?;
        head.at = Some(moments.at.to_rfc3339());
        head.forward = moments.later.head.forward.ok().map(|forward| forward.price);
        head.missing = moments.missing.clone();
        let rows = match name {
            AnalysisName::OpenInterestByStrike => open_interest(&moments),
            AnalysisName::VolumeByStrike => volume(&moments),
            AnalysisName::GammaExposure => gamma(&moments),
            _ => smile(&moments),
        };
        match name {
            AnalysisName::OpenInterestByStrike => {
                head.since = Some(moments.since.to_rfc3339());
                head.missing.extend(unknown_before(&moments));
            }
            AnalysisName::VolumeByStrike => {
                head.since = Some(moments.since.to_rfc3339());
                head.missing.extend(moments.volume_missing.clone());
            }
            _ => head.missing.extend(moments.no_forward.clone()),
        }
        documents.push(AnalysisDocument { head, rows });
    }
    Ok(documents)
}

async fn moments(
    service: &AnalysisService,
    wish: &AnalysisWish,
    known: &KnownExpiry,
    with_volume: bool,
) -> Result<Moments, EngineError> {
    let at = service.minute(wish, known).await?;
    let day = service.chains.day_at(known, at, wish.rate).await?;
    let first = day.span().map_or(at, |(first, _)| first);
    let since = wish.since.map_or(first, |since| since.start());
    if since > at {
        let [since, at] = [since, at].map(|moment| protocol::Minute::of(moment).to_string());
        let why = format!("{since}, the minute to compare with, lies after {at}, the minute that is shown");
        return Err(EngineError::NoSeries(why));
    }
    let earlier_day = service.chains.day_at(known, since, wish.rate).await?;
    let state = day.state_at(at);
    let snapshot = state.snapshot();
    let (later, smile) = (snapshot.chain(), snapshot.smile().clone());
    let interest = interest_between(&earlier_day.state_at(since), &later);
    let (volumes, volume_missing) = match with_volume {
        true => (
            volumes(service, known, [(&earlier_day, since), (&day, at)]).await?,
            not_collected_between(service, known, since.day(), at.day()).await?,
        ),
        false => (BTreeMap::new(), Vec::new()),
    };
    let no_forward = later.head.forward.err().map(|why| day.no_forward_words(why));
    let missing = missing(&day, &later);
    Ok(Moments { since, at, later, interest, smile, volumes, no_forward, missing, volume_missing })
}

/// What the whole is without.
fn missing(day: &ExpiryDay, chain: &Chain) -> Vec<String> {
    let mut missing = Vec::new();
    if chain.rows.is_empty() {
        missing.push("No option of this expiry had traded by then.".to_owned());
    }
    match day.strikes().saturating_sub(chain.rows.len()) {
        0 => {}
        untraded => missing.push(format!("{} had not traded by then.", counted(untraded as u64, "strike"))),
    }
    missing.extend(day.not_collected_words());
    missing
}

/// Options that stand open and of which nobody told what they were at the earlier moment.
fn unknown_before(of: &Moments) -> Option<String> {
    let sides = of.interest.iter().flat_map(|of| [(of.calls, of.calls_change), (of.puts, of.puts_change)]);
    let unknown = sides.filter(|(now, change)| *now > 0 && change.is_none()).count();
    let (since, options) = (protocol::Minute::of(of.since), counted(unknown as u64, "option"));
    (unknown > 0).then(|| format!("Of {options} it is not known what stood open at {since}."))
}

/// From one minute to another, both included: of the days at the ends by their minutes, of those between as a whole.
async fn volumes(
    service: &AnalysisService,
    known: &KnownExpiry,
    [(first_day, first), (last_day, last)]: [(&ExpiryDay, EpochSeconds); 2],
) -> Result<BTreeMap<Strike, [i64; 2]>, EngineError> {
    let mut volumes: BTreeMap<Strike, [i64; 2]> = BTreeMap::new();
    let mut add = |strike, [calls, puts]: [i64; 2]| {
        let sum = volumes.entry(strike).or_default();
        *sum = [sum[0].saturating_add(calls), sum[1].saturating_add(puts)];
    };
    let before = traded_by(first_day, EpochSeconds(first.0 - MINUTE_SECONDS));
    before.into_iter().for_each(|(strike, traded)| add(strike, traded.map(|units| -units)));
    traded_by(last_day, last).into_iter().for_each(|(strike, traded)| add(strike, traded));
    if first_day.day < last_day.day {
        let whole = (first_day.day, last_day.day.plus_days(-1));
        for (strike, kind, traded) in service.store.volumes_of_days(known.expiry.id, whole).await? {
            match Side::of(kind) {
                Some(Side::Call) => add(strike, [traded, 0]),
                Some(Side::Put) => add(strike, [0, traded]),
                None => {}
            }
        }
    }
    Ok(volumes)
}

/// Trading days from one on, before the last, of which what options did is not known, or not of all of them. A sum over
/// them says so.
async fn not_collected_between(
    service: &AnalysisService,
    known: &KnownExpiry,
    first: Day,
    last: Day,
) -> Result<Vec<String>, EngineError> {
    let days = (first.days_since_1970()..last.days_since_1970()).map(Day::from_days_since_1970);
    let days = days.filter(|day| TradingCalendar::bundled().day(*day).is_open()).collect();
    let asked = service.store.options_asked(known.expiry.id, days).await?;
    let of = |is_wanted: fn(&store::OptionsAsked) -> bool, what: &str| {
        let days: Vec<Day> = asked.iter().filter(|of| is_wanted(of)).map(|of| of.day).collect();
        let (first, last) = (days.first()?, days.last()?);
        let when = match days.len() {
            1 => first.to_long_text(),
            _ => format!("from {} to {}", first.to_long_text(), last.to_long_text()),
        };
        let days = counted(days.len() as u64, "trading day");
        Some(format!("{what} not collected for {days} ({when}): what was traded of them then is not in it."))
    };
    let none = of(|of| of.asked == 0, "The options of this expiry were");
    let some = of(|of| of.asked > 0 && of.not_asked > 0, "Some options of this expiry were");
    Ok([none, some].into_iter().flatten().collect())
}

/// On its day so far.
fn traded_by(day: &ExpiryDay, at: EpochSeconds) -> Vec<(Strike, [i64; 2])> {
    let chain = day.state_at(at).snapshot().chain();
    let of = |row: &Row| (row.strike, Side::BOTH.map(|side| row.side(side).map_or(0, |cell| cell.volume)));
    chain.rows.iter().map(of).collect()
}

fn open_interest(of: &Moments) -> Vec<AnalysisRow> {
    let row = |of: &InterestBetween| {
        let strike = number(of.strike.to_rupees());
        let [calls_change, puts_change] =
            [of.calls_change, of.puts_change].map(|change| change.and_then(units));
        vec![strike, units(of.calls), calls_change, units(of.puts), puts_change]
    };
    of.interest.iter().map(row).collect()
}

fn volume(of: &Moments) -> Vec<AnalysisRow> {
    let row = |(strike, [calls, puts]): (&Strike, &[i64; 2])| {
        vec![number(strike.to_rupees()), units(*calls), units(*puts)]
    };
    of.volumes.iter().map(row).collect()
}

/// A strike with open interest and without a volatility has its row, and the reason.
fn gamma(of: &Moments) -> Vec<AnalysisRow> {
    let exposure = gamma_exposure(&of.later).map(|exposure| exposure.strikes).unwrap_or_default();
    let row = |row: &Row| {
        let strike = number(row.strike.to_rupees());
        let found = exposure.binary_search_by_key(&row.strike, |of| of.strike).ok().map(|at| exposure[at]);
        match found {
            Some(of) => vec![strike, number(of.calls), number(of.puts), number(of.net()), None],
            None => vec![strike, None, None, None, text(reason(row))],
        }
    };
    of.later.rows.iter().map(row).collect()
}

fn reason(row: &Row) -> &'static str {
    row.volatility.err().unwrap_or(NoVolatility::NoForward).words()
}

fn smile(of: &Moments) -> Vec<AnalysisRow> {
    let row = |row: &Row| {
        let strike = number(row.strike.to_rupees());
        let [own_call, own_put] = Side::BOTH.map(|side| {
            let own = row.side(side).and_then(|cell| cell.own_volatility.ok());
            number(own.map(|own| own.fraction()))
        });
        let point = of.smile.0.binary_search_by_key(&row.strike, |point| point.strike);
        let Some(point) = point.ok().map(|at| of.smile.0[at]) else {
            return vec![strike, None, None, own_call, own_put, None, None, None, text(reason(row))];
        };
        let side = match point.of {
            VolatilityOf::Call => "call",
            VolatilityOf::Put => "put",
            VolatilityOf::Mean => "mean",
        };
        vec![
            strike,
            number(point.volatility.fraction()),
            text(side),
            own_call,
            own_put,
            number(point.log_moneyness),
            number(point.call_delta),
            number(point.put_delta),
            None,
        ]
    };
    of.later.rows.iter().map(row).collect()
}
