//! One price path per underlying: a close for each session, and within a session four prices a minute.
//! Everything else (futures, options, the index's own candles) is derived from it, so all agree. It runs
//! through approximate month ends, then on as a slow walk, and Nifty's passes through the captured day.
//! The path does not depend on what day the simulator lives on.

use super::cache::Bounded;
use super::catalogue::{UnderlyingSpec, date_number};
use super::liquidity::activity;
use super::numeric::{Draws, exp, ln};
use super::sessions::{SessionIndex, Sessions};
use super::volatility;

const SESSIONS_A_YEAR: f64 = 252.0;
const ORDINARY_MINUTES: f64 = 375.0;
/// Growth of a walk that nothing anchors, per session in logarithms.
const DRIFT: f64 = 0.000_35;
/// How fast such a walk comes back to its growth line, per session.
const REVERSION: f64 = 0.01;
/// Part of a day's deviation that happens overnight.
const OVERNIGHT: f64 = 0.35;
/// A mood remembers where the underlying was so many sessions ago.
const MOOD_LOOKS_BACK: usize = 5;
/// Day paths kept per underlying: 12 kB each, a contract's life needs about 65.
const DAYS_KEPT_MAX: usize = 200;

/// Four prices of a minute in rupees: first, two between, last.
pub type MinutePoints = [f64; 4];

pub struct DayPath {
    pub minutes: Vec<MinutePoints>,
}

impl DayPath {
    pub fn high(&self) -> f64 {
        self.points().fold(f64::MIN, f64::max)
    }

    pub fn low(&self) -> f64 {
        self.points().fold(f64::MAX, f64::min)
    }

    fn points(&self) -> impl Iterator<Item = f64> + '_ {
        self.minutes.iter().flatten().copied()
    }
}

/// A day that is known minute by minute.
pub struct PinnedDay {
    pub session: SessionIndex,
    pub minutes: Vec<MinutePoints>,
}

pub struct SpotPath {
    seed: u64,
    volatility: f64,
    closes: Vec<f64>,
    pinned: Option<PinnedDay>,
    days: Bounded<SessionIndex, DayPath>,
}

impl SpotPath {
    pub fn new(spec: &UnderlyingSpec, seed: u64, sessions: &Sessions, pinned: Option<PinnedDay>) -> Self {
        let seed = Draws::of(&[seed, spec.slot, 1]).next();
        let pin = pinned.as_ref().and_then(|day| Some((day.session, ln(day.minutes.last()?[3]))));
        let closes = closes(spec, seed, sessions, pin);
        Self { seed, volatility: spec.volatility, closes, pinned, days: Bounded::new(DAYS_KEPT_MAX) }
    }

    pub fn close(&self, session: SessionIndex) -> f64 {
        self.closes[session]
    }

    /// Close of the session before, by which ladders are set.
    pub fn previous_close(&self, session: SessionIndex) -> f64 {
        self.closes[session.saturating_sub(1)]
    }

    /// Level of a day's volatility: the underlying's own, breathing from week to week.
    pub fn volatility(&self, session: SessionIndex) -> f64 {
        let (week, day) = (session as u64 / 5, (session % 5) as f64 / 5.0);
        let level = |week: u64| Draws::of(&[self.seed, 2, week]).unit();
        let between = level(week) * (1.0 - day) + level(week + 1) * day;
        self.volatility * (0.8 + 0.5 * between)
    }

    /// Volatility at the money of an option with so many sessions to go, `along` the session from 0 to 1, when the
    /// underlying is at `now`. It goes on where the day before ended.
    pub fn volatility_at(&self, session: SessionIndex, along: f64, now: f64, sessions_to_go: f64) -> f64 {
        let between = |yesterday: f64, today: f64| yesterday * (1.0 - along) + today * along;
        let level = between(self.volatility(session), self.volatility(session + 1));
        let before = |session: SessionIndex| self.closes[session.saturating_sub(MOOD_LOOKS_BACK)];
        let before = between(before(session.saturating_sub(1)), before(session));
        volatility::at_the_money(self.volatility, volatility::mood(level, before, now), sessions_to_go)
    }

    pub fn day(&self, session: SessionIndex, minutes: usize) -> std::sync::Arc<DayPath> {
        self.days.get_or_make(session, || self.make_day(session, minutes))
    }

    /// The same without keeping it: for long ranges, which would push everything else out.
    pub fn make_day(&self, session: SessionIndex, minutes: usize) -> DayPath {
        match &self.pinned {
            Some(pinned) if pinned.session == session => DayPath { minutes: pinned.minutes.clone() },
            _ => self.walk_day(session, minutes),
        }
    }

