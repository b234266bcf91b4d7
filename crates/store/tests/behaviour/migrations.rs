//! A database of every released schema, with data, comes forward without loss.

use std::borrow::Cow;
use std::path::Path;

use market::{EpochSeconds, Interval, Paise};
use protocol::{Tally, TradedPrices};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqlStr, SqliteConnection};
use store::{SourceKind, Store, StoreError, UpgradeCopy, upgrade_copies};
use tempfile::TempDir;

/// A migration as it was released, and something in every table that it added.
struct Released {
    version: i64,
    sql: &'static str,
    sha256: &'static str,
    data: &'static str,
}

const RELEASED: [Released; 25] = [
    Released {
        version: 1,
        sql: include_str!("../../src/migrations/0001_first.sql"),
        sha256: "c8874aceb4df0a3214306146ea1f56bd2f58415eedf8abf9ee44981c1f79842a",
        data: FIRST_DATA,
    },
    Released {
        version: 2,
        sql: include_str!("../../src/migrations/0002_months_and_retries.sql"),
        sha256: "f7fb84d16c097a9ec53bf43f4941b8c04d15b164665105832f470909436ebd51",
        data: "INSERT INTO job_unit (id, job_id, position, expiry_id, state, candles, attempts, underlying_id, month)
               VALUES (3, 1, 200000, 1, 'done', 5, 1, 1, '2025-08-01')",
    },
    Released {
        version: 3,
        sql: include_str!("../../src/migrations/0003_schedules_and_notices.sql"),
        sha256: "6e435d01a2318ec877ca14365fbd1027245f1646221ef908c953ab816e4e0aef",
        data: "INSERT INTO coming_expiry VALUES (1, '2025-09-30', 0);
               INSERT INTO schedule VALUES (1, 'Nifty', '{}', 1, 40, 41, 42, NULL, 0, NULL, 43, 'job', 1, NULL);
               INSERT INTO notice VALUES (1, 44, 'job_completed', 'done', 'all of it', 1, 1, 0);
               INSERT INTO notice_delivery VALUES (1, 1, 'email', 'failed', 3, 45, 'no answer')",
    },
    Released {
        version: 4,
        sql: include_str!("../../src/migrations/0004_watching.sql"),
        sha256: "be9a0754a020e1f7bd7d3b4d1a4d6c05483ec243201a7486bae99856373c859a",
        data: "",
    },
    Released {
        version: 5,
        sql: include_str!("../../src/migrations/0005_evidence.sql"),
        sha256: "efe2e491f9839b84203ac5c4802752c77d59abca595edcde0b166a014cb46eea",
        data: "INSERT INTO quarantine VALUES (2, 'contract', NULL, 1, 'options', NULL, 'NSE_FO|7|28-08-2025', NULL, '{}',
                   'an option without a strike', 1, 1, 3, NULL);
               INSERT INTO job_quarantine VALUES (1, 2)",
    },
    Released {
        version: 6,
        sql: include_str!("../../src/migrations/0006_shares_and_former_names.sql"),
        sha256: "9c09c3382c958c45542305a418be1e41f6ed10cb7c1c7dcfe1a9181a33213f03",
        data: "INSERT INTO share VALUES ('NSE_EQ|INE769A01020', 'AARTIIND', 'Aarti Industries');
               INSERT INTO former_name VALUES ('NSE_INDEX|Nifty 50', 'CNX Nifty')",
    },
    Released {
        version: 7,
        sql: include_str!("../../src/migrations/0007_asked_runs.sql"),
        sha256: "ca668330ea6d787b2028f7de93d9e72250e8f3468dc157d3dad3d70dc3f398dc",
        data: "UPDATE schedule SET asked_at = 46 WHERE id = 1",
    },
    Released {
        version: 8,
        sql: include_str!("../../src/migrations/0008_answered_days.sql"),
        sha256: "9be7ed9b764535e4b7c3f43c6f5dea0468d6a04e9b8a4c8ff7383143661131a2",
        data: "",
    },
    Released {
        version: 9,
        sql: include_str!("../../src/migrations/0009_totals.sql"),
        sha256: "2dcff6c4ccb268dd7f31813547cb57d3292f695d2b3c58e946c8829cad5b4c1b",
        data: "",
    },
    Released {
        version: 10,
        sql: include_str!("../../src/migrations/0010_words_of_notices.sql"),
        sha256: "0298142119ba7d469c8e76e4f481568fea84d6de64613353625dd08ef8417daf",
        data: "",
    },
    Released {
        version: 11,
        sql: include_str!("../../src/migrations/0011_strikes.sql"),
        sha256: "77543c046f1111db45012d04229aa6c22c1b22a4bfe6ad9022490c11a6a00631",
        data: "UPDATE job SET left_out = 7 WHERE id = 1;
               UPDATE job_unit SET left_out = 7 WHERE id = 1",
    },
    Released {
        version: 12,
        sql: include_str!("../../src/migrations/0012_traded_prices.sql"),
        sha256: "ce10f812c6691ef4255f34fa1912c90ca626ad7bdee5896fa372bc2a77f9fa8d",
        data: "",
    },
    Released {
        version: 13,
        sql: include_str!("../../src/migrations/0013_pruning.sql"),
        sha256: "fd90115e9b0e60e325a502e0c89149c7cd67f3ec6467ee97786b9f56a55c230c",
        data: "INSERT INTO pruned VALUES (1, 47, 1, 1, 12345)",
    },
    Released {
        version: 14,
        sql: include_str!("../../src/migrations/0014_proofs.sql"),
        sha256: "da05f72588b960f48ac0cb6e93595e13c1177a2fdbb16f054b754c4ac7f224d1",
        data: "INSERT INTO bhavcopy VALUES (1, 'NSE', '2025-08-28', '2025-08-28', 'fo.csv', x'09', 1, 48);
               INSERT INTO proved_day VALUES (1, '2025-08-28', 1, 75, 150, 10500, 0)",
    },
    Released {
        version: 15,
        sql: include_str!("../../src/migrations/0015_lake.sql"),
        sha256: "6de59f89e2a01de92f317b238d8b60a8e0c68cd77b8f8647e231634621b6a75c",
        data: "INSERT INTO lake_partition VALUES
                   (1, '/lake', 1, 1, NULL, 'published', 'manifest/x.json', x'00', 1, 2, 1, x'00', 20, NULL, x'00');
               INSERT INTO lake_file VALUES (1, 'candles/x.parquet', 'candles', 2, 100, x'00', x'00')",
    },
    Released {
        version: 16,
        sql: include_str!("../../src/migrations/0016_views.sql"),
        sha256: "f453e77ac9bde9cec582bab33dadfba7c09890c167bcfd440b727c54d802a54d",
        data: "",
    },
    Released {
        version: 17,
        sql: include_str!("../../src/migrations/0017_exports.sql"),
        sha256: "dd00bd9b02853d8ef8e3c457d0635dcde551420660ce999c5148f236630cff40",
        data: "INSERT INTO export VALUES (1, '{}', 'done', 2, 49, 50, NULL);
               INSERT INTO export_file VALUES (1, 'candles-NIFTY-2025-08-28.parquet', 2, 99, 'x', 1, NULL, NULL)",
    },
    Released {
        version: 18,
        sql: include_str!("../../src/migrations/0018_import.sql"),
        sha256: "7d6084b2e372d7e1e5af2738823b745aa6eb70c5cb6961b26c83c9e805c94f46",
        data: "INSERT INTO import VALUES (1, 49, 'data.db', x'0a', 1, 1, 1, 0);
               INSERT INTO imported_day VALUES (1, '2025-07-01', 1);
               INSERT INTO import_refusal VALUES (1, 'x', 'it is no number')",
    },
    Released {
        version: 19,
        sql: include_str!("../../src/migrations/0019_archive.sql"),
        sha256: "2ccdc9b29706ae0ecb75871fda3e9d068855002f4f1cca98a198d0fb569ec2c4",
        data: "INSERT INTO archived_expiry VALUES (1, '/lake', 'candles/x.parquet', 100, x'00', 49, 2);
               INSERT INTO series (id, underlying_id, interval) VALUES (9, 1, '30minute');
               INSERT INTO archived_series VALUES (9, 1, 'NSE_FO|7|28-08-2025', 0, 0, x'00')",
    },
    Released {
        version: 20,
        sql: include_str!("../../src/migrations/0020_answers_kept.sql"),
        sha256: "25380a80865edc6c2f24811a503559f8becb33a0b92cd0222af00ac0350dfff2",
        data: "INSERT INTO kept_answer VALUES ('person', 'a-key', x'0b', 50, 201, 'application/json', x'7b7d')",
    },
    Released {
        version: 21,
        sql: include_str!("../../src/migrations/0021_reach_of_one_series.sql"),
        sha256: "ea83888d93243a925e500b97d4d914d2eb6ce38b3f476ba915b8947849f727b8",
        data: "",
    },
    Released {
        version: 22,
        sql: include_str!("../../src/migrations/0022_contract_terms.sql"),
        sha256: "2cfc2d25f003d3cff1accb7efa7582b35241e44947f94541b61e3241b99ae0f5",
        data: "",
    },
    Released {
        version: 23,
        sql: include_str!("../../src/migrations/0023_silent_sessions.sql"),
        sha256: "b04ec631be1ecb04d0807d7f66cfe74056c71e14adf8018a599ea4a127198c76",
        data: "INSERT INTO silent_session VALUES (1, '1minute', '2025-08-28', 1, 51)",
    },
    Released {
        version: 24,
        sql: include_str!("../../src/migrations/0024_owners_and_doubts.sql"),
        sha256: "c9b7583bc0283b7d9726048bf65cd856f1535d7f7ebc170a61c5db642c801d39",
        data: "UPDATE lake_partition SET owner = '0123456789abcdef', doubted = 1 WHERE id = 1",
    },
    Released {
        version: 25,
        sql: include_str!("../../src/migrations/0025_what_is_known.sql"),
        sha256: "2837d502e3e27e23b67ba28607fa226885390995bc9fd690a87db593b36320a9",
        data: "",
    },
];

