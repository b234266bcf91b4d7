//! The judgement of one series: the state of each day, the room of its sessions, its holes. Pure.
//!
//! Expected candles are stated between the first and the last trade only, and a shortfall is a hole only where
//! the contract is liquid: on a day with less than four fifths of its candles between two traded days that are
//! full, and never on one that nobody asked for. What is judged against a session is counted within it: rows beside
//! it fill no hole. A minute that came and was refused is known, and no part of a hole.

use std::collections::BTreeMap;

use market::{Day, DayRange, Interval};
use protocol::{DayCounts, DayState};
use store::{ExchangeDay, Outcome, SeriesFacts, StoredDay};

use crate::coverage::market_days::MarketDays;
use crate::final_days::data_floor;

/// A day is full from this share of its room.
const FULL_SHARE: f64 = 0.95;
/// Between full days, a day below this share is a hole.
const HOLE_SHARE: f64 = 0.8;
const WHOLE_DAY: u16 = 24 * 60;

/// What is judged.
pub(crate) struct Judged<'a> {
    pub facts: &'a SeriesFacts,
    pub interval: Interval,
    /// The days that are to be accounted for.
    pub wanted: DayRange,
    /// Its newest unit failed.
    pub has_failed: bool,
    pub market: &'a MarketDays,
    /// Stored rows outside the sessions of a day; days without any are left out.
    pub outside: &'a BTreeMap<Day, u64>,
    /// Minutes that came, were refused and are not stored.
    pub refused: &'a BTreeMap<Day, u64>,
}

/// A day with far fewer candles than there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shortfall {
    pub day: Day,
    /// Within the session.
    pub candles: u64,
    pub refused: u64,
    pub expected: u64,
}

/// How a day was answered, where it was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Accounted {
    Finally,
    Provisionally,
    Not,
}

