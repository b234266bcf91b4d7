//! What a chain is made of: the series of an expiry's contracts, how each stood when a day began, and the minutes of
//! that day. Each is found by its key, however much is stored.

use market::{Candle, Day, EpochSeconds, Interval, Price, Strike};
use rusqlite::{Connection, params};

use crate::candles::{candle_of_row, find_series};
use crate::chain_known::{Known, known_on, listed};
use crate::error::Result;
use crate::price_scale::PriceScale;
use crate::queries::{first_row, rows};
use crate::{ExpiryId, SeriesId, SeriesOwner, Store, StoredContract, UnderlyingId};

/// A contract as it stood when a day began, and its minutes of the day.
#[derive(Clone, Debug)]
pub struct ContractDay {
    pub stored: StoredContract,
    /// Whether it is known what it did on the day: its minutes were asked for or came with a file, or the exchange proves
    /// that there are none. What is not known is not untraded.
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

/// What was known of an expiry at the end of a minute: the last trade of each contract of which it is known what it did on
/// the day.
#[derive(Clone, Debug)]
pub struct ExpiryStanding {
    /// In the order of [`ExpiryMinutes::contracts`], each with its series of minutes.
    pub contracts: Vec<ContractStanding>,
    /// Listed, and not known on the day: what they did nobody asked, and no file proves.
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

impl Store {
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
