//! A made series in coarser intervals, made of its minutes and never by averaging: a point is the last one of its bar, gap
//! or not, so that all that stands in a row is of one moment; a bar of prices opens, turns and closes with the points in it.

use market::{Bar, BarStarts, Candle, ChartInterval, Price, PriceRows, Prices, SessionAnchors, resample};

use super::point::Point;

/// The rule in words, for whoever shows points of bars.
pub const RULE_OF_BARS: &str =
    "Each bar has the values of the last minute in it, and is a gap where that is one.";

/// Points of minutes, oldest first.
pub fn coarser(points: &[Point], interval: ChartInterval, anchors: &SessionAnchors<'_>) -> Vec<Point> {
    let mut starts = BarStarts::new(interval, anchors);
    let mut coarse: Vec<Point> = Vec::new();
    for point in points {
        let at = starts.of(point.at);
        match coarse.last_mut() {
            Some(last) if last.at == at => last.values.clone_from(&point.values),
            _ => coarse.push(Point { at, values: point.values.clone() }),
        }
    }
    coarse
}

/// Bars of the first column, where that is in rupees. A gap has no part in its bar; a bar of gaps alone is none.
pub fn value_bars(points: &[Point], interval: ChartInterval, anchors: &SessionAnchors<'_>) -> Vec<Bar> {
    let candle = |point: &Point| {
        let price = Price::from_rupees((*point.values.as_ref().ok()?.first()?)?)?;
        let prices = Prices { open: price, high: price, low: price, close: price };
        Some(Candle { start: point.at, prices, volume: 0, open_interest: 0 })
    };
    let candles: Vec<Candle> = points.iter().filter_map(candle).collect();
    resample(&candles, interval, PriceRows::All, anchors)
}
