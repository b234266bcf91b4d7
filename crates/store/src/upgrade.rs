//! Bringing a database to the layout of this version: all that is missing in one transaction, after a copy was made
//! of what it is. The copy stays until a later start has gone well.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{Connection, Row, SqlStr, SqliteConnection};

use crate::copy::copy_database_again;
use crate::database_key::DatabaseKey;
use crate::error::{Result, StoreError};

const MIGRATIONS: [(i64, &str, &str); 25] = [
    (1, "first", include_str!("migrations/0001_first.sql")),
    (2, "months and retries", include_str!("migrations/0002_months_and_retries.sql")),
    (3, "schedules and notices", include_str!("migrations/0003_schedules_and_notices.sql")),
    (4, "watching", include_str!("migrations/0004_watching.sql")),
    (5, "evidence", include_str!("migrations/0005_evidence.sql")),
    (6, "shares and former names", include_str!("migrations/0006_shares_and_former_names.sql")),
    (7, "asked runs", include_str!("migrations/0007_asked_runs.sql")),
    (8, "answered days", include_str!("migrations/0008_answered_days.sql")),
    (9, "totals", include_str!("migrations/0009_totals.sql")),
    (10, "words of notices", include_str!("migrations/0010_words_of_notices.sql")),
    (11, "strikes", include_str!("migrations/0011_strikes.sql")),
    (12, "traded prices", include_str!("migrations/0012_traded_prices.sql")),
    (13, "pruning", include_str!("migrations/0013_pruning.sql")),
    (14, "proofs", include_str!("migrations/0014_proofs.sql")),
    (15, "lake", include_str!("migrations/0015_lake.sql")),
    (16, "views", include_str!("migrations/0016_views.sql")),
    (17, "exports", include_str!("migrations/0017_exports.sql")),
    (18, "import", include_str!("migrations/0018_import.sql")),
    (19, "archive", include_str!("migrations/0019_archive.sql")),
    (20, "answers kept", include_str!("migrations/0020_answers_kept.sql")),
    (21, "reach of one series", include_str!("migrations/0021_reach_of_one_series.sql")),
    (22, "contract terms", include_str!("migrations/0022_contract_terms.sql")),
    (23, "silent sessions", include_str!("migrations/0023_silent_sessions.sql")),
    (24, "owners and doubts", include_str!("migrations/0024_owners_and_doubts.sql")),
    (25, "what is known", include_str!("migrations/0025_what_is_known.sql")),
];

/// What stands in the name of a copy between these is the version that it is of.
const COPY_PREFIX: &str = "before-upgrade-from-";
const COPY_SUFFIX: &str = ".db";

/// Tables of which a row is somebody's work. What else is there can be had again, or says only whose file it is.
const TABLES_OF_WORK: [&str; 4] = ["fetch_audit", "job", "schedule", "vault"];

/// Whether a database with data in it is copied before its layout changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpgradeCopy {
    #[default]
    Made,
    LeftOut,
}

/// What became of a database of an older version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgraded {
    pub from: i64,
    pub to: i64,
    /// What it was; `None`: it held nothing yet, or no copy was wanted.
    pub copy: Option<PathBuf>,
}

/// The layout of this version.
pub(crate) fn newest_schema() -> i64 {
    MIGRATIONS[MIGRATIONS.len() - 1].0
}

/// The caller owns the directory.
pub(crate) async fn upgrade(
    connection: &mut SqliteConnection,
    path: &Path,
    key: Option<&DatabaseKey>,
    copy: UpgradeCopy,
) -> Result<Option<Upgraded>> {
    let (from, to) = (version(connection).await?, newest_schema());
    if from == 0 || from >= to {
        migrate(connection, path).await?;
        return Ok(None);
    }
    let copy = match copy {
        UpgradeCopy::Made if holds_work(connection).await? => {
            let copy = path.with_file_name(format!("{COPY_PREFIX}{from}{COPY_SUFFIX}"));
            let copied = copy_database_again(path, key, &copy).await;
            copied.map_err(|error| StoreError::UpgradeCopy(Box::new(error)))?;
            Some(copy)
        }
        UpgradeCopy::Made | UpgradeCopy::LeftOut => None,
    };
    match migrate(connection, path).await {
        Ok(()) => Ok(Some(Upgraded { from, to, copy })),
        Err(error) => Err(StoreError::Upgrade { from, to, copy, source: Box::new(error) }),
    }
}

/// All that is missing in one transaction: it comes whole, or nothing of it.
async fn migrate(connection: &mut SqliteConnection, path: &Path) -> Result<()> {
    let migrations = MIGRATIONS.map(|(version, description, sql)| {
        Migration::new(
            version,
            Cow::Borrowed(description),
            MigrationType::Simple,
            SqlStr::from_static(sql),
            false,
        )
    });
    let mut whole = connection.begin().await?;
    // `run` is this too, behind a bound of which no compiler sees that another thread may hold it.
    let done = Migrator::with_migrations(migrations.to_vec()).run_direct(None, &mut *whole, false).await;
    done.map_err(|error| match error {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
            StoreError::Newer { path: path.to_owned() }
        }
        other => other.into(),
    })?;
    Ok(whole.commit().await?)
}

/// The number of its last migration; 0 before its first.
pub(crate) async fn version(connection: &mut SqliteConnection) -> Result<i64> {
    if !has_table(connection, "_sqlx_migrations").await? {
        return Ok(0);
    }
    let sql = "SELECT coalesce(max(version), 0) FROM _sqlx_migrations";
    Ok(sqlx::query(sql).fetch_one(connection).await?.try_get(0)?)
}

async fn holds_work(connection: &mut SqliteConnection) -> Result<bool> {
    for table in TABLES_OF_WORK {
        if has_table(connection, table).await? {
            let sql = sqlx::AssertSqlSafe(format!("SELECT EXISTS (SELECT 1 FROM {table})"));
            if sqlx::query(sql).fetch_one(&mut *connection).await?.try_get(0)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

pub(crate) async fn has_table(connection: &mut SqliteConnection, name: &str) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?)";
    Ok(sqlx::query(sql).bind(name).fetch_one(connection).await?.try_get(0)?)
}

/// The copies of earlier upgrades in a data directory.
pub fn upgrade_copies(data_dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(data_dir) else { return Vec::new() };
    let is_copy = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        let version = name.and_then(|name| name.strip_prefix(COPY_PREFIX)?.strip_suffix(COPY_SUFFIX));
        version.is_some_and(|version| version.parse::<i64>().is_ok())
    };
    let mut copies: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(is_copy).collect();
    copies.sort();
    copies
}
