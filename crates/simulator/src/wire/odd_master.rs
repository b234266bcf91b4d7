//! The instrument master as faults make it: rows that are odd and mean one thing, rows that are none, and
//! underlyings that left F&O.

use serde_json::{Value, json};

use crate::faults::Faults;

/// One row with an expiry of so many is written oddly.
const ODD_ONE_OF: usize = 7;
/// Broken rows come after so many others each.
const BROKEN_AFTER: usize = 11;

pub fn spoil(mut rows: Vec<Value>, faults: &Faults) -> Vec<Value> {
    rows.retain(|row| {
        let underlying = row["underlying_key"].as_str().unwrap_or_default();
        !faults.left_derivatives.iter().any(|key| key == underlying)
    });
    if faults.odd_master_rows {
        let derivatives = rows.iter_mut().filter(|row| row["expiry"].is_i64());
        for (place, row) in derivatives.step_by(ODD_ONE_OF).enumerate() {
            make_odd(row, place);
        }
    }
    if faults.broken_master_rows {
        for (place, row) in broken_rows().into_iter().enumerate() {
            rows.insert((place * BROKEN_AFTER).min(rows.len()), row);
        }
    }
    rows
}

fn make_odd(row: &mut Value, place: usize) {
    match place % 4 {
        0 => row["expiry"] = json!(row["expiry"].as_f64()),
        1 => row["expiry"] = json!(row["expiry"].to_string()),
        2 => row["trading_symbol"] = json!(place),
        _ => row["weekly"] = json!(row["weekly"].to_string()),
    }
}

fn broken_rows() -> Vec<Value> {
    vec![
        Value::Null,
        json!(5),
        json!("NSE_FO|1"),
        json!([]),
        json!({}),
        json!({ "segment": "NSE_FO", "instrument_key": 71_706, "underlying_key": 26_000, "expiry": true }),
        json!({ "segment": "NSE_FO", "instrument_key": "NSE_FO|1", "underlying_key": "NSE_INDEX|Nifty 50",
                "underlying_symbol": ["NIFTY"], "expiry": "next Thursday", "weekly": 7 }),
    ]
}
