//! What the page of a person's own SQL asks.

use leptos::prelude::server;
use protocol::{SqlSchema, SqlWish};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::engine;
use super::{Answer, Json};
use crate::drawn::sql::SqlOutcome;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlPage {
    pub schema: SqlSchema,
    /// No candle is stored yet.
    pub is_empty: bool,
}

#[server(prefix = "/rpc", endpoint = "sql", input = Json, output = Json)]
pub async fn sql() -> Answer<SqlPage> {
    let engine = engine()?;
    Ok(SqlPage {
        schema: engine.sql().schema(),
        is_empty: engine.market_data().collected_underlyings().await?.is_empty(),
    })
}

#[server(prefix = "/rpc", endpoint = "sql/run", input = Json, output = Json)]
pub async fn run_sql(wish: SqlWish) -> Answer<SqlOutcome> {
    crate::server::drawing::sql_outcome(engine()?.sql().run(wish).await)
}

/// Stops a query by the id that it was sent with; one that has ended already stays so.
#[server(prefix = "/rpc", endpoint = "sql/stop", input = Json, output = Json)]
pub async fn stop_sql(id: String) -> Answer<()> {
    let _ = engine()?.sql().stop(&id);
    Ok(())
}
