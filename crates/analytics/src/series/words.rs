//! The names of the series, their rules for people, and their columns.

use super::point::{Column, Unit};
use super::{ConstantMaturityOf, ContinuousFuture, ExpirySeries, Held, RealisedOf, Series, Width};
use crate::legs::Offset;
use crate::series::Adjustment;
use crate::{Nights, Side};

const NAMES: [&str; 16] = [
    "atm-straddle",
    "strangle",
    "atm-option",
    "by-premium",
    "by-delta",
    "strategy",
    "synthetic-future",
    "continuous-future",
    "forward-basis",
    "atm-volatility",
    "constant-maturity-volatility",
    "skew",
    "realised-volatility",
    "put-call-ratio",
    "max-pain",
    "open-interest",
];

/// Of all series, as they stand in addresses and on the command line.
pub fn names() -> [&'static str; 16] {
    NAMES
}

impl Series {
    pub fn name(&self) -> &'static str {
        match self {
            Self::OfExpiry(of) => of.name(),
            Self::ConstantMaturity(_) => "constant-maturity-volatility",
            Self::Realised(_) => "realised-volatility",
            Self::ContinuousFuture(_) => "continuous-future",
            Self::Strategy(_) => "strategy",
        }
    }

    /// As people call it: `At-the-money straddle`.
    pub fn title(&self) -> &'static str {
        match self.name() {
            "atm-straddle" => "At-the-money straddle",
            "strangle" => "Strangle",
            "atm-option" => "Option near the money",
            "by-premium" => "Option by premium",
            "by-delta" => "Option by delta",
            "strategy" => "Legs of a strategy",
            "synthetic-future" => "Synthetic future",
            "continuous-future" => "Continuous future",
            "forward-basis" => "Forward and basis",
            "atm-volatility" => "At-the-money volatility",
            "constant-maturity-volatility" => "Volatility at a constant maturity",
            "skew" => "Skew",
            "realised-volatility" => "Realised volatility",
            "put-call-ratio" => "Put-call ratio",
            "max-pain" => "Max pain",
            "open-interest" => "Open interest, calls and puts",
            name => name,
        }
    }

    /// Whether it is made of the minutes of one expiry.
    pub fn is_of_one_expiry(&self) -> bool {
        matches!(self, Self::OfExpiry(_))
    }

    /// In one sentence, with its parameters.
    pub fn rule(&self) -> String {
        match self {
            Self::OfExpiry(of) => of.rule(),
            Self::ConstantMaturity(ConstantMaturityOf { days }) => format!(
                "At-the-money volatility {days} days ahead, in a straight line of total variance between the two \
                 expiries around it."
            ),
            Self::Realised(of) => format!(
                "{}; beside each value what was implied at the money of an expiry: on session time, which counts the same \
                 minutes, and on calendar time, with the days left to that expiry.",
                of.words()
            ),
            Self::ContinuousFuture(of) => of.rule(),
            Self::Strategy(_) => {
                "The sum of the legs' prices times their signed lots, the profit in rupees since the moment of entry, \
                 and the net greeks; a minute in which a leg was not traded within two minutes is a gap."
                    .to_owned()
            }
        }
    }

    /// Of its points; those of a continuous future are of its bars.
    pub fn columns(&self) -> &'static [Column] {
        match self {
            Self::OfExpiry(of) => of.columns(),
            Self::ConstantMaturity(_) => {
                const {
                    &[
                        column("volatility", Unit::Fraction),
                        column("near_days", Unit::Days),
                        column("far_days", Unit::Days),
                    ]
                }
            }
            Self::Realised(_) => {
                const {
                    &[
                        column("volatility", Unit::Fraction),
                        column("implied", Unit::Fraction),
                        column("implied_calendar", Unit::Fraction),
                        column("implied_days", Unit::Days),
                    ]
                }
            }
            Self::ContinuousFuture(_) => {
                const {
                    &[
                        column("open", Unit::Rupees),
                        column("high", Unit::Rupees),
                        column("low", Unit::Rupees),
                        column("close", Unit::Rupees),
                        column("volume", Unit::Units),
                        column("open_interest", Unit::Units),
                    ]
                }
            }
            Self::Strategy(_) => {
                const {
                    &[
                        column("price", Unit::Rupees),
                        column("profit", Unit::Rupees),
                        column("delta", Unit::Greek),
                        column("gamma", Unit::Greek),
                        column("vega", Unit::Greek),
                        column("theta", Unit::Greek),
                    ]
                }
            }
        }
    }
}

