//! What a ladder tells of prices is what the broker's candles say: last, high and low of each contract, and where the
//! underlying stood, by its own candles, else by calls and puts, else not at all.

use crate::common::{Stage, day, nifty, order};
use engine::{BrowseService, Engine, ErrorKind, RunEnd};
use market::{Candle, ContractKinds, InstrumentKey, Interval, Price};
use protocol::{CollectOrder, ContractsPicture, JobStatus, Spot, SpotPrice, TradedPrices};
use simulator::{Faults, Simulator};

const EXPIRY: &str = "2025-08-21";
const DAYS: i64 = 20;

fn reliance() -> InstrumentKey {
    "NSE_EQ|INE002A01018".parse().unwrap()
}

/// The last twenty days before an expiry.
fn options(underlying: InstrumentKey, expiry: &str, with_underlying: bool) -> CollectOrder {
    CollectOrder {
        underlyings: vec![underlying],
        days: u32::try_from(DAYS).unwrap().try_into().unwrap(),
        with_underlying,
        ..order(&[expiry], ContractKinds::Options)
    }
}

async fn collect(engine: &Engine, order: &CollectOrder) {
    let job = engine.jobs().create(order).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
}

async fn ladder(engine: &Engine, underlying: &InstrumentKey, expiry: &str) -> ContractsPicture {
    engine.browse().contracts(underlying, day(expiry), None).await.unwrap()
}

async fn implied(engine: &Engine, underlying: &InstrumentKey, expiry: &str) -> SpotPrice {
    match ladder(engine, underlying, expiry).await.spot {
        Spot::CallsAndPuts(spot) => spot,
        other => panic!("{other:?}"),
    }
}

async fn not_known(engine: &Engine, underlying: &InstrumentKey, expiry: &str) -> String {
    match ladder(engine, underlying, expiry).await.spot {
        Spot::Unknown { reason } => reason,
        other => panic!("{other:?}"),
    }
}

/// By the broker's own rows, counted here.
fn traded(candles: &[Candle]) -> Option<TradedPrices> {
    let trades: Vec<&Candle> = candles.iter().filter(|candle| candle.volume > 0).collect();
    Some(TradedPrices {
        last: trades.last()?.prices.close,
        high: trades.iter().map(|trade| trade.prices.high).max()?,
        low: trades.iter().map(|trade| trade.prices.low).min()?,
    })
}

/// The underlying's last minute of the expiry's day.
fn close(simulator: &Simulator, underlying: &InstrumentKey, expiry: &str) -> SpotPrice {
    let rows = simulator.oracle().underlying_minutes(underlying, day(expiry), day(expiry));
    SpotPrice { price: rows.last().unwrap().prices.close, at: day(expiry).at_minute(930) }
}

