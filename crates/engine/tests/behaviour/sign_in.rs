//! Signing in through the dialog, as the simulator plays it with one registered app: what comes back once and in time,
//! every refusal in words, the plan, and the way out.

mod answers;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::common::{Stage, nifty, order};
use bytes::Bytes;
use engine::{
    ComeBack, Engine, EngineConfig, EngineError, Return, SecretString, SignInRefusal, VirtualClock,
};
use futures_util::FutureExt;
use http::{Request, Response};
use market::ContractKinds;
use protocol::{NewApp, NoticeKind, SecretText, SessionState};
use ratelimit::WallTime;
use simulator::{Chance, Faults, RegisteredApp};
use upstox::{BoxFuture, Transport, TransportError, TransportFault};

const KEY: &str = "planted-key-5512";
const SECRET: &str = "planted-secret-8841";
const REDIRECT: &str = "http://127.0.0.1:5000/callback";
/// 2026-11-21 08:00 IST.
const START: WallTime = WallTime::from_millis(1_795_228_200_000);
const MINUTE: Duration = Duration::from_secs(60);

fn registered() -> Faults {
    let app = RegisteredApp {
        client_id: KEY.to_owned(),
        client_secret: SECRET.to_owned(),
        redirect_uri: REDIRECT.to_owned(),
    };
    Faults { registered_app: Some(app), ..Faults::default() }
}

fn app(key: &str, secret: &str, redirect_uri: &str) -> NewApp {
    let some = |text: &str| Some(SecretText(text.to_owned()));
    NewApp { api_key: some(key), api_secret: some(secret), redirect_uri: redirect_uri.to_owned() }
}

async fn signed_out(stage: &Stage) -> Engine {
    stage.set_faults(registered());
    Engine::open(stage.config()).await.unwrap()
}

/// What a person does: opens the dialog and decides. Where the browser ends, or what the broker said.
async fn decide(dialog: &str, decision: &str) -> Result<String, String> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let (address, query) = dialog.split_once('?').unwrap();
    let page = http.get(dialog).send().await.unwrap();
    if !page.status().is_success() {
        return Err(page.text().await.unwrap());
    }
    let answer = http
        .post(address)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("{query}&decision={decision}"))
        .send()
        .await
        .unwrap();
    Ok(answer.headers()["location"].to_str().unwrap().to_owned())
}

async fn begun(engine: &Engine, next: &str) -> String {
    engine.session().begin("http://not.used", next).await.unwrap()
}

async fn come_back(engine: &Engine, address: &str) -> ComeBack {
    engine.session().come_back(Return::at(address).unwrap()).await
}

