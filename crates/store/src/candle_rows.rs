//! Writing candles, with what `series_day` says of their days: the hot path of collecting.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use market::{Candle, Day, EpochSeconds, Price, Prices};
use protocol::TradedPrices;
use rusqlite::{Connection, params, params_from_iter};

use crate::archiving::refuse_archived;
use crate::candles::candle_of_row;
use crate::error::Result;
use crate::price_scale::{PriceScale, make_room};
use crate::queries::change;
use crate::{RequestId, SeriesId};

/// The longest statement has 2⁹ rows; eight values each stay well below SQLite's 32,766 parameters.
const ROWS_POWER_MAX: u32 = 9;

/// By the power of two of their rows.
static INSERTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let insert = |power| {
        format!("INSERT INTO candle VALUES {}", vec!["(?,?,?,?,?,?,?,?)"; 1_usize << power].join(","))
    };
    (0..=ROWS_POWER_MAX).map(insert).collect()
});

/// How many rows are new, and how many were stored otherwise.
pub(crate) fn put_candles(
    connection: &Connection,
    series: SeriesId,
    candles: &[Candle],
    request: RequestId,
) -> Result<(u64, u64)> {
    let (Some(first), Some(last)) = (candles.first(), candles.last()) else { return Ok((0, 0)) };
    refuse_archived(connection, series)?;
    let scale = make_room(connection, series, candles)?;
    let scaled = Scaled { series, scale };
    let known = scaled.stored_between(connection, first.start.day(), last.start.day())?;
    let is_new = |candle: &&Candle| !known.contains_key(&candle.start);
    let fresh: Vec<&Candle> = candles.iter().filter(is_new).collect();
    scaled.insert(connection, &fresh)?;
    let mut revised = 0;
    for candle in candles {
        if known.get(&candle.start).is_some_and(|old| old != candle) {
            scaled.revise(connection, candle, request)?;
            revised += 1;
        }
    }
    if known.is_empty() {
        scaled.put_days(connection, &days_of(candles))?;
    } else if !fresh.is_empty() || revised > 0 {
        // Some rows of these days came with an earlier answer.
        let stored = scaled.stored_between(connection, first.start.day(), last.start.day())?;
        scaled.put_days(connection, &days_of(stored.values()))?;
    }
    Ok((fresh.len() as u64, revised))
}

/// Rows as they are, of a series that has none and whose days are known.
pub(crate) fn insert_candles(connection: &Connection, series: SeriesId, candles: &[Candle]) -> Result<()> {
    let scale = PriceScale::of_series(connection, series)?;
    Scaled { series, scale }.insert(connection, &candles.iter().collect::<Vec<_>>())
}

/// A series with the scale that its prices are stored in.
#[derive(Clone, Copy)]
struct Scaled {
    series: SeriesId,
    scale: PriceScale,
}

impl Scaled {
    /// Whole days, because a day's counts are made anew where any of its rows is known.
    fn stored_between(
        self,
        connection: &Connection,
        from: Day,
        to: Day,
    ) -> Result<BTreeMap<EpochSeconds, Candle>> {
        let mut statement = connection.prepare_cached(
            "SELECT ts, open, high, low, close, volume, open_interest FROM candle
             WHERE series_id = ? AND ts >= ? AND ts < ?",
        )?;
        let between = params![self.series.0, from.start().0, to.next().start().0];
        let rows = statement.query_map(between, |row| candle_of_row(row, self.scale))?;
        Ok(rows.map(|candle| candle.map(|candle| (candle.start, candle))).collect::<Result<_, _>>()?)
    }

    /// In statements of many rows, whose lengths are powers of two: a handful of them serves every number of rows,
    /// and each stays prepared.
    fn insert(self, connection: &Connection, mut candles: &[&Candle]) -> Result<()> {
        while let Some(power) = candles.len().checked_ilog2() {
            let power = power.min(ROWS_POWER_MAX);
            let (batch, rest) = candles.split_at(1 << power);
            let values = batch.iter().flat_map(|candle| self.row_of(candle));
            connection.prepare_cached(&INSERTS[power as usize])?.execute(params_from_iter(values))?;
            candles = rest;
        }
        Ok(())
    }

