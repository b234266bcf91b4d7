//! Lists of contracts as faults make them: one side, a part, odd or unreadable rows, other dates, the next
//! expiry's rows too. What is changed depends on the contracts alone, so that the oracle can say which.

use market::Day;
use serde_json::{Value, json};

use crate::inject::ListingFaults;
use crate::world::Draws;
use crate::world::chain::Listed;

/// Of so many contracts one cannot be read.
const UNREADABLE_ONE_OF: u32 = 13;

pub fn is_unreadable(listed: &Listed) -> bool {
    listed.token % UNREADABLE_ONE_OF == 5
}

/// The rows of an expiry's own contracts after the faults.
pub fn spoil(
    contracts: &[Listed],
    rows: Vec<Value>,
    faults: ListingFaults,
    expiry: Day,
    seed: u64,
) -> Vec<Value> {
    let mut rows: Vec<Value> = contracts
        .iter()
        .zip(rows)
        .map(|(listed, row)| if faults.odd_rows { odd(row, listed) } else { row })
        .map(|row| if faults.redated { dated(row, expiry.previous()) } else { row })
        .zip(contracts)
        .map(
            |(row, listed)| {
                if faults.unreadable_rows && is_unreadable(listed) { unreadable(row, listed) } else { row }
            },
        )
        .collect();
    if faults.one_sided {
        let side = if Draws::of(&[seed, 34]).next().is_multiple_of(2) { "CE" } else { "PE" };
        rows.retain(|row| row["instrument_type"] == side);
    }
    if faults.short {
        // Whole rungs from the middle.
        let kept = (rows.len() / 20).max(1) * 2;
        let first = rows.len().saturating_sub(kept) / 4 * 2;
        rows = rows.into_iter().skip(first).take(kept).collect();
    }
    rows
}

pub fn dated(mut row: Value, expiry: Day) -> Value {
    row["expiry"] = json!(expiry.to_string());
    row
}

/// Texts for numbers, a number for a text.
fn odd(mut row: Value, listed: &Listed) -> Value {
    let text = |value: &Value| json!(value.to_string());
    match listed.token % 4 {
        0 => row["lot_size"] = text(&row["lot_size"]),
        1 => row["exchange_token"] = json!(listed.token),
        2 => row["tick_size"] = text(&row["tick_size"]),
        _ => row["freeze_quantity"] = text(&row["freeze_quantity"]),
    }
    if let Some(strike) = row["strike_price"].as_f64() {
        let noisy = f64::from_bits(strike.to_bits() + 1);
        row["strike_price"] =
            if listed.token.is_multiple_of(2) { text(&row["strike_price"]) } else { json!(noisy) };
    }
    row
}

fn unreadable(mut row: Value, listed: &Listed) -> Value {
    if listed.token.is_multiple_of(2) {
        row["strike_price"] = Value::Null;
    } else {
        row["instrument_type"] = json!("CA");
    }
    row
}
