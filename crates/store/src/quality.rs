//! What a person who uses the candles of an underlying should know of them: read from totals, from the rows of days and
//! from what was kept of odd things; of candles only those of one day of one contract.

use std::collections::BTreeMap;

use market::{Candle, ContractKind, Day, EpochSeconds, ExpiredKey, InstrumentKey, Interval};
use rusqlite::{Row, params};

use crate::candles::candle_at;
use crate::columns::{count, expired_key, moment, parse_column};
use crate::error::Result;
use crate::price_scale::PriceScale;
use crate::queries::{one_row, rows};
use crate::{ContractId, ExpiryId, RequestId, Store, UnderlyingId};

/// What is wrong with an expiry at a glance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExpiryTroubles {
    /// Contracts whose newest asking failed.
    pub failed: u64,
    /// Days that the exchange's file showed to be holes, and that have no minute to this day.
    pub holes: u64,
}

/// A minute of which something came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MinuteSeen {
    Traded,
    /// A candle without volume.
    WithoutTrade,
    Refused,
}

/// Lots and ticks of the contracts of a kind of an expiry, least and largest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractTerms {
    pub expiry: Day,
    pub kind: ContractKind,
    pub lots: (i64, i64),
    /// Paise.
    pub ticks: (i64, i64),
}

/// A stored candle that a later answer changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionRow {
    /// A trading symbol, or the name of the underlying.
    pub of: String,
    pub at: EpochSeconds,
    pub changed_at: EpochSeconds,
}

/// The same with both rows, for whoever compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedCandleRow {
    pub id: i64,
    /// `None`: the underlying's own.
    pub expired_key: Option<ExpiredKey>,
    pub of: String,
    pub interval: Interval,
    pub old: Candle,
    /// `None` where the candle was removed since.
    pub stored: Option<Candle>,
    pub changed_at: EpochSeconds,
    pub request: RequestId,
}

/// Of a query over `series s`: it is of the underlying, or of a contract of it.
const OF_UNDERLYING: &str = "JOIN series s ON s.id = r.series_id LEFT JOIN contract c ON c.id = s.contract_id
     LEFT JOIN expiry e ON e.id = c.expiry_id JOIN underlying u ON u.id = coalesce(s.underlying_id, e.underlying_id)";

impl Store {
    /// Of every expiry that has some.
    pub async fn troubles(&self) -> Result<BTreeMap<(InstrumentKey, Day), ExpiryTroubles>> {
        self.read(|connection| {
            let mut all: BTreeMap<(InstrumentKey, Day), ExpiryTroubles> = BTreeMap::new();
            let read = |row: &Row<'_>| Ok(((parse_column(row, 0)?, parse_column(row, 1)?), count(row, 2)?));
            const FAILED: &str = "SELECT u.key, e.date, count(DISTINCT t.contract_id)
                 FROM job_unit t JOIN expiry e ON e.id = t.expiry_id JOIN underlying u ON u.id = e.underlying_id
                 WHERE t.state = 'failed' AND t.contract_id IS NOT NULL AND NOT EXISTS (
                     SELECT 1 FROM job_unit n WHERE n.contract_id = t.contract_id AND n.id > t.id)
                 GROUP BY e.id";
            for (expiry, failed) in rows(connection, FAILED, [], read)? {
                all.entry(expiry).or_default().failed = failed;
            }
            const HOLES: &str = "SELECT u.key, e.date, count(*) FROM proved_day p
                 JOIN contract c ON c.id = p.contract_id JOIN expiry e ON e.id = c.expiry_id
                 JOIN underlying u ON u.id = e.underlying_id
                 WHERE p.is_hole = 1 AND NOT EXISTS (
                     SELECT 1 FROM series s JOIN series_day d ON d.series_id = s.id AND d.day = p.day
                     WHERE s.contract_id = p.contract_id AND s.interval = '1minute')
                 GROUP BY e.id";
            for (expiry, holes) in rows(connection, HOLES, [], read)? {
                all.entry(expiry).or_default().holes = holes;
            }
            Ok(all)
        })
        .await
    }

