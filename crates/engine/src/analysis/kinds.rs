//! Every analysis by its name: its rule for people, its columns, and what it takes.

use analytics::series::{RealisedOf, Series};
use analytics::{Nights, SIGN_WORDS};
use protocol::{AnalysisKind, AnalysisName, SeriesColumn};

use super::over_time::DELTAS;
use super::surface::SURFACE_DELTAS;
use crate::error::EngineError;

/// When the strike of the straddle that is kept is chosen, on each day.
pub(super) const KEPT_FROM: &str = "09:20";
/// Volatility is realised over a session.
pub(super) const REALISED: RealisedOf = RealisedOf { window_minutes: 375, nights: Nights::Out };

/// What a wish may say beside its name and its underlying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Expiry,
    At,
    Since,
    Days,
    Interval,
    Rate,
}

impl Takes {
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Expiry => &["expiry"],
            Self::At => &["at"],
            Self::Since => &["since"],
            Self::Days => &["from", "to"],
            Self::Interval => &["interval"],
            Self::Rate => &["rate"],
        }
    }
}

pub(super) fn takes(name: AnalysisName) -> &'static [Takes] {
    match name {
        AnalysisName::OpenInterestByStrike | AnalysisName::VolumeByStrike => {
            &[Takes::Expiry, Takes::At, Takes::Since]
        }
        AnalysisName::GammaExposure | AnalysisName::Smile => &[Takes::Expiry, Takes::At, Takes::Rate],
        AnalysisName::Surface => &[Takes::Expiry, Takes::At, Takes::Days, Takes::Rate],
        AnalysisName::TermStructure => &[Takes::At, Takes::Rate],
        AnalysisName::OpenInterest | AnalysisName::PutCallRatio => {
            &[Takes::Expiry, Takes::Days, Takes::Interval]
        }
        AnalysisName::MaxPain
        | AnalysisName::Volatility
        | AnalysisName::Straddle
        | AnalysisName::PremiumByDelta => &[Takes::Expiry, Takes::Days, Takes::Interval, Takes::Rate],
    }
}

pub(super) fn kinds() -> Result<Vec<AnalysisKind>, EngineError> {
    let kind = |name: AnalysisName| {
        Ok(AnalysisKind {
            name: name.to_string(),
            rule: rule(name)?,
            takes: takes(name)
                .iter()
                .flat_map(|takes| takes.names())
                .map(|name| (*name).to_owned())
                .collect(),
            columns: columns(name),
        })
    };
    AnalysisName::ALL.into_iter().map(kind).collect()
}

/// The rule of a series, as the series has it.
fn rule_of(series: &str) -> Result<String, EngineError> {
    Ok(series.parse::<Series>()?.rule())
}

pub(super) fn rule(name: AnalysisName) -> Result<String, EngineError> {
    let rule = match name {
        AnalysisName::OpenInterestByStrike => {
            "Open interest at the end of the later minute, and what it had changed by since the end of the earlier one, \
             where that is told; strikes that had traded by then."
                .to_owned()
        }
        AnalysisName::VolumeByStrike => {
            "Units traded from the earlier minute to the later one, both included.".to_owned()
        }
        AnalysisName::GammaExposure => format!(
            "Gamma × open interest × forward² × 0.01: the rupees by which the deltas of all open options change when \
             the forward moves by one per cent. {SIGN_WORDS}"
        ),
        AnalysisName::Smile => {
            "Volatility by strike: Black-76 on the forward, of the side out of the money, at the money the mean of \
             both; prices no older than a minute."
                .to_owned()
        }
        AnalysisName::Surface => {
            "The smile of each day at the same time of day, by delta: between two strikes in a straight line in delta, \
             beyond the outermost nothing."
                .to_owned()
        }
        AnalysisName::TermStructure => {
            "Volatility of the strike nearest the forward of each expiry that is stored, in the same minute."
                .to_owned()
        }
        AnalysisName::OpenInterest => {
            "Open interest of all strikes that had traded by then, calls against puts, and its change since the end of \
             the previous session, of the options of which that is known."
                .to_owned()
        }
        AnalysisName::PutCallRatio => rule_of("put-call-ratio")?,
        AnalysisName::MaxPain => rule_of("max-pain")?,
        AnalysisName::Volatility => format!(
            "{} Beside it what was realised: {}",
            rule_of("atm-volatility")?,
            REALISED.rule()
        ),
        AnalysisName::Straddle => format!(
            "{} Beside it the one whose strike is chosen at {KEPT_FROM} of each day and kept, and what that one has \
             lost or gained since.",
            rule_of("atm-straddle")?
        ),
        AnalysisName::PremiumByDelta => {
            "The price of the option whose delta is nearest, and no more than 0.1 off, in the last minute of each bar."
                .to_owned()
        }
    };
    Ok(rule)
}