const fn column(name: &'static str, unit: Unit) -> Column {
    Column { name, unit }
}

impl ExpirySeries {
    pub fn name(&self) -> &'static str {
        match self {
            Self::AtmStraddle { .. } => "atm-straddle",
            Self::Strangle { .. } => "strangle",
            Self::AtmOption { .. } => "atm-option",
            Self::ByPremium { .. } => "by-premium",
            Self::ByDelta { .. } => "by-delta",
            Self::SyntheticFuture => "synthetic-future",
            Self::ForwardBasis => "forward-basis",
            Self::AtmVolatility => "atm-volatility",
            Self::Skew { .. } => "skew",
            Self::PutCallRatio => "put-call-ratio",
            Self::MaxPain => "max-pain",
            Self::OpenInterest { .. } => "open-interest",
        }
    }

    fn rule(&self) -> String {
        match self {
            Self::AtmStraddle { fixed: None } => {
                "Call plus put at the strike nearest the forward of each minute.".to_owned()
            }
            Self::AtmStraddle { fixed: Some(time) } => {
                format!("Call plus put at the strike that was nearest the forward at {time} of each day.")
            }
            Self::Strangle { width } => strangle_rule(*width),
            Self::AtmOption { side, offset } => {
                format!("The {side} at {} in each minute.", at_the_money(*offset))
            }
            Self::ByPremium { side, premium, held } => {
                held_rule(*side, &format!("price was nearest {premium} rupees"), *held)
            }
            Self::ByDelta { side, delta, held } => held_rule(*side, &format!("delta was nearest {delta}"), *held),
            Self::SyntheticFuture => {
                "Strike plus call less put at the strike nearest the forward of each minute.".to_owned()
            }
            Self::ForwardBasis => {
                "Forward less spot, and the yearly rate, continuous, at which the spot grows to the forward.".to_owned()
            }
            Self::AtmVolatility => {
                "The volatility of the strike nearest the forward of each minute, on calendar time and on session \
                 time."
                    .to_owned()
            }
            Self::Skew { delta } => format!(
                "Volatility of the put at delta {delta} less that of the call, and the mean of both less the \
                 volatility at the money."
            ),
            Self::PutCallRatio => {
                "Puts a call over all strikes that had been traded, by open interest and by the volume of the day so \
                 far."
                    .to_owned()
            }
            Self::MaxPain => {
                "The strike at which the sum of open interest times intrinsic value is least, the lower one of two."
                    .to_owned()
            }
            Self::OpenInterest { strike: None } => {
                "Open interest of calls and of puts over all strikes that had been traded, and its change since the \
                 previous session, of the options of which that is known."
                    .to_owned()
            }
            Self::OpenInterest { strike: Some(strike) } => format!(
                "Open interest of the call and of the put at {strike}, and its change since the previous session, where that \
                 is known."
            ),
        }
    }

    fn columns(&self) -> &'static [Column] {
        match self {
            Self::AtmStraddle { .. } => {
                const {
                    &[
                        column("price", Unit::Rupees),
                        column("strike", Unit::Rupees),
                        column("call", Unit::Rupees),
                        column("put", Unit::Rupees),
                        column("forward", Unit::Rupees),
                    ]
                }
            }
            Self::Strangle { .. } => {
                const {
                    &[
                        column("price", Unit::Rupees),
                        column("call_strike", Unit::Rupees),
                        column("call", Unit::Rupees),
                        column("put_strike", Unit::Rupees),
                        column("put", Unit::Rupees),
                        column("forward", Unit::Rupees),
                    ]
                }
            }
            Self::AtmOption { .. } | Self::ByPremium { .. } | Self::ByDelta { .. } => {
                const {
                    &[
                        column("price", Unit::Rupees),
                        column("strike", Unit::Rupees),
                        column("delta", Unit::Greek),
                        column("forward", Unit::Rupees),
                    ]
                }
            }
            Self::SyntheticFuture => {
                const {
                    &[
                        column("price", Unit::Rupees),
                        column("strike", Unit::Rupees),
                        column("call", Unit::Rupees),
                        column("put", Unit::Rupees),
                    ]
                }
            }
            Self::ForwardBasis => {
                const {
                    &[
                        column("basis", Unit::Rupees),
                        column("rate", Unit::Fraction),
                        column("forward", Unit::Rupees),
                        column("spot", Unit::Rupees),
                    ]
                }
            }
            Self::AtmVolatility => {
                const {
                    &[
                        column("volatility", Unit::Fraction),
                        column("session_volatility", Unit::Fraction),
                        column("strike", Unit::Rupees),
                        column("forward", Unit::Rupees),
                    ]
                }
            }
            Self::Skew { .. } => {
                const {
                    &[
                        column("skew", Unit::Fraction),
                        column("butterfly", Unit::Fraction),
                        column("put", Unit::Fraction),
                        column("call", Unit::Fraction),
                        column("at_the_money", Unit::Fraction),
                    ]
                }
            }
            Self::PutCallRatio => {
                const { &[column("by_open_interest", Unit::Ratio), column("by_volume", Unit::Ratio)] }
            }
            Self::MaxPain => {
                const {
                    &[
                        column("max_pain", Unit::Rupees),
                        column("forward", Unit::Rupees),
                        column("spot", Unit::Rupees),
                    ]
                }
            }
            Self::OpenInterest { .. } => {
                const {
                    &[
                        column("calls", Unit::Units),
                        column("calls_change", Unit::Units),
                        column("puts", Unit::Units),
                        column("puts_change", Unit::Units),
                    ]
                }
            }
        }
    }
}

