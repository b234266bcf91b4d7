//! `kill -9` of the real executable at random moments, started again until its job is done (promises P1 and
//! P2): nothing that was stored is lost, nothing comes twice, and what is asked again is only what was under
//! way. `EXPIRYTRACK_KILLS=N` kills N times.

use crate::executable;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::common::{Stage, day, nifty};
use market::ContractKinds;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use rusqlite::Connection;
use simulator::Faults;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

const EXPIRIES: [&str; 3] = ["2025-09-09", "2025-09-02", "2025-08-21"];
const KILLS_DEFAULT: u64 = 10;
/// Lives that are lived at the same time.
const LANES: u64 = 2;
const WORKERS: u64 = 5;
/// A start takes a part of it; the rest is time in which requests are under way.
const LIFE_MS: std::ops::Range<u64> = 250..900;

fn expirytrack(stage: &Stage, words: &[&str]) -> Command {
    let mut command = Command::new(executable::PATH);
    executable::settle(&mut command, stage).args(words);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn sign_in(stage: &Stage) {
    let mut login = expirytrack(stage, &["login", "--token-stdin"]).stdin(Stdio::piped()).spawn().unwrap();
    login.stdin.take().unwrap().write_all(b"simulated").unwrap();
    assert!(login.wait().unwrap().success());
}

fn collect(stage: &Stage) -> Child {
    let mut words = vec!["collect", "--underlying", "NSE_INDEX|Nifty 50", "--workers", "5"];
    for expiry in EXPIRIES {
        words.extend(["--expiry", expiry]);
    }
    expirytrack(stage, &words).spawn().unwrap()
}

/// Every answer that the database says it has, with its rows; `None` before there is a database.
fn answered(data: &Path) -> Option<Vec<(i64, String, i64)>> {
    let connection = Connection::open(data.join("expirytrack.db")).ok()?;
    let intact: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).ok()?;
    assert_eq!(intact, "ok");
    let mut statement = connection.prepare("SELECT series_id, day, candles FROM series_day").ok()?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    Some(rows.unwrap().collect::<Result<_, _>>().unwrap())
}

async fn stage() -> Stage {
    let stage = Stage::new().await;
    stage.set_faults(Faults { latency_ms: 100, latency_jitter_ms: 100, ..Faults::default() });
    sign_in(&stage);
    stage
}

/// How often the job of a data directory was killed, and how many requests for candles it took.
struct Lived {
    kills: u64,
    requests: u64,
}

/// Begins the job again and again, and kills it up to so many times, until it is done.
async fn live(kills_max: u64, random: &mut SmallRng) -> Lived {
    let stage = stage().await;
    let mut kills = 0;
    let mut held = Vec::new();
    loop {
        let mut child = collect(&stage);
        if kills < kills_max {
            #[expect(clippy::disallowed_methods, reason = "the real executable lives in real time")]
            tokio::time::sleep(Duration::from_millis(random.random_range(LIFE_MS))).await;
            if child.try_wait().unwrap().is_none() {
                child.kill().unwrap();
                kills += 1;
            }
        }
        let status = child.wait().unwrap();
        let Some(now) = answered(stage.data.path()) else { continue };
        for answer in &held {
            assert!(now.contains(answer), "{answer:?} was stored and is gone");
        }
        held = now;
        if status.success() {
            break;
        }
    }
    stage.assert_underlying_equals_broker(&nifty());
    for expiry in EXPIRIES {
        stage.assert_equals_broker(&nifty(), day(expiry), ContractKinds::Both);
    }
    Lived { kills, requests: stage.all_candle_requests() }
}

/// Lives until there were so many kills.
async fn lives(kills_wanted: u64, seed: u64) -> Vec<Lived> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut lives = Vec::new();
    let mut left = kills_wanted;
    while left > 0 {
        let lived = live(left, &mut random).await;
        left -= lived.kills;
        lives.push(lived);
    }
    lives
}

/// On a thread that may block: most of a life is waiting for the broker or for a process.
fn beside<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || runtime.block_on(work))
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_it_loses_nothing_and_repeats_only_what_was_under_way() {
    let wanted = std::env::var("EXPIRYTRACK_KILLS").ok().and_then(|text| text.parse().ok());
    let wanted: u64 = wanted.unwrap_or(KILLS_DEFAULT);
    let undisturbed = beside(async { live(0, &mut SmallRng::seed_from_u64(0)).await });
    let lanes: Vec<_> = (0..LANES).map(|lane| beside(lives(wanted.div_ceil(LANES), wanted + lane))).collect();
    let needed = undisturbed.await.unwrap().requests;
    let mut all = Vec::new();
    for lane in lanes {
        all.extend(lane.await.unwrap());
    }
    for Lived { kills, requests } in &all {
        let repeated = requests.saturating_sub(needed);
        assert!(repeated <= kills * WORKERS, "{repeated} repeated after {kills} kills");
    }
    assert!(all.iter().any(|lived| lived.kills > 1), "no life was cut short twice");
}