const NEWEST: i64 = RELEASED[RELEASED.len() - 1].version;

/// Something in every table that the first schema has.
const FIRST_DATA: &str = "
    PRAGMA application_id = 1163416658;
    INSERT INTO setting VALUES ('source', 'other'), ('evidence_1minute', '{}');
    INSERT INTO underlying VALUES (1, 'NSE_INDEX|Nifty 50', 'NIFTY', 'Nifty 50', 'NSE', 'NSE_INDEX', 'index', 10, 11);
    INSERT INTO expiry VALUES (1, 1, '2025-08-28', 0, 12, 13, 14);
    INSERT INTO contract VALUES (1, 1, 'PE', 2260000, 'NSE_FO', '71706', '2025-08-28', 'NIFTY 22600 PE 28 AUG 25', 75, 5, '{}', 15);
    INSERT INTO series (id, contract_id, interval) VALUES (1, 1, '1minute');
    INSERT INTO candle VALUES (1, 1756353300, 100, 110, 90, 105, 75, 150), (1, 1756353360, 120, 120, 80, 80, 0, 150);
    INSERT INTO job VALUES (1, 'Nifty', '{}', 'completed', NULL, 20, 21, 22, 1, 0, 0, 1, 1, 0, 0, 1, 2, 3, 0);
    INSERT INTO fetch_audit VALUES (1, 30, 1, 'historical-candle', 'NSE_FO|71706|28-08-2025', '1minute',
        '2025-05-30', '2025-08-28', 200, NULL, 2, 100, x'07', 12, 1);
    INSERT INTO fetched_range VALUES (1, 1, '2025-08-01', '2025-08-28', 'rows', 0, 1),
        (2, 1, '2025-07-01', '2025-07-31', 'empty', 0, 1), (3, 1, '2025-05-30', '2025-06-30', 'empty_unconfirmed', 0, 1);
    INSERT INTO series_day VALUES (1, '2025-08-28', 2, 1756353300, 1756353360, 1, 75, 150);
    INSERT INTO quarantine VALUES (1, 1, '[]', 'it is not a row', 1);
    INSERT INTO revision VALUES (1, 1, 1756353300, 1, 1, 1, 1, 1, 1, NULL, 1);
    INSERT INTO job_unit VALUES (1, 1, 0, 1, NULL, 'done', 0, 1, NULL), (2, 1, 100000, 1, 1, 'done', 2, 1, NULL);
    INSERT INTO job_event VALUES (1, 1, 23, 'success', 'done', 'NSE_FO|71706|28-08-2025');
    INSERT INTO limiter_slot VALUES (1, 10, 3, 1000, 2000, NULL, NULL, NULL);
    INSERT INTO vault VALUES ('session', x'01', 5);
