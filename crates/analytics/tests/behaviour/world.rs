//! A market whose volatility is known: options priced by a smile on a forward, as candles.

use analytics::{
    Black76, CandleOf, ChainState, ListedOption, Rate, Settlement, Side, Terms, Volatility, YearFraction,
};
use market::{Candle, Day, EpochSeconds, Paise, Price, Prices, Strike};

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub fn strike(rupees: i64) -> Strike {
    Strike(Paise(rupees * 100))
}

pub fn price(rupees: f64) -> Price {
    Price::from_rupees(rupees).unwrap()
}

pub fn terms(expiry: &str) -> Terms {
    Terms { settlement: Settlement::of(day(expiry)), rate: Rate::DEFAULT }
}

pub fn candle(start: EpochSeconds, rupees: f64, volume: i64, open_interest: i64) -> Candle {
    let price = price(rupees);
    Candle {
        start,
        prices: Prices { open: price, high: price, low: price, close: price },
        volume,
        open_interest,
    }
}

pub fn option(rupees: i64, side: Side) -> ListedOption {
    ListedOption { strike: strike(rupees), side, tick: Paise(5), lot: 75 }
}

/// Calls and puts of strikes, call before put.
pub fn ladder(strikes: impl Iterator<Item = i64>) -> Vec<ListedOption> {
    strikes.flat_map(|rupees| Side::BOTH.map(|side| option(rupees, side))).collect()
}

/// Higher below the money than above.
pub fn smile(forward: f64, strike: Strike) -> Volatility {
    let moneyness = (strike.to_rupees() / forward).ln();
    Volatility::new(0.12 - 0.25 * moneyness + 4.0 * moneyness * moneyness).unwrap()
}

pub fn worth(forward: f64, years: YearFraction, option: &ListedOption) -> f64 {
    let model = Black76::new(forward, years, Rate::DEFAULT).unwrap();
    model.price(option.strike, option.side, smile(forward, option.strike)).unwrap()
}

/// All options trade in the minute at what they are worth, to the millionth; nothing else does.
pub fn minute(
    options: &[ListedOption],
    terms: Terms,
    at: EpochSeconds,
    forward: f64,
) -> Vec<(CandleOf, Candle)> {
    let years = terms.settlement.time_left(at).years().unwrap();
    let of = |(place, option): (usize, &ListedOption)| {
        let rupees = worth(forward, years, option).max(0.05);
        (CandleOf::Option(place), candle(at, rupees, 75, 750 * (place as i64 + 1)))
    };
    options.iter().enumerate().map(of).collect()
}

/// A state in which all of it happened.
pub fn state(options: &[ListedOption], terms: Terms, at: EpochSeconds, forward: f64) -> ChainState {
    let mut state = ChainState::new(terms, at, options);
    state.advance(at, &minute(options, terms, at, forward));
    state
}
