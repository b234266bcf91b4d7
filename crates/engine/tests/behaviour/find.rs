//! Finding by what people type, of what a job has stored; the broker is not asked.

use crate::common::{Stage, order};
use engine::{Engine, FindService, RunEnd};
use market::ContractKinds;
use protocol::{FOUND, FOUND_MAX, Found, FoundKind, JobStatus};

async fn collected(stage: &Stage) -> Engine {
    let engine = stage.engine().await;
    let order = order(&["2025-08-21", "2025-08-28"], ContractKinds::Both);
    let job = engine.jobs().create(&order).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    engine
}

async fn found(service: &FindService, text: &str) -> Vec<Found> {
    service.find(&text.parse().unwrap(), FOUND).await.unwrap()
}

fn requests(stage: &Stage) -> u64 {
    stage.simulator.referee().by_endpoint.values().sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_is_found_by_what_people_type() {
    let stage = Stage::new().await;
    let engine = collected(&stage).await;
    let asked = requests(&stage);
    let listed = engine
        .browse()
        .contracts(&crate::common::nifty(), crate::common::day("2025-08-28"), None)
        .await
        .unwrap();
    let call =
        listed.contracts.iter().find(|row| row.contract.kind.as_str() == "CE" && row.candles > 0).unwrap();
    let contract = &call.contract;
    let (strike, title) = (contract.strike.unwrap(), contract.trading_symbol.as_str());
    for text in [
        format!("nifty {strike} ce 28 aug"),
        format!("nf {strike}ce 28aug25"),
        format!("{strike} call nifty 50 2025-08-28"),
        format!("{strike} ce 28 aug"),
        title.to_owned(),
        contract.expired_key.to_string(),
    ] {
        let first = found(engine.find(), &text).await.into_iter().next().unwrap();
        assert_eq!(
            (first.kind, first.title.as_str(), first.stored),
            (FoundKind::Contract, title, true),
            "{text}"
        );
        assert_eq!(first.key, contract.expired_key.to_string());
        assert!(
            first.detail.starts_with("28 Aug 2025 · ") && first.detail.ends_with(" candles"),
            "{first:?}"
        );
        assert_eq!(
            first.address,
            protocol::address::contract(&contract.underlying_key, contract.expiry, &contract.expired_key)
        );
    }
    let kinds = |found: &[Found]| found.iter().map(|one| (one.kind, one.title.clone())).collect::<Vec<_>>();

    // Without a date the newest with data; without a kind both.
    let of_strike = kinds(&found(engine.find(), &format!("nifty {strike}")).await);
    assert_eq!(of_strike[0], (FoundKind::Contract, title.to_owned()));
    assert!(of_strike[1].1.contains("PE"), "{of_strike:?}");
    let future = &found(engine.find(), "nifty fut aug").await[0];
    assert!(future.title.starts_with("NIFTY FUT 28 AUG"), "{future:?}");

    // A strike of which the first digits are typed, and one that is not listed.
    let digits: String = strike.to_string().chars().take(3).collect();
    assert_eq!(found(engine.find(), &format!("nifty {digits} ce 28 aug")).await[0].kind, FoundKind::Contract);
    let beside = found(engine.find(), &format!("nifty {}.5 ce 28 aug", strike)).await;
    assert_eq!(beside[0].title, title);

    let expiries = found(engine.find(), "nifty 20 aug").await;
    assert_eq!(expiries[0].title, "NIFTY 21 Aug 2025");
    assert!(expiries[0].detail.starts_with("weekly · "), "{expiries:?}");
    let monthly = found(engine.find(), "nifty monthly").await;
    assert_eq!((monthly[0].kind, monthly[0].title.as_str()), (FoundKind::Expiry, "NIFTY 28 Aug 2025"));

    let names = found(engine.find(), "nifty").await;
    assert_eq!((names[0].kind, names[0].title.as_str()), (FoundKind::Underlying, "NIFTY"));
    assert_eq!(names[0].detail, "Nifty 50 · 2 expiries stored, 21 Aug 2025 to 28 Aug 2025");
    assert_eq!(
        kinds(&names)[1..3],
        [
            (FoundKind::Expiry, "NIFTY 28 Aug 2025".to_owned()),
            (FoundKind::Expiry, "NIFTY 21 Aug 2025".to_owned()),
        ]
    );
    // What is only known leads into a download.
    let bank = &found(engine.find(), "bn").await[0];
    assert_eq!((bank.title.as_str(), bank.stored), ("BANKNIFTY", false));
    assert_eq!(bank.address, "/collect?step=2&instruments=NSE_INDEX%7CNifty%20Bank");

    for text in ["job 1", "#1", "1"] {
        let job =
            found(engine.find(), text).await.into_iter().find(|one| one.kind == FoundKind::Job).unwrap();
        assert_eq!((job.title.as_str(), job.address.as_str()), ("Job 1", "/jobs/1"));
        assert!(job.detail.starts_with("completed · NIFTY · 2 expiries"), "{job:?}");
    }
    for text in ["job 99", "gold", "&&", "NSE_FO|999999999|28-08-2025", "nothing of that sort 24500 ce"] {
        assert_eq!(found(engine.find(), text).await, [], "{text}");
    }
    for (limit, at_most) in [(0, 1), (2, 2), (usize::MAX, FOUND_MAX)] {
        assert!(engine.find().find(&"n".parse().unwrap(), limit).await.unwrap().len() <= at_most);
    }
    assert_eq!(requests(&stage), asked, "nobody was asked");

    // Beside the owner, as the command line reads.
    let reader = FindService::open_for_reading(stage.data.path()).await.unwrap();
    assert_eq!(found(&reader, "nifty").await, names);
    engine.close().await.unwrap();
}