    /// The minutes of a contract's day of which something came, by their minute after midnight IST.
    pub async fn minutes_seen(
        &self,
        contract: ContractId,
        interval: Interval,
        day: Day,
    ) -> Result<BTreeMap<u16, MinuteSeen>> {
        self.read(move |connection| {
            let between = params![contract.0, interval.as_str(), day.start().0, day.next().start().0];
            let refused = rows(
                connection,
                "SELECT q.ts FROM series s JOIN quarantine q ON q.series_id = s.id
                 WHERE s.contract_id = ? AND s.interval = ? AND q.ts >= ? AND q.ts < ?",
                between,
                |row| Ok((moment(row, 0)?.minute_of_day(), MinuteSeen::Refused)),
            )?;
            let stored = rows(
                connection,
                "SELECT k.ts, k.volume FROM series s JOIN candle k ON k.series_id = s.id
                 WHERE s.contract_id = ? AND s.interval = ? AND k.ts >= ? AND k.ts < ?",
                between,
                |row| {
                    let has_trade = row.get::<_, i64>(1)? > 0;
                    let seen = if has_trade { MinuteSeen::Traded } else { MinuteSeen::WithoutTrade };
                    Ok((moment(row, 0)?.minute_of_day(), seen))
                },
            )?;
            Ok(refused.into_iter().chain(stored).collect())
        })
        .await
    }

