//! Schedules on a virtual clock: they run on the morning after an expiry, catch up once, and wait for sign-in.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{day, until};
use crate::in_memory::{InMemory, simulator_at};
use crate::still_time::still;
use bytes::Bytes;
use engine::{Clock, Engine, EngineConfig, EngineError, Limits, SecretString, Source, VirtualClock};
use engine::{Transport, TransportError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use market::{ContractKinds, EpochSeconds, InstrumentKey};
use protocol::{
    ExpiryCycle, JobCommand, JobStatus, NoticeKind, RunOutcome, ScheduleId, ScheduleOrder, SchedulePicture,
    ScheduleRule, ScheduleState, ScheduleTime,
};
use ratelimit::WallTime;
use simulator::{Chance, Faults, Simulator, SimulatorOptions};
use tempfile::TempDir;

fn sensex() -> InstrumentKey {
    "BSE_INDEX|SENSEX".parse().unwrap()
}

fn at(text: &str) -> EpochSeconds {
    EpochSeconds::parse_rfc3339(&format!("{text}:00+05:30")).unwrap()
}

/// A broker whose day is changed by the test, as the real one's changes at midnight.
struct Broker(Arc<Mutex<Simulator>>);

impl Transport for Broker {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let today = InMemory::new(&self.0.lock().unwrap());
        async move { today.send(request).await }.boxed()
    }
}

struct Case {
    clock: VirtualClock,
    broker: Arc<Mutex<Simulator>>,
    data: TempDir,
}

impl Case {
    fn new(start: &str) -> Self {
        let clock = VirtualClock::new(WallTime::from_millis(at(start).0 * 1000));
        let broker = Arc::new(Mutex::new(simulator_on(&clock, &start[..10])));
        Self { clock, broker, data: TempDir::new().unwrap() }
    }

    /// An engine whose tasks run, as in a server.
    async fn serve(&self) -> Engine {
        let config = EngineConfig {
            data_dir: self.data.path().to_owned(),
            source: Source::Broker("http://127.0.0.1:1".parse().unwrap()),
            limits: Limits::off(),
            clock: Arc::new(self.clock.clone()),
            transport: Arc::new(Broker(self.broker.clone())),
            unlock: engine::Unlock::default(),
            upgrade_copy: Default::default(),
            environment: Vec::new(),
            commit: None,
            seed: Some(1),
        };
        let engine = Engine::open(config).await.unwrap();
        engine.start_in_background();
        // The next run rests on what the instrument master tells, which the task has asked for first.
        until(async || self.sql::<i64>("SELECT count(*) FROM coming_expiry") > 0).await;
        engine
    }

    /// Jumps to a moment, as a machine does that wakes up; the broker lives on that day then.
    async fn go_to(&self, moment: &str) {
        let today = day(&moment[..10]);
        if EpochSeconds(self.clock.wall().as_seconds()).day() != today {
            *self.broker.lock().unwrap() = simulator_on(&self.clock, &moment[..10]);
        }
        self.jump_to(moment).await;
    }

    async fn jump_to(&self, moment: &str) {
        let seconds = at(moment).0 - self.clock.wall().as_seconds();
        self.clock.advance(Duration::from_secs(seconds.try_into().unwrap()));
        still().await;
    }

