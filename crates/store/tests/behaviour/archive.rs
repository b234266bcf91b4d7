//! Candles of an expiry that were moved into the lake are read from there by everything, and nobody can tell. The lake
//! of these tests is a map; what its files look like is not the store's.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

use market::{
    Candle, Contract, ContractKind, ContractKinds, Day, DayRange, EpochSeconds, Interval, Price, Prices,
    Strike, Underlying, UnderlyingKind,
};
use protocol::SqlAnswer;
use store::{
    AnsweredRange, Archive, ArchiveError, ArchiveStep, ArchivedCandles, ArchivedFile, ContractId, ExpiryId,
    NewAnswer, NewContract, Outcome, RowGroups, SourceKind, SqlError, SqlStop, Store, StoreError,
    UnderlyingId,
};
use tempfile::TempDir;

use crate::common::{audit, keep_contracts, keep_expiries};

const EXPIRY: &str = "2025-08-28";
/// Two series each: more than one step moves.
const CONTRACTS: u32 = 130;
const INTERVALS: [Interval; 2] = [Interval::Minute1, Interval::Minute5];

/// What lies in the lake, some series a row group, of which a contract may have two; `None`: it is gone.
#[derive(Clone, Default)]
struct MapLake(Arc<Mutex<HashMap<String, Option<Vec<ArchivedCandles>>>>>);

const SERIES_OF_A_GROUP: usize = 5;

impl MapLake {
    fn of(&self, file: &ArchivedFile) -> Result<Vec<ArchivedCandles>, ArchiveError> {
        let missing = || file.missing();
        self.0.lock().unwrap().get(&file.path).cloned().flatten().ok_or_else(missing)
    }

    fn put(&self, path: &str, all: Option<Vec<ArchivedCandles>>) {
        self.0.lock().unwrap().insert(path.to_owned(), all);
    }
}

impl Archive for MapLake {
    fn groups_of(&self, file: &ArchivedFile, expired_key: &str) -> Result<Option<RowGroups>, ArchiveError> {
        let all = self.of(file)?;
        let is_it = |series: &ArchivedCandles| series.expired_key == expired_key;
        let found = all.iter().position(is_it).zip(all.iter().rposition(is_it));
        let group = |series: usize| (series / SERIES_OF_A_GROUP) as u32;
        Ok(found.map(|(first, last)| group(first)..=group(last)))
    }

    fn sha256(&self, file: &ArchivedFile) -> Result<[u8; 32], ArchiveError> {
        self.of(file).map(|_| file.sha256)
    }

    fn read_group(&self, file: &ArchivedFile, group: u32) -> Result<Vec<ArchivedCandles>, ArchiveError> {
        let gone = || file.changed("it has fewer row groups");
        Ok(self.of(file)?.chunks(SERIES_OF_A_GROUP).nth(group as usize).ok_or_else(gone)?.to_vec())
    }
}

