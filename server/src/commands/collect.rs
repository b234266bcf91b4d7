//! `expirytrack collect`: one job from beginning to end, with no server running, or followed at the server
//! that owns the data directory.

use std::time::Duration;

use engine::{Engine, EngineError, RunEnd};
use market::UnderlyingName;
use protocol::{CollectOrder, CollectOutcome, ExpiryChoice, JobId, JobPicture, JobStatus};
use serde_json::json;

use crate::arguments::{Collect, Global};
use crate::commands::progress::Progress;
use crate::commands::signals::stopped;
use crate::commands::waiting::{ToldWaits, pause, telling_news};
use crate::desk::Desk;
use crate::exit::Exit;
use crate::http::documents::EventsDocument;
use crate::output::{print_json, tell};
use crate::owner_client::OwnerClient;

/// How often the picture is drawn.
const DRAW_EVERY: Duration = Duration::from_millis(250);
/// How long the command stays to send notices; the rest is sent by the next server.
const NOTICES_PATIENCE: Duration = Duration::from_secs(15);

pub async fn run(global: &Global, collect: Collect) -> anyhow::Result<Exit> {
    let order = order_of(collect);
    match Desk::open(global.engine_config().await?).await? {
        Desk::Here(engine) => {
            let ended = collect_here(global, &engine, order).await;
            engine.close().await?;
            ended
        }
        Desk::Owner(owner) => {
            tell(format!("the server at {} owns the data directory: the job runs there", owner.address()));
            collect_there(global, &owner, &order).await
        }
    }
}

fn order_of(collect: Collect) -> CollectOrder<UnderlyingName> {
    let expiries = match (collect.all, collect.last) {
        (true, _) => ExpiryChoice::All,
        (false, Some(count)) => ExpiryChoice::Last(count),
        (false, None) => ExpiryChoice::Dates(collect.expiry),
    };
    CollectOrder {
        underlyings: collect.underlying,
        expiries,
        kinds: collect.kind,
        strikes: collect.strikes,
        interval: collect.interval,
        days: collect.days,
        workers: collect.workers,
        with_underlying: !collect.without_underlying,
    }
}

async fn collect_here(
    global: &Global,
    engine: &Engine,
    order: CollectOrder<UnderlyingName>,
) -> anyhow::Result<Exit> {
    let (job, taken_up) = tokio::select! {
        created = create(engine, order) => created?,
        exit = stopped() => return Ok(exit),
    };
    if taken_up {
        tell(format!("job {job} of the same plan was not finished: it goes on"));
    }
    let progress = Progress::new();
    let mut seen = engine.jobs().picture(job).await?.last_event;
    let run = engine.jobs().run(job);
    tokio::pin!(run);
    let stop = stopped();
    tokio::pin!(stop);
    let end = loop {
        tokio::select! {
            end = &mut run => break end,
            exit = &mut stop => {
                // Closing lets the workers commit what has arrived; the run must be driven meanwhile.
                let (closed, _) = tokio::join!(engine.close(), &mut run);
                progress.end();
                tell(format!("stopped; job {job} goes on with the same command"));
                closed?;
                return Ok(exit);
            }
            () = tick() => {
                progress.draw(&engine.jobs().picture(job).await?);
                seen = tell_events(&progress, engine.jobs().events(job, seen).await?, seen);
            }
        }
    };
    progress.end();
    tell_events(&progress, engine.jobs().events(job, seen).await?, seen);
    engine.notices().deliver_for(NOTICES_PATIENCE).await;
    let end = end?;
    let picture = engine.jobs().picture(job).await?;
    report(global, &picture, end == RunEnd::WaitingForLogin)
}

/// Makes the job; where not even the expiries are known the order waits for them, and says so.
async fn create(engine: &Engine, order: CollectOrder<UnderlyingName>) -> Result<(JobId, bool), EngineError> {
    let mut told = ToldWaits::default();
    let order = telling_news(engine, &mut told, engine.instruments().find_order(order)).await?;
    loop {
        match telling_news(engine, &mut told, engine.jobs().take_up_or_create(&order)).await {
            Err(EngineError::Waits(wait)) => told.tell(&wait),
            created => return created,
        }
        pause().await;
    }
}

/// The rest of the job's events; says the cursor after them.
fn tell_events(progress: &Progress, events: Vec<protocol::JobEvent>, seen: i64) -> i64 {
    events.iter().for_each(|event| progress.tell(event));
    events.last().map_or(seen, |event| event.id)
}

#[expect(clippy::disallowed_methods, reason = "drawing for a person is paced by real time")]
async fn tick() {
    tokio::time::sleep(DRAW_EVERY).await;
}

async fn collect_there(
    global: &Global,
    owner: &OwnerClient,
    order: &CollectOrder<UnderlyingName>,
) -> anyhow::Result<Exit> {
    let mut body = serde_json::to_value(order)?;
    body["take_up"] = json!(true);
    let job: JobPicture = owner.post("jobs", body).await?;
    let progress = Progress::new();
    let mut seen = job.last_event;
    let mut picture = job;
    loop {
        progress.draw(&picture);
        let waits = picture.status == JobStatus::WaitingForLogin;
        if picture.status.is_ended() || waits || picture.status == JobStatus::Paused {
            progress.end();
            return report(global, &picture, waits);
        }
        tokio::select! {
            exit = stopped() => {
                progress.end();
                tell(format!("no longer followed; job {} goes on at the server", picture.id));
                return Ok(exit);
            }
            () = tick() => {}
        }
        picture = follow(owner, &progress, picture.id, &mut seen).await?;
    }
}

async fn follow(
    owner: &OwnerClient,
    progress: &Progress,
    job: JobId,
    seen: &mut i64,
) -> anyhow::Result<JobPicture> {
    let after = seen.to_string();
    let events: EventsDocument = owner.get(&format!("jobs/{job}/events"), &[("after", &after)]).await?;
    *seen = tell_events(progress, events.events, *seen);
    owner.get(&format!("jobs/{job}"), &[]).await
}

/// Of a job that takes strikes near the money: `146 beyond ATM ± 3 left out`.
pub(super) fn left_out(job: &JobPicture) -> Option<String> {
    job.plan.strikes.map(|strikes| format!("{} beyond {} left out", job.left_out, strikes.words()))
}

fn report(global: &Global, job: &JobPicture, waits_for_login: bool) -> anyhow::Result<Exit> {
    let outcome = CollectOutcome::from(job);
    if global.json {
        print_json(&outcome)?;
    } else {
        tell(format!(
            "job {}: {} · {} contracts, {} of them without a trade, {} failed, {} refused{} · {} candles · {} requests",
            outcome.job,
            outcome.status.words(),
            outcome.contracts,
            outcome.empty,
            outcome.failed,
            outcome.refused,
            left_out(job).map(|words| format!(" · {words}")).unwrap_or_default(),
            outcome.candles,
            outcome.requests
        ));
    }
    if let Some(message) = &job.message {
        tell(message);
    }
    if waits_for_login {
        return Ok(Exit::SignInNeeded);
    }
    Ok(match job.status {
        JobStatus::Completed if outcome.refused == 0 => Exit::Done,
        // Rows that cannot be true were left out, so what is there is not what was asked for.
        JobStatus::Completed | JobStatus::CompletedWithFailures => Exit::DoneWithFailures,
        // Refused before any candle was asked for: nothing at all was listed.
        JobStatus::Failed
            if job.contracts.total == 0 && job.expiries.left() == 0 && job.expiries.total > 0 =>
        {
            Exit::Refused
        }
        _ => Exit::Failed,
    })
}
