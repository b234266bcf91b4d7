//! The payoff of a strategy: at its first expiry and in a minute before, with the break-evens and where the underlying
//! stood.

use protocol::{PayoffPoint, StrategyPayoff};

use super::strategy::{moment, signed};
use crate::drawn_strategy::{PayoffDrawn, PayoffMark};
use crate::format;

const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 100.0;
const TICKS: usize = 5;
/// What a mark's words need of the width, in percent.
const ROOM: f64 = 22.0;
/// Rows of the table: each so many points of the curve.
const ROW_EVERY: usize = 6;

struct Ground {
    from: f64,
    to: f64,
    low: f64,
    high: f64,
}

impl Ground {
    fn of(curve: &[PayoffPoint]) -> Option<Self> {
        let (from, to) = (curve.first()?.underlying, curve.last()?.underlying);
        let values = curve.iter().flat_map(|point| [Some(point.at_expiry), point.at_moment]).flatten();
        let (low, high) = values.fold((0.0_f64, 0.0_f64), |(low, high), of| (low.min(of), high.max(of)));
        // Flat parts of the line lie clear of what is written at the ends of the axis.
        let margin = ((high - low) * 0.14).max(1.0);
        Some(Self { from, to, low: low - margin, high: high + margin })
    }

    fn x(&self, underlying: f64) -> f64 {
        (underlying - self.from) / (self.to - self.from).max(f64::MIN_POSITIVE) * WIDTH
    }

    fn y(&self, rupees: f64) -> f64 {
        HEIGHT - (rupees - self.low) / (self.high - self.low) * HEIGHT
    }

    fn line(&self, points: impl Iterator<Item = (f64, f64)>) -> String {
        let mut path = String::new();
        for (place, (underlying, rupees)) in points.enumerate() {
            let letter = if place == 0 { 'M' } else { 'L' };
            path.push_str(&format!("{letter}{:.1} {:.1}", self.x(underlying), self.y(rupees)));
        }
        path
    }

    /// What stands at an end of the axis: the limit of the profit at the expiry where the line reaches it, else how far
    /// it is drawn.
    fn end(&self, name: &str, limit: Option<f64>, reached: f64, axis: f64) -> String {
        match limit {
            Some(limit) if (limit - reached).abs() <= (self.high - self.low) * 0.005 => {
                format!("{name} {} at expiry", signed(limit))
            }
            Some(_) => format!("drawn to {}", signed(axis)),
            None => format!("unlimited, drawn to {}", signed(axis)),
        }
    }

    /// Between a line and nought, on one side of it.
    fn area(&self, curve: &[PayoffPoint], side: fn(f64) -> f64) -> String {
        let Some((first, last)) = curve.first().zip(curve.last()) else { return String::new() };
        let top = self.line(curve.iter().map(|point| (point.underlying, side(point.at_expiry))));
        let zero = self.y(0.0);
        format!("{top}L{:.1} {zero:.1}L{:.1} {zero:.1}Z", self.x(last.underlying), self.x(first.underlying))
    }
}

