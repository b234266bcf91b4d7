//! Inputs from real life, on the real executable, through a broker whose every answer a test can script: what the
//! program must make of lists that are evidence and no verdict (A), of what cannot be read (B), of underlyings
//! that left (C), of what is stored (D), and at the ends and bounds (E).
//!
//! Each test says what went over the wire, how the command ended and what the database holds. A failure prints
//! all of that: the kind is to be mended, not the example.

#![expect(clippy::unwrap_used, reason = "a test says what broke by panicking")]

mod bounds;
mod broker;
mod collectable;
mod listed;
mod lists;
mod other_days;
mod program;
mod stored;
mod unread;
