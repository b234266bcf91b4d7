//! A series as people write it: its name, and parameters as `name=value`. What is written out is read as the same.

use std::fmt;
use std::str::FromStr;

use market::{Day, EpochSeconds, ExpiredKey, Price, Strike, TimeOfDay};

use super::parameters::{Parameters, SeriesError};
use super::words::names;
use super::{
    Adjustment, ConstantMaturityOf, ContinuousFuture, ExpirySeries, Held, MONTHS_MAX, ROLL_DAYS_MAX,
    RealisedOf, Series, StrategyLeg, StrategyOf, Width,
};
use crate::legs::{DeltaSize, Offset, points_of, premium_of};
use crate::{LEGS_MAX, Nights, Side, Skew};

/// Twenty sessions.
const WINDOW_MINUTES_MAX: u16 = 20 * 375;
const MATURITY_DAYS_MAX: u16 = 5 * 366;
/// The day's strike is chosen when the first prices have settled, and held to the last minutes.
const HELD_DEFAULT: (&str, &str) = ("09:20", "15:20");

impl Series {
    /// `name` as in the list of names; parameters as pairs, from an address or a command line.
    pub fn read<'t>(
        name: &str,
        parameters: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Result<Self, SeriesError> {
        let known = names().into_iter().find(|known| *known == name);
        let name = known.ok_or_else(|| SeriesError::UnknownName(name.to_owned()))?;
        let mut parameters = Parameters::new(name, parameters)?;
        let series = read_named(name, &mut parameters)?;
        parameters.finish()?;
        Ok(series)
    }
}

/// `atm-straddle fixed=09:20`.
impl FromStr for Series {
    type Err = SeriesError;

    fn from_str(text: &str) -> Result<Self, SeriesError> {
        let mut words = text.split_whitespace();
        let name = words.next().unwrap_or_default();
        let pair = |word: &'_ str| SeriesError::NoPair(word.to_owned());
        let pairs: Vec<(&str, &str)> =
            words.map(|word| word.split_once('=').ok_or_else(|| pair(word))).collect::<Result<_, _>>()?;
        Self::read(name, pairs)
    }
}

fn read_named(name: &'static str, from: &mut Parameters<'_>) -> Result<Series, SeriesError> {
    let series = match name {
        "atm-straddle" => ExpirySeries::AtmStraddle { fixed: from.optional("fixed")? }.into(),
        "strangle" => ExpirySeries::Strangle { width: width(from)? }.into(),
        "atm-option" => {
            let side = side(from)?;
            let offset = from.optional("offset")?.unwrap_or(Offset::AT_THE_MONEY);
            ExpirySeries::AtmOption { side, offset }.into()
        }
        "by-premium" => {
            let side = side(from)?;
            let read = |text: &str| {
                premium_of(text)
                    .ok_or_else(|| format!("\"{text}\" is no price: write rupees, for example 120"))
            };
            let premium: Option<Price> = from.read("premium", read)?;
            let premium = premium.ok_or_else(|| from.missing("premium=RUPEES, for example premium=120"))?;
            ExpirySeries::ByPremium { side, premium, held: held(from)? }.into()
        }
        "by-delta" => {
            let side = side(from)?;
            let delta = from.required("delta", "delta=SIZE, for example delta=0.25")?;
            ExpirySeries::ByDelta { side, delta, held: held(from)? }.into()
        }
        "synthetic-future" => ExpirySeries::SyntheticFuture.into(),
        "forward-basis" => ExpirySeries::ForwardBasis.into(),
        "atm-volatility" => ExpirySeries::AtmVolatility.into(),
        "skew" => {
            let delta: Option<DeltaSize> = from.optional("delta")?;
            ExpirySeries::Skew {
                delta: delta.or(DeltaSize::new(Skew::DELTA)).ok_or(from.missing("delta=SIZE"))?,
            }
            .into()
        }
        "put-call-ratio" => ExpirySeries::PutCallRatio.into(),
        "max-pain" => ExpirySeries::MaxPain.into(),
        "open-interest" => ExpirySeries::OpenInterest { strike: from.optional::<Strike>("strike")? }.into(),
        "constant-maturity-volatility" => {
            let days = from.whole("days", 1, MATURITY_DAYS_MAX)?.unwrap_or(30);
            Series::ConstantMaturity(ConstantMaturityOf { days })
        }
        "realised-volatility" => {
            let window_minutes = from.whole("window", 2, WINDOW_MINUTES_MAX)?.unwrap_or(375);
            let nights: Option<Nights> = from.optional("nights")?;
            Series::Realised(RealisedOf { window_minutes, nights: nights.unwrap_or_default() })
        }
        "continuous-future" => Series::ContinuousFuture(ContinuousFuture {
            month: from.whole("month", 1, MONTHS_MAX)?.unwrap_or(1),
            roll_days: from.whole("roll", 0, ROLL_DAYS_MAX)?.unwrap_or(0),
            adjusted: from.optional::<Adjustment>("adjusted")?.unwrap_or_default(),
        }),
        "strategy" => {
            let legs = from.read("legs", legs)?;
            let legs = legs.ok_or_else(|| {
                from.missing("legs=KEY:LOTS,KEY:LOTS, for example legs=NSE_FO|71706|28-08-2025:-1")
            })?;
            Series::Strategy(StrategyOf { legs, since: from.read("since", moment)? })
        }
        other => return Err(SeriesError::UnknownName(other.to_owned())),
    };
    Ok(series)
}

