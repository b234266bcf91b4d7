//! What a chain is made of: the series of an expiry's contracts, how each stood when a day began, and the minutes of
//! that day. Each is found by its key, however much is stored.

use std::collections::HashMap;

use market::{
    Candle, ContractKind, Day, EpochSeconds, InstrumentKey, Interval, Paise, Price, Strike, TradingCalendar,
    UnderlyingKind, life_days_max,
};
use rusqlite::{Connection, params};

use crate::candles::{candle_of_row, find_series};
use crate::columns::{count, parse_column};
use crate::contracts::{CONTRACT_COLUMNS, contract_of_row};
use crate::error::Result;
use crate::price_scale::PriceScale;
use crate::queries::{first_row, one_row, rows};
use crate::{ExpiryId, SeriesId, SeriesOwner, Store, StoredContract, UnderlyingId};

/// A contract as it stood when a day began, and its minutes of the day.
#[derive(Clone, Debug)]
pub struct ContractDay {
    pub stored: StoredContract,
    /// Whether its minutes of the day were asked for, or came with a file: what was not is unknown, and not untraded.
    pub was_asked: bool,
    /// The last trade of earlier sessions, and its minute.
    pub last: Option<(Price, EpochSeconds)>,
    /// That earlier sessions ended with, as far as it is told; `None`: no row of an earlier day.
    pub open_interest: Option<i64>,
    /// That the session before ended with. `None` where that session was not asked for, or where no row tells it and older
    /// days were not asked for: it may have stood open since then.
    pub previous_open_interest: Option<i64>,
    /// Oldest first.
    pub candles: Vec<Candle>,
}

/// A day of an expiry, all in one picture of the database.
#[derive(Clone, Debug)]
pub struct ExpiryMinutes {
    /// The future first, then by strike, call before put; also those without a candle.
    pub contracts: Vec<ContractDay>,
    /// The underlying's own minutes of the day.
    pub underlying: Vec<Candle>,
}

/// What was known of an expiry at the end of a minute: the last trade of each contract whose minutes of the day were
/// asked for.
#[derive(Clone, Debug)]
pub struct ExpiryStanding {
    /// In the order of [`ExpiryMinutes::contracts`], each with its series of minutes.
    pub contracts: Vec<ContractStanding>,
    /// Listed, and not asked for on the day: what they did is unknown.
    pub not_asked: Vec<StoredContract>,
    /// The underlying's own last minute of the day.
    pub underlying: Option<LastPrice>,
}

/// A price and the minute that it is of.
pub type LastPrice = (Price, EpochSeconds);

#[derive(Clone, Debug)]
pub struct ContractStanding {
    pub stored: StoredContract,
    /// Of its minutes.
    pub series: SeriesId,
    /// Its last trade.
    pub last: Option<LastPrice>,
}

/// How many of an expiry's listed options were asked for on a day, and how many were not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionsAsked {
    pub day: Day,
    pub asked: u32,
    pub not_asked: u32,
}

/// A day of an expiry on which a contract has minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayWithMinutes {
    pub day: Day,
    pub first: EpochSeconds,
    pub last: EpochSeconds,
    pub contracts: u32,
}

/// Changes whenever a minute of an expiry, or of any underlying, may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinutesStamp {
    of_expiry: u64,
    of_underlying: u64,
    revisions: u64,
}

impl Store {
    pub async fn minutes_stamp(&self, expiry: ExpiryId, underlying: UnderlyingId) -> Result<MinutesStamp> {
        self.read(move |connection| {
            one_row(
                connection,
                "SELECT (SELECT coalesce(sum(candles), 0) FROM expiry_series WHERE expiry_id = ?1),
                        (SELECT coalesce(sum(candles), 0) FROM series WHERE underlying_id = ?2),
                        (SELECT coalesce(max(id), 0) FROM revision)",
                params![expiry.0, underlying.0],
                |row| {
                    let (of_expiry, of_underlying) = (count(row, 0)?, count(row, 1)?);
                    Ok(MinutesStamp { of_expiry, of_underlying, revisions: count(row, 2)? })
                },
            )
        })
        .await
    }

    /// Changes whenever something of an expiry's contracts was answered, also where no minute came of it: the newest answer
    /// and how many stand.
    pub async fn answers_stamp(&self, expiry: ExpiryId) -> Result<(u64, u64)> {
        self.read(move |connection| {
            one_row(
                connection,
                "SELECT coalesce(max(f.id), 0), count(*) FROM contract c JOIN series s ON s.contract_id = c.id
                 JOIN fetched_range f ON f.series_id = s.id WHERE c.expiry_id = ?",
                [expiry.0],
                |row| Ok((count(row, 0)?, count(row, 1)?)),
            )
        })
        .await
    }

