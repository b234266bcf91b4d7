//! The vocabulary of Indian F&O history: keys, prices, days, sessions, candles and how they combine.
//!
//! Everything here is pure: no clock is read, nothing is fetched or stored, and it compiles to WASM.
//! Text and numbers from outside are parsed once, here; what a type holds is valid from then on.

mod bars;
mod best_bars;
mod calendar;
mod candle;
mod contract;
mod day;
mod expiry_cycle;
mod implied_price;
mod interval;
mod key;
mod life;
mod price;
mod reach;
mod resample;
#[cfg(feature = "openapi")]
pub mod schemas;
mod search;
mod session_anchors;
mod sought;
mod spelling;
mod time_of_day;
mod underlying;
mod underlying_name;

pub use bars::Bars;
pub use best_bars::{SeriesCandles, best_bars};
pub use calendar::{SessionWindow, TradingCalendar, TradingDay};
pub use candle::{Bar, Candle, Prices};
pub use contract::{Contract, ContractKind, ContractKinds};
pub use day::{Day, DayError, DayRange, EpochSeconds, IST_OFFSET_SECONDS};
pub use expiry_cycle::{has_weeklies, is_weekly};
pub use implied_price::{CallAndPut, NotImplied, implied_price};
pub use interval::{BarMinutes, ChartInterval, Interval, IntervalError};
pub use key::{ExpiredKey, InstrumentKey, KeyError, Segment};
pub use life::life_days_max;
pub use price::{Paise, Price, PriceError, Strike, rupees, without_noise};
pub use reach::Reach;
pub use resample::{BarStarts, PriceRows, resample};
pub use search::{Named, SearchEntry, index_named, named, search};
pub use session_anchors::SessionAnchors;
pub use sought::{Reading, Sought};
pub use time_of_day::{TimeOfDay, TimeOfDayError};
pub use underlying::{ComingExpiry, INDEX_UNDERLYINGS, Standing, Underlying, UnderlyingKind};
pub use underlying_name::UnderlyingName;
