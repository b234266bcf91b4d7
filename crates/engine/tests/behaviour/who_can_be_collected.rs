//! Who can be collected: any index or share that the broker knows expired contracts of, whether or not it has
//! live ones, by key or by the name that people give it.

use std::sync::{Arc, Mutex};

use crate::common::{Stage, nifty, order};
use bytes::Bytes;
use engine::{
    Engine, EngineConfig, EngineError, HttpTransport, RunEnd, SecretString, Transport, TransportError,
    VirtualClock,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use market::{ContractKinds, EpochSeconds, InstrumentKey, Interval, Standing, UnderlyingName};
use protocol::{CollectOrder, ExpiryChoice, ExpiryCycle, JobStatus, ScheduleOrder, Span};
use ratelimit::WallTime;

const SHARE: &str = "NSE_EQ|INE002A01018";
const OTHER_SHARE: &str = "NSE_EQ|INE009A01021";

/// A broker whose master is what the test says, and which knows no history of RELIANCE itself.
#[derive(Clone)]
struct Scripted {
    inner: Arc<HttpTransport>,
    /// `None`: it cannot be had.
    master: Arc<Mutex<Option<String>>>,
}

impl Transport for Scripted {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let answer = |status: u16, body: String| {
            async move { Ok(Response::builder().status(status).body(Bytes::from(body)).unwrap()) }.boxed()
        };
        let path = request.uri().path();
        if path.contains("/instruments/exchange/") {
            return match self.master.lock().unwrap().clone() {
                Some(master) => answer(200, master),
                None => answer(503, String::new()),
            };
        }
        if path.starts_with("/v3/historical-candle/NSE_EQ%7CINE002A01018") {
            let body = r#"{"status":"error","errors":[{"errorCode":"UDAPI100011","message":"Invalid Instrument key"}]}"#;
            return answer(400, body.to_owned());
        }
        self.inner.send(request)
    }
}

const NIFTY_ROWS: &str = r#"
    {"segment":"NSE_INDEX","name":"Nifty 50","instrument_key":"NSE_INDEX|Nifty 50","trading_symbol":"NIFTY"},
    {"segment":"NSE_FO","instrument_key":"NSE_FO|1","underlying_key":"NSE_INDEX|Nifty 50","underlying_symbol":"NIFTY"},
    {"segment":"NSE_EQ","name":"HDFC BANK LTD","instrument_key":"NSE_EQ|INE040A01034","trading_symbol":"HDFCBANK"},
    {"segment":"NSE_FO","instrument_key":"NSE_FO|2","underlying_key":"NSE_EQ|INE040A01034","underlying_symbol":"HDFCBANK"}"#;
const SHARE_ROW: &str = r#"
    {"segment":"NSE_EQ","name":"RELIANCE INDUSTRIES LTD","instrument_key":"NSE_EQ|INE002A01018","trading_symbol":"RELIANCE"},
    {"segment":"BSE_EQ","name":"RELIANCE INDUSTRIES LTD.","instrument_key":"BSE_EQ|INE002A01018","trading_symbol":"RELIANCE"}"#;

fn master(rows: &[&str]) -> Option<String> {
    Some(format!("[{}]", rows.join(",")))
}

async fn open(stage: &Stage, master: Option<String>) -> (Engine, Scripted) {
    let config = stage.config();
    let scripted = Scripted {
        inner: Arc::new(HttpTransport::new(config.source.address()).unwrap()),
        master: Arc::new(Mutex::new(master)),
    };
    let engine =
        Engine::open(EngineConfig { transport: Arc::new(scripted.clone()), ..config }).await.unwrap();
    engine.session().sign_in(SecretString::from("simulated")).await.unwrap();
    (engine, scripted)
}

fn order_of(key: &str) -> CollectOrder {
    CollectOrder {
        underlyings: vec![key.parse().unwrap()],
        expiries: ExpiryChoice::Last(1),
        days: 5.try_into().unwrap(),
        ..order(&[], ContractKinds::Futures)
    }
}

