//! Where the money line runs through a ladder: between the strikes around the price at which the underlying stood. It
//! runs where the rungs stand by strike, and nowhere else.

use market::{Price, Strike};
use protocol::SpotPrice;

use super::ladder::Rung;
use super::ladder_order::{Column, Order};

/// Where the page can be opened at it.
pub const ID: &str = "money-line";

/// How many of these rungs stand above the line.
pub fn rungs_above(rungs: &[Rung], order: Order, spot: Option<SpotPrice>) -> Option<usize> {
    let SpotPrice { price, .. } = spot?;
    let is_above = |strike: Strike| {
        if order.falls { Price::from(strike.0) > price } else { Price::from(strike.0) < price }
    };
    let by_strike = order.column == Column::Strike;
    by_strike.then(|| rungs.iter().take_while(|rung| is_above(rung.strike)).count())
}

#[cfg(test)]
mod tests {
    use super::super::ladder::Ladder;
    use super::*;
    use market::ContractKind::Call;
    use market::EpochSeconds;
    use protocol::samples::row;

    fn above(order: &str, rupees: f64) -> Option<usize> {
        let mut rungs = Ladder::of([24500, 24550, 24600].map(|strike| row(Call, strike)).to_vec()).rungs;
        let order = Order::of_text(order);
        order.sort(&mut rungs);
        let spot = SpotPrice { price: Price::from_rupees(rupees).unwrap(), at: EpochSeconds(0) };
        rungs_above(&rungs, order, Some(spot))
    }

    #[test]
    fn it_runs_between_the_strikes_around_the_price() {
        assert_eq!(above("", 24_560.05), Some(2));
        assert_eq!(above("-strike", 24_560.05), Some(1));
        assert_eq!(above("", 24_550.0), Some(1), "the strike itself is neither");
        assert_eq!((above("", 20_000.0), above("", 30_000.0)), (Some(0), Some(3)));
    }

    #[test]
    fn it_runs_nowhere_in_another_order_or_without_a_price() {
        assert_eq!(above("-call_volume", 24_560.05), None);
        assert_eq!(rungs_above(&[], Order::default(), None), None);
    }
}
