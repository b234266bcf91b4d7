//! What underlyings and shares are called, and were called before.

use crate::common;
use market::{EpochSeconds, Underlying, UnderlyingKind};
use store::{SourceKind, Store};
use tempfile::TempDir;

fn stock(key: &str, symbol: &str, name: &str) -> Underlying {
    let key = key.parse().unwrap();
    Underlying { key, symbol: symbol.to_owned(), name: name.to_owned(), kind: UnderlyingKind::Stock }
}

#[tokio::test]
async fn a_share_stays_known_and_a_name_that_changed_stays_findable() {
    let data = TempDir::new().unwrap();
    let store = Store::open(data.path(), SourceKind::Other).await.unwrap();
    let zomato = stock("NSE_EQ|INE758T01015", "ZOMATO", "Zomato Limited");
    let aarti = stock("NSE_EQ|INE769A01020", "AARTIIND", "Aarti Industries");
    let gone = stock("NSE_EQ|INE000A01011", "GONE", "Gone Limited");
    let first = EpochSeconds(100);
    store.put_master(&[zomato.clone(), aarti.clone()], std::slice::from_ref(&gone), first).await.unwrap();
    // The next day one has a new name, one has left F&O, one is not traded any more.
    let eternal = stock("NSE_EQ|INE758T01015", "ETERNAL", "Eternal Limited");
    let next = EpochSeconds(200);
    store.put_master(std::slice::from_ref(&eternal), std::slice::from_ref(&aarti), next).await.unwrap();

    let known = store.known_underlyings().await.unwrap();
    let seen: Vec<_> =
        known.iter().map(|known| (known.underlying.symbol.as_str(), known.has_derivatives)).collect();
    assert_eq!(seen, [("ETERNAL", Some(true)), ("AARTIIND", Some(false))]);
    assert!(known.iter().all(|known| !known.has_expiries));
    assert_eq!(store.shares().await.unwrap(), [aarti.clone(), gone]);
    assert_eq!(store.share(&aarti.key).await.unwrap(), Some(aarti));
    let former = store.former_names().await.unwrap();
    assert_eq!(
        former.into_iter().collect::<Vec<_>>(),
        [(eternal.key.clone(), vec!["ZOMATO".to_owned(), "Zomato Limited".to_owned()])]
    );
    let (id, _) = store.underlying(&eternal.key).await.unwrap().unwrap();
    common::keep_expiries(&store, id, &["2025-08-28".parse().unwrap()], next).await;
    assert!(store.known_underlyings().await.unwrap()[0].has_expiries);
    store.close().await.unwrap();
}