impl Judged<'_> {
    pub(crate) fn states(&self) -> BTreeMap<Day, DayState> {
        let accounted = self.accounted();
        let state = |day: Day| match accounted.get(&day).copied().unwrap_or(Accounted::Not) {
            _ if self.is_proven_empty(day) => DayState::ProvenEmpty,
            _ if self.is_proven_hole(day) => DayState::ProvenHole,
            Accounted::Finally => self.answered_state(day),
            Accounted::Provisionally => DayState::Provisional,
            Accounted::Not if self.facts.imported.contains(&day) => DayState::Imported,
            Accounted::Not if self.facts.pruned_at.is_some() => DayState::Pruned,
            Accounted::Not if self.has_failed => DayState::Failed,
            Accounted::Not => DayState::NotAsked,
        };
        self.wanted.days().map(|day| (day, state(day))).collect()
    }

    pub(crate) fn counts(&self) -> DayCounts {
        let mut counts = DayCounts::default();
        for state in self.states().into_values() {
            counts.add(state);
        }
        counts
    }

    fn accounted(&self) -> BTreeMap<Day, Accounted> {
        let mut accounted = BTreeMap::new();
        for answer in self.facts.answered.iter().filter(|a| a.outcome != Outcome::EmptyUnconfirmed) {
            let from = answer.range.from().max(self.wanted.from());
            let to = answer.range.to().min(self.wanted.to());
            let Ok(inside) = DayRange::new(from, to) else { continue };
            for day in inside.days() {
                let known = accounted.entry(day).or_insert(Accounted::Provisionally);
                if !answer.provisional {
                    *known = Accounted::Finally;
                }
            }
        }
        // On the closed days before a day of which a file was taken in nothing was traded.
        for (day, told) in &self.facts.exchange {
            let quiet = DayRange::new(told.quiet_from.max(self.wanted.from()), day.previous());
            for day in quiet.into_iter().flat_map(DayRange::days).filter(|day| self.wanted.contains(*day)) {
                accounted.insert(day, Accounted::Finally);
            }
        }
        accounted
    }

    /// The exchange says that nothing was traded, and there is no row to the contrary.
    fn is_proven_empty(&self, day: Day) -> bool {
        let facts = self.facts;
        !facts.days.contains_key(&day) && facts.exchange.get(&day).is_some_and(|told| !told.is_traded())
    }

    /// The exchange says that it was traded, it was asked for, and no row is here.
    pub(crate) fn is_proven_hole(&self, day: Day) -> bool {
        let facts = self.facts;
        let was_asked = !facts.answered.is_empty() || self.has_failed;
        was_asked
            && facts.pruned_at.is_none()
            && !facts.days.contains_key(&day)
            && facts.exchange.get(&day).is_some_and(ExchangeDay::is_traded)
    }

    fn answered_state(&self, day: Day) -> DayState {
        let days = &self.facts.days;
        match (days.contains_key(&day), self.market.is_open(day)) {
            (true, true) => return DayState::Traded,
            (true, false) => return DayState::TradedWhenClosed,
            (false, false) => return DayState::Closed,
            (false, true) => {}
        }
        if day < data_floor() {
            return DayState::BeforeFloor;
        }
        match (days.keys().next(), days.keys().next_back()) {
            (Some(first), _) if day < *first => DayState::BeforeFirst,
            (_, Some(last)) if day > *last => DayState::AfterLast,
            _ => DayState::NoTrade,
        }
    }

    /// Within the sessions.
    pub(crate) fn candles(&self) -> u64 {
        self.inside().map(|(day, stored)| self.in_session(*day, stored)).sum()
    }

    /// Outside the sessions.
    pub(crate) fn candles_outside(&self) -> u64 {
        self.inside().map(|(day, stored)| stored.candles - self.in_session(*day, stored)).sum()
    }

    /// Refused minutes of the wanted days.
    pub(crate) fn refused_inside(&self) -> BTreeMap<Day, u64> {
        let days = self.refused.range(self.wanted.from()..=self.wanted.to());
        days.map(|(day, minutes)| (*day, *minutes)).collect()
    }

    fn in_session(&self, day: Day, stored: &StoredDay) -> u64 {
        stored.candles.saturating_sub(self.outside.get(&day).copied().unwrap_or(0))
    }

    fn inside(&self) -> impl Iterator<Item = (&Day, &StoredDay)> {
        self.facts.days.range(self.wanted.from()..=self.wanted.to())
    }

    /// Candles for which each open day between the first and the last trade has room, the ends counted from the
    /// first minute and to the last.
    fn rooms(&self) -> Vec<Shortfall> {
        let (Some((first_day, first)), Some((last_day, last))) = (self.inside().next(), self.inside().last())
        else {
            return Vec::new();
        };
        let Ok(life) = DayRange::new(*first_day, *last_day) else { return Vec::new() };
        let room = |day: Day| {
            let from = if day == *first_day { first.first.minute_of_day() } else { 0 };
            let to = if day == *last_day { last.last.minute_of_day() + 1 } else { WHOLE_DAY };
            let candles = self.facts.days.get(&day).map_or(0, |stored| self.in_session(day, stored));
            let refused = self.refused.get(&day).copied().unwrap_or(0);
            Shortfall { day, candles, refused, expected: self.market.room(day, self.interval, from, to) }
        };
        life.days().map(room).filter(|room| room.expected > 0).collect()
    }

    pub(crate) fn expected(&self) -> u64 {
        self.rooms().iter().map(|room| room.expected).sum()
    }

    pub(crate) fn holes(&self) -> Vec<Shortfall> {
        let share = |room: &Shortfall| (room.candles + room.refused) as f64 / room.expected as f64;
        let rooms = self.rooms();
        let traded: Vec<&Shortfall> = rooms.iter().filter(|room| room.candles > 0).collect();
        let accounted = self.accounted();
        let is_known = |day: &Day| accounted.contains_key(day) || self.facts.days.contains_key(day);
        let is_full = |room: Option<&&Shortfall>| room.is_some_and(|room| share(room) >= FULL_SHARE);
        let is_hole = |room: &&Shortfall| {
            let at = traded.partition_point(|other| other.day < room.day);
            let after = if traded.get(at).is_some_and(|other| other.day == room.day) { at + 1 } else { at };
            is_known(&room.day)
                && share(room) < HOLE_SHARE
                && is_full(at.checked_sub(1).and_then(|before| traded.get(before)))
                && is_full(traded.get(after))
        };
        rooms.iter().filter(is_hole).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::AnsweredRange;

    static NONE: BTreeMap<Day, u64> = BTreeMap::new();

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn range(from: &str, to: &str) -> DayRange {
        DayRange::new(day(from), day(to)).unwrap()
    }

    fn stored(text: &str, candles: u64) -> (Day, StoredDay) {
        let (first, last) = (day(text).at_minute(555), day(text).at_minute(929));
        (day(text), StoredDay { candles, first, last, volume: 0, open_interest: 0 })
    }

    fn answered(from: &str, to: &str, outcome: Outcome, provisional: bool) -> AnsweredRange {
        AnsweredRange { range: range(from, to), outcome, provisional }
    }

    fn judged<'a>(facts: &'a SeriesFacts, market: &'a MarketDays, has_failed: bool) -> Judged<'a> {
        let wanted = range("2025-07-28", "2025-08-08");
        Judged {
            facts,
            interval: Interval::Minute1,
            wanted,
            has_failed,
            market,
            outside: &NONE,
            refused: &NONE,
        }
    }

    /// Monday 28 July to Friday 8 August 2025, ten sessions.
    #[test]
    fn each_day_is_what_the_answers_say() {
        let market = MarketDays::new(SeriesFacts::default());
        let facts = SeriesFacts {
            answered: vec![
                answered("2025-07-29", "2025-08-05", Outcome::Rows, false),
                answered("2025-08-06", "2025-08-06", Outcome::Rows, true),
                answered("2025-08-07", "2025-08-07", Outcome::EmptyUnconfirmed, false),
            ],
            days: [stored("2025-07-30", 375), stored("2025-08-04", 375)].into(),
            ..SeriesFacts::default()
        };
        let states = judged(&facts, &market, false).states();
        for (text, state) in [
            ("2025-07-28", DayState::NotAsked),
            ("2025-07-29", DayState::BeforeFirst),
            ("2025-07-30", DayState::Traded),
            ("2025-07-31", DayState::NoTrade),
            ("2025-08-02", DayState::Closed),
            ("2025-08-04", DayState::Traded),
            ("2025-08-05", DayState::AfterLast),
            ("2025-08-06", DayState::Provisional),
            ("2025-08-07", DayState::NotAsked),
        ] {
            assert_eq!(states[&day(text)], state, "{text}");
        }
        assert_eq!(judged(&facts, &market, true).states()[&day("2025-07-28")], DayState::Failed);
    }

    #[test]
    fn a_contract_without_a_trade_claims_no_listing_date() {
        let market = MarketDays::new(SeriesFacts::default());
        let facts = SeriesFacts {
            answered: vec![answered("2025-07-28", "2025-08-08", Outcome::Empty, false)],
            ..SeriesFacts::default()
        };
        let judged = judged(&facts, &market, false);
        assert_eq!(judged.counts().of(DayState::NoTrade), 10);
        assert_eq!((judged.expected(), judged.holes().len()), (0, 0));
        let before = Judged { wanted: range("2024-09-23", "2024-09-27"), ..judged };
        let facts = SeriesFacts {
            answered: vec![answered("2024-09-01", "2024-09-30", Outcome::Empty, false)],
            ..SeriesFacts::default()
        };
        assert_eq!(Judged { facts: &facts, ..before }.counts().of(DayState::BeforeFloor), 5);
    }

    #[test]
    fn a_hole_is_a_thin_day_between_full_ones() {
        let market = MarketDays::new(SeriesFacts::default());
        let week = |thin: u64, neighbour: u64| SeriesFacts {
            answered: vec![answered("2025-07-28", "2025-08-08", Outcome::Rows, false)],
            days: [("2025-07-28", neighbour), ("2025-07-29", 375), ("2025-07-30", thin), ("2025-07-31", 375)]
                .into_iter()
                .filter(|(_, candles)| *candles > 0)
                .map(|(text, candles)| stored(text, candles))
                .collect(),
            ..SeriesFacts::default()
        };
        let holes = |facts: SeriesFacts| judged(&facts, &market, false).holes();
        assert_eq!(
            holes(week(100, 375)),
            [Shortfall { day: day("2025-07-30"), candles: 100, refused: 0, expected: 375 }]
        );
        assert_eq!(holes(week(0, 375)).len(), 1, "no row at all");
        assert_eq!(holes(week(360, 375)), []);
        assert_eq!(holes(week(375, 40)), [], "the first day has no full day before it");
        let illiquid =
            SeriesFacts { days: [stored("2025-07-28", 40), stored("2025-07-30", 30)].into(), ..week(0, 0) };
        assert_eq!(holes(illiquid), []);
    }

    #[test]
    fn a_day_that_nobody_asked_for_is_no_hole() {
        let market = MarketDays::new(SeriesFacts::default());
        let days = [
            stored("2025-07-29", 375),
            stored("2025-07-30", 375),
            stored("2025-08-05", 375),
            stored("2025-08-06", 375),
        ];
        let asked = |later: &str| SeriesFacts {
            answered: vec![
                answered("2025-07-29", "2025-07-30", Outcome::Rows, false),
                answered(later, "2025-08-06", Outcome::Rows, false),
            ],
            days: days.into(),
            ..SeriesFacts::default()
        };
        let holes = |facts: SeriesFacts| {
            let holes = judged(&facts, &market, false).holes();
            holes.into_iter().map(|hole| hole.day).collect::<Vec<_>>()
        };
        assert_eq!(holes(asked("2025-08-05")), []);
        assert_eq!(holes(asked("2025-08-04")), [day("2025-08-04")], "asked, and nothing came");
        // A file brought little of it.
        let mut facts = asked("2025-08-05");
        facts.days.extend([stored("2025-08-01", 20)]);
        assert_eq!(holes(facts), [day("2025-08-01")]);
    }

    #[test]
    fn rows_beside_the_session_fill_no_hole_and_refused_minutes_make_none() {
        let market = MarketDays::new(SeriesFacts::default());
        let days = [("2025-07-28", 376), ("2025-07-29", 375), ("2025-07-30", 375), ("2025-07-31", 375)];
        let facts = SeriesFacts {
            answered: vec![answered("2025-07-28", "2025-08-08", Outcome::Rows, false)],
            days: days.into_iter().map(|(text, candles)| stored(text, candles)).collect(),
            ..SeriesFacts::default()
        };
        let outside = [(day("2025-07-28"), 1), (day("2025-07-30"), 275)].into();
        let beside = Judged { outside: &outside, ..judged(&facts, &market, false) };
        assert_eq!((beside.candles(), beside.candles_outside(), beside.expected()), (1225, 276, 1500));
        let hole = Shortfall { day: day("2025-07-30"), candles: 100, refused: 0, expected: 375 };
        assert_eq!(beside.holes(), [hole]);
        let refused = [(day("2025-07-30"), 275)].into();
        assert_eq!(Judged { refused: &refused, ..beside }.holes(), []);
    }

    #[test]
    fn a_closed_day_with_rows_is_odd_unless_the_underlying_traded() {
        let facts = SeriesFacts {
            answered: vec![answered("2025-07-28", "2025-08-08", Outcome::Rows, false)],
            days: [stored("2025-08-02", 60)].into(),
            ..SeriesFacts::default()
        };
        let state = |market: &MarketDays| judged(&facts, market, false).states()[&day("2025-08-02")];
        assert_eq!(state(&MarketDays::new(SeriesFacts::default())), DayState::TradedWhenClosed, "a Saturday");
        assert_eq!(state(&MarketDays::new(facts.clone())), DayState::Traded);
        // A session of which no hours are known is a session.
        let market = MarketDays::new(SeriesFacts::default());
        let facts = SeriesFacts {
            answered: vec![answered("2026-11-01", "2026-11-10", Outcome::Rows, false)],
            days: [stored("2026-11-08", 60)].into(),
            ..SeriesFacts::default()
        };
        let sunday = Judged { wanted: range("2026-11-08", "2026-11-08"), ..judged(&facts, &market, false) };
        assert_eq!(sunday.states()[&day("2026-11-08")], DayState::Traded);
    }
}
