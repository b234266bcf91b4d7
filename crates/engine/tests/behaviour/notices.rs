//! Notices: raised with what they tell of, sent by email and webhook, tried again, and without their secrets.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{Stage, day, nifty, order};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use engine::{Engine, EngineError, RunEnd, VirtualClock};
use market::ContractKinds;
use protocol::{
    ChannelSettings, EmailSettings, JobCommand, JobStatus, NewNoticeSettings, NoticeChannel, NoticeKind,
    SecretText, SmtpSecurity, WebhookSettings,
};
use ratelimit::WallTime;
use ring::hmac;
use simulator::Faults;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

const PASSWORD: &str = "planted-password-7321";
const SECRET: &str = "planted-signing-secret-9917";
/// `\0trader\0planted-password-7321`, as AUTH PLAIN sends it.
const AUTH_PLAIN: &str = "AHRyYWRlcgBwbGFudGVkLXBhc3N3b3JkLTczMjE=";
/// 21 November 2026, 06:00 IST.
const START: WallTime = WallTime::from_millis(1_795_221_000_000);
const PATIENCE: Duration = Duration::from_secs(30);

/// A mail server that keeps the conversation. It refuses the password when it is told to, and repeats it.
async fn mail_server(refuses: bool) -> (u16, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(String::new()));
    let kept = heard.clone();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let (read, mut write) = connection.into_split();
            let mut lines = BufReader::new(read).lines();
            write.write_all(b"220 mail.test ready\r\n").await.unwrap();
            let mut in_message = false;
            while let Ok(Some(line)) = lines.next_line().await {
                kept.lock().unwrap().push_str(&format!("{line}\n"));
                let answer = match line.split(' ').next().unwrap_or_default() {
                    "." => "250 2.0.0 kept",
                    _ if in_message => continue,
                    "EHLO" => "250-mail.test\r\n250 AUTH PLAIN",
                    "AUTH" if refuses => "535 5.7.8 planted-password-7321 is wrong",
                    "AUTH" => "235 2.7.0 welcome",
                    "DATA" => "354 go on",
                    "QUIT" => "221 bye",
                    _ => "250 ok",
                };
                in_message = line == "DATA";
                write.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
            }
        }
    });
    (port, heard)
}

#[derive(Clone, Default)]
struct Hook {
    posts: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    /// Answered in turn; then 204.
    statuses: Arc<Mutex<Vec<u16>>>,
}

impl Hook {
    async fn start(statuses: &[u16]) -> (String, Self) {
        let hook = Self { statuses: Arc::new(Mutex::new(statuses.to_vec())), ..Self::default() };
        let receive = async |State(hook): State<Hook>, headers: HeaderMap, body: String| {
            hook.posts.lock().unwrap().push((headers, body));
            let mut statuses = hook.statuses.lock().unwrap();
            let status = if statuses.is_empty() { 204 } else { statuses.remove(0) };
            (StatusCode::from_u16(status).unwrap(), [("location", "/elsewhere")])
        };
        let elsewhere = async || -> StatusCode { panic!("a redirect was followed") };
        let router = Router::new().route("/hook", post(receive)).route("/elsewhere", post(elsewhere));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, router.with_state(hook.clone())).into_future());
        (url, hook)
    }

    fn count(&self) -> usize {
        self.posts.lock().unwrap().len()
    }
}

fn email(port: u16) -> EmailSettings {
    EmailSettings {
        host: "127.0.0.1".to_owned(),
        port,
        security: SmtpSecurity::None,
        user: "trader".to_owned(),
        from: "ExpiryTrack <et@example.com>".to_owned(),
        to: vec!["me@example.com".to_owned(), "you@example.com".to_owned()],
        kinds: NoticeKind::ALL.into(),
    }
}

fn settings(email: Option<EmailSettings>, url: Option<&str>) -> NewNoticeSettings {
    let webhook = url.map(|url| WebhookSettings { url: url.to_owned(), kinds: NoticeKind::ALL.into() });
    let secrets = [
        email.as_ref().map(|_| (NoticeChannel::Email, SecretText(PASSWORD.to_owned()))),
        webhook.as_ref().map(|_| (NoticeChannel::Webhook, SecretText(SECRET.to_owned()))),
    ];
    let channels = [email.map(ChannelSettings::Email), webhook.map(ChannelSettings::Webhook)];
    NewNoticeSettings {
        settings: channels.into_iter().flatten().collect(),
        secrets: secrets.into_iter().flatten().collect(),
    }
}

async fn collect(engine: &Engine) -> RunEnd {
    let mut order = order(&["2025-08-21"], ContractKinds::Options);
    order.days = 2.try_into().unwrap();
    let job = engine.jobs().create(&order).await.unwrap();
    engine.jobs().run(job).await.unwrap()
}

