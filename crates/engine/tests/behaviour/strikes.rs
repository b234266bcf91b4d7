//! Orders of strikes near the money: what is taken is what the simulated market says was near, what is left out is
//! counted and can be had later, and where it is not known where the underlying went nothing is left out.

use std::collections::BTreeSet;

use crate::common::{Stage, day, nifty, order};
use engine::{Engine, RunEnd, SecretString};
use market::{ContractKinds, ExpiredKey, InstrumentKey, Interval, Price, Strike};
use protocol::{
    CandleBasis, CollectOrder, EventLevel, ExpiryCycle, JobCommand, JobId, JobPicture, JobStatus, RunOutcome,
    ScheduleOrder, ScheduleRule, ScheduleTime,
};
use simulator::{Chance, Faults, SimulatorOptions};

const WEEKLY: &str = "2025-08-21";
const MONTHLY: &str = "2025-08-28";
const DAYS: u32 = 10;
const EACH_SIDE: u32 = 3;
/// The days of Nifty itself, as the broker's address has them.
const NIFTY_DAYS: &str = "/v3/historical-candle/NSE_INDEX%7CNifty%2050/days/1/";

/// A market whose strikes follow the price, as the exchange's do.
async fn stage() -> Stage {
    Stage::with(SimulatorOptions { limits: None, ..SimulatorOptions::default() }).await
}

/// Daily candles of ten days: few rows, and every contract is asked for.
fn near(expiries: &[&str], kinds: ContractKinds) -> CollectOrder {
    CollectOrder {
        strikes: Some(EACH_SIDE.try_into().unwrap()),
        interval: Interval::Day,
        days: DAYS.try_into().unwrap(),
        with_underlying: false,
        ..order(expiries, kinds)
    }
}

async fn run(engine: &Engine, order: &CollectOrder) -> JobPicture {
    let job = engine.jobs().create(order).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    engine.jobs().picture(job).await.unwrap()
}

async fn lines(engine: &Engine, job: JobId, level: EventLevel) -> Vec<String> {
    let events = engine.jobs().events(job, 0).await.unwrap();
    events.into_iter().filter(|event| event.level == level).map(|event| event.message).collect()
}

impl Stage {
    fn listed(&self, underlying: &InstrumentKey, expiry: &str) -> BTreeSet<ExpiredKey> {
        let contracts = self.simulator.oracle().contracts(underlying, day(expiry), ContractKinds::Options);
        contracts.into_iter().map(|contract| contract.expired_key).collect()
    }

    /// By trying every price, paisa by paisa, between the lowest and the highest minute: which strikes are so near
    /// to the one nearest to it.
    fn truly_near(&self, underlying: &InstrumentKey, expiry: &str, days: i64) -> BTreeSet<ExpiredKey> {
        let (oracle, expiry) = (self.simulator.oracle(), day(expiry));
        let minutes = oracle.underlying_minutes(underlying, expiry.plus_days(-days), expiry);
        let paise = |price: Price| price.0 / Price::PER_PAISA;
        let low = minutes.iter().map(|minute| paise(minute.prices.low)).min().unwrap();
        let high = minutes.iter().map(|minute| paise(minute.prices.high)).max().unwrap();
        let options = oracle.contracts(underlying, expiry, ContractKinds::Options);
        let ladder: BTreeSet<Strike> = options.iter().filter_map(|option| option.strike).collect();
        let ladder: Vec<i64> = ladder.into_iter().map(|strike| strike.0.0).collect();
        let mut at_the_money = BTreeSet::new();
        for price in low..=high {
            let distance = |strike: &i64| (strike - price).abs();
            let nearest = ladder.iter().map(distance).min().unwrap();
            at_the_money.extend((0..ladder.len()).filter(|place| distance(&ladder[*place]) == nearest));
        }
        let is_near = |place: usize| at_the_money.iter().any(|at| at.abs_diff(place) <= EACH_SIDE as usize);
        let is_taken = |strike: i64| is_near(ladder.binary_search(&strike).unwrap());
        let taken = options.iter().filter(|option| is_taken(option.strike.unwrap().0.0));
        taken.map(|option| option.expired_key.clone()).collect()
    }

