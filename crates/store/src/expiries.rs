//! Underlyings and their expiries.

use market::{ContractKind, Day, EpochSeconds, InstrumentKey, Interval, Reach, Underlying, UnderlyingKind};
use rusqlite::{Connection, Row, params};

use crate::columns::{moment_if_any, parse_column, text};
use crate::error::{Result, StoreError};
use crate::names::keep_former_names;
use crate::pruning::pruned_expiries;
use crate::queries::{change, first_row, one_row, rows};
use crate::totals::{Listed, SeriesTotal, listed_by_kind, series_totals};
use crate::{ExpiryId, Store, UnderlyingId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredExpiry {
    pub id: ExpiryId,
    pub underlying: UnderlyingId,
    pub date: Day,
    pub weekly: Option<bool>,
    pub options_listed: Option<EpochSeconds>,
    pub futures_listed: Option<EpochSeconds>,
}

/// An expiry with what is stored of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiryStats {
    pub expiry: StoredExpiry,
    /// How many of the listed contracts are answered so far back in the interval that was asked for.
    pub reaches: Vec<(ContractKind, Reach, u64)>,
    /// Of all intervals together.
    pub candles: u64,
    /// Those with candles.
    pub intervals: Vec<Interval>,
    /// When something of it was pruned last, whatever came since.
    pub pruned_at: Option<EpochSeconds>,
}

impl Store {
    /// Adds underlyings, or brings their names up to date.
    pub async fn put_underlyings(&self, underlyings: &[Underlying], now: EpochSeconds) -> Result<()> {
        let underlyings = underlyings.to_vec();
        self.write(move |transaction| put_underlyings(transaction, &underlyings, now)).await
    }

    pub async fn underlyings(&self) -> Result<Vec<(UnderlyingId, Underlying)>> {
        self.read(|connection| rows(connection, &format!("{UNDERLYINGS} ORDER BY id"), [], underlying_of_row))
            .await
    }

    pub async fn underlying(&self, key: &InstrumentKey) -> Result<Option<(UnderlyingId, Underlying)>> {
        let key = key.clone();
        self.read(move |connection| {
            let sql = format!("{UNDERLYINGS} WHERE key = ?");
            first_row(connection, &sql, [key.as_str()], underlying_of_row)
        })
        .await
    }

    pub async fn underlying_by_id(&self, id: UnderlyingId) -> Result<(UnderlyingId, Underlying)> {
        self.read(move |connection| {
            one_row(connection, &format!("{UNDERLYINGS} WHERE id = ?"), [id.0], underlying_of_row)
        })
        .await
    }

    /// All known expiries of an underlying, newest first.
    pub async fn expiries(&self, underlying: UnderlyingId) -> Result<Vec<StoredExpiry>> {
        self.read(move |connection| expiries_of(connection, underlying)).await
    }

    pub async fn expiry(&self, underlying: UnderlyingId, date: Day) -> Result<Option<StoredExpiry>> {
        self.read(move |connection| {
            let sql = format!("{EXPIRIES} WHERE e.underlying_id = ? AND e.date = ?");
            first_row(connection, &sql, params![underlying.0, date.to_string()], expiry_of_row)
        })
        .await
    }

    pub async fn expiry_by_id(&self, id: ExpiryId) -> Result<(InstrumentKey, StoredExpiry)> {
        self.read(move |connection| {
            one_row(connection, &format!("{EXPIRIES} WHERE e.id = ?"), [id.0], |row| {
                Ok((parse_column(row, "key")?, expiry_of_row(row)?))
            })
        })
        .await
    }