fn side(from: &mut Parameters<'_>) -> Result<Side, SeriesError> {
    from.required("side", "side=call or side=put")
}

fn width(from: &mut Parameters<'_>) -> Result<Width, SeriesError> {
    let offset: Option<Offset> = from.read("offset", |text| {
        let offset = text.parse::<Offset>().map_err(|why| why.to_string())?;
        let is_out = offset.strikes() > 0;
        is_out
            .then_some(offset)
            .ok_or_else(|| format!("\"{text}\" is not above nought: the put goes the other way"))
    })?;
    let points = from.read("points", |text| {
        let points = points_of(text).filter(|points| points.0 > 0);
        points.ok_or_else(|| format!("\"{text}\" is no distance: write rupees above nought, for example 200"))
    })?;
    let delta = from.optional("delta")?;
    match (offset, points, delta) {
        (Some(offset), None, None) => Ok(Width::Strikes(offset)),
        (None, Some(points), None) => Ok(Width::Points(points)),
        (None, None, Some(delta)) => Ok(Width::Delta(delta)),
        _ => Err(from.missing("one of offset=STRIKES, points=RUPEES and delta=SIZE")),
    }
}

fn held(from: &mut Parameters<'_>) -> Result<Held, SeriesError> {
    let mut time = |name, default: &str| -> Result<TimeOfDay, SeriesError> {
        let malformed = |why: market::TimeOfDayError| SeriesError::Malformed { name, why: why.to_string() };
        from.optional(name)?.map_or_else(|| default.parse().map_err(malformed), Ok)
    };
    let held = Held { from: time("at", HELD_DEFAULT.0)?, until: time("until", HELD_DEFAULT.1)? };
    if held.from < held.until {
        return Ok(held);
    }
    let why = format!("{} is not after {}, when the strike is chosen", held.until, held.from);
    Err(SeriesError::Malformed { name: "until", why })
}

/// `2025-08-01T09:20`, in IST.
fn moment(text: &str) -> Result<EpochSeconds, String> {
    let read = || {
        let (day, time) = text.trim().split_once('T')?;
        Some(day.parse::<Day>().ok()?.at_minute(time.parse::<TimeOfDay>().ok()?.minute_of_day()))
    };
    read().ok_or_else(|| format!("\"{text}\" is no minute: write it in IST, for example 2025-08-01T09:20"))
}

