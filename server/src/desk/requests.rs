//! The log of requests.

use protocol::{AuditLine, AuditOutcome, AuditPage, AuditQuery};
use serde_json::Value;

use super::Desk;

impl Desk {
    /// A page of the log of requests, newest first; an empty one only where nothing older passes either.
    pub async fn requests(&self, query: &AuditQuery) -> anyhow::Result<AuditPage> {
        let owner = match self {
            Self::Here(engine) => {
                let mut query = query.clone();
                loop {
                    let page = engine.requests().log(&query).await?;
                    match page.next {
                        Some(next) if page.lines.is_empty() => query.before = Some(next),
                        _ => return Ok(page),
                    }
                }
            }
            Self::Owner(owner) => owner,
        };
        let AuditQuery { search, endpoint, outcome, job, from, to, before, limit } = query;
        let outcome = outcome.map(|outcome| match outcome {
            AuditOutcome::Ok => "ok".to_owned(),
            AuditOutcome::Fault => "fault".to_owned(),
        });
        let texts = [
            ("search", search.clone()),
            ("endpoint", endpoint.clone()),
            ("outcome", outcome),
            ("job", job.map(|job| job.to_string())),
            ("from", from.map(|day| day.to_string())),
            ("to", to.map(|day| day.to_string())),
            ("before", before.map(|before| before.to_string())),
            ("limit", limit.map(|limit| limit.to_string())),
        ];
        let mut cursor: Option<String> = None;
        loop {
            let given = texts.iter().filter_map(|(name, text)| Some((*name, text.as_deref()?)));
            let given: Vec<_> = given.chain(cursor.as_deref().map(|cursor| ("cursor", cursor))).collect();
            let mut answer: Value = owner.get("audit", &given).await?;
            let lines: Vec<AuditLine> = serde_json::from_value(answer["lines"].take())?;
            let next = answer["next"].as_str().map(str::to_owned);
            if !lines.is_empty() || next.is_none() {
                let next = next.and(lines.last().map(|line| line.id));
                return Ok(AuditPage { lines, next });
            }
            cursor = next;
        }
    }
}
