//! From a well-formed request to its answer: what exists, what the answer holds, and the faults within it.
//! Real captures go out byte for byte when exactly they are asked for and nothing spoils them.

use bytes::Bytes;
use market::{Candle, Day, DayRange, ExpiredKey, Interval};

use crate::capture;
use crate::faults::{CapBehaviour, Faults};
use crate::inject::ContentFaults;
use crate::request::Asked;
use crate::spoil::spoil;
use crate::wire::errors::{self, ApiError};
use crate::wire::{candles, contracts, list_of_strings};
use crate::world::history::HistoryUnit;
use crate::world::{Draws, World};

pub struct Answerer<'a> {
    pub world: &'a World,
    pub faults: &'a Faults,
    pub content: ContentFaults,
    /// For shuffles and picks.
    pub seed: u64,
}

const EMPTY_LIST: &str = r#"{"status":"success","data":[]}"#;
const PROFILE: &str = r#"{"status":"success","data":{"email":"simulated@example.com","exchanges":["NSE","NFO","BSE","CDS","BFO","BCD"],"products":["D","CO","I"],"broker":"UPSTOX","user_id":"SIM001","user_name":"Simulated Trader","order_types":["MARKET","LIMIT","SL","SL-M"],"user_type":"individual","poa":false,"ddpi":false,"is_active":true}}"#;
const LOGGED_OUT: &str = r#"{"status":"success","data":true}"#;

impl Answerer<'_> {
    pub fn answer(&self, asked: Asked) -> Result<Bytes, ApiError> {
        match asked {
            Asked::Profile => Ok(Bytes::from_static(PROFILE.as_bytes())),
            Asked::Logout => Ok(Bytes::from_static(LOGGED_OUT.as_bytes())),
            Asked::Expiries { key } => self.expiries(&key),
            Asked::Contracts { key, expiry, futures } => self.contracts(&key, expiry, futures),
            Asked::ExpiredCandles { key, interval, days } => self.expired_candles(&key, interval, days),
            Asked::History { key, unit, days } => self.history(&key, unit, days),
        }
    }

    /// Ascending in every sample [OBS S3], though no order is documented.
    fn expiries(&self, key: &str) -> Result<Bytes, ApiError> {
        let market = self.world.market(key).ok_or(errors::UNKNOWN_KEY)?;
        let is_captured = key == capture::UNDERLYING_KEY && self.world.today().to_string() == capture::TODAY;
        if is_captured && !self.faults.unsorted_expiries {
            return Ok(Bytes::from_static(capture::EXPIRIES.as_bytes()));
        }
        let mut days: Vec<Day> =
            self.world.expired(market, self.faults.expired_on_expiry_day).map(|expiry| expiry.day).collect();
        if self.faults.unsorted_expiries {
            days.sort_by_key(|day| {
                Draws::of(&[self.faults.seed, 23, day.days_since_1970().unsigned_abs()]).next()
            });
        }
        Ok(list_of_strings(days.iter().map(Day::to_string)).into())
    }

    /// 200 and `[]` for futures of a weekly expiry [OBS S7] and for a date that is no expiry.
    fn contracts(&self, key: &str, expiry: Day, futures: bool) -> Result<Bytes, ApiError> {
        let market = self.world.market(key).ok_or(errors::UNKNOWN_KEY)?;
        let mut expired = self.world.expired(market, self.faults.expired_on_expiry_day);
        let listed = expired.find(|listed| listed.day == expiry);
        let withheld =
            self.content.empty_contracts || self.faults.expiries_without_contracts.contains(&expiry);
        let Some(listed) = listed.filter(|_| !withheld) else {
            return Ok(Bytes::from_static(EMPTY_LIST.as_bytes()));
        };
        let is_captured = key == capture::UNDERLYING_KEY && expiry.to_string() == capture::EXPIRY;
        if is_captured && !self.faults.decimal_numbers {
            let file = if futures { capture::FUTURE_CONTRACTS } else { capture::OPTION_CONTRACTS };
            return Ok(Bytes::from_static(file.as_bytes()));
        }
        let chain = self.world.chain(market, listed);
        let rows = if futures { chain.future.as_slice() } else { chain.options.as_slice() };
        Ok(contracts::body(market.spec, &chain, rows, self.faults.decimal_numbers).into())
    }

    /// Both dates inclusive [DOC]; a contract without trades is 200 with no candles.
    fn expired_candles(
        &self,
        key: &ExpiredKey,
        interval: Interval,
        days: Option<DayRange>,
    ) -> Result<Bytes, ApiError> {
        let also_today = self.faults.expired_on_expiry_day;
        let found = self.world.find(key.segment(), key.exchange_token(), key.date(), also_today);
        let found = found.ok_or(errors::UNKNOWN_KEY)?;
        let Some(asked) = days else { return Ok(self.candles_body(Vec::new(), None)) };
        let days = self.capped(asked)?;
        if self.is_captured_day(key, interval, days) {
            return Ok(Bytes::from_static(capture::CANDLES.as_bytes()));
        }
        // Rows of wrong days lie outside what was asked for, whatever was cut from it.
        Ok(self.candles_body(self.world.candles(&found, interval, days), Some(asked)))
    }

    fn history(&self, key: &str, unit: HistoryUnit, days: Option<DayRange>) -> Result<Bytes, ApiError> {
        let market = self.world.market(key).ok_or(errors::UNKNOWN_KEY)?;
        let candles = days.map_or_else(Vec::new, |days| self.world.history(market, unit, days));
        Ok(self.candles_body(candles, days))
    }

    fn capped(&self, days: DayRange) -> Result<DayRange, ApiError> {
        let most = i64::try_from(self.faults.range_days_max).unwrap_or(i64::MAX);
        if most == 0 || days.day_count() <= most {
            return Ok(days);
        }
        match self.faults.range_cap {
            CapBehaviour::Refuse => Err(errors::DATE_RANGE),
            CapBehaviour::Truncate => {
                DayRange::new(days.to().plus_days(1 - most), days.to()).map_err(|_| errors::DATE_RANGE)
            }
        }
    }

    fn is_captured_day(&self, key: &ExpiredKey, interval: Interval, days: DayRange) -> bool {
        let rows_max = self.faults.rows_max;
        interval == Interval::Minute1
            && days.from() == days.to()
            && days.from().to_string() == capture::CANDLE_DAY
            && key.to_string() == capture::FUTURE_KEY
            && self.content == ContentFaults::default()
            && !self.faults.decimal_numbers
            && (rows_max == 0 || rows_max >= capture::CANDLES_IN_DAY)
    }

    /// Newest first [OBS S3].
    fn candles_body(&self, mut rows: Vec<Candle>, days: Option<DayRange>) -> Bytes {
        if self.content.empty {
            rows.clear();
        }
        let most = self.faults.rows_max;
        if most > 0 && rows.len() > most {
            rows.drain(..rows.len() - most);
        }
        rows.reverse();
        if let Some(days) = days {
            spoil(&mut rows, self.content, days, self.seed);
        }
        candles::body(rows.iter(), self.faults.decimal_numbers).into()
    }
}
