//! The chain of an expiry at a minute, as page, REST and command line show it. Prices are rupees, volatility is a
//! fraction (0.1136 is 11.36 %), greeks are of one unit: vega a volatility point, theta a calendar day.

use market::{Day, ExpiredKey, InstrumentKey, UnderlyingName};
use serde::{Deserialize, Serialize};

use crate::{AddressReader, Minute};

/// A chain, with what it was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainPicture {
    pub underlying: InstrumentKey,
    pub expiry: Day,
    /// The start of the minute whose candles are in, as `2025-08-01T10:30:00+05:30`.
    pub at: String,
    /// Of the underlying; none where no candle of it is stored of the day, and of a share where it is not within 5 % of the
    /// forward.
    pub spot: Option<f64>,
    /// How old that is.
    pub spot_age_s: Option<i64>,
    /// A sentence where there is no spot.
    pub no_spot_because: Option<String>,
    pub forward: Option<ChainForward>,
    /// A sentence where there is no forward.
    pub no_forward_because: Option<String>,
    /// A year, continuous, as a fraction.
    pub rate: f64,
    /// Until the settlement, on the calendar; none after it.
    pub years: Option<f64>,
    /// Minutes until the settlement.
    pub minutes_left: i64,
    /// The listed strike nearest the forward; where that had not been traded by then, the traded one nearest it, if no farther
    /// than a step of the list. None where the listed ones do not reach to the forward.
    pub atm_strike: Option<f64>,
    pub atm_volatility: Option<f64>,
    /// The same on session time: minutes of sessions left ÷ 375 ÷ 252.
    pub atm_session_volatility: Option<f64>,
    /// Where there is no volatility at the money: a word as of a side of a strike, `no_strike` where the list does not reach
    /// to the forward, `no_minutes` where the strike was not collected for the day.
    pub no_atm_volatility_because: Option<String>,
    /// Call and put at the money, neither older than two minutes.
    pub straddle: Option<f64>,
    /// A sentence where there is no straddle.
    pub no_straddle_because: Option<String>,
    /// The straddle as a part of the forward.
    pub implied_move: Option<f64>,
    /// Puts a call.
    pub pcr_oi: Option<f64>,
    pub pcr_volume: Option<f64>,
    pub max_pain: Option<f64>,
    pub highest_call_interest: Option<f64>,
    pub highest_put_interest: Option<f64>,
    /// Units in a lot then.
    pub lot_size: Option<i64>,
    pub calls: ChainTotals,
    pub puts: ChainTotals,
    /// Strikes that had not traded by then: they are in no row.
    pub untraded_strikes: u32,
    /// Listed options whose minutes of the day were not collected: what they did is not known, and totals are without them.
    pub options_not_collected: u32,
    /// Upwards by strike; only what had been traded by then.
    pub rows: Vec<ChainRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainForward {
    pub price: f64,
    /// `future`: of the same expiry; `parity`: the median of strike + e^(rT) (call − put).
    pub source: String,
    /// Of the oldest price in it.
    pub age_s: i64,
    /// Strikes that had a say, where it is by parity.
    pub strikes: Option<u32>,
    /// The largest forward that one of them says less the smallest.
    pub spread: Option<f64>,
}

/// Units of one side over all rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainTotals {
    pub volume: i64,
    pub open_interest: i64,
    /// Since the end of the session before, of the options of which it is known; none where it is known of none.
    pub open_interest_change: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainRow {
    /// Rupees.
    pub strike: f64,
    pub call: Option<ChainSide>,
    pub put: Option<ChainSide>,
}

/// One side of a strike. Of contracts alike in strike and side the key and the prices are of the one that was traded last,
/// volume and open interest of all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainSide {
    pub expired_key: ExpiredKey,
    /// The last trade, and how old it is.
    pub last: f64,
    pub age_s: i64,
    /// Since the last trade of earlier sessions; none where nothing was traded on this day.
    pub change: Option<f64>,
    /// Units of the day so far.
    pub volume: i64,
    pub open_interest: Option<i64>,
    /// Since the end of the previous session.
    pub open_interest_change: Option<i64>,
    /// The price less the intrinsic value on the forward.
    pub time_value: Option<f64>,
    /// Of the strike: the side out of the money says it for both.
    pub volatility: Option<f64>,
    /// The same on session time.
    pub session_volatility: Option<f64>,
    /// What this side's own price says.
    pub own_volatility: Option<f64>,
    pub delta: Option<f64>,
    pub gamma: Option<f64>,
    pub theta: Option<f64>,
    pub vega: Option<f64>,
    /// `no_forward`, `stale`, `no_time_value`, `too_near`, `below_intrinsic` or `above_bound`, where there is none.
    pub no_volatility_because: Option<String>,
}

/// What there is to choose from: the days of an expiry with minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainDays {
    pub underlying: InstrumentKey,
    /// `Nifty 50`.
    pub name: String,
    pub expiry: Day,
    /// Oldest first.
    pub days: Vec<ChainDay>,
    /// Expiries of the underlying with minutes, the newest first.
    pub expiries: Vec<Day>,
}

/// A day and its minutes, as minutes after midnight IST.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainDay {
    pub day: Day,
    pub first_minute: u16,
    pub last_minute: u16,
    /// Contracts with a minute on it.
    pub contracts: u32,
}

/// Which chain is wanted; what is left out is chosen: the underlying with most candles, its newest expiry, its last
/// minute. Pages that name no minute open at another one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChainWish {
    pub underlying: Option<UnderlyingName>,
    pub expiry: Option<Day>,
    pub at: Option<Minute>,
}

impl ChainWish {
    /// Of an address.
    pub fn read(address: &mut AddressReader<'_>) -> Self {
        Self {
            underlying: address.part("underlying"),
            expiry: address.part("expiry"),
            at: address.part("at"),
        }
    }

    /// By the texts of an address.
    pub fn of_texts(text: impl Fn(&str) -> String) -> Self {
        Self::read(&mut AddressReader::new(text))
    }
}

/// What can be chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChainChoices {
    /// Those with minutes: key and name.
    pub underlyings: Vec<(InstrumentKey, String)>,
    pub days: ChainDays,
    /// The minute that is wished for, or the one to begin with.
    pub at: Minute,
}

/// A chain with what else can be chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChainOpening {
    /// Those with minutes: key and name.
    pub underlyings: Vec<(InstrumentKey, String)>,
    pub days: ChainDays,
    pub chain: ChainPicture,
}