pub(super) fn payoff(of: &StrategyPayoff) -> PayoffDrawn {
    let Some(ground) = Ground::of(&of.curve) else { return PayoffDrawn::default() };
    let moments: Option<Vec<(f64, f64)>> =
        of.curve.iter().map(|point| Some((point.underlying, point.at_moment?))).collect();
    let share = |underlying: f64| ground.x(underlying) / WIDTH * 100.0;
    // Without a forward the words of the marks stand towards the nearer edge.
    let spot = of.forward.map_or(50.0, share);
    let is_drawn = |price: &f64| (ground.from..=ground.to).contains(price);
    let mut marks: Vec<PayoffMark> =
        of.break_even.iter().copied().filter(is_drawn).map(|price| mark(share(price), price, spot)).collect();
    let when = format!(" on {}", moment(&of.at));
    marks.extend(of.forward.map(|forward| PayoffMark {
        name: "Forward ".to_owned(),
        when,
        is_spot: true,
        ..mark(spot, forward, spot)
    }));
    let expired = || of.curve.iter().map(|point| point.at_expiry);
    let (highest, lowest) = (expired().fold(f64::MIN, f64::max), expired().fold(f64::MAX, f64::min));
    let bound = |rupees: Option<f64>, unlimited: &str| rupees.map_or(unlimited.to_owned(), signed);
    let even: Vec<String> = of.break_even.iter().map(|price| format::rupees_short(price.round())).collect();
    let even = if even.is_empty() { "nowhere".to_owned() } else { even.join(" and ") };
    PayoffDrawn {
        at_expiry: ground.line(of.curve.iter().map(|point| (point.underlying, point.at_expiry))),
        at_moment: moments.map(|points| ground.line(points.into_iter())).unwrap_or_default(),
        gain: ground.area(&of.curve, |rupees| rupees.max(0.0)),
        loss: ground.area(&of.curve, |rupees| rupees.min(0.0)),
        zero: ground.y(0.0),
        top: ground.end("most", of.max_profit, highest, ground.high),
        bottom: ground.end("least", of.max_loss, lowest, ground.low),
        ticks: ticks(&ground),
        marks,
        head: ["Underlying", "At expiry", "At the minute"].map(str::to_owned).into(),
        rows: rows(&of.curve),
        words: format!(
            "Payoff: most {}, least {}, breaks even {even}.",
            bound(of.max_profit, "unlimited profit"),
            bound(of.max_loss, "unlimited loss")
        ),
        note: note(of),
    }
}

/// A break-even. Its words stand on the side away from the forward, where there is room for them.
fn mark(place: f64, price: f64, spot: f64) -> PayoffMark {
    let is_before = if place < spot { place > ROOM } else { place > 100.0 - ROOM };
    PayoffMark {
        place,
        name: "Breaks even at ".to_owned(),
        price: format::rupees_short(price.round()),
        when: String::new(),
        is_before,
        is_spot: false,
    }
}

fn note(of: &StrategyPayoff) -> String {
    let within = of.within.map(|(low, high)| {
        format!(
            "A leg lives on after the first expiry: it is priced with its volatility of the minute, and looked at from \
             {} to {}.",
            format::rupees_short(low.round()),
            format::rupees_short(high.round())
        )
    });
    let missing = of.no_moment_because.as_ref().map(|why| format!("No line of the minute: {why}"));
    within.into_iter().chain(missing).collect::<Vec<_>>().join(" ")
}

fn ticks(ground: &Ground) -> Vec<(f64, String)> {
    let width = ground.to - ground.from;
    let step = round_step(width / TICKS as f64);
    let first = (ground.from / step).ceil() * step;
    let places = (0..=2 * TICKS).map(|place| first + step * place as f64);
    let within = places.take_while(|price| *price <= ground.to);
    within.map(|price| (ground.x(price) / WIDTH * 100.0, format::rupees_short(price))).collect()
}

/// The next 1, 2 or 5 with its noughts that is not below a width.
fn round_step(width: f64) -> f64 {
    let decade = 10_f64.powi(width.max(0.01).log10().floor() as i32);
    [1.0, 2.0, 5.0].into_iter().find(|times| times * decade >= width).unwrap_or(10.0) * decade
}

fn rows(curve: &[PayoffPoint]) -> Vec<Vec<String>> {
    let row = |point: &PayoffPoint| {
        let moment = point.at_moment.map_or("–".to_owned(), signed);
        vec![format::rupees_short(point.underlying.round()), signed(point.at_expiry), moment]
    };
    curve.iter().step_by(ROW_EVERY).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_axis_are_no_limits_of_the_profit() {
        let ground = Ground { from: 24_000.0, to: 25_000.0, low: -6_555.0, high: 6_045.0 };
        assert_eq!(ground.end("most", Some(5_370.0), 5_370.0, ground.high), "most +₹5,370 at expiry");
        assert_eq!(ground.end("least", Some(-1_813_028.0), -5_880.0, ground.low), "drawn to −₹6,555");
        assert_eq!(ground.end("least", None, -5_880.0, ground.low), "unlimited, drawn to −₹6,555");
    }
}
