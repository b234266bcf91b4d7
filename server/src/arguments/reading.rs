//! The command line as it is typed: read, or refused in words of ours. clap says what its own checks refuse; what a type of
//! the standard library refuses it would say in that library's words.

use std::error::Error;
use std::net::SocketAddr;
use std::num::{IntErrorKind, ParseFloatError, ParseIntError};

use clap::error::{ContextKind, ErrorKind};
use clap::{Command, CommandFactory, FromArgMatches};
use engine::BrokerAddress;

use super::{Arguments, variables};

/// What was typed, else the refusal, which clap prints and has a status for.
pub fn read() -> Result<Arguments, clap::Error> {
    let command = variables::without_empty_ones(Arguments::command());
    let read = with_negative_numbers(command.clone()).try_get_matches_from(std::env::args_os());
    let read = read.and_then(|mut matches| Arguments::from_arg_matches_mut(&mut matches));
    // Help and the version are told whatever the environment says.
    if read.as_ref().err().is_none_or(clap::Error::use_stderr) {
        variables::check(&command)?;
    }
    read.map_err(in_our_words)
}

/// A value may be a negative number: whoever takes it says why it is none for it, where clap would take it for an option.
fn with_negative_numbers(command: Command) -> Command {
    let allowed = command.mut_args(|argument| {
        let takes_one = argument.get_action().takes_values() && !argument.is_allow_hyphen_values_set();
        if takes_one { argument.allow_negative_numbers(true) } else { argument }
    });
    allowed.mut_subcommands(with_negative_numbers)
}

fn in_our_words(error: clap::Error) -> clap::Error {
    let (Some(why), ErrorKind::ValueValidation) = (why_refused(&error), error.kind()) else {
        return error;
    };
    let said = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let (argument, value) = (said(ContextKind::InvalidArg), said(ContextKind::InvalidValue));
    let value = if holds_secrets(&error) { String::new() } else { format!(" '{value}'") };
    let told =
        format!("invalid value{value} for '{argument}': {why}\n\nFor more information, try '--help'.\n");
    clap::Error::raw(ErrorKind::ValueValidation, told)
}

/// Why a value was refused, where whoever takes it said so.
pub fn why_refused(error: &clap::Error) -> Option<String> {
    let source = error.source()?;
    Some(words(source).map_or_else(|| source.to_string(), str::to_owned))
}

/// Whether the refused value is one that is never repeated.
pub fn holds_secrets(error: &clap::Error) -> bool {
    error.source().is_some_and(|source| source.is::<Unrepeated>())
}

/// Why a value is refused that may hold a password or a token.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unrepeated(String);

fn words(error: &(dyn Error + 'static)) -> Option<&'static str> {
    if error.is::<ParseFloatError>() {
        return Some("write a number");
    }
    // clap's own, of whose errors no other kind can be told.
    if error.to_string() == "value was not a boolean" {
        return Some("write true or false");
    }
    Some(match error.downcast_ref::<ParseIntError>()?.kind() {
        IntErrorKind::PosOverflow => "the number is too large",
        IntErrorKind::NegOverflow => "the number is too small",
        IntErrorKind::Zero => "write a number above zero",
        _ => "write a whole number",
    })
}

/// Where the broker is.
pub fn broker_address(text: &str) -> Result<BrokerAddress, Unrepeated> {
    text.parse::<BrokerAddress>().map_err(|error| Unrepeated(error.to_string()))
}

/// Where a server listens: `127.0.0.1:5000`, `localhost:5000`.
pub fn listening_address(text: &str) -> Result<SocketAddr, String> {
    let of_this_machine = || text.strip_prefix("localhost:")?.parse().ok();
    let address = text.parse().ok().or_else(|| Some(SocketAddr::from(([127, 0, 0, 1], of_this_machine()?))));
    address.ok_or_else(|| {
        "write an address and a port, for example 127.0.0.1:5000 or localhost:5000; 0.0.0.0:5000 is reached from other \
         machines"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(words: &[&str]) -> String {
        let mut command = with_negative_numbers(Arguments::command());
        let read = command.try_get_matches_from_mut([&["expirytrack"][..], words].concat());
        in_our_words(read.unwrap_err()).to_string()
    }

    #[test]
    fn a_value_that_is_none_is_refused_in_words_of_ours() {
        for (words, sentence) in [
            (&["jobs", "show", "abc"][..], "invalid value 'abc' for '<ID>': write a whole number"),
            (&["jobs", "show", "99999999999999999999"], "the number is too large"),
            (&["sql", "--rows", "99999999999999999999"], "the number is too large"),
            (&["sql", "--rows", "-1"], "-1 is not in 1..=100000"),
            (&["dataset", "NIFTY", "--out", "x", "--label", "-5"], "-5 is not in 0..=65535"),
            (&["export", "NIFTY", "--strike-from", "much"], "write a number"),
            (&["--max-requests-per-second", "0", "jobs"], "write a number above zero"),
            (&["serve", "--addr", ""], "write an address and a port"),
            (&["serve", "--addr", "127.0.0.1"], "write an address and a port"),
            (&["simulate", "--addr", "localhost:x"], "write an address and a port"),
            (&["--json=perhaps", "jobs"], "write true or false"),
        ] {
            let told = refused(words);
            assert!(told.contains(sentence), "{words:?}: {told}");
            assert!(!told.contains("-- -") && !told.contains("digit"), "{words:?}: {told}");
        }
        assert_eq!(listening_address("localhost:5930"), Ok(SocketAddr::from(([127, 0, 0, 1], 5930))));
        assert_eq!(listening_address("[::1]:5930").unwrap().to_string(), "[::1]:5930");
    }

    #[test]
    fn an_address_that_is_refused_is_told_without_what_it_carries() {
        for address in ["http://planted:planted@127.0.0.1:5900", "http://127.0.0.1/?token=planted", "planted"]
        {
            let told = refused(&["--upstox-url", address, "jobs"]);
            assert!(told.contains("invalid value for '--upstox-url <URL>': "), "{told}");
            assert!(told.contains("is not an address of Upstox") && !told.contains("planted"), "{told}");
        }
    }

    /// A negative number reaches whoever takes the value.
    #[test]
    fn a_negative_number_is_a_value() {
        let mut command = with_negative_numbers(Arguments::command());
        let read =
            command.try_get_matches_from_mut(["expirytrack", "export", "NIFTY", "--strike-from", "-5"]);
        assert!(read.is_ok(), "{read:?}");
        command.debug_assert();
    }
}
