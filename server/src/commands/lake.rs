//! `expirytrack lake`: publishes complete expiries, verifies what lies in a lake, and lists what is published where.

use anyhow::Context;
use protocol::{
    LakeChoice, LakeMove, LakeOrder, LakeOutcome, LakePartition, LakePicture, LakePlace, LakeReport,
    LakeState, StorageDeed, StorageWork,
};

use crate::arguments::{Global, LakeCommand, LakePublish};
use crate::commands::archive;
use crate::commands::compact::to_its_end;
use crate::commands::moment;
use crate::desk::Desk;
use crate::exit::Exit;
use crate::output::{counted, print, print_json, sized, table, tell};

pub async fn run(global: &Global, command: LakeCommand) -> anyhow::Result<Exit> {
    let desk = Desk::open(global.engine_config().await?).await?;
    let ran = carry_out(global, &desk, command).await;
    desk.close().await?;
    ran
}

async fn carry_out(global: &Global, desk: &Desk, command: LakeCommand) -> anyhow::Result<Exit> {
    match command {
        LakeCommand::Publish(publish) => {
            let to = publish.to.clone().map(of_this_machine).transpose()?;
            let work = desk.lake_publish(LakeOrder { to, ..order(publish) }).await?;
            to_its_report(global, desk, work, StorageDeed::Publish, "candles published").await
        }
        LakeCommand::Verify { place } => {
            let place = place.map(of_this_machine).transpose()?;
            let work = desk.lake_verify(LakePlace { place }).await?;
            to_its_report(global, desk, work, StorageDeed::VerifyLake, "candles read again").await
        }
        LakeCommand::Prune(prune) => archive::prune(global, desk, prune).await,
        LakeCommand::Unarchive(what) => archive::unarchive(global, desk, what).await,
        LakeCommand::Move { to, from } => {
            let (from, to) = (from.map(of_this_machine).transpose()?, of_this_machine(to)?);
            let work = desk.lake_move(LakeMove { from, to }).await?;
            to_its_report(global, desk, work, StorageDeed::MoveLake, "candles read there").await
        }
        LakeCommand::List => {
            let picture = desk.lake().await?;
            if global.json {
                print_json(&picture)?;
            } else {
                print(&describe(&picture))?;
            }
            Ok(Exit::Done)
        }
        LakeCommand::Place { place, none } => {
            let kept = match (place, none) {
                (None, false) => desk.lake_place().await?,
                (place, _) => {
                    let place = place.map(of_this_machine).transpose()?;
                    desk.put_lake_place(LakePlace { place }).await?
                }
            };
            if global.json {
                print_json(&kept)?;
            } else {
                print(&format!("{}\n", kept.place.as_deref().unwrap_or("no lake is set")))?;
            }
            Ok(Exit::Done)
        }
    }
}

/// A folder is one of where the command runs, and the server that may carry it out runs elsewhere.
pub(super) fn of_this_machine(place: String) -> anyhow::Result<String> {
    if place.trim().is_empty() || place.contains("://") {
        return Ok(place);
    }
    let folder = std::path::absolute(place.trim()).context("the path cannot be read")?;
    Ok(folder.to_str().context("the path cannot be read as UTF-8")?.to_owned())
}

fn order(publish: LakePublish) -> LakeOrder<market::UnderlyingName> {
    let LakePublish { underlying, expiry, all_complete, to, days, with, why } = publish;
    let expiries = if all_complete { LakeChoice::Complete } else { LakeChoice::Dates(expiry) };
    LakeOrder { underlying, expiries, to, days, volatility: !with.is_empty(), why }
}

/// What became of each partition is told also where something was refused.
async fn to_its_report(
    global: &Global,
    desk: &Desk,
    work: StorageWork,
    deed: StorageDeed,
    what: &str,
) -> anyhow::Result<Exit> {
    let ended = to_its_end(desk, work, deed, what).await;
    let report = desk.lake().await?.last;
    if let Some(report) = &report {
        if global.json {
            print_json(report)?;
        } else {
            print(&lines(report))?;
        }
    }
    let (end, exit) = ended?;
    if end.is_stopped {
        tell(format!("stopped: {}", deed.words_once_stopped()));
    }
    Ok(exit)
}

fn lines(report: &LakeReport) -> String {
    let rows: Vec<Vec<String>> = report
        .lines
        .iter()
        .map(|line| vec![line.of.clone(), outcome(line.outcome).to_owned(), line.words.clone()])
        .collect();
    format!("{}\n{}", report.place, table(&rows))
}

fn outcome(outcome: LakeOutcome) -> &'static str {
    match outcome {
        LakeOutcome::Published => "published",
        LakeOutcome::Restated => "restated",
        LakeOutcome::Unchanged => "unchanged",
        LakeOutcome::Recovered => "recovered",
        LakeOutcome::Waits => "waits",
        LakeOutcome::Whole => "whole",
        LakeOutcome::Wrong => "wrong",
    }
}

fn describe(picture: &LakePicture) -> String {
    if picture.partitions.is_empty() {
        return "nothing is published from here: `expirytrack lake publish` does it\n".to_owned();
    }
    let row = |of: &LakePartition| {
        let span = match (of.expiry, of.month) {
            (Some(expiry), _) => expiry.to_string(),
            (_, Some(month)) => format!("itself, {}", &month.to_string()[..7]),
            (None, None) => String::new(),
        };
        let state = match (of.state, of.is_doubted, of.is_outdated) {
            (LakeState::Archived, false, _) => "in the lake alone",
            (LakeState::Archived, true, _) => {
                "in the lake alone; what lies there is not what was published: put that back"
            }
            (LakeState::Published, true, _) => {
                "published; what lies there is not what was published: publish it again"
            }
            (LakeState::Published, false, true) => "published; something came since",
            (LakeState::Published, false, false) => "published",
        };
        vec![
            of.underlying.symbol.clone(),
            span,
            counted(of.rows, "candle", "candles"),
            sized(of.bytes),
            format!("version {}", of.version),
            moment(of.published_at),
            of.verified_at
                .map_or_else(|| "never verified".to_owned(), |at| format!("verified {}", moment(at))),
            state.to_owned(),
        ]
    };
    let mut places: Vec<&str> = picture.partitions.iter().map(|of| of.place.as_str()).collect();
    places.dedup();
    let of_place = |place: &str| {
        let rows: Vec<_> = picture.partitions.iter().filter(|of| of.place == place).map(row).collect();
        format!("{place}\n{}", table(&rows))
    };
    places.into_iter().map(of_place).collect::<Vec<_>>().join("\n")
}
