//! The one desk where commands are carried out: here, when the data directory is free, else by REST at the server
//! that owns it. A method a command, and both ways give the same document; a command itself knows neither.

use std::path::Path;

use anyhow::Context;
use engine::{
    Engine, EngineConfig, EngineError, ErrorKind, ExposeSecret, JobReader, OwnerServer, Place, SecretString,
};
use market::{ContractKinds, Day, InstrumentKey, UnderlyingName};
use protocol::{
    AppPicture, AuditLine, AuditOutcome, AuditPage, AuditQuery, BackupPicture, BackupRule, BackupsPicture,
    BhavcopyReport, Check, IMPORT_REFUSALS_MAX, ImportOrder, ImportReport, ImportWork, JobCommand, JobId,
    JobPicture, LakeMove, LakeOrder, LakePicture, LakePlace, Market, NewApp, Preferences, PruneOrder,
    PrunePreview, Reopened, ScheduleId, ScheduleOrder, SchedulePicture, SettingsPicture, SignInPicture, Span,
    StoragePicture, StorageWork,
};
use serde_json::{Value, json};

use crate::commands::waiting::{ToldWaits, pause, telling};
use crate::http::documents::{
    ContractsDocument, ExpiriesDocument, ImportRefusalsDocument, ImportsDocument, InstrumentsDocument,
    SchedulesDocument,
};
use crate::http::{DialogDocument, PruneDocument};
use crate::output::tell;
use crate::owner_client::OwnerClient;

pub enum Desk {
    /// The directory was free: the work is done here.
    Here(Box<Engine>),
    /// A server owns it.
    Owner(OwnerClient),
}

/// Carries out what the engine is asked here, tells what it waits for meanwhile, and gives the directory back.
async fn here<T>(engine: &Engine, work: impl Future<Output = Result<T, EngineError>>) -> anyhow::Result<T> {
    let done = telling(engine, work).await;
    engine.close().await?;
    Ok(done?)
}

impl Desk {
    /// Opens the engine, or finds the server that has it open. Another command that owns the directory is
    /// named and ends this one.
    pub async fn open(config: EngineConfig) -> anyhow::Result<Self> {
        let data_dir = config.data_dir.clone();
        match Engine::open(config).await {
            Ok(engine) => Ok(Self::Here(Box::new(engine))),
            Err(error) => match owner_of(&error, &data_dir) {
                Some((server, market)) => Ok(Self::Owner(OwnerClient::new(server, market)?)),
                None => Err(error.into()),
            },
        }
    }

    /// A job as the server that runs it tells it, with what it waits for and how long it will take; without a server
    /// as it is stored.
    pub async fn job(place: Place, id: JobId) -> anyhow::Result<JobPicture> {
        if let Some((server, market)) = server_of(&place.data_dir) {
            // A server that was killed leaves its address behind.
            if let Ok(job) = OwnerClient::new(server, market)?.get(&format!("jobs/{id}"), &[]).await {
                return Ok(job);
            }
        }
        Ok(JobReader::open_for_reading(place).await?.whole(id).await?)
    }

