//! `expirytrack login`: a sign-in for the other commands, through the dialog of Upstox or by a token. It runs no job; a
//! running server resumes the ones that wait by itself.

use std::io::Read;

use anyhow::Context;
use engine::{DIALOG_PATIENCE_SECONDS, ExposeSecret, Return, SecretString, SignInRefusal};
use protocol::{NewApp, SecretText};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Duration;

use super::callback::{self, Callback};
use crate::arguments::{Global, Login};
use crate::desk::Desk;
use crate::exit::{Exit, Refused};
use crate::output::{print_json, tell};
use crate::terminal;

/// Longer than any token; what is piped in by mistake is not read to its end.
const INPUT_BYTES_MAX: u64 = 64 * 1024;
/// How often a server that takes the browser back is asked whether it has.
const ASKED_EVERY: Duration = Duration::from_secs(1);
/// Addresses that came and were not looked at yet.
const ADDRESSES_WAITING_MAX: usize = 4;

pub async fn run(global: &Global, login: &Login) -> anyhow::Result<Exit> {
    let desk = Desk::open(global.engine_config().await?).await?;
    let done = sign_in(&desk, login).await;
    let picture = match &done {
        Ok(()) => Some(desk.session().await?),
        Err(_) => None,
    };
    desk.close().await?;
    done?;
    if let Some(picture) = picture {
        tell_of(global, &picture)?;
    }
    Ok(Exit::Done)
}

async fn sign_in(desk: &Desk, login: &Login) -> anyhow::Result<()> {
    if login.token_stdin {
        if let Some(remark) = desk.sign_in(&input()?).await? {
            tell(&remark);
        }
        return Ok(());
    }
    let before = desk.sign_in_picture().await?.app;
    let knows_app = before.key_end.is_some();
    let redirect_uri = login.redirect_uri.clone().unwrap_or(before.redirect_uri);
    if terminal::is_attended() && (login.app_stdin || !knows_app) {
        desk.put_app(&asked_app(redirect_uri, knows_app)?).await?;
    } else if login.app_stdin {
        desk.put_app(&read_app(&input()?, redirect_uri)?).await?;
    } else if knows_app && login.redirect_uri.is_some() {
        desk.put_app(&NewApp { api_key: None, api_secret: None, redirect_uri }).await?;
    }
    through_the_dialog(desk).await
}

fn input() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .take(INPUT_BYTES_MAX)
        .read_to_string(&mut text)
        .context("standard input could not be read")?;
    Ok(text)
}

/// Of whoever sits at the terminal.
fn asked_app(redirect_uri: String, knows_app: bool) -> anyhow::Result<NewApp> {
    tell(format!(
        "your Upstox app, from account.upstox.com/developer/apps; its redirect address must be {redirect_uri}{}",
        if knows_app { "\nwhat is left empty stays as it is" } else { "" }
    ));
    let (key, secret) = (terminal::ask("API key: ")?, terminal::ask_secret("API secret (not shown): ")?);
    Ok(app(&key, &secret.0, redirect_uri))
}

/// Two lines: the API key, the API secret.
fn read_app(text: &str, redirect_uri: String) -> anyhow::Result<NewApp> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let [key, secret] = lines[..] else {
        let sentence = "give two lines on standard input, the API key and the API secret".to_owned();
        return Err(Refused(Exit::Refused, sentence).into());
    };
    Ok(app(key, secret, redirect_uri))
}

fn app(key: &str, secret: &str, redirect_uri: String) -> NewApp {
    let some = |text: &str| Some(SecretText(text.to_owned()));
    NewApp { api_key: some(key), api_secret: some(secret), redirect_uri }
}

async fn through_the_dialog(desk: &Desk) -> anyhow::Result<()> {
    let before = desk.sign_in_picture().await?;
    if before.app.key_end.is_none() {
        let sentence = format!(
            "{}. Without a browser: expirytrack login --app-stdin, with two lines, the API key and the API secret",
            SignInRefusal::NoApp
        );
        return Err(Refused(Exit::Refused, sentence).into());
    }
    let address = desk.begin_sign_in().await?;
    tell(format!("open this address in a browser and sign in there:\n\n{address}\n"));
    // The address of the dialog has it in its query, as the one that comes back.
    let state = Return::at(&address).ok().and_then(|dialog| dialog.state).unwrap_or_default();
    let (sender, mut addresses) = mpsc::channel(ADDRESSES_WAITING_MAX);
    // A server that runs takes the browser back itself.
    let callback = match desk {
        Desk::Here(_) => Callback::listen(&before.app.redirect_uri, &state, sender.clone()).await,
        Desk::Owner(_) => None,
    };
    tell(match (desk, &callback) {
        (Desk::Here(_), None) => "then paste the address that the browser ends at here:",
        _ => {
            "the sign-in comes back by itself; if the browser ends at an address that does not answer, paste that address here:"
        }
    });
    callback::read_pasted(sender);
    let wait = async {
        tokio::select! {
            ended = taken_back(desk, &state, &mut addresses) => ended,
            ended = came_back(desk, &state, before.sign_ins) => ended,
        }
    };
    let patience = Duration::from_secs(DIALOG_PATIENCE_SECONDS.unsigned_abs());
    let ended = tokio::time::timeout(patience, wait).await;
    if let Some(callback) = callback {
        callback.close().await;
    }
    ended.unwrap_or_else(|_| Err(Refused(Exit::SignInNeeded, SignInRefusal::LateState.to_string()).into()))
}

/// Ends with the first address that has the `state` of this sign-in; what else comes is told of, and the next is waited
/// for.
async fn taken_back(
    desk: &Desk,
    state: &str,
    addresses: &mut mpsc::Receiver<SecretString>,
) -> anyhow::Result<()> {
    while let Some(address) = addresses.recv().await {
        match Return::at(address.expose_secret()) {
            Ok(back) if back.state.as_deref() == Some(state) => return desk.come_back_at(address).await,
            Ok(_) => tell("that address is of another sign-in: paste the one that the browser ends at now"),
            Err(refusal) => tell(refusal.to_string()),
        }
    }
    // Whoever reads the terminal or listens has ended; a server may still take the browser back.
    std::future::pending().await
}

/// Ends when the server has taken somebody back from this dialog, or somebody is signed in by another way; here, where
/// there is none, never. How another sign-in was refused is nobody's matter here.
async fn came_back(desk: &Desk, state: &str, sign_ins: u64) -> anyhow::Result<()> {
    let mut ticks = tokio::time::interval(ASKED_EVERY);
    loop {
        ticks.tick().await;
        if let Desk::Owner(_) = desk {
            let (refused, now) = desk.sign_in_of(state).await?;
            if let Some(refused) = refused {
                return Err(Refused(Exit::SignInNeeded, refused).into());
            }
            if now > sign_ins {
                return Ok(());
            }
        }
    }
}

fn tell_of(global: &Global, picture: &Value) -> anyhow::Result<()> {
    if picture["state"] != json!("signed_in") {
        let ended = "the sign-in was taken and has ended since: sign in again".to_owned();
        return Err(Refused(Exit::SignInNeeded, ended).into());
    }
    if global.json {
        return print_json(picture);
    }
    let user = picture["user"].as_str().map(|user| format!(" as {user}")).unwrap_or_default();
    // One that could not be checked was told of; nothing more is claimed.
    if picture["checked"] != json!(false) {
        tell(format!("signed in{user}"));
    }
    if picture["plus_needed"] == json!(true) {
        tell(
            "Upstox answers that expired contracts need its Plus plan: activate it in the Upstox app, and wait for the 24 hours that it takes",
        );
    }
    Ok(())
}
