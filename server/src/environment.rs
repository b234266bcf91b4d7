//! The variables of the environment that change what happens here: which are set, and what they do to the settings of
//! a person. A value is told where it is nobody's secret.

use std::sync::LazyLock;

use clap::CommandFactory;
use engine::Limits;
use protocol::{EnvironmentVariable, SettingName};

use crate::arguments::{Arguments, Global, arguments_by_variable};

const PREFIX: &str = "EXPIRYTRACK_";
const RATE_LIMITS: &str = "EXPIRYTRACK_RATE_LIMITS";
const MAX_REQUESTS_PER_SECOND: &str = "EXPIRYTRACK_MAX_REQUESTS_PER_SECOND";
const MAX_WORKERS: &str = "EXPIRYTRACK_MAX_WORKERS";
/// Variables whose values are nobody's secret. Of all others the names are told.
const PLAIN: [&str; 9] = [
    "EXPIRYTRACK_DATA_DIR",
    "EXPIRYTRACK_KEY_FILE",
    "EXPIRYTRACK_JSON",
    "EXPIRYTRACK_LOG",
    RATE_LIMITS,
    MAX_REQUESTS_PER_SECOND,
    MAX_WORKERS,
    "EXPIRYTRACK_HISTORICAL_DAYS",
    "EXPIRYTRACK_UPGRADE_WITHOUT_BACKUP",
];
/// Variables of others that change what happens here.
const OTHERS: [&str; 5] = ["RUST_LOG", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];

/// Why the `.env` file cannot be read. Its lines are never repeated: any of them may hold a secret.
pub fn env_file_words(error: &dotenvy::Error) -> String {
    match error {
        dotenvy::Error::LineParse(..) => {
            "one of its lines is not written as NAME=VALUE (the line is not shown, it may hold a secret); a value with \
             blanks or with # in it stands in quotes"
                .to_owned()
        }
        dotenvy::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            "it is no text in UTF-8: save it as that".to_owned()
        }
        dotenvy::Error::Io(error) => error.to_string(),
        _ => "a value of it cannot be taken into the environment".to_owned(),
    }
}

/// Those that are set, by name. Read once: nobody sets one while the program runs.
pub fn variables() -> &'static [EnvironmentVariable] {
    static VARIABLES: LazyLock<Vec<EnvironmentVariable>> = LazyLock::new(read);
    &VARIABLES
}

fn read() -> Vec<EnvironmentVariable> {
    let command = Arguments::command();
    let known = arguments_by_variable(&command);
    let is_told = |name: &str| name.starts_with(PREFIX) || OTHERS.contains(&name.to_uppercase().as_str());
    let remark = |name: &str, is_empty: bool| {
        if known.contains_key(name) {
            is_empty.then(|| "empty: as if it were not there".to_owned())
        } else {
            name.starts_with(PREFIX).then(|| "no setting of this version".to_owned())
        }
    };
    let mut variables: Vec<_> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| is_told(name))
        .map(|(name, value)| EnvironmentVariable {
            value: PLAIN.contains(&&*name).then(|| value.to_string_lossy().into_owned()),
            remark: remark(&name, value.is_empty()),
            name,
        })
        .collect();
    variables.sort_by(|one, other| one.name.cmp(&other.name));
    variables
}

/// What the environment, or the command line in its place, does to settings of a person: a sentence each.
pub fn over_settings(global: &Global) -> Vec<(SettingName, String)> {
    let mut told = Vec::new();
    if let Some(max) = global.max_requests_per_second {
        let by = whose(MAX_REQUESTS_PER_SECOND, "--max-requests-per-second", |text| text.parse() == Ok(max));
        told.push((
            SettingName::RequestsPerSecond,
            format!("{} allows at most {max} a second: {}", by.0, by.1),
        ));
    }
    let limits = &global.rate_limits;
    if *limits != Limits::upstox() {
        let by = whose(RATE_LIMITS, "--rate-limits", |text| text.parse().as_ref() == Ok(limits));
        told.push((SettingName::RequestsPerSecond, format!("{} keeps the limits {limits}: {}", by.0, by.1)));
    }
    if let Some(workers) = value_of(MAX_WORKERS) {
        let sentence =
            format!("the environment gives {workers} workers to expirytrack collect: {MAX_WORKERS}");
        told.push((SettingName::Workers, sentence));
    }
    told
}

/// A flag is stronger than its variable.
fn whose(
    variable: &'static str,
    flag: &'static str,
    holds: impl Fn(&str) -> bool,
) -> (&'static str, &'static str) {
    match value_of(variable) {
        Some(text) if holds(&text) => ("the environment", variable),
        _ => ("the command line", flag),
    }
}

fn value_of(variable: &str) -> Option<String> {
    let found = variables().iter().find(|known| known.name == variable)?;
    found.value.clone().filter(|value| !value.is_empty())
}
