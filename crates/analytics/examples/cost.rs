//! What it costs: `cargo run --release -p analytics --example cost`. Medians, so that a busy machine says less.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement is read by whoever runs it")]
#![expect(clippy::disallowed_methods, reason = "the clock is what is measured with")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use analytics::series::{ExpirySeriesMaker, Series};
use analytics::{Black76, CandleOf, ChainState, ListedOption, Rate, Settlement, Side, Terms, Volatility};
use market::{Candle, Day, EpochSeconds, Paise, Price, Prices, Strike};

const FORWARD: f64 = 24_612.0;
const SESSION_MINUTES: usize = 375;

fn ladder(strikes: i64) -> Vec<ListedOption> {
    let half = strikes / 2;
    (-half..strikes - half)
        .flat_map(|step| Side::BOTH.map(|side| (24_600 + 50 * step, side)))
        .map(|(rupees, side)| ListedOption {
            strike: Strike(Paise(rupees * 100)),
            side,
            tick: Paise(5),
            lot: 75,
        })
        .collect()
}

/// All options trade, priced by a smile, on their tick.
fn minute(options: &[ListedOption], terms: Terms, at: EpochSeconds) -> Vec<(CandleOf, Candle)> {
    let years = terms.settlement.time_left(at).years().unwrap();
    let model = Black76::new(FORWARD, years, terms.rate).unwrap();
    let of = |(place, option): (usize, &ListedOption)| {
        let moneyness = (option.strike.to_rupees() / FORWARD).ln();
        let volatility = Volatility::new(0.12 - 0.2 * moneyness + 3.0 * moneyness * moneyness).unwrap();
        let rupees = model.price(option.strike, option.side, volatility).unwrap();
        let price = Price::from_rupees((rupees * 20.0).round().max(1.0) / 20.0).unwrap();
        let prices = Prices { open: price, high: price, low: price, close: price };
        (CandleOf::Option(place), Candle { start: at, prices, volume: 75, open_interest: 750 })
    };
    options.iter().enumerate().map(of).collect()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn timed<T>(runs: usize, mut run: impl FnMut() -> T) -> Duration {
    let once = |_| {
        let start = Instant::now();
        black_box(run());
        start.elapsed()
    };
    median((0..runs).map(once).collect())
}

fn main() {
    let expiry: Day = "2025-08-28".parse().unwrap();
    let terms = Terms { settlement: Settlement::of(expiry), rate: Rate::DEFAULT };
    let day = expiry.plus_days(-14);
    let at = |minute: usize| day.at_minute(555 + minute as u16);

    for strikes in [100, 200] {
        let options = ladder(strikes);
        let candles = minute(&options, terms, at(60));
        let mut state = ChainState::new(terms, at(0), &options);
        state.advance(at(60), &candles);
        let priced = state.snapshot().chain().rows.iter().filter(|row| row.volatility.is_ok()).count();
        println!("{strikes} strikes with both sides, {priced} of them with a volatility");
        println!("  snapshot with its forward  {:>10.1?}", timed(2_001, || state.snapshot()));
        println!("  chain                      {:>10.1?}", timed(2_001, || state.snapshot().chain()));
        println!("  advance by all candles     {:>10.1?}", timed(2_001, || state.advance(at(60), &candles)));
        let day_of_candles: Vec<_> = (0..SESSION_MINUTES).map(|of| minute(&options, terms, at(of))).collect();
        let played = || {
            let mut state = ChainState::new(terms, at(0), &options);
            let of = |(place, candles): (usize, &Vec<_>)| {
                state.advance(at(place), candles);
                state.snapshot().chain().rows.len()
            };
            day_of_candles.iter().enumerate().map(of).sum::<usize>()
        };
        println!("  a day of chains            {:>10.1?}", timed(5, played));
        for text in ["atm-straddle", "atm-volatility", "strangle delta=0.25", "max-pain", "skew"] {
            let Ok(Series::OfExpiry(series)) = text.parse() else { continue };
            let made = || {
                let mut state = ChainState::new(terms, at(0), &options);
                let mut maker = ExpirySeriesMaker::new(series);
                let of = |(place, candles): (usize, &Vec<_>)| {
                    state.advance(at(place), candles);
                    maker.minute(&state.snapshot())
                };
                day_of_candles.iter().enumerate().filter_map(of).collect::<Vec<_>>()
            };
            println!("  a day of {text:<17} {:>10.1?}", timed(5, made));
        }
    }

    let options = ladder(100);
    let candles = minute(&options, terms, at(60));
    let model =
        Black76::new(FORWARD, terms.settlement.time_left(at(60)).years().unwrap(), terms.rate).unwrap();
    let prices: Vec<(ListedOption, f64)> = options
        .iter()
        .copied()
        .zip(candles.iter().map(|(_, candle)| candle.prices.close.to_rupees()))
        .collect();
    let solve = || {
        let all = prices.iter().cycle().take(1_000_000);
        all.filter_map(|(of, price)| model.volatility(of.strike, of.side, *price))
            .map(Volatility::fraction)
            .sum::<f64>()
    };
    println!("a million volatilities       {:>10.1?}", timed(3, solve));
}
