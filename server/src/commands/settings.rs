//! `expirytrack settings`: what a person has set for all work, and changing it.

use std::str::FromStr;

use protocol::{
    Preferences, SettingChanges, SettingError, SettingLine, SettingName, SettingsPicture, UnknownWord,
};

use crate::arguments::{Global, SettingsCommand};
use crate::desk::Desk;
use crate::exit::Exit;
use crate::output::{print, print_json, table};

/// `workers=3`, as it is typed. Its value can be one of that setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingChange {
    name: SettingName,
    text: String,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingChangeError {
    #[error("\"{0}\" is no NAME=VALUE, for example workers=3; NAME={word} takes it back", word = Preferences::DEFAULT_WORD)]
    Form(String),
    #[error(transparent)]
    Name(#[from] UnknownWord),
    #[error(transparent)]
    Value(#[from] SettingError),
}

impl FromStr for SettingChange {
    type Err = SettingChangeError;

    fn from_str(typed: &str) -> Result<Self, SettingChangeError> {
        let (name, text) = typed.split_once('=').ok_or_else(|| SettingChangeError::Form(typed.to_owned()))?;
        let change = Self { name: name.trim().replace('-', "_").parse()?, text: text.to_owned() };
        // Refused before anybody is asked.
        Preferences::default().set(change.name, &change.text)?;
        Ok(change)
    }
}

pub async fn run(global: &Global, command: Option<SettingsCommand>) -> anyhow::Result<Exit> {
    let desk = Desk::open(global.engine_config().await?).await?;
    let mut picture = desk.settings().await?;
    if let Some(SettingsCommand::Set { changes }) = command {
        let changes = changes.into_iter().map(|SettingChange { name, text }| (name, text)).collect();
        picture = desk.change_settings(SettingChanges(changes)).await?;
    }
    desk.close().await?;
    if global.json {
        print_json(&picture)?;
    } else {
        print(&describe(&picture))?;
    }
    Ok(Exit::Done)
}

/// Each setting, its value, and where that comes from.
fn describe(picture: &SettingsPicture) -> String {
    let head = ["SETTING", "VALUE", "FROM"].map(str::to_owned).to_vec();
    let row = |line: &SettingLine| {
        let value = line.value.clone().unwrap_or_else(|| Preferences::DEFAULT_WORD.to_owned());
        let origin = if line.is_changed { "set here" } else { "built in" };
        let environment = line.environment.iter().map(|sentence| format!("; {sentence}"));
        vec![line.name.as_str().to_owned(), value, format!("{origin}{}", environment.collect::<String>())]
    };
    let rows: Vec<_> = [head].into_iter().chain(picture.lines.iter().map(row)).collect();
    format!("{}the program was started with the limits {}\n", table(&rows), picture.rate_limits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_a_name_and_a_value_within_its_bounds() {
        let change: SettingChange = "requests-per-second= 10".parse().unwrap();
        assert_eq!((change.name, change.text.trim()), (SettingName::RequestsPerSecond, "10"));
        for (typed, sentence) in [
            ("workers", "is no NAME=VALUE"),
            ("worker=3", "is no setting: there are workers, "),
            ("workers=11", "from 1 to 10"),
        ] {
            let error = typed.parse::<SettingChange>().unwrap_err().to_string();
            assert!(error.contains(sentence), "{error}");
        }
    }

    #[test]
    fn each_setting_says_where_it_comes_from() {
        let mut settings = Preferences::default();
        settings.set(SettingName::Workers, "3").unwrap();
        let environment = |name| {
            (name == SettingName::RequestsPerSecond)
                .then(|| "the environment allows at most 7 a second".to_owned())
        };
        let text = describe(&SettingsPicture::of(settings, "upstox".to_owned(), environment));
        let line = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
        let words = |name| line(name).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words("workers"), "workers 3 set here");
        assert_eq!(
            words("requests_per_second"),
            "requests_per_second default built in; the environment allows at most 7 a second"
        );
    }
}
