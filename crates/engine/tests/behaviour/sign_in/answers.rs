//! What Upstox may answer to a token and to the exchange of a code, by a script: what is refused, what is kept, what is
//! told; and by what a sign-in has ended.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{KEY, REDIRECT, SECRET, START, app, begun, come_back, decide, registered, signed_out};
use crate::common::Stage;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use engine::{Engine, EngineConfig, EngineError, SecretString, VirtualClock};
use futures_util::FutureExt;
use http::{Request, Response};
use protocol::{SessionState, SignInEnd};
use simulator::Faults;
use upstox::{BoxFuture, Transport, TransportError};

/// A token as Upstox's are in form, with an end of its own, that the simulator has not given out.
fn token_until(end: i64) -> SecretString {
    let claims = URL_SAFE_NO_PAD.encode(format!(r#"{{"sub":"X","iss":"somebody","exp":{end}}}"#));
    SecretString::from(format!("header.{claims}.signature"))
}

/// Answers some paths by a script; the broker answers the rest.
struct Scripted {
    way: Arc<dyn Transport>,
    script: Arc<Mutex<Script>>,
}

/// What a path ends with, the status, the body.
type Script = Vec<(&'static str, u16, &'static str)>;

impl Transport for Scripted {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let path = request.uri().path();
        let found = self.script.lock().unwrap().iter().find(|(end, ..)| path.ends_with(end)).copied();
        match found {
            Some((_, status, body)) => {
                async move { Ok(Response::builder().status(status).body(Bytes::from(body)).unwrap()) }.boxed()
            }
            None => self.way.send(request),
        }
    }
}

async fn scripted(stage: &Stage) -> (Engine, Arc<Mutex<Script>>) {
    stage.set_faults(registered());
    let (config, script) = (stage.config(), Arc::new(Mutex::new(Script::new())));
    let transport = Arc::new(Scripted { way: config.transport.clone(), script: script.clone() });
    (Engine::open(EngineConfig { transport, ..config }).await.unwrap(), script)
}

const OTHER_KIND: &str =
    r#"{"status":"error","errors":[{"errorCode":"UDAPI100067","message":"not with this token"}]}"#;
const DEAD: &str = r#"{"status":"error","errors":[{"errorCode":"UDAPI100050","message":"Invalid token"}]}"#;
const EXPIRIES: &str = r#"{"status":"success","data":["2025-08-28"]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_refused_only_where_upstox_says_that_it_is_dead() {
    let stage = Stage::new().await;
    let (engine, script) = scripted(&stage).await;
    let sign_in = async |answers: Script| {
        *script.lock().unwrap() = answers;
        engine.session().sign_in(SecretString::from("of-another-kind")).await
    };
    for status in [401, 403] {
        // One that may not ask whose it is, and reaches expired contracts all the same.
        let remark =
            sign_in(vec![("/profile", status, OTHER_KIND), ("/expiries", 200, EXPIRIES)]).await.unwrap();
        assert_eq!(remark, None, "what was answered has checked it");
        let state = engine.session().picture().state;
        assert!(matches!(state, SessionState::SignedIn { checked: true, .. }), "{state:?}");

        let both = vec![("/profile", status, OTHER_KIND), ("/expiries", status, OTHER_KIND)];
        let remark = sign_in(both).await.unwrap().unwrap();
        assert!(remark.contains("does not reach expired contracts"), "{remark}");
        assert!(engine.session().picture().is_signed_in());
    }
    let unclear = vec![("/profile", 404, ""), ("/expiries", 404, "")];
    let remark = sign_in(unclear).await.unwrap().unwrap();
    assert!(remark.contains("kept, not checked: Upstox answered 404"), "{remark}");
    let remark = sign_in(vec![("/profile", 502, "")]).await.unwrap().unwrap();
    assert!(remark.contains("kept, not checked: Upstox answered 502"), "{remark}");

    let refused = sign_in(vec![("/profile", 401, DEAD)]).await.unwrap_err();
    assert!(matches!(refused, EngineError::TokenRefused), "{refused}");
    let refused = sign_in(vec![("/profile", 401, OTHER_KIND), ("/expiries", 401, DEAD)]).await.unwrap_err();
    assert!(matches!(refused, EngineError::TokenRefused), "{refused}");
    assert!(!engine.session().picture().is_signed_in());
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_the_plus_plan_says_so_too() {
    let stage = Stage::new().await;
    let engine = signed_out(&stage).await;
    stage.set_faults(Faults { no_plus_plan: true, ..registered() });
    let remark = engine.session().sign_in(SecretString::from("simulated")).await.unwrap();
    assert!(remark.is_none() && engine.session().picture().plus_needed, "{remark:?}");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_whose_own_end_is_past_is_refused_and_one_that_lives_a_year_is_told_with_its_end() {
    let stage = Stage::new().await;
    let (engine, script) = scripted(&stage).await;
    let profile = ("/profile", 200, r#"{"status":"success","data":{"user_name":"Somebody"}}"#);
    *script.lock().unwrap() = vec![profile, ("/expiries", 200, EXPIRIES), ("/logout", 500, "")];
    let ended = engine.session().sign_in(token_until(1_700_000_000)).await.unwrap_err();
    assert!(ended.to_string().starts_with("this token ended on 15 Nov 2023, 03:43 IST"), "{ended}");
    assert_eq!(engine.session().picture().state, SessionState::SignedOut);

    // 2100-01-01 05:30 IST.
    assert_eq!(engine.session().sign_in(token_until(4_102_444_800)).await.unwrap(), None);
    let remark = engine.session().sign_out().await.unwrap().unwrap();
    assert!(remark.ends_with("ends it by itself on 1 Jan 2100, 05:30 IST"), "{remark}");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_exchange_meets_besides_a_refusal_is_told_with_what_to_do() {
    let stage = Stage::new().await;
    let (engine, script) = scripted(&stage).await;
    engine.session().put_app(app(KEY, SECRET, REDIRECT)).await.unwrap();
    const PAGE: &str = "<!DOCTYPE html><title>Access denied</title>";
    const GRANT: &str =
        r#"{"status":"error","errors":[{"errorCode":"UDAPI1023","message":"Grant type is required"}]}"#;
    for (status, body, words) in [
        (403, PAGE, "turns this program away with a page"),
        (503, PAGE, "no answer of Upstox could be had or read (HTTP 503)"),
        (200, PAGE, "no answer of Upstox could be had or read"),
        (400, GRANT, "Upstox answered HTTP 400, UDAPI1023: Grant type is required"),
    ] {
        script.lock().unwrap().clear();
        let ended_at = decide(&begun(&engine, "/").await, "approve").await.unwrap();
        script.lock().unwrap().push(("/authorization/token", status, body));
        let told = come_back(&engine, &ended_at).await.outcome.unwrap_err().chain();
        assert!(told.contains(words), "{told}");
        assert!(told.contains("Nothing was lost: ") && told.contains("begin again"), "{told}");
        assert_eq!(engine.session().sign_in_picture().await.unwrap().refused, Some(told));
        let test = engine.session().test_app().await.unwrap();
        assert!(!test.good && test.sentence.starts_with("it could not be tested: "), "{test:?}");
        assert!(test.sentence.contains(words), "{test:?}");
    }
    // The last, because nothing is asked for a while after it.
    script.lock().unwrap().clear();
    let ended_at = decide(&begun(&engine, "/").await, "approve").await.unwrap();
    script.lock().unwrap().push(("/authorization/token", 429, ""));
    let told = come_back(&engine, &ended_at).await.outcome.unwrap_err().chain();
    assert!(told.contains("was asked too much") && told.contains("begin again in a few minutes"), "{told}");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_has_ended_says_by_what() {
    let stage = Stage::new().await;
    let clock = VirtualClock::new(START);
    let engine = stage.engine_at(Arc::new(clock.clone())).await;
    assert_eq!(engine.session().picture().ended_by, None);
    clock.advance(Duration::from_secs(24 * 3600));
    let ended = |engine: &Engine| {
        let picture = engine.session().picture();
        assert_eq!(picture.state, SessionState::Ended);
        (picture.ended_by, engine.session().check().unwrap_err().to_string())
    };
    let (by, told) = ended(&engine);
    assert!(by == Some(SignInEnd::Time) && told.contains("its time is over"), "{told}");

    engine.session().sign_in(SecretString::from("simulated")).await.unwrap();
    stage.set_faults(Faults { token_death_after: 1, ..Faults::default() });
    for key in ["NSE_INDEX|Nifty 50", "NSE_INDEX|Nifty Bank", "BSE_INDEX|SENSEX"] {
        let _ = engine.expired().expiries(&key.parse().unwrap()).await;
    }
    let (by, told) = ended(&engine);
    assert!(by == Some(SignInEnd::NotTaken) && told.contains("no longer takes it"), "{told}");
    stage.set_faults(Faults::default());
    let token = stage.simulator.issue_token();
    engine.session().sign_in(SecretString::from(token)).await.unwrap();
    engine.close().await.unwrap();
    drop(engine);

    std::fs::remove_file(stage.data.path().join("key")).unwrap();
    let engine = Engine::open(stage.config()).await.unwrap();
    let (by, told) = ended(&engine);
    assert!(by == Some(SignInEnd::Unopenable) && told.contains("another key"), "{told}");
    engine.close().await.unwrap();
}
