//! `expirytrack requests`: the requests to the broker as the log has them, newest first.

use protocol::{AuditLine, AuditPage};

use crate::arguments::{Global, Requests};
use crate::desk::Desk;
use crate::exit::Exit;
use crate::output::{print, print_json, table};

pub async fn run(global: &Global, asked: &Requests) -> anyhow::Result<Exit> {
    let desk = Desk::open(global.engine_config().await?).await?;
    let page = desk.requests(&asked.query()).await;
    desk.close().await?;
    let AuditPage { lines, next } = page?;
    if global.json {
        print_json(&AuditPage { lines, next })?;
        return Ok(Exit::Done);
    }
    let headings = ["NUMBER", "WHEN", "ENDPOINT", "ABOUT", "DAYS", "ANSWER", "ROWS", "MS", "TRY", "JOB"];
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    rows.extend(lines.iter().map(row));
    let mut text = table(&rows);
    if let Some(next) = next {
        text.push_str(&format!("older ones: --before {next}\n"));
    }
    print(&text)?;
    Ok(Exit::Done)
}

fn row(line: &AuditLine) -> Vec<String> {
    let days = match (line.from, line.to) {
        (Some(from), Some(to)) => format!("{from} to {to}"),
        _ => String::new(),
    };
    let status = line.status.map(|status| status.to_string());
    let answer =
        [status.as_deref(), line.code.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    vec![
        line.id.to_string(),
        line.at.to_ist_text(),
        line.endpoint.clone(),
        line.key.clone(),
        days,
        answer,
        line.rows.to_string(),
        line.duration_ms.to_string(),
        line.attempt.to_string(),
        line.job.map(|job| job.to_string()).unwrap_or_default(),
    ]
}
