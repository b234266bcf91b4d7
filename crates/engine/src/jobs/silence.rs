//! Silence at the money. An option whose strike the underlying stood at in the last sessions before the expiry traded,
//! so where most of them have no row the answers are evidence and no verdict: their days are opened again, the job says
//! so and tries again, and every later order of these options asks, until four answers ten minutes apart agree. What one
//! empty answer is worth beside its neighbours is told in `confirm`; this is about a broker that is wrong of all of them
//! alike.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use market::{ContractKind, ContractKinds, Day, DayRange, Interval, Price, Strike};
use protocol::{EventLevel, LIST_WITNESSES, StrikesEachSide};
use store::{AskedOption, ContractId, NewSilence, SeriesOwner, SilentSession, StoredExpiry};

use crate::course::Course;
use crate::coverage::MarketDays;
use crate::error::EngineError;
use crate::final_days::{data_floor, last_final_day, wanted_range};
use crate::jobs::log::event;
use crate::jobs::run::{Halt, Run};
use crate::jobs::subject::Subject;
use crate::jobs::workers::in_parallel;
use crate::names::counted;
use crate::near_money::{Extent, NearMoney};

/// The last sessions of an expiry, its own day included, that are looked at: before them even the money may be quiet.
const SESSIONS_MAX: usize = 5;
/// Fewer options say nothing: a ladder has calls and puts at three strikes around the money.
const OPTIONS_MIN: usize = 6;
/// Strikes in the middle of the ladder, where it is not known where the underlying stood.
const MIDDLE_STRIKES: usize = 4;

/// The options at the money on one session.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Session {
    day: Day,
    /// Strikes of one side; of twins one row is enough.
    options: usize,
    traded: usize,
    /// Without a row.
    silent: Vec<ContractId>,
}

impl Session {
    fn is_silent(&self) -> bool {
        self.traded * 2 < self.options
    }
}

impl Run {
    pub(crate) async fn silence_phase(&self) -> Result<(), Halt> {
        let store = self.service.store();
        let mut markets = BTreeMap::new();
        for expiry in store.expiries_with_options(self.job.0).await? {
            // What lies in the lake is not asked for.
            if store.is_archived(expiry).await? {
                continue;
            }
            let (_, expiry) = store.expiry_by_id(expiry).await?;
            let market = match markets.entry(expiry.underlying) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => {
                    let own = SeriesOwner::Underlying(expiry.underlying);
                    place.insert(MarketDays::new(store.facts(own, Interval::Minute1).await?))
                }
            };
            let sessions = self.sessions(&expiry, market).await?;
            self.ask_after_silence(&expiry, &sessions).await?;
            self.doubt(&expiry, sessions).await?;
        }
        Ok(())
    }

    async fn sessions(&self, expiry: &StoredExpiry, market: &MarketDays) -> Result<Vec<Session>, Halt> {
        let (store, interval) = (self.service.store(), self.plan.interval);
        let wanted = wanted_range(expiry.date, self.plan.days);
        let days = last_sessions(market, wanted, last_final_day(self.now()));
        let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(Vec::new()) };
        let looked_at = DayRange::new(*first, *last).map_err(EngineError::from)?;
        let course = Course::read(store, expiry.underlying, looked_at).await?;
        let options = store.asked_options(self.job.0, expiry.id, interval, looked_at).await?;
        // What the exchange itself proves to be empty is no evidence of the broker's.
        let proved = store.proved_ranges_of_expiry(expiry.id).await?;
        let session = |day: &Day| session(*day, at_the_money(*day, &options, course.of_day(*day)), &proved);
        Ok(days.iter().filter_map(session).collect())
    }

    /// Where a session that was doubted has rows after all, the broker was wrong, and nobody knows since when: every option
    /// is asked for all days of the order once more. They are accounted for already; only what comes is added.
    async fn ask_after_silence(&self, expiry: &StoredExpiry, sessions: &[Session]) -> Result<(), Halt> {
        let (store, interval) = (self.service.store(), self.plan.interval);
        let doubted = store.silent_sessions(expiry.id, interval).await?;
        let has_ended = |day: Day| sessions.iter().any(|session| session.day == day && !session.is_silent());
        let ended: Vec<Day> = doubted.into_iter().map(|(day, _)| day).filter(|day| has_ended(*day)).collect();
        if ended.is_empty() {
            return Ok(());
        }
        let range = wanted_range(expiry.date, self.plan.days);
        let asked = store.asked_options(self.job.0, expiry.id, interval, range).await?;
        let asked: BTreeSet<ContractId> = asked.into_iter().map(|option| option.id).collect();
        let mut contracts = store.contracts(expiry.id, ContractKinds::Options).await?;
        contracts.retain(|stored| asked.contains(&stored.id));
        let ask = move |run: Self, stored| async move {
            run.look_again(&Subject::Contract(Arc::new(stored), interval), range).await
        };
        in_parallel(self, contracts, ask).await?;
        Ok(store.end_silence(expiry.id, interval, ended).await?)
    }

    async fn doubt(&self, expiry: &StoredExpiry, mut sessions: Vec<Session>) -> Result<(), Halt> {
        sessions.retain(Session::is_silent);
        if sessions.is_empty() {
            return Ok(());
        }
        let silence = NewSilence {
            job: self.job.0,
            expiry: expiry.id,
            interval: self.plan.interval,
            sessions: sessions
                .iter()
                .map(|session| SilentSession { day: session.day, contracts: session.silent.clone() })
                .collect(),
            believed_after: LIST_WITNESSES,
            error: format!(
                "answered without a trade although the money stood at its strike: asked again until {LIST_WITNESSES} answers, ten minutes apart, agree"
            ),
        };
        let store = self.service.store();
        let witnessed: BTreeMap<Day, u32> = store.doubt_silence(silence).await?.into_iter().collect();
        let (_, underlying) = store.underlying_by_id(expiry.underlying).await?;
        let told = sessions.iter().map(|session| {
            let asked = witnessed.get(&session.day).copied().unwrap_or_default();
            let text = words(session, asked);
            let name = format!("{} {}", underlying.name, expiry.date.to_long_text());
            event(self.job, self.now(), EventLevel::Warning, format!("{name}: {text}"))
        });
        let told: Vec<_> = told.collect();
        Ok(store.add_events(&told).await?)
    }
}

