//! What opens a data directory, from flags, environment and terminal: a key file, or a passphrase from a file or asked
//! for, once, where it is not shown.

use std::sync::{Arc, OnceLock};

use engine::{Engine, EngineError, Passphrase, Place, Unlock, VaultError, is_sealed_with_passphrase};

use crate::arguments::Global;
use crate::exit::{Exit, Refused};
use crate::terminal;

/// The passphrase that a person typed; two markets of one server ask once.
#[derive(Clone, Debug, Default)]
pub struct Asked(Arc<OnceLock<Passphrase>>);

impl Global {
    pub fn unlock(&self) -> anyhow::Result<Unlock> {
        if !self.passphrase && self.passphrase_file.is_none() {
            return Ok(Unlock::KeyFile(self.key_file.clone()));
        }
        if self.key_file.is_some() {
            return Err(refused("a key file and a passphrase were given: give one of them"));
        }
        Ok(Unlock::Passphrase(self.given_passphrase()?))
    }

    /// The data directory, for a command that only reads. Reading brings an older database forward, with a copy of what
    /// it was unless it is told otherwise.
    pub async fn place(&self) -> anyhow::Result<Place> {
        let place = self.place_as_it_is().await?;
        if self.upgrade_without_backup {
            Engine::upgrade_without_copy(place.clone()).await?;
        }
        Ok(place)
    }

    /// The data directory, for a command that looks at the file and at nothing in it.
    pub async fn place_as_it_is(&self) -> anyhow::Result<Place> {
        Ok(engine::place_for_reading(&self.data_dir(), &self.unlock()?).await?)
    }

    /// From the file, or asked for.
    pub fn given_passphrase(&self) -> anyhow::Result<Passphrase> {
        if let (Some(_), true) = (&self.passphrase_file, self.passphrase) {
            return Err(refused("--passphrase asks and --passphrase-file reads: give one of them"));
        }
        if let Some(file) = &self.passphrase_file {
            return Ok(Passphrase::read(file).map_err(EngineError::from)?);
        }
        if let Some(asked) = self.asked.0.get() {
            return Ok(asked.clone());
        }
        // One that is new is typed twice: nobody can say later what was meant.
        let asked = ask(!is_sealed_with_passphrase(&self.data_dir()))?;
        Ok(self.asked.0.get_or_init(|| asked).clone())
    }
}

fn ask(twice: bool) -> anyhow::Result<Passphrase> {
    if !terminal::is_attended() {
        return Err(refused(
            "there is no terminal to ask for the passphrase: name a file with --passphrase-file",
        ));
    }
    let line = |question: &str| -> anyhow::Result<engine::SecretString> {
        Ok(terminal::ask_secret(question)?.0.into())
    };
    let first = line("passphrase: ")?;
    let passphrase = Passphrase::new(&first).map_err(|error: VaultError| EngineError::from(error))?;
    if twice && !passphrase.is(&line("once more: ")?) {
        return Err(refused("the two are not the same"));
    }
    Ok(passphrase)
}

fn refused(sentence: &str) -> anyhow::Error {
    Refused(Exit::Refused, sentence.to_owned()).into()
}
