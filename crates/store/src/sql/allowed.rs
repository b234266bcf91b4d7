//! What a person's SQL may do: select, from tables without a secret. SQLite asks here for each thing that a statement
//! would do, before it does any of them; what stands in no list is refused.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use super::SqlError;

/// What is stored of the market and of jobs. Not settings, notices, schedules, slots and the vault: they hold addresses
/// of people and secrets.
const READABLE: [&str; 43] = [
    "instruments",
    "expiries",
    "contracts",
    "historical_data",
    "historical_data_all",
    "underlying_data",
    "job_status",
    "exchange_days",
    "contract_days",
    "underlying_days",
    "revised_data",
    "requests",
    "series_reach",
    "answered_for_good",
    "underlying",
    "share",
    "former_name",
    "expiry",
    "coming_expiry",
    "contract",
    "contract_list",
    "series",
    "candle",
    "series_day",
    "fetched_range",
    "fetch_audit",
    "revision",
    "quarantine",
    "job_quarantine",
    "job",
    "job_unit",
    "expiry_contracts",
    "expiry_series",
    "pruned",
    "bhavcopy",
    "proved_day",
    "job_event",
    "import",
    "imported_day",
    "import_refusal",
    "archived_expiry",
    "archived_series",
    "archived_candle",
];
/// Of SQLite itself.
const TABLES_OF_SQLITE: [&str; 9] = [
    "sqlite_schema",
    "sqlite_master",
    "json_each",
    "json_tree",
    "pragma_table_info",
    "pragma_table_xinfo",
    "pragma_table_list",
    "pragma_index_list",
    "pragma_index_info",
];
const PRAGMAS: [&str; 5] = ["table_info", "table_xinfo", "table_list", "index_list", "index_info"];
const FUNCTIONS_REFUSED: [&str; 2] = ["load_extension", "fts3_tokenizer"];

const ONLY_READING: &str = "only reading is possible here, and this would change something: write a SELECT";

pub(super) fn only_reading() -> SqlError {
    SqlError::NotAllowed(ONLY_READING.to_owned())
}

#[derive(Default)]
struct Seen {
    refusal: Option<String>,
    reads_candle_itself: bool,
}

/// Stands at a connection from now on.
pub(super) struct Guard(Arc<Mutex<Seen>>);

impl Guard {
    pub(super) fn set(connection: &Connection) -> rusqlite::Result<Self> {
        connection.pragma_update(None, "query_only", "ON")?;
        // What is sorted stays in memory, which is bounded; files of it would lie unencrypted on a disk.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        let closed = closed_tables(connection)?;
        let seen = Arc::<Mutex<Seen>>::default();
        let guard = Self(seen.clone());
        connection.authorizer(Some(move |context: AuthContext<'_>| {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            if let AuthAction::Read { table_name, .. } = context.action
                && table_name.eq_ignore_ascii_case("candle")
                && context.accessor.is_none()
            {
                seen.reads_candle_itself = true;
            }
            match refusal(&context.action, &closed) {
                None => Authorization::Allow,
                Some(sentence) => {
                    seen.refusal.get_or_insert(sentence);
                    Authorization::Deny
                }
            }
        }))?;
        Ok(guard)
    }

    /// Why something was refused, as a sentence.
    pub(super) fn refusal(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).refusal.clone()
    }

    /// Whether the table of the candles is named by the query, and not by a view alone.
    pub(super) fn reads_candle_itself(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).reads_candle_itself
    }
}

/// The tables of this database that are not to be read.
fn closed_tables(connection: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let mut statement =
        connection.prepare("SELECT lower(name) FROM sqlite_schema WHERE type IN ('table', 'view')")?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?;
    names.filter(|name| name.as_ref().map_or(true, |name| !is_readable(name))).collect()
}

fn is_readable(name: &str) -> bool {
    READABLE.iter().chain(&TABLES_OF_SQLITE).any(|known| known.eq_ignore_ascii_case(name))
}

fn refusal(action: &AuthAction<'_>, closed: &BTreeSet<String>) -> Option<String> {
    match action {
        AuthAction::Select | AuthAction::Recursive => None,
        AuthAction::Read { table_name, column_name } => {
            // A name without a column may be a part of the query itself, named by WITH.
            let is_own = column_name.is_empty() && !closed.contains(&table_name.to_ascii_lowercase());
            (!is_own && !is_readable(table_name)).then(|| {
                format!("{table_name} is not for reading here: it may hold addresses of people or secrets")
            })
        }
        AuthAction::Function { function_name } => {
            let is_refused = FUNCTIONS_REFUSED.iter().any(|name| name.eq_ignore_ascii_case(function_name));
            is_refused.then(|| format!("the function {function_name} is not for use here"))
        }
        AuthAction::Pragma { pragma_name, .. } => {
            let is_named = PRAGMAS.iter().any(|name| name.eq_ignore_ascii_case(pragma_name));
            (!is_named).then(|| {
                format!(
                    "PRAGMA {pragma_name} is not for use here: the pragmas that are, are {}",
                    PRAGMAS.join(", ")
                )
            })
        }
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => {
            Some("other files are not for reading here: ATTACH and DETACH are refused".to_owned())
        }
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => {
            Some("a query is one SELECT, without BEGIN, COMMIT and SAVEPOINT".to_owned())
        }
        _ => {
            Some("only reading is possible here, and this would change something: write a SELECT".to_owned())
        }
    }
}
