//! From a well-formed request to its answer: what exists, what the answer holds, and the faults within it.
//! Real captures go out byte for byte when exactly they are asked for and nothing spoils them.

use bytes::Bytes;
use market::{Candle, Day, DayRange, ExpiredKey, Interval};
use serde_json::{Value, json};

use crate::capture;
use crate::faults::{CapBehaviour, Faults};
use crate::inject::{ContentFaults, ListingFaults};
use crate::request::Asked;
use crate::spoil::{contradict, cut_tail, spoil, unreadable};
use crate::wire::candles::Writing;
use crate::wire::errors::{self, ApiError};
use crate::wire::{candles, contracts, list_of_strings, odd_contracts};
use crate::world::chain::{Chain, Listed};
use crate::world::history::{HistoryUnit, adjust};
use crate::world::{Draws, UnderlyingMarket, World};

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
        if is_captured && !self.faults.unsorted_expiries && !self.content.bad_expiries {
            return Ok(Bytes::from_static(capture::EXPIRIES.as_bytes()));
        }
        let mut days: Vec<Day> =
            self.world.expired(market, self.faults.expired_on_expiry_day).map(|expiry| expiry.day).collect();
        if self.faults.unsorted_expiries {
            days.sort_by_key(|day| {
                Draws::of(&[self.faults.seed, 23, day.days_since_1970().unsigned_abs()]).next()
            });
        }
        if self.content.bad_expiries {
            return Ok(serde_json::to_vec(&with_bad_entries(&days)).unwrap_or_default().into());
        }
        Ok(list_of_strings(days.iter().map(Day::to_string)).into())
    }

    /// 200 and `[]` for futures of a weekly expiry [OBS S7] and for a date that is no expiry.
    fn contracts(&self, key: &str, expiry: Day, futures: bool) -> Result<Bytes, ApiError> {
        let market = self.world.market(key).ok_or(errors::UNKNOWN_KEY)?;
        let mut expired = self.world.expired(market, self.faults.expired_on_expiry_day);
        let listed = expired.find(|listed| listed.day == expiry);
        let withheld = self.content.listing.empty || self.faults.expiries_without_contracts.contains(&expiry);
        let Some(listed) = listed.filter(|_| !withheld) else {
            return Ok(Bytes::from_static(EMPTY_LIST.as_bytes()));
        };
        let is_captured = key == capture::UNDERLYING_KEY && expiry.to_string() == capture::EXPIRY;
        if is_captured && !self.faults.decimal_numbers && self.content.listing == ListingFaults::default() {
            let file = if futures { capture::FUTURE_CONTRACTS } else { capture::OPTION_CONTRACTS };
            return Ok(Bytes::from_static(file.as_bytes()));
        }
        let chain = self.world.chain(market, listed);
        if self.content.listing == ListingFaults::default() {
            let rows = of_kind(&chain, futures);
            return Ok(contracts::body(market.spec, &chain, rows, self.faults.decimal_numbers).into());
        }
        let rows = self.spoiled_contracts(market, &chain, futures);
        Ok(serde_json::to_vec(&json!({ "status": "success", "data": rows })).unwrap_or_default().into())
    }

    fn spoiled_contracts(&self, market: &UnderlyingMarket, chain: &Chain, futures: bool) -> Vec<Value> {
        let (faults, day) = (self.content.listing, chain.expiry.day);
        let values = |chain: &Chain| {
            contracts::values(market.spec, chain, of_kind(chain, futures), self.faults.decimal_numbers)
        };
        let mut rows = odd_contracts::spoil(of_kind(chain, futures), values(chain), faults, day, self.seed);
        if let Some(next) = self.world.expiry_after(market, day).filter(|_| faults.next_too) {
            let strangers = values(&self.world.chain(market, next)).into_iter();
            rows.extend(strangers.map(|row| odd_contracts::dated(row, day)));
        }
        rows
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
        let days = if self.content.wide { whole_life(key, asked) } else { self.capped(asked)? };
        if self.is_captured_day(key, interval, days) {
            return Ok(Bytes::from_static(capture::CANDLES.as_bytes()));
        }
        // Rows of wrong days lie outside what was asked for, whatever was cut from it.
        let mut rows = self.world.candles(&found, interval, days);
        if self.faults.placeholders && !found.listed.trades {
            rows = self.world.placeholders(&found, days);
        }
        if self.content.cut_tail {
            cut_tail(&mut rows, self.seed);
        }
        Ok(self.candles_body(rows, Some(asked)))
    }

    fn history(&self, key: &str, unit: HistoryUnit, days: Option<DayRange>) -> Result<Bytes, ApiError> {
        let has_none = self.faults.no_history_of.iter().any(|without| without == key);
        let market = self.world.market(key).filter(|_| !has_none).ok_or(errors::UNKNOWN_KEY)?;
        let mut candles = days.map_or_else(Vec::new, |days| self.world.history(market, unit, days));
        if let Some(day) = self.faults.adjusted_before {
            adjust(&mut candles, market.spec, day);
        }
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
            && self.faults.contradictory_minute.is_none()
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
        if let Some(minute) = self.faults.contradictory_minute {
            contradict(&mut rows, minute);
        }
        if let Some(days) = days {
            spoil(&mut rows, self.content.rows, days, self.seed);
        }
        let writing = Writing {
            decimal: self.faults.decimal_numbers,
            form: self.content.form,
            unreadable: unreadable(rows.len(), self.content.rows, self.seed),
        };
        candles::body(rows.iter(), &writing).into()
    }
}

fn of_kind(chain: &Chain, futures: bool) -> &[Listed] {
    if futures { chain.future.as_slice() } else { chain.options.as_slice() }
}

/// Whatever was asked: from the broker's floor to the expiry.
fn whole_life(key: &ExpiredKey, asked: DayRange) -> DayRange {
    /// No contract of the simulated market lives longer.
    const LIFE_DAYS_MAX: i64 = 400;
    let expiry = key.date();
    DayRange::new(expiry.plus_days(-LIFE_DAYS_MAX), expiry).unwrap_or(asked)
}

/// The right dates with what cannot be one among them.
fn with_bad_entries(days: &[Day]) -> Value {
    let mut entries: Vec<Value> = days.iter().map(|day| json!(day.to_string())).collect();
    let doubled = entries.last().cloned().unwrap_or_default();
    let bad = [json!(null), json!(""), json!("31-02-2025"), json!("2099-12-31"), json!(20_250_828), doubled];
    for (place, entry) in bad.into_iter().enumerate() {
        entries.insert((place * 3).min(entries.len()), entry);
    }
    json!({ "status": "success", "data": entries })
}
