//! `expirytrack compact`: gives the room that is free within the database back to the disk.

use anyhow::Context;
use protocol::{StorageDeed, StorageEnd, StorageProgress, StorageWork};
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
        Ok(work) => to_its_end(&desk, work, StorageDeed::Compact, "bytes given back").await,
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

/// Stays until a deed has ended that was just begun. Whoever is stopped here stops it after its present step; what somebody
/// else has stopped is not done either.
pub async fn to_its_end(
    desk: &Desk,
    mut work: StorageWork,
    deed: StorageDeed,
    what: &str,
) -> anyhow::Result<(StorageEnd, Exit)> {
    let counter = Counter::new(what);
    let begun = work.under_way.map(|under_way| under_way.began_at);
    let is_ours = |other: &StorageProgress| other.deed == deed && Some(other.began_at) == begun;
    let (mut exit, stopped) = (Exit::Done, stopped());
    tokio::pin!(stopped);
    while let Some(under_way) = work.under_way.filter(is_ours) {
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
    let end = work.last.filter(|end| end.deed == deed).context(
        "how it ended is not known: the server was started anew meanwhile, or did something else since. Look again",
    )?;
    match end.problem {
        Some(problem) => Err(anyhow::anyhow!(problem)),
        None if end.is_stopped && exit == Exit::Done => Ok((end, Exit::DoneWithFailures)),
        None => Ok((end, exit)),
    }
}

fn counted(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
