//! An Upstox look-alike: a real HTTP server over a market made from a seed, with a referee that counts every
//! breach of the rate limits and faults that can be switched on. Demo mode, tests, benches and end-to-end
//! runs use it.
//!
//! It shares no wire types with the client, so that one cannot hide the other's mistake, and every behaviour
//! carries how surely it is known: `[OBS]` somebody recorded a live answer, `[DOC]` official page or OpenAPI,
//! `[REP]` a user's statement, `UNCERTAIN` a guess with, where it matters, a switch. `[S1]`… are the sources
//! of the project's page on the Upstox API. It refuses to be a client, to store anything, and to know our
//! engine.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use simulator::{Chance, Faults, Simulator, SimulatorOptions};
//! let faults = Faults { server_error: Chance::probability(0.05), ..Faults::default() };
//! let simulator = Simulator::new(SimulatorOptions { faults, ..SimulatorOptions::default() })?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! simulator.clone().serve(listener, std::future::pending()).await?;
//! # Ok(()) }
//! ```

#![expect(rustdoc::broken_intra_doc_links, reason = "[OBS], [DOC] and [REP] are marks of evidence, no links")]

mod answer;
mod capture;
mod clock;
mod control;
mod error;
mod faults;
mod inject;
mod oauth;
mod oracle;
mod referee;
mod request;
mod respond;
mod simulator;
mod spoil;
mod tokens;
mod transport;
mod wire;
mod world;

pub use clock::{MonotonicClock, Wait, WallClock};
pub use error::SimulatorError;
pub use faults::{CapBehaviour, Chance, Faults, RegisteredApp};
pub use oracle::Oracle;
pub use referee::{RefereeReport, WindowReport};
pub use simulator::{Simulator, SimulatorOptions, UPSTOX_LIMITS};
pub use tokens::LITERAL_TOKEN;
pub use world::Priced;
