//! Minutes into the broker's longer candles. 3 to 30 minutes come from `market::resample`; a day's close is
//! the volume-weighted average of its last half hour, as the exchange's closing price is [OBS S13 on another
//! broker; UNCERTAIN for this one]. Refuses part days: it must be given whole ones.

use market::{
    Candle, ChartInterval, Interval, Paise, Price, PriceRows, Prices, SessionAnchors, TradingCalendar,
    resample,
};

const CLOSING_MINUTES: u16 = 30;

/// `minutes` oldest first. A stretch in which nothing traded but rows exist is a flat candle, as those rows
/// are: UNCERTAIN, nobody has recorded one.
pub fn aggregate(minutes: &[Candle], interval: Interval, tick: i64) -> Vec<Candle> {
    if interval == Interval::Minute1 {
        return minutes.to_vec();
    }
    let anchors = SessionAnchors::of(TradingCalendar::bundled());
    let traded = resample(minutes, ChartInterval::from(interval), PriceRows::WithVolume, &anchors);
    let all = resample(minutes, ChartInterval::from(interval), PriceRows::All, &anchors);
    let mut candles: Vec<Candle> = traded
        .into_iter()
        .zip(all)
        .filter_map(|(bar, with_quiet_rows)| {
            Some(Candle {
                start: bar.start,
                prices: bar.prices.or(with_quiet_rows.prices)?,
                volume: bar.volume,
                open_interest: bar.open_interest,
            })
        })
        .collect();
    if interval == Interval::Day {
        for candle in &mut candles {
            set_closing_price(candle, minutes, tick);
        }
    }
    candles
}

fn set_closing_price(candle: &mut Candle, minutes: &[Candle], tick: i64) {
    let day = candle.start.day();
    let windows = TradingCalendar::bundled().day(day);
    let Some(close) = windows.windows().last().map(|window| window.close) else { return };
    let closing_from = day.at_minute(close - CLOSING_MINUTES);
    let first = minutes.partition_point(|row| row.start < closing_from);
    let of_day = minutes[first..].iter().take_while(|row| row.start.day() == day);
    let (value, volume) = of_day.fold((0i128, 0i128), |(value, volume), row| {
        let traded = i128::from(row.volume);
        (value + i128::from(row.prices.close.0) * traded, volume + traded)
    });
    if volume > 0 {
        let tick = i128::from(Price::from(Paise(tick)).0);
        let ticks = (value + volume * tick / 2) / (volume * tick);
        // An average of prices that fit lies between them.
        candle.prices.close = Price((ticks * tick) as i64);
        let Prices { high, low, close, .. } = candle.prices;
        candle.prices.close = close.clamp(low, high);
    }
}
