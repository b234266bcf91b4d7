//! Coverage as it is looked at: the calendar of all expiries, of totals alone; the map of an expiry, of the rows of its
//! days; and one day of one contract, the only thing for which candles are read.

use std::collections::{BTreeMap, BTreeSet};

use market::{ContractKinds, Day, EpochSeconds, ExpiredKey, InstrumentKey, Interval, SessionWindow};
use protocol::{
    AgainCost, CalendarExpiry, CalendarRow, CoverageCalendar, CoverageDay, CoverageMap, DayState,
    ExchangeFigures, ExpiryOutcome, ExpiryRow, ExpiryState, HistoricalDays, MAP_CONTRACTS_MAX, MapCell,
    MapRow, Rupees, Span,
};
use store::{ContractId, ExpiryTroubles, MinuteSeen, SeriesFacts, StoredContract, StoredExpiry};

use crate::coverage::judge::Judged;
use crate::coverage::service::{Court, CoverageService, NO_DAYS, OutsideRows};
use crate::error::EngineError;
use crate::expired::expiry_rows;
use crate::final_days::wanted_range;
use crate::names::describe_expiry;

/// Runs of missing minutes that are named.
const RUNS_MAX: usize = 40;

/// All that the judgement of an expiry's contracts rests on.
pub(super) struct Gathered {
    pub contracts: Vec<StoredContract>,
    pub facts: BTreeMap<ContractId, SeriesFacts>,
    pub outside: OutsideRows,
    pub refused: BTreeMap<ContractId, BTreeMap<Day, u64>>,
    pub failed: BTreeSet<ContractId>,
}

impl Gathered {
    pub(super) fn judged<'a>(&'a self, court: &'a Court, stored: &StoredContract) -> Judged<'a> {
        static UNASKED: SeriesFacts = SeriesFacts::UNASKED;
        Judged {
            facts: self.facts.get(&stored.id).unwrap_or(&UNASKED),
            interval: court.interval,
            wanted: wanted_range(stored.contract.expiry, court.days),
            has_failed: self.failed.contains(&stored.id),
            market: &court.market,
            outside: self.outside.get(&stored.id.into()).unwrap_or(&NO_DAYS),
            refused: self.refused.get(&stored.id).unwrap_or(&NO_DAYS),
        }
    }
}

impl CoverageService {
    /// Every underlying that something was collected of, or one of them, with all of its known expiries.
    pub async fn calendar(&self, of: Option<&InstrumentKey>) -> Result<CoverageCalendar, EngineError> {
        let today = EpochSeconds(self.clock.wall().as_seconds()).day();
        let troubles = self.store.troubles().await?;
        let mut underlyings = Vec::new();
        for stored in self.store.stored_underlyings().await? {
            let underlying = stored.underlying;
            if of.is_some_and(|of| *of != underlying.key) {
                continue;
            }
            let Some((id, _)) = self.store.underlying(&underlying.key).await? else { continue };
            let mut rows = expiry_rows(&self.store, today, &underlying.key, id, Span::default()).await?;
            rows.sort_by_key(|row| row.date);
            let expiry = |row: &ExpiryRow| {
                let troubles = troubles.get(&(underlying.key.clone(), row.date)).copied().unwrap_or_default();
                calendar_expiry(row, troubles)
            };
            underlyings.push(CalendarRow {
                expiries: rows.iter().map(expiry).collect(),
                underlying: underlying.key,
                symbol: underlying.symbol,
                name: underlying.name,
            });
        }
        Ok(CoverageCalendar { underlyings })
    }

    /// The contracts of an expiry day by day; at most so many after the first `from`.
    pub async fn map(
        &self,
        key: &InstrumentKey,
        expiry: Day,
        interval: Interval,
        days: HistoricalDays,
        from: usize,
        most: usize,
    ) -> Result<CoverageMap, EngineError> {
        let court = self.court(key, interval, days).await?;
        let (_, underlying) = self.store.underlying_by_id(court.id).await?;
        let stored = self.listed_expiry(&court, key, expiry).await?;
        let gathered = self.gather(&court, &stored).await?;
        let wanted = wanted_range(expiry, days);
        let has_row = |day: &Day| gathered.facts.values().any(|facts| facts.days.contains_key(day));
        let shown: Vec<Day> =
            wanted.days().filter(|day| court.market.is_open(*day) || has_row(day)).collect();
        let rows: Vec<MapRow> = gathered
            .contracts
            .iter()
            .skip(from)
            .take(most.min(MAP_CONTRACTS_MAX))
            .map(|contract| map_row(&gathered.judged(&court, contract), contract, &shown))
            .collect();
        let mut counts: BTreeMap<MapCell, u64> = BTreeMap::new();
        for (cell, count) in rows.iter().flat_map(|row| &row.counts) {
            *counts.entry(*cell).or_default() += count;
        }
        let answered = self.store.answered_of_expiry(stored.id, interval).await?;
        Ok(CoverageMap {
            underlying: key.clone(),
            symbol: underlying.symbol,
            expiry,
            interval,
            days: shown,
            rows,
            from: from as u64,
            contracts: gathered.contracts.len() as u64,
            requests: answered.iter().map(|contract| contract.gaps(wanted).len() as u64).sum(),
            counts,
        })
    }

