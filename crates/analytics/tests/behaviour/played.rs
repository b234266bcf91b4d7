//! A day played minute by minute against the same minute made at once.

use analytics::{CandleOf, ChainState, Quote, Side, Trade};
use market::Candle;

use crate::world::{candle, day, ladder, minute, option, price, strike, terms};

/// Not all options trade in each minute.
fn traded(of: usize, minute: u16) -> bool {
    (of * 7 + usize::from(minute) * 3).is_multiple_of(5)
}

#[test]
fn a_played_minute_is_the_one_made_at_once() {
    let terms = terms("2025-08-28");
    let listed = ladder((-10..=10).map(|step| 24_600 + 50 * step));
    let mut played = ChainState::new(terms, day("2025-08-25").at_minute(555), &listed);
    let mut all: Vec<(CandleOf, Candle)> = Vec::new();
    for (on, from, to) in [("2025-08-25", 900, 930), ("2025-08-26", 555, 600)] {
        for of_day in from..to {
            let at = day(on).at_minute(of_day);
            let forward = 24_600.0 + f64::from(of_day % 17);
            let candles: Vec<_> = minute(&listed, terms, at, forward)
                .into_iter()
                .filter(|(of, _)| matches!(of, CandleOf::Option(place) if traded(*place, of_day)))
                .chain([(CandleOf::Future, candle(at, forward, 75, 0))])
                .collect();
            played.advance(at, &candles);
            all.extend(candles);
        }
    }
    let at = day("2025-08-26").at_minute(599);
    let mut at_once = ChainState::new(terms, day("2025-08-25").at_minute(555), &listed);
    at_once.advance(at, &all);
    let chain = played.snapshot().chain();
    assert_eq!(chain, at_once.snapshot().chain());
    assert!(chain.rows.iter().filter(|row| row.volatility.is_ok()).count() > 5);

    // And of plain quotes, as one reads them of a store.
    let quotes: Vec<Quote> = (0..listed.len()).map(|place| quote_of(&all, place, &listed)).collect();
    let last_of = |wanted| {
        let trades = all.iter().filter(|(of, _)| *of == wanted);
        trades.filter_map(|(_, candle)| Trade::of(candle)).next_back()
    };
    let read = ChainState::of_quotes(terms, at, quotes, last_of(CandleOf::Future), None);
    assert_eq!(chain, read.snapshot().chain());
}

fn quote_of(all: &[(CandleOf, Candle)], place: usize, listed: &[analytics::ListedOption]) -> Quote {
    let rows = all.iter().filter(|(of, _)| *of == CandleOf::Option(place)).map(|(_, candle)| candle);
    let (before, today): (Vec<&Candle>, Vec<&Candle>) =
        rows.partition(|candle| candle.start < day("2025-08-26").start());
    Quote {
        option: listed[place],
        last: today.last().or(before.last()).and_then(|candle| Trade::of(candle)),
        previous_close: before.last().map(|candle| candle.prices.close),
        previous_open_interest: before.last().map(|candle| candle.open_interest),
        volume: today.iter().map(|candle| candle.volume).sum(),
        open_interest: today.last().or(before.last()).map(|candle| candle.open_interest),
    }
}

#[test]
fn a_trade_of_later_is_not_known_whoever_tells_of_it() {
    let at = day("2025-08-26").at_minute(600);
    let quote = |minute: u16, rupees: f64| Quote {
        last: Some(Trade { price: price(rupees), at: day("2025-08-26").at_minute(minute) }),
        ..Quote::new(option(24_600 + i64::from(minute), Side::Call))
    };
    let later = Some(Trade { price: price(24_612.0), at: day("2025-08-26").at_minute(601) });
    let quotes = vec![quote(600, 100.0), quote(601, 100.0), quote(599, 0.0)];
    let state = ChainState::of_quotes(terms("2025-08-28"), at, quotes, later, later);
    let chain = state.snapshot().chain();
    assert_eq!(chain.rows.iter().map(|row| row.strike).collect::<Vec<_>>(), [strike(25_200)]);
    assert!(chain.head.forward.is_err() && chain.head.spot.is_err());
}

#[test]
fn time_does_not_run_backwards() {
    let terms = terms("2025-08-28");
    let listed = ladder([24_600].into_iter());
    let mut state = ChainState::new(terms, day("2025-08-26").at_minute(600), &listed);
    let earlier = day("2025-08-26").at_minute(599);
    state.advance(earlier, &minute(&listed, terms, earlier, 24_600.0));
    assert_eq!(state.snapshot().at(), day("2025-08-26").at_minute(600));
    assert!(state.snapshot().chain().rows.is_empty());
}
