//! The broker's JSON, written by hand: the simulator shares no types with the client, so that one cannot
//! hide the other's mistake.

pub mod candles;
pub mod contracts;
pub mod errors;
pub mod master;
mod number;
pub mod odd_contracts;
pub mod odd_master;

/// Strings under the usual envelope: the list of expiries.
pub fn list_of_strings(strings: impl IntoIterator<Item = String>) -> Vec<u8> {
    // Dates only: nothing in them needs escaping.
    let quoted: Vec<String> = strings.into_iter().map(|text| format!("\"{text}\"")).collect();
    format!("{{\"status\":\"success\",\"data\":[{}]}}", quoted.join(",")).into_bytes()
}
