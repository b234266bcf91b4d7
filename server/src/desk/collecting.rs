//! What can be collected, and the jobs that do it.

use engine::{JobReader, Place};
use market::{ContractKinds, Day, InstrumentKey, UnderlyingName};
use protocol::{Check, JobCommand, JobId, JobPicture, Reopened, Span};
use serde_json::json;

use super::{Desk, here, server_of};
use crate::http::documents::{ContractsDocument, ExpiriesDocument, InstrumentsDocument};
use crate::owner_client::OwnerClient;

impl Desk {
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
}
