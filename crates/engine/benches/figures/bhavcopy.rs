//! What taking in a day of the exchange's costs: a file of 40,000 rows, as many of them as can be of known contracts, the
//! others of ones that are not known.

use std::fmt::Write;

use engine::{Clock, Engine, SystemClock};
use market::{Contract, Day, InstrumentKey};

use crate::Failure;
use crate::table::{Goal, row};

const ROWS: usize = 40_000;
const RUNS: usize = 5;
const GOAL_MS: f64 = 2_000.0;
const HEAD: &str = "TradDt,Sgmt,Src,FinInstrmTp,FinInstrmId,TckrSymb,XpryDt,StrkPric,OptnTp,ClsPric,SttlmPric,OpnIntrst,TtlTradgVol,TtlTrfVal,NewBrdLotQty";

/// The slowest of some runs; each but the first takes the place of the one before.
pub async fn take(engine: &Engine, key: &InstrumentKey, day: Day, candles: u64) -> Result<(), Failure> {
    let mut known = Vec::new();
    for expiry in engine.expired().known_expiries(key).await?.iter().filter(|row| row.date >= day) {
        let listed = engine.browse().contracts(key, expiry.date, None).await?.contracts;
        known.extend(listed.into_iter().map(|row| row.contract));
    }
    let file = text(&known, day);
    let clock = SystemClock::new();
    let mut slowest = 0.0_f64;
    for _ in 0..RUNS {
        let began = clock.monotonic();
        let report = engine.bhavcopy().take("day.csv", file.clone().into_bytes(), false).await?;
        slowest = slowest.max((clock.monotonic() - began).as_secs_f64() * 1e3);
        if report.matched != known.len() as u64 || report.rows != ROWS as u64 {
            return Err("the file was not matched".into());
        }
    }
    let what = format!(
        "a bhavcopy of {ROWS} rows, {} known, at {} million candles",
        known.len(),
        candles / 1_000_000
    );
    row(&what, slowest, 0, " ms", Goal::AtMost(GOAL_MS));
    Ok(())
}

fn text(known: &[Contract], day: Day) -> String {
    let mut text = format!("{HEAD}\n");
    for at in 0..ROWS {
        let (symbol, of) = match known.get(at) {
            Some(of) => ("NIFTY", of),
            None => ("OTHER", &known[at % known.len()]),
        };
        let (kind, side) = if of.kind.is_option() { ("IDO", of.kind.as_str()) } else { ("IDF", "") };
        let strike = of.strike.map(|strike| strike.to_string()).unwrap_or_default();
        let (token, expiry, lot) = (of.expired_key.exchange_token(), of.expiry, of.lot_size);
        // A written line into a text cannot fail.
        let _ = writeln!(
            text,
            "{day},FO,NSE,{kind},{token},{symbol},{expiry},{strike},{side},100.00,101.00,750,0,0,{lot}"
        );
    }
    text
}
