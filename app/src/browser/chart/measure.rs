//! What lies between two points of a chart, in words: the difference in price and per cent, time and bars.

use market::EpochSeconds;

use super::picture::ChartPicture;
use crate::format;

const MINUTE_SECONDS: i64 = 60;
const DAY_MINUTES: i64 = 24 * 60;

/// Two points: each a bar and a price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Points {
    pub from: (usize, f64),
    pub to: (usize, f64),
}

/// `+12.50 (+4.20 %), 1 h 15 min, 16 bars: 1 Aug 2025, 09:15 at 297.60 to 1 Aug 2025, 10:30 at 310.10`.
pub fn measure_words(picture: &ChartPicture, points: Points) -> Option<String> {
    let ((from, from_price), (to, to_price)) = (points.from, points.to);
    let moment = |at: usize| picture.times.get(at).map(|time| EpochSeconds(*time));
    let (start, end) = (moment(from)?, moment(to)?);
    let difference = to_price - from_price;
    let sign = if difference < 0.0 { "−" } else { "+" };
    let share = if from_price > 0.0 {
        format!(" ({sign}{:.2} %)", (difference / from_price * 100.0).abs())
    } else {
        String::new()
    };
    let bars = to.abs_diff(from);
    let when = |at: EpochSeconds| if picture.is_daily { format::day(at.day()) } else { format::moment(at) };
    Some(format!(
        "{sign}{}{share}, {}, {}: {} at {} to {} at {}",
        format::rupees(difference.abs()),
        time_words((end.0 - start.0).abs() / MINUTE_SECONDS),
        format::counted(bars as u64, "bar", "bars"),
        when(start),
        format::rupees(from_price),
        when(end),
        format::rupees(to_price),
    ))
}

/// `75 minutes`, `3 days 2 h 5 min`: as the clock on the wall runs.
fn time_words(minutes: i64) -> String {
    let (days, hours, rest) = (minutes / DAY_MINUTES, minutes % DAY_MINUTES / 60, minutes % 60);
    match days {
        0 => format::counted(minutes.unsigned_abs(), "minute", "minutes"),
        _ => {
            let days = format::counted(days.unsigned_abs(), "day", "days");
            if hours == 0 && rest == 0 { days } else { format!("{days} {hours} h {rest} min") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::chart::arrays::sample;

    #[test]
    fn two_points_are_told_by_price_time_and_bars() {
        let start = EpochSeconds::parse_rfc3339("2025-08-01T09:15:00+05:30").unwrap().0;
        let times = [start, start + 60, start + 120, start + 86_400 + 300];
        let picture = ChartPicture::of_candles(&sample(&times, &[Some(1.0); 4]), false, 0.05);
        let words = |from, to| measure_words(&picture, Points { from, to }).unwrap();
        assert_eq!(
            words((0, 297.6), (2, 310.1)),
            "+12.50 (+4.20 %), 2 minutes, 2 bars: 1 Aug 2025, 09:15 at 297.60 to 1 Aug 2025, 09:17 at 310.10"
        );
        assert!(words((3, 200.0), (0, 100.0)).starts_with("−100.00 (−50.00 %), 1 day 0 h 5 min, 3 bars: "));
        assert!(words((1, 0.0), (1, 0.0)).starts_with("+0.00, 0 minutes, 0 bars"));
        assert_eq!(measure_words(&picture, Points { from: (0, 1.0), to: (9, 1.0) }), None);
    }
}
