//! What somebody wants to look at. What is left out is as the settings say.

use analytics::{Rate, StrategyPlan, StrategyPlans};
use market::{ChartInterval, Day, InstrumentKey};
use protocol::{Brokerage, Charges, CostPreferences, DaysBefore, Minute, StopAt};

/// Strategies of one expiry, from an entry to an exit.
#[derive(Clone, Debug, PartialEq)]
pub struct StrategyWish {
    pub underlying: InstrumentKey,
    pub expiry: Day,
    pub plans: StrategyPlans,
    pub entry: Minute,
    /// Without one they are held to the first of their expiries.
    pub exit: Option<Minute>,
    pub stops: Stops,
    pub interval: ChartInterval,
    /// From where the payoff is looked at; the entry without it.
    pub at: Option<Minute>,
    pub terms: WishedTerms,
}

/// Ends before the exit, by what was won or lost after costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stops {
    pub profit: Option<StopAt>,
    pub loss: Option<StopAt>,
}

/// In place of the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WishedTerms {
    pub rate: Option<Rate>,
    pub brokerage: Option<Brokerage>,
    pub charges: Option<Charges>,
}

impl WishedTerms {
    pub(super) fn costs(self, set: CostPreferences) -> CostPreferences {
        CostPreferences {
            brokerage: self.brokerage.unwrap_or(set.brokerage),
            charges: self.charges.unwrap_or(set.charges),
        }
    }
}

/// One strategy over the expiries of a year.
#[derive(Clone, Debug, PartialEq)]
pub struct RunWish {
    pub underlying: InstrumentKey,
    pub plan: StrategyPlan,
    pub entry: DaysBefore,
    /// Without one it is held to the first of its expiries.
    pub exit: Option<DaysBefore>,
    pub stops: Stops,
    /// The first and the last expiry; without them the last year of what is stored.
    pub from: Option<Day>,
    pub to: Option<Day>,
    pub terms: WishedTerms,
}
