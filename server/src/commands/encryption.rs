//! `expirytrack encrypt` and `expirytrack decrypt`: a database that is there, through a copy that is compared with it. The
//! directory has to be free.

use engine::Encryption;
use serde_json::json;

use crate::arguments::Global;
use crate::exit::Exit;
use crate::output::{print_json, tell};

pub async fn run(global: &Global, encryption: Encryption) -> anyhow::Result<Exit> {
    engine::change_encryption(&global.data_dir(), &global.unlock()?, encryption).await?;
    if global.json {
        print_json(&json!({ "encrypted": encryption == Encryption::On }))?;
        return Ok(Exit::Done);
    }
    tell(match encryption {
        Encryption::On => "the database is encrypted; without its key file or passphrase nobody opens it",
        Encryption::Off => "the database is not encrypted any more",
    });
    Ok(Exit::Done)
}
