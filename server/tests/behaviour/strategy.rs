//! Strategies on the command line: what is told in words, what is written as a file, and what is refused in which words.

use protocol::{RunDocument, StrategyDocument};
use simulator::SimulatorOptions;

use crate::command_line::{run, sign_in};
use crate::common::Stage;

const LOOK: &str = "strategy NIFTY --expiry 2025-08-28 --entry 2025-08-28T10:00";
const RUN: &str = "strategy-run NIFTY --entry 0@10:00";
const STRADDLE: &str = "--legs sell:1:call:atm,sell:1:put:atm";

/// What a command writes that succeeds, and what it tells beside it.
fn done(stage: &Stage, words: &str) -> (String, String) {
    let (status, told, beside) = run(stage, &words.split(' ').collect::<Vec<_>>());
    assert_eq!(status, 0, "{words}: {beside}");
    (told, beside)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strategy_is_looked_at_run_and_refused_on_the_command_line() {
    let options =
        SimulatorOptions { limits: None, strikes_each_side_max: Some(6), ..SimulatorOptions::default() };
    let stage = Stage::with(options).await;
    sign_in(&stage);
    done(&stage, "collect --underlying NIFTY --expiry 2025-08-28 --days 2");

    let asked = format!("{LOOK} {STRADDLE};buy:1:call:99000 --exit 2025-08-28T15:00 --brokerage 20");
    let document: StrategyDocument =
        serde_json::from_str(&done(&stage, &format!("{asked} --json")).0).unwrap();
    let opened = document.strategies[0].opened.as_ref().unwrap();
    let outcome = opened.outcome.as_ref().unwrap();
    assert_eq!((outcome.at.as_str(), outcome.costs), ("2025-08-28T15:00:00+05:30", 80.0));
    let words = done(&stage, &asked).0;
    for part in [
        format!("{:.2} at its time", outcome.profit),
        "not a backtest with fills".to_owned(),
        "had not been traded by then".to_owned(),
    ] {
        assert!(words.contains(&part), "{part}: {words}");
    }
    let (csv, beside) = done(&stage, &format!("{asked} --format csv"));
    let head =
        "strategy,timestamp,price,profit,delta,gamma,vega,theta,leg_1,leg_2,gap\n1,2025-08-28 10:00:00,";
    assert!(csv.starts_with(head) && beside.contains("A look at the past"), "{csv}");
    assert_eq!(csv.lines().count(), opened.points.len() + 2);

    let runs = format!("{RUN} {STRADDLE} --exit 0@15:00 --brokerage 20");
    let document: RunDocument = serde_json::from_str(&done(&stage, &format!("{runs} --json")).0).unwrap();
    let priced: Vec<f64> = document.runs.iter().filter_map(|row| Some(row.priced.as_ref()?.profit)).collect();
    assert_eq!(priced, [outcome.profit]);
    let words = done(&stage, &runs).0;
    assert!(words.contains(&format!("{:.2}", outcome.profit)) && words.contains("not priced: "), "{words}");
    let (nothing, told) = done(&stage, &format!("{runs} --out runs.csv"));
    assert!(nothing.is_empty() && told.contains("rows written to runs.csv"), "{told}");
    let csv = std::fs::read_to_string(stage.data.path().join("runs.csv")).unwrap();
    assert_eq!(csv.lines().count(), document.runs.len() + 1);

    let seven = ["buy:1:call:atm"; 7].join(",");
    for (words, sentence) in [
        (format!("{LOOK} --legs {seven}"), "at most 6 legs, and these are 7"),
        (format!("{LOOK} --legs buy:0:call:atm"), "0 lots are no leg"),
        (format!("{LOOK} --legs buy:1:call:99000"), "had not been traded by then"),
        (format!("{LOOK} {STRADDLE} --rate -1"), "from -10% to 50%"),
        (format!("{LOOK} {STRADDLE} --rate 400%"), "from -10% to 50%"),
        (format!("{LOOK} {STRADDLE} --charges 6"), "from 0 to 5"),
        (format!("{LOOK} {STRADDLE} --loss -5"), "rupees above 0"),
        (format!("{RUN} {STRADDLE} --exit 1@15:00"), "does not lie after the entry"),
    ] {
        let (status, told, problem) = run(&stage, &words.split(' ').collect::<Vec<_>>());
        assert!(status == 2 && told.is_empty() && problem.contains(sentence), "{words}: {status} {problem}");
    }
}