";

/// With the first so many migrations, and their data.
async fn make(path: &Path, count: usize) {
    make_with(path, count, |released| released.data).await;
}

async fn make_with(path: &Path, count: usize, data: fn(&Released) -> &'static str) {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let migrations: Vec<Migration> = RELEASED
        .iter()
        .map(|released| {
            let sql = SqlStr::from_static(released.sql);
            Migration::new(released.version, Cow::Borrowed("released"), MigrationType::Simple, sql, false)
        })
        .collect();
    for count in 1..=count {
        Migrator::with_migrations(migrations[..count].to_vec()).run(&mut connection).await.unwrap();
        sqlx::raw_sql(data(&RELEASED[count - 1])).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
}

/// Every row of every table as text, by the columns that it had then.
fn rows(path: &Path, columns: &[(String, String)]) -> Vec<String> {
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut all = Vec::new();
    for (table, columns) in columns {
        let quoted: Vec<String> = columns.split(',').map(|column| format!("quote({column})")).collect();
        let sql = format!("SELECT {} FROM {table} ORDER BY 1", quoted.join(" || ',' || "));
        let mut statement = connection.prepare(&sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        all.extend(rows.map(|row| format!("{table}: {}", row.unwrap())));
    }
    all
}

fn columns(path: &Path) -> Vec<(String, String)> {
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT m.name, group_concat(p.name) FROM sqlite_schema m JOIN pragma_table_info(m.name) p
             WHERE m.type = 'table' AND m.name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%'
             GROUP BY m.name ORDER BY m.name",
        )
        .unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn version(path: &Path) -> i64 {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.query_row("SELECT max(version) FROM _sqlx_migrations", [], |row| row.get(0)).unwrap()
}

#[test]
fn no_released_migration_was_changed() {
    for released in &RELEASED {
        let hash = ring::digest::digest(&ring::digest::SHA256, released.sql.as_bytes());
        let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hash, released.sha256,
            "databases of version {} could not be read any more",
            released.version
        );
    }
}

#[tokio::test]
async fn a_database_of_every_released_schema_comes_forward_without_loss() {
    for count in 1..=RELEASED.len() {
        let data = TempDir::new().unwrap();
        let path = data.path().join("expirytrack.db");
        let from = RELEASED[count - 1].version;
        make(&path, count).await;
        let columns = columns(&path);
        let before = rows(&path, &columns);
        assert!(columns.iter().all(|(table, _)| before.iter().any(|row| row.starts_with(table.as_str()))));

        let store = Store::open(data.path(), SourceKind::Other).await.unwrap();
        let copy = store.upgraded().and_then(|upgraded| upgraded.copy.clone());
        assert_eq!(copy.is_some(), count < RELEASED.len());
        assert_eq!(copy.clone().into_iter().collect::<Vec<_>>(), upgrade_copies(data.path()));
        if let Some(copy) = copy {
            assert_eq!(copy, data.path().join(format!("before-upgrade-from-{from}.db")));
            assert_eq!(rows(&copy, &columns), before, "the copy is what version {from} was");
            assert_eq!(version(&copy), from);
        }
        let job = store.job(1).await.unwrap().unwrap();
        let contracts = Tally { done: 1, total: 1, ..Tally::default() };
        assert_eq!((job.candles, job.contracts, job.months), (2, contracts, Tally::default()));
        let (underlying, _) =
            store.underlying(&"NSE_INDEX|Nifty 50".parse().unwrap()).await.unwrap().unwrap();
        let expiry = store.expiries(underlying).await.unwrap()[0].id;
        let contract = &store.contract_stats(expiry, Interval::Minute1).await.unwrap()[0];
        assert_eq!((contract.candles, contract.last), (2, Some(EpochSeconds(1_756_353_360))));
        let paise = |paise| Paise(paise).into();
        let traded = TradedPrices { last: paise(105), high: paise(110), low: paise(90) };
        assert_eq!(contract.traded, Some(traded), "the minute without a trade has no say");
        let noted = store.noted_days(contract.series.unwrap()).await.unwrap();
        let counted = store.counted_days(contract.series.unwrap(), true).await.unwrap();
        assert_eq!(noted, counted.iter().map(|day| (day.day, day.figures)).collect::<Vec<_>>());
        let covered = store.covered_ranges(contract.stored.id.into(), Interval::Minute1).await.unwrap();
        assert_eq!(covered.len(), 2, "what was confirmed stays so");
        assert_eq!(store.wrong_totals().await.unwrap(), []);
        store.close().await.unwrap();
        assert_eq!(rows(&path, &columns), before, "from version {from}");
    }
}

/// Contracts that nobody asked for, one proven empty on the day of the expiry and one on another day alone.
#[tokio::test]
async fn what_was_proven_empty_before_is_known_after() {
    let data = TempDir::new().unwrap();
    let path = data.path().join("expirytrack.db");
    make(&path, 24).await;
    let connection = rusqlite::Connection::open(&path).unwrap();
    let unasked = "
        INSERT INTO contract SELECT 2, expiry_id, 'CE', strike, segment, '7', key_date, 'X', 75, 5, '{}', 1 FROM contract WHERE id = 1;
        INSERT INTO contract SELECT 3, expiry_id, 'CE', 1, segment, '8', key_date, 'Y', 75, 5, '{}', 1 FROM contract WHERE id = 1;
        INSERT INTO bhavcopy VALUES (2, 'NSE', '2025-08-20', '2025-08-20', 'earlier.csv', x'09', 1, 48);
        INSERT INTO proved_day VALUES (2, '2025-08-28', 1, 0, 0, 10500, 0), (3, '2025-08-20', 2, 0, 0, 10500, 0);";
    connection.execute_batch(unasked).unwrap();
    drop(connection);
    let store = Store::open(data.path(), SourceKind::Other).await.unwrap();
    assert_eq!(store.wrong_totals().await.unwrap(), []);
    store.close().await.unwrap();
    let reach = |contract: i64| {
        let connection = rusqlite::Connection::open(&path).unwrap();
        let sql = "SELECT reach FROM series WHERE contract_id = ? AND interval = '1minute'";
        connection.query_row(sql, [contract], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!((reach(2), reach(3)), (0, -2));
}

#[tokio::test]
async fn an_upgrade_that_fails_leaves_the_file_as_it_was_and_says_where_the_copy_is() {
    // The ninth fails at once; the tenth after the ninth has done all of its work.
    for obstacle in ["expiry_contracts", "notice_renewed"] {
        let data = TempDir::new().unwrap();
        let path = data.path().join("expirytrack.db");
        make(&path, 8).await;
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection
            .execute_batch(&format!(
                "CREATE TABLE {obstacle} (id INTEGER); INSERT INTO {obstacle} VALUES (1)"
            ))
            .unwrap();
        drop(connection);
        let columns = columns(&path);
        let before = rows(&path, &columns);
        let copy = data.path().join("before-upgrade-from-8.db");
        for _ in 0..2 {
            let failed = Store::open(data.path(), SourceKind::Other).await.err().unwrap();
            let told = store::chain(&failed);
            let sentence = format!("version 8 could not be brought to version {NEWEST}; it is as it was");
            assert!(told.contains(&sentence), "{told}");
            assert!(told.contains(copy.to_str().unwrap()) && told.contains(obstacle), "{told}");
            assert_eq!((version(&path), rows(&path, &columns)), (8, before.clone()));
            assert_eq!(rows(&copy, &columns), before);
        }
        rusqlite::Connection::open(&path).unwrap().execute_batch(&format!("DROP TABLE {obstacle}")).unwrap();
        Store::open(data.path(), SourceKind::Other).await.unwrap();
    }
}

#[tokio::test]
async fn without_a_copy_nothing_is_upgraded_unless_it_is_asked_for() {
    for reads in [false, true] {
        let data = TempDir::new().unwrap();
        let path = data.path().join("expirytrack.db");
        make(&path, 9).await;
        let in_the_way = data.path().join("before-upgrade-from-9.db");
        std::fs::create_dir(&in_the_way).unwrap();
        let refused = match reads {
            true => Store::open_for_reading(data.path()).await,
            false => Store::open(data.path(), SourceKind::Other).await,
        };
        let refused = refused.err().unwrap();
        assert!(matches!(refused, StoreError::UpgradeCopy(_)), "{refused}");
        assert!(refused.to_string().contains("EXPIRYTRACK_UPGRADE_WITHOUT_BACKUP=1"), "{refused}");
        assert_eq!(version(&path), 9);
        let left: Vec<_> =
            std::fs::read_dir(data.path()).unwrap().map(|of| of.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().contains("partial")), "{left:?}");
        if reads {
            let upgraded = Store::upgrade_without_copy(data.path()).await.unwrap().unwrap();
            assert_eq!((upgraded.from, upgraded.to, upgraded.copy), (9, NEWEST, None));
            Store::open_for_reading(data.path()).await.unwrap();
        } else {
            let left_out = UpgradeCopy::LeftOut;
            Store::open_upgrading(data.path(), SourceKind::Other, left_out).await.unwrap();
        }
        assert_eq!(version(&path), NEWEST);
    }
}

#[tokio::test]
async fn a_database_without_anybodys_work_is_upgraded_without_a_copy() {
    let data = TempDir::new().unwrap();
    let path = data.path().join("expirytrack.db");
    make_with(&path, 9, |_| "PRAGMA application_id = 1163416658").await;
    let store = Store::open(data.path(), SourceKind::Other).await.unwrap();
    assert_eq!(store.upgraded().unwrap().copy, None);
    assert_eq!(upgrade_copies(data.path()), Vec::<std::path::PathBuf>::new());
}
