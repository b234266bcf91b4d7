//! What the engine's tests share: a simulator over real HTTP, an engine over a real database.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::allow_attributes, reason = "an unused helper is expected in some binaries only")]
#![allow(clippy::unwrap_used, reason = "a test says what broke by panicking")]

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use engine::{BrokerAddress, Clock, Engine, EngineConfig, Limits, SecretString, Source};
use market::{Candle, ContractKinds, Day, InstrumentKey, Interval};
use protocol::{CollectOrder, ExpiryChoice};
use rusqlite::Connection;
use simulator::{Faults, Simulator, SimulatorOptions};
use tempfile::TempDir;

pub struct Stage {
    pub simulator: Simulator,
    pub address: BrokerAddress,
    pub data: TempDir,
}

pub fn nifty() -> InstrumentKey {
    "NSE_INDEX|Nifty 50".parse().unwrap()
}

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

impl Stage {
    /// A market whose ladder reaches the forward wherever the price went: there is a strike at the money.
    pub async fn wide() -> Self {
        let wide =
            SimulatorOptions { limits: None, strikes_each_side_max: Some(14), ..SimulatorOptions::default() };
        Self::with(wide).await
    }

    /// A small market: at most six strikes each side, no limits.
    pub async fn new() -> Self {
        Self::with(SimulatorOptions {
            limits: None,
            strikes_each_side_max: Some(6),
            ..SimulatorOptions::default()
        })
        .await
    }

    pub async fn with(options: SimulatorOptions) -> Self {
        let simulator = Simulator::new(options).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(simulator.clone().serve(listener, std::future::pending()));
        Self { simulator, address, data: TempDir::new().unwrap() }
    }

    pub fn config(&self) -> EngineConfig {
        let source = Source::Broker(self.address.clone());
        EngineConfig::real(self.data.path().to_owned(), source, Limits::off()).unwrap()
    }

    pub async fn engine(&self) -> Engine {
        self.open(self.config()).await
    }

    pub async fn engine_at(&self, clock: Arc<dyn Clock>) -> Engine {
        self.open(EngineConfig { clock, ..self.config() }).await
    }

    async fn open(&self, config: EngineConfig) -> Engine {
        let engine = Engine::open(config).await.unwrap();
        engine.session().sign_in(SecretString::from("simulated")).await.unwrap();
        engine
    }

    pub fn set_faults(&self, faults: Faults) {
        self.simulator.set_faults(faults);
    }

    /// Candle requests that have reached the broker.
    pub fn candle_requests(&self) -> u64 {
        self.simulator.referee().by_endpoint.get("expired_candles").copied().unwrap_or(0)
    }

    /// Requests for candles of underlyings that have reached the broker.
    pub fn history_requests(&self) -> u64 {
        self.simulator.referee().by_endpoint.get("history").copied().unwrap_or(0)
    }

    /// Requests for candles of either kind.
    pub fn all_candle_requests(&self) -> u64 {
        self.candle_requests() + self.history_requests()
    }

    /// Every stored candle of the underlying itself equals what the simulator holds from the first day that was
    /// asked for to the last, and none is missing. Says how many there are.
    pub fn assert_underlying_equals_broker(&self, underlying: &InstrumentKey) -> usize {
        let range = |what: &str| {
            self.sql::<String>(&format!(
                "SELECT {what} FROM fetched_range f JOIN series s ON s.id = f.series_id
                 JOIN underlying u ON u.id = s.underlying_id WHERE u.key = '{underlying}'"
            ))
        };
        let (from, to) = (day(&range("min(from_day)")), day(&range("max(to_day)")));
        let expected: Vec<_> = self
            .simulator
            .oracle()
            .underlying_minutes(underlying, from, to)
            .iter()
            .map(|candle| view_row(underlying.as_str(), candle))
            .collect();
        let stored = view_rows(
            self.data.path(),
            "SELECT instrument_key, timestamp, open, high, low, close, volume, open_interest
             FROM underlying_data WHERE instrument_key = ? ORDER BY timestamp",
            underlying.as_str(),
        );
        assert_eq!(stored.len(), expected.len(), "candles of {underlying} from {from} to {to}");
        assert!(stored == expected, "candles of {underlying} differ");
        stored.len()
    }

