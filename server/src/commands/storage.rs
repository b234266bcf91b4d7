//! `expirytrack storage`: what takes how much room.

use market::UnderlyingName;
use protocol::StoragePicture;

use crate::arguments::Global;
use crate::commands::moment;
use crate::desk::Desk;
use crate::exit::Exit;
use crate::output::{counted, print, print_json, sized, table};

pub async fn run(global: &Global, underlying: Option<&UnderlyingName>) -> anyhow::Result<Exit> {
    let desk = Desk::open(global.engine_config().await?).await?;
    let storage = desk.storage(underlying).await?;
    if global.json {
        print_json(&storage)?;
    } else {
        print(&describe(&storage))?;
    }
    Ok(Exit::Done)
}

fn describe(storage: &StoragePicture) -> String {
    let about = |bytes: u64| format!("about {}", sized(bytes));
    let mut rows = vec![
        vec!["data directory".to_owned(), storage.data_dir.clone()],
        vec!["database".to_owned(), sized(storage.database_bytes)],
        vec!["write-ahead log".to_owned(), sized(storage.log_bytes)],
        vec![
            "free within".to_owned(),
            format!("{}, which `expirytrack compact` gives back", sized(storage.free_bytes)),
        ],
        vec!["free disk".to_owned(), storage.free_disk_bytes.map_or_else(|| "not known".to_owned(), sized)],
        vec!["last backup".to_owned(), storage.last_backup.map_or_else(|| "none".to_owned(), moment)],
        vec![
            "backups".to_owned(),
            storage.backup_rule.map_or_else(|| "none by themselves".to_owned(), |rule| rule.to_string()),
        ],
        vec!["last verify".to_owned(), last_verify(storage)],
    ];
    if storage.free_bytes == 0 {
        rows[3][1] = "nothing".to_owned();
    }
    let mut text = table(&rows);
    let mut shares: Vec<Vec<String>> = storage
        .shares
        .iter()
        .map(|share| {
            let candles = share.contract_candles + share.own_candles;
            let named = share.underlying.symbol.clone();
            vec![named, candles_here(candles, share.archived_candles), about(share.bytes)]
        })
        .collect();
    shares.push(vec!["lists, requests, jobs".to_owned(), String::new(), about(storage.other_bytes)]);
    text.push('\n');
    text.push_str(&table(&shares));
    if !storage.expiries.is_empty() {
        let expiries = storage.expiries.iter().map(|of| {
            vec![of.expiry.to_string(), candles_here(of.candles, of.archived_candles), about(of.bytes)]
        });
        text.push('\n');
        text.push_str(&table(&expiries.collect::<Vec<_>>()));
    }
    for line in &storage.pruned {
        text.push_str(&format!(
            "pruned {}: {}, {}, {} candles\n",
            moment(line.at),
            line.underlying.symbol,
            counted(line.expiries, "expiry", "expiries"),
            line.candles
        ));
    }
    text
}

fn candles_here(candles: u64, archived: u64) -> String {
    match archived {
        0 => format!("{candles} candles"),
        archived => format!("{candles} candles, and {archived} in the lake alone"),
    }
}

fn last_verify(storage: &StoragePicture) -> String {
    match &storage.last_verify {
        None => "never: `expirytrack verify` checks everything".to_owned(),
        Some(last) if last.sound => format!("{}, sound", moment(last.at)),
        Some(last) => format!("{}, {}", moment(last.at), last.problems.join("; ")),
    }
}
