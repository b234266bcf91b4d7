//! In which order the rungs of a ladder stand, as the address carries it: `call_volume`, `-strike`. Pure.

use std::cmp::Ordering;

use protocol::ContractRow;

use super::ladder::Rung;

/// What rungs can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Strike,
    Call(Figure),
    Put(Figure),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    Days,
    Candles,
    Volume,
    Interest,
    Low,
    High,
    Last,
}

impl Figure {
    /// From the edge of the calls to the strike; the puts are their mirror.
    pub const ALL: [Self; 7] =
        [Self::Days, Self::Candles, Self::Volume, Self::Interest, Self::Low, Self::High, Self::Last];

    fn word(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Candles => "candles",
            Self::Volume => "volume",
            Self::Interest => "interest",
            Self::Low => "low",
            Self::High => "high",
            Self::Last => "last",
        }
    }

    /// Below every number where there is none.
    fn of(self, row: &ContractRow) -> Option<i64> {
        match self {
            Self::Days => Some(row.traded_days.into()),
            Self::Candles => row.candles.try_into().ok(),
            Self::Volume => Some(row.volume),
            Self::Interest => Some(row.open_interest),
            Self::Low => row.prices.map(|prices| prices.low.0),
            Self::High => row.prices.map(|prices| prices.high.0),
            Self::Last => row.prices.map(|prices| prices.last.0),
        }
    }
}

impl Column {
    fn word(self) -> String {
        match self {
            Self::Strike => "strike".to_owned(),
            Self::Call(figure) => format!("call_{}", figure.word()),
            Self::Put(figure) => format!("put_{}", figure.word()),
        }
    }

    fn compare(self, one: &Rung, other: &Rung) -> Ordering {
        let figure = |row: &Option<ContractRow>, figure: Figure| row.as_ref().and_then(|row| figure.of(row));
        match self {
            Self::Strike => one.strike.cmp(&other.strike),
            Self::Call(of) => figure(&one.call, of).cmp(&figure(&other.call, of)),
            Self::Put(of) => figure(&one.put, of).cmp(&figure(&other.put, of)),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    pub column: Column,
    pub falls: bool,
}

impl Default for Order {
    /// As option chains are read: the lowest strike first.
    fn default() -> Self {
        Self { column: Column::Strike, falls: false }
    }
}

impl Order {
    /// What an address says; the usual order for anything else.
    pub fn of_text(text: &str) -> Self {
        Self::read(text).unwrap_or_default()
    }

    pub fn read(text: &str) -> Option<Self> {
        let (falls, word) = text.strip_prefix('-').map_or((false, text), |word| (true, word));
        let sides = Figure::ALL.into_iter().flat_map(|figure| [Column::Call(figure), Column::Put(figure)]);
        let column = sides.chain([Column::Strike]).find(|column| column.word() == word)?;
        Some(Self { column, falls })
    }

    /// Nothing for the usual order.
    pub fn to_text(self) -> Option<String> {
        let sign = if self.falls { "-" } else { "" };
        (self != Self::default()).then(|| format!("{sign}{}", self.column.word()))
    }

    /// After a press on a column's head: the largest figures first, the lowest strike first, else the other way.
    pub fn pressed(self, column: Column) -> Self {
        let falls = if self.column == column { !self.falls } else { column != Column::Strike };
        Self { column, falls }
    }

    /// As `aria-sort` has it, for the head of a column.
    pub fn aria_sort(self, column: Column) -> &'static str {
        match (self.column == column, self.falls) {
            (false, _) => "none",
            (true, false) => "ascending",
            (true, true) => "descending",
        }
    }

    /// What is equal stays by strike.
    pub fn sort(self, rungs: &mut [Rung]) {
        rungs.sort_by(|one, other| {
            let order = self.column.compare(one, other);
            if self.falls { order.reverse() } else { order }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::ladder::Ladder;
    use super::*;
    use market::ContractKind::{Call, Put};
    use market::Price;
    use protocol::TradedPrices;
    use protocol::samples::row;

    #[test]
    fn rungs_stand_by_a_column_and_the_address_says_which() {
        let mut busy = row(Call, 24600);
        busy.volume *= 3;
        let mut rungs = Ladder::of(vec![row(Call, 24500), busy, row(Put, 24700)]).rungs;
        let strikes = |rungs: &[Rung]| rungs.iter().map(|rung| rung.strike.to_string()).collect::<Vec<_>>();
        let by_volume = Order::default().pressed(Column::Call(Figure::Volume));
        by_volume.sort(&mut rungs);
        assert_eq!(strikes(&rungs), ["24600", "24500", "24700"]);
        assert_eq!(by_volume.to_text().as_deref(), Some("-call_volume"));
        assert_eq!(Order::of_text("-call_volume"), by_volume);
        assert_eq!(by_volume.aria_sort(Column::Call(Figure::Volume)), "descending");
        let back = by_volume.pressed(Column::Strike);
        back.sort(&mut rungs);
        assert_eq!(strikes(&rungs), ["24500", "24600", "24700"]);
        assert_eq!((back.to_text(), Order::of_text("nonsense")), (None, Order::default()));
        assert_eq!((Order::read("-call_volume"), Order::read("nonsense")), (Some(by_volume), None));
    }

    #[test]
    fn what_has_no_price_stands_below_every_price() {
        let price = |rupees| Price::from_rupees(rupees).unwrap();
        let mut worthless = row(Call, 24600);
        worthless.prices = Some(TradedPrices { last: price(0.05), high: price(300.0), low: price(0.05) });
        let mut dear = row(Call, 24500);
        dear.prices = Some(TradedPrices { last: price(112.35), high: price(250.0), low: price(50.0) });
        let mut rungs = Ladder::of(vec![row(Call, 24400), dear, worthless, row(Put, 24700)]).rungs;
        let mut strikes = |order: &str| {
            Order::of_text(order).sort(&mut rungs);
            rungs.iter().map(|rung| rung.strike.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(strikes("-call_last"), ["24500", "24600", "24400", "24700"]);
        assert_eq!(strikes("-call_high")[..2], ["24600", "24500"]);
        assert_eq!(strikes("call_low")[2..], ["24600", "24500"]);
    }
}