    pub fn sql<T: rusqlite::types::FromSql>(&self, sql: &str) -> T {
        let connection = Connection::open(self.data.path().join("expirytrack.db")).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Changes the database behind the engine's back.
    pub fn change(&self, sql: &str) {
        Connection::open(self.data.path().join("expirytrack.db")).unwrap().execute_batch(sql).unwrap();
    }

    /// Every row of `historical_data` equals what the simulator holds of ninety days, and nothing else is there.
    pub fn assert_equals_broker(
        &self,
        underlying: &InstrumentKey,
        expiry: Day,
        kinds: ContractKinds,
    ) -> usize {
        self.assert_days_equal_broker(underlying, expiry, kinds, 90)
    }

    pub fn assert_days_equal_broker(
        &self,
        underlying: &InstrumentKey,
        expiry: Day,
        kinds: ContractKinds,
        days: i64,
    ) -> usize {
        let mut expected = Vec::new();
        for contract in self.simulator.oracle().contracts(underlying, expiry, kinds) {
            let key = &contract.expired_key;
            let candles =
                self.simulator.oracle().candles(key, Interval::Minute1, expiry.plus_days(-days), expiry);
            expected.extend(candles.iter().map(|candle| view_row(&key.to_string(), candle)));
        }
        let mut stored = historical_data(self.data.path(), expiry);
        expected.sort();
        stored.sort();
        if stored != expected {
            let lost: Vec<_> = expected.iter().filter(|row| stored.binary_search(row).is_err()).collect();
            let added: Vec<_> = stored.iter().filter(|row| expected.binary_search(row).is_err()).collect();
            panic!(
                "{} rows of {expiry} for {}: {} lost, first {:?}; {} that nobody sent, first {:?}",
                stored.len(),
                expected.len(),
                lost.len(),
                lost.first(),
                added.len(),
                added.first()
            );
        }
        expected.len()
    }
}

/// Key, time, the four prices in millionths of a rupee, volume, open interest.
type ViewRow = (String, String, [i64; 4], i64, i64);

fn view_row(key: &str, candle: &Candle) -> ViewRow {
    let prices = candle.prices;
    let millionths = [prices.open.0, prices.high.0, prices.low.0, prices.close.0];
    (key.to_owned(), candle.start.to_ist_text(), millionths, candle.volume, candle.open_interest)
}

fn historical_data(data_dir: &Path, expiry: Day) -> Vec<ViewRow> {
    let sql = "SELECT h.* FROM historical_data h JOIN contracts c USING (expired_instrument_key)
               WHERE c.expiry_date = ?";
    view_rows(data_dir, sql, &expiry.to_string())
}

fn view_rows(data_dir: &Path, sql: &str, parameter: &str) -> Vec<ViewRow> {
    let connection = Connection::open(data_dir.join("expirytrack.db")).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let millionths = |rupees: f64| (rupees * 1e6).round() as i64;
    let rows = statement.query_map([parameter], |row| {
        let price = |at: usize| row.get::<_, f64>(at).map(millionths);
        let prices = [price(2)?, price(3)?, price(4)?, price(5)?];
        Ok((row.get(0)?, row.get(1)?, prices, row.get(6)?, row.get(7)?))
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

/// Puts in place of a database one of an earlier layout, with a request in it: what the migrations up to that number make.
pub fn make_older(database: &Path, version: i64) {
    let older = database.with_extension("older");
    let connection = Connection::open(&older).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find_map(|folder| {
        Some(folder.join("crates/store/src/migrations")).filter(|migrations| migrations.is_dir())
    });
    let migrations = std::fs::read_dir(folder.unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let mut migrations: Vec<_> = migrations.collect();
    migrations.sort();
    for migration in migrations.iter().take(usize::try_from(version).unwrap()) {
        connection.execute_batch(&std::fs::read_to_string(migration).unwrap()).unwrap();
    }
    let noted = "SELECT sql FROM newest.sqlite_schema WHERE name = '_sqlx_migrations'";
    connection.execute("ATTACH ? AS newest", [database.to_str().unwrap()]).unwrap();
    let noted: String = connection.query_row(noted, [], |row| row.get(0)).unwrap();
    let rest = format!(
        "{noted};
         INSERT INTO main._sqlx_migrations SELECT * FROM newest._sqlx_migrations WHERE version <= {version};
         INSERT INTO main.setting SELECT * FROM newest.setting;
         INSERT INTO main.fetch_audit VALUES (1, 1, NULL, 'expiries', '', NULL, NULL, NULL, 200, NULL, 0, 2, NULL, 1, 1);
         DETACH newest;
         PRAGMA application_id = 1163416658; PRAGMA journal_mode = WAL;"
    );
    connection.execute_batch(&rest).unwrap();
    drop(connection);
    for suffix in ["db-wal", "db-shm"] {
        let _ = std::fs::remove_file(database.with_extension(suffix));
    }
    std::fs::rename(older, database).unwrap();
}

/// Every file in a folder and the folders in it.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// Every table of a database file with the number of its rows and a hash of them all.
pub fn table_hashes(database: &Path) -> BTreeMap<String, (usize, u64)> {
    let connection = Connection::open(database).unwrap();
    let texts = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let tables = texts("SELECT name FROM sqlite_schema WHERE type = 'table'");
    let hash = |table: &String| {
        let columns = texts(&format!("SELECT 'quote(' || name || ')' FROM pragma_table_info('{table}')"));
        let row = columns.join(" || ',' || ");
        let rows = texts(&format!("SELECT {row} FROM {table} ORDER BY 1"));
        let mut hash = DefaultHasher::new();
        rows.hash(&mut hash);
        (table.clone(), (rows.len(), hash.finish()))
    };
    tables.iter().map(hash).collect()
}

pub fn order(expiries: &[&str], kinds: ContractKinds) -> CollectOrder {
    CollectOrder {
        underlyings: vec![nifty()],
        expiries: ExpiryChoice::Dates(expiries.iter().map(|text| day(text)).collect()),
        kinds,
        strikes: None,
        interval: Interval::Minute1,
        days: Default::default(),
        workers: Default::default(),
        with_underlying: true,
    }
}

/// Waits for something that comes about by itself.
pub async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let patience = async {
        while !holds().await {
            #[expect(clippy::disallowed_methods, reason = "the test looks again after a while")]
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), patience).await.unwrap();
}

/// A full disk is told in our own words, with the remedy, once in a sentence, and not in SQLite's beside them.
pub fn assert_full_disk_once(told: &str) {
    let lines: Vec<&str> = told.lines().filter(|line| line.contains("disk is full")).collect();
    assert!(!lines.is_empty(), "{told}");
    for line in lines {
        let counts = [protocol::DISK_FULL, "disk is full"].map(|words| line.matches(words).count());
        assert_eq!(counts, [1, 1], "{told}");
    }
}
