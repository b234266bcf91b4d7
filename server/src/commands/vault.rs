//! `expirytrack vault`: what the secrets of a data directory are sealed with, changed from a key file to a passphrase and
//! back. The directory has to be free.

use serde_json::json;

use crate::arguments::{Global, VaultCommand};
use crate::exit::Exit;
use crate::output::{print_json, tell};

pub async fn run(global: &Global, command: VaultCommand) -> anyhow::Result<Exit> {
    let (data_dir, passphrase) = (global.data_dir(), global.given_passphrase()?);
    let key_file = global.key_file.clone();
    let sealed_with = match command {
        VaultCommand::ToPassphrase => {
            engine::seal_with_passphrase(&data_dir, key_file.clone(), &passphrase).await?;
            if let Some(file) = key_file {
                tell(format!("{} opens nothing here any more; it was left where it is", file.display()));
            }
            "passphrase"
        }
        VaultCommand::ToKeyFile => {
            engine::seal_with_key_file(&data_dir, &passphrase, key_file).await?;
            "key_file"
        }
    };
    if global.json {
        print_json(&json!({ "sealed_with": sealed_with }))?;
    } else {
        let words = if sealed_with == "passphrase" {
            "the secrets are sealed with the passphrase: it is needed from now on, and nobody can recover it"
        } else {
            "the secrets are sealed with the key file"
        };
        tell(words);
    }
    Ok(Exit::Done)
}