struct Stage {
    store: Store,
    data: TempDir,
    lake: MapLake,
    underlying: UnderlyingId,
    expiry: ExpiryId,
    at: EpochSeconds,
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn file() -> ArchivedFile {
    let (place, path) = ("/lake".to_owned(), "candles/part-0.parquet".to_owned());
    ArchivedFile { place, path, bytes: 9, sha256: [3; 32] }
}

fn candle(day: Day, minute: u16, seed: i64) -> Candle {
    // Some contracts have prices finer than a paisa.
    let step = if seed % 7 == 0 { 1 } else { Price::PER_PAISA };
    let price = |of: i64| Price(Price::PER_RUPEE * 10 + step * ((seed * 31 + i64::from(minute) * of) % 97));
    let mut four = [price(3), price(5), price(11), price(13)];
    four.sort();
    let [low, open, close, high] = four;
    Candle {
        start: day.at_minute(minute),
        prices: Prices { open, high, low, close },
        volume: if (seed + i64::from(minute)) % 5 == 0 { 0 } else { 75 },
        open_interest: 75 * seed,
    }
}

impl Stage {
    async fn new() -> Self {
        let data = TempDir::new().unwrap();
        let store = Store::open(data.path(), SourceKind::Other).await.unwrap();
        let lake = MapLake::default();
        store.set_archive(Box::new(lake.clone()));
        let at = day("2025-09-10").at_minute(600);
        let nifty = Underlying {
            key: "NSE_INDEX|Nifty 50".parse().unwrap(),
            symbol: "NIFTY".to_owned(),
            name: "Nifty 50".to_owned(),
            kind: UnderlyingKind::Index,
        };
        store.put_underlyings(std::slice::from_ref(&nifty), at).await.unwrap();
        let (underlying, _) = store.underlying(&nifty.key).await.unwrap().unwrap();
        keep_expiries(&store, underlying, &[day(EXPIRY)], at).await;
        let expiry = store.expiries(underlying).await.unwrap()[0].id;
        let stage = Self { store, data, lake, underlying, expiry, at };
        let contracts: Vec<_> = (1..=CONTRACTS).map(contract).collect();
        keep_contracts(&stage.store, expiry, day(EXPIRY), &contracts, at).await;
        for (seed, contract) in stage.contracts().await.into_iter().enumerate() {
            for interval in INTERVALS {
                stage.collect(contract, interval, seed as i64).await.unwrap();
            }
        }
        stage.publish().await;
        stage
    }

    async fn contracts(&self) -> Vec<ContractId> {
        let contracts = self.store.contracts(self.expiry, ContractKinds::Both).await.unwrap();
        contracts.into_iter().map(|stored| stored.id).collect()
    }

    async fn collect(&self, contract: ContractId, interval: Interval, seed: i64) -> Result<(), StoreError> {
        let range = DayRange::new(day("2025-08-26"), day(EXPIRY)).unwrap();
        let minutes = if interval == Interval::Minute1 { [556, 557, 560] } else { [555, 560, 565] };
        let candles = range.days().flat_map(|day| minutes.map(|minute| candle(day, minute, seed))).collect();
        let answer = NewAnswer {
            owner: contract.into(),
            interval,
            audit: store::AuditEntry { interval: Some(interval), ..audit("historical-candle", self.at) },
            ranges: vec![AnsweredRange { range, outcome: Outcome::Rows, provisional: false }],
            candles,
            quarantined: Vec::new(),
            events: Vec::new(),
        };
        self.store.commit_answer(answer).await.map(drop)
    }

    /// Everything that is stored, into the lake.
    async fn publish(&self) {
        let mut all = Vec::new();
        for stored in self.store.contracts(self.expiry, ContractKinds::Both).await.unwrap() {
            for interval in INTERVALS {
                let series = self.store.series(stored.id.into(), interval).await.unwrap().unwrap();
                let candles = self.candles(series).await;
                let expired_key = stored.contract.expired_key.to_string();
                all.push(ArchivedCandles { expired_key, interval, candles });
            }
        }
        self.lake.put(&file().path, Some(all));
    }

    async fn candles(&self, series: store::SeriesId) -> Vec<Candle> {
        self.store.candles(series, EpochSeconds(i64::MIN), EpochSeconds(i64::MAX)).await.unwrap()
    }

    async fn step(&self) -> Result<ArchiveStep, StoreError> {
        self.store.archive_step(self.expiry, &file(), self.at).await
    }

    async fn archive(&self) {
        while let ArchiveStep::Moved { .. } = self.step().await.unwrap() {}
    }

