//! Of which contracts of an expiry it is known what they did on a day: by rows, by an answer, by a file, or because the
//! exchange proves that nothing was traded.

use std::collections::HashMap;

use market::{Day, InstrumentKey, Interval, TradingCalendar, UnderlyingKind, life_days_max};
use rusqlite::{Connection, params};

use crate::columns::parse_column;
use crate::contracts::{CONTRACT_COLUMNS, contract_of_row};
use crate::error::Result;
use crate::price_scale::PriceScale;
use crate::queries::rows;
use crate::{ExpiryId, SeriesId, Store, StoredContract};

/// Of how many of an expiry's listed options it is known what they did on a day, and of how many it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionsAsked {
    pub day: Day,
    pub asked: u32,
    pub not_asked: u32,
}

impl Store {
    /// Of each of some days, how much of an expiry's options is known, whatever was traded of them.
    pub async fn options_asked(&self, expiry: ExpiryId, days: Vec<Day>) -> Result<Vec<OptionsAsked>> {
        self.read(move |connection| {
            let picture = connection.unchecked_transaction()?;
            let contracts = listed(&picture, expiry, None, None)?.into_iter();
            let options = contracts.filter(|(stored, ..)| stored.contract.strike.is_some());
            let options: Vec<Option<SeriesId>> = options.map(|(_, series, _)| series).collect();
            let of_day = |day: Day| -> Result<OptionsAsked> {
                let known = known_on(&picture, expiry, (None, None), day)?;
                let is_asked = |series: &&SeriesId| known.get(*series).is_some_and(|known| known.day);
                let asked = options.iter().flatten().filter(is_asked).count();
                let counted = |options: usize| u32::try_from(options).unwrap_or(u32::MAX);
                Ok(OptionsAsked { day, asked: counted(asked), not_asked: counted(options.len() - asked) })
            };
            days.into_iter().map(of_day).collect()
        })
        .await
    }
}

pub(crate) type ListedContract = (StoredContract, Option<SeriesId>, Option<PriceScale>);

/// The contracts of an expiry, each with its series of minutes where it was ever asked for.
pub(crate) fn listed(
    connection: &Connection,
    expiry: ExpiryId,
    lowest: Option<i64>,
    highest: Option<i64>,
) -> Result<Vec<ListedContract>> {
    rows(
        connection,
        &format!(
            "SELECT {CONTRACT_COLUMNS}, s.id AS series, s.price_scale FROM contract c
             JOIN expiry e ON e.id = c.expiry_id JOIN underlying u ON u.id = e.underlying_id
             LEFT JOIN series s ON s.contract_id = c.id AND s.interval = ?1
             WHERE c.expiry_id = ?2 AND (?3 IS NULL OR c.strike IS NULL OR c.strike BETWEEN ?3 AND ?4)
             ORDER BY c.strike, c.kind"
        ),
        params![Interval::Minute1.as_str(), expiry.0, lowest, highest],
        |row| {
            let series = row.get::<_, Option<i64>>("series")?.map(SeriesId);
            let scale = row.get::<_, Option<i64>>("price_scale")?;
            Ok((contract_of_row(row)?, series, scale.map(PriceScale::of_column).transpose()?))
        },
    )
}

/// What is known of a series of minutes, whatever rows it has.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    /// The day: it has rows, or there are none to come. None are where it was answered, where the exchange proves that
    /// nothing was traded, and between days that a file brought; never where the exchange proves a trade.
    pub day: bool,
    /// The session before it, in the same sense.
    pub session_before: bool,
    /// Answered without a gap since its contract can have been listed.
    pub whole_life: bool,
}

/// Of the contracts that [`listed`] gives. One that nobody asked for has a series as soon as something is proved of it
/// (`bhavcopies.rs`).
pub(crate) fn known_on(
    connection: &Connection,
    expiry: ExpiryId,
    (lowest, highest): (Option<i64>, Option<i64>),
    day: Day,
) -> Result<HashMap<SeriesId, Known>> {
    let is_known = |day: &str| {
        format!(
            "(EXISTS (SELECT 1 FROM series_day d WHERE d.series_id = s.id AND d.day = {day})
              OR NOT EXISTS (SELECT 1 FROM proved_day p WHERE p.contract_id = c.id AND p.day = {day} AND p.volume > 0)
                 AND (EXISTS (SELECT 1 FROM fetched_range f
                              WHERE f.series_id = s.id AND f.from_day <= {day} AND f.to_day >= {day})
                      OR EXISTS (SELECT 1 FROM proved_day p WHERE p.contract_id = c.id AND p.day = {day})
                      OR EXISTS (SELECT 1 FROM imported_day i WHERE i.series_id = s.id AND i.day < {day})
                         AND EXISTS (SELECT 1 FROM imported_day i WHERE i.series_id = s.id AND i.day > {day})))"
        )
    };
    let session_before = TradingCalendar::bundled().open_on_or_before(day.previous());
    let known = rows(
        connection,
        &format!(
            "SELECT s.id, {}, {}, s.reach, u.key, e.weekly, e.date FROM contract c
             JOIN series s ON s.contract_id = c.id AND s.interval = ?1
             JOIN expiry e ON e.id = c.expiry_id JOIN underlying u ON u.id = e.underlying_id
             WHERE c.expiry_id = ?2 AND (?3 IS NULL OR c.strike IS NULL OR c.strike BETWEEN ?3 AND ?4)",
            is_known("?5"),
            is_known("?6")
        ),
        params![
            Interval::Minute1.as_str(),
            expiry.0,
            lowest,
            highest,
            day.to_string(),
            session_before.to_string()
        ],
        |row| {
            let underlying: InstrumentKey = parse_column(row, 4)?;
            let kind = UnderlyingKind::of(underlying.segment());
            let life = life_days_max(kind, row.get(5)?, parse_column(row, 6)?);
            let whole_life = row.get::<_, i64>(3)? >= i64::from(life);
            let known = Known { day: row.get(1)?, session_before: row.get(2)?, whole_life };
            Ok((SeriesId(row.get(0)?), known))
        },
    )?;
    Ok(known.into_iter().collect())
}
