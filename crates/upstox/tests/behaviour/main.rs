//! What the client makes of answers: those that were captured, and those that are too large.

#![expect(clippy::unwrap_used, reason = "a test says what broke by panicking")]

mod bounds;
mod fixtures;