fn words(session: &Session, asked: u32) -> String {
    let Session { day, options, traded, .. } = session;
    let what = format!(
        "suspicious: of {} at the money {traded} traded on {}",
        counted(*options as u64, "option"),
        day.to_long_text()
    );
    if asked >= LIST_WITNESSES {
        format!("{what}; it was answered so {asked} times, ten minutes apart, and is believed")
    } else {
        format!("{what}; answered so {asked} of {LIST_WITNESSES} times, and not believed yet")
    }
}

/// Oldest first.
fn last_sessions(market: &MarketDays, wanted: DayRange, last_final: Day) -> Vec<Day> {
    let is_session = |day: &Day| *day <= last_final && *day >= data_floor() && market.is_open(*day);
    let mut days: Vec<Day> = wanted.days().rev().filter(is_session).take(SESSIONS_MAX).collect();
    days.reverse();
    days
}

/// By where the underlying went on that day; nothing where that lies beyond the strikes that were asked. Where it is not
/// known, those that traded, and of an expiry without a single row the middle of the ladder.
fn at_the_money(day: Day, options: &[AskedOption], went: Option<(Price, Price)>) -> Vec<&AskedOption> {
    let strikes: BTreeSet<Strike> = options.iter().map(|option| option.strike).collect();
    let near = |strikes: &BTreeSet<Strike>, low, high| {
        let each_side = StrikesEachSide::try_from(1).ok()?;
        NearMoney::of(strikes, &Extent { low, high, last: (day, low, high) }, each_side).ok()
    };
    match went {
        Some((low, high)) => {
            let price = |strike: Option<&Strike>| strike.map(|strike| Price::from(strike.0));
            let is_within = price(strikes.first()) <= Some(low) && Some(high) <= price(strikes.last());
            let Some(near) = near(&strikes, low, high).filter(|_| is_within) else { return Vec::new() };
            options.iter().filter(|option| near.takes(Some(option.strike))).collect()
        }
        None => {
            if options.iter().any(|option| option.has_rows) {
                return options.iter().filter(|option| option.traded.contains(&day)).collect();
            }
            let before = strikes.len().saturating_sub(MIDDLE_STRIKES) / 2;
            let middle: BTreeSet<Strike> = strikes.into_iter().skip(before).take(MIDDLE_STRIKES).collect();
            options.iter().filter(|option| middle.contains(&option.strike)).collect()
        }
    }
}

/// `None` where too few were asked for that day.
fn session(
    day: Day,
    options: Vec<&AskedOption>,
    proved: &BTreeMap<ContractId, Vec<DayRange>>,
) -> Option<Session> {
    let mut of_strikes: BTreeMap<(ContractKind, Strike), (bool, Vec<ContractId>)> = BTreeMap::new();
    for option in options {
        let traded = option.traded.contains(&day);
        let holds = |ranges: &[DayRange]| ranges.iter().any(|range| range.contains(day));
        let is_proved = proved.get(&option.id).is_some_and(|ranges| holds(ranges));
        if traded || (holds(&option.answered) && !is_proved) {
            let (any, silent) = of_strikes.entry((option.kind, option.strike)).or_default();
            *any |= traded;
            silent.extend((!traded).then_some(option.id));
        }
    }
    let traded = of_strikes.values().filter(|(any, _)| *any).count();
    let options = of_strikes.len();
    let silent = of_strikes.into_values().filter(|(any, _)| !any).flat_map(|(_, silent)| silent).collect();
    (options >= OPTIONS_MIN).then_some(Session { day, options, traded, silent })
}