fn legs(text: &str) -> Result<Vec<StrategyLeg>, String> {
    let legs = text.split(',').map(leg).collect::<Result<Vec<_>, _>>()?;
    if legs.len() > LEGS_MAX {
        return Err(format!("there are {} legs, and a strategy has at most {LEGS_MAX}", legs.len()));
    }
    Ok(legs)
}

fn leg(text: &str) -> Result<StrategyLeg, String> {
    let malformed =
        || format!("\"{text}\" is no leg: write KEY:LOTS, for example NSE_FO|71706|28-08-2025:-1");
    let (key, lots) = text.trim().rsplit_once(':').ok_or_else(malformed)?;
    let key: ExpiredKey = key.parse().map_err(|why: market::KeyError| why.to_string())?;
    let lots = lots.parse().ok().filter(|lots: &i32| *lots != 0).ok_or_else(malformed)?;
    Ok(StrategyLeg { key, lots })
}

/// As it is read: `atm-straddle fixed=09:20`.
impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::OfExpiry(of) => of.write_parameters(f),
            Self::ConstantMaturity(of) => write!(f, " days={}", of.days),
            Self::Realised(of) => write!(f, " window={} nights={}", of.window_minutes, of.nights),
            Self::ContinuousFuture(of) => {
                write!(f, " month={} roll={} adjusted={}", of.month, of.roll_days, of.adjusted)
            }
            Self::Strategy(of) => {
                let legs: Vec<String> =
                    of.legs.iter().map(|leg| format!("{}:{}", leg.key, leg.lots)).collect();
                write!(f, " legs={}", legs.join(","))?;
                of.since
                    .map_or(Ok(()), |since| write!(f, " since={}", since.to_ist().format("%Y-%m-%dT%H:%M")))
            }
        }
    }
}

impl Series {
    /// Its parameters by name, with those that were left out.
    pub fn parameters(&self) -> Vec<(String, String)> {
        let written = self.to_string();
        let pairs = written.split_whitespace().filter_map(|word| word.split_once('='));
        pairs.map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
    }
}