fn difference(one: Price, other: Price) -> f64 {
    (one.to_rupees() / other.to_rupees() - 1.0).abs()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_contract_has_its_last_high_and_low_and_the_expiry_its_spot() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &options(nifty(), EXPIRY, true)).await;
    let picture = ladder(&engine, &nifty(), EXPIRY).await;
    let oracle = stage.simulator.oracle();
    for row in &picture.contracts {
        let key = &row.contract.expired_key;
        let from = day(EXPIRY).plus_days(-DAYS);
        let candles = oracle.candles(key, Interval::Minute1, from, day(EXPIRY));
        assert_eq!(row.prices, traded(&candles), "{key}");
    }
    assert!(picture.contracts.iter().filter(|row| row.prices.is_some()).count() > 10);
    assert_eq!(picture.spot, Spot::Underlying(close(&stage.simulator, &nifty(), EXPIRY)));
    engine.close().await.unwrap();

    // The command line reads the same beside whoever owns the directory.
    let reader = BrowseService::open_for_reading(stage.data.path()).await.unwrap();
    assert_eq!(reader.contracts(&nifty(), day(EXPIRY), None).await.unwrap(), picture);
    let busy = picture.contracts.iter().max_by_key(|row| row.candles).unwrap();
    let key = &busy.contract.expired_key;
    assert_eq!(reader.contract(key).await.unwrap().row, *busy);

    // It is a contract of its own expiry alone, and who is not known is asked of nobody.
    assert_eq!(reader.contract_of(&nifty(), day(EXPIRY), key).await.unwrap().row, *busy);
    for (underlying, expiry) in [(nifty(), "2025-08-28"), (reliance(), EXPIRY)] {
        let other = reader.contract_of(&underlying, day(expiry), key).await.unwrap_err();
        assert_eq!(other.kind(), ErrorKind::NotFound);
        let symbol = &busy.contract.trading_symbol;
        let told = "is a contract of Nifty 50 that expired on 21 Aug 2025: look for it there";
        assert_eq!(other.to_string(), format!("{symbol} {told}"));
    }
    let unknown = "NSE_FO|1|28-08-2025".parse().unwrap();
    let unknown = reader.contract_of(&nifty(), day(EXPIRY), &unknown).await.unwrap_err().to_string();
    assert!(unknown.ends_with("is known here: look for it among the contracts of its expiry"), "{unknown}");
    let nobody = reader.find(&"GOLDGOLD".parse().unwrap()).await.unwrap_err();
    assert_eq!(nobody.kind(), ErrorKind::Refused);
    let nobody = nobody.to_string();
    assert!(nobody.contains("known here is called \"GOLDGOLD\"") && !nobody.contains("asked of"), "{nobody}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_underlying_calls_and_puts_say_where_it_stood() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &options(nifty(), EXPIRY, false)).await;
    let real = close(&stage.simulator, &nifty(), EXPIRY);
    let spot = implied(&engine, &nifty(), EXPIRY).await;
    assert!(difference(spot.price, real.price) < 0.001, "{spot:?} for {real:?}");
    assert_eq!(spot.at, real.at);

    // With the puts gone nothing says it, and nothing is said.
    let puts = "(SELECT s.id FROM series s JOIN contract c ON c.id = s.contract_id WHERE c.kind = 'PE')";
    stage.change(&format!("UPDATE candle SET volume = 0 WHERE series_id IN {puts}"));
    let reason = not_known(&engine, &nifty(), EXPIRY).await;
    assert_eq!(
        reason,
        "It is not known where Nifty 50 stood: no candle of it is stored of 21 Aug 2025, and fewer than three strikes \
         traded on both sides at one time."
    );
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_whose_candles_were_divided_since_is_not_taken_at_their_word() {
    const MONTHLY: &str = "2025-08-28";
    let stage = Stage::new().await;
    let real = close(&stage.simulator, &reliance(), MONTHLY);
    let engine = stage.engine().await;
    collect(&engine, &options(reliance(), MONTHLY, true)).await;
    assert_eq!(ladder(&engine, &reliance(), MONTHLY).await.spot, Spot::Underlying(real));
    engine.close().await.unwrap();

    // Three bonus shares for one, after the expiry: the share's old candles are a quarter, the strikes are not.
    let stage = Stage::new().await;
    stage.set_faults(Faults { adjusted_before: Some(day("2025-09-10")), ..Faults::default() });
    let engine = stage.engine().await;
    collect(&engine, &CollectOrder { kinds: ContractKinds::Futures, ..options(reliance(), MONTHLY, true) })
        .await;
    let spot = ladder(&engine, &reliance(), MONTHLY).await.spot;
    assert_eq!(
        spot.known().map(|spot| spot.price),
        Ok(Price(real.price.0 / 4)),
        "no strike contradicts it yet"
    );
    engine.expired().contracts(&reliance(), day(MONTHLY), ContractKinds::Options).await.unwrap();
    let reason = not_known(&engine, &reliance(), MONTHLY).await;
    assert!(reason.contains("a bonus or a split may have changed them"), "{reason}");
    collect(&engine, &options(reliance(), MONTHLY, true)).await;
    let spot = implied(&engine, &reliance(), MONTHLY).await;
    assert!(difference(spot.price, real.price) < 0.01, "{spot:?} for {real:?}");
    engine.close().await.unwrap();
}
