//! In which whole numbers the prices of a series are stored: the coarsest of paise, hundredths of a paisa and
//! millionths of a rupee that holds all of them (`series.price_scale`). The first finer price rescales what is
//! stored of its series. Refuses to round.

use market::{Candle, Price, Prices};
use rusqlite::{Connection, params};

use crate::SeriesId;
use crate::error::{Result, StoreError};
use crate::queries::one_row;

/// Coarsest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PriceScale {
    Hundredths,
    TenThousandths,
    Millionths,
}

const HUNDREDTH: i64 = Price::PER_RUPEE / 100;
const TEN_THOUSANDTH: i64 = Price::PER_RUPEE / 10_000;

impl PriceScale {
    const ALL: [Self; 3] = [Self::Hundredths, Self::TenThousandths, Self::Millionths];

    /// What one stored unit is, in millionths of a rupee.
    fn unit(self) -> i64 {
        match self {
            Self::Hundredths => HUNDREDTH,
            Self::TenThousandths => TEN_THOUSANDTH,
            Self::Millionths => 1,
        }
    }

    /// As `series.price_scale` has it: units to the rupee.
    fn to_the_rupee(self) -> i64 {
        Price::PER_RUPEE / self.unit()
    }

    /// The coarsest that holds every price of these candles.
    pub(crate) fn of(candles: &[Candle]) -> Self {
        // With divisors that the compiler knows: this looks at every price that is ever stored.
        if all_prices(candles, |price| price.0 % HUNDREDTH == 0) {
            Self::Hundredths
        } else if all_prices(candles, |price| price.0 % TEN_THOUSANDTH == 0) {
            Self::TenThousandths
        } else {
            Self::Millionths
        }
    }

    pub(crate) fn of_series(connection: &Connection, series: SeriesId) -> Result<Self> {
        let sql = "SELECT price_scale FROM series WHERE id = ?";
        one_row(connection, sql, [series.0], |row| Self::of_column(row.get(0)?))
    }

    /// Of `series.price_scale`.
    pub(crate) fn of_column(to_the_rupee: i64) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|scale| scale.to_the_rupee() == to_the_rupee)
            .ok_or_else(|| StoreError::unreadable(format!("price scale {to_the_rupee}")))
    }

    pub(crate) fn price(self, stored: i64) -> Price {
        Price(stored * self.unit())
    }

    /// Of a price that this scale holds.
    pub(crate) fn stored(self, price: Price) -> i64 {
        match self {
            Self::Hundredths => price.0 / HUNDREDTH,
            Self::TenThousandths => price.0 / TEN_THOUSANDTH,
            Self::Millionths => price.0,
        }
    }
}

fn all_prices(candles: &[Candle], holds: impl Fn(Price) -> bool) -> bool {
    candles.iter().all(|candle| {
        let Prices { open, high, low, close } = candle.prices;
        holds(open) && holds(high) && holds(low) && holds(close)
    })
}

/// The scale of a series once it can hold these candles; what is stored of it has been rescaled where it had to be.
pub(crate) fn make_room(connection: &Connection, series: SeriesId, candles: &[Candle]) -> Result<PriceScale> {
    let (stored, needed) = (PriceScale::of_series(connection, series)?, PriceScale::of(candles));
    if needed <= stored {
        return Ok(stored);
    }
    let times = stored.unit() / needed.unit();
    const ROWS: [&str; 4] = ["open", "high", "low", "close"];
    const DAYS: [&str; 3] = ["traded_high", "traded_low", "traded_last"];
    for (table, prices) in [("candle", &ROWS[..]), ("revision", &ROWS), ("series_day", &DAYS)] {
        let finer: Vec<String> = prices.iter().map(|price| format!("{price} = {price} * ?2")).collect();
        let sql = format!("UPDATE {table} SET {} WHERE series_id = ?1", finer.join(", "));
        connection.execute(&sql, params![series.0, times])?;
    }
    connection.execute(
        "UPDATE series SET price_scale = ?2 WHERE id = ?1",
        params![series.0, needed.to_the_rupee()],
    )?;
    Ok(needed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::EpochSeconds;

    fn candle(rupees: [f64; 4]) -> Candle {
        let [open, high, low, close] = rupees.map(|rupees| Price::from_rupees(rupees).unwrap());
        let prices = Prices { open, high, low, close };
        Candle { start: EpochSeconds(0), prices, volume: 0, open_interest: 0 }
    }

    #[test]
    fn the_coarsest_scale_that_holds_all() {
        let whole = candle([24618.9, 24620.0, 24618.05, 24619.0]);
        for (close, scale) in [
            (24619.0, PriceScale::Hundredths),
            (982.275, PriceScale::TenThousandths),
            (982.2751, PriceScale::TenThousandths),
            (982.275_01, PriceScale::Millionths),
        ] {
            let candles = [whole, candle([1.0, 1.0, 1.0, close])];
            assert_eq!(PriceScale::of(&candles), scale, "{close}");
            let price = candles[1].prices.close;
            assert_eq!(scale.price(scale.stored(price)), price);
        }
        assert_eq!(PriceScale::of(&[]), PriceScale::Hundredths);
        assert_eq!(PriceScale::ALL.map(PriceScale::to_the_rupee), [100, 10_000, 1_000_000]);
        assert!(PriceScale::ALL.is_sorted());
    }
}
