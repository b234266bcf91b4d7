//! Tokens of programs: made with a name of their own, shown once, and revoked.

use protocol::{ApiToken, MadeToken, NewToken, SecretText, TokenName};

use crate::access::Access;
use crate::error::AccessError;
use crate::kept::{TOKENS_MAX, Token};
use crate::secret::{Digest, new_id, new_secret};

/// Tells a token from the key of the commands, and a secret scanner what it has found.
const TOKEN_PREFIX: &str = "et_";

impl Access {
    pub async fn add_token(&self, NewToken { name, scope }: NewToken) -> Result<MadeToken, AccessError> {
        self.refuse_of_another()?;
        let secret = format!("{TOKEN_PREFIX}{}", new_secret()?);
        let token = Token {
            id: new_id()?,
            name,
            digest: Digest::of(&secret),
            scope,
            made_at: self.inner.now(),
            last_used: None,
        };
        let made = MadeToken { token: picture_of_token(token.clone()), secret: SecretText(secret) };
        self.change(move |kept| {
            if kept.tokens.iter().any(|other| other.name == token.name) {
                return Err(AccessError::TokenExists(token.name));
            }
            if kept.tokens.len() >= TOKENS_MAX {
                return Err(AccessError::TooManyTokens);
            }
            kept.tokens.push(token);
            Ok(made)
        })
        .await
    }

    pub async fn revoke_token(&self, name: TokenName) -> Result<(), AccessError> {
        self.refuse_of_another()?;
        self.change(move |kept| {
            let place = kept.tokens.iter().position(|token| token.name == name);
            kept.tokens.remove(place.ok_or(AccessError::NoToken(name))?);
            Ok(())
        })
        .await
    }
}

pub(super) fn picture_of_token(token: Token) -> ApiToken {
    let Token { name, scope, made_at, last_used, .. } = token;
    ApiToken { name, scope, made_at, last_used }
}