    /// One day of a contract, minute by minute. What asking again costs is not said here.
    pub async fn day(
        &self,
        key: &ExpiredKey,
        day: Day,
        interval: Interval,
    ) -> Result<CoverageDay, EngineError> {
        let unknown = || EngineError::UnknownContract(key.clone());
        let contract = self.store.contract(key).await?.ok_or_else(unknown)?;
        let underlying = contract.contract.underlying_key.clone();
        // Every day of a contract's life may be looked at.
        let court = self
            .court(&underlying, interval, HistoricalDays::try_from(HistoricalDays::MAX).unwrap_or_default())
            .await?;
        let (owner, id) = (contract.id.into(), contract.id);
        let facts = self.store.facts(owner, interval).await?;
        let outside = self.outside(&court, interval, [(owner, &facts)].into_iter()).await?;
        let gathered = Gathered {
            outside,
            facts: [(id, facts)].into(),
            refused: [(id, self.store.refused(owner, interval).await?)].into(),
            failed: self.store.failed_contracts(contract.expiry_id).await?,
            contracts: Vec::new(),
        };
        let judged = gathered.judged(&court, &contract);
        let Some(state) = judged.states().get(&day).copied() else {
            let symbol = &contract.contract.trading_symbol;
            let expired = describe_expiry(contract.contract.expiry);
            let sentence =
                format!("{} is no day of {symbol}, which expired on {expired}", day.to_long_text());
            return Err(EngineError::NoSuchMinute(sentence));
        };
        let cell = cell_of(&judged, day, state, &hole_days(&judged));
        let seen = self.store.minutes_seen(id, interval, day).await?;
        let windows = court.market.windows(day);
        let stored = judged.facts.days.get(&day);
        let exchange = judged.facts.exchange.get(&day);
        Ok(CoverageDay {
            underlying,
            expiry: contract.contract.expiry,
            expired_key: key.clone(),
            symbol: contract.contract.trading_symbol.clone(),
            day,
            cell,
            state,
            sentences: sentences(&judged, day, state, &seen, &windows),
            minutes: strip(&windows, &seen, interval),
            opens_at: windows.first().map(|window| window.open),
            missing: missing(&windows, &seen, interval),
            exchange: exchange.map(|told| ExchangeFigures {
                volume: told.volume,
                open_interest: told.open_interest,
                settlement_price: Rupees(told.settlement),
            }),
            volume: stored.map_or(0, |stored| stored.volume),
            open_interest: stored.map_or(0, |stored| stored.open_interest),
            again: AgainCost::default(),
        })
    }

    pub(super) async fn listed_expiry(
        &self,
        court: &Court,
        key: &InstrumentKey,
        expiry: Day,
    ) -> Result<StoredExpiry, EngineError> {
        let stored = self.store.expiry(court.id, expiry).await?;
        stored.ok_or_else(|| EngineError::NothingStored {
            key: format!("{key} of {}", describe_expiry(expiry)),
        })
    }

    pub(super) async fn gather(&self, court: &Court, expiry: &StoredExpiry) -> Result<Gathered, EngineError> {
        let facts = self.store.facts_of_expiry(expiry.id, court.interval).await?;
        let owned = facts.iter().map(|(id, facts)| ((*id).into(), facts));
        Ok(Gathered {
            contracts: self.store.contracts(expiry.id, ContractKinds::Both).await?,
            outside: self.outside(court, court.interval, owned).await?,
            refused: self.store.refused_of_expiry(expiry.id, court.interval).await?,
            failed: self.store.failed_contracts(expiry.id).await?,
            facts,
        })
    }
}

