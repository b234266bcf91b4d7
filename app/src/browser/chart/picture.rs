//! What a chart shows, whoever made it: times, candles, and any number of lines and bars in named panes, all as long as
//! the times. It knows no contract and asks for nothing.

use market::{EpochSeconds, IST_OFFSET_SECONDS};
use protocol::{AxisMark, CandleColumns};

/// The pane of the candles, and the same with an axis of its own on the left.
pub const PRICE_PANE: &str = "price";
pub const LEFT_AXIS: &str = "left";

/// Lines have so many colours, one after the other; `chart.css` has them.
pub const SHADES: usize = 7;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartPicture {
    /// The start of each bar, rising.
    pub times: Vec<i64>,
    pub is_daily: bool,
    /// The smallest step of a price, in rupees.
    pub tick: f64,
    /// Open, high, low, close; nothing in a gap. Without them there are lines alone.
    pub prices: Option<[Vec<Option<f64>>; 4]>,
    pub parts: Vec<ChartPart>,
    pub marks: Vec<AxisMark>,
    /// Prices are told as if each had been 100 at the first bar in view that all have.
    pub is_indexed: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ChartPart {
    /// `PRICE_PANE`, `LEFT_AXIS`, or a name of its own; panes come in the order of their first part.
    pub pane: String,
    pub title: String,
    /// `rupees`, `units`, `fraction` or `greek`: how its axis is written.
    pub unit: &'static str,
    pub shape: PartShape,
    pub values: Vec<Option<f64>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartShape {
    Bars,
    Line {
        shade: usize,
        /// Where prices are indexed it has its own base, and not that of the candles.
        is_apart: bool,
    },
}

impl ChartPicture {
    /// Candles with their volume and open interest; whoever wants more adds parts.
    pub fn of_candles(columns: &CandleColumns, is_daily: bool, tick: f64) -> Self {
        let counts =
            |counts: &[Option<i64>]| counts.iter().map(|count| count.map(|count| count as f64)).collect();
        let pane = |title: &str, shape, values| ChartPart {
            pane: title.to_owned(),
            title: title.to_owned(),
            unit: "units",
            shape,
            values,
        };
        let interest = PartShape::Line { shade: 0, is_apart: false };
        let CandleColumns { open, high, low, close, volume, open_interest, .. } = columns;
        Self {
            times: columns.time.clone(),
            is_daily,
            tick,
            prices: Some([open.clone(), high.clone(), low.clone(), close.clone()]),
            parts: vec![
                pane("Volume", PartShape::Bars, counts(volume)),
                pane("Open interest", interest, counts(open_interest)),
            ],
            marks: columns.marks.clone(),
            is_indexed: false,
        }
    }

    /// The bar that begins at a moment.
    pub fn bar_at(&self, moment: i64) -> Option<usize> {
        self.times.binary_search(&moment).ok()
    }
}

/// A time as the chart library wants it: it draws UTC, so that IST is shown it is shifted.
pub fn shifted(moment: EpochSeconds) -> f64 {
    (moment.0 + IST_OFFSET_SECONDS) as f64
}

/// The moment of a shifted time.
pub fn unshifted(time: f64) -> EpochSeconds {
    EpochSeconds(time as i64 - IST_OFFSET_SECONDS)
}

/// What is not there is not a number.
pub fn plain(values: &[Option<f64>]) -> Vec<f64> {
    values.iter().map(|value| value.unwrap_or(f64::NAN)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::chart::arrays::sample;

    #[test]
    fn candles_come_with_volume_and_open_interest() {
        let picture = ChartPicture::of_candles(&sample(&[60, 120], &[None, Some(2.0)]), false, 0.05);
        let panes: Vec<&str> = picture.parts.iter().map(|part| part.pane.as_str()).collect();
        assert_eq!(panes, ["Volume", "Open interest"]);
        assert_eq!((picture.bar_at(120), picture.bar_at(90)), (Some(1), None));
        assert_eq!(picture.parts[0].values, [Some(75.0); 2]);
        let closes = plain(&picture.prices.unwrap()[3]);
        assert!(closes[0].is_nan() && closes[1] == 2.0);
    }

    #[test]
    fn the_chart_shows_indian_time() {
        let moment = EpochSeconds::parse_rfc3339("2025-08-28T09:15:00+05:30").unwrap();
        let as_utc = EpochSeconds::parse_rfc3339("2025-08-28T09:15:00Z").unwrap().0;
        assert_eq!(shifted(moment), as_utc as f64);
        assert_eq!(unshifted(shifted(moment)), moment);
    }
}
