//! The one desk where commands are carried out: here, when the data directory is free, else by REST at the server
//! that owns it. A method a command, and both ways give the same document; a command itself knows neither. The methods
//! lie in files by what they are about.

mod access;
mod archive;
mod collecting;
mod importing;
mod lake;
mod requests;
mod schedules;
mod sign_in;
mod storage;

use std::path::Path;

use engine::{Engine, EngineConfig, EngineError, ErrorKind, OwnerServer};
use protocol::Market;

pub use self::access::AccessDesk;
use crate::commands::waiting::telling;
use crate::owner_client::OwnerClient;

pub enum Desk {
    /// The directory was free: the work is done here.
    Here(Box<Engine>),
    /// A server owns it.
    Owner(OwnerClient),
}

/// Carries out what the engine is asked here, tells what it waits for meanwhile, and gives the directory back.
async fn here<T>(engine: &Engine, work: impl Future<Output = Result<T, EngineError>>) -> anyhow::Result<T> {
    let done = telling(engine, work).await;
    engine.close().await?;
    Ok(done?)
}

impl Desk {
    /// Opens the engine, or finds the server that has it open. Another command that owns the directory is
    /// named and ends this one.
    pub async fn open(config: EngineConfig) -> anyhow::Result<Self> {
        let data_dir = config.data_dir.clone();
        match Engine::open(config).await {
            Ok(engine) => Ok(Self::Here(Box::new(engine))),
            Err(error) => match owner_of(&error, &data_dir) {
                Some((server, market)) => Ok(Self::Owner(OwnerClient::new(server, market)?)),
                None => Err(error.into()),
            },
        }
    }

    /// Gives the directory back; for a command that asks for more than one thing.
    pub async fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Here(engine) => Ok(engine.close().await?),
            Self::Owner(_) => Ok(()),
        }
    }
}

/// The server that owns the directory, when that is what the error says.
fn owner_of(error: &EngineError, data_dir: &Path) -> Option<(OwnerServer, Market)> {
    if error.kind() == ErrorKind::Conflict { server_of(data_dir) } else { None }
}

/// How the server is reached that owns the directory, and which of its markets keeps its data there.
fn server_of(data_dir: &Path) -> Option<(OwnerServer, Market)> {
    let owner = Engine::owner(data_dir)?;
    Some((owner.server?, owner.market))
}
