//! The ground of a chart: where values stand on it, round numbers at its edges, and the shapes of bars and lines.

use crate::drawn::analysis::{Shape, Tick};

pub(in crate::server::drawing) const WIDTH: f64 = 1000.0;
pub(in crate::server::drawing) const HEIGHT: f64 = 400.0;
/// Labels of an axis, about so many.
const LABELS_UP: f64 = 4.0;
const LABELS_ACROSS: usize = 7;

/// The values that an axis spans, from one round number to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::server::drawing) struct Axis {
    pub from: f64,
    pub to: f64,
    step: f64,
}

impl Axis {
    /// Around the values; with nought in it where bars stand on it.
    pub fn of(values: impl Iterator<Item = f64>, with_nought: bool) -> Self {
        let start = if with_nought { (0.0, 0.0) } else { (f64::INFINITY, f64::NEG_INFINITY) };
        let (mut from, mut to) = values
            .filter(|value| value.is_finite())
            .fold(start, |(from, to), value| (from.min(value), to.max(value)));
        if !(from.is_finite() && to.is_finite()) {
            (from, to) = (0.0, 1.0);
        }
        if from == to {
            let room = if from == 0.0 { 1.0 } else { from.abs() * 0.1 };
            to += room;
            from -= if with_nought { 0.0 } else { room };
        }
        let step = round_step((to - from) / LABELS_UP);
        Self { from: (from / step).floor() * step, to: (to / step).ceil() * step, step }
    }

    /// From below, as a part of the axis.
    pub fn part(self, value: f64) -> f64 {
        ((value - self.from) / (self.to - self.from)).clamp(0.0, 1.0)
    }

    /// From the upper edge of the ground.
    pub fn height(self, value: f64) -> f64 {
        HEIGHT * (1.0 - self.part(value))
    }

    pub fn ticks(self, words: impl Fn(f64) -> String) -> Vec<Tick> {
        let count = ((self.to - self.from) / self.step).round() as usize;
        // What multiplying leaves of nought is none.
        let value = |place: usize| {
            let value = self.from + self.step * place as f64;
            if value.abs() < self.step * 1e-6 { 0.0 } else { value }
        };
        (0..=count)
            .map(value)
            .map(|value| Tick { at: 100.0 * self.part(value), words: words(value) })
            .collect()
    }
}

/// The next 1, 2 or 5 with its noughts that is not below a value.
fn round_step(value: f64) -> f64 {
    let decade = 10_f64.powf(value.log10().floor());
    let times = [1.0, 2.0, 5.0].into_iter().find(|times| times * decade >= value * (1.0 - 1e-9));
    times.unwrap_or(10.0) * decade
}

/// Where things stand that each have a slot of their own, side by side.
#[derive(Clone, Copy, Debug)]
pub(in crate::server::drawing) struct Slots(pub usize);

impl Slots {
    pub fn width(self) -> f64 {
        WIDTH / self.0.max(1) as f64
    }

    /// In hundredths of the ground.
    pub fn middle(self, place: usize) -> f64 {
        100.0 * (place as f64 + 0.5) / self.0.max(1) as f64
    }

    /// A label under every so manieth.
    pub fn ticks(self, words: impl Fn(usize) -> String) -> Vec<Tick> {
        let every = self.0.div_ceil(LABELS_ACROSS).max(1);
        // The first and the last stand free of the edges.
        let first = if self.0 > every { every / 2 } else { 0 };
        (first..self.0)
            .step_by(every)
            .map(|place| Tick { at: self.middle(place), words: words(place) })
            .collect()
    }
}

/// Bars from nought, in a part of each slot: from where in it and how wide, as parts of the slot.
pub(in crate::server::drawing) fn bars(
    tone: &str,
    slots: Slots,
    (from, wide): (f64, f64),
    axis: Axis,
    values: &[Option<f64>],
) -> Shape {
    let ground = axis.height(0.0);
    let mut path = String::new();
    for (place, value) in values.iter().enumerate() {
        let Some(value) = value.filter(|value| *value != 0.0) else { continue };
        let (left, width) = (slots.width() * (place as f64 + from), slots.width() * wide);
        path.push_str(&format!("M{left:.2} {ground:.1}V{:.1}h{width:.2}V{ground:.1}Z", axis.height(value)));
    }
    Shape { form: "bar".to_owned(), tone: tone.to_owned(), path }
}

/// Through the points that have a value, broken where one has none; places in hundredths.
pub(in crate::server::drawing) fn line(
    tone: &str,
    places: &[f64],
    axis: Axis,
    values: &[Option<f64>],
) -> Shape {
    let mut path = String::new();
    let mut is_open = false;
    for (place, value) in places.iter().zip(values) {
        if let Some(value) = value {
            let letter = if is_open { 'L' } else { 'M' };
            path.push_str(&format!("{letter}{:.2} {:.1}", place * WIDTH / 100.0, axis.height(*value)));
        }
        is_open = value.is_some();
    }
    Shape { form: "line".to_owned(), tone: tone.to_owned(), path }
}

/// A dot at each point that has a value.
pub(in crate::server::drawing) fn dots(
    tone: &str,
    places: &[f64],
    axis: Axis,
    values: &[Option<f64>],
) -> Shape {
    let dot = |(place, value): (&f64, &Option<f64>)| {
        Some(format!("M{:.2} {:.1}h0", place * WIDTH / 100.0, axis.height((*value)?)))
    };
    let path = places.iter().zip(values).filter_map(dot).collect();
    Shape { form: "dots".to_owned(), tone: tone.to_owned(), path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_goes_from_one_round_number_to_another() {
        let axis = Axis::of([0.113, 0.187].into_iter(), false);
        assert!((axis.from - 0.1).abs() < 1e-12 && (axis.to - 0.2).abs() < 1e-12, "{axis:?}");
        let words: Vec<String> =
            axis.ticks(|value| format!("{value:.2}")).into_iter().map(|tick| tick.words).collect();
        assert_eq!(words, ["0.10", "0.12", "0.14", "0.16", "0.18", "0.20"]);
        let bars = Axis::of([-3.0, 7.0].into_iter(), true);
        assert_eq!((bars.from, bars.to, bars.height(0.0)), (-5.0, 10.0, HEIGHT * 10.0 / 15.0));
        assert!(bars.ticks(|value| value.to_string()).iter().any(|tick| tick.words == "0"));
        for none in [Axis::of([].into_iter(), false), Axis::of([f64::NAN].into_iter(), false)] {
            assert_eq!((none.from, none.to), (0.0, 1.0));
        }
        let level = Axis::of([4.0, 4.0].into_iter(), false);
        assert!(level.from < 4.0 && level.to > 4.0, "{level:?}");
    }

    #[test]
    fn a_line_breaks_where_there_is_no_value_and_bars_stand_on_nought() {
        let axis = Axis { from: 0.0, to: 10.0, step: 5.0 };
        let values = [Some(0.0), Some(10.0), None, Some(5.0)];
        let of = line("first", &[0.0, 25.0, 50.0, 100.0], axis, &values);
        assert_eq!(of.path, "M0.00 400.0L250.00 0.0M1000.00 200.0");
        let of = bars("calls", Slots(2), (0.1, 0.4), axis, &[Some(5.0), Some(0.0)]);
        assert_eq!(of.path, "M50.00 400.0V200.0h200.00V400.0Z");
        assert_eq!(dots("first", &[50.0], axis, &[Some(5.0)]).path, "M500.00 200.0h0");
    }
}
