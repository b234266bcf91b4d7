//! `expirytrack token`: lists, makes and revokes the tokens by which programs use the server.

use protocol::{ApiToken, NewToken, TokenScope};
use serde_json::json;

use crate::arguments::{Global, TokenCommand};
use crate::desk::AccessDesk;
use crate::exit::Exit;
use crate::output::{print, print_json, table, tell};

pub async fn run(global: &Global, command: Option<TokenCommand>) -> anyhow::Result<Exit> {
    let desk = AccessDesk::open(&global.data_dir())?;
    match command.unwrap_or(TokenCommand::List) {
        TokenCommand::List => {
            let tokens = desk.picture().await?.tokens;
            if global.json {
                print_json(&json!({ "tokens": tokens }))?;
            } else {
                print(&token_table(&tokens))?;
            }
        }
        TokenCommand::Add { name, read_only } => {
            let scope = if read_only { TokenScope::ReadOnly } else { TokenScope::Full };
            let made = desk.add_token(NewToken { name, scope }).await?;
            if global.json {
                print_json(&made)?;
            } else {
                print(&format!("{}\n", made.secret.0))?;
                tell("it is shown this once; programs send it as Authorization: Bearer …");
            }
        }
        TokenCommand::Revoke { name } => {
            desk.revoke_token(&name).await?;
            if global.json {
                print_json(&json!({ "revoked": name }))?;
            } else {
                tell(format!("the token {name} is revoked"));
            }
        }
    }
    Ok(Exit::Done)
}

fn token_table(tokens: &[ApiToken]) -> String {
    let headings = ["NAME", "SCOPE", "MADE", "LAST USED"].map(str::to_owned).to_vec();
    let mut rows = vec![headings];
    rows.extend(tokens.iter().map(|token| {
        vec![
            token.name.to_string(),
            token.scope.words().to_owned(),
            token.made_at.to_ist_text(),
            token.last_used.map_or_else(|| "never".to_owned(), |used| used.to_ist_text()),
        ]
    }));
    table(&rows)
}
