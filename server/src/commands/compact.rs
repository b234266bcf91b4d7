//! `expirytrack compact`: gives the room that is free within the database back to the disk.

use protocol::{StorageEnd, StorageWork};
use serde_json::json;

use crate::arguments::Global;
use crate::commands::progress::Counter;
use crate::commands::signals::stopped;
use crate::commands::waiting::pause;
use crate::desk::Desk;
use crate::exit::Exit;
use crate::output::{print_json, sized, tell};

pub async fn run(global: &Global) -> anyhow::Result<Exit> {
    let desk = Desk::open(global.engine_config().await?).await?;
    let begun = desk.compact().await;
    let ended = match begun {
        Ok(work) => to_its_end(&desk, work, "bytes given back").await,
        Err(error) => Err(error),
    };
    desk.close().await?;
    let (end, exit) = ended?;
    if global.json {
        print_json(&json!({ "bytes": end.done, "stopped": end.is_stopped }))?;
    } else {
        tell(match (end.done, end.is_stopped) {
            (0, false) => "nothing was free within the database".to_owned(),
            (bytes, false) => format!("{} came back", sized(bytes)),
            (bytes, true) => format!("stopped: {} came back so far", sized(bytes)),
        });
    }
    Ok(exit)
}

/// Stays until it has ended. Whoever is stopped here stops it after its present step.
pub async fn to_its_end(
    desk: &Desk,
    mut work: StorageWork,
    what: &str,
) -> anyhow::Result<(StorageEnd, Exit)> {
    let counter = Counter::new(what);
    let (mut exit, stopped) = (Exit::Done, stopped());
    tokio::pin!(stopped);
    while let Some(under_way) = work.under_way {
        counter.show(counted(under_way.done), counted(under_way.total));
        work = if exit == Exit::Done {
            tokio::select! {
                asked = &mut stopped => {
                    exit = asked;
                    desk.stop_storage().await?
                }
                () = pause() => desk.storage_work().await?,
            }
        } else {
            pause().await;
            desk.storage_work().await?
        };
    }
    counter.clear();
    let end =
        work.last.ok_or_else(|| anyhow::anyhow!("the server was started anew meanwhile: look again"))?;
    match end.problem {
        Some(problem) => Err(anyhow::anyhow!(problem)),
        None => Ok((end, exit)),
    }
}

fn counted(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
