//! The table: what was measured, what it came to, what it should come to. A row without a goal explains its
//! neighbours. Where `cargo xtask bench` asks for it, each row goes into a file too, and with it what may grow with the
//! data: docs/benchmarks.md is made of them.

use std::fs::OpenOptions;
use std::io::Write;

use serde_json::{Value, json};

/// Names the folder for a file a part.
pub const FOLDER: &str = "EXPIRYTRACK_BENCH_FOLDER";
/// Names the file of the part that runs: a JSON document a line.
pub const FILE: &str = "EXPIRYTRACK_BENCH_FILE";

/// Whether a goal is met is for the figure to say, not for whoever reads its rounded text.
pub enum Goal {
    None,
    AtLeast(f64),
    AtMost(f64),
}

pub fn heading() {
    println!("{:<66} {:>14}   {:<12} met", "what", "measured", "goal");
}

/// `decimals` of the figure and of its goal.
pub fn row(what: &str, figure: f64, decimals: usize, unit: &str, goal: Goal) {
    let text = |figure: f64| format!("{}{unit}", grouped(figure, decimals));
    let (goal, met) = match goal {
        Goal::None => (String::new(), ""),
        Goal::AtLeast(least) => (format!("≥ {}", text(least)), yes_or_no(figure >= least)),
        Goal::AtMost(most) => (format!("≤ {}", text(most)), yes_or_no(figure <= most)),
    };
    let measured = text(figure);
    println!("{what:<66} {measured:>14}   {goal:<12} {met}");
    note(&json!({ "what": what.trim(), "measured": measured, "goal": goal, "met": met }));
}

/// What was not measured, and why.
pub fn not_run(what: &str, why: &str) {
    println!("{what:<66} {:>14}   {why}", "not run");
    note(&json!({ "what": what.trim(), "measured": "not run", "goal": why, "met": "" }));
}

/// A figure at so many million candles, for the pictures of growth.
pub fn grown(what: &str, million: f64, figure: f64, unit: &str) {
    note(&json!({ "what": what, "million": million, "figure": figure, "unit": unit.trim() }));
}

/// What cannot be written down is said, and the bench goes on.
fn note(document: &Value) {
    let Some(path) = std::env::var_os(FILE) else { return };
    let written = OpenOptions::new().create(true).append(true).open(&path);
    if let Err(error) = written.and_then(|mut file| writeln!(file, "{document}")) {
        eprintln!("{}: {error}", path.display());
    }
}

fn yes_or_no(met: bool) -> &'static str {
    if met { "yes" } else { "NO" }
}

/// `1,234,567.8`.
fn grouped(figure: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", figure.abs());
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::from(if figure < 0.0 { "-" } else { "" });
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + fraction
}