    /// All that is told of candles, in words.
    async fn told(&self) -> String {
        let (store, mut told) = (&self.store, String::new());
        let (days, expiry) = (DayRange::new(day("2025-08-20"), day("2025-09-01")).unwrap(), self.expiry);
        for series in store.all_series(None).await.unwrap() {
            let is_minutes = series.interval != "day";
            writeln!(told, "{series:?} {:?}", self.candles(series.id).await).unwrap();
            let between = (day("2025-08-27").start(), day("2025-08-27").at_minute(560));
            writeln!(told, "{:?}", store.candles(series.id, between.0, between.1).await.unwrap()).unwrap();
            writeln!(told, "{:?}", store.extremes_of_days(series.id, days).await.unwrap()).unwrap();
            writeln!(told, "{:?}", store.counted_days(series.id, is_minutes).await.unwrap()).unwrap();
        }
        for date in days.days() {
            let minutes = store.expiry_minutes(expiry, self.underlying, date, None).await.unwrap();
            writeln!(told, "{minutes:?}").unwrap();
            let at = date.at_minute(558);
            writeln!(told, "{:?}", store.expiry_standing(expiry, self.underlying, at).await.unwrap())
                .unwrap();
        }
        let within = day(EXPIRY).start()..day(EXPIRY).next().start();
        writeln!(told, "{:?}", store.last_common_minutes(expiry, within.clone()).await.unwrap()).unwrap();
        for contract in self.contracts().await {
            let spans = vec![within.clone(), day("2025-08-26").start()..day("2025-08-26").at_minute(557)];
            let counted =
                store.candles_within(Interval::Minute1, vec![(contract.into(), spans)]).await.unwrap();
            writeln!(told, "{counted:?}").unwrap();
            let seen = store.minutes_seen(contract, Interval::Minute1, day(EXPIRY)).await.unwrap();
            writeln!(told, "{seen:?}").unwrap();
        }
        writeln!(told, "{:?}", store.contract_stats(expiry, Interval::Minute1).await.unwrap()).unwrap();
        writeln!(told, "{:?}", store.expiry_stats(self.underlying, Interval::Minute1).await.unwrap())
            .unwrap();
        writeln!(told, "{:?}", store.figures().await.unwrap()).unwrap();
        assert_eq!(store.wrong_totals().await.unwrap(), []);
        told
    }

    fn rows_in_file(&self) -> i64 {
        let connection = rusqlite::Connection::open(self.data.path().join("expirytrack.db")).unwrap();
        connection.query_row("SELECT count(*) FROM candle", [], |row| row.get(0)).unwrap()
    }

    /// As if so many more were stored: estimates rest on the totals.
    fn count_each_series_as(&self, candles: i64) {
        let connection = rusqlite::Connection::open(self.data.path().join("expirytrack.db")).unwrap();
        connection.execute("UPDATE series SET candles = ?", [candles]).unwrap();
    }