    /// The expiries of an underlying with what is stored of each, newest first.
    pub async fn expiry_stats(
        &self,
        underlying: UnderlyingId,
        interval: Interval,
    ) -> Result<Vec<ExpiryStats>> {
        let read = self.read(move |connection| {
            let expiries = expiries_of(connection, underlying)?;
            let (listed, totals) =
                (listed_by_kind(connection, underlying)?, series_totals(connection, underlying)?);
            Ok((expiries, listed, totals, pruned_expiries(connection, underlying)?))
        });
        let (expiries, mut listed, mut totals, pruned) = read.await?;
        let stats = |expiry: StoredExpiry| {
            let listed = listed.remove(&expiry.id).unwrap_or_default();
            let totals = totals.remove(&expiry.id).unwrap_or_default();
            let mut intervals: Vec<Interval> =
                totals.iter().filter(|total| total.candles > 0).map(|total| total.interval).collect();
            // They come interval by interval.
            intervals.dedup();
            ExpiryStats {
                candles: totals.iter().map(|total| total.candles).sum(),
                reaches: reaches(&listed, &totals, interval),
                intervals,
                pruned_at: pruned.get(&expiry.id).copied(),
                expiry,
            }
        };
        Ok(expiries.into_iter().map(stats).collect())
    }
}

pub(crate) fn put_underlyings(
    connection: &Connection,
    underlyings: &[Underlying],
    now: EpochSeconds,
) -> Result<()> {
    for underlying in underlyings {
        let Underlying { key, symbol, name, kind } = underlying;
        let segment = key.segment();
        keep_former_names(connection, underlying)?;
        change(
            connection,
            "INSERT INTO underlying (key, symbol, name, exchange, segment, kind, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (key) DO UPDATE SET symbol = excluded.symbol, name = excluded.name",
            params![key.as_str(), symbol, name, segment.exchange(), segment.as_str(), kind.as_str(), now.0],
        )?;
    }
    Ok(())
}

/// A contract without a series in the interval is not asked in it.
fn reaches(
    listed: &[(ContractKind, Listed)],
    totals: &[SeriesTotal],
    interval: Interval,
) -> Vec<(ContractKind, Reach, u64)> {
    let of_interval = || totals.iter().filter(|total| total.interval == interval);
    let asked = of_interval().map(|total| (total.kind, total.reach, total.series));
    let unasked = listed.iter().map(|(kind, listed)| {
        let with_series: u64 =
            of_interval().filter(|total| total.kind == *kind).map(|total| total.series).sum();
        (*kind, Reach::Unasked, listed.contracts.saturating_sub(with_series))
    });
    asked.chain(unasked).filter(|(_, _, contracts)| *contracts > 0).collect()
}

/// As [`underlying_of_row`] reads it.
const UNDERLYINGS: &str = "SELECT id, key, symbol, name, kind FROM underlying";

/// Of the columns `id`, `key`, `symbol`, `name` and `kind` of `underlying`.
pub(crate) fn underlying_of_row(row: &Row<'_>) -> Result<(UnderlyingId, Underlying)> {
    let kind = match text(row, "kind")? {
        "index" => UnderlyingKind::Index,
        "stock" => UnderlyingKind::Stock,
        unknown => return Err(StoreError::unreadable(format!("\"{unknown}\" is no kind of underlying"))),
    };
    let (key, symbol, name) = (parse_column(row, "key")?, row.get("symbol")?, row.get("name")?);
    Ok((UnderlyingId(row.get("id")?), Underlying { key, symbol, name, kind }))
}

/// As [`expiry_of_row`] reads it.
const EXPIRIES: &str =
    "SELECT e.id, e.underlying_id, e.date, e.weekly, e.options_listed, e.futures_listed, u.key
    FROM expiry e JOIN underlying u ON u.id = e.underlying_id";

fn expiries_of(connection: &Connection, underlying: UnderlyingId) -> Result<Vec<StoredExpiry>> {
    let sql = format!("{EXPIRIES} WHERE e.underlying_id = ? ORDER BY e.date DESC");
    rows(connection, &sql, [underlying.0], expiry_of_row)
}

fn expiry_of_row(row: &Row<'_>) -> Result<StoredExpiry> {
    Ok(StoredExpiry {
        id: ExpiryId(row.get("id")?),
        underlying: UnderlyingId(row.get("underlying_id")?),
        date: parse_column(row, "date")?,
        weekly: row.get("weekly")?,
        options_listed: moment_if_any(row, "options_listed")?,
        futures_listed: moment_if_any(row, "futures_listed")?,
    })
}
