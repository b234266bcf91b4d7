//! What is counted of silent options, and what is opened again: answers of the broker, in the interval that was asked.

use crate::common::{audit, keep_contracts, keep_expiries};
use market::{
    Contract, ContractKind, ContractKinds, Day, DayRange, EpochSeconds, Interval, Strike, Underlying,
};
use store::{
    AnsweredRange, AuditEntry, ContractId, ExpiryId, NewAnswer, NewContract, NewSilence, Outcome,
    SilentSession, SourceKind, Store, WITNESS_SPACING_SECONDS,
};
use tempfile::TempDir;

const EXPIRY: &str = "2025-08-28";
const NOW: EpochSeconds = EpochSeconds(1_758_000_000);

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// The last days of the expiry, from this one on.
fn days_from(text: &str) -> DayRange {
    DayRange::new(day(text), day(EXPIRY)).unwrap()
}

struct Stage {
    store: Store,
    _data: TempDir,
    expiry: ExpiryId,
    option: ContractId,
    job: i64,
}

impl Stage {
    async fn new() -> Self {
        let data = TempDir::new().unwrap();
        let store = Store::open(data.path(), SourceKind::Other).await.unwrap();
        store.put_underlyings(&Underlying::indices(), NOW).await.unwrap();
        let key = Underlying::indices().remove(0).key;
        let (underlying, _) = store.underlying(&key).await.unwrap().unwrap();
        keep_expiries(&store, underlying, &[day(EXPIRY)], NOW).await;
        let expiry = store.expiry(underlying, day(EXPIRY)).await.unwrap().unwrap().id;
        let contract = Contract {
            expired_key: format!("NSE_FO|1|{}", day(EXPIRY).to_key_text()).parse().unwrap(),
            underlying_key: key,
            expiry: day(EXPIRY),
            kind: ContractKind::Call,
            strike: Some(Strike::from_rupees(24_000.0).unwrap()),
            trading_symbol: "NIFTY 24000 CE 28 AUG 25".to_owned(),
            lot_size: 75,
            tick_size: 5,
            weekly: Some(false),
        };
        let contracts = [NewContract { contract, raw: "{}".to_owned() }];
        keep_contracts(&store, expiry, day(EXPIRY), &contracts, NOW).await;
        let option = store.contracts(expiry, ContractKinds::Options).await.unwrap()[0].id;
        let job = store.create_job("Nifty 50", "{}", &[expiry], NOW).await.unwrap();
        Self { store, _data: data, expiry, option, job }
    }

    /// The broker answers for these days without a row, so long after the first answer.
    async fn answered(&self, interval: Interval, range: DayRange, seconds: i64) {
        let at = EpochSeconds(NOW.0 + seconds);
        let audit = AuditEntry { interval: Some(interval), ..audit("historical-candle", at) };
        let ranges = vec![AnsweredRange { range, outcome: Outcome::Empty, provisional: false }];
        let (candles, quarantined, events) = (Vec::new(), Vec::new(), Vec::new());
        let owner = self.option.into();
        let answer = NewAnswer { owner, interval, audit, ranges, candles, quarantined, events };
        self.store.commit_answer(answer).await.unwrap();
    }

    /// Somebody looks at the last session. How many answers agree.
    async fn doubted(&self) -> u32 {
        let silence = NewSilence {
            job: self.job,
            expiry: self.expiry,
            interval: Interval::Minute1,
            sessions: vec![SilentSession { day: day(EXPIRY), contracts: vec![self.option] }],
            believed_after: 4,
            error: "silent".to_owned(),
        };
        let witnessed = self.store.doubt_silence(silence).await.unwrap();
        assert_eq!((witnessed.len(), witnessed[0].0), (1, day(EXPIRY)));
        witnessed[0].1
    }

    async fn covered(&self, interval: Interval) -> Vec<DayRange> {
        self.store.covered_ranges(self.option.into(), interval).await.unwrap()
    }
}

#[tokio::test]
async fn an_answer_is_a_witness_and_a_look_is_none() {
    let stage = Stage::new().await;
    stage.answered(Interval::Minute1, days_from("2025-08-26"), 0).await;
    for _ in 0..3 {
        assert_eq!(stage.doubted().await, 1, "one answer, however often it is looked at");
    }
    let session = DayRange::single(day(EXPIRY));
    stage.answered(Interval::Minute1, session, WITNESS_SPACING_SECONDS - 1).await;
    assert_eq!(stage.doubted().await, 1, "too soon after the first");
    stage.answered(Interval::Day, session, WITNESS_SPACING_SECONDS).await;
    assert_eq!(stage.doubted().await, 1, "of another interval");
    stage.answered(Interval::Minute1, session, WITNESS_SPACING_SECONDS).await;
    assert_eq!(stage.doubted().await, 2);
}

#[tokio::test]
async fn a_silent_day_is_open_again_in_the_interval_that_was_looked_at() {
    let stage = Stage::new().await;
    for interval in [Interval::Minute1, Interval::Day] {
        stage.answered(interval, days_from("2025-08-26"), 0).await;
    }
    assert_eq!(stage.doubted().await, 1);
    let before = DayRange::new(day("2025-08-26"), day("2025-08-27")).unwrap();
    assert_eq!(stage.covered(Interval::Minute1).await, [before]);
    assert_eq!(stage.covered(Interval::Day).await, [days_from("2025-08-26")]);
}

#[tokio::test]
async fn an_option_says_for_which_days_it_was_answered() {
    let stage = Stage::new().await;
    stage.answered(Interval::Minute1, days_from("2025-08-28"), 0).await;
    let days = days_from("2025-08-26");
    let asked = stage.store.asked_options(stage.job, stage.expiry, Interval::Minute1, days).await.unwrap();
    assert_eq!((asked.len(), asked[0].has_rows), (1, false));
    assert_eq!(asked[0].answered, [days_from("2025-08-28")]);
}