    fn sql<T: rusqlite::types::FromSql>(&self, sql: &str) -> T {
        let connection = rusqlite::Connection::open(self.data.path().join("expirytrack.db")).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn asked(&self, endpoint: &str) -> u64 {
        let referee = self.broker.lock().unwrap().referee();
        referee.by_endpoint.get(endpoint).copied().unwrap_or(0)
    }
}

fn simulator_on(clock: &VirtualClock, today: &str) -> Simulator {
    let small = SimulatorOptions { limits: None, strikes_each_side_max: Some(1), ..Default::default() };
    simulator_at(clock, SimulatorOptions { today: day(today), ..small })
}

async fn sign_in(engine: &Engine) {
    engine.session().sign_in(SecretString::from("simulated")).await.unwrap();
}

fn rule(when: ScheduleTime) -> ScheduleRule {
    ScheduleRule {
        underlyings: vec![sensex()],
        expiries: ExpiryCycle::Both,
        kinds: ContractKinds::Options,
        strikes: None,
        interval: Default::default(),
        days: 3.try_into().unwrap(),
        with_underlying: true,
        publish: false,
        when,
    }
}

async fn add(engine: &Engine, when: ScheduleTime) -> SchedulePicture {
    let rule = rule(when);
    engine.schedules().add(&ScheduleOrder { name: None, rule }).await.unwrap()
}

async fn picture(engine: &Engine, id: ScheduleId) -> SchedulePicture {
    engine.schedules().picture(id).await.unwrap()
}

/// The dates of a schedule's last job, newest first.
async fn collected(engine: &Engine, id: ScheduleId) -> Vec<String> {
    let job = picture(engine, id).await.last_run.unwrap().job.unwrap();
    let plan = engine.jobs().plan(job).await.unwrap();
    plan.targets.iter().map(|target| target.expiry.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_comes_on_the_next_trading_day_after_an_expiry() {
    // Sensex expires on Thursday, 24 December 2026; Friday is Christmas, then comes the weekend.
    let case = Case::new("2026-12-23T12:00");
    let engine = case.serve().await;
    sign_in(&engine).await;
    let schedule = add(&engine, ScheduleTime::default()).await;
    assert_eq!(schedule.name, "Sensex · every expiry");
    assert_eq!(schedule.next_run, Some(at("2026-12-28T07:30")));
    for morning in ["2026-12-24T07:31", "2026-12-25T07:31", "2026-12-26T07:31", "2026-12-27T07:31"] {
        case.go_to(morning).await;
        assert_eq!(picture(&engine, schedule.id).await.last_run, None, "{morning}");
    }

    // Before the run somebody looks, when the broker does not list the expiry yet: the run asks again.
    *case.broker.lock().unwrap() = simulator_on(&case.clock, "2026-12-24");
    case.jump_to("2026-12-28T07:00").await;
    sign_in(&engine).await;
    let listed = engine.expired().expiries(&sensex()).await.unwrap();
    assert_eq!(listed[0].date, day("2026-12-17"));
    *case.broker.lock().unwrap() = simulator_on(&case.clock, "2026-12-28");
    case.jump_to("2026-12-28T07:29").await;
    assert_eq!(picture(&engine, schedule.id).await.last_run, None);
    case.jump_to("2026-12-28T07:30").await;
    until(async || picture(&engine, schedule.id).await.last_run.is_some()).await;

    let after = picture(&engine, schedule.id).await;
    let run = after.last_run.unwrap();
    assert_eq!((run.at, run.outcome), (at("2026-12-28T07:30"), RunOutcome::Job));
    // The new one, and what is incomplete of the 35 days before it.
    let expected = ["2026-12-24", "2026-12-17", "2026-12-10", "2026-12-03", "2026-11-26", "2026-11-19"];
    assert_eq!(collected(&engine, schedule.id).await, expected);
    let job = run.job.unwrap();
    until(async || engine.jobs().picture(job).await.unwrap().status == JobStatus::Completed).await;
    assert_eq!(after.next_run, Some(at("2027-01-01T07:30")), "31 December is the next expiry");

    // Nothing is new now: no job, and the run is noted.
    let again = engine.schedules().run_now(schedule.id).await.unwrap();
    assert_eq!(again.last_run.unwrap().outcome, RunOutcome::NothingNew);
    assert_eq!(engine.jobs().list().await.unwrap().len(), 1);
    // The job's end was raised as a notice with it.
    let notices = engine.notices().list(None).await.unwrap().notices;
    assert_eq!(notices.iter().filter(|notice| notice.kind == NoticeKind::JobCompleted).count(), 1);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn missed_runs_are_caught_up_once() {
    let case = Case::new("2026-11-02T12:00");
    let engine = case.serve().await;
    sign_in(&engine).await;
    let schedule = add(&engine, ScheduleTime::Cron("30 7 * * *".to_owned())).await;
    assert_eq!(schedule.next_run, Some(at("2026-11-03T07:30")));
    engine.close().await.unwrap();
    drop(engine);

    // The machine was off for three weeks.
    case.go_to("2026-11-26T09:00").await;
    let engine = case.serve().await;
    sign_in(&engine).await;
    until(async || picture(&engine, schedule.id).await.last_run.is_some()).await;
    let run = picture(&engine, schedule.id).await.last_run.unwrap();
    assert_eq!(run.at, at("2026-11-26T09:00"));
    case.go_to("2026-11-26T18:00").await;
    assert_eq!(case.asked("expiries"), 2, "the sign-in's one, and one look for all that was missed");
    assert_eq!(engine.jobs().list().await.unwrap().len(), 1);
    let dates = collected(&engine, schedule.id).await;
    assert_eq!((dates[0].as_str(), dates.len()), ("2026-11-19", 6));
    assert_eq!(picture(&engine, schedule.id).await.next_run, Some(at("2026-11-27T07:30")));

    // A clock that is set back does not make the schedule wait for weeks.
    case.clock.set_wall(WallTime::from_millis(at("2026-11-10T12:00").0 * 1000));
    assert_eq!(picture(&engine, schedule.id).await.next_run, Some(at("2026-11-11T07:30")));
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_waits_for_sign_in_and_then_comes_by_itself() {
    let case = Case::new("2026-12-23T12:00");
    let engine = case.serve().await;
    sign_in(&engine).await;
    let schedule = add(&engine, ScheduleTime::default()).await;
    // The token of the 23rd has ended at 03:30.
    case.go_to("2026-12-28T07:30").await;
    until(async || picture(&engine, schedule.id).await.state == ScheduleState::WaitingForLogin).await;
    let waiting = picture(&engine, schedule.id).await;
    let at_stake = "the expiry of 24 Dec 2026 may be gone after 24 Jun 2027";
    assert!(waiting.waiting.unwrap().contains(at_stake));
    assert_eq!((waiting.next_run, waiting.last_run), (None, None));
    until(async || engine.notices().count().await.unwrap().unread == 1).await;
    let notice = engine.notices().list(None).await.unwrap().notices.remove(0);
    assert_eq!((notice.kind, notice.schedule), (NoticeKind::SignInNeeded, Some(schedule.id)));
    assert!(notice.message.contains(at_stake), "{}", notice.message);
    let refused = engine.schedules().run_now(schedule.id).await.unwrap_err();
    assert!(matches!(refused, EngineError::SignInEnded(_)), "{refused}");

    // It tells once, however long it waits.
    for moment in ["2026-12-28T12:00", "2026-12-29T07:31", "2026-12-30T07:31"] {
        case.go_to(moment).await;
    }
    assert_eq!(engine.notices().count().await.unwrap().unread, 1);
    sign_in(&engine).await;
    until(async || picture(&engine, schedule.id).await.last_run.is_some()).await;
    let after = picture(&engine, schedule.id).await;
    assert_eq!((after.state, after.waiting), (ScheduleState::Planned, None));
    assert_eq!(after.last_run.unwrap().outcome, RunOutcome::Job);
    assert_eq!(collected(&engine, schedule.id).await[0], "2026-12-24");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_fails_is_tried_again_and_told_once() {
    let case = Case::new("2026-11-20T07:00");
    let engine = case.serve().await;
    sign_in(&engine).await;
    let schedule = add(&engine, ScheduleTime::Cron("30 7 * * *".to_owned())).await;
    let no_plan = Faults { no_plus_plan: true, ..Faults::default() };
    case.broker.lock().unwrap().set_faults(no_plan);
    for (moment, retry) in
        [("2026-11-20T07:30", "2026-11-20T07:45"), ("2026-11-20T07:45", "2026-11-20T08:00")]
    {
        case.go_to(moment).await;
        until(async || picture(&engine, schedule.id).await.last_run.is_some_and(|run| run.at == at(moment)))
            .await;
        let failed = picture(&engine, schedule.id).await;
        assert_eq!(failed.last_run.unwrap().outcome, RunOutcome::Failed);
        assert_eq!(failed.next_run, Some(at(retry)));
    }
    let notices = engine.notices().list(None).await.unwrap();
    assert_eq!(notices.notices.len(), 1, "told once");
    assert_eq!(notices.notices[0].kind, NoticeKind::ScheduleProblem);
    assert!(notices.notices[0].message.contains("Plus"));
    case.broker.lock().unwrap().set_faults(Faults::default());
    case.go_to("2026-11-20T08:00").await;
    until(async || {
        picture(&engine, schedule.id).await.last_run.is_some_and(|run| run.outcome == RunOutcome::Job)
    })
    .await;
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_is_held_and_removed() {
    let case = Case::new("2026-11-20T07:00");
    let engine = case.serve().await;
    sign_in(&engine).await;
    let schedule = add(&engine, ScheduleTime::Cron("30 7 * * *".to_owned())).await;
    let held = engine.schedules().enable(schedule.id, false).await.unwrap();
    assert_eq!((held.state, held.next_run), (ScheduleState::Paused, None));
    case.go_to("2026-11-20T07:31").await;
    assert_eq!(picture(&engine, schedule.id).await.last_run, None);
    let resumed = engine.schedules().enable(schedule.id, true).await.unwrap();
    assert_eq!(
        resumed.next_run,
        Some(at("2026-11-21T07:30")),
        "what it missed while held is not made up for"
    );
    engine.schedules().remove(schedule.id).await.unwrap();
    assert!(engine.schedules().list().await.unwrap().is_empty());
    let gone = engine.schedules().remove(schedule.id).await.unwrap_err();
    assert!(matches!(gone, EngineError::UnknownSchedule(_)), "{gone}");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_was_changed_elsewhere_meanwhile_is_left_as_it_is() {
    let case = Case::new("2026-11-20T07:00");
    let engine = case.serve().await;
    sign_in(&engine).await;
    let daily = ScheduleTime::Cron("30 7 * * *".to_owned());
    let SchedulePicture { id, name, rule, .. } = add(&engine, daily).await;
    let seen = ScheduleOrder { name: Some(name), rule };
    let named = ScheduleOrder { name: Some("Mine".to_owned()), ..seen.clone() };
    engine.schedules().change_as_seen(id, &seen, &named).await.unwrap();
    let other = ScheduleOrder { name: Some("Theirs".to_owned()), ..seen.clone() };
    let refused = engine.schedules().change_as_seen(id, &seen, &other).await.unwrap_err();
    assert!(matches!(refused, EngineError::ChangedMeanwhile { .. }), "{refused}");
    assert_eq!(picture(&engine, id).await.name, "Mine");
    // Who saw the change may change it on.
    engine.schedules().change_as_seen(id, &named, &other).await.unwrap();
    assert_eq!(picture(&engine, id).await.name, "Theirs");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_says_whether_the_underlying_comes_along() {
    let case = Case::new("2026-11-20T07:00");
    let engine = case.serve().await;
    sign_in(&engine).await;
    let alone = ScheduleRule { with_underlying: false, ..rule(ScheduleTime::Cron("30 7 * * *".to_owned())) };
    let schedule = engine.schedules().add(&ScheduleOrder { name: None, rule: alone }).await.unwrap();
    let job = engine.schedules().run_now(schedule.id).await.unwrap().last_run.unwrap().job.unwrap();
    assert!(!engine.jobs().picture(job).await.unwrap().plan.with_underlying);
    engine.close().await.unwrap();
}

/// A list that is not believed is asked again by the next run, which says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_says_which_lists_are_not_believed() {
    let case = Case::new("2026-11-20T07:00");
    let engine = case.serve().await;
    sign_in(&engine).await;
    case.broker.lock().unwrap().set_faults(Faults {
        path_prefix: "/v2/expired-instruments/option/contract".to_owned(),
        false_empty_contracts: Chance::ALWAYS,
        ..Faults::default()
    });
    let schedule = add(&engine, ScheduleTime::Cron("30 7 * * *".to_owned())).await;
    let run = async || engine.schedules().run_now(schedule.id).await.unwrap().last_run.unwrap();
    let first = run().await.job.unwrap();
    until(async || engine.jobs().picture(first).await.unwrap().status == JobStatus::CompletedWithFailures)
        .await;
    let second = run().await;
    assert_eq!(second.outcome, RunOutcome::Job);
    let message = second.message.unwrap();
    assert!(message.contains("options: unconfirmed: nothing listed yet, asked 1 of 4 times"), "{message}");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_paused_job_brings_is_not_ordered_again() {
    let case = Case::new("2026-11-20T07:00");
    let engine = case.serve().await;
    sign_in(&engine).await;
    let schedule = add(&engine, ScheduleTime::Cron("30 7 * * *".to_owned())).await;
    let first = engine.schedules().run_now(schedule.id).await.unwrap().last_run.unwrap().job.unwrap();
    // It may have ended already; then a second look finds nothing new, which is the same to this test.
    let paused = engine.jobs().tell(first, JobCommand::Pause).await.is_ok();
    let second = engine.schedules().run_now(schedule.id).await.unwrap().last_run.unwrap();
    assert_eq!((second.outcome, second.job), (RunOutcome::NothingNew, None));
    assert_eq!(second.message.is_some_and(|message| message.contains(&format!("job {first}"))), paused);
    assert_eq!(engine.jobs().list().await.unwrap().len(), 1);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_instrument_master_is_asked_once_a_day_after_it_is_made() {
    let case = Case::new("2026-11-19T12:00");
    let engine = case.serve().await;
    let asked = || case.sql::<i64>("SELECT count(*) FROM fetch_audit WHERE endpoint = 'instruments'");
    until(async || asked() == 1).await;
    case.go_to("2026-11-20T06:14").await;
    assert_eq!(asked(), 1, "the one of yesterday noon is younger than yesterday's making");
    case.jump_to("2026-11-20T06:15").await;
    until(async || asked() == 2).await;
    case.jump_to("2026-11-20T23:00").await;
    assert_eq!(asked(), 2);
    engine.close().await.unwrap();
}
