//! A second file of a day: a better one takes the place of the first, and one that says less does not.

use super::{EXPIRY, collected, file, name, take};
use crate::common::{day, nifty};
use engine::ErrorKind;
use market::ContractKinds;

/// A file that was cut between two rows reads well; what is kept shows that it says less, and so does what is stored.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_says_less_does_not_take_the_place_of_a_better_one() {
    let (stage, engine) = collected().await;
    let on = "2025-08-19";
    let whole = file(&stage, day(on), |_, volume| volume);
    let first = take(&engine, on, whole.clone()).await;
    assert_eq!((first.without_row, first.rows_before), (0, None), "{first:#?}");
    let proofs = || stage.sql::<String>("SELECT group_concat(contract_id || ' ' || volume) FROM proved_day");
    let before = proofs();

    let part = whole.lines().take(4).collect::<Vec<_>>().join("\n");
    // As many rows, and one of a contract that nobody knows in the place of one that is known.
    let contracts = stage.simulator.oracle().contracts(&nifty(), day(EXPIRY), ContractKinds::Both);
    let (last, symbol) = (whole.lines().last().unwrap(), &contracts.last().unwrap().trading_symbol);
    let other = whole.replace(last, &last.replace(",NIFTY,", ",UNKNOWN,"));
    let fewer = format!("has 3 rows, and the one that is kept has {}", first.rows);
    let lacks = format!("lacks 1 contract that the one that is kept names (for example {symbol})");
    for (text, why) in [(part.clone(), fewer), (other, lacks)] {
        let error = engine.bhavcopy().take(&name(on), text.into_bytes(), false).await.unwrap_err();
        let sentence = error.to_string();
        assert!(sentence.contains(&why), "{sentence}");
        assert!(sentence.contains("bhavcopy --withdraw 2025-08-19 --exchange NSE"), "{sentence}");
        assert_eq!((error.kind(), proofs()), (ErrorKind::Refused, before.clone()));
    }

    // Where somebody says that it is right all the same, what is stored shows that it is not whole.
    engine.bhavcopy().withdraw(day(on), None).await.unwrap();
    let second = take(&engine, on, part).await;
    assert_eq!((second.rows, second.rows_before), (3, None));
    assert_eq!(
        second.without_row,
        first.volume.same - second.volume.same,
        "all that traded and is not in it"
    );
    let told = second.sentences.join(" ");
    assert!(told.contains("it is not the whole file of the day"), "{told}");

    // The whole one takes its place, and a corrected one that of the whole one.
    let third = take(&engine, on, whole).await;
    assert_eq!((third.rows_before, third.without_row, proofs()), (Some(3), 0, before));
    let told = third.sentences.join(" ");
    let rule = "an earlier file of this day with 3 rows: it has no fewer, and names every contract that that one named";
    assert!(told.contains(rule), "{told}");
    let corrected = take(&engine, on, file(&stage, day(on), |of, volume| volume + of.lot_size)).await;
    assert_eq!(corrected.rows_before, Some(first.rows));
    super::assert_sound(&stage).await;
    engine.close().await.unwrap();
}