    /// The options that a job made units of.
    fn units(&self, job: JobId) -> BTreeSet<ExpiredKey> {
        self.keys(&format!(
            "SELECT c.segment || '|' || c.exchange_token || '|' || strftime('%d-%m-%Y', c.key_date)
             FROM job_unit w JOIN contract c ON c.id = w.contract_id WHERE w.job_id = {job} AND c.kind <> 'FUT'"
        ))
    }

    /// The contracts that a job asked for.
    fn asked(&self, job: JobId) -> BTreeSet<ExpiredKey> {
        self.keys(&format!(
            "SELECT DISTINCT key FROM fetch_audit WHERE job_id = {job} AND endpoint = 'historical-candle'"
        ))
    }

    fn keys(&self, sql: &str) -> BTreeSet<ExpiredKey> {
        let connection = rusqlite::Connection::open(self.data.path().join("expirytrack.db")).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        let keys = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        keys.map(|key| key.unwrap().parse().unwrap()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_the_strikes_near_the_money_are_collected_and_a_later_order_brings_the_others() {
    let stage = stage().await;
    let engine = stage.engine().await;
    let first = run(&engine, &near(&[WEEKLY, MONTHLY], ContractKinds::Both)).await;
    let near_ones: BTreeSet<ExpiredKey> =
        [WEEKLY, MONTHLY].iter().flat_map(|expiry| stage.truly_near(&nifty(), expiry, DAYS.into())).collect();
    let all: BTreeSet<ExpiredKey> =
        [WEEKLY, MONTHLY].iter().flat_map(|expiry| stage.listed(&nifty(), expiry)).collect();
    assert!(near_ones.len() > 20 && near_ones.len() * 3 < all.len(), "{} of {}", near_ones.len(), all.len());
    assert_eq!(stage.units(first.id), near_ones);
    assert_eq!(stage.history_requests(), 1, "one request for both expiries");

    // The future of the monthly expiry is none of those that are left out.
    assert_eq!(first.contracts.total as usize, near_ones.len() + 1);
    assert_eq!(first.left_out as usize, all.len() - near_ones.len());
    assert_eq!(first.plan.strikes.unwrap().words(), "ATM ± 3");
    let strips = engine.jobs().grid(first.id, None, 10).await.unwrap().expiries;
    for (strip, expiry) in strips.iter().zip([MONTHLY, WEEKLY]) {
        let left_out =
            stage.listed(&nifty(), expiry).len() - stage.truly_near(&nifty(), expiry, DAYS.into()).len();
        assert_eq!((strip.left_out as usize, strip.target.expiry), (left_out, day(expiry)));
    }
    let told = lines(&engine, first.id, EventLevel::Info).await;
    let left_out = told.iter().filter(|line| line.contains("beyond them left out")).count();
    assert_eq!(left_out, 2, "{told:?}");
    let end = lines(&engine, first.id, EventLevel::Success).await.pop().unwrap();
    assert!(end.ends_with(&format!("{} contracts beyond ATM ± 3 left out", first.left_out)), "{end}");

    // The expiry is not complete for it.
    let span = protocol::Span { days: DAYS.try_into().unwrap(), interval: Interval::Day };
    let expiries =
        engine.lists().expiries(&nifty(), span, engine::Looker::Program).await.unwrap().value.unwrap();
    let row = expiries.iter().find(|row| row.date == day(WEEKLY)).unwrap();
    assert!(!row.is_complete_for(ContractKinds::Options), "{row:?}");

    let everything = CollectOrder { strikes: None, ..near(&[WEEKLY, MONTHLY], ContractKinds::Both) };
    let second = run(&engine, &everything).await;
    assert_eq!(second.left_out, 0);
    assert_eq!(stage.asked(second.id), &all - &near_ones, "and nothing twice");
    let again = run(&engine, &near(&[WEEKLY, MONTHLY], ContractKinds::Both)).await;
    assert_eq!((again.requests, again.left_out), (0, first.left_out));
    let verified = engine.coverage().verify(None, |_, _| {}).await.unwrap();
    assert!(verified.is_sound(), "{verified:?}");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_minutes_of_the_underlying_spare_the_question() {
    let stage = stage().await;
    let engine = stage.engine().await;
    let months =
        CollectOrder { with_underlying: true, strikes: None, ..near(&[MONTHLY], ContractKinds::Futures) };
    run(&engine, &months).await;
    let before = stage.history_requests();
    let job = run(&engine, &near(&[WEEKLY], ContractKinds::Options)).await;
    assert_eq!(stage.history_requests(), before);
    assert_eq!(stage.units(job.id), stage.truly_near(&nifty(), WEEKLY, DAYS.into()));
    // Of futures alone there is nothing to leave out, and nothing to be learned for it.
    let futures = run(&engine, &near(&[MONTHLY], ContractKinds::Futures)).await;
    assert_eq!((futures.plan.strikes, futures.requests, futures.left_out), (None, 0, 0));
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_underlying_went_cannot_be_learned_all_strikes_are_collected_and_it_is_said() {
    let days = |faults| Faults { path_prefix: NIFTY_DAYS.to_owned(), ..faults };
    for (faults, why) in [
        (Faults { no_history_of: vec![nifty().to_string()], ..Faults::default() }, "UDAPI100011"),
        (
            days(Faults { false_empty: Chance::ALWAYS, ..Faults::default() }),
            "it has no price on the days asked",
        ),
        (
            days(Faults { unreadable_answer: Chance::ALWAYS, ..Faults::default() }),
            "no row of the answer could be taken",
        ),
        (days(Faults { server_error: Chance::first(6), ..Faults::default() }), "6 times in a row"),
    ] {
        let stage = stage().await;
        let engine = stage.engine().await;
        stage.set_faults(faults);
        let job = run(&engine, &near(&[WEEKLY], ContractKinds::Options)).await;
        assert_eq!(stage.units(job.id), stage.listed(&nifty(), WEEKLY), "{why}");
        assert_eq!(job.left_out, 0);
        let told = lines(&engine, job.id, EventLevel::Warning).await;
        let line = told.iter().find(|line| line.contains("the options of all are collected"));
        assert!(line.is_some_and(|line| line.contains(why)), "{why}: {told:?}");
        engine.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_answer_is_asked_again_before_it_is_believed() {
    let stage = stage().await;
    let engine = stage.engine().await;
    stage.set_faults(Faults {
        path_prefix: NIFTY_DAYS.to_owned(),
        false_empty: Chance::first(3),
        ..Faults::default()
    });
    let job = run(&engine, &near(&[WEEKLY], ContractKinds::Options)).await;
    assert_eq!(stage.history_requests(), 4);
    assert_eq!(stage.units(job.id), stage.truly_near(&nifty(), WEEKLY, DAYS.into()));
    engine.close().await.unwrap();
}

/// After a bonus the broker divides what a share cost before, and the strikes of before stay what they were.
#[tokio::test(flavor = "multi_thread")]
async fn prices_that_do_not_fit_the_strikes_choose_none() {
    let stage = stage().await;
    let engine = stage.engine().await;
    let share: InstrumentKey = "NSE_EQ|INE002A01018".parse().unwrap();
    let order = CollectOrder { underlyings: vec![share.clone()], ..near(&[MONTHLY], ContractKinds::Options) };
    stage.set_faults(Faults { adjusted_before: Some(day("2025-09-10")), ..Faults::default() });
    let job = run(&engine, &order).await;
    assert_eq!(stage.units(job.id), stage.listed(&share, MONTHLY));
    let told = lines(&engine, job.id, EventLevel::Warning).await;
    assert!(told.iter().any(|line| line.contains("as after a bonus or a split")), "{told:?}");
    engine.close().await.unwrap();

    let unadjusted = self::stage().await;
    let engine = unadjusted.engine().await;
    let job = run(&engine, &order).await;
    assert_eq!(unadjusted.units(job.id), unadjusted.truly_near(&share, MONTHLY, DAYS.into()));
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_is_decided_once_and_survives_a_restart() {
    let stage = stage().await;
    let engine = stage.engine().await;
    stage.set_faults(Faults {
        path_prefix: "/v2/expired-instruments/historical-candle".to_owned(),
        token_death_after: 5,
        ..Faults::default()
    });
    let job = engine.jobs().create(&near(&[WEEKLY], ContractKinds::Options)).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::WaitingForLogin);
    let left_out = engine.jobs().picture(job).await.unwrap().left_out;
    engine.close().await.unwrap();
    drop(engine);
    assert!(left_out > 0);

    stage.set_faults(Faults { no_history_of: vec![nifty().to_string()], ..Faults::default() });
    stage.simulator.revive_tokens();
    let engine = stage.engine().await;
    engine.session().sign_in(SecretString::from("simulated")).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    assert_eq!(stage.history_requests(), 1);
    stage.set_faults(Faults::default());
    assert_eq!(stage.asked(job), stage.truly_near(&nifty(), WEEKLY, DAYS.into()));
    assert_eq!(engine.jobs().picture(job).await.unwrap().left_out, left_out);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_is_done_again_counts_anew() {
    let stage = stage().await;
    let engine = stage.engine().await;
    // Beside these the list that comes first is seen to be short.
    engine
        .jobs()
        .estimate(&near(&["2025-07-31", "2025-08-07", "2025-08-14"], ContractKinds::Options))
        .await
        .unwrap();
    stage.set_faults(Faults { short_contracts: Chance::first(3), ..Faults::default() });
    let job = engine.jobs().create(&near(&[WEEKLY], ContractKinds::Options)).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::CompletedWithFailures));
    let short = engine.jobs().picture(job).await.unwrap();
    engine.jobs().tell(job, JobCommand::Retry).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    let whole = engine.jobs().picture(job).await.unwrap();
    let units = stage.units(job);
    assert!(units.is_superset(&stage.truly_near(&nifty(), WEEKLY, DAYS.into())));
    assert!(short.contracts.total > 0 && short.left_out < whole.left_out, "{short:?}");
    assert_eq!(whole.left_out as usize, stage.listed(&nifty(), WEEKLY).len() - units.len());
    assert_eq!(stage.history_requests(), 1);
    engine.close().await.unwrap();
}

/// Beyond the last strike that was asked for nobody knows whether anything traded: it vouches for no emptiness.
#[tokio::test(flavor = "multi_thread")]
async fn strikes_that_are_left_out_say_nothing_of_those_beside_them() {
    let stage = stage().await;
    let engine = stage.engine().await;
    let contracts = stage.simulator.oracle().contracts(&nifty(), day(WEEKLY), ContractKinds::Options);
    let near_ones = stage.truly_near(&nifty(), WEEKLY, 3);
    let calls = contracts.iter().filter(|contract| {
        contract.kind == market::ContractKind::Call && near_ones.contains(&contract.expired_key)
    });
    let outermost = calls.max_by_key(|call| call.strike).unwrap();
    let path = outermost.expired_key.to_string().replace('|', "%7C");
    stage.set_faults(Faults {
        path_prefix: format!("/v2/expired-instruments/historical-candle/{path}"),
        false_empty: Chance::first(3),
        ..Faults::default()
    });
    let order = CollectOrder {
        interval: Interval::Minute1,
        days: 3.try_into().unwrap(),
        ..near(&[WEEKLY], ContractKinds::Options)
    };
    let job = run(&engine, &order).await;
    assert_eq!(stage.asked(job.id), near_ones);
    let stored = engine.market_data().contract_rows(&nifty(), day(WEEKLY), Interval::Minute1).await.unwrap();
    let row = stored.iter().find(|row| row.contract.expired_key == outermost.expired_key).unwrap();
    assert!(row.candles > 100, "{row:?}");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estimate_is_a_range_until_it_is_known_where_the_underlying_went() {
    let stage = stage().await;
    let engine = stage.engine().await;
    let order = CollectOrder { interval: Interval::Minute1, ..near(&[WEEKLY], ContractKinds::Options) };
    let all = stage.listed(&nifty(), WEEKLY).len() as u64;
    let near_ones = stage.truly_near(&nifty(), WEEKLY, DAYS.into());
    let before = engine.jobs().estimate(&order).await.unwrap();
    assert_eq!((before.contracts_low, before.contracts_high), (2 * 7, all));
    assert!((before.contracts_low..before.contracts_high).contains(&(near_ones.len() as u64)));
    assert!(before.requests_low < before.requests && before.requests < before.requests_high);

    // The days are learned by an order of another interval.
    run(&engine, &near(&[WEEKLY], ContractKinds::Options)).await;
    let after = engine.jobs().estimate(&order).await.unwrap();
    let count = near_ones.len() as u64;
    assert_eq!([after.contracts_low, after.contracts, after.contracts_high], [count; 3]);
    assert_eq!(after.requests_low, after.requests_high);
    assert!(after.requests >= count && after.requests <= count + 3, "{after:?}");
    let first = day(WEEKLY).plus_days(-i64::from(DAYS));
    let oracle = stage.simulator.oracle();
    let candles = |key: &ExpiredKey| oracle.candles(key, Interval::Minute1, first, day(WEEKLY)).len() as u64;
    let truth: u64 = near_ones.iter().map(candles).sum();
    for estimate in [&before, &after] {
        assert!((estimate.candles_low..=estimate.candles_high).contains(&truth), "{truth}: {estimate:?}");
    }
    assert!(truth.abs_diff(after.candles) * 3 < truth, "{truth}: {after:?}");

    // More expiries than are listed for an estimate.
    let many = CollectOrder { expiries: protocol::ExpiryChoice::Last(20), ..order };
    let many = engine.jobs().estimate(&many).await.unwrap();
    assert!(many.contracts_low >= 19 * 14 && many.contracts_low * 4 < many.contracts_high, "{many:?}");
    assert_eq!(many.candle_basis, CandleBasis::Typical);
    engine.close().await.unwrap();
}

/// The exchange's day is over, and no history tells of it yet: the money of that day is not known.
#[tokio::test(flavor = "multi_thread")]
async fn an_expiry_whose_day_is_not_history_yet_is_taken_whole() {
    let stage = Stage::with(SimulatorOptions {
        limits: None,
        today: day("2025-08-22"),
        ..SimulatorOptions::default()
    })
    .await;
    let evening = market::EpochSeconds::parse_rfc3339("2025-08-22T05:00:00+05:30").unwrap();
    let clock = engine::VirtualClock::new(ratelimit::WallTime::from_millis(evening.0 * 1000));
    let engine = stage.engine_at(std::sync::Arc::new(clock)).await;
    let job = run(&engine, &near(&[WEEKLY], ContractKinds::Options)).await;
    assert_eq!(stage.units(job.id), stage.listed(&nifty(), WEEKLY));
    let told = lines(&engine, job.id, EventLevel::Warning).await;
    assert!(told.iter().any(|line| line.contains("its prices of 21 Aug 2025 are not known")), "{told:?}");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_of_strikes_near_the_money_is_done_once_it_has_them() {
    let stage = stage().await;
    let engine = stage.engine().await;
    let rule = ScheduleRule {
        underlyings: vec![nifty()],
        expiries: ExpiryCycle::Monthly,
        kinds: ContractKinds::Options,
        strikes: Some(EACH_SIDE.try_into().unwrap()),
        interval: Interval::Day,
        days: DAYS.try_into().unwrap(),
        with_underlying: false,
        publish: false,
        when: ScheduleTime::Cron("30 7 1 1 *".to_owned()),
    };
    let schedule = ScheduleOrder { name: None, rule: rule.clone() };
    let schedule = engine.schedules().add(&schedule).await.unwrap();
    let run_now = async || engine.schedules().run_now(schedule.id).await.unwrap().last_run.unwrap();
    let job = run_now().await.job.unwrap();
    assert_eq!(run_now().await.outcome, RunOutcome::NothingNew, "a job that waits brings it");
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    assert_eq!(engine.jobs().picture(job).await.unwrap().plan.strikes, rule.strikes);
    assert_eq!(stage.units(job), stage.truly_near(&nifty(), MONTHLY, DAYS.into()));
    assert_eq!(run_now().await.outcome, RunOutcome::NothingNew);

    let wider = ScheduleRule { strikes: Some((EACH_SIDE + 1).try_into().unwrap()), ..rule };
    engine.schedules().change(schedule.id, &ScheduleOrder { name: None, rule: wider }).await.unwrap();
    let more = run_now().await.job.unwrap();
    assert_eq!(engine.jobs().run(more).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    assert_eq!(stage.asked(more).len(), 4, "a call and a put on each side");
    engine.close().await.unwrap();
}
