//! Realised volatility as a series: a point for each close of the underlying or a future.

use market::{EpochSeconds, Price};

use super::RealisedOf;
use super::point::{Gap, Point};
use crate::RealisedVolatility;

/// Closes of minutes, oldest first; those of a contract without trades in their minute are left out by the caller.
pub fn realised_points(
    of: RealisedOf,
    closes: impl IntoIterator<Item = (EpochSeconds, Price)>,
) -> Vec<Point> {
    let mut realised = RealisedVolatility::new(of.window_minutes, of.nights);
    let point = |(at, price)| {
        let values = realised.close(at, price).map(|volatility| vec![Some(volatility)]);
        Point { at, values: values.ok_or(Gap::WindowNotFull) }
    };
    closes.into_iter().map(point).collect()
}