/// Nothing in the data directory but the key shows a secret, and no answer does.
async fn assert_nothing_shows(stage: &Stage, engine: &Engine) {
    let settings = engine.notices().settings().await.unwrap();
    let answer = serde_json::to_string(&settings).unwrap();
    let notices = serde_json::to_string(&engine.notices().list(None).await.unwrap()).unwrap();
    for planted in [PASSWORD, SECRET, AUTH_PLAIN] {
        assert!(!answer.contains(planted) && !notices.contains(planted), "{answer}{notices}");
        assert!(!format!("{settings:?}").contains(planted));
        for entry in std::fs::read_dir(stage.data.path()).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            let shows = bytes.windows(planted.len()).any(|part| part == planted.as_bytes());
            assert!(!shows, "{planted} in {}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jobs_end_is_sent_by_email_and_by_a_signed_webhook() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let (port, mail) = mail_server(false).await;
    let (url, hook) = Hook::start(&[]).await;
    let kept = engine.notices().put_settings(settings(Some(email(port)), Some(&url))).await.unwrap();
    assert!(kept.state(NoticeChannel::Email).has_secret && kept.state(NoticeChannel::Webhook).has_secret);

    assert_eq!(collect(&engine).await, RunEnd::Ended(JobStatus::Completed));
    engine.notices().deliver_for(PATIENCE).await;
    let mail = mail.lock().unwrap().clone();
    for part in [
        "MAIL FROM:<et@example.com>",
        "RCPT TO:<me@example.com>",
        "RCPT TO:<you@example.com>",
        AUTH_PLAIN,
        "Subject: [ExpiryTrack] Job 1 completed: NIFTY",
        "To: me@example.com, you@example.com",
        "done: ",
        "without a trade",
    ] {
        assert!(mail.contains(part), "{part} is not in\n{mail}");
    }

    let (headers, body) = hook.posts.lock().unwrap()[0].clone();
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let signature = header("X-ExpiryTrack-Signature");
    let signature: Vec<u8> = signature
        .strip_prefix("sha256=")
        .unwrap()
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signed = format!("{}.{body}", header("X-ExpiryTrack-Timestamp"));
    hmac::verify(&key, signed.as_bytes(), &signature).unwrap();
    assert!(hmac::verify(&key, format!("0.{body}").as_bytes(), &signature).is_err());
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((body["kind"].as_str(), body["job"].as_i64()), (Some("job_completed"), Some(1)));

    let state = engine.notices().settings().await.unwrap();
    assert!(
        state.state(NoticeChannel::Email).delivered_at.is_some()
            && state.state(NoticeChannel::Webhook).trouble.is_none()
    );
    engine.notices().deliver_for(PATIENCE).await;
    assert_eq!(hook.count(), 1, "what is delivered is not sent again");
    assert_nothing_shows(&stage, &engine).await;
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_outlives_failures_and_a_restart_and_stops_no_job() {
    let stage = Stage::new().await;
    let clock = VirtualClock::new(START);
    let engine = stage.engine_at(Arc::new(clock.clone())).await;
    let (url, hook) = Hook::start(&[503, 302]).await;
    engine.notices().put_settings(settings(None, Some(&url))).await.unwrap();
    assert_eq!(collect(&engine).await, RunEnd::Ended(JobStatus::Completed));
    engine.notices().deliver_for(PATIENCE).await;
    let state = engine.notices().settings().await.unwrap().state(NoticeChannel::Webhook);
    assert_eq!((state.pending, hook.count()), (1, 1));
    assert!(state.trouble.unwrap().contains("503"));
    engine.close().await.unwrap();
    drop(engine);

    let engine = stage.engine_at(Arc::new(clock.clone())).await;
    engine.notices().deliver_for(PATIENCE).await;
    assert_eq!(hook.count(), 1, "not before its time");
    clock.advance(Duration::from_secs(30));
    engine.notices().deliver_for(PATIENCE).await;
    let state = engine.notices().settings().await.unwrap().state(NoticeChannel::Webhook);
    assert!(state.trouble.unwrap().contains("redirects are not followed"));
    clock.advance(Duration::from_secs(120));
    engine.notices().deliver_for(PATIENCE).await;
    let state = engine.notices().settings().await.unwrap().state(NoticeChannel::Webhook);
    assert_eq!((state.pending, state.trouble, hook.count()), (0, None, 3));
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_in_words_how_it_went_and_shows_no_secret() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let (port, _) = mail_server(true).await;
    let (url, hook) = Hook::start(&[]).await;
    let test = async |channel| engine.notices().test(channel).await.unwrap();
    assert!(test(NoticeChannel::Email).await.message.contains("not set up"));
    engine.notices().put_settings(settings(Some(email(port)), Some(&url))).await.unwrap();

    let refused = test(NoticeChannel::Email).await;
    assert!(!refused.delivered && !refused.message.contains(PASSWORD), "{}", refused.message);
    assert!(refused.message.contains("repeats the password"), "{}", refused.message);
    let delivered = test(NoticeChannel::Webhook).await;
    assert!(delivered.delivered && delivered.message.contains("127.0.0.1"), "{}", delivered.message);
    assert_eq!(hook.count(), 1);

    let gone = Some("http://127.0.0.1:9/hook?key=of-the-receiver");
    engine.notices().put_settings(settings(None, gone)).await.unwrap();
    let unreachable = test(NoticeChannel::Webhook).await;
    assert!(unreachable.message.contains("no connection"), "{}", unreachable.message);
    assert!(!unreachable.message.contains("of-the-receiver"));
    assert_eq!(engine.notices().list(None).await.unwrap().notices, [], "a test is no notice");
    assert_nothing_shows(&stage, &engine).await;
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_cannot_work_are_refused_and_a_password_stays_with_its_server() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let (port, _) = mail_server(false).await;
    engine.notices().put_settings(settings(Some(email(port)), None)).await.unwrap();
    let mut elsewhere = settings(Some(EmailSettings { host: "localhost".to_owned(), ..email(port) }), None);
    elsewhere.secrets.clear();
    let refused = engine.notices().put_settings(elsewhere).await.unwrap_err();
    assert!(matches!(refused, EngineError::NoticeSettings(_)), "{refused}");
    assert!(refused.to_string().contains("give the password again"), "{refused}");
    // The same server keeps its password; removing the email forgets it.
    let mut same = settings(Some(email(port)), None);
    same.secrets.clear();
    assert!(engine.notices().put_settings(same).await.unwrap().state(NoticeChannel::Email).has_secret);
    let none = engine.notices().put_settings(NewNoticeSettings::default()).await.unwrap();
    assert!(
        !none.state(NoticeChannel::Email).has_secret && none.settings.get(NoticeChannel::Email).is_none()
    );
    assert_eq!(stage.sql::<i64>("SELECT count(*) FROM vault WHERE name LIKE 'notice%'"), 0);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_were_changed_elsewhere_meanwhile_are_not_put_over() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let seen = engine.notices().settings().await.unwrap().settings;
    let first = settings(None, Some("http://127.0.0.1:9/first"));
    let kept = engine.notices().change_settings(&seen, first).await.unwrap().settings;
    let refused = engine.notices().change_settings(&seen, settings(Some(email(9)), None)).await.unwrap_err();
    assert!(matches!(refused, EngineError::ChangedMeanwhile { .. }), "{refused}");
    assert!(refused.to_string().contains("load the page again"), "{refused}");
    assert_eq!(engine.notices().settings().await.unwrap().settings, kept);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_end_raises_its_kind_and_only_the_chosen_kinds_are_sent() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let (url, hook) = Hook::start(&[]).await;
    let mut only_failures = settings(None, Some(&url));
    let webhook = WebhookSettings { url, kinds: [NoticeKind::JobFailed].into() };
    only_failures.settings = [ChannelSettings::Webhook(webhook)].into_iter().collect();
    engine.notices().put_settings(only_failures).await.unwrap();

    assert_eq!(collect(&engine).await, RunEnd::Ended(JobStatus::Completed));
    engine.expired().contracts(&nifty(), day("2025-08-28"), ContractKinds::Both).await.unwrap();
    stage.set_faults(Faults { no_plus_plan: true, ..Faults::default() });
    let job = engine.jobs().create(&order(&["2025-08-28"], ContractKinds::Futures)).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Failed));
    stage.set_faults(Faults::default());
    engine.session().sign_out().await.unwrap();
    engine.jobs().tell(job, JobCommand::Retry).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::WaitingForLogin);

    let page = engine.notices().list(None).await.unwrap();
    let kinds: Vec<_> = page.notices.iter().map(|notice| notice.kind).collect();
    assert_eq!(kinds, [NoticeKind::SignInNeeded, NoticeKind::JobFailed, NoticeKind::JobCompleted]);
    assert!(page.notices[1].message.contains("Plus"));
    engine.notices().deliver_for(PATIENCE).await;
    assert_eq!(hook.count(), 1);
    assert!(hook.posts.lock().unwrap()[0].1.contains("job_failed"));

    assert_eq!(page.unread, 3);
    let left = engine.notices().read(page.notices[1].id).await.unwrap();
    assert_eq!((left.unread, left.newest), (1, page.notices[0].id));
    engine.close().await.unwrap();
}