fn calendar_expiry(row: &ExpiryRow, troubles: ExpiryTroubles) -> CalendarExpiry {
    let ExpiryTroubles { failed, holes } = troubles;
    let outcome = match row.state_for(ContractKinds::Both) {
        _ if failed > 0 => ExpiryOutcome::Failed,
        _ if holes > 0 => ExpiryOutcome::ProvenHole,
        ExpiryState::Complete if row.is_complete_for(ContractKinds::Both) => ExpiryOutcome::Complete,
        ExpiryState::NotListed | ExpiryState::NotAsked => ExpiryOutcome::NotAsked,
        ExpiryState::Pruned(_) => ExpiryOutcome::Pruned,
        _ => ExpiryOutcome::Partly,
    };
    let mut words = row.words_for(ContractKinds::Both);
    for (count, one, many) in
        [(failed, "contract failed", "contracts failed"), (holes, "proven hole", "proven holes")]
    {
        if count > 0 {
            words.push_str(&format!(", {count} {}", if count == 1 { one } else { many }));
        }
    }
    CalendarExpiry { expiry: row.date, outcome, words, candles: row.candles, failed, holes }
}

fn hole_days(judged: &Judged<'_>) -> BTreeSet<Day> {
    judged.holes().into_iter().map(|hole| hole.day).collect()
}

fn map_row(judged: &Judged<'_>, contract: &StoredContract, days: &[Day]) -> MapRow {
    let (states, holes) = (judged.states(), hole_days(judged));
    let (mut cells, mut fill, mut counts) =
        (String::with_capacity(days.len()), String::with_capacity(days.len()), BTreeMap::new());
    for day in days {
        let state = states.get(day).copied().unwrap_or(DayState::NotAsked);
        let cell = cell_of(judged, *day, state, &holes);
        cells.push(cell.letter());
        fill.push(tenths(judged, *day));
        *counts.entry(cell).or_default() += 1;
    }
    let of = &contract.contract;
    MapRow {
        expired_key: of.expired_key.clone(),
        symbol: of.trading_symbol.clone(),
        kind: of.kind,
        strike: of.strike,
        cells,
        fill,
        counts,
    }
}

/// How much of a session has a candle, in tenths; the whole is 9 as well.
fn tenths(judged: &Judged<'_>, day: Day) -> char {
    let room = judged.market.room(day, judged.interval, 0, 24 * 60);
    let candles = judged.facts.days.get(&day).map_or(0, |stored| stored.candles);
    let tenths = (candles * 10).checked_div(room).unwrap_or(if candles > 0 { 9 } else { 0 }).min(9);
    u32::try_from(tenths).ok().and_then(|tenths| char::from_digit(tenths, 10)).unwrap_or('0')
}

fn cell_of(judged: &Judged<'_>, day: Day, state: DayState, holes: &BTreeSet<Day>) -> MapCell {
    let stored = judged.facts.days.get(&day);
    let (has_rows, is_open) = (stored.is_some(), judged.market.is_open(day));
    match state {
        DayState::Traded | DayState::TradedWhenClosed => {
            let exchange = judged.facts.exchange.get(&day).map_or(0, |told| told.volume);
            let is_short = stored.is_some_and(|stored| stored.volume < exchange)
                || holes.contains(&day)
                || judged.refused.contains_key(&day);
            if is_short { MapCell::Partly } else { MapCell::Complete }
        }
        DayState::Failed | DayState::NotAsked if has_rows => MapCell::Partly,
        DayState::Imported => MapCell::Imported,
        DayState::ProvenEmpty => MapCell::ProvenEmpty,
        DayState::ProvenHole => MapCell::ProvenHole,
        // Nothing is missing of a day on which nobody traded, asked or not.
        _ if !is_open && !has_rows => MapCell::Closed,
        DayState::NoTrade | DayState::BeforeFirst | DayState::AfterLast | DayState::BeforeFloor => {
            MapCell::ConfirmedEmpty
        }
        DayState::Closed => MapCell::Closed,
        DayState::Provisional => MapCell::Provisional,
        DayState::Failed => MapCell::Failed,
        DayState::NotAsked => MapCell::NotAsked,
        DayState::Pruned => MapCell::Pruned,
    }
}

/// The moments of a window at which a bar begins.
fn bars(window: &SessionWindow, interval: Interval) -> impl Iterator<Item = u16> {
    let step = usize::from(interval.minutes().unwrap_or(24 * 60).max(1));
    (window.open..window.close).step_by(step)
}

