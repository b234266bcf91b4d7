//! Who may use the server, as pages, REST and the command line say it: its password, the sessions that began with it,
//! and the tokens of programs. What is secret goes one way; a new token is the one thing that is shown, once.

use std::fmt;
use std::str::FromStr;

use market::EpochSeconds;
use serde::{Deserialize, Serialize};

use crate::SecretText;
use crate::words::reads_its_words;

/// Characters of a password.
pub const PASSWORD_LENGTH_MIN: usize = 10;
pub const PASSWORD_LENGTH_MAX: usize = 256;
/// Characters of a token's name.
pub const TOKEN_NAME_LENGTH_MAX: usize = 40;

/// How the server is guarded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccessPicture {
    pub has_password: bool,
    /// Other machines can reach the server, so it does not run without a password.
    pub needs_password: bool,
    /// The one that was seen last first.
    pub sessions: Vec<AccessSession>,
    /// By name.
    pub tokens: Vec<ApiToken>,
}

/// A browser in which the password was typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccessSession {
    /// Names it; opens nothing.
    pub id: String,
    pub began: EpochSeconds,
    /// To the minute.
    pub last_seen: EpochSeconds,
    /// When it ends if it is not seen any more.
    pub ends: EpochSeconds,
    /// The browser, in short: "Firefox on Linux".
    pub agent: String,
    /// It is the one that asks.
    pub is_this: bool,
}

/// What a program presents in place of a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiToken {
    pub name: TokenName,
    pub scope: TokenScope,
    pub made_at: EpochSeconds,
    /// To the minute; none before the first time.
    pub last_used: Option<EpochSeconds>,
}

/// What a program may do with its token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TokenScope {
    /// Looks and changes nothing.
    #[default]
    ReadOnly,
    /// All of REST but passwords, sessions and tokens.
    Full,
}

impl TokenScope {
    pub const ALL: [Self; 2] = [Self::ReadOnly, Self::Full];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read_only",
            Self::Full => "full",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::ReadOnly => "read only",
            Self::Full => "full",
        }
    }
}

reads_its_words!(TokenScope, "scope of a token");

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewToken {
    pub name: TokenName,
    pub scope: TokenScope,
}

/// A token that was just made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeToken {
    #[serde(flatten)]
    pub token: ApiToken,
    /// `et_…`: shown this once, and kept as a hash alone.
    pub secret: SecretText,
}

/// Sets, changes or removes the password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasswordChange {
    /// The one that holds now; absent where there is none.
    #[serde(default)]
    pub current: Option<SecretText>,
    /// The one that shall hold; absent: none.
    #[serde(default)]
    pub new: Option<SecretText>,
}

/// What somebody calls a token. It stands in addresses and on the command line, so it has letters, digits and `.-_`
/// alone, and no dot first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenName(String);

#[cfg(feature = "openapi")]
market::schema_of!(
    TokenName,
    market::schemas::text("What a token is called.", "^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$", "notebook")
);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a token's name has 1 to {TOKEN_NAME_LENGTH_MAX} letters, digits, dots, hyphens or underscores, and begins with \
     a letter or digit"
)]
pub struct TokenNameError;

impl TokenName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TokenName {
    type Err = TokenNameError;

    fn from_str(text: &str) -> Result<Self, TokenNameError> {
        let text = text.trim();
        let fits = text.len() <= TOKEN_NAME_LENGTH_MAX
            && text.starts_with(|letter: char| letter.is_ascii_alphanumeric())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
        if fits { Ok(Self(text.to_owned())) } else { Err(TokenNameError) }
    }
}

impl TryFrom<String> for TokenName {
    type Error = TokenNameError;

    fn try_from(text: String) -> Result<Self, TokenNameError> {
        text.parse()
    }
}

impl From<TokenName> for String {
    fn from(name: TokenName) -> Self {
        name.0
    }
}

impl fmt::Display for TokenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_part_of_an_address() {
        for name in ["notebook", "n8n_2", "a.b-c", &"x".repeat(TOKEN_NAME_LENGTH_MAX)] {
            assert_eq!(name.parse::<TokenName>().unwrap().as_str(), name);
        }
        for no_name in
            ["", " ", "..", "-a", "a b", "a/b", "..%2f", "é", &"x".repeat(TOKEN_NAME_LENGTH_MAX + 1)]
        {
            assert_eq!(no_name.parse::<TokenName>(), Err(TokenNameError), "{no_name}");
        }
        assert!(serde_json::from_str::<TokenName>("\"a b\"").is_err());
    }

    #[test]
    fn nothing_secret_shows_itself() {
        let change = PasswordChange { current: Some(SecretText("planted".to_owned())), new: None };
        assert!(!format!("{change:?}").contains("planted"));
    }
}