fn refusal(back: ComeBack) -> SignInRefusal {
    match back.outcome {
        Err(EngineError::SignInRefused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dialog_signs_in_and_nothing_is_added_to_the_registered_address() {
    let stage = Stage::new().await;
    let engine = signed_out(&stage).await;
    let none = engine.session().begin("http://127.0.0.1:5000", "/").await.unwrap_err();
    assert!(none.to_string().contains("put the API key and the secret"), "{none}");
    let kept = engine.session().put_app(app(KEY, SECRET, REDIRECT)).await.unwrap();
    assert_eq!((kept.key_end.as_deref(), kept.redirect_uri.as_str()), (Some("5512"), REDIRECT));

    let dialog = begun(&engine, "/collect?step=2").await;
    let ended_at = decide(&dialog, "approve").await.unwrap();
    let (address, query) = ended_at.split_once('?').unwrap();
    assert_eq!(address, REDIRECT);
    assert!(query.starts_with("code=") && query.matches('&').count() == 1, "{query}");
    let back = come_back(&engine, &ended_at).await;
    assert!(back.outcome.is_ok(), "{back:?}");
    assert_eq!(back.next, "/collect?step=2");
    let picture = engine.session().picture();
    assert!(
        matches!(&picture.state, SessionState::SignedIn { user: Some(user), checked: true, .. } if user == "Simulated Trader")
    );
    assert!(!picture.plus_needed);

    assert_eq!(refusal(come_back(&engine, &ended_at).await), SignInRefusal::UsedState);
    assert!(engine.session().picture().is_signed_in(), "a second return takes nothing away");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_told_with_what_to_do() {
    let stage = Stage::new().await;
    let engine = signed_out(&stage).await;
    let sign_in = async |new: NewApp, faults: Faults| {
        stage.set_faults(registered());
        engine.session().put_app(new).await.unwrap();
        let dialog = begun(&engine, "/").await;
        let ended_at = decide(&dialog, "approve").await;
        stage.set_faults(faults);
        match ended_at {
            Ok(ended_at) => come_back(&engine, &ended_at).await.outcome.unwrap_err().to_string(),
            Err(page) => page,
        }
    };
    let good = || app(KEY, SECRET, REDIRECT);
    for (new, faults, words) in [
        (app("another-key", SECRET, REDIRECT), registered(), "UDAPI100068"),
        (app(KEY, SECRET, "http://127.0.0.1:5000/callback/"), registered(), "UDAPI100068"),
        (
            app(KEY, "another", REDIRECT),
            registered(),
            "knows no app with this API key and this secret (UDAPI100069)",
        ),
        (good(), Faults { inactive_app: true, ..registered() }, "switched off (UDAPI100073)"),
        (good(), Faults { no_active_segment: true, ..registered() }, "no active segment (UDAPI100058)"),
    ] {
        let told = sign_in(new, faults).await;
        assert!(told.contains(words), "{words}: {told}");
        assert!(!told.contains(SECRET) && !told.contains(KEY), "{told}");
    }
    let elsewhere = RegisteredApp {
        redirect_uri: "http://127.0.0.1:5000/other".to_owned(),
        ..registered().registered_app.unwrap()
    };
    let told = sign_in(good(), Faults { registered_app: Some(elsewhere), ..registered() }).await;
    assert!(told.contains("http://127.0.0.1:5000/callback is not the redirect address"), "{told}");

    stage.set_faults(registered());
    let declined = decide(&begun(&engine, "/").await, "decline").await.unwrap();
    assert_eq!(refusal(come_back(&engine, &declined).await), SignInRefusal::Declined);
    let refused = async || engine.session().sign_in_picture().await.unwrap().refused;
    let told = refused().await.unwrap();
    assert!(told.contains("declined"), "{told}");
    let strange = format!("{REDIRECT}?code=abcdef&state=of-somebody-else");
    assert_eq!(refusal(come_back(&engine, &strange).await), SignInRefusal::UnknownState);
    assert_eq!(refused().await, Some(told), "what a stray address brings is told to nobody else");
    let _in_the_dialog = begun(&engine, "/").await;
    assert_eq!(refusal(come_back(&engine, &declined).await), SignInRefusal::UsedState);
    assert_eq!(refused().await, None, "neither is an older sign-in, while somebody is in the dialog");
    let dialog = begun(&engine, "/").await;
    let state = dialog.split_once("state=").unwrap().1.to_owned();
    let without_code = Return { state: Some(state), ..Return::default() };
    assert_eq!(refusal(engine.session().come_back(without_code).await), SignInRefusal::NoCode);
    assert_eq!(engine.session().picture().state, SessionState::SignedOut);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_used_once_and_a_state_ends_after_ten_minutes() {
    let stage = Stage::new().await;
    stage.set_faults(registered());
    let clock = VirtualClock::new(START);
    let config = EngineConfig { clock: Arc::new(clock.clone()), ..stage.config() };
    let engine = Engine::open(config).await.unwrap();
    engine.session().put_app(app(KEY, SECRET, REDIRECT)).await.unwrap();
    // The code of one sign-in, shown again with the state of another.
    let first = decide(&begun(&engine, "/").await, "approve").await.unwrap();
    assert!(come_back(&engine, &first).await.outcome.is_ok());
    let second = begun(&engine, "/").await;
    let state = second.split_once("state=").unwrap().1;
    let code = first.split_once("code=").unwrap().1.split('&').next().unwrap();
    let used = refusal(come_back(&engine, &format!("{REDIRECT}?code={code}&state={state}")).await);
    assert!(used.to_string().contains("each works once"), "{used}");

    let late = decide(&begun(&engine, "/").await, "approve").await.unwrap();
    clock.advance(Duration::from_secs(601));
    assert_eq!(refusal(come_back(&engine, &late).await), SignInRefusal::LateState);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_tested_as_far_as_it_can_be() {
    let stage = Stage::new().await;
    let engine = signed_out(&stage).await;
    for (new, good, words) in [
        (app(KEY, SECRET, REDIRECT), true, "nothing against"),
        (app(KEY, "another", REDIRECT), false, "UDAPI100069"),
        (app("another-key", SECRET, REDIRECT), false, "UDAPI100068"),
        (
            app(KEY, SECRET, "http://localhost:5000/callback"),
            false,
            "http://localhost:5000/callback is what is sent",
        ),
    ] {
        engine.session().put_app(new).await.unwrap();
        let test = engine.session().test_app().await.unwrap();
        assert!(test.good == good && test.sentence.contains(words), "{test:?}");
    }
    engine.session().forget_app().await.unwrap();
    assert!(engine.session().app().await.unwrap().key_end.is_none());
    assert!(engine.session().test_app().await.unwrap_err().to_string().contains("put the API key"));
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_plus_plan_the_sign_in_says_so() {
    let stage = Stage::new().await;
    let engine = signed_out(&stage).await;
    engine.session().put_app(app(KEY, SECRET, REDIRECT)).await.unwrap();
    stage.set_faults(Faults { no_plus_plan: true, ..registered() });
    let ended_at = decide(&begun(&engine, "/").await, "approve").await.unwrap();
    assert!(come_back(&engine, &ended_at).await.outcome.is_ok());
    assert!(engine.session().picture().plus_needed);
    stage.set_faults(registered());
    // The first answer about expired contracts tells.
    engine.expired().expiries(&nifty()).await.unwrap();
    assert!(!engine.session().picture().plus_needed);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_asks_the_broker_to_forget_the_token() {
    let stage = Stage::new().await;
    let engine = signed_out(&stage).await;
    let token = stage.simulator.issue_token();
    engine.session().sign_in(SecretString::from(token.clone())).await.unwrap();
    assert_eq!(engine.session().sign_out().await.unwrap(), None);
    assert_eq!(engine.session().picture().state, SessionState::SignedOut);
    let dead = engine.session().sign_in(SecretString::from(token)).await.unwrap_err();
    assert!(dead.to_string().contains("refuses this token"), "{dead}");

    engine.close().await.unwrap();
}

/// The way to the broker, cut while it is away.
struct Cut {
    way: Arc<dyn Transport>,
    is_away: Arc<AtomicBool>,
}

impl Transport for Cut {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        if self.is_away.load(Ordering::Relaxed) {
            return async { Err(TransportError::new(TransportFault::Connect, "nobody is there")) }.boxed();
        }
        self.way.send(request)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_cannot_be_reached_keeps_nobody_signed_in() {
    let stage = Stage::new().await;
    let config = stage.config();
    let is_away = Arc::new(AtomicBool::new(false));
    let transport = Arc::new(Cut { way: config.transport.clone(), is_away: is_away.clone() });
    let engine = Engine::open(EngineConfig { transport, ..config }).await.unwrap();
    engine.session().sign_in(SecretString::from(stage.simulator.issue_token())).await.unwrap();
    is_away.store(true, Ordering::Relaxed);
    let remark = engine.session().sign_out().await.unwrap().unwrap();
    assert!(remark.contains("forgotten here; Upstox could not be told"), "{remark}");
    assert_eq!(engine.session().picture().state, SessionState::SignedOut);

    is_away.store(false, Ordering::Relaxed);
    stage.set_faults(registered());
    engine.session().put_app(app(KEY, SECRET, REDIRECT)).await.unwrap();
    let ended_at = decide(&begun(&engine, "/").await, "approve").await.unwrap();
    is_away.store(true, Ordering::Relaxed);
    let told = come_back(&engine, &ended_at).await.outcome.unwrap_err().chain();
    assert!(told.contains("(no connection could be made). Nothing was lost: begin again"), "{told}");
    assert!(!told.contains("nobody is there"), "in our own words: {told}");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn key_and_secret_are_found_nowhere_but_in_the_vault() {
    let stage = Stage::new().await;
    let engine = signed_out(&stage).await;
    engine.session().put_app(app(KEY, SECRET, REDIRECT)).await.unwrap();
    let ended_at = decide(&begun(&engine, "/").await, "approve").await.unwrap();
    assert!(come_back(&engine, &ended_at).await.outcome.is_ok());
    let shown =
        format!("{:?}{:?}", engine.session().picture(), engine.session().sign_in_picture().await.unwrap());
    let code = ended_at.split_once("code=").unwrap().1.split('&').next().unwrap();
    for planted in [KEY, SECRET, code] {
        assert!(!shown.contains(planted), "{shown}");
        for entry in std::fs::read_dir(stage.data.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let bytes = std::fs::read(&path).unwrap();
                let shows = bytes.windows(planted.len()).any(|part| part == planted.as_bytes());
                assert!(!shows, "{planted} in {}", path.display());
            }
        }
    }
    engine.close().await.unwrap();
    drop(engine);
    // Another key file opens nothing: the app is put anew, and nothing else is lost.
    std::fs::remove_file(stage.data.path().join("key")).unwrap();
    let engine = Engine::open(stage.config()).await.unwrap();
    assert!(engine.session().app().await.unwrap().key_end.is_none());
    engine.close().await.unwrap();
}

/// The loops work on threads of their own, and need a moment of the real clock for each step of the virtual one.
async fn eventually<T>(find: impl AsyncFn() -> Vec<T>) -> Vec<T> {
    for _ in 0..20 {
        let found = find().await;
        if !found.is_empty() {
            return found;
        }
        tokio::time::timeout(Duration::from_millis(5), std::future::pending::<()>()).await.unwrap_err();
    }
    Vec::new()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_before_its_end_a_job_that_would_lose_the_sign_in_is_told_of_once() {
    let stage = Stage::new().await;
    let clock = VirtualClock::new(START);
    let engine = stage.engine_at(Arc::new(clock.clone())).await;
    let job = engine.jobs().create(&order(&["2025-08-28"], ContractKinds::Options)).await.unwrap();
    // The broker is down, so the job is under way for hours.
    stage.set_faults(Faults { server_error: Chance::probability(1.0), ..Faults::default() });
    engine.start_in_background();
    let told = async || {
        let page = engine.notices().list(None).await.unwrap();
        let of_the_end = page.notices.into_iter().filter(|notice| notice.kind == NoticeKind::SignInEndsSoon);
        of_the_end.collect::<Vec<_>>()
    };
    let SessionState::SignedIn { until, .. } = engine.session().picture().state else { panic!("signed out") };
    let left = (until.0 - engine.now().0).unsigned_abs();
    clock.advance(Duration::from_secs(left) - 70 * MINUTE);
    let mut found = Vec::new();
    for _ in 0..65 {
        clock.advance(MINUTE);
        found = eventually(&told).await;
        let left = until.0 - engine.now().0;
        assert!(found.is_empty() || left <= 3_600, "told {left} s before the end");
        if !found.is_empty() {
            break;
        }
    }
    assert_eq!(found.len(), 1, "it was told before the sign-in ended");
    assert_eq!(found[0].job, Some(job));
    assert!(found[0].title.contains("03:30 IST"), "{}", found[0].title);
    for _ in 0..5 {
        clock.advance(MINUTE);
        assert_eq!(told().await.len(), 1, "once");
    }
    engine.close().await.unwrap();
}