impl RealisedOf {
    /// Of what was realised alone.
    pub fn rule(&self) -> String {
        format!("{}.", self.words())
    }

    fn words(&self) -> String {
        format!(
            "The root of the mean square of the logarithmic returns between closes over {} minutes of sessions, {}, \
             times the root of 94,500 minutes a year",
            self.window_minutes,
            match self.nights {
                Nights::Out => "nights left out",
                Nights::In => "a night counted as one minute",
            }
        )
    }
}

impl ContinuousFuture {
    fn rule(&self) -> String {
        let month = match self.month {
            1 => "nearest".to_owned(),
            2 => "second".to_owned(),
            3 => "third".to_owned(),
            other => format!("{other}th"),
        };
        let until = match self.roll_days {
            0 => "its expiry".to_owned(),
            1 => "the day before its expiry".to_owned(),
            days => format!("the day {days} days before its expiry"),
        };
        let adjusted = match self.adjusted {
            Adjustment::None => "prices as they were",
            Adjustment::Difference => "earlier prices moved by the difference of both contracts at each roll",
        };
        format!("The future of the {month} expiry, each held through {until}; {adjusted}.")
    }
}

/// `the strike nearest the forward`, or so many strikes from it.
fn at_the_money(offset: Offset) -> String {
    let strikes = offset.strikes();
    let (count, way) = (strikes.unsigned_abs(), if strikes < 0 { "below" } else { "above" });
    match count {
        0 => "the strike nearest the forward".to_owned(),
        1 => format!("the strike next {way} the one nearest the forward"),
        _ => format!("the strike {count} {way} the one nearest the forward"),
    }
}

fn strangle_rule(width: Width) -> String {
    match width {
        Width::Strikes(offset) => {
            let [call, put] = [offset, offset.down()].map(at_the_money);
            format!("Call at {call}, plus put at {put}, in each minute.")
        }
        Width::Points(points) => format!(
            "Call {0} points above the strike nearest the forward, plus put {0} points below it, in each minute.",
            points.to_rupees()
        ),
        Width::Delta(delta) => {
            format!("The call plus the put whose deltas are nearest {delta} in size, in each minute.")
        }
    }
}

fn held_rule(side: Side, nearest: &str, Held { from, until }: Held) -> String {
    format!("The {side} whose {nearest} at {from} of each day, held until {until}.")
}