    /// Days of an expiry's 1-minute series whose figures are those of the day before, all of them.
    pub async fn copied_days(&self, expiry: ExpiryId) -> Result<Vec<(ContractId, Day, Day)>> {
        /// Fewer minutes are alike by chance.
        const MINUTES_MIN: i64 = 10;
        self.read(move |connection| {
            rows(
                connection,
                "SELECT contract_id, day, day_before FROM (
                     SELECT s.contract_id, d.*, lag(d.day) OVER before AS day_before,
                            (d.candles, d.volume, d.open_interest, d.traded_high, d.traded_low, d.traded_last) =
                            (lag(d.candles) OVER before, lag(d.volume) OVER before, lag(d.open_interest) OVER before,
                             lag(d.traded_high) OVER before, lag(d.traded_low) OVER before,
                             lag(d.traded_last) OVER before) AS is_alike
                     FROM contract c JOIN series s ON s.contract_id = c.id AND s.interval = '1minute'
                     JOIN series_day d ON d.series_id = s.id
                     WHERE c.expiry_id = ?1 WINDOW before AS (PARTITION BY d.series_id ORDER BY d.day))
                 WHERE is_alike AND candles >= ?2 AND volume > 0",
                params![expiry.0, MINUTES_MIN],
                |row| Ok((ContractId(row.get(0)?), parse_column(row, 1)?, parse_column(row, 2)?)),
            )
        })
        .await
    }

    /// Days of an expiry's 1-minute series with candles of minutes without a trade, and how many of them.
    pub async fn days_without_trade(&self, expiry: ExpiryId) -> Result<Vec<(ContractId, Day, u64)>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT s.contract_id, d.day, d.zero_volume FROM contract c
                 JOIN series s ON s.contract_id = c.id AND s.interval = '1minute'
                 JOIN series_day d ON d.series_id = s.id
                 WHERE c.expiry_id = ? AND d.zero_volume > 0",
                [expiry.0],
                |row| Ok((ContractId(row.get(0)?), parse_column(row, 1)?, count(row, 2)?)),
            )
        })
        .await
    }

    /// By expiry, oldest first, and by kind.
    pub async fn contract_terms(&self, underlying: UnderlyingId) -> Result<Vec<ContractTerms>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT e.date, c.kind, min(c.lot_size), max(c.lot_size), min(c.tick_size), max(c.tick_size)
                 FROM expiry e JOIN contract c ON c.expiry_id = e.id WHERE e.underlying_id = ?
                 GROUP BY e.id, c.kind ORDER BY e.date, c.kind",
                [underlying.0],
                |row| {
                    Ok(ContractTerms {
                        expiry: parse_column(row, 0)?,
                        kind: parse_column(row, 1)?,
                        lots: (row.get(2)?, row.get(3)?),
                        ticks: (row.get(4)?, row.get(5)?),
                    })
                },
            )
        })
        .await
    }

    /// Open refused things of an underlying, its contracts and its lists, by reason, most first, at most so many reasons.
    pub async fn refused_reasons(&self, underlying: UnderlyingId, most: u32) -> Result<Vec<(String, u64)>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT q.reason, count(*) AS things FROM quarantine q
                 LEFT JOIN series s ON s.id = q.series_id LEFT JOIN contract c ON c.id = s.contract_id
                 LEFT JOIN expiry e ON e.id = coalesce(c.expiry_id, q.expiry_id)
                 WHERE q.settled_at IS NULL AND ?1 = coalesce(q.underlying_id, s.underlying_id, e.underlying_id)
                 GROUP BY q.reason ORDER BY things DESC, q.reason LIMIT ?2",
                params![underlying.0, most],
                |row| Ok((row.get(0)?, count(row, 1)?)),
            )
        })
        .await
    }

    /// Stored candles that later answers changed, newest change first: below an id, of a contract or of an underlying
    /// and its contracts where these are given, at most so many.
    pub async fn changed_candles(
        &self,
        underlying: Option<UnderlyingId>,
        contract: Option<ContractId>,
        before: Option<i64>,
        most: u32,
    ) -> Result<Vec<ChangedCandleRow>> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT r.ts, r.open, r.high, r.low, r.close, r.volume, r.open_interest,
                        k.ts, k.open, k.high, k.low, k.close, k.volume, k.open_interest,
                        r.id, c.id, coalesce(c.trading_symbol, u.name), s.interval, s.price_scale, a.at, a.id,
                        c.segment, c.exchange_token, c.key_date
                 FROM revision r {OF_UNDERLYING} JOIN fetch_audit a ON a.id = r.new_request_id
                 LEFT JOIN candle k ON k.series_id = r.series_id AND k.ts = r.ts
                 WHERE r.id < ?1 AND (?2 IS NULL OR u.id = ?2) AND (?3 IS NULL OR c.id = ?3)
                 ORDER BY r.id DESC LIMIT ?4"
            );
            let wanted =
                params![before.unwrap_or(i64::MAX), underlying.map(|of| of.0), contract.map(|of| of.0), most];
            rows(connection, &sql, wanted, |row| {
                let scale = PriceScale::of_column(row.get(18)?)?;
                let (stored, contract): (Option<i64>, Option<i64>) = (row.get(7)?, row.get(15)?);
                Ok(ChangedCandleRow {
                    id: row.get(14)?,
                    expired_key: contract.map(|_| expired_key(row)).transpose()?,
                    of: row.get(16)?,
                    interval: parse_column(row, 17)?,
                    old: candle_at(row, 0, scale)?,
                    stored: stored.map(|_| candle_at(row, 7, scale)).transpose()?,
                    changed_at: moment(row, 19)?,
                    request: RequestId(row.get(20)?),
                })
            })
        })
        .await
    }

    /// How many revisions there are of an underlying and its contracts, and the newest of them.
    pub async fn revisions(&self, underlying: UnderlyingId, most: u32) -> Result<(u64, Vec<RevisionRow>)> {
        self.read(move |connection| {
            let all = format!("SELECT count(*) FROM revision r {OF_UNDERLYING} WHERE u.id = ?");
            let all = one_row(connection, &all, [underlying.0], |row| Ok(count(row, 0)?))?;
            let newest = format!(
                "SELECT coalesce(c.trading_symbol, u.name), r.ts, a.at FROM revision r {OF_UNDERLYING}
                 JOIN fetch_audit a ON a.id = r.new_request_id WHERE u.id = ? ORDER BY r.id DESC LIMIT ?"
            );
            let newest = rows(connection, &newest, params![underlying.0, most], |row| {
                Ok(RevisionRow { of: row.get(0)?, at: moment(row, 1)?, changed_at: moment(row, 2)? })
            })?;
            Ok((all, newest))
        })
        .await
    }
}
