//! Made series and analyses on the command line: what is listed, what is written and what is refused in which words.

use protocol::SeriesDocument;
use serde_json::Value;
use simulator::SimulatorOptions;

use crate::command_line::{run, sign_in};
use crate::common::Stage;

const EXPIRY: &str = "2025-08-28";

/// What a command writes that succeeds, and what it tells beside it.
fn done(stage: &Stage, words: &str) -> (String, String) {
    let (status, told, beside) = run(stage, &words.split(' ').collect::<Vec<_>>());
    assert_eq!(status, 0, "{words}: {beside}");
    (told, beside)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_is_listed_made_and_refused_on_the_command_line() {
    let options =
        SimulatorOptions { limits: None, strikes_each_side_max: Some(6), ..SimulatorOptions::default() };
    let stage = Stage::with(options).await;
    sign_in(&stage);
    done(&stage, &format!("collect --underlying NIFTY --expiry {EXPIRY} --days 2"));

    let listed: Value = serde_json::from_str(&done(&stage, "series --json").0).unwrap();
    let text = done(&stage, "series").0;
    let kinds = listed["series"].as_array().unwrap();
    assert_eq!(kinds.len(), 16);
    for kind in kinds {
        let [name, title, rule] = ["name", "title", "rule"].map(|field| kind[field].as_str().unwrap());
        assert!(text.contains(&format!("{name}: {title}\n  {rule}\n")), "{name}");
    }

    let asked = format!("series atm-straddle NIFTY --from {EXPIRY} --set fixed=09:20 --interval 5minute");
    let document = done(&stage, &format!("{asked} --json")).0;
    let document: SeriesDocument = serde_json::from_str(&document).unwrap();
    assert_eq!((document.head.from, document.head.expiry), (EXPIRY.parse().unwrap(), EXPIRY.parse().ok()));
    assert_eq!(document.points[0].0, format!("{EXPIRY}T09:20:00+05:30"));
    let (csv, beside) = done(&stage, &asked);
    assert!(csv.starts_with("timestamp,price,strike,call,put,forward,gap\n2025-08-28 09:20:00,"), "{csv}");
    assert_eq!(csv.lines().count(), document.points.len() + 1);
    assert!(
        beside.starts_with("Call plus put at the strike that was nearest the forward at 09:20"),
        "{beside}"
    );
    let (nothing, told) = done(&stage, &format!("{asked} --out made.csv"));
    assert!(nothing.is_empty() && told.contains("rows written to made.csv"), "{told}");
    assert_eq!(std::fs::read_to_string(stage.data.path().join("made.csv")).unwrap(), csv);

    let listed: Value = serde_json::from_str(&done(&stage, "analysis --json").0).unwrap();
    assert_eq!(listed["analyses"].as_array().unwrap().len(), 12);
    let asked = format!("analysis open-interest-by-strike NIFTY --at {EXPIRY}T11:00 --since {EXPIRY}T10:00");
    let (csv, beside) = done(&stage, &asked);
    assert!(csv.starts_with("strike,calls,calls_change,puts,puts_change\n"), "{csv}");
    assert!(beside.contains(&format!("{EXPIRY}T10:00:00+05:30 to {EXPIRY}T11:00:00+05:30")), "{beside}");

    for (words, sentence) in [
        ("analysis smiles NIFTY", "there is no analysis \"smiles\": use one of"),
        ("analysis smile NIFTY --rate -1", "from -10% to 50%"),
        ("analysis smile NIFTY --at 2025-08-28T09:00", "its minutes run from 09:15"),
        ("analysis smile NIFTY --at 2025-08-24T11:00", "the market was closed on 24 Aug 2025"),
        ("series straddle NIFTY", "there is no series \"straddle\": use one of atm-straddle"),
        ("series max-pain", "<UNDERLYING>"),
        ("series atm-straddle NIFTY --set width=2", "takes no \"width\": it takes fixed"),
        ("series atm-straddle NIFTY --set width", "write name=value"),
        ("series by-delta NIFTY --set side=call", "by-delta wants delta=SIZE"),
        ("series max-pain NIFTY --rate 400%", "from -10% to 50%"),
        ("series max-pain NIFTY --rate -1", "from -10% to 50%"),
        (
            "series max-pain NIFTY --rate 6.5",
            "\"6.5\" is no rate that can be reckoned with: without a % it is a fraction",
        ),
        ("series max-pain NIFTY --from 2025-08-15 --to 2025-08-17", "the market was closed from 15 Aug 2025"),
        ("series max-pain BANKNIFTY", "collect an expiry first"),
    ] {
        let (status, told, problem) = run(&stage, &words.split(' ').collect::<Vec<_>>());
        assert!(status == 2 && told.is_empty() && problem.contains(sentence), "{words}: {status} {problem}");
    }
}
