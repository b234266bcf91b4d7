//! `expirytrack restore`: a backup becomes the database of an empty data directory.

use engine::{CAN_ENCRYPT, place_for_restoring, restore};

use crate::arguments::{Global, Restore};
use crate::commands::backup::told;
use crate::commands::signals::stopped;
use crate::exit::Exit;
use crate::output::{print, print_json, tell};

pub async fn run(global: &Global, wanted: &Restore) -> anyhow::Result<Exit> {
    let place = place_for_restoring(&global.data_dir(), &global.unlock()?).await?;
    let restored = tokio::select! {
        restored = restore(&place, &wanted.file, global.source_kind()) => restored?,
        // What was begun is given up, and leaves nothing.
        exit = stopped() => return Ok(exit),
    };
    if global.json {
        print_json(&restored)?;
    } else {
        print(&told(&restored))?;
    }
    if !CAN_ENCRYPT {
        tell(format!(
            "what was sealed opens with the key of the database that was backed up: copy it to {} before the first start, or sign in and give the secrets of notices again",
            place.data_dir.join("key").display()
        ));
    }
    Ok(Exit::Done)
}
