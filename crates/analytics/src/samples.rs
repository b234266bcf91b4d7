//! Options and candles for tests.

use market::{Candle, EpochSeconds, Paise, Price, Prices, Strike};

use crate::{ListedOption, Side};

pub fn option(rupees: i64, side: Side) -> ListedOption {
    ListedOption { strike: Strike(Paise(rupees * 100)), side, tick: Paise(5), lot: 75 }
}

/// One print.
pub fn candle(start: EpochSeconds, rupees: f64, volume: i64, open_interest: i64) -> Candle {
    let price = Price::from_rupees(rupees).unwrap();
    Candle {
        start,
        prices: Prices { open: price, high: price, low: price, close: price },
        volume,
        open_interest,
    }
}
