//! Who may use the server: one password for people, sessions that begin with it, tokens for programs, and a key for the
//! commands of this machine; and how often somebody may try.
//!
//! It guards the server and not a market, so it is kept in a file of its own and in no database. It knows neither HTTP
//! nor pages: whoever asks says what was presented and from where, and is told who that is.

mod access;
mod agent;
mod caller;
mod error;
mod kept;
mod network;
mod password;
mod rate;
mod secret;
mod throttle;

pub use access::{Access, NewSession};
pub use caller::{Caller, Presented};
pub use error::{AccessError, AccessErrorKind};
pub use kept::{SESSION_IDLE_SECONDS_MAX, SESSION_SECONDS_MAX, SESSIONS_MAX, TOKENS_MAX};
pub use rate::{STRANGERS_A_SECOND_MAX, STRANGERS_OF_ONE_NETWORK_MAX};
pub use throttle::{FREE_TRIES, PAUSE_FIRST};
