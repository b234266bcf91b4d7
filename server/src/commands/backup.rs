//! `expirytrack backup`: a copy of the database in one file. To a file of any name it is written here, beside whoever
//! owns the directory; one in the directory itself, and the rule, are the owner's.

use engine::{CAN_ENCRYPT, back_up};
use protocol::{BackupPicture, BackupRule, BackupsPicture};

use crate::arguments::{Backup, Global};
use crate::commands::moment;
use crate::commands::signals::stopped;
use crate::desk::Desk;
use crate::exit::Exit;
use crate::output::{print, print_json, sized, table, tell};

pub async fn run(global: &Global, backup: Backup) -> anyhow::Result<Exit> {
    let Backup { file, list, every, at, keep, never } = backup;
    if let Some(file) = file {
        let place = global.place_as_it_is().await?;
        tokio::select! {
            made = back_up(&place, &file) => return show_made(global, &made?),
            // What was begun is given up, and leaves nothing.
            exit = stopped() => return Ok(exit),
        }
    }
    let desk = Desk::open(global.engine_config().await?).await?;
    let backups = if let Some(every_days) = every {
        desk.put_backup_rule(Some(BackupRule { every_days, at, keep })).await?
    } else if never {
        desk.put_backup_rule(None).await?
    } else if list {
        desk.backups().await?
    } else {
        return show_made(global, &desk.make_backup().await?);
    };
    if global.json {
        print_json(&backups)?;
    } else {
        print(&describe(&backups))?;
    }
    Ok(Exit::Done)
}

fn show_made(global: &Global, made: &BackupPicture) -> anyhow::Result<Exit> {
    if global.json {
        print_json(made)?;
    } else {
        print(&told(made))?;
    }
    tell(if CAN_ENCRYPT {
        "the key file is not in it, and nothing opens it without: keep a copy of that elsewhere"
    } else {
        "the key file is not in it: keep a copy of it elsewhere, or sign in and give the secrets of notices again after a restore"
    });
    Ok(Exit::Done)
}

/// What a backup is, in three lines.
pub fn told(made: &BackupPicture) -> String {
    let contents: Vec<String> =
        made.contents.named().into_iter().map(|(what, count)| format!("{count} {what}")).collect();
    format!("{}  {}\nsha256 {}\n{}\n", made.path, sized(made.bytes), made.sha256, contents.join(", "))
}

fn describe(backups: &BackupsPicture) -> String {
    let mut text = format!("{}\n", backups.folder);
    if backups.backups.is_empty() {
        text.push_str("no backup yet\n");
    } else {
        let rows = backups.backups.iter();
        let rows: Vec<_> = rows
            .map(|backup| vec![moment(backup.made_at), sized(backup.bytes), backup.name.clone()])
            .collect();
        text.push_str(&table(&rows));
    }
    match &backups.rule {
        Some(rule) => text.push_str(&format!("by itself: {rule}, while `expirytrack serve` runs\n")),
        None => text.push_str("by itself: never\n"),
    }
    if let Some(next) = backups.next_run {
        text.push_str(&format!("next       {}\n", moment(next)));
    }
    if let Some(problem) = backups.last_run.as_ref().and_then(|run| run.problem.as_ref()) {
        text.push_str(&format!("the last one failed: {problem}\n"));
    }
    text
}
