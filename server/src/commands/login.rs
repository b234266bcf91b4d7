//! `expirytrack login`: keeps a bearer token for the other commands. It runs no job; a running server resumes
//! the ones that wait by itself.

use std::io::Read;

use anyhow::Context;
use serde_json::json;

use crate::arguments::{Global, Login};
use crate::desk::Desk;
use crate::exit::{Exit, Refused};
use crate::output::{print_json, tell};

/// Longer than any token; what is piped in by mistake is not read to its end.
const INPUT_BYTES_MAX: u64 = 64 * 1024;

pub async fn run(global: &Global, login: &Login) -> anyhow::Result<Exit> {
    if !login.token_stdin {
        let sentence = "give the token on standard input: expirytrack login --token-stdin < token.txt. \
                        Signing in through the browser: expirytrack serve";
        return Err(Refused(Exit::Refused, sentence.to_owned()).into());
    }
    let mut text = String::new();
    std::io::stdin()
        .take(INPUT_BYTES_MAX)
        .read_to_string(&mut text)
        .context("the token could not be read from standard input")?;
    let (picture, remark) = Desk::open(global.engine_config()?).await?.sign_in(&text).await?;
    if let Some(remark) = remark {
        tell(&remark);
    }
    if global.json {
        print_json(&picture)?;
    } else {
        let user = picture["user"].as_str().map(|user| format!(" as {user}")).unwrap_or_default();
        // One that could not be checked was told of above; nothing more is claimed.
        if picture["checked"] != json!(false) {
            tell(format!("signed in{user}"));
        }
    }
    Ok(Exit::Done)
}
