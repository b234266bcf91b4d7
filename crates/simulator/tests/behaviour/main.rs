//! What the simulator is and answers. One program: it is optimised, and linking one takes longer than running its
//! tests.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;
mod faults;
mod market;
mod odd_answers;
mod rows;
mod sign_in;
mod wire;
