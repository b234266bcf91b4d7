//! `expirytrack jobs`: looking is done beside the owner, changing goes through it.

use engine::JobReader;
use protocol::{JobCommand, JobId, JobPicture};

use crate::arguments::{Global, JobsCommand};
use crate::commands::collect::left_out;
use crate::desk::Desk;
use crate::exit::Exit;
use crate::http::documents::JobsDocument;
use crate::output::{print, print_json, table};

pub async fn run(global: &Global, command: Option<JobsCommand>) -> anyhow::Result<Exit> {
    match command.unwrap_or(JobsCommand::List) {
        JobsCommand::List => {
            let jobs = JobReader::open_for_reading(global.place().await?).await?.list().await?;
            if global.json { print_json(&JobsDocument { jobs })? } else { print(&job_table(&jobs))? }
        }
        JobsCommand::Show { id } => {
            let job = Desk::job(global.place().await?, JobId(id)).await?;
            if global.json { print_json(&job)? } else { print(&describe(&job))? }
        }
        JobsCommand::Pause { id } => steer(global, id, JobCommand::Pause).await?,
        JobsCommand::Resume { id } => steer(global, id, JobCommand::Resume).await?,
        JobsCommand::Cancel { id } => steer(global, id, JobCommand::Cancel).await?,
        JobsCommand::Retry { id } => steer(global, id, JobCommand::Retry).await?,
    }
    Ok(Exit::Done)
}

async fn steer(global: &Global, id: i64, command: JobCommand) -> anyhow::Result<()> {
    let job = Desk::open(global.engine_config().await?).await?.tell_job(JobId(id), command).await?;
    if global.json { print_json(&job) } else { print(&describe(&job)) }
}

fn job_table(jobs: &[JobPicture]) -> String {
    let headings = ["ID", "STATUS", "CONTRACTS", "CANDLES", "FAILED", "WHAT"].map(str::to_owned).to_vec();
    let mut rows = vec![headings];
    rows.extend(jobs.iter().map(|job| {
        vec![
            job.id.to_string(),
            job.status_words().to_owned(),
            format!("{}/{}", job.contracts.finished(), job.contracts.total),
            job.candles.to_string(),
            job.failed().to_string(),
            job.title.clone(),
        ]
    }));
    table(&rows)
}

fn describe(job: &JobPicture) -> String {
    let mut text = format!(
        "job {}: {}\n{}\ncontracts  {} with candles, {} without a trade, {} failed, {} to do\ncandles    {}\nunderlying {} candles, {} of {} months\nrequests   {}, {} of them with a fault\n",
        job.id,
        job.status_words(),
        job.title,
        job.contracts.done,
        job.contracts.empty,
        job.contracts.failed,
        job.contracts.left(),
        job.candles,
        job.underlying_candles,
        job.months.finished(),
        job.months.total,
        job.requests,
        job.errors
    );
    if let Some(left_out) = left_out(job) {
        text.push_str(&format!("strikes    {left_out}\n"));
    }
    if job.is_left {
        text.push_str(
            "`expirytrack serve` goes on with it, and so does `expirytrack collect` with the same order\n",
        );
    }
    if let Some(message) = &job.message {
        text.push_str(&format!("{message}\n"));
    }
    if let Some(wait) = &job.waits {
        text.push_str(&format!("waiting: {}\n", wait.sentence));
    }
    text
}
