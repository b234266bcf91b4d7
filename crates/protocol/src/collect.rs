//! What is to be collected: an order as a person gives it, the plan it becomes, and what it will cost.

use std::collections::BTreeMap;

use market::{ContractKinds, Day, EpochSeconds, ExpiredKey, InstrumentKey, Interval};
use serde::{Deserialize, Serialize};

use crate::{BhavcopyDay, HistoricalDays, StrikesEachSide, Workers};

/// The most (underlying, expiry) pairs in one job: ten years of weeklies of twenty underlyings.
pub const PLAN_TARGETS_MAX: usize = 10_000;

/// Which expiries of the chosen underlyings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ExpiryChoice<K: Ord = InstrumentKey> {
    /// These dates, of every underlying that has them. A date that none has is refused.
    Dates(Vec<Day>),
    /// The newest ones of each underlying.
    Last(u32),
    All,
    /// Dates of their own for each underlying.
    Each(BTreeMap<K, Vec<Day>>),
}

/// What a person asks for. `K` is how the underlyings are named: by keys, or as a person writes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CollectOrder<K: Ord = InstrumentKey> {
    pub underlyings: Vec<K>,
    pub expiries: ExpiryChoice<K>,
    #[serde(default)]
    pub kinds: ContractKinds,
    /// Of options those alone whose strike lies within so many listed strikes of where the underlying went on the
    /// days asked, from its lowest to its highest price. All of them where it is null or absent; futures always.
    #[serde(default)]
    pub strikes: Option<StrikesEachSide>,
    #[serde(default)]
    pub interval: Interval,
    #[serde(default)]
    pub days: HistoricalDays,
    /// As the settings say where it is null or absent.
    #[serde(default)]
    pub workers: Option<Workers>,
    /// Whether the 1-minute candles of the underlying itself come along.
    #[serde(default = "yes")]
    pub with_underlying: bool,
}

impl<K: Ord> CollectOrder<K> {
    /// Every underlying that is named, some of them twice.
    pub fn all_underlyings(&self) -> Vec<&K> {
        let of_dates = match &self.expiries {
            ExpiryChoice::Each(dates) => Some(dates.keys()),
            _ => None,
        };
        self.underlyings.iter().chain(of_dates.into_iter().flatten()).collect()
    }

    /// The same order with other names for its underlyings; two names of one are one.
    pub fn try_with_keys<L: Ord, E>(self, key_of: impl Fn(&K) -> Result<L, E>) -> Result<CollectOrder<L>, E> {
        let expiries = match self.expiries {
            ExpiryChoice::Dates(dates) => ExpiryChoice::Dates(dates),
            ExpiryChoice::Last(count) => ExpiryChoice::Last(count),
            ExpiryChoice::All => ExpiryChoice::All,
            ExpiryChoice::Each(dates_of) => {
                let mut each: BTreeMap<L, Vec<Day>> = BTreeMap::new();
                for (name, dates) in dates_of {
                    each.entry(key_of(&name)?).or_default().extend(dates);
                }
                ExpiryChoice::Each(each)
            }
        };
        Ok(CollectOrder {
            underlyings: unique_keys(&self.underlyings, key_of)?,
            expiries,
            kinds: self.kinds,
            strikes: self.strikes,
            interval: self.interval,
            days: self.days,
            workers: self.workers,
            with_underlying: self.with_underlying,
        })
    }
}

/// In their order, each once.
pub(crate) fn unique_keys<K, L: PartialEq, E>(
    names: &[K],
    key_of: impl Fn(&K) -> Result<L, E>,
) -> Result<Vec<L>, E> {
    let mut keys = Vec::new();
    for name in names {
        let key = key_of(name)?;
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// The underlying comes along unless somebody says otherwise.
pub(crate) fn yes() -> bool {
    true
}

/// One expiry of one underlying.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Target {
    pub underlying: InstrumentKey,
    pub expiry: Day,
}

/// An order whose expiries are named: what a job carries out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectPlan {
    /// Newest expiry first.
    pub targets: Vec<Target>,
    pub kinds: ContractKinds,
    /// Nothing where no options are wanted. A plan of before this could be asked for takes all strikes.
    #[serde(default)]
    pub strikes: Option<StrikesEachSide>,
    pub interval: Interval,
    pub days: HistoricalDays,
    pub workers: Workers,
    #[serde(default = "yes")]
    pub with_underlying: bool,
    /// These days of these contracts alone, whatever is known of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Vec<AgainPart>>,
    /// The exchange's file that shows these days to be missing, where they are asked for because of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proved_by: Option<BhavcopyDay>,
}