pub(super) fn columns(name: AnalysisName) -> Vec<SeriesColumn> {
    let column =
        |(name, unit): &(&str, &str)| SeriesColumn { name: (*name).to_owned(), unit: (*unit).to_owned() };
    let named: &[(&str, &str)] = match name {
        AnalysisName::OpenInterestByStrike => &[
            ("strike", "rupees"),
            ("calls", "units"),
            ("calls_change", "units"),
            ("puts", "units"),
            ("puts_change", "units"),
        ],
        AnalysisName::VolumeByStrike => &[("strike", "rupees"), ("calls", "units"), ("puts", "units")],
        AnalysisName::GammaExposure => &[
            ("strike", "rupees"),
            ("calls", "rupees"),
            ("puts", "rupees"),
            ("net", "rupees"),
            ("reason", "text"),
        ],
        AnalysisName::Smile => &[
            ("strike", "rupees"),
            ("volatility", "fraction"),
            ("of", "text"),
            ("own_call", "fraction"),
            ("own_put", "fraction"),
            ("log_moneyness", "ratio"),
            ("call_delta", "greek"),
            ("put_delta", "greek"),
            ("reason", "text"),
        ],
        AnalysisName::Surface => return surface_columns(),
        AnalysisName::TermStructure => &[
            ("expiry", "text"),
            ("days", "days"),
            ("volatility", "fraction"),
            ("session_volatility", "fraction"),
            ("forward", "rupees"),
            ("forward_source", "text"),
            ("reason", "text"),
        ],
        AnalysisName::OpenInterest => &[
            ("timestamp", "text"),
            ("calls", "units"),
            ("calls_change", "units"),
            ("puts", "units"),
            ("puts_change", "units"),
            ("reason", "text"),
        ],
        AnalysisName::PutCallRatio => &[
            ("timestamp", "text"),
            ("by_open_interest", "ratio"),
            ("by_volume", "ratio"),
            ("reason", "text"),
        ],
        AnalysisName::MaxPain => &[
            ("timestamp", "text"),
            ("max_pain", "rupees"),
            ("forward", "rupees"),
            ("spot", "rupees"),
            ("reason", "text"),
        ],
        AnalysisName::Volatility => &[
            ("timestamp", "text"),
            ("volatility", "fraction"),
            ("session_volatility", "fraction"),
            ("realised", "fraction"),
            ("reason", "text"),
        ],
        AnalysisName::Straddle => &[
            ("timestamp", "text"),
            ("straddle", "rupees"),
            ("strike", "rupees"),
            ("kept", "rupees"),
            ("kept_strike", "rupees"),
            ("kept_change", "rupees"),
            ("reason", "text"),
        ],
        AnalysisName::PremiumByDelta => return premium_columns(),
    };
    named.iter().map(column).collect()
}

fn premium_columns() -> Vec<SeriesColumn> {
    let column = |name: String, unit: &str| SeriesColumn { name, unit: unit.to_owned() };
    let mut columns = vec![column("timestamp".to_owned(), "text")];
    for side in ["call", "put"] {
        columns.extend(DELTAS.map(|delta| column(format!("{side}_{:02.0}", delta * 100.0), "rupees")));
    }
    columns.push(column("reason".to_owned(), "text"));
    columns
}

/// From the put that is farthest out through the money to the call that is.
fn surface_columns() -> Vec<SeriesColumn> {
    let column = |name: String, unit: &str| SeriesColumn { name, unit: unit.to_owned() };
    let of = |side: &str, delta: f64| column(format!("{side}_{:02.0}", delta * 100.0), "fraction");
    let mut columns = vec![column("day".to_owned(), "text")];
    columns.extend(SURFACE_DELTAS.iter().map(|delta| of("put", *delta)));
    columns.push(column("at_the_money".to_owned(), "fraction"));
    columns.extend(SURFACE_DELTAS.iter().rev().map(|delta| of("call", *delta)));
    columns.push(column("reason".to_owned(), "text"));
    columns
}
