//! What says where an underlying stood when a day closed: its own last candle, and the last minutes in which calls and
//! puts of one strike both traded. Each is found by its key, however much is stored.

use std::ops::Range;

use market::{CallAndPut, Candle, EpochSeconds, Interval, Paise, Strike};
use rusqlite::{Connection, params};

use crate::candles::{candle_of_row, find_series};
use crate::error::Result;
use crate::price_scale::PriceScale;
use crate::queries::{first_row, rows};
use crate::{ExpiryId, SeriesOwner, Store, UnderlyingId};

impl Store {
    /// The last 1-minute candle of an underlying within a span; of those with a trade alone, where it is asked for.
    pub async fn last_candle_of_underlying(
        &self,
        underlying: UnderlyingId,
        within: Range<EpochSeconds>,
        with_trade: bool,
    ) -> Result<Option<Candle>> {
        self.read(move |connection| {
            // One picture of the series: its rows are rescaled with its scale.
            let picture = connection.unchecked_transaction()?;
            let owner = SeriesOwner::Underlying(underlying);
            let Some(series) = find_series(&picture, owner, Interval::Minute1)? else { return Ok(None) };
            let scale = PriceScale::of_series(&picture, series)?;
            first_row(
                &picture,
                "SELECT ts, open, high, low, close, volume, open_interest FROM candle
                 WHERE series_id = ? AND ts >= ? AND ts < ? AND (volume > 0 OR NOT ?) ORDER BY ts DESC LIMIT 1",
                params![series.0, within.start.0, within.end.0, with_trade],
                |row| Ok(candle_of_row(row, scale)?),
            )
        })
        .await
    }

    /// Of each strike of an expiry the last minute within a span in which its call and its put both traded.
    pub async fn last_common_minutes(
        &self,
        expiry: ExpiryId,
        within: Range<EpochSeconds>,
    ) -> Result<Vec<CallAndPut>> {
        self.read(move |connection| {
            let picture = connection.unchecked_transaction()?;
            let pairs = rows(
                &picture,
                "SELECT c.strike, t.id, t.price_scale, u.id, u.price_scale
                 FROM contract c JOIN contract p ON p.expiry_id = c.expiry_id AND p.strike = c.strike
                                                AND p.kind = 'PE'
                 JOIN series t ON t.contract_id = c.id AND t.interval = ?2
                 JOIN series u ON u.contract_id = p.id AND u.interval = ?2
                 WHERE c.expiry_id = ?1 AND c.kind = 'CE'",
                params![expiry.0, Interval::Minute1.as_str()],
                |row| {
                    let scale = |column| PriceScale::of_column(row.get(column)?);
                    let strike = Strike(Paise(row.get(0)?));
                    Ok(Pair { strike, call: (row.get(1)?, scale(2)?), put: (row.get(3)?, scale(4)?) })
                },
            )?;
            let common = pairs.into_iter().map(|pair| pair.last_common_minute(&picture, &within));
            common.filter_map(Result::transpose).collect()
        })
        .await
    }
}

/// The series of a call and of the put of its strike, each with the scale of its prices.
struct Pair {
    strike: Strike,
    call: (i64, PriceScale),
    put: (i64, PriceScale),
}

impl Pair {
    fn last_common_minute(
        &self,
        connection: &Connection,
        within: &Range<EpochSeconds>,
    ) -> Result<Option<CallAndPut>> {
        first_row(
            connection,
            "SELECT k.ts, k.close, p.close FROM candle k JOIN candle p ON p.series_id = ?2 AND p.ts = k.ts
             WHERE k.series_id = ?1 AND k.ts >= ?3 AND k.ts < ?4 AND k.volume > 0 AND p.volume > 0
             ORDER BY k.ts DESC LIMIT 1",
            params![self.call.0, self.put.0, within.start.0, within.end.0],
            |row| {
                Ok(CallAndPut {
                    strike: self.strike,
                    at: EpochSeconds(row.get(0)?),
                    call: self.call.1.price(row.get(1)?),
                    put: self.put.1.price(row.get(2)?),
                })
            },
        )
    }
}
