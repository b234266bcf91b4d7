//! What is taken in from elsewhere: databases and files of other programs, and the exchange's daily file.

use std::path::Path;

use anyhow::Context;
use market::Day;
use protocol::{
    BhavcopyExchange, BhavcopyReport, BhavcopyWithdrawal, IMPORT_REFUSALS_MAX, ImportOrder, ImportReport,
    ImportWork,
};

use super::Desk;
use crate::commands::waiting::pause;
use crate::http::documents::{ImportRefusalsDocument, ImportsDocument};

impl Desk {
    /// Brings in what lies on this machine. `told` hears how far it is.
    pub async fn import(
        &self,
        order: ImportOrder,
        mut told: impl FnMut(&str, u64) + Send,
    ) -> anyhow::Result<ImportReport> {
        let owner = match self {
            Self::Here(engine) => {
                let (path, told) = (Path::new(&order.path), |file: &str, rows| {
                    told(file, rows);
                    true
                });
                return Ok(engine.import().run(path, order.dry_run, told).await?);
            }
            Self::Owner(owner) => owner,
        };
        let mut work: ImportWork = owner.post("imports", serde_json::to_value(order)?).await?;
        while let Some(under_way) = work.under_way {
            told(&under_way.file, under_way.rows);
            pause().await;
            work = owner.get("imports/work", &[]).await?;
        }
        let end = work.last.context("the server was started anew meanwhile: import the same files again")?;
        end.report.with_context(|| end.problem.unwrap_or_default())
    }

    pub async fn imports(&self) -> anyhow::Result<ImportsDocument> {
        match self {
            Self::Here(engine) => Ok(ImportsDocument { imports: engine.import().list().await? }),
            Self::Owner(owner) => owner.get("imports", &[]).await,
        }
    }

    /// All rows of an import that were refused and kept.
    pub async fn import_refusals(&self, id: i64) -> anyhow::Result<ImportRefusalsDocument> {
        match self {
            Self::Here(engine) => {
                let (import, refused) = engine.import().refused(id, 0, IMPORT_REFUSALS_MAX as u32).await?;
                Ok(ImportRefusalsDocument { import, refused })
            }
            Self::Owner(owner) => {
                let limit = IMPORT_REFUSALS_MAX.to_string();
                owner.get(&format!("imports/{id}/refused"), &[("limit", &limit)]).await
            }
        }
    }

    /// Takes in the exchange's file of a day.
    pub async fn take_bhavcopy(
        &self,
        name: &str,
        bytes: Vec<u8>,
        special_session: bool,
    ) -> anyhow::Result<BhavcopyReport> {
        match self {
            Self::Here(engine) => Ok(engine.bhavcopy().take(name, bytes, special_session).await?),
            Self::Owner(owner) => {
                let query =
                    [("name", name), ("special_session", if special_session { "true" } else { "false" })];
                owner.post_file("bhavcopy", &query, bytes).await
            }
        }
    }

    /// Takes back the exchange's file of a day.
    pub async fn withdraw_bhavcopy(
        &self,
        day: Day,
        exchange: Option<BhavcopyExchange>,
    ) -> anyhow::Result<BhavcopyWithdrawal> {
        match self {
            Self::Here(engine) => Ok(engine.bhavcopy().withdraw(day, exchange).await?),
            Self::Owner(owner) => {
                let whose = exchange.map(|exchange| format!("?exchange={}", exchange.as_str()));
                owner.delete(&format!("bhavcopy/{day}{}", whose.unwrap_or_default())).await
            }
        }
    }
}