    /// A walk from the open to the close: drawn freely, then bent so that it ends at the close.
    fn walk_day(&self, session: SessionIndex, minutes: usize) -> DayPath {
        let mut draws = Draws::of(&[self.seed, 3, session as u64]);
        let deviation = self.volatility(session) / SESSIONS_A_YEAR.sqrt();
        let open = self.previous_close(session) * (1.0 + OVERNIGHT * deviation * draws.normal());
        let close = self.close(session);
        let per_minute = open * deviation * (1.0 - OVERNIGHT * OVERNIGHT).sqrt() / ORDINARY_MINUTES.sqrt();
        // Variance of the step to each of a minute's points; they add up to one.
        const STEP_VARIANCE: [f64; 4] = [0.10, 0.30, 0.30, 0.30];
        let step = STEP_VARIANCE.map(f64::sqrt);
        let (mut free, mut variance) = (0.0, 0.0);
        let mut walk = Vec::with_capacity(minutes);
        for index in 0..minutes {
            let lively = 0.5 + 0.5 * activity(index, minutes);
            let size = per_minute * lively.sqrt();
            let mut points = [(0.0, 0.0); 4];
            for (point, (step, share)) in points.iter_mut().zip(step.iter().zip(STEP_VARIANCE)) {
                let first = variance == 0.0;
                if !first {
                    free += size * step * draws.normal();
                }
                variance += lively * share;
                *point = (free, variance);
            }
            walk.push(points);
        }
        let first_variance = walk.first().map_or(0.0, |points| points[0].1);
        let missing = close - open - free;
        let bend = |(free, at): (f64, f64)| {
            open + free + missing * (at - first_variance) / (variance - first_variance)
        };
        DayPath { minutes: walk.into_iter().map(|points| points.map(bend)).collect() }
    }
}

fn closes(
    spec: &UnderlyingSpec,
    seed: u64,
    sessions: &Sessions,
    pin: Option<(SessionIndex, f64)>,
) -> Vec<f64> {
    let deviation = spec.volatility / SESSIONS_A_YEAR.sqrt();
    let steps: Vec<f64> = (0..sessions.len())
        .map(|session| deviation * Draws::of(&[seed, 4, session as u64]).normal())
        .collect();
    let anchors = anchors(spec, sessions, pin);
    let (Some(first), Some(last)) = (anchors.first().copied(), anchors.last().copied()) else {
        return Vec::new();
    };
    let mut logs = vec![0.0; sessions.len()];
    logs[first.0] = first.1;
    for session in (0..first.0).rev() {
        logs[session] = logs[session + 1] - steps[session + 1] - DRIFT;
    }
    for pair in anchors.windows(2) {
        bridge(&mut logs, &steps, pair[0], pair[1]);
    }
    for session in last.0 + 1..logs.len() {
        let line = last.1 + DRIFT * (session - last.0) as f64;
        let before = logs[session - 1];
        logs[session] = before + steps[session] + DRIFT - REVERSION * (before - line);
    }
    logs.into_iter().map(exp).collect()
}

/// Levels as logarithms at their sessions, ascending, each session once.
fn anchors(
    spec: &UnderlyingSpec,
    sessions: &Sessions,
    pin: Option<(SessionIndex, f64)>,
) -> Vec<(SessionIndex, f64)> {
    let at =
        |date: u32| (0..sessions.len()).rev().find(|session| date_number(sessions.get(*session).day) <= date);
    let mut anchors: Vec<_> =
        spec.levels.iter().filter_map(|(date, level)| Some((at(*date)?, ln(*level)))).collect();
    if let Some(pin) = pin {
        anchors.retain(|(session, _)| *session != pin.0);
        anchors.push(pin);
    }
    anchors.sort_by_key(|(session, _)| *session);
    anchors.dedup_by_key(|(session, _)| *session);
    anchors
}

/// The free steps between two anchors, with what they miss spread evenly.
fn bridge(logs: &mut [f64], steps: &[f64], from: (SessionIndex, f64), to: (SessionIndex, f64)) {
    let free: f64 = steps[from.0 + 1..=to.0].iter().sum();
    let each = (to.1 - from.1 - free) / (to.0 - from.0) as f64;
    logs[from.0] = from.1;
    for session in from.0 + 1..to.0 {
        logs[session] = logs[session - 1] + steps[session] + each;
    }
    logs[to.0] = to.1;
}