fn name(text: &str) -> UnderlyingName {
    text.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_without_live_contracts_is_asked_and_its_own_history_is_not_missed() {
    let stage = Stage::new().await;
    let (engine, _) = open(&stage, master(&[NIFTY_ROWS, SHARE_ROW])).await;
    let key: InstrumentKey = SHARE.parse().unwrap();
    // Shown only when it is meant, once for its two exchanges, as what it is.
    assert!(engine.instruments().underlyings("").await.unwrap().iter().all(|row| row.underlying.key != key));
    let found = engine.instruments().underlyings("reliance").await.unwrap();
    let shown: Vec<_> = found.iter().map(|row| (row.underlying.key.as_str(), row.standing)).collect();
    assert_eq!(shown, [(SHARE, Standing::Unknown)]);
    assert_eq!(engine.instruments().find(&name("RELIANCE")).await.unwrap(), key);
    assert_eq!(engine.instruments().find(&name("ine002a01018")).await.unwrap(), key);

    // The second job asks for more days, so the history is refused a second time.
    for days in [5, 40] {
        let order = CollectOrder { days: days.try_into().unwrap(), ..order_of(SHARE) };
        let job = engine.jobs().create(&order).await.unwrap();
        assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
        let picture = engine.jobs().picture(job).await.unwrap();
        assert_eq!((picture.contracts.done, picture.contracts.failed, picture.months.failed), (1, 0, 0));
        let events = engine.jobs().events(job, 0).await.unwrap();
        let told: Vec<_> = events.iter().filter(|event| event.message.contains("UDAPI100011")).collect();
        assert_eq!(told.len(), 1, "{told:?}");
    }
    // With an expired contract here and no live one there it has left.
    let found = engine.instruments().underlyings("reliance").await.unwrap();
    assert_eq!(found[0].standing, Standing::Left);
    assert_eq!(found[0].underlying.symbol, "RELIANCE");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_history_of_one_underlying_the_others_keep_theirs() {
    let stage = Stage::new().await;
    let (engine, _) = open(&stage, master(&[NIFTY_ROWS, SHARE_ROW])).await;
    let order = CollectOrder {
        underlyings: vec![SHARE.parse().unwrap(), OTHER_SHARE.parse().unwrap()],
        ..order_of(SHARE)
    };
    let job = engine.jobs().create(&order).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    stage.assert_underlying_equals_broker(&OTHER_SHARE.parse().unwrap());
    assert!(stage.assert_underlying_equals_broker(&OTHER_SHARE.parse().unwrap()) > 0);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_alone_refuses_a_key_and_then_nothing_is_left_of_it() {
    let stage = Stage::new().await;
    let (engine, _) = open(&stage, master(&[NIFTY_ROWS, SHARE_ROW])).await;
    for key in ["NSE_EQ|INE000000000", "NSE_INDEX|India VIX", "BSE_EQ|INE002A01018"] {
        let error = engine.jobs().create(&order_of(key)).await.unwrap_err();
        assert!(matches!(error, EngineError::UnknownUnderlying { .. }), "{error}");
        assert!(error.to_string().starts_with("Upstox knows no expired contracts of "), "{error}");
        assert!(error.to_string().contains(key), "{error}");
        let found = engine.instruments().underlyings(key).await.unwrap();
        assert!(found.iter().all(|row| row.underlying.key.as_str() != key), "{key}");
    }
    // An index that the broker has and that has no expired contract: an empty list is a refusal too, and is
    // no reason not to ask again.
    let asked = || stage.simulator.referee().by_endpoint["expiries"];
    let before = asked();
    assert_eq!(before, 4, "one of them for the plan, at the sign-in");
    for key in ["MCX_FO|428750", "NCD_FO|USDINR", "NSE_FO|47983"] {
        assert!(matches!(engine.jobs().create(&order_of(key)).await.unwrap_err(), EngineError::Key(_)));
    }
    assert_eq!(asked(), before, "refused unasked");
    engine.close().await.unwrap();
}

/// Known expiries had expired when they were listed: a clock that says otherwise is wrong, and Upstox is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_lies_before_every_known_expiry_is_told() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let span = Span { days: "1".parse().unwrap(), interval: Interval::Minute1 };
    assert!(!engine.expired().expiries_over(&nifty(), span).await.unwrap().is_empty());
    engine.close().await.unwrap();
    drop(engine);

    let long_ago = EpochSeconds::parse_rfc3339("2023-09-17T12:00:00+05:30").unwrap();
    let clock = VirtualClock::new(WallTime::from_millis(long_ago.0 * 1000));
    let engine = stage.engine_at(Arc::new(clock)).await;
    let listed = engine.expired().expiries_over(&nifty(), span).await.unwrap_err();
    let ordered = engine.jobs().create(&order_of(nifty().as_str())).await.unwrap_err();
    for error in [listed, ordered] {
        let told = error.to_string();
        assert!(
            told.starts_with("the clock of this machine says 17 Sep 2023, and the known expiries"),
            "{told}"
        );
    }
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_left_and_who_was_renamed_is_found() {
    let stage = Stage::new().await;
    let live = r#"{"segment":"NSE_FO","instrument_key":"NSE_FO|3","underlying_key":"NSE_EQ|INE002A01018","underlying_symbol":"RELIANCE"}"#;
    let (engine, scripted) = open(&stage, master(&[NIFTY_ROWS, SHARE_ROW, live])).await;
    let find = async |text: &str| engine.instruments().underlyings(text).await.unwrap();
    assert_eq!(find("reliance").await[0].standing, Standing::Live);
    // The next master: RELIANCE has no contracts, HDFCBANK is called otherwise and has another ISIN.
    let next = NIFTY_ROWS.replace("INE040A01034", "INE040A01042");
    *scripted.master.lock().unwrap() = master(&[&next, SHARE_ROW]);
    assert_eq!(engine.instruments().ask_for_master().await.unwrap().problem, None);
    let rows = find("reliance").await;
    assert_eq!((rows.len(), rows[0].standing), (1, Standing::Left));
    let rows = find("hdfcbank").await;
    let shown: Vec<_> = rows.iter().map(|row| (row.underlying.key.name(), row.standing)).collect();
    assert_eq!(shown, [("INE040A01042", Standing::Live), ("INE040A01034", Standing::Left)]);
    assert_eq!(engine.instruments().find(&name("HDFCBANK")).await.unwrap().name(), "INE040A01042");
    // And another symbol for the same key.
    *scripted.master.lock().unwrap() = master(&[&next.replace("HDFCBANK", "HDBANK"), SHARE_ROW]);
    engine.instruments().ask_for_master().await.unwrap();
    let key = engine.instruments().find(&name("hdbank")).await.unwrap();
    assert_eq!(key.name(), "INE040A01042");
    assert_eq!(find("hdfcbank").await[0].underlying.symbol, "HDBANK", "found by its old symbol");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_not_clear_is_refused_with_who_may_be_meant() {
    let stage = Stage::new().await;
    let (engine, scripted) = open(&stage, master(&[NIFTY_ROWS, SHARE_ROW])).await;
    let refusal = async |text: &str| engine.instruments().find(&name(text)).await.unwrap_err().to_string();
    let several = refusal("bank").await;
    for candidate in ["BANKNIFTY", "BANKEX", "HDFCBANK (HDFC BANK LTD, NSE_EQ|INE040A01034)"] {
        assert!(several.contains(candidate), "{several}");
    }
    let nobody = refusal("GOLDGOLD").await;
    assert!(nobody.contains("no index and no stock is called \"GOLDGOLD\""), "{nobody}");
    assert!(!nobody.contains('`'), "no speech of terminals: {nobody}");
    // Where the list is not whole, nobody is said not to be.
    *scripted.master.lock().unwrap() = None;
    let state = engine.instruments().ask_for_master().await.unwrap();
    assert!(state.had_at.is_some() && state.problem.is_some());
    let missing = refusal("GOLDGOLD").await;
    assert!(missing.contains("could not be had") && missing.contains("503"), "{missing}");
    let order: CollectOrder<UnderlyingName> =
        serde_json::from_str(r#"{"underlyings":["bank nifty","BANKNIFTY"],"expiries":{"last":1}}"#).unwrap();
    let order = engine.instruments().find_order(order).await.unwrap();
    assert_eq!(order.underlyings, ["NSE_INDEX|Nifty Bank".parse().unwrap()]);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_that_cannot_be_had_is_told_until_it_is() {
    let stage = Stage::new().await;
    let (engine, scripted) = open(&stage, None).await;
    let rows = engine.instruments().underlyings("").await.unwrap();
    assert_eq!(rows.len(), 8);
    let state = engine.instruments().master().await.unwrap();
    assert_eq!(state.had_at, None);
    assert!(state.sentence().unwrap().starts_with("Stocks are missing here"), "{state:?}");
    // A key is taken all the same.
    assert!(engine.expired().expiries(&SHARE.parse().unwrap()).await.unwrap().len() > 5);
    *scripted.master.lock().unwrap() = master(&[NIFTY_ROWS, SHARE_ROW]);
    let state = engine.instruments().ask_for_master().await.unwrap();
    assert!(state.had_at.is_some() && state.sentence().is_none(), "{state:?}");
    let again = engine.instruments().underlyings("").await.unwrap();
    assert!(again.iter().any(|row| row.underlying.symbol == "HDFCBANK"));
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weekly_schedule_of_what_has_monthly_expiries_only_is_refused() {
    let stage = Stage::new().await;
    let (engine, _) = open(&stage, master(&[NIFTY_ROWS, SHARE_ROW])).await;
    let add = async |names: &str, expiries: ExpiryCycle| {
        let text = format!(r#"{{"underlyings":[{names}],"expiries":"{}"}}"#, expiries.as_str());
        let order: ScheduleOrder<UnderlyingName> = serde_json::from_str(&text).unwrap();
        let order = engine.instruments().find_schedule(order).await?;
        engine.schedules().add(&order).await
    };
    for names in [r#""RELIANCE""#, r#""NIFTY","RELIANCE""#, r#""BANKNIFTY","NIFTY""#] {
        let error = add(names, ExpiryCycle::Weekly).await.unwrap_err();
        assert!(matches!(error, EngineError::NoWeeklies { .. }), "{error}");
        assert!(!error.to_string().contains("NIFTY,") && error.to_string().contains("monthly"), "{error}");
    }
    assert!(add(r#""NIFTY","SENSEX""#, ExpiryCycle::Weekly).await.is_ok());
    assert!(add(r#""RELIANCE""#, ExpiryCycle::Monthly).await.is_ok());
    assert!(
        add(r#""NSE_EQ|INE000000000""#, ExpiryCycle::Both).await.is_err(),
        "the broker knows nothing of it"
    );
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn weekly_or_monthly_is_right_before_anything_is_listed() {
    let stage = Stage::new().await;
    let (engine, _) = open(&stage, master(&[NIFTY_ROWS, SHARE_ROW])).await;
    let weekly = async |key: &str, date: &str| {
        let rows = engine.expired().expiries(&key.parse().unwrap()).await.unwrap();
        rows.iter().find(|row| row.date.to_string() == date).unwrap().weekly
    };
    let nifty = "NSE_INDEX|Nifty 50";
    assert_eq!(weekly(nifty, "2025-04-24").await, Some(false));
    assert_eq!(weekly(nifty, "2025-04-30").await, Some(true));
    assert_eq!(weekly(nifty, "2025-09-16").await, Some(true), "the newest month too");
    assert_eq!(weekly(SHARE, "2025-08-28").await, Some(false));
    engine.close().await.unwrap();
}
