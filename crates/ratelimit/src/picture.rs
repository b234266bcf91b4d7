//! The state of the limiter as the gauges on a page show it.
//!
//! A copy of a moment; looking at it changes nothing.

use std::time::Duration;

/// The limiter at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimiterPicture {
    /// Shortest period first; empty without limits.
    pub windows: Vec<WindowPicture>,
    /// Requests whose slot is granted and whose answer has not come.
    pub in_flight: u32,
    /// How long everybody still waits because of a 429; `None` when nobody does.
    pub parked_for: Option<Duration>,
    /// How many wait for a slot.
    pub waiting: usize,
    /// How long until bulk work may send its next request, zero when at once. `None`: not before one of the
    /// requests in flight is answered.
    pub next_slot_in: Option<Duration>,
    /// The same for somebody who waits, and for whom a small reserve is kept.
    pub next_for_person_in: Option<Duration>,
}

/// One window at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowPicture {
    /// The most requests in any `period`.
    pub max: u32,
    /// The length of the window.
    pub period: Duration,
    /// How many count now. More than `max` only after a restart, when a crash is counted carefully.
    pub used: u32,
}
