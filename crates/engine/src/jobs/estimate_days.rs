//! The days of an estimate: which sessions lie in the days that are still to be asked for, and what is known of
//! the stored ones, both counted by how long before its expiry a day lies. Pure.

use std::collections::{BTreeMap, HashMap};

use market::{Day, DayRange, Interval, TradingCalendar, UnderlyingKind};
use store::{AnsweredContract, ExpiryDay, ExpiryId};

use crate::final_days::data_floor;
use crate::jobs::density::{Class, Counted, Profile, STRETCHES, stretch_of};

/// Before so many days nothing is counted: it would say more of long-dated contracts than of any other.
const KNOWN_DAYS_MAX: i64 = 130;
/// Minutes of a day's one bar.
const DAY_BAR: u32 = 375;

/// Minutes of a bar.
pub(crate) fn bar_minutes(interval: Interval) -> u32 {
    interval.minutes().map_or(DAY_BAR, u32::from)
}

pub(crate) fn class(underlying: UnderlyingKind, weekly: Option<bool>, is_option: bool) -> Class {
    match (underlying, is_option) {
        (UnderlyingKind::Stock, true) => Class::StockOption,
        (UnderlyingKind::Stock, false) => Class::StockFuture,
        (UnderlyingKind::Index, false) => Class::IndexFuture,
        (UnderlyingKind::Index, true) if weekly == Some(true) => Class::WeeklyOption,
        (UnderlyingKind::Index, true) => Class::IndexOption,
    }
}

/// Sessions of a range and the bars that they have room for, by stretch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Room {
    pub sessions: [f64; STRETCHES],
    pub bars: [f64; STRETCHES],
}

/// The sessions before one expiry. Contracts of an expiry are mostly asked for the same days, so each range is
/// counted once.
pub(crate) struct Sessions {
    expiry: Day,
    interval: Interval,
    counted: HashMap<DayRange, Room>,
}

impl Sessions {
    pub(crate) fn new(expiry: Day, interval: Interval) -> Self {
        Self { expiry, interval, counted: HashMap::new() }
    }

    pub(crate) fn room(&mut self, range: DayRange) -> Room {
        if let Some(room) = self.counted.get(&range) {
            return *room;
        }
        let room = self.count(range);
        self.counted.insert(range, room);
        room
    }

    fn count(&self, range: DayRange) -> Room {
        let mut room = Room::default();
        let Ok(range) = DayRange::new(range.from().max(data_floor()), range.to().min(self.expiry)) else {
            return room;
        };
        for day in range.days() {
            let minutes = u32::from(TradingCalendar::bundled().day(day).minutes());
            if minutes > 0 {
                let stretch = stretch_of(days_left(self.expiry, day));
                room.sessions[stretch] += 1.0;
                room.bars[stretch] += match self.interval.minutes() {
                    Some(bar) => f64::from(minutes.div_ceil(u32::from(bar))),
                    None => 1.0,
                };
            }
        }
        room
    }
}

fn days_left(expiry: Day, day: Day) -> u32 {
    (expiry.days_since_1970() - day.days_since_1970()).try_into().unwrap_or(0)
}

/// What is known of the contracts of one sort of each expiry: the sessions that are answered for good, and what
/// came of them.
pub(crate) fn profiles<'a>(
    answered: impl Iterator<Item = &'a AnsweredContract>,
    stored: &[ExpiryDay],
    interval: Interval,
) -> BTreeMap<(ExpiryId, bool), Profile> {
    let mut profiles: BTreeMap<(ExpiryId, bool), Profile> = BTreeMap::new();
    let mut sessions: HashMap<ExpiryId, Sessions> = HashMap::new();
    let mut dates: HashMap<ExpiryId, Day> = HashMap::new();
    for contract in answered {
        dates.insert(contract.expiry_id, contract.expiry);
        let of_expiry =
            sessions.entry(contract.expiry_id).or_insert_with(|| Sessions::new(contract.expiry, interval));
        let profile = profiles.entry((contract.expiry_id, contract.kind.is_option())).or_default();
        let rooms: Vec<Room> = known_parts(contract).map(|range| of_expiry.room(range)).collect();
        for (stretch, counted) in profile.0.iter_mut().enumerate() {
            let known: f64 = rooms.iter().map(|room| room.sessions[stretch]).sum();
            counted.contracts += 1;
            counted.answered += u64::from(known > 0.0);
            counted.sessions += known;
            counted.room += rooms.iter().map(|room| room.bars[stretch]).sum::<f64>();
        }
    }
    for day in stored {
        let Some(expiry) = dates.get(&day.expiry) else { continue };
        let left = days_left(*expiry, day.day);
        if i64::from(left) > KNOWN_DAYS_MAX {
            continue;
        }
        if let Some(Counted { candles, sessions_with_a_row, .. }) =
            profiles.get_mut(&(day.expiry, day.are_options)).map(|profile| &mut profile.0[stretch_of(left)])
        {
            *candles += day.candles as f64;
            *sessions_with_a_row += day.contracts as f64;
        }
    }
    profiles
}

/// The answered days, each once: answers may overlap.
fn known_parts(contract: &AnsweredContract) -> impl Iterator<Item = DayRange> {
    let counted_from = contract.expiry.plus_days(-KNOWN_DAYS_MAX);
    let mut ranges = contract.for_good.clone();
    ranges.sort_by_key(|range| range.from());
    let mut next = counted_from;
    ranges.into_iter().filter_map(move |range| {
        let part = DayRange::new(range.from().max(next), range.to()).ok()?;
        next = part.to().next();
        Some(part)
    })
}
