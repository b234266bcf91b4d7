//! `expirytrack password`: sets, changes or removes the password that the server is unlocked with. It asks for no old
//! one: whoever may write the data directory could as well take the file away.

use std::io::{BufRead, Read};

use anyhow::Context;
use protocol::{PasswordChange, SecretText};

use crate::arguments::{Global, Password};
use crate::desk::AccessDesk;
use crate::exit::{Exit, Refused};
use crate::output::{print_json, tell};
use crate::terminal::{self, ask_secret};

/// Longer than any password; what is piped in by mistake is not read to its end.
const INPUT_BYTES_MAX: u64 = 4096;

pub async fn run(global: &Global, password: &Password) -> anyhow::Result<Exit> {
    let desk = AccessDesk::open(&global.data_dir())?;
    let new = if password.remove {
        None
    } else if password.stdin {
        Some(read_line()?)
    } else {
        Some(ask_twice()?)
    };
    let done = if new.is_some() {
        "the password is set; everybody who was signed in has to type it"
    } else {
        "the password is removed; whoever reaches the server may use it"
    };
    let picture = desk.change_password(PasswordChange { current: None, new }).await?;
    if global.json {
        print_json(&picture)?;
    } else {
        tell(done);
    }
    Ok(Exit::Done)
}

/// The line without its end; blanks belong to it.
fn read_line() -> anyhow::Result<SecretText> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .take(INPUT_BYTES_MAX)
        .read_line(&mut line)
        .context("the password could not be read from standard input")?;
    Ok(SecretText(line.trim_end_matches(['\r', '\n']).to_owned()))
}

fn ask_twice() -> anyhow::Result<SecretText> {
    if !terminal::is_attended() {
        let sentence = "there is no terminal to type a password into: give it with --stdin";
        return Err(Refused(Exit::Refused, sentence.to_owned()).into());
    }
    let (first, second) = (ask_secret("New password: ")?, ask_secret("The same again: ")?);
    if first != second {
        return Err(Refused(Exit::Refused, "the two differ: nothing was changed".to_owned()).into());
    }
    Ok(first)
}
