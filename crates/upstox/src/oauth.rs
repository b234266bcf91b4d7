//! Signing in: the dialog's address, the code that comes back, the token that it is exchanged for.
//!
//! [DOC] The code is good once. The answer is flat, without the envelope. The token ends at the next 03:30 IST.

use secrecy::SecretString;
use serde::Deserialize;

use crate::BrokerAddress;

/// What an app registered at Upstox is known by.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The API key.
    pub client_id: String,
    pub client_secret: SecretString,
    pub redirect_uri: String,
}

impl Credentials {
    /// Where the person's browser goes to sign in.
    pub fn dialog_address(&self, broker: &BrokerAddress, state: &str) -> String {
        let base = broker.join("/v2/login/authorization/dialog");
        let parameters = [
            ("response_type", "code"),
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("state", state),
        ];
        match reqwest::Url::parse_with_params(&base, parameters) {
            Ok(url) => url.to_string(),
            // The base was parsed when the address was made.
            Err(_) => base,
        }
    }
}

/// The `code` of the redirect.
#[derive(Clone, Debug)]
pub struct AuthorizationCode(pub SecretString);

/// What the exchange brings.
#[derive(Clone, Debug)]
pub struct AccessToken {
    pub token: SecretString,
    pub user_name: Option<String>,
}

#[derive(Deserialize)]
struct WireToken {
    access_token: SecretString,
    user_name: Option<String>,
}

pub(crate) fn parse_token(body: &[u8]) -> Result<AccessToken, String> {
    // The parser's message could quote the body, and with it the token.
    let wire: WireToken = serde_json::from_slice(body).map_err(|_| "no access_token in it".to_owned())?;
    Ok(AccessToken { token: wire.access_token, user_name: wire.user_name })
}

/// The user's name, of a profile.
pub(crate) fn parse_profile(body: &[u8]) -> Result<Option<String>, String> {
    #[derive(Deserialize)]
    struct Profile {
        user_name: Option<String>,
    }
    crate::wire::parse_data::<Profile>(body).map(|profile| profile.user_name)
}
