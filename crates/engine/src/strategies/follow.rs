//! A strategy minute by minute from its entry: what it is worth, what it has won after costs, and when it ends. One
//! rule for a single look and for a run over expiries.

use analytics::LEG_AGE_MINUTES_MAX;
use analytics::series::{Gap, LegMinute, Point, StrategyMaker};
use market::{EpochSeconds, Price, without_noise};
use protocol::{ExitReason, Minute};

use super::costs::Costs;
use super::opened::Opened;
use super::wish::Stops;

/// Whoever holds to the expiry is told what came of it only where every leg was priced so near to it.
const EXPIRY_MINUTES_MAX: i64 = 30;
/// Where the profit stands among the values of a point.
pub(super) const PROFIT: usize = 1;
/// Price, profit and four greeks; the legs' prices follow.
pub(super) const OF_STRATEGY: usize = 6;

/// When it ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    pub exit: Option<EpochSeconds>,
    pub stops: Stops,
    /// After it a leg is settled.
    pub last_minute: EpochSeconds,
}

impl Ends {
    pub fn last(&self) -> EpochSeconds {
        self.exit.unwrap_or(self.last_minute).min(self.last_minute)
    }
}

/// Fed with minutes, oldest first, from the entry on.
pub(super) struct Follower {
    maker: StrategyMaker,
    /// Of each leg, signed.
    units: Vec<f64>,
    costs: Costs,
    opening: f64,
    ends: Ends,
    seen: Seen,
    ended: Option<ExitReason>,
}

/// What was seen so far.
#[derive(Clone, Debug, Default)]
struct Seen {
    highest: f64,
    lowest: f64,
    has_any: bool,
    /// The most that the profit had been; an entry begins at nought.
    peak: f64,
    drawdown: f64,
    last_priced: Option<(EpochSeconds, f64, Vec<Price>)>,
    /// The last minute, where it was a gap.
    gap: Option<(EpochSeconds, Gap)>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub at: EpochSeconds,
    pub reason: ExitReason,
    pub profit: f64,
    pub costs: f64,
    pub highest: f64,
    pub lowest: f64,
    pub drawdown: f64,
    /// What each leg was worth.
    pub prices: Vec<Price>,
}

/// Why that cannot be said.
#[derive(Clone, Debug)]
pub(super) struct NoOutcome {
    /// A sentence.
    pub because: String,
    /// The leg that is not stored where it would be needed, by its place.
    pub leg_to_collect: Option<usize>,
}

impl NoOutcome {
    fn of(because: String, gap: Option<Gap>) -> Self {
        let leg_to_collect = match gap {
            Some(Gap::LegNotStored { leg }) => Some(leg),
            _ => None,
        };
        Self { because, leg_to_collect }
    }
}

impl Follower {
    pub fn new(opened: &Opened, costs: Costs, ends: Ends) -> Self {
        let units: Vec<f64> = opened.legs.iter().map(|leg| leg.units()).collect();
        let opening = costs.of_orders(opened.legs.iter().map(|leg| (leg.units(), leg.entry.price)));
        let maker = StrategyMaker::new(opened.lots(), Some(opened.at));
        Self { maker, units, costs, opening, ends, seen: Seen::default(), ended: None }
    }

    pub fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// The last minute that it is followed to.
    pub fn last(&self) -> EpochSeconds {
        self.ends.last()
    }

    /// Price, profit after the costs of opening and closing, net greeks, and the price of each leg.
    pub fn minute(&mut self, at: EpochSeconds, legs: &[Option<LegMinute>], stored: &[bool]) -> Point {
        let mut point = self.maker.minute(at, legs);
        match &mut point.values {
            Ok(values) => {
                let fresh =
                    |leg: &Option<LegMinute>| leg.and_then(|leg| leg.last?.within(LEG_AGE_MINUTES_MAX, at));
                let prices: Vec<Price> = legs.iter().filter_map(fresh).map(|trade| trade.price).collect();
                let costs = self.costs_at(&prices);
                if let Some(profit) = &mut values[PROFIT] {
                    *profit = without_noise(*profit - costs);
                    self.seen.take(at, *profit, &prices);
                    self.end_at(at, *profit);
                }
                values.extend(prices.iter().map(|price| Some(price.to_rupees())));
            }
            Err(gap) => {
                if let Gap::LegUnpriced { leg } = *gap
                    && stored.get(leg) == Some(&false)
                {
                    *gap = Gap::LegNotStored { leg };
                }
                self.seen.gap = Some((at, *gap));
            }
        }
        point
    }

    fn costs_at(&self, prices: &[Price]) -> f64 {
        without_noise(
            self.opening + self.costs.of_orders(self.units.iter().copied().zip(prices.iter().copied())),
        )
    }

    fn end_at(&mut self, at: EpochSeconds, profit: f64) {
        let Stops { profit: target, loss } = self.ends.stops;
        self.ended = if target.is_some_and(|target| profit >= target.rupees()) {
            Some(ExitReason::Profit)
        } else if loss.is_some_and(|loss| profit <= -loss.rupees()) {
            Some(ExitReason::Loss)
        } else if self.ends.exit == Some(at) {
            Some(ExitReason::Time)
        } else {
            None
        };
    }

    /// What came of it, or why that cannot be said.
    pub fn outcome(self) -> Result<Outcome, NoOutcome> {
        let Seen { highest, lowest, drawdown, last_priced, gap, .. } = &self.seen;
        let Some((at, profit, prices)) = last_priced.clone() else {
            return Err(NoOutcome::of("It was priced in no minute.".to_owned(), None));
        };
        let last_minute = self.ends.last_minute;
        let reason = match (self.ended, self.ends.exit) {
            (Some(reason), _) => reason,
            (None, Some(exit)) => {
                let gap = gap.filter(|(at, _)| *at == exit).map(|(_, gap)| gap);
                let why = gap.map_or("No minute of it is stored.".to_owned(), |gap| gap.to_string());
                let because = format!("Not priced at its exit {}: {why}", Minute::of(exit));
                return Err(NoOutcome::of(because, gap));
            }
            (None, None) if last_minute.0 - at.0 < EXPIRY_MINUTES_MAX * 60 => ExitReason::Expiry,
            (None, None) => {
                let gap = gap.filter(|(gap_at, _)| *gap_at > at).map(|(_, gap)| gap);
                let because = format!(
                    "Not priced at its expiry: the last minute in which every leg was priced is {}.{}",
                    Minute::of(at),
                    gap.map(|gap| format!(" {gap}")).unwrap_or_default()
                );
                return Err(NoOutcome::of(because, gap));
            }
        };
        let costs = self.costs_at(&prices);
        let (highest, lowest, drawdown) = (*highest, *lowest, *drawdown);
        Ok(Outcome { at, reason, profit, costs, highest, lowest, drawdown, prices })
    }
}

impl Seen {
    fn take(&mut self, at: EpochSeconds, profit: f64, prices: &[Price]) {
        self.highest = if self.has_any { self.highest.max(profit) } else { profit };
        self.lowest = if self.has_any { self.lowest.min(profit) } else { profit };
        self.has_any = true;
        self.peak = self.peak.max(profit);
        self.drawdown = self.drawdown.max(without_noise(self.peak - profit));
        self.last_priced = Some((at, profit, prices.to_vec()));
    }
}