/// Days of contracts that one job asks for again, at most.
pub const AGAIN_PARTS_MAX: usize = 2_000;

/// Days of a contract that are asked for again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgainPart {
    pub expired_key: ExpiredKey,
    pub from: Day,
    pub to: Day,
}

/// What is to be asked for again: a day of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgainOrder {
    pub expired_key: ExpiredKey,
    pub day: Day,
}

/// What asking again costs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgainCost {
    pub requests: u64,
    /// Where it comes back empty, which is confirmed.
    pub requests_high: u64,
    /// Why there is nothing to ask, where there is not.
    pub refused: Option<String>,
}

impl CollectPlan {
    /// Whether both would bring the same data, however many workers they use and whoever wants it.
    pub fn is_same_work(&self, other: &Self) -> bool {
        let sorted = |plan: &Self| {
            let mut targets = plan.targets.clone();
            targets.sort();
            targets
        };
        let what = |plan: &Self| (plan.kinds, plan.strikes, plan.interval, plan.days, plan.with_underlying);
        what(self) == what(other) && self.again == other.again && sorted(self) == sorted(other)
    }

    pub fn underlyings(&self) -> Vec<&InstrumentKey> {
        let mut keys: Vec<_> = self.targets.iter().map(|target| &target.underlying).collect();
        keys.sort();
        keys.dedup();
        keys
    }
}

/// The most underlyings that a summary names.
const SUMMARY_UNDERLYINGS_MAX: usize = 12;

/// A plan in short: it goes with every picture of a job, however many expiries the plan has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanSummary {
    pub kinds: ContractKinds,
    /// Strikes each side of the money that options are taken of; null: all.
    #[serde(default)]
    pub strikes: Option<StrikesEachSide>,
    pub interval: Interval,
    pub days: HistoricalDays,
    pub workers: Workers,
    pub with_underlying: bool,
    /// The first ones, in the order of their keys.
    pub underlyings: Vec<InstrumentKey>,
    /// How many there are.
    pub underlying_count: u32,
    /// Pairs of an underlying and an expiry.
    pub expiries: u32,
    /// Of a job that asks again for days of contracts: how many; null in every other.
    #[serde(default)]
    pub again: Option<u32>,
    /// All of them, where a program reads one job; `None` in a frame and in a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<Vec<Target>>,
}

impl From<&CollectPlan> for PlanSummary {
    fn from(plan: &CollectPlan) -> Self {
        let underlyings = plan.underlyings();
        let count = |number: usize| number.try_into().unwrap_or(u32::MAX);
        Self {
            kinds: plan.kinds,
            strikes: plan.strikes,
            interval: plan.interval,
            days: plan.days,
            workers: plan.workers,
            with_underlying: plan.with_underlying,
            underlying_count: count(underlyings.len()),
            underlyings: underlyings.into_iter().take(SUMMARY_UNDERLYINGS_MAX).cloned().collect(),
            expiries: count(plan.targets.len()),
            again: plan.again.as_ref().map(|parts| count(parts.len())),
            targets: None,
        }
    }
}

/// On what an estimate rests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EstimateBasis {
    /// Every chosen expiry's contracts are listed.
    Listed,
    /// `unlisted` expiries were counted with the median of `known` listed ones (0: with a round figure).
    Median { unlisted: u32, known: u32 },
}

/// On what the number of candles rests, where most of them are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CandleBasis {
    /// Stored days of these very expiries, as many days before them.
    SameExpiries,
    /// Stored days of other expiries of the same underlyings.
    SameUnderlyings,
    /// How often contracts of this kind trade in general.
    Typical,
}