    /// The days of an expiry with minutes, oldest first.
    pub async fn days_with_minutes(&self, expiry: ExpiryId) -> Result<Vec<DayWithMinutes>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT d.day, min(d.first_ts), max(d.last_ts), count(*) FROM contract c
                 JOIN series s ON s.contract_id = c.id AND s.interval = ?1
                 JOIN series_day d ON d.series_id = s.id
                 WHERE c.expiry_id = ?2 GROUP BY d.day ORDER BY d.day",
                params![Interval::Minute1.as_str(), expiry.0],
                |row| {
                    Ok(DayWithMinutes {
                        day: parse_column(row, 0)?,
                        first: EpochSeconds(row.get(1)?),
                        last: EpochSeconds(row.get(2)?),
                        contracts: row.get(3)?,
                    })
                },
            )
        })
        .await
    }

    /// Expiries of an underlying with minutes of contracts, the newest first.
    pub async fn expiries_with_minutes(&self, underlying: UnderlyingId) -> Result<Vec<Day>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT e.date FROM expiry e WHERE e.underlying_id = ?1 AND EXISTS (
                     SELECT 1 FROM expiry_series t WHERE t.expiry_id = e.id AND t.interval = ?2 AND t.candles > 0)
                 ORDER BY e.date DESC",
                params![underlying.0, Interval::Minute1.as_str()],
                |row| parse_column(row, 0),
            )
        })
        .await
    }

    /// What was traded of the options of an expiry on whole days, from one day to another, by strike and kind.
    pub async fn volumes_of_days(
        &self,
        expiry: ExpiryId,
        (from, to): (Day, Day),
    ) -> Result<Vec<(Strike, ContractKind, i64)>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT c.strike, c.kind, sum(d.volume) FROM contract c
                 JOIN series s ON s.contract_id = c.id AND s.interval = ?1
                 JOIN series_day d ON d.series_id = s.id AND d.day BETWEEN ?3 AND ?4
                 WHERE c.expiry_id = ?2 AND c.strike IS NOT NULL GROUP BY c.strike, c.kind ORDER BY c.strike, c.kind",
                params![Interval::Minute1.as_str(), expiry.0, from.to_string(), to.to_string()],
                |row| Ok((Strike(Paise(row.get(0)?)), parse_column(row, 1)?, row.get(2)?)),
            )
        })
        .await
    }

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

    /// A day of an expiry, with the options of all strikes or of those from one to another.
    pub async fn expiry_minutes(
        &self,
        expiry: ExpiryId,
        underlying: UnderlyingId,
        day: Day,
        strikes: Option<(Strike, Strike)>,
    ) -> Result<ExpiryMinutes> {
        let [lowest, highest] = [strikes.map(|(from, _)| from.0.0), strikes.map(|(_, to)| to.0.0)];
        self.read(move |connection| {
            let picture = connection.unchecked_transaction()?;
            let listed = listed(&picture, expiry, lowest, highest)?;
            let known = known_on(&picture, expiry, (lowest, highest), day)?;
            let contracts = listed.into_iter().map(|(stored, series, scale)| {
                let known = series.and_then(|series| known.get(&series)).filter(|known| known.day);
                match (series, scale, known) {
                    (Some(series), Some(scale), Some(known)) => {
                        day_of_series(&picture, stored, series, scale, *known, day)
                    }
                    _ => Ok(ContractDay {
                        stored,
                        was_asked: false,
                        last: None,
                        open_interest: None,
                        previous_open_interest: None,
                        candles: Vec::new(),
                    }),
                }
            });
            let contracts = contracts.collect::<Result<_>>()?;
            let own = find_series(&picture, SeriesOwner::Underlying(underlying), Interval::Minute1)?;
            let underlying = match own {
                Some(series) => {
                    candles_of_day(&picture, series, PriceScale::of_series(&picture, series)?, day)?
                }
                None => Vec::new(),
            };
            Ok(ExpiryMinutes { contracts, underlying })
        })
        .await
    }

    /// How an expiry stood at the end of a minute, without its candles.
    pub async fn expiry_standing(
        &self,
        expiry: ExpiryId,
        underlying: UnderlyingId,
        at: EpochSeconds,
    ) -> Result<ExpiryStanding> {
        self.read(move |connection| {
            let picture = connection.unchecked_transaction()?;
            let known = known_on(&picture, expiry, (None, None), at.day())?;
            let (mut contracts, mut not_asked) = (Vec::new(), Vec::new());
            for (stored, series, scale) in listed(&picture, expiry, None, None)? {
                let is_asked = |series: &SeriesId| known.get(series).is_some_and(|known| known.day);
                let Some((series, scale)) = series.zip(scale).filter(|(series, _)| is_asked(series)) else {
                    not_asked.push(stored);
                    continue;
                };
                let today = last_trade(&picture, series, scale, (at.day().start(), at))?;
                let last = match today {
                    Some(trade) => Some(trade),
                    None => last_before(&picture, series, scale, at.day())?,
                };
                contracts.push(ContractStanding { stored, series, last });
            }
            let own = find_series(&picture, SeriesOwner::Underlying(underlying), Interval::Minute1)?;
            let underlying = match own {
                Some(series) => {
                    let scale = PriceScale::of_series(&picture, series)?;
                    first_row(
                        &picture,
                        "SELECT ts, close FROM candle WHERE series_id = ? AND ts BETWEEN ? AND ? ORDER BY ts DESC LIMIT 1",
                        [series.0, at.day().start().0, at.0],
                        |row| Ok((scale.price(row.get(1)?), EpochSeconds(row.get(0)?))),
                    )?
                }
                None => None,
            };
            Ok(ExpiryStanding { contracts, not_asked, underlying })
        })
        .await
    }
}

