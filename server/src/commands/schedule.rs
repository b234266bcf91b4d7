//! `expirytrack schedule`: rules that a running `serve` carries out. Without a server the rules are kept for
//! the next one.

use market::UnderlyingName;
use protocol::{
    ExpiryCycle, RunOutcome, ScheduleId, ScheduleOrder, SchedulePicture, ScheduleRule, ScheduleTime,
};
use serde_json::json;

use crate::arguments::{AddSchedule, Global, ScheduleCommand};
use crate::commands::moment;
use crate::desk::Desk;
use crate::exit::Exit;
use crate::output::{print, print_json, table, tell};

pub async fn run(global: &Global, command: Option<ScheduleCommand>) -> anyhow::Result<Exit> {
    let desk = Desk::open(global.engine_config().await?).await?;
    let schedule = match command.unwrap_or(ScheduleCommand::List) {
        ScheduleCommand::List => {
            let document = desk.schedules().await?;
            if global.json {
                print_json(&document)?
            } else {
                print(&schedule_table(&document.schedules))?
            }
            return Ok(Exit::Done);
        }
        ScheduleCommand::Remove { id } => {
            desk.remove_schedule(ScheduleId(id)).await?;
            tell(format!("schedule {id} is removed; its jobs and their data stay"));
            if global.json {
                print_json(&json!({ "removed": id }))?;
            }
            return Ok(Exit::Done);
        }
        ScheduleCommand::Add(add) => desk.add_schedule(order_of(add)).await?,
        ScheduleCommand::Change { id, rule } => desk.change_schedule(ScheduleId(id), order_of(rule)).await?,
        ScheduleCommand::Run { id } => desk.run_schedule(ScheduleId(id)).await?,
        ScheduleCommand::Pause { id } => desk.enable_schedule(ScheduleId(id), false).await?,
        ScheduleCommand::Resume { id } => desk.enable_schedule(ScheduleId(id), true).await?,
    };
    if global.json {
        print_json(&schedule)?
    } else {
        print(&describe(&schedule))?
    }
    Ok(Exit::Done)
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
        strikes: add.strikes,
        interval: add.interval,
        days: add.days,
        with_underlying: !add.without_underlying,
        publish: add.publish,
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
    if let Some(strikes) = schedule.rule.strikes {
        text.push_str(&format!("strikes   {}\n", strikes.words()));
    }
    if let Some(next) = schedule.next_run {
        text.push_str(&format!("next run  {}\n", moment(next)));
    }
    text.push_str(&format!("last run  {}\n", last_run(schedule)));
    let waits = schedule.waits.as_ref().map(|wait| &wait.sentence);
    for words in schedule.warning.iter().chain(&schedule.waiting).chain(waits) {
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