/// What a plan will cost, before it starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Estimate {
    pub expiries: u32,
    /// The likely number; fewer than are listed where the order takes strikes near the money.
    pub contracts: u64,
    /// The range in which it lies: as long as it is not known where an underlying went, how many strikes are near
    /// that is not known either.
    pub contracts_low: u64,
    pub contracts_high: u64,
    /// Requests still to be sent; what is covered is not counted, a second look at what comes back empty is.
    pub requests: u64,
    /// The range in which it lies, as that of the contracts.
    pub requests_low: u64,
    pub requests_high: u64,
    /// Still to come, of contracts: the likely number.
    pub candles: u64,
    /// The range in which it lies as far as anything is known.
    pub candles_low: u64,
    pub candles_high: u64,
    pub candle_basis: CandleBasis,
    /// Of the likely number of candles, and of the highest.
    pub bytes: u64,
    pub bytes_high: u64,
    pub disk_free_bytes: Option<u64>,
    /// Under the limits, from the limiter's present state.
    pub seconds: u64,
    pub done_at: EpochSeconds,
    pub basis: EstimateBasis,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_reads_as_people_write_it() {
        let order: CollectOrder =
            serde_json::from_str(r#"{"underlyings":["NSE_INDEX|Nifty 50"],"expiries":{"last":2}}"#).unwrap();
        assert_eq!(order.expiries, ExpiryChoice::Last(2));
        assert_eq!((order.workers, order.days.get()), (None, 90));
        assert!(order.with_underlying);
        assert_eq!(serde_json::from_str::<ExpiryChoice>(r#""all""#).unwrap(), ExpiryChoice::All);
        let error = serde_json::from_str::<CollectOrder>(r#"{"underlyings":["Nifty"],"expiries":"all"}"#);
        assert!(error.unwrap_err().to_string().contains("NSE_INDEX|Nifty 50"));
    }

    #[test]
    fn a_summary_is_small_however_large_the_plan() {
        let target = |number: usize| Target {
            underlying: format!("NSE_EQ|INE{:06}A01", number % 30).parse().unwrap(),
            expiry: "2025-08-28".parse().unwrap(),
        };
        let plan = CollectPlan {
            targets: (0..PLAN_TARGETS_MAX).map(target).collect(),
            kinds: ContractKinds::Both,
            strikes: None,
            interval: Interval::Minute1,
            days: HistoricalDays::default(),
            workers: Workers::default(),
            with_underlying: true,
            again: None,
            proved_by: None,
        };
        let summary = PlanSummary::from(&plan);
        assert_eq!((summary.expiries, summary.underlying_count), (10_000, 30));
        assert_eq!(summary.underlyings.len(), SUMMARY_UNDERLYINGS_MAX);
        let text = serde_json::to_string(&summary).unwrap();
        assert!(text.len() < 600 && !text.contains("targets"), "{} bytes", text.len());
    }

    #[test]
    fn an_order_may_name_its_underlyings_as_people_do() {
        let text = r#"{"underlyings":["BANKNIFTY","NSE_INDEX|Nifty Bank"],
            "expiries":{"each":{"bank nifty":["2025-08-28"],"NSE_INDEX|Nifty Bank":["2025-07-31"]}}}"#;
        let order: CollectOrder<market::UnderlyingName> = serde_json::from_str(text).unwrap();
        assert_eq!(order.all_underlyings().len(), 4);
        let key: InstrumentKey = "NSE_INDEX|Nifty Bank".parse().unwrap();
        let found = order.clone().try_with_keys(|_| Ok::<_, ()>(key.clone())).unwrap();
        assert_eq!(found.underlyings, std::slice::from_ref(&key));
        let ExpiryChoice::Each(dates) = found.expiries else { panic!("dates of each") };
        assert_eq!(dates[&key].len(), 2);
        assert_eq!(order.try_with_keys(|_| Err::<InstrumentKey, _>("unknown")), Err("unknown"));
    }

    #[test]
    fn the_same_work_with_other_workers_is_the_same() {
        let target = |expiry: &str| Target {
            underlying: "NSE_INDEX|Nifty 50".parse().unwrap(),
            expiry: expiry.parse().unwrap(),
        };
        let plan = CollectPlan {
            targets: vec![target("2025-08-28"), target("2025-08-21")],
            kinds: ContractKinds::Both,
            strikes: None,
            interval: Interval::Minute1,
            days: HistoricalDays::default(),
            workers: Workers::default(),
            with_underlying: true,
            again: None,
            proved_by: None,
        };
        let mut other = plan.clone();
        other.targets.reverse();
        other.workers = 1.try_into().unwrap();
        assert!(plan.is_same_work(&other));
        other.kinds = ContractKinds::Options;
        assert!(!plan.is_same_work(&other));
        let near = CollectPlan { strikes: Some(5.try_into().unwrap()), ..plan.clone() };
        assert!(!plan.is_same_work(&near) && near.is_same_work(&near.clone()));
    }

    #[test]
    fn a_plan_of_before_strikes_could_be_chosen_takes_them_all() {
        let text = r#"{"targets":[],"kinds":"both","interval":"1minute","days":90,"workers":5}"#;
        assert_eq!(serde_json::from_str::<CollectPlan>(text).unwrap().strikes, None);
    }
}