    /// Without leave to read however much.
    async fn ask(&self, sql: &str) -> Result<SqlAnswer, SqlError> {
        self.store.run_sql(sql.to_owned(), 1_000, false, SqlStop::default()).await
    }
}

fn contract(token: u32) -> NewContract {
    let (kind, strike) = match token {
        1 => (ContractKind::Future, None),
        _ if token.is_multiple_of(2) => (ContractKind::Call, Some(f64::from(20_000 + token * 50))),
        _ => (ContractKind::Put, Some(f64::from(20_000 + (token - 1) * 50))),
    };
    let contract = Contract {
        expired_key: format!("NSE_FO|{token}|{}", day(EXPIRY).to_key_text()).parse().unwrap(),
        underlying_key: "NSE_INDEX|Nifty 50".parse().unwrap(),
        expiry: day(EXPIRY),
        kind,
        strike: strike.map(|rupees| Strike::from_rupees(rupees).unwrap()),
        trading_symbol: format!("NIFTY {token} {kind}"),
        lot_size: 75,
        tick_size: 5,
        weekly: Some(true),
    };
    NewContract { contract, raw: "{}".to_owned() }
}

#[tokio::test]
async fn the_same_is_told_at_every_step_into_the_lake_and_back() {
    let stage = Stage::new().await;
    let (before, all) = (stage.told().await, stage.rows_in_file());
    assert_eq!(all, i64::from(CONTRACTS) * 2 * 9);
    let mut steps = 0;
    while let ArchiveStep::Moved { candles } = stage.step().await.unwrap() {
        assert!(candles > 0);
        steps += 1;
        // As it would be found after a crash between two steps.
        assert_eq!(stage.told().await, before, "after step {steps}");
        let archived = stage.store.archived(Some(stage.underlying)).await.unwrap().remove(0);
        assert_eq!(archived.candles as i64, all - stage.rows_in_file());
        assert_eq!(stage.store.candles_here(stage.expiry).await.unwrap() as i64, stage.rows_in_file());
    }
    assert!(steps >= 2 && stage.rows_in_file() == 0, "{steps}");
    steps = 0;
    while let ArchiveStep::Moved { .. } = stage.store.unarchive_step(stage.expiry).await.unwrap() {
        steps += 1;
        assert_eq!(stage.told().await, before, "after step {steps} back");
    }
    assert!(steps >= 2 && stage.rows_in_file() == all, "{steps}");
    assert_eq!(stage.store.archived(None).await.unwrap(), []);
    stage.collect(stage.contracts().await[0], Interval::Minute1, 5).await.unwrap();
}

#[tokio::test]
async fn who_opens_the_database_again_or_reads_beside_its_owner_is_told_the_same() {
    let stage = Stage::new().await;
    let contract = stage.contracts().await[3];
    let beside = Store::open_for_reading(stage.data.path()).await.unwrap();
    beside.set_archive(Box::new(stage.lake.clone()));
    let series = beside.series(contract.into(), Interval::Minute1).await.unwrap().unwrap();
    let all = (EpochSeconds(i64::MIN), EpochSeconds(i64::MAX));
    let before = beside.candles(series, all.0, all.1).await.unwrap();
    assert_eq!(before.len(), 9);
    stage.archive().await;
    // Its connection is the one of before.
    assert_eq!(beside.candles(series, all.0, all.1).await.unwrap(), before);
    stage.store.close().await.unwrap();
    let again = Store::open(stage.data.path(), SourceKind::Other).await.unwrap();
    // Nobody has said where the lake is.
    let refused = again.candles(series, all.0, all.1).await.unwrap_err();
    assert!(matches!(refused, StoreError::Archive(ArchiveError::NoLake { .. })), "{refused}");
    again.set_archive(Box::new(stage.lake.clone()));
    assert_eq!(again.candles(series, all.0, all.1).await.unwrap(), before);
}

#[tokio::test]
async fn a_persons_own_sql_reads_the_lake_and_is_told_where_it_is_lost() {
    let stage = Stage::new().await;
    let told = async || {
        let mut told = String::new();
        for sql in [
            "SELECT * FROM historical_data ORDER BY expired_instrument_key, epoch",
            "SELECT * FROM historical_data_all WHERE expired_instrument_key = 'NSE_FO|7|28-08-2025' ORDER BY 2, 3",
            "SELECT series_id, count(*), min(low), max(high) FROM candle GROUP BY 1 ORDER BY 1",
        ] {
            let answer = stage.store.run_sql(sql.to_owned(), 5_000, true, SqlStop::default()).await;
            writeln!(told, "{:?}", answer.unwrap().rows).unwrap();
        }
        told
    };
    let before = told().await;
    assert!(before.len() > 50_000);
    stage.archive().await;
    assert_eq!(told().await, before);
    stage.lake.put(&file().path, None);
    let beside = Store::open_for_reading(stage.data.path()).await.unwrap();
    beside.set_archive(Box::new(stage.lake.clone()));
    let sql = "SELECT sum(volume) FROM historical_data".to_owned();
    let lost = beside.run_sql(sql, 10, true, SqlStop::default()).await.unwrap_err();
    assert!(lost.to_string().contains("is missing"), "{lost}");
}

#[tokio::test]
async fn what_lies_in_the_lake_is_not_written_to() {
    let stage = Stage::new().await;
    stage.archive().await;
    let before = stage.told().await;
    let refused = stage.collect(stage.contracts().await[0], Interval::Minute1, 5).await.unwrap_err();
    let sentence = "the candles of Nifty 50 2025-08-28 lie in the lake, and nothing of it can be changed";
    assert!(refused.to_string().starts_with(sentence), "{refused}");
    // A contract's first answer in another interval is one of the expiry, too.
    let refused = stage.collect(stage.contracts().await[0], Interval::Minute3, 5).await.unwrap_err();
    assert!(matches!(refused, StoreError::Archived { .. }), "{refused}");
    assert_eq!(stage.told().await, before);
}

#[tokio::test]
async fn nothing_leaves_the_file_where_the_lake_has_other_rows_or_none() {
    let stage = Stage::new().await;
    let (before, all) = (stage.told().await, stage.rows_in_file());
    let published = stage.lake.of(&file()).unwrap();
    let mut other = published.clone();
    // Of the last contract of the first step: what was moved before it in the step is taken back.
    other[150].candles[4].prices.close = Price(other[150].candles[4].prices.close.0 + 1);
    stage.lake.put(&file().path, Some(other));
    let refused = stage.step().await.unwrap_err();
    assert!(matches!(refused, StoreError::LakeDiffers { .. }), "{refused}");
    assert_eq!(stage.rows_in_file(), all);
    stage.lake.put(&file().path, Some(Vec::new()));
    let elsewhere = ArchivedFile { sha256: [4; 32], ..file() };
    let refused = stage.store.archive_step(stage.expiry, &elsewhere, stage.at).await.unwrap_err();
    assert!(matches!(refused, StoreError::LakeDiffers { .. }), "{refused}");
    assert_eq!((stage.rows_in_file(), stage.told().await), (all, before));
}

#[tokio::test]
async fn a_lake_that_was_lost_or_changed_is_an_error_and_never_an_empty_answer() {
    let stage = Stage::new().await;
    stage.archive().await;
    let published = stage.lake.of(&file()).unwrap();
    let contract = stage.contracts().await[3];
    // Whoever asks anew: the cache of before would answer rightly.
    let fresh = || async {
        let store = Store::open_for_reading(stage.data.path()).await.unwrap();
        store.set_archive(Box::new(stage.lake.clone()));
        store
    };
    let mut changed = published.clone();
    for series in &mut changed {
        series.candles[0].volume += 1;
    }
    let mut shorter = published.clone();
    for series in &mut shorter {
        series.candles.pop();
    }
    for (lake, is_missing) in
        [(None, true), (Some(Vec::new()), false), (Some(changed), false), (Some(shorter), false)]
    {
        stage.lake.put(&file().path, lake);
        let store = fresh().await;
        let series = store.series(contract.into(), Interval::Minute1).await.unwrap().unwrap();
        let days = DayRange::new(day(EXPIRY), day(EXPIRY)).unwrap();
        let errors = [
            store.candles(series, EpochSeconds(0), EpochSeconds(i64::MAX)).await.err(),
            store.extremes_of_days(series, days).await.err(),
            store.expiry_minutes(stage.expiry, stage.underlying, day(EXPIRY), None).await.err(),
            store.expiry_standing(stage.expiry, stage.underlying, day(EXPIRY).at_minute(600)).await.err(),
            store.minutes_seen(contract, Interval::Minute1, day(EXPIRY)).await.err(),
            store.counted_days(series, true).await.err(),
        ];
        for error in errors {
            match error.unwrap() {
                StoreError::Archive(ArchiveError::Missing { .. }) => assert!(is_missing),
                StoreError::Archive(ArchiveError::Changed { .. }) => assert!(!is_missing),
                other => panic!("{other}"),
            }
        }
    }
    stage.lake.put(&file().path, Some(published));
    let store = fresh().await;
    let series = store.series(contract.into(), Interval::Minute1).await.unwrap().unwrap();
    assert_eq!(store.candles(series, EpochSeconds(0), EpochSeconds(i64::MAX)).await.unwrap().len(), 9);
}

#[tokio::test]
async fn what_a_query_to_begin_with_reads_is_no_more_in_the_lake() {
    let stage = Stage::new().await;
    let queries = Store::sql_schema().queries;
    let reads = async || {
        let mut reads = Vec::new();
        for query in &queries {
            let answer = stage.store.run_sql(query.sql.clone(), 1_000, true, SqlStop::default()).await;
            let answer = answer.unwrap_or_else(|error| panic!("{}: {error}", query.name));
            let plan: Vec<_> =
                answer.plan.iter().map(|step| format!("{:>2} {}", step.depth, step.words)).collect();
            reads.push((query.name.clone(), answer.reads, plan.join("\n")));
        }
        reads
    };
    let before = reads().await;
    stage.archive().await;
    let mut more = Vec::new();
    for ((name, before, plan_before), (_, after, plan)) in before.into_iter().zip(reads().await) {
        // What was found by an index is gone through neither here nor in the lake.
        let made =
            ["candle", "historical_data"].map(|of| [format!("CO-ROUTINE {of}"), format!("MATERIALIZE {of}")]);
        let goes_through = made.iter().flatten().any(|step| plan.contains(step.as_str()));
        if after != before || goes_through && !plan_before.contains("SCAN candle") {
            more.push(format!("{name}: {before:?}, in the lake {after:?}\n{plan_before}\n\n{plan}"));
        }
    }
    assert!(more.is_empty(), "{}", more.join("\n\n"));
}

/// Five million candles, all of one expiry.
const CANDLES_OF_EACH: i64 = 20_000;

#[tokio::test]
async fn a_query_to_begin_with_runs_unasked_however_much_is_stored() {
    let (here, in_lake) = (Stage::new().await, Stage::new().await);
    in_lake.archive().await;
    for (stage, place) in [(here, "here"), (in_lake, "in the lake")] {
        stage.count_each_series_as(CANDLES_OF_EACH);
        for query in Store::sql_schema().queries {
            let answer = stage.ask(&query.sql).await;
            assert!(answer.is_ok(), "{} {place}: {}", query.name, answer.unwrap_err());
        }
        let of_all = stage.ask("SELECT count(*) FROM candle").await.unwrap_err().to_string();
        assert!(of_all.starts_with("it would read up to 5200000 candles"), "{place}: {of_all}");
        let whole = "SELECT * FROM contracts c JOIN historical_data h USING (expired_instrument_key)
                     WHERE c.instrument_key = 'NSE_INDEX|Nifty 50' AND c.expiry_date = '2025-08-28'";
        let of_expiry = stage.ask(whole).await.unwrap_err().to_string();
        assert!(of_expiry.contains("goes through the contracts of an expiry"), "{place}: {of_expiry}");
    }
}

#[tokio::test]
async fn what_sums_candles_of_a_contract_finds_them_by_its_key_in_the_lake_too() {
    let stage = Stage::new().await;
    let key = "expired_instrument_key = 'NSE_FO|7|28-08-2025'";
    let by_key = [
        "SELECT count(*), sum(volume), min(low) FROM historical_data WHERE trading_symbol = 'NIFTY 7 PE'"
            .to_owned(),
        format!(
            "SELECT interval, count(*), max(high) FROM historical_data_all WHERE {key} GROUP BY 1 ORDER BY 1"
        ),
        format!("SELECT DISTINCT close FROM historical_data WHERE {key} AND epoch > 5 ORDER BY close"),
    ];
    let of_expiry = "FROM contracts c JOIN historical_data h USING (expired_instrument_key)
                     WHERE c.instrument_key = 'NSE_INDEX|Nifty 50' AND c.expiry_date = '2025-08-28'
                       AND h.epoch BETWEEN 5 AND 9000000000";
    let summed = format!("SELECT sum(h.volume) {of_expiry}");
    let mut before = Vec::new();
    for sql in by_key.iter().chain([&summed]) {
        before.push(stage.ask(sql).await.unwrap().rows);
    }
    stage.archive().await;
    stage.count_each_series_as(CANDLES_OF_EACH);
    for (sql, before) in by_key.iter().zip(&before) {
        let answer = stage.ask(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!((&answer.rows, answer.reads.candles), (before, Some(20_000)), "{sql}: {:#?}", answer.plan);
    }
    // What joins and sums at once is told why it reads much, and what to write instead.
    let told = stage.ask(&summed).await.unwrap_err().to_string();
    assert!(told.contains("expiries lie in the lake") && told.contains("AS MATERIALIZED"), "{told}");
    let taken =
        format!("WITH taken AS MATERIALIZED (SELECT h.volume {of_expiry}) SELECT sum(volume) FROM taken");
    assert_eq!(Some(&stage.ask(&taken).await.unwrap().rows), before.last());
}
