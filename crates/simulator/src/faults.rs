//! The faults that can be switched on, by name. This is the format of `--faults FILE` and of `/__faults`:
//! a JSON object with any of these fields; one that is left out is off. Values only: `inject` decides when
//! one strikes.
//!
//! A chance is a probability (`0.05`) or an object: `{"first": 3}` strikes the first three requests that it
//! can strike, `{"first": 3, "probability": 0.05}` goes on with the probability after them.

use market::Day;
use serde::{Deserialize, Serialize};

/// How often a fault strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "ChanceText", into = "ChanceText")]
pub struct Chance {
    pub probability: f64,
    pub first: u64,
}

impl Chance {
    pub const NEVER: Self = Self { probability: 0.0, first: 0 };
    pub const ALWAYS: Self = Self { probability: 1.0, first: 0 };

    pub const fn probability(probability: f64) -> Self {
        Self { probability, first: 0 }
    }

    pub const fn first(count: u64) -> Self {
        Self { probability: 0.0, first: count }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ChanceText {
    Probability(f64),
    Full(FullChance),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FullChance {
    #[serde(default)]
    probability: f64,
    #[serde(default)]
    first: u64,
}

impl From<ChanceText> for Chance {
    fn from(text: ChanceText) -> Self {
        match text {
            ChanceText::Probability(probability) => Self::probability(probability),
            ChanceText::Full(FullChance { probability, first }) => Self { probability, first },
        }
    }
}

impl From<Chance> for ChanceText {
    fn from(chance: Chance) -> Self {
        if chance.first == 0 {
            Self::Probability(chance.probability)
        } else {
            Self::Full(FullChance { probability: chance.probability, first: chance.first })
        }
    }
}

/// What a cap on the range of one candle request does. Which of them is real, if any, is UNCERTAIN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapBehaviour {
    /// 400 UDAPI1148.
    #[default]
    Refuse,
    /// 200 with the newest part only.
    Truncate,
}

/// All faults, in the order in which they are tried. The default has none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Which requests chances fall on; with the address and the how many-th asking of it, it decides everything.
    pub seed: u64,
    /// Latency, token death and chances fall only on requests whose path, as it was sent, starts so; for
    /// example `/v2/expired-instruments/historical-candle`. Empty: every data endpoint.
    pub path_prefix: String,

    /// Milliseconds before each answer.
    pub latency_ms: u64,
    /// Up to so many more.
    pub latency_jitter_ms: u64,
    /// All tokens die at the request after so many (counted since the faults were set). Zero: never.
    pub token_death_after: u64,
    /// The connection is reset without an answer [REP]. In memory: a body that fails at once.
    pub connection_reset: Chance,
    /// 403 with an HTML page of Cloudflare's, error 1010 [OBS].
    pub forbidden_html: Chance,
    /// The same for every request whose User-Agent starts with one of these, e.g. `Python-urllib` [OBS S4].
    pub forbidden_agents: Vec<String>,
    /// 429 UDAPI10005 [OBS S12].
    pub too_many_requests: Chance,
    /// Seconds in its `Retry-After`; none is documented.
    pub retry_after_seconds: Option<u64>,
    /// The 429's body under status 200 [REP].
    pub too_many_under_success: Chance,
    /// An answer of `server_error_status` with UDAPI100500 [DOC].
    pub server_error: Chance,
    /// 500 when zero.
    pub server_error_status: u16,
    /// Half of the body, its length stated truly: JSON that ends in the middle.
    pub cut_off: Chance,
    /// Half of the body under the length of the whole, then the connection ends.
    pub cut_off_in_transfer: Chance,

    /// 200 with no candles although there are some [S7].
    pub false_empty: Chance,
    /// 200 with no contracts although there are some [S7: 2024-12-26].
    pub false_empty_contracts: Chance,
    /// Some candles come twice, equal.
    pub duplicate_rows: Chance,
    /// Some candles come twice with different closes.
    pub conflicting_rows: Chance,
    /// Candles in no order.
    pub unsorted_rows: Chance,
    /// Besides the right candles some of days outside the asked range.
    pub wrong_days: Chance,
    /// Some candles whose low lies above their high.
    pub impossible_rows: Chance,

    /// Candles whose open interest is null [REP].
    pub open_interest_null: Chance,
    /// Candles of six values, without open interest [OBS on other brokers].
    pub open_interest_missing: Chance,
    /// Candles whose numbers are texts [OBS on other brokers].
    pub text_numbers: Chance,
    /// Candles whose time ends in `+0530` [OBS on other brokers].
    pub offset_without_colon: Chance,
    /// Candles whose time has no offset: it is IST [OBS on other brokers].
    pub no_offset: Chance,
    /// Prices with noise in their last digits, 24618.899999999998 [REP].
    pub noisy_prices: Chance,
    /// Some candles that nobody can read, in the place of the right ones. UNCERTAIN.
    pub unreadable_rows: Chance,
    /// No candle of the answer can be read. UNCERTAIN.
    pub unreadable_answer: Chance,
    /// The range is ignored: the contract's whole life is sent [REP].
    pub wide_answers: Chance,
    /// An answer that ends one to five days of trading early [REP].
    pub cut_tails: Chance,
    /// The same of futures alone: of them it is known that they trade to their last minute.
    pub cut_future_tails: Chance,

    /// Between the right dates of the list of expiries null, an empty text, a date in another form, one far in
    /// the future and one twice [REP].
    pub bad_expiries: Chance,
    /// Options of one side only [REP].
    pub one_sided_contracts: Chance,
    /// A tenth of the options [REP].
    pub short_contracts: Chance,
    /// Contracts whose numbers are texts and whose token is a number, strikes with noise [OBS on other brokers].
    pub odd_contract_rows: Chance,
    /// Some contracts without a strike or of an unknown type; always the same ones, and never the first [REP].
    pub unreadable_contract_rows: Chance,
    /// Contracts whose `expiry` lies a day before that of key and symbol [REP: Nifty Bank, January 2025].
    pub redated_contracts: Chance,
    /// A list that also has the contracts of the next expiry, under its own date [REP].
    pub contracts_of_the_next: Chance,

    /// Contracts that never traded are answered with rows of noughts, one every two minutes [REP].
    pub placeholders: bool,
    /// Minutes after midnight IST: in every answer this minute of each day comes twice and differs [REP].
    pub contradictory_minute: Option<u16>,
    /// What a share cost before this day is quartered in its history, as after three bonus shares for one, finer
    /// than a paisa [OBS: 982.275 after HDFC Bank's bonus].
    pub adjusted_before: Option<Day>,
    /// Keys of underlyings whose own history answers 400 UDAPI100011 [REP].
    pub no_history_of: Vec<String>,
    /// Keys of underlyings that left F&O: in the master, with no live derivative. What expired is there.
    pub left_derivatives: Vec<String>,
    /// Rows of the master whose expiry is a decimal or a text, whose symbol is a number or `weekly` a text [REP].
    pub odd_master_rows: bool,
    /// Besides the right rows of the master some that are none [REP].
    pub broken_master_rows: bool,

    /// The one app that there is; without it any key, secret and redirect address are taken.
    pub registered_app: Option<RegisteredApp>,
    /// The app is switched off: UDAPI100073 [DOC].
    pub inactive_app: bool,
    /// The account has no active segment: UDAPI100058 [DOC].
    pub no_active_segment: bool,
    /// Seconds that a code lives; 0: ten minutes. How long the real ones do is UNCERTAIN.
    pub code_seconds: u32,

    /// Every expired-instruments call answers 401 UDAPI1149 [OBS S10].
    pub no_plus_plan: bool,
    /// Most days of one expired-candle request. Zero: no cap.
    pub range_days_max: u64,
    /// Most candles of one answer, the newest kept. Zero: no cap. It always truncates.
    pub rows_max: usize,
    /// What `range_days_max` does.
    pub range_cap: CapBehaviour,
    /// A range that runs backwards answers empty under 200, not 400 UDAPI1015. UNCERTAIN which is real.
    pub reversed_dates_empty: bool,
    /// `75.0` instead of `75`. UNCERTAIN which the wire prints.
    pub decimal_numbers: bool,
    /// Errors in snake_case only, as announced [DOC].
    pub snake_case_only: bool,
    /// The list of expiries in no order; none is documented.
    pub unsorted_expiries: bool,
    /// Expiries that are listed and have no contracts [S7].
    pub expiries_without_contracts: Vec<Day>,
    /// A contract counts as expired on its expiry day already [REP, UNCERTAIN].
    pub expired_on_expiry_day: bool,
}

/// An app as a person registers it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredApp {
    pub client_id: String,
    pub client_secret: String,
    pub redirect_uri: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_only_what_it_switches_on() {
        let faults: Faults = serde_json::from_str(
            r#"{"server_error": 0.05, "connection_reset": {"first": 2}, "range_cap": "truncate",
                "expiries_without_contracts": ["2024-12-26"]}"#,
        )
        .unwrap();
        assert_eq!(faults.server_error, Chance::probability(0.05));
        assert_eq!(faults.connection_reset, Chance::first(2));
        assert_eq!(faults.range_cap, CapBehaviour::Truncate);
        let again: Faults = serde_json::from_str(&serde_json::to_string(&faults).unwrap()).unwrap();
        assert_eq!(again, faults);
        assert!(serde_json::from_str::<Faults>(r#"{"servererror": 1}"#).is_err(), "a slip is told");
    }
}
