//! Made series against the stored rows themselves, recomputed here in SQL and by brute force.

mod of_expiry;
mod of_several;
mod refusals;
pub mod rows;

use engine::{Engine, EngineError, SeriesWish};
use market::{ContractKinds, EpochSeconds};
use protocol::{CollectOrder, SeriesDocument};

use crate::common::{Stage, nifty};

const EXPIRY: &str = "2025-08-28";
const EARLIER: &str = "2025-08-21";

pub async fn collect(engine: &Engine, expiries: &[&str], days: &str, kinds: ContractKinds) {
    let order = CollectOrder { days: days.parse().unwrap(), ..crate::common::order(expiries, kinds) };
    let job = engine.jobs().create(&order).await.unwrap();
    engine.jobs().run(job).await.unwrap();
}

/// `atm-straddle fixed=09:20`, of the Nifty.
fn wish(series: &str) -> SeriesWish {
    SeriesWish::new(series.parse().unwrap(), nifty())
}

async fn made(engine: &Engine, wish: &SeriesWish) -> SeriesDocument {
    engine.series().make(wish).await.unwrap()
}

async fn refused(engine: &Engine, wish: &SeriesWish) -> EngineError {
    engine.series().make(wish).await.unwrap_err()
}

fn moment(text: &str) -> EpochSeconds {
    EpochSeconds::parse_rfc3339(text).unwrap()
}

/// Its moments and values, by column.
fn points(document: &SeriesDocument) -> Vec<(EpochSeconds, Vec<Option<f64>>)> {
    document.points.iter().map(|(at, values)| (moment(at), values.clone())).collect()
}

fn assert_near(told: Option<f64>, expected: Option<f64>, at: EpochSeconds) {
    match (told, expected) {
        (Some(told), Some(expected)) => {
            assert!((told - expected).abs() < 1e-9 * expected.abs().max(1.0), "{at:?}: {told} {expected}");
        }
        _ => assert_eq!(told, expected, "{at:?}"),
    }
}

/// Changes what the broker told, behind the engine's back.
pub fn silence(stage: &Stage, kind: &str, from: EpochSeconds, to: EpochSeconds) {
    stage.change(&format!(
        "UPDATE candle SET volume = 0 WHERE ts BETWEEN {} AND {} AND series_id IN
             (SELECT s.id FROM series s JOIN contract c ON c.id = s.contract_id WHERE c.kind = '{kind}')",
        from.0, to.0
    ));
}
