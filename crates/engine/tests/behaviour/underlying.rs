//! The underlying's own candles beside the contracts: one request a calendar month, shared by all expiries, and
//! nothing that can go wrong with them takes anything from the contracts.

use crate::common::{Stage, day, nifty, order};
use bytes::Bytes;
use engine::{EngineConfig, HttpTransport, RunEnd, SecretString, Transport, TransportError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use market::ContractKinds;
use protocol::{CollectOrder, JobCommand, JobStatus};
use simulator::{Chance, Faults};

use crate::still_stage::StillStage;

#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_asked_once_for_all_expiries_of_all_jobs() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    // Days from 15 May to 21 August, then from 8 May to 7 August: May to August, asked once.
    for (expiries, months) in [(&["2025-08-21", "2025-08-14"][..], 4), (&["2025-08-07"], 4)] {
        let job = engine.jobs().create(&order(expiries, ContractKinds::Both)).await.unwrap();
        assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
        assert_eq!(stage.history_requests(), months);
    }
    stage.assert_underlying_equals_broker(&nifty());
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_left_out_when_it_is_not_wanted() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let order = CollectOrder { with_underlying: false, ..order(&["2025-08-21"], ContractKinds::Both) };
    let job = engine.jobs().create(&order).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    assert_eq!((stage.history_requests(), engine.jobs().picture(job).await.unwrap().months.total), (0, 0));
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_that_fails_is_a_failed_part_and_can_be_tried_again_alone() {
    let still = StillStage::new();
    let stage = &still.stage;
    let engine = still.engine().await;
    stage.set_faults(Faults {
        path_prefix: "/v3/historical-candle/NSE_INDEX%7CNifty%2050/minutes/1/2025-08".to_owned(),
        server_error: Chance::ALWAYS,
        ..Faults::default()
    });
    let job = engine.jobs().create(&order(&["2025-08-28"], ContractKinds::Futures)).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::CompletedWithFailures));
    let picture = engine.jobs().picture(job).await.unwrap();
    assert_eq!((picture.contracts.done, picture.contracts.failed, picture.months.failed), (1, 0, 1));
    let candle_requests = stage.candle_requests();

    stage.set_faults(Faults::default());
    engine.jobs().tell(job, JobCommand::Retry).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    assert_eq!(stage.candle_requests(), candle_requests, "only what failed is tried again");
    stage.assert_underlying_equals_broker(&nifty());
    stage.assert_equals_broker(&nifty(), day("2025-08-28"), ContractKinds::Futures);
    engine.close().await.unwrap();
}

/// A broker without `/v3/historical-candle`.
struct WithoutHistory(HttpTransport);

impl Transport for WithoutHistory {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        if request.uri().path().starts_with("/v3/historical-candle/") {
            return async { Ok(Response::builder().status(404).body(Bytes::new()).unwrap()) }.boxed();
        }
        self.0.send(request)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_has_no_such_history_is_told_once_and_harms_nothing() {
    let stage = Stage::new().await;
    let config = stage.config();
    let transport = WithoutHistory(HttpTransport::new(config.source.address()).unwrap());
    let engine = engine::Engine::open(EngineConfig { transport: std::sync::Arc::new(transport), ..config });
    let engine = engine.await.unwrap();
    engine.session().sign_in(SecretString::from("simulated")).await.unwrap();
    let job = engine.jobs().create(&order(&["2025-08-21"], ContractKinds::Both)).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    let picture = engine.jobs().picture(job).await.unwrap();
    assert_eq!((picture.months.empty, picture.months.total), (4, 4));
    let events = engine.jobs().events(job, 0).await.unwrap();
    let told: Vec<_> = events.iter().filter(|event| event.message.contains("404")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(stage.sql::<i64>("SELECT count(*) FROM series WHERE underlying_id IS NOT NULL"), 0);
    stage.assert_equals_broker(&nifty(), day("2025-08-21"), ContractKinds::Both);
    engine.close().await.unwrap();
}
