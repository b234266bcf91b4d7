//! What is told of an instrument, made of what stored minutes say of it.

use engine::SlotMoment;
use market::{Candle, EpochSeconds};

use super::request::Mode;
use super::wire::{
    Feed, FeedUnion, FirstLevelWithGreeks, FullFeed, FullFeedUnion, IndexFullFeed, Ltpc, MarketFullFeed,
    MarketLevel, MarketOhlc, Ohlc, OptionGreeks,
};

const MINUTE: &str = "I1";
const DAY: &str = "1d";

/// `None` of what no row tells of yet.
pub fn feed(of: &SlotMoment, mode: Mode, is_index: bool) -> Option<Feed> {
    if of.last.is_none() && of.minute.is_none() {
        return None;
    }
    let ltpc = ltpc(of);
    let (vtt, oi) = (of.day.map_or(0, |day| day.volume), of.open_interest.unwrap_or(0) as f64);
    let (iv, option_greeks) = (of.volatility.unwrap_or(0.0), option_greeks(of));
    let union = match mode {
        Mode::Ltpc => FeedUnion::Ltpc(ltpc),
        Mode::OptionGreeks => {
            FeedUnion::FirstLevel(FirstLevelWithGreeks { ltpc: Some(ltpc), option_greeks, vtt, oi, iv })
        }
        Mode::Full | Mode::FullD30 => {
            let (ltpc, market_ohlc) = (Some(ltpc), Some(candles(of)));
            let full = if is_index {
                FullFeedUnion::Index(IndexFullFeed { ltpc, market_ohlc })
            } else {
                let market_level = Some(MarketLevel {});
                FullFeedUnion::Market(MarketFullFeed {
                    ltpc,
                    market_level,
                    option_greeks,
                    market_ohlc,
                    vtt,
                    oi,
                    iv,
                })
            };
            FeedUnion::Full(FullFeed { union: Some(full) })
        }
    };
    Some(Feed { union: Some(union), request_mode: mode.on_the_wire().into() })
}

/// Empty of what was never traded: a row of open interest alone repeats a price that is nobody's.
fn ltpc(of: &SlotMoment) -> Ltpc {
    let (ltp, ltt) = of.last.map_or((0.0, 0), |(price, at)| (price.to_rupees(), millis(at)));
    Ltpc { ltp, ltt, cp: of.previous_close.map_or(0.0, |price| price.to_rupees()) }
}

fn option_greeks(of: &SlotMoment) -> Option<OptionGreeks> {
    let greeks = of.greeks?;
    Some(OptionGreeks { delta: greeks.delta, theta: greeks.theta, gamma: greeks.gamma, vega: greeks.vega })
}

fn candles(of: &SlotMoment) -> MarketOhlc {
    let day = of.day.map(|day| ohlc(DAY, &Candle { start: day.start.day().start(), ..day }));
    let minute = of.minute.map(|minute| ohlc(MINUTE, &minute));
    MarketOhlc { ohlc: day.into_iter().chain(minute).collect() }
}

fn ohlc(interval: &str, candle: &Candle) -> Ohlc {
    let prices = candle.prices;
    Ohlc {
        interval: interval.to_owned(),
        open: prices.open.to_rupees(),
        high: prices.high.to_rupees(),
        low: prices.low.to_rupees(),
        close: prices.close.to_rupees(),
        vol: candle.volume,
        ts: millis(candle.start),
    }
}

pub fn millis(at: EpochSeconds) -> i64 {
    at.0.saturating_mul(1000)
}