    /// Gives the directory back; for a command that asks for more than one thing.
    pub async fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Here(engine) => Ok(engine.close().await?),
            Self::Owner(_) => Ok(()),
        }
    }

    pub async fn session(&self) -> anyhow::Result<Value> {
        match self {
            Self::Here(engine) => Ok(serde_json::to_value(engine.session().picture())?),
            Self::Owner(owner) => owner.get("session", &[]).await,
        }
    }

    /// Keeps a token. What could not be made sure of.
    pub async fn sign_in(&self, token: &str) -> anyhow::Result<Option<String>> {
        match self {
            Self::Here(engine) => {
                Ok(telling(engine, engine.session().sign_in(SecretString::from(token))).await?)
            }
            Self::Owner(owner) => {
                let answer: Value = owner.post("session", json!({ "token": token.trim() })).await?;
                Ok(answer["remark"].as_str().map(str::to_owned))
            }
        }
    }

    pub async fn put_app(&self, new: &NewApp) -> anyhow::Result<AppPicture> {
        match self {
            Self::Here(engine) => Ok(engine.session().put_app(new.clone()).await?),
            Self::Owner(owner) => owner.put("session/app", serde_json::to_value(new)?).await,
        }
    }

    pub async fn sign_in_picture(&self) -> anyhow::Result<SignInPicture> {
        match self {
            Self::Here(engine) => Ok(engine.session().sign_in_picture().await?),
            Self::Owner(owner) => owner.get("session/dialog", &[]).await,
        }
    }

    /// The address of the dialog of Upstox.
    pub async fn begin_sign_in(&self) -> anyhow::Result<String> {
        match self {
            Self::Here(engine) => Ok(engine.session().begin("", "/").await?),
            Self::Owner(owner) => {
                let dialog: DialogDocument = owner.post("session/dialog", json!({})).await?;
                Ok(dialog.address)
            }
        }
    }

    pub async fn come_back_at(&self, address: SecretString) -> anyhow::Result<()> {
        match self {
            Self::Here(engine) => Ok(engine.session().come_back_at(&address).await?),
            Self::Owner(owner) => {
                let body = json!({ "address": address.expose_secret() });
                owner.post::<Value>("session/dialog/return", body).await?;
                Ok(())
            }
        }
    }

    pub async fn settings(&self) -> anyhow::Result<SettingsPicture> {
        match self {
            Self::Here(engine) => Ok(engine.preferences().picture()),
            Self::Owner(owner) => owner.get("settings", &[]).await,
        }
    }

    /// Puts these in place of all settings.
    pub async fn put_settings(&self, settings: Preferences) -> anyhow::Result<SettingsPicture> {
        match self {
            Self::Here(engine) => Ok(engine.preferences().put(settings).await?),
            Self::Owner(owner) => owner.put("settings", serde_json::to_value(settings)?).await,
        }
    }

    pub async fn instruments(self, search: &str) -> anyhow::Result<InstrumentsDocument> {
        match self {
            Self::Here(engine) => here(&engine, InstrumentsDocument::search(&engine, search)).await,
            Self::Owner(owner) => owner.get("instruments", &[("search", search)]).await,
        }
    }

    pub async fn expiries(self, underlying: &UnderlyingName, span: Span) -> anyhow::Result<ExpiriesDocument> {
        match self {
            Self::Here(engine) => here(&engine, ExpiriesDocument::of(&engine, underlying, span)).await,
            Self::Owner(owner) => {
                let (underlying, days) = (underlying.to_string(), span.days.to_string());
                let query =
                    [("underlying", &*underlying), ("days", &*days), ("interval", span.interval.as_str())];
                owner.get("expiries", &query).await
            }
        }
    }

    pub async fn contracts(
        self,
        underlying: &UnderlyingName,
        expiry: Day,
        kinds: ContractKinds,
    ) -> anyhow::Result<ContractsDocument> {
        match self {
            Self::Here(engine) => {
                here(&engine, ContractsDocument::of(&engine, underlying, expiry, kinds)).await
            }
            Self::Owner(owner) => {
                let (underlying, expiry) = (underlying.to_string(), expiry.to_string());
                let query = [("underlying", &*underlying), ("expiry", &*expiry), ("type", kinds.as_str())];
                owner.get("contracts", &query).await
            }
        }
    }

    pub async fn tell_job(self, id: JobId, command: JobCommand) -> anyhow::Result<JobPicture> {
        match self {
            Self::Here(engine) => here(&engine, engine.jobs().tell(id, command)).await,
            Self::Owner(owner) => owner.post(&format!("jobs/{id}/{}", command.as_str()), json!({})).await,
        }
    }

    /// Opens again what was settled wrongly.
    pub async fn mend(self, underlying: Option<&InstrumentKey>) -> anyhow::Result<Reopened> {
        match self {
            Self::Here(engine) => here(&engine, engine.reopen_wrongly_settled(underlying)).await,
            Self::Owner(owner) => owner.post("verify/mend", json!({ "underlying": underlying })).await,
        }
    }

    /// Asks the broker again for some of what is stored.
    pub async fn sample(self, underlying: Option<&InstrumentKey>, count: u32) -> anyhow::Result<Check> {
        match self {
            Self::Here(engine) => here(&engine, engine.verify_sample(underlying, count)).await,
            Self::Owner(owner) => {
                owner.post("verify/sample", json!({ "underlying": underlying, "count": count })).await
            }
        }
    }

    pub async fn schedules(self) -> anyhow::Result<SchedulesDocument> {
        match self {
            Self::Here(engine) => {
                let schedules = here(&engine, engine.schedules().list()).await?;
                Ok(SchedulesDocument { schedules })
            }
            Self::Owner(owner) => owner.get("schedules", &[]).await,
        }
    }

    pub async fn add_schedule(self, order: ScheduleOrder<UnderlyingName>) -> anyhow::Result<SchedulePicture> {
        match self {
            Self::Here(engine) => {
                let add = async {
                    let order = engine.instruments().find_schedule(order).await?;
                    engine.schedules().add(&order).await
                };
                let added = here(&engine, add).await?;
                tell("it runs while `expirytrack serve` runs");
                Ok(added)
            }
            Self::Owner(owner) => owner.post("schedules", serde_json::to_value(order)?).await,
        }
    }

    pub async fn change_schedule(
        self,
        id: ScheduleId,
        order: ScheduleOrder<UnderlyingName>,
    ) -> anyhow::Result<SchedulePicture> {
        match self {
            Self::Here(engine) => {
                let change = async {
                    let order = engine.instruments().find_schedule(order).await?;
                    engine.schedules().change(id, &order).await
                };
                here(&engine, change).await
            }
            Self::Owner(owner) => owner.put(&format!("schedules/{id}"), serde_json::to_value(order)?).await,
        }
    }

    pub async fn remove_schedule(self, id: ScheduleId) -> anyhow::Result<()> {
        match self {
            Self::Here(engine) => here(&engine, engine.schedules().remove(id)).await,
            Self::Owner(owner) => owner.delete(&format!("schedules/{id}")).await,
        }
    }

    pub async fn enable_schedule(self, id: ScheduleId, enabled: bool) -> anyhow::Result<SchedulePicture> {
        match self {
            Self::Here(engine) => here(&engine, engine.schedules().enable(id, enabled)).await,
            Self::Owner(owner) => {
                owner.patch(&format!("schedules/{id}"), json!({ "enabled": enabled })).await
            }
        }
    }

    pub async fn backups(self) -> anyhow::Result<BackupsPicture> {
        match self {
            Self::Here(engine) => here(&engine, engine.backups().list()).await,
            Self::Owner(owner) => owner.get("backups", &[]).await,
        }
    }

    /// Makes a backup in the data directory.
    pub async fn make_backup(self) -> anyhow::Result<BackupPicture> {
        match self {
            Self::Here(engine) => here(&engine, engine.backups().make()).await,
            Self::Owner(owner) => owner.post("backups", json!({})).await,
        }
    }

    /// Backups are made by this rule from now on, or by none.
    pub async fn put_backup_rule(self, rule: Option<BackupRule>) -> anyhow::Result<BackupsPicture> {
        match (self, rule) {
            (Self::Here(engine), rule) => here(&engine, engine.backups().put_rule(rule)).await,
            (Self::Owner(owner), Some(rule)) => owner.put("backups/rule", serde_json::to_value(rule)?).await,
            (Self::Owner(owner), None) => owner.delete("backups/rule").await,
        }
    }

    pub async fn storage(self, underlying: Option<&UnderlyingName>) -> anyhow::Result<StoragePicture> {
        match self {
            Self::Here(engine) => {
                let picture = async {
                    let key = match underlying {
                        Some(name) => Some(engine.coverage().find(name).await?),
                        None => None,
                    };
                    engine.storage().picture(key.as_ref()).await
                };
                here(&engine, picture).await
            }
            Self::Owner(owner) => {
                let name = underlying.map(ToString::to_string);
                let query: Vec<_> = name.iter().map(|name| ("underlying", name.as_str())).collect();
                owner.get("storage", &query).await
            }
        }
    }

    /// Takes in the exchange's file of a day.
    pub async fn take_bhavcopy(&self, name: &str, bytes: Vec<u8>) -> anyhow::Result<BhavcopyReport> {
        match self {
            Self::Here(engine) => Ok(engine.bhavcopy().take(name, bytes).await?),
            Self::Owner(owner) => owner.post_file("bhavcopy", &[("name", name)], bytes).await,
        }
    }

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

    /// What is under way in the storage.
    pub async fn storage_work(&self) -> anyhow::Result<StorageWork> {
        match self {
            Self::Here(engine) => Ok(engine.storage().work().await?),
            Self::Owner(owner) => owner.get("storage/work", &[]).await,
        }
    }

    pub async fn stop_storage(&self) -> anyhow::Result<StorageWork> {
        match self {
            Self::Here(engine) => Ok(engine.storage().stop().await?),
            Self::Owner(owner) => owner.delete("storage/work").await,
        }
    }

    pub async fn compact(&self) -> anyhow::Result<StorageWork> {
        match self {
            Self::Here(engine) => Ok(engine.storage().compact().await?),
            Self::Owner(owner) => owner.post("storage/compact", json!({})).await,
        }
    }

    pub async fn prune_preview(&self, order: &PruneOrder<UnderlyingName>) -> anyhow::Result<PrunePreview> {
        match self {
            Self::Here(engine) => {
                let key = engine.coverage().find(&order.underlying).await?;
                Ok(engine.storage().prune_preview(&order.clone().of(key)).await?)
            }
            Self::Owner(owner) => owner.post("storage/prune/preview", serde_json::to_value(order)?).await,
        }
    }

    pub async fn prune(
        &self,
        order: PruneOrder<UnderlyingName>,
        token: String,
    ) -> anyhow::Result<StorageWork> {
        match self {
            Self::Here(engine) => {
                let key = engine.coverage().find(&order.underlying).await?;
                Ok(engine.storage().prune(&order.of(key), &token).await?)
            }
            Self::Owner(owner) => {
                owner.post("storage/prune", serde_json::to_value(PruneDocument { order, token })?).await
            }
        }
    }

    /// What is published where.
    pub async fn lake(&self) -> anyhow::Result<LakePicture> {
        match self {
            Self::Here(engine) => Ok(engine.lake().picture().await?),
            Self::Owner(owner) => owner.get("lake", &[]).await,
        }
    }

    /// The lake of the settings.
    pub async fn lake_place(&self) -> anyhow::Result<LakePlace> {
        match self {
            Self::Here(engine) => Ok(engine.lake().place().await?),
            Self::Owner(owner) => owner.get("lake/place", &[]).await,
        }
    }

    pub async fn put_lake_place(&self, place: LakePlace) -> anyhow::Result<LakePlace> {
        match self {
            Self::Here(engine) => Ok(engine.lake().put_place(place).await?),
            Self::Owner(owner) => owner.put("lake/place", serde_json::to_value(place)?).await,
        }
    }

    pub async fn lake_publish(&self, order: LakeOrder<UnderlyingName>) -> anyhow::Result<StorageWork> {
        match self {
            Self::Here(engine) => {
                let key = engine.coverage().find(&order.underlying).await?;
                Ok(engine.lake().publish(order.of(key)).await?)
            }
            Self::Owner(owner) => owner.post("lake/publish", serde_json::to_value(order)?).await,
        }
    }

    pub async fn lake_verify(&self, place: LakePlace) -> anyhow::Result<StorageWork> {
        match self {
            Self::Here(engine) => Ok(engine.lake().verify(place.place).await?),
            Self::Owner(owner) => owner.post("lake/verify", serde_json::to_value(place)?).await,
        }
    }

    pub async fn lake_move(&self, order: LakeMove) -> anyhow::Result<StorageWork> {
        match self {
            Self::Here(engine) => Ok(engine.lake().move_to(order).await?),
            Self::Owner(owner) => owner.post("lake/move", serde_json::to_value(order)?).await,
        }
    }

    /// Runs a schedule now, and stays until that run is decided.
    pub async fn run_schedule(self, id: ScheduleId) -> anyhow::Result<SchedulePicture> {
        match self {
            Self::Here(engine) => {
                let run = here(&engine, engine.schedules().run_now(id)).await?;
                if let Some(job) = run.last_run.as_ref().and_then(|run| run.job) {
                    tell(format!("job {job} is queued; `expirytrack serve` carries it out"));
                }
                Ok(run)
            }
            Self::Owner(owner) => {
                let mut run: SchedulePicture = owner.post(&format!("schedules/{id}/run"), json!({})).await?;
                let mut told = ToldWaits::default();
                while run.asked_at.is_some() {
                    run.waits.iter().for_each(|wait| told.tell(wait));
                    pause().await;
                    run = owner.get(&format!("schedules/{id}"), &[]).await?;
                }
                Ok(run)
            }
        }
    }
}

/// The server that owns the directory, when that is what the error says.
pub fn owner_of(error: &EngineError, data_dir: &Path) -> Option<(OwnerServer, Market)> {
    if error.kind() == ErrorKind::Conflict { server_of(data_dir) } else { None }
}

/// How the server is reached that owns the directory, and which of its markets keeps its data there.
fn server_of(data_dir: &Path) -> Option<(OwnerServer, Market)> {
    let owner = Engine::owner(data_dir)?;
    Some((owner.server?, owner.market))
}
