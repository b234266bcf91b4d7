//! The tests of the limiter from outside, on a virtual clock: one binary, so that it links once.

mod behaviour;
mod throughput;
mod windows_hold;
mod world;
