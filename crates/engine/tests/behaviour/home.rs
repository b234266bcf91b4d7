//! Home at a glance: what is complete by expiry, what may be lost and until when, of the kinds that are collected.

use std::sync::Arc;

use crate::common::{Stage, day, nifty, order};
use engine::{Engine, VirtualClock};
use market::ContractKinds;
use protocol::{ExpiryShade, StoredMonth};
use ratelimit::WallTime;

/// 2025-09-17 08:00 IST.
const START: WallTime = WallTime::from_millis(1_758_076_200_000);

async fn collect(engine: &Engine, expiry: &str, days: u32) {
    let mut order = order(&[expiry], ContractKinds::Options);
    order.days = days.try_into().unwrap();
    let job = engine.jobs().create(&order).await.unwrap();
    engine.jobs().run(job).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expiry_is_at_risk_until_it_is_complete_and_no_future_is_missed_by_who_collects_options() {
    let stage = Stage::new().await;
    let engine = stage.engine_at(Arc::new(VirtualClock::new(START))).await;
    let empty = engine.home().await.unwrap();
    assert!(empty.underlyings.is_empty() && empty.at_risk.is_empty() && empty.next_runs.is_empty());
    assert!(empty.months.is_empty() && empty.seen_back_to.is_none());

    collect(&engine, "2025-08-28", 90).await;
    collect(&engine, "2025-09-02", 1).await;
    let home = engine.home().await.unwrap();
    let nifty = &home.underlyings[0];
    assert_eq!((nifty.first, nifty.last), (Some(day("2025-08-28")), Some(day("2025-09-02"))));
    assert_eq!(nifty.complete, 1);
    let count = |shade| nifty.shades.iter().filter(|other| **other == shade).count();
    assert_eq!((count(ExpiryShade::Complete), count(ExpiryShade::Partly)), (1, 1));

    let until =
        |expiry: &str| home.at_risk.iter().find(|risk| risk.expiry == day(expiry)).map(|risk| risk.until);
    assert_eq!(until("2025-08-28"), None, "what is complete cannot be lost");
    // The first to be lost stands first: six months before the day, and never one that is gone.
    assert!(home.at_risk.iter().all(|risk| risk.until >= day("2025-09-17")), "{:?}", home.at_risk);
    assert!(home.at_risk.is_sorted_by_key(|risk| risk.until));
    assert!(home.at_risk_besides > 0);
    assert_eq!(home.at_risk[0].until, day("2025-09-20"), "{:?}", home.at_risk[0]);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_is_told_by_month_of_expiry_and_how_far_back_the_broker_has_listed_contracts() {
    let stage = Stage::new().await;
    let engine = stage.engine_at(Arc::new(VirtualClock::new(START))).await;
    for expiry in ["2025-06-26", "2025-08-21", "2025-08-28"] {
        collect(&engine, expiry, 1).await;
    }
    let home = engine.home().await.unwrap();
    let months: Vec<_> = home.months.iter().map(|month| (month.month, month.expiries)).collect();
    assert_eq!(months, [(day("2025-06-01"), 1), (day("2025-07-01"), 0), (day("2025-08-01"), 2)]);
    let sum = |of: fn(&StoredMonth) -> u64| home.months.iter().map(of).sum::<u64>();
    assert_eq!(sum(|month| month.contracts), home.stored.contracts, "no contract is in two months");
    assert_eq!(sum(|month| month.candles), home.stored.candles);
    assert_eq!(home.months[0].underlyings, 1);

    // Older expiries are known by their dates alone, of which no contract was ever listed.
    let known = engine.expired().known_expiries(&nifty()).await.unwrap();
    assert!(known.iter().any(|row| row.date < day("2025-06-26")));
    assert_eq!(home.seen_back_to, Some(day("2025-06-26")));
    engine.close().await.unwrap();
}