impl ExpirySeries {
    fn write_parameters(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtmStraddle { fixed: Some(time) } => write!(f, " fixed={time}"),
            Self::Strangle { width: Width::Strikes(offset) } => write!(f, " offset={offset}"),
            Self::Strangle { width: Width::Points(points) } => write!(f, " points={}", points.to_rupees()),
            Self::Strangle { width: Width::Delta(delta) } => write!(f, " delta={delta}"),
            Self::AtmOption { side, offset } => write!(f, " side={side} offset={offset}"),
            Self::ByPremium { side, premium, held: Held { from, until } } => {
                write!(f, " side={side} premium={} at={from} until={until}", premium.to_rupees())
            }
            Self::ByDelta { side, delta, held: Held { from, until } } => {
                write!(f, " side={side} delta={delta} at={from} until={until}")
            }
            Self::Skew { delta } => write!(f, " delta={delta}"),
            Self::OpenInterest { strike: Some(strike) } => write!(f, " strike={strike}"),
            Self::AtmStraddle { fixed: None }
            | Self::OpenInterest { strike: None }
            | Self::SyntheticFuture
            | Self::ForwardBasis
            | Self::AtmVolatility
            | Self::PutCallRatio
            | Self::MaxPain => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What may be left out is written out.
    #[test]
    fn every_series_is_read_as_it_is_written() {
        for (text, whole) in [
            ("atm-straddle", ""),
            ("atm-straddle fixed=09:20", ""),
            ("strangle offset=2", ""),
            ("strangle points=200", ""),
            ("strangle delta=0.25", ""),
            ("atm-option side=call", " offset=0"),
            ("atm-option side=put offset=-2", ""),
            ("by-premium side=call premium=120.5", " at=09:20 until=15:20"),
            ("by-delta side=put delta=0.25 at=09:30 until=15:00", ""),
            ("synthetic-future", ""),
            ("forward-basis", ""),
            ("atm-volatility", ""),
            ("skew", " delta=0.25"),
            ("put-call-ratio", ""),
            ("max-pain", ""),
            ("open-interest", ""),
            ("open-interest strike=24500", ""),
            ("constant-maturity-volatility", " days=30"),
            ("realised-volatility nights=in", "realised-volatility window=375 nights=in"),
            ("continuous-future", " month=1 roll=0 adjusted=none"),
            ("continuous-future month=3 roll=5 adjusted=difference", ""),
            ("strategy legs=NSE_FO|71706|28-08-2025:-1,NSE_FO|71707|28-08-2025:2 since=2025-08-01T09:20", ""),
        ] {
            let series: Series = text.parse().unwrap();
            let written = series.to_string();
            let wanted = if whole.starts_with(' ') { format!("{text}{whole}") } else { whole.to_owned() };
            assert_eq!(written, if wanted.is_empty() { text } else { &wanted });
            assert_eq!(written.parse(), Ok(series.clone()));
            let shipped = serde_json::to_string(&series).unwrap();
            assert_eq!(serde_json::from_str::<Series>(&shipped).unwrap(), series);
        }
    }

    #[test]
    fn every_name_has_a_series_a_rule_in_one_sentence_and_columns() {
        for name in names() {
            let parameters: &[(&str, &str)] = match name {
                "strangle" => &[("offset", "1")],
                "atm-option" => &[("side", "call")],
                "by-premium" => &[("side", "call"), ("premium", "100")],
                "by-delta" => &[("side", "put"), ("delta", "0.25")],
                "strategy" => &[("legs", "NSE_FO|71706|28-08-2025:1")],
                _ => &[],
            };
            let series = Series::read(name, parameters.iter().copied()).unwrap();
            assert_eq!(series.name(), name);
            let rule = series.rule();
            assert!(rule.ends_with('.') && !rule.contains("  ") && !rule.contains(". "), "{rule}");
            assert!(!series.columns().is_empty());
        }
    }

    #[test]
    fn a_wrong_text_says_what_to_write() {
        for (text, words) in [
            ("", "atm-straddle, strangle"),
            ("straddle", "there is no series \"straddle\""),
            ("atm-straddle 09:20", "name=value"),
            ("atm-straddle fixed=9:20", "HH:MM"),
            ("atm-straddle width=2", "it takes fixed"),
            ("max-pain x=1", "takes no parameters"),
            ("atm-straddle fixed=09:20 fixed=09:30", "given twice"),
            ("strangle", "one of offset=STRIKES"),
            ("strangle offset=1 delta=0.2", "one of offset=STRIKES"),
            ("strangle offset=0", "above nought"),
            ("strangle points=-5", "above nought"),
            ("atm-option", "side=call or side=put"),
            ("atm-option side=future", "call or put"),
            ("atm-option side=call offset=1.5", "whole one"),
            ("by-premium side=call", "premium=RUPEES"),
            ("by-premium side=call premium=0", "no price"),
            ("by-delta side=call delta=0.25 at=15:00 until=10:00", "10:00 is not after 15:00"),
            ("by-delta side=call delta=25", "from 0.01 to 0.99"),
            ("open-interest strike=x", "strike price"),
            ("constant-maturity-volatility days=0", "from 1 to"),
            ("realised-volatility window=1", "from 2 to 7500"),
            ("realised-volatility nights=maybe", "nights=in"),
            ("continuous-future month=4", "from 1 to 3"),
            ("continuous-future adjusted=ratio", "none or difference"),
            ("strategy", "legs=KEY:LOTS"),
            ("strategy legs=71706:1", "SEGMENT|TOKEN|DD-MM-YYYY"),
            ("strategy legs=NSE_FO|71706|28-08-2025:0", "no leg"),
            ("strategy legs=NSE_FO|71706|28-08-2025:1 since=yesterday", "2025-08-01T09:20"),
        ] {
            let error = text.parse::<Series>().unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
        let seven = ["NSE_FO|71706|28-08-2025:1"; 7].join(",");
        let error = format!("strategy legs={seven}").parse::<Series>().unwrap_err().to_string();
        assert!(error.contains("at most 6"), "{error}");
    }
}
