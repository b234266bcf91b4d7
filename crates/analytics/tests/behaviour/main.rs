//! The crate as its callers use it: against an independent implementation, by properties, and played.

#![expect(clippy::unwrap_used, reason = "a test says what broke by panicking")]

mod chain;
mod legs;
mod money;
mod played;
mod properties;
mod reference;
mod series;
mod world;
