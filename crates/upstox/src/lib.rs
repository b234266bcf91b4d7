//! Typed client of the Upstox API: sign-in, expired instruments, instrument master.
//!
//! Every method that sends a request consumes a [`ratelimit::Slot`] by value, so a request without one does
//! not compile. The client sends each request once: retries, waiting and storing are the engine's. It refuses
//! to interpret: an answer comes back as it is, beside a record of what was sent and received.
//!
//! Facts about the wire are in the module that relies on them, with how surely each is known.

mod address;
mod answer;
mod candles;
mod client;
mod contracts;
mod error;
mod loose;
mod master;
mod oauth;
mod reading;
mod refused;
mod rows;
mod transport;
mod wire;

pub use address::{AddressError, BrokerAddress};
pub use answer::{Answer, Record};
pub use candles::{RawCandle, parse_candles};
pub use client::Client;
pub use contracts::{ListedContract, Listing, parse_contracts};
pub use error::{ApiError, ReaderFault, Remedy};
pub use master::{Master, MasterError, parse_master};
pub use oauth::{AccessToken, AuthorizationCode, Credentials};
pub use reading::{read_answer, read_answer_apart, words_of};
pub use refused::{RAW_CHARS_MAX, REFUSED_KEPT_MAX, Refusals, RefusedRow};
pub use transport::{
    AnswerBytesMax, BoxFuture, HttpTransport, REQUEST_TIMEOUT, Transport, TransportError, TransportFault,
};
pub use wire::{ExpiryList, parse_expiries};
