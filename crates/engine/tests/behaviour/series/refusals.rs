//! What cannot be made says why, and what has no value is a gap.

use engine::{ErrorKind, SeriesWish};
use market::{ContractKinds, Day};

use super::{EXPIRY, collect, made, points, refused, silence, wish};
use crate::common::{Stage, day};

fn days(from: &str, to: &str, series: &str) -> SeriesWish {
    let day = |text: &str| (!text.is_empty()).then(|| text.parse::<Day>().unwrap());
    SeriesWish { from: day(from), to: day(to), ..wish(series) }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_made_is_refused_in_a_sentence() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let error = refused(&engine, &wish("max-pain")).await;
    assert!(error.to_string().contains("NSE_INDEX|Nifty 50"), "{error}");
    collect(&engine, &[EXPIRY], "3", ContractKinds::Options).await;

    let of_expiry = |series: &str, expiry: &str| SeriesWish { expiry: Some(day(expiry)), ..wish(series) };
    let with_rate = SeriesWish { rate: "5%".parse().ok(), ..wish("continuous-future") };
    for (wish, kind, part) in [
        (
            days("2025-08-27", "2025-08-27", "max-pain"),
            ErrorKind::Refused,
            "the market was closed on 27 Aug 2025",
        ),
        (
            days("2025-08-23", "2025-08-24", "max-pain"),
            ErrorKind::Refused,
            "the market was closed from 23 Aug 2025 to 24 Aug 2025",
        ),
        (
            days("2025-07-01", "2025-07-02", "max-pain"),
            ErrorKind::NotFound,
            "is stored of the expiry of Nifty 50 on 28 Aug 2025: its days with minutes lie between",
        ),
        (days("2025-08-29", "", "max-pain"), ErrorKind::NotFound, "from 29 Aug 2025 on"),
        (days("", "2025-07-01", "max-pain"), ErrorKind::NotFound, "up to 1 Jul 2025"),
        (days("2025-08-28", "2025-08-26", "max-pain"), ErrorKind::Refused, "backwards"),
        (
            days("2025-09-05", "", "constant-maturity-volatility"),
            ErrorKind::NotFound,
            "no minute from 5 Sep 2025 on is stored of the contracts of Nifty 50: its days",
        ),
        (of_expiry("max-pain", "2025-08-26"), ErrorKind::NotFound, "no expiry of Nifty 50 on 26 Aug 2025"),
        (
            of_expiry("max-pain", "2025-08-21"),
            ErrorKind::NotFound,
            "no 1-minute candle is stored of the expiry",
        ),
        (of_expiry("continuous-future", EXPIRY), ErrorKind::Refused, "takes no expiry"),
        (of_expiry("realised-volatility", EXPIRY), ErrorKind::NotFound, "no future is known of the expiry"),
        (with_rate, ErrorKind::Refused, "takes no rate"),
        (
            wish("atm-straddle fixed=15:31"),
            ErrorKind::Refused,
            "chosen at 15:31, which lies outside of the session: write a time from 09:15 to 15:29",
        ),
        (wish("atm-straddle fixed=09:00"), ErrorKind::Refused, "chosen at 09:00, which lies outside"),
        (
            wish("by-delta side=call delta=0.3 at=15:35 until=15:40"),
            ErrorKind::Refused,
            "chosen at 15:35, which lies outside",
        ),
        (
            wish("by-premium side=put premium=100 at=15:30 until=15:40"),
            ErrorKind::Refused,
            "chosen at 15:30, which lies outside",
        ),
        (
            wish("continuous-future"),
            ErrorKind::NotFound,
            "no 1-minute candle is stored of a future of Nifty 50",
        ),
        (wish("strategy legs=NSE_FO|1|28-08-2025:1"), ErrorKind::NotFound, "no contract NSE_FO|1|28-08-2025"),
    ] {
        let error = refused(&engine, &wish).await;
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
    for (rate, part) in [("-1", "-1"), ("400%", "400%")] {
        let error = rate.parse::<engine::Rate>().unwrap_err().to_string();
        assert!(error.contains(part) && error.contains("6.5%"), "{error}");
    }
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expiry_without_a_future_has_its_forward_by_parity_and_what_no_strike_had_is_a_gap() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY], "20", ContractKinds::Options).await;
    let straddle = made(&engine, &days("2025-08-26", "2025-08-26", "atm-straddle")).await;
    let priced = points(&straddle).iter().filter(|(_, values)| values[0].is_some()).count();
    assert!(priced > 100, "{priced}");

    // Seven strikes around the money are left, three weeks before the end.
    stage.change(
        "UPDATE candle SET volume = 0 WHERE series_id IN (SELECT s.id FROM series s
             JOIN contract c ON c.id = s.contract_id WHERE c.strike NOT BETWEEN 2430000 AND 2460000)",
    );
    let far = made(&engine, &days("2025-08-08", "2025-08-08", "strangle delta=0.05")).await;
    assert!(points(&far).iter().all(|(_, values)| values == &[None; 6]) && !far.points.is_empty());
    let of_delta = far.head.gaps.iter().filter(|gap| gap.reason.contains("delta")).count();
    assert!(of_delta > 0, "{:?}", far.head.gaps);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leg_that_never_traded_is_named_in_every_minute() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY], "3", ContractKinds::Both).await;
    silence(&stage, "PE", day("2025-08-01").start(), day(EXPIRY).next().start());
    let key = |kind: &str| {
        stage.sql::<String>(&format!(
            "SELECT segment || '|' || exchange_token || '|' || strftime('%d-%m-%Y', key_date) FROM contract
             WHERE kind = '{kind}' LIMIT 1"
        ))
    };
    let legs = format!("legs={}:1,{}:-1", key("FUT"), key("PE"));
    let document = made(&engine, &wish(&format!("strategy {legs}"))).await;
    assert!(points(&document).iter().all(|(_, values)| values[0].is_none()));
    assert!(document.head.gaps.iter().any(|gap| gap.reason.starts_with("Leg 2 was not traded")));
    let error = refused(&engine, &wish(&format!("strategy {legs} since=2025-08-26T12:00"))).await;
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.to_string().contains("at 2025-08-26T12:00 not every leg had been traded"), "{error}");
    engine.close().await.unwrap();
}
