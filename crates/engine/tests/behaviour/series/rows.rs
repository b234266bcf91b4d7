//! What is stored, as SQL tells it: each series of minutes in a map, asked by brute force.

use std::collections::{BTreeMap, BTreeSet};

use market::{Day, EpochSeconds};
use rusqlite::Connection;

use crate::common::Stage;

/// Close in rupees, volume, open interest.
type Row = (f64, i64, i64);
pub type Minutes = BTreeMap<i64, Row>;

/// The minutes of an expiry's contracts, and of the index.
pub struct Rows {
    /// By strike in paise, call and put.
    pub options: BTreeMap<i64, [Minutes; 2]>,
    pub future: Minutes,
    pub index: Minutes,
}

impl Rows {
    pub fn of(stage: &Stage, expiry: &str) -> Self {
        let connection = Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
        let minutes = |series: i64| -> Minutes {
            let mut rows = connection
                .prepare(
                    "SELECT k.ts, k.close * 1.0 / s.price_scale, k.volume, k.open_interest
                     FROM candle k JOIN series s ON s.id = k.series_id WHERE s.id = ?",
                )
                .unwrap();
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?)));
            rows.query_map([series], row).unwrap().map(Result::unwrap).collect()
        };
        let mut rows = Self { options: BTreeMap::new(), future: Minutes::new(), index: Minutes::new() };
        let mut listed = connection
            .prepare(
                "SELECT s.id, c.kind, c.strike FROM contract c JOIN expiry e ON e.id = c.expiry_id
                 JOIN series s ON s.contract_id = c.id AND s.interval = '1minute' WHERE e.date = ?",
            )
            .unwrap();
        let contract = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        for contract in listed.query_map([expiry], contract).unwrap() {
            let (series, kind, strike): (i64, String, Option<i64>) = contract.unwrap();
            match kind.as_str() {
                "FUT" => rows.future = minutes(series),
                "CE" => rows.options.entry(strike.unwrap()).or_default()[0] = minutes(series),
                _ => rows.options.entry(strike.unwrap()).or_default()[1] = minutes(series),
            }
        }
        let index = "SELECT id FROM series WHERE underlying_id IS NOT NULL AND interval = '1minute'";
        rows.index = minutes(connection.query_row(index, [], |row| row.get(0)).unwrap());
        rows
    }

    /// Every minute in which anything is stored, of the days on which a contract has one.
    pub fn minutes(&self) -> BTreeSet<EpochSeconds> {
        let contracts = || self.options.values().flatten().chain([&self.future]).flat_map(BTreeMap::keys);
        let days: BTreeSet<Day> = contracts().map(|ts| EpochSeconds(*ts).day()).collect();
        let all = contracts().chain(self.index.keys()).map(|ts| EpochSeconds(*ts));
        all.filter(|at| days.contains(&at.day())).collect()
    }

    /// The listed strike nearest the future's last trade, which is at most three minutes old; where that had not traded, the
    /// nearest that had, if no farther from the forward than the step there.
    pub fn at_the_money(&self, at: EpochSeconds) -> Option<(i64, f64)> {
        let forward = traded(&self.future, at, 3)?;
        let distance = |strike: i64| (strike as f64 / 100.0 - forward).abs();
        let nearest = |strikes: &[i64]| {
            strikes.iter().copied().min_by(|one, other| distance(*one).total_cmp(&distance(*other)))
        };
        let listed: Vec<i64> = self.options.keys().copied().collect();
        let (listed_one, ladder) = (nearest(&listed)?, self.ladder(at));
        let above = listed.partition_point(|strike| *strike as f64 / 100.0 <= forward);
        let step = (listed[above] - listed[above - 1]) as f64 / 100.0;
        let near: Vec<i64> = ladder.into_iter().filter(|strike| distance(*strike) <= step).collect();
        let money =
            if near.contains(&listed_one) { listed_one } else { nearest(&near).unwrap_or(listed_one) };
        Some((money, forward))
    }

    /// Strikes that had traded by then on either side, upwards.
    pub fn ladder(&self, at: EpochSeconds) -> Vec<i64> {
        let had_traded = |sides: &[Minutes; 2]| sides.iter().any(|side| last_trade(side, at).is_some());
        self.options.iter().filter(|(_, sides)| had_traded(sides)).map(|(strike, _)| *strike).collect()
    }

    /// Of each side: units open, and traded on the day so far, of what had traded by then.
    pub fn totals(&self, at: EpochSeconds) -> [(i64, i64); 2] {
        [0, 1].map(|side| {
            let sides = self.options.values().map(|sides| &sides[side]);
            let traded = sides.filter(|minutes| last_trade(minutes, at).is_some());
            traded.fold((0, 0), |(open, volume), minutes| {
                let day = at.day().start().0..=at.0;
                let of_day: i64 = minutes.range(day).map(|(_, row)| row.1).sum();
                (open + open_interest(minutes, at), volume + of_day)
            })
        })
    }

    /// The strike of which writers would pay least, tried for all.
    pub fn max_pain(&self, at: EpochSeconds) -> Option<f64> {
        let traded: Vec<(i64, [i64; 2])> = self
            .options
            .iter()
            .filter(|(_, sides)| sides.iter().any(|side| last_trade(side, at).is_some()))
            .map(|(strike, sides)| {
                let open = |side: &Minutes| last_trade(side, at).map_or(0, |_| open_interest(side, at));
                (*strike, [open(&sides[0]), open(&sides[1])])
            })
            .collect();
        let paid = |settled: i64| -> i64 {
            let of = |(strike, [calls, puts]): &(i64, [i64; 2])| {
                (settled - strike).max(0) * calls + (strike - settled).max(0) * puts
            };
            traded.iter().map(of).sum()
        };
        let least = traded.iter().map(|(strike, _)| *strike).min_by_key(|strike| (paid(*strike), *strike));
        least.map(|strike| strike as f64 / 100.0)
    }
}

fn last_trade(minutes: &Minutes, at: EpochSeconds) -> Option<(i64, f64)> {
    minutes.range(..=at.0).rev().find(|(_, row)| row.1 > 0).map(|(ts, row)| (*ts, row.0))
}

/// The last trade, where it is at most so many minutes old.
pub fn traded(minutes: &Minutes, at: EpochSeconds, age: i64) -> Option<f64> {
    last_trade(minutes, at).filter(|(ts, _)| at.0 - ts <= age * 60).map(|(_, price)| price)
}

fn open_interest(minutes: &Minutes, at: EpochSeconds) -> i64 {
    minutes.range(..=at.0).next_back().map_or(0, |(_, row)| row.2)
}