type ListedContract = (StoredContract, Option<SeriesId>, Option<PriceScale>);

/// The contracts of an expiry, each with its series of minutes where it was ever asked for.
fn listed(
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
struct Known {
    /// The day: answered, proved by the exchange, or between days that a file brought.
    day: bool,
    /// The session before it, in the same sense.
    session_before: bool,
    /// Answered without a gap since its contract can have been listed.
    whole_life: bool,
}

/// Of the contracts that [`listed`] gives.
fn known_on(
    connection: &Connection,
    expiry: ExpiryId,
    (lowest, highest): (Option<i64>, Option<i64>),
    day: Day,
) -> Result<HashMap<SeriesId, Known>> {
    let is_known = |day: &str| {
        format!(
            "(EXISTS (SELECT 1 FROM fetched_range f WHERE f.series_id = s.id AND f.from_day <= {day} AND f.to_day >= {day})
              OR EXISTS (SELECT 1 FROM series_day d WHERE d.series_id = s.id AND d.day = {day})
              OR EXISTS (SELECT 1 FROM proved_day p WHERE p.contract_id = c.id AND p.day = {day})
              OR EXISTS (SELECT 1 FROM imported_day i WHERE i.series_id = s.id AND i.day < {day})
                 AND EXISTS (SELECT 1 FROM imported_day i WHERE i.series_id = s.id AND i.day > {day}))"
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

fn day_of_series(
    connection: &Connection,
    stored: StoredContract,
    series: SeriesId,
    scale: PriceScale,
    known: Known,
    day: Day,
) -> Result<ContractDay> {
    let of_day = params![series.0, day.to_string()];
    let open_interest = first_row(
        connection,
        "SELECT open_interest FROM series_day WHERE series_id = ? AND day < ? ORDER BY day DESC LIMIT 1",
        of_day,
        |row| Ok(row.get(0)?),
    )?;
    let last = last_before(connection, series, scale, day)?;
    let candles = candles_of_day(connection, series, scale, day)?;
    let before = open_interest.or(known.whole_life.then_some(0));
    let previous_open_interest = before.filter(|_| known.session_before);
    Ok(ContractDay { stored, was_asked: true, last, open_interest, previous_open_interest, candles })
}

/// The last trade of earlier days.
fn last_before(
    connection: &Connection,
    series: SeriesId,
    scale: PriceScale,
    day: Day,
) -> Result<Option<(Price, EpochSeconds)>> {
    let traded_on = first_row(
        connection,
        "SELECT last_ts FROM series_day WHERE series_id = ? AND day < ? AND traded_last IS NOT NULL
         ORDER BY day DESC LIMIT 1",
        params![series.0, day.to_string()],
        |row| Ok(EpochSeconds(row.get(0)?)),
    )?;
    match traded_on {
        Some(until) => last_trade(connection, series, scale, (EpochSeconds(i64::MIN), until)),
        None => Ok(None),
    }
}

/// The last candle with a trade, both ends included.
fn last_trade(
    connection: &Connection,
    series: SeriesId,
    scale: PriceScale,
    (from, to): (EpochSeconds, EpochSeconds),
) -> Result<Option<(Price, EpochSeconds)>> {
    first_row(
        connection,
        "SELECT ts, close FROM candle WHERE series_id = ? AND ts BETWEEN ? AND ? AND volume > 0
         ORDER BY ts DESC LIMIT 1",
        [series.0, from.0, to.0],
        |row| Ok((scale.price(row.get(1)?), EpochSeconds(row.get(0)?))),
    )
}

fn candles_of_day(
    connection: &Connection,
    series: SeriesId,
    scale: PriceScale,
    day: Day,
) -> Result<Vec<Candle>> {
    rows(
        connection,
        "SELECT ts, open, high, low, close, volume, open_interest FROM candle
         WHERE series_id = ? AND ts >= ? AND ts < ? ORDER BY ts",
        params![series.0, day.start().0, day.next().start().0],
        |row| Ok(candle_of_row(row, scale)?),
    )
}