    fn row_of(self, candle: &Candle) -> [i64; 8] {
        let Prices { open, high, low, close } = candle.prices;
        let [open, high, low, close] = [open, high, low, close].map(|price| self.scale.stored(price));
        [self.series.0, candle.start.0, open, high, low, close, candle.volume, candle.open_interest]
    }

    /// The row as it is stored becomes a revision, and the newer one takes its place.
    fn revise(self, connection: &Connection, new: &Candle, request: RequestId) -> Result<()> {
        change(
            connection,
            "INSERT INTO revision (series_id, ts, open, high, low, close, volume, open_interest,
                                   old_request_id, new_request_id)
             SELECT series_id, ts, open, high, low, close, volume, open_interest,
                    (SELECT request_id FROM fetched_range WHERE series_id = ?1 AND from_day <= ?3 AND to_day >= ?3
                     ORDER BY id DESC LIMIT 1), ?4
             FROM candle WHERE series_id = ?1 AND ts = ?2",
            params![self.series.0, new.start.0, new.start.day().to_string(), request.0],
        )?;
        change(
            connection,
            "UPDATE candle SET open = ?3, high = ?4, low = ?5, close = ?6, volume = ?7, open_interest = ?8
             WHERE series_id = ?1 AND ts = ?2",
            self.row_of(new),
        )?;
        Ok(())
    }

    fn put_days(self, connection: &Connection, days: &[DayCount]) -> Result<()> {
        let mut statement = connection
            .prepare_cached("INSERT OR REPLACE INTO series_day VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
        let series = self.series;
        for count in days {
            let price = |of: fn(&TradedPrices) -> Price| {
                count.traded.as_ref().map(|traded| self.scale.stored(of(traded)))
            };
            statement.execute(params![
                series.0,
                count.day.to_string(),
                count.candles,
                count.first.0,
                count.last.0,
                count.zero_volume,
                count.volume,
                count.open_interest,
                price(|traded| traded.high),
                price(|traded| traded.low),
                price(|traded| traded.last),
            ])?;
        }
        // What follows from it a trigger keeps (migrations/0009).
        change(
            connection,
            "UPDATE series SET candles = (SELECT sum(candles) FROM series_day WHERE series_id = ?1) WHERE id = ?1",
            [series.0],
        )?;
        Ok(())
    }
}

/// A row of `series_day`.
struct DayCount {
    day: Day,
    candles: i64,
    first: EpochSeconds,
    last: EpochSeconds,
    zero_volume: i64,
    volume: i64,
    open_interest: i64,
    traded: Option<TradedPrices>,
}

/// Of candles in the order of time.
fn days_of<'a>(candles: impl IntoIterator<Item = &'a Candle>) -> Vec<DayCount> {
    let mut days: Vec<DayCount> = Vec::new();
    for candle in candles {
        if days.last().is_none_or(|count| !count.day.holds(candle.start)) {
            days.push(DayCount {
                day: candle.start.day(),
                candles: 0,
                first: candle.start,
                last: candle.start,
                zero_volume: 0,
                volume: 0,
                open_interest: 0,
                traded: None,
            });
        }
        let Some(count) = days.last_mut() else { continue };
        count.candles += 1;
        count.last = candle.start;
        count.zero_volume += i64::from(candle.volume == 0);
        count.volume += candle.volume;
        count.open_interest = candle.open_interest;
        if candle.volume > 0 {
            let Prices { high, low, close, .. } = candle.prices;
            let before = count.traded.unwrap_or(TradedPrices { last: close, high, low });
            count.traded =
                Some(TradedPrices { last: close, high: before.high.max(high), low: before.low.min(low) });
        }
    }
    days
}
