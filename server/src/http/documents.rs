//! The documents of REST. `--json` prints the same ones.

use std::collections::HashMap;

use engine::{Engine, EngineError};
use market::{Contract, ContractKinds, Day, ExpiredKey, InstrumentKey, Interval, UnderlyingName};
use protocol::{
    AnalysisKind, AuditLine, ChangedCandle, CollectOrder, ContractRow, ExpiryRow, Found, ImportLine,
    ImportRefusalLine, JobEvent, JobPicture, ListStates, MasterState, Notice, RefusedLine, ScheduleOrder,
    SchedulePicture, SeriesKind, SessionPicture, Span, Spot, StoredUnderlying, TradedPrices, UnderlyingRow,
    Wait,
};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::given::read_as_both;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct FindDocument {
    /// Best first.
    pub found: Vec<Found>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AnalysisListDocument {
    pub analyses: Vec<AnalysisKind>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SeriesListDocument {
    pub series: Vec<SeriesKind>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct InstrumentsDocument {
    pub instruments: Vec<UnderlyingRow>,
    /// Whether they are all.
    #[serde(default)]
    pub master: MasterState,
}

impl InstrumentsDocument {
    pub async fn search(engine: &Engine, search: &str) -> Result<Self, EngineError> {
        let instruments = engine.instruments().underlyings(search).await?;
        Ok(Self { instruments, master: engine.instruments().master().await? })
    }
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ExpiriesDocument {
    pub underlying: InstrumentKey,
    /// What is said of the expiries is said of these days before them, in this interval.
    #[serde(flatten)]
    pub span: Span,
    pub expiries: Vec<ExpiryLine>,
    /// Entries of the broker's list that are no expiries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedLine>,
    /// What a newer list waits for; these are the ones that are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Wait>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ExpiryLine {
    #[serde(flatten)]
    pub row: ExpiryRow,
    /// `complete`, `1 of 90 days`, `12 of 195 contracts`, `not listed`: of options and futures together.
    pub state: String,
}

impl ExpiriesDocument {
    pub async fn of(engine: &Engine, name: &UnderlyingName, span: Span) -> Result<Self, EngineError> {
        let underlying = engine.instruments().find(name).await?;
        let rows = engine.expired().expiries_over(&underlying, span).await?;
        Self::told(engine, underlying, span, rows, None).await
    }

    pub async fn told(
        engine: &Engine,
        underlying: InstrumentKey,
        span: Span,
        rows: Vec<ExpiryRow>,
        waits: Option<Wait>,
    ) -> Result<Self, EngineError> {
        let line = |row: ExpiryRow| ExpiryLine { state: row.words_for(ContractKinds::Both), row };
        let refused = engine.expired().refused_expiries(&underlying).await?;
        Ok(Self { underlying, span, expiries: rows.into_iter().map(line).collect(), refused, waits })
    }
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ContractsDocument {
    pub underlying: InstrumentKey,
    pub expiry: Day,
    pub contracts: Vec<ContractLine>,
    /// Where the underlying stood at the close of the expiry's day, by what is stored.
    pub spot: Spot,
    /// How far the lists are believed.
    #[serde(default)]
    pub lists: ListStates,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ContractLine {
    #[serde(flatten)]
    pub contract: Contract,
    /// The best series that is stored of it.
    pub interval: Interval,
    /// What was paid for it in this series; `null` where no trade is stored.
    pub prices: Option<TradedPrices>,
}

impl ContractsDocument {
    pub async fn of(
        engine: &Engine,
        name: &UnderlyingName,
        expiry: Day,
        kinds: ContractKinds,
    ) -> Result<Self, EngineError> {
        let underlying = engine.instruments().find(name).await?;
        let (contracts, lists) = engine.expired().contracts(&underlying, expiry, kinds).await?;
        Self::told(engine, underlying, expiry, contracts, lists).await
    }

    /// With what is stored of contracts that are listed.
    pub async fn told(
        engine: &Engine,
        underlying: InstrumentKey,
        expiry: Day,
        contracts: Vec<Contract>,
        lists: ListStates,
    ) -> Result<Self, EngineError> {
        let stored = engine.browse().contracts(&underlying, expiry, None).await?;
        let rows: HashMap<ExpiredKey, ContractRow> =
            stored.contracts.into_iter().map(|row| (row.contract.expired_key.clone(), row)).collect();
        let line = |contract: Contract| {
            let row = rows.get(&contract.expired_key);
            ContractLine {
                interval: row.map(|row| row.interval).unwrap_or_default(),
                prices: row.and_then(|row| row.prices),
                contract,
            }
        };
        let contracts = contracts.into_iter().map(line).collect();
        Ok(Self { underlying, expiry, contracts, spot: stored.spot, lists })
    }
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct JobsDocument {
    pub jobs: Vec<JobPicture>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct EventsDocument {
    /// There may be more behind a piece without any: a search looks at a bounded number of events at a time.
    pub events: Vec<JobEvent>,
    /// Of a search that did not come to the beginning of the log: the number of the event that it has come to. `next` goes
    /// on before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub searched_to: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NoticesDocument {
    pub notices: Vec<Notice>,
    pub unread: u32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AuditDocument {
    /// There may be more behind a piece without any: a search looks at a bounded number of requests at a time.
    pub lines: Vec<AuditLine>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedDocument {
    pub lines: Vec<RefusedLine>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ImportsDocument {
    pub imports: Vec<ImportLine>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ImportRefusalsDocument {
    pub import: ImportLine,
    pub refused: Vec<ImportRefusalLine>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RevisionsDocument {
    pub revisions: Vec<ChangedCandle>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StoredDocument {
    pub underlyings: Vec<StoredUnderlying>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SchedulesDocument {
    pub schedules: Vec<SchedulePicture>,
}

/// What POST to `jobs` takes: an order, and whether an unfinished job of the same plan is taken up instead.
// Never written: `Serialize` is here for its attribute, by which the schema is flat.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewJob {
    #[serde(flatten)]
    pub order: CollectOrder<UnderlyingName>,
    #[serde(default)]
    pub take_up: bool,
}

impl<'de> Deserialize<'de> for NewJob {
    fn deserialize<D: Deserializer<'de>>(object: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Besides {
            #[serde(default)]
            take_up: bool,
        }
        let (order, Besides { take_up }) = read_as_both(object, &["take_up"])?;
        Ok(Self { order, take_up })
    }
}

/// What POST to `schedules` takes: an order, read part by part.
#[derive(Debug)]
pub struct NewSchedule(pub ScheduleOrder<UnderlyingName>);

impl<'de> Deserialize<'de> for NewSchedule {
    fn deserialize<D: Deserializer<'de>>(object: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Besides {
            name: Option<String>,
        }
        let (rule, Besides { name }) = read_as_both(object, &["name"])?;
        Ok(Self(ScheduleOrder { name, rule }))
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SessionDocument {
    #[serde(flatten)]
    pub session: SessionPicture,
    /// What the sign-in leaves to be said, such as a token that could not be checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}
