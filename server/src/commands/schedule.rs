//! `expirytrack schedule`: rules that a running `serve` carries out. Without a server the rules are kept for
//! the next one.

use engine::Engine;
use market::{EpochSeconds, UnderlyingName};
use protocol::{
    ExpiryCycle, RunOutcome, ScheduleId, ScheduleOrder, SchedulePicture, ScheduleRule, ScheduleTime,
};
use serde_json::json;

use crate::arguments::{AddSchedule, Global, ScheduleCommand};
use crate::commands::waiting::{ToldWaits, pause, telling};
use crate::exit::Exit;
use crate::http::documents::SchedulesDocument;
use crate::output::{print, print_json, table, tell};
use crate::owner_client::{Desk, OwnerClient};

pub async fn run(global: &Global, command: Option<ScheduleCommand>) -> anyhow::Result<Exit> {
    let command = command.unwrap_or(ScheduleCommand::List);
    let told = match Desk::open(global.engine_config()?).await? {
        Desk::Own(engine) => {
            let told = carry_out_here(&engine, command).await;
            engine.close().await?;
            told?
        }
        Desk::Owner(owner) => carry_out_there(&owner, command).await?,
    };
    match told {
        Told::All(schedules) if global.json => print_json(&SchedulesDocument { schedules })?,
        Told::All(schedules) => print(&schedule_table(&schedules))?,
        Told::One(schedule) if global.json => print_json(&schedule)?,
        Told::One(schedule) => print(&describe(&schedule))?,
        Told::Removed(id) if global.json => print_json(&json!({ "removed": id }))?,
        Told::Removed(id) => tell(format!("schedule {id} is removed; its jobs and their data stay")),
    }
    Ok(Exit::Done)
}

/// What a command has to show.
enum Told {
    All(Vec<SchedulePicture>),
    One(Box<SchedulePicture>),
    Removed(i64),
}

fn one(schedule: SchedulePicture) -> Told {
    Told::One(Box::new(schedule))
}

async fn carry_out_here(engine: &Engine, command: ScheduleCommand) -> anyhow::Result<Told> {
    let schedules = engine.schedules();
    Ok(match command {
        ScheduleCommand::List => Told::All(schedules.list().await?),
        ScheduleCommand::Add(add) => {
            let order = engine.instruments().find_schedule(order_of(add)).await?;
            let added = schedules.add(&order).await?;
            tell("it runs while `expirytrack serve` runs");
            one(added)
        }
        ScheduleCommand::Remove { id } => {
            schedules.remove(ScheduleId(id)).await?;
            Told::Removed(id)
        }
        ScheduleCommand::Run { id } => {
            let run = telling(engine, schedules.run_now(ScheduleId(id))).await?;
            if let Some(job) = run.last_run.as_ref().and_then(|run| run.job) {
                tell(format!("job {job} is queued; `expirytrack serve` carries it out"));
            }
            one(run)
        }
        ScheduleCommand::Pause { id } => one(schedules.enable(ScheduleId(id), false).await?),
        ScheduleCommand::Resume { id } => one(schedules.enable(ScheduleId(id), true).await?),
    })
}

async fn carry_out_there(owner: &OwnerClient, command: ScheduleCommand) -> anyhow::Result<Told> {
    let enable = async |id: i64, enabled: bool| {
        owner.patch(&format!("schedules/{id}"), json!({ "enabled": enabled })).await.map(one)
    };
    Ok(match command {
        ScheduleCommand::List => Told::All(owner.get::<SchedulesDocument>("schedules", &[]).await?.schedules),
        ScheduleCommand::Add(add) => {
            one(owner.post("schedules", serde_json::to_value(order_of(add))?).await?)
        }
        ScheduleCommand::Remove { id } => {
            owner.delete(&format!("schedules/{id}")).await?;
            Told::Removed(id)
        }
        ScheduleCommand::Run { id } => {
            let mut run: SchedulePicture = owner.post(&format!("schedules/{id}/run"), json!({})).await?;
            let mut told = ToldWaits::default();
            while run.asked_at.is_some() {
                run.waits.iter().for_each(|wait| told.tell(wait));
                pause().await;
                run = owner.get(&format!("schedules/{id}"), &[]).await?;
            }
            one(run)
        }
        ScheduleCommand::Pause { id } => enable(id, false).await?,
        ScheduleCommand::Resume { id } => enable(id, true).await?,
    })
}

fn order_of(add: AddSchedule) -> ScheduleOrder<UnderlyingName> {
    let expiries = match (add.weekly, add.monthly) {
        (true, false) => ExpiryCycle::Weekly,
        (false, true) => ExpiryCycle::Monthly,
        (true, true) | (false, false) => ExpiryCycle::Both,
    };
    let rule = ScheduleRule {
        underlyings: add.underlying,
        expiries,
        kinds: add.kind,
        interval: add.interval,
        days: add.days,
        with_underlying: !add.without_underlying,
        when: add.cron.map_or(ScheduleTime::AfterExpiry(add.at), ScheduleTime::Cron),
    };
    ScheduleOrder { name: add.name, rule }
}

fn schedule_table(schedules: &[SchedulePicture]) -> String {
    let headings = ["ID", "STATE", "NEXT RUN", "LAST RUN", "NAME"].map(str::to_owned).to_vec();
    let mut rows = vec![headings];
    rows.extend(schedules.iter().map(|schedule| {
        vec![
            schedule.id.to_string(),
            schedule.state.words().to_owned(),
            schedule.next_run.map_or_else(|| "–".to_owned(), moment),
            last_run(schedule),
            schedule.name.clone(),
        ]
    }));
    table(&rows)
}

fn describe(schedule: &SchedulePicture) -> String {
    let mut text = format!(
        "schedule {}: {}\n{}\n{}\n",
        schedule.id,
        schedule.state.words(),
        schedule.name,
        schedule.when_words
    );
    if let Some(next) = schedule.next_run {
        text.push_str(&format!("next run  {}\n", moment(next)));
    }
    text.push_str(&format!("last run  {}\n", last_run(schedule)));
    for words in schedule.waiting.iter().chain(schedule.waits.as_ref().map(|wait| &wait.sentence)) {
        text.push_str(&format!("{words}\n"));
    }
    text
}

fn last_run(schedule: &SchedulePicture) -> String {
    let Some(run) = &schedule.last_run else { return "never".to_owned() };
    let outcome = match (run.outcome, run.job) {
        (RunOutcome::Job, Some(job)) => format!("job {job}"),
        (RunOutcome::Job, None) => "a job".to_owned(),
        (RunOutcome::NothingNew, _) => "nothing new".to_owned(),
        (RunOutcome::Failed, _) => "failed".to_owned(),
    };
    let message = run.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
    format!("{}, {outcome}{message}", moment(run.at))
}

/// `Tue 25 Nov 2025, 07:30 IST`.
fn moment(at: EpochSeconds) -> String {
    at.to_ist().format("%a %-d %b %Y, %H:%M IST").to_string()
}