fn strip(windows: &[SessionWindow], seen: &BTreeMap<u16, MinuteSeen>, interval: Interval) -> String {
    let letter = |minute: u16| match seen.get(&minute) {
        Some(MinuteSeen::Traded) => '#',
        Some(MinuteSeen::WithoutTrade) => '-',
        Some(MinuteSeen::Refused) => '!',
        None => '.',
    };
    let of_window = |window: &SessionWindow| bars(window, interval).map(letter).collect::<String>();
    windows.iter().map(of_window).collect::<Vec<_>>().join(" ")
}

/// Runs of minutes without a candle, in words.
fn missing(windows: &[SessionWindow], seen: &BTreeMap<u16, MinuteSeen>, interval: Interval) -> Vec<String> {
    let mut runs: Vec<(u16, u16, u32)> = Vec::new();
    for window in windows {
        let mut is_in_run = false;
        for minute in bars(window, interval) {
            let is_missing = !seen.contains_key(&minute);
            match runs.last_mut().filter(|_| is_in_run && is_missing) {
                Some((_, last, count)) => (*last, *count) = (minute, *count + 1),
                None if is_missing => runs.push((minute, minute, 1)),
                None => {}
            }
            is_in_run = is_missing;
        }
    }
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let beyond = runs.len().saturating_sub(RUNS_MAX);
    let words = |(first, last, count): (u16, u16, u32)| {
        if count == 1 { clock(first) } else { format!("{}–{} ({count})", clock(first), clock(last)) }
    };
    let mut said: Vec<String> = runs.into_iter().take(RUNS_MAX).map(words).collect();
    if beyond > 0 {
        said.push(format!("and {beyond} more"));
    }
    said
}

fn sentences(
    judged: &Judged<'_>,
    day: Day,
    state: DayState,
    seen: &BTreeMap<u16, MinuteSeen>,
    windows: &[SessionWindow],
) -> Vec<String> {
    let mut said = Vec::new();
    let room: usize = windows.iter().map(|window| bars(window, judged.interval).count()).sum();
    let of = |wanted: MinuteSeen| seen.values().filter(|seen| **seen == wanted).count();
    let (traded, idle, refused) =
        (of(MinuteSeen::Traded), of(MinuteSeen::WithoutTrade), of(MinuteSeen::Refused));
    said.push(
        match state {
            DayState::Traded | DayState::TradedWhenClosed => "Answered for good, with rows.",
            DayState::NoTrade => "Answered for good: no trade on this day.",
            DayState::BeforeFirst => {
                "Answered for good: no trade so far; this day lies before the first one."
            }
            DayState::AfterLast => "Answered for good: no trade; this day lies after the last one.",
            DayState::BeforeFloor => "Before the broker's data begin.",
            DayState::Closed => "The market was closed.",
            DayState::Provisional => "Answered before the day was final: it is asked once more.",
            DayState::Failed => "Asked, and not answered.",
            DayState::NotAsked => "Not asked for yet.",
            DayState::Imported => {
                "Imported from a file, and not asked of the broker: its answer will take the place of these rows."
            }
            DayState::Pruned => "It was removed by a person, and not asked for since.",
            DayState::ProvenEmpty => {
                "The exchange's file proves that nothing was traded: it is never asked for again."
            }
            DayState::ProvenHole => {
                "A proven hole: the exchange's file says that it was traded, and no minute came."
            }
        }
        .to_owned(),
    );
    let candles = traded + idle;
    if candles > 0 {
        let have = if candles == 1 { "has" } else { "have" };
        let untraded = match idle {
            0 => "a minute without a trade has none".to_owned(),
            1 => "in 1 of them nothing was traded, and its candle has volume 0".to_owned(),
            _ => format!("in {idle} of them nothing was traded, and their candles have volume 0"),
        };
        said.push(format!("{candles} of the session's {room} minutes {have} a candle; {untraded}."));
    }
    match refused {
        0 => {}
        1 => said.push("1 minute came and was refused: it is kept in quarantine.".to_owned()),
        _ => said.push(format!("{refused} minutes came and were refused: they are kept in quarantine.")),
    }
    if let (Some(told), Some(stored)) = (judged.facts.exchange.get(&day), judged.facts.days.get(&day)) {
        said.push(match told.volume - stored.volume {
            0 => "The volume is the exchange's.".to_owned(),
            more if more > 0 => format!("The exchange counts {more} units more: minutes are missing."),
            fewer => format!("The exchange counts {} units fewer.", -fewer),
        });
    }
    said
}
