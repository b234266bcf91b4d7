//! Arguments that a variable of the environment, or of the `.env` file, may give: each is checked at every start, whatever
//! the command is and whatever is typed, so that a wrong one is not met on another day. One that is empty is not given.

use std::collections::BTreeMap;

use clap::error::{ContextKind, ErrorKind};
use clap::{Arg, Command};

use super::reading::{holds_secrets, why_refused};

/// The arguments of any command that a variable gives, by its name.
pub fn arguments_by_variable(command: &Command) -> BTreeMap<String, &Arg> {
    let mut found = BTreeMap::new();
    collect_into(&mut found, command);
    found
}

fn collect_into<'a>(found: &mut BTreeMap<String, &'a Arg>, command: &'a Command) {
    for argument in command.get_arguments() {
        if let Some(name) = argument.get_env().and_then(|name| name.to_str()) {
            found.entry(name.to_owned()).or_insert(argument);
        }
    }
    command.get_subcommands().for_each(|command| collect_into(found, command));
}

/// Takes an empty variable for none; clap would take it for an empty value.
pub fn without_empty_ones(command: Command) -> Command {
    let without = command.mut_args(|argument| {
        let value = argument.get_env().and_then(std::env::var_os);
        if value.is_some_and(|value| value.is_empty()) { argument.env(None::<&str>) } else { argument }
    });
    without.mut_subcommands(without_empty_ones)
}

/// Refuses a variable that the command which takes it would refuse. The command comes without the empty ones.
pub fn check(command: &Command) -> Result<(), clap::Error> {
    arguments_by_variable(command).into_iter().try_for_each(|(name, argument)| {
        let alone = Command::new("expirytrack").no_binary_name(true).disable_help_flag(true);
        let read = alone.arg(argument.clone()).try_get_matches_from(<[&str; 0]>::default());
        read.map(drop).map_err(|error| refusal(&name, &error))
    })
}

fn refusal(name: &str, error: &clap::Error) -> clap::Error {
    let why = match error.kind() {
        ErrorKind::InvalidUtf8 => "it is no text in UTF-8".to_owned(),
        _ => why_refused(error).unwrap_or_else(|| {
            let possible = error.get(ContextKind::ValidValue).map(ToString::to_string);
            possible.map_or_else(
                || "no such value is known".to_owned(),
                |values| format!("write one of {values}"),
            )
        }),
    };
    let value = error.get(ContextKind::InvalidValue).map(ToString::to_string);
    let value = value.filter(|_| !holds_secrets(error));
    let value = value.map(|value| format!("invalid value '{value}': ")).unwrap_or_default();
    clap::Error::raw(ErrorKind::ValueValidation, format!("{name} in the environment or .env: {value}{why}\n"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::arguments::Arguments;

    #[test]
    fn the_variables_of_all_commands_are_found() {
        let command = Arguments::command();
        let known = arguments_by_variable(&command);
        for name in ["EXPIRYTRACK_DATA_DIR", "EXPIRYTRACK_MAX_WORKERS", "EXPIRYTRACK_HISTORICAL_DAYS"] {
            assert!(known.contains_key(name), "{name}");
        }
    }
}
