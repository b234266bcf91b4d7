//! A curve of profit over prices, as it is needed to read break-even points and extremes off it. Points are sorted
//! by price; what lies between two of them is the caller's word.

/// (price, profit).
pub(crate) type Point = (f64, f64);

pub(crate) struct Curve {
    points: Vec<Point>,
    /// How it goes on in a straight line after the last point; nought where it ends there.
    slope_beyond: f64,
}

const GRID_STEPS: u32 = 2_000;
/// Halves of a step of the grid; after so many it is narrower than a paisa.
const HALVINGS: u32 = 60;
/// What doubles make of nought, in rupees.
const NOISE_RUPEES: f64 = 1e-6;

/// Prices in equal ratios.
pub(crate) fn grid((from, to): (f64, f64)) -> impl Iterator<Item = f64> {
    let ratio = to / from;
    (0..=GRID_STEPS).map(move |step| from * ratio.powf(f64::from(step) / f64::from(GRID_STEPS)))
}

/// Where the straight line between two points crosses nought.
pub(crate) fn straight(below: Point, above: Point) -> f64 {
    below.0 + (above.0 - below.0) * below.1 / (below.1 - above.1)
}

/// Where a function does that lies on other sides of nought at the two points.
pub(crate) fn halved(mut below: Point, mut above: Point, of: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..HALVINGS {
        let middle = (below.0 + above.0) / 2.0;
        let profit = of(middle);
        if (profit < 0.0) == (below.1 < 0.0) {
            below = (middle, profit);
        } else {
            above = (middle, profit);
        }
    }
    (below.0 + above.0) / 2.0
}

impl Curve {
    pub(crate) fn new(mut points: Vec<Point>, slope_beyond: f64) -> Self {
        points.sort_by(|one, other| one.0.total_cmp(&other.0));
        points.dedup_by(|one, other| one.0 == other.0);
        for point in &mut points {
            if point.1.abs() < NOISE_RUPEES {
                point.1 = 0.0;
            }
        }
        Self { points, slope_beyond }
    }

    /// Upwards; `between` finds the one between two points on other sides of nought. Of a part that runs along nought
    /// its ends count, and the first price of all never does.
    pub(crate) fn crossings(&self, between: impl Fn(Point, Point) -> f64) -> Vec<f64> {
        let mut crossings = Vec::new();
        for place in 1..self.points.len() {
            let (before, here) = (self.points[place - 1], self.points[place]);
            let goes_on = self.points.get(place + 1).map_or(self.slope_beyond, |next| next.1) != 0.0;
            if before.1 * here.1 < 0.0 {
                crossings.push(between(before, here));
            } else if here.1 == 0.0 && (before.1 != 0.0 || goes_on) {
                crossings.push(here.0);
            }
        }
        crossings.extend(self.crossing_beyond());
        crossings
    }

    fn crossing_beyond(&self) -> Option<f64> {
        let (price, profit) = *self.points.last()?;
        (profit * self.slope_beyond < 0.0).then(|| price - profit / self.slope_beyond)
    }

    pub(crate) fn most(&self) -> f64 {
        self.points.iter().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max)
    }

    pub(crate) fn least(&self) -> f64 {
        self.points.iter().map(|point| point.1).fold(f64::INFINITY, f64::min)
    }

    /// The most of a smooth function: the highest point, refined between its neighbours by thirds.
    pub(crate) fn peak(&self, of: impl Fn(f64) -> f64) -> f64 {
        let points = &self.points;
        let highest = (0..points.len()).max_by(|one, other| points[*one].1.total_cmp(&points[*other].1));
        let Some(at) = highest else { return 0.0 };
        let (mut from, mut to) = (points[at.saturating_sub(1)].0, points[(at + 1).min(points.len() - 1)].0);
        for _ in 0..HALVINGS {
            let third = (to - from) / 3.0;
            if of(from + third) < of(to - third) {
                from += third;
            } else {
                to -= third;
            }
        }
        points[at].1.max(of((from + to) / 2.0))
    }

    /// Upside down, so that the least is the most.
    pub(crate) fn mirrored(&self) -> Self {
        let points = self.points.iter().map(|(price, profit)| (*price, -profit)).collect();
        Self { points, slope_beyond: -self.slope_beyond }
    }
}
