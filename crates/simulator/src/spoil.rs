//! Faults within the rows of an answer. Each keeps the right rows among the wrong ones, so that a client
//! that checks its rows can still have the truth.

use std::collections::BTreeSet;

use market::{Candle, Day, DayRange, Paise, Price};

use crate::inject::RowFaults;
use crate::world::Draws;

/// One row in so many is struck, at least one.
const ROWS_PER_STRIKE: u64 = 50;
const WRONG_DAY_ROWS_MAX: usize = 10;

/// `rows` newest first, as they would be sent.
pub fn spoil(rows: &mut Vec<Candle>, faults: RowFaults, days: DayRange, seed: u64) {
    if rows.is_empty() {
        return;
    }
    let mut draws = Draws::of(&[seed, 31]);
    if faults.wrong_days {
        add_wrong_days(rows, days);
    }
    if faults.impossible {
        for place in picks(rows.len(), &mut draws) {
            make_impossible(&mut rows[place]);
        }
    }
    if faults.duplicate {
        repeat_rows(rows, &mut draws, |_| {});
    }
    if faults.conflicting {
        repeat_rows(rows, &mut draws, change_close);
    }
    if faults.unsorted {
        shuffle(rows, &mut draws);
    }
}

/// Copies of the newest rows, moved to before and after the asked days.
fn add_wrong_days(rows: &mut Vec<Candle>, days: DayRange) {
    let seconds = days.day_count() * 86_400;
    let strangers: Vec<Candle> = rows
        .iter()
        // Of a wide answer the others are strangers already, and moving one could bring it in.
        .filter(|row| days.contains(row.start.day()))
        .take(WRONG_DAY_ROWS_MAX)
        .enumerate()
        .map(|(place, row)| {
            let mut stranger = *row;
            stranger.start.0 += if place % 2 == 0 { -seconds } else { seconds };
            stranger
        })
        .collect();
    rows.extend(strangers);
}

fn a_tick_above(price: Price) -> Price {
    Price(price.0 + Price::from(Paise(5)).0)
}

fn make_impossible(row: &mut Candle) {
    let prices = &mut row.prices;
    prices.low = a_tick_above(prices.high);
}

fn repeat_rows(rows: &mut Vec<Candle>, draws: &mut Draws, change: impl Fn(&mut Candle)) {
    for place in picks(rows.len(), draws) {
        let mut again = rows[place];
        change(&mut again);
        rows.insert(place, again);
    }
}

/// Another possible row: close at the low, or above it where it was there, the row still consistent.
fn change_close(row: &mut Candle) {
    let prices = &mut row.prices;
    if prices.close != prices.low {
        prices.close = prices.low;
    } else {
        prices.close = a_tick_above(prices.high);
        prices.high = prices.close;
    }
}

/// The day's contradictory minute, in every answer alike.
pub fn contradict(rows: &mut Vec<Candle>, minute: u16) {
    for place in (0..rows.len()).rev() {
        if rows[place].start.minute_of_day() == minute {
            let mut other = rows[place];
            change_close(&mut other);
            rows.insert(place, other);
        }
    }
}

/// Rows that will be written so that nobody can read them.
pub fn unreadable(count: usize, faults: RowFaults, seed: u64) -> BTreeSet<usize> {
    if faults.all_unreadable {
        return (0..count).collect();
    }
    if !faults.unreadable || count == 0 {
        return BTreeSet::new();
    }
    picks(count, &mut Draws::of(&[seed, 32])).into_iter().collect()
}

/// `rows` oldest first; without the last one to five days of trading, where older ones are left.
pub fn cut_tail(rows: &mut Vec<Candle>, seed: u64) {
    const DAYS_MAX: u64 = 5;
    let mut days: Vec<Day> = rows.iter().map(|row| row.start.day()).collect();
    days.dedup();
    let wanted = 1 + Draws::of(&[seed, 33]).below(DAYS_MAX) as usize;
    let left = days.len().saturating_sub(wanted).max(1);
    if let Some(end) = days.get(left) {
        rows.truncate(rows.partition_point(|row| row.start < end.start()));
    }
}

/// Places, descending, so that inserting at one leaves the rest where they are.
fn picks(count: usize, draws: &mut Draws) -> Vec<usize> {
    let wanted = (count as u64).div_ceil(ROWS_PER_STRIKE);
    let mut places: Vec<usize> = (0..wanted).map(|_| draws.below(count as u64) as usize).collect();
    places.sort_unstable_by(|one, other| other.cmp(one));
    places.dedup();
    places
}

fn shuffle(rows: &mut [Candle], draws: &mut Draws) {
    for place in (1..rows.len()).rev() {
        let other = draws.below(place as u64 + 1) as usize;
        rows.swap(place, other);
    }
}
