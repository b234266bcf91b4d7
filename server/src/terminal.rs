//! Questions to whoever sits at the terminal, asked on standard error. Refuses to ask where nobody sits: whoever calls
//! says what to do instead.

use std::io::IsTerminal;

use anyhow::Context;
use console::Term;
use protocol::SecretText;

/// Whether there is somebody to ask.
pub fn is_attended() -> bool {
    std::io::stdin().is_terminal() && Term::stderr().is_term()
}

/// What is typed is shown; without the blanks around it.
pub fn ask(question: &str) -> anyhow::Result<String> {
    let terminal = Term::stderr();
    let typed = terminal.write_str(question).and_then(|()| terminal.read_line());
    Ok(typed.context("the terminal cannot be read")?.trim().to_owned())
}

/// Nothing of it is shown while it is typed; blanks belong to it.
pub fn ask_secret(question: &str) -> anyhow::Result<SecretText> {
    let terminal = Term::stderr();
    let typed = terminal.write_str(question).and_then(|()| terminal.read_secure_line());
    Ok(SecretText(typed.context("the terminal cannot be read")?))
}
