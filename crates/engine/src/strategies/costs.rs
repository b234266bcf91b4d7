//! What orders cost: brokerage for each, and charges on what is bought and sold. A leg is one order, whatever its lots.

use market::Price;
use protocol::CostPreferences;

#[derive(Clone, Copy, Debug)]
pub(super) struct Costs {
    brokerage: f64,
    /// As a fraction of the turnover.
    charges: f64,
}

impl Costs {
    pub fn of(set: CostPreferences) -> Self {
        Self { brokerage: set.brokerage.get(), charges: set.charges.get() / 100.0 }
    }

    /// Of one order for each leg: units, whatever their sign, and what one was traded for.
    pub fn of_orders(self, legs: impl Iterator<Item = (f64, Price)>) -> f64 {
        legs.map(|(units, price)| self.brokerage + self.charges * units.abs() * price.to_rupees()).sum()
    }
}
