//! What lands, as readers of the stream are told it.

use std::collections::BTreeSet;

use engine::{Engine, ErrorKind, StreamReader};
use market::ContractKinds;
use protocol::{CollectOrder, JobId, STREAM_ROWS_MAX, StreamCursor, StreamFilter, StreamMessage};

use crate::common::{Stage, day, nifty};

const EXPIRY: &str = "2025-08-21";
const OTHER: &str = "2025-08-28";

async fn collect(engine: &Engine, expiry: &str) -> JobId {
    let days = "2".parse().unwrap();
    let order = CollectOrder { days, ..crate::common::order(&[expiry], ContractKinds::Both) };
    let job = engine.jobs().create(&order).await.unwrap();
    engine.jobs().run(job).await.unwrap();
    job
}

/// All that is stored behind a cursor.
async fn read(engine: &Engine, filter: StreamFilter, after: StreamCursor) -> Vec<StreamMessage> {
    let mut reader = engine.stream(filter, Some(after)).await.unwrap();
    let mut messages = Vec::new();
    while let Some(message) = stored(&mut reader).await {
        messages.push(message);
    }
    assert_eq!(messages.remove(0), StreamMessage::Begins { cursor: after });
    messages
}

/// `None` where nothing more is stored: then a reader waits, for longer than reading takes.
async fn stored(reader: &mut StreamReader) -> Option<StreamMessage> {
    let patience = std::time::Duration::from_millis(700);
    tokio::time::timeout(patience, reader.next()).await.ok().map(Result::unwrap)
}

const BEGINNING: StreamCursor = StreamCursor { answer: 0, event: 0 };

#[tokio::test(flavor = "multi_thread")]
async fn every_row_and_every_event_is_told_once_and_a_reader_goes_on_from_anywhere() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let first = collect(&engine, EXPIRY).await;
    let second = collect(&engine, OTHER).await;
    let all = read(&engine, StreamFilter::default(), BEGINNING).await;

    let candles = |messages: &[StreamMessage]| -> u64 {
        let rows = messages.iter().filter_map(|message| match message {
            StreamMessage::Candles { candles, .. } => Some(candles.rows),
            _ => None,
        });
        rows.sum()
    };
    let events = |messages: &[StreamMessage]| {
        messages.iter().filter(|message| matches!(message, StreamMessage::Event { .. })).count() as i64
    };
    assert_eq!(
        candles(&all) as i64,
        stage.sql::<i64>("SELECT sum(rows) FROM fetch_audit WHERE interval IS NOT NULL")
    );
    assert!(candles(&all) as i64 >= stage.sql::<i64>("SELECT count(*) FROM candle"));
    assert_eq!(events(&all), stage.sql::<i64>("SELECT count(*) FROM job_event"));

    // From behind each message the rest comes, and nothing twice.
    for place in [0, 1, all.len() / 3, all.len() / 2, all.len() - 2] {
        let rest = read(&engine, StreamFilter::default(), all[place].cursor()).await;
        assert!(rest == all[place + 1..], "after {place}: {} of {}", rest.len(), all.len());
    }

    let of_job = |job| StreamFilter { job: Some(job), ..StreamFilter::default() };
    let (one, other) =
        (read(&engine, of_job(first), BEGINNING).await, read(&engine, of_job(second), BEGINNING).await);
    assert_eq!(
        (candles(&one) + candles(&other), events(&one) + events(&other)),
        (candles(&all), events(&all))
    );
    let of_expiry =
        StreamFilter { expiry: Some(day(EXPIRY)), underlying: Some(nifty()), ..StreamFilter::default() };
    let told = read(&engine, of_expiry, BEGINNING).await;
    assert!(candles(&told) > 0 && candles(&told) < candles(&one), "the underlying's own are of no expiry");
    assert!(told.iter().all(|message| match message {
        StreamMessage::Candles { candles, .. } => candles.expiry == Some(day(EXPIRY)),
        StreamMessage::Event { event, .. } => event.expired_key.is_some(),
        _ => false,
    }));
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_before_the_word_of_their_answer_as_they_are_kept() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, EXPIRY).await;
    let with_rows = StreamFilter { with_rows: true, ..StreamFilter::default() };
    let all = read(&engine, with_rows.clone(), BEGINNING).await;
    let is_of_rows = |message: &StreamMessage| {
        matches!(message, StreamMessage::Rows { .. } | StreamMessage::LeftOut { .. })
    };
    let plain = read(&engine, StreamFilter::default(), BEGINNING).await;
    assert!(all.iter().filter(|message| !is_of_rows(message)).eq(&plain), "the rest is as without them");

    let mut kept = BTreeSet::new();
    for (place, message) in all.iter().enumerate() {
        let StreamMessage::Rows { rows, .. } = message else { continue };
        assert!(rows.columns.len() <= STREAM_ROWS_MAX);
        let word = all[place..].iter().find(|message| !is_of_rows(message));
        assert!(matches!(word, Some(StreamMessage::Candles { candles, .. }) if *candles == rows.of));
        let whose = format!("{} {:?} {}", rows.of.underlying, rows.of.expired_key, rows.of.interval);
        kept.extend(rows.columns.time.iter().map(|time| (whose.clone(), *time)));
    }
    assert_eq!(kept.len() as i64, stage.sql::<i64>("SELECT count(*) FROM candle"));

    // Whoever breaks off among the rows of an answer is told them all again, and behind its word none of them.
    let first = all.iter().position(is_of_rows).unwrap();
    let word = first + all[first..].iter().position(|message| !is_of_rows(message)).unwrap();
    let again = read(&engine, with_rows.clone(), all[first].cursor()).await;
    assert!(again == all[first..], "{} of {}", again.len(), all.len() - first);
    let behind = read(&engine, with_rows.clone(), all[word].cursor()).await;
    assert!(behind == all[word + 1..], "{} of {}", behind.len(), all.len() - word - 1);

    let key = all.iter().rev().find_map(|message| match message {
        StreamMessage::Candles { candles, .. } => candles.expired_key.clone(),
        _ => None,
    });
    let key = key.unwrap();
    let of_one = StreamFilter { contract: Some(key.clone()), ..with_rows.clone() };
    let told = read(&engine, of_one, BEGINNING).await;
    assert!(told.iter().any(|message| matches!(message, StreamMessage::Rows { .. })));
    assert!(told.iter().all(|message| match message {
        StreamMessage::Rows { rows, .. } => rows.of.expired_key.as_ref() == Some(&key),
        StreamMessage::Candles { candles, .. } => candles.expired_key.as_ref() == Some(&key),
        StreamMessage::Event { event, .. } => event.expired_key.as_ref() == Some(&key),
        _ => false,
    }));

    // What is not kept any more is named, and where it would be.
    stage.change("DELETE FROM candle");
    let told = read(&engine, with_rows, BEGINNING).await;
    assert!(!told.iter().any(|message| matches!(message, StreamMessage::Rows { .. })));
    let left_out = told.iter().find_map(|message| match message {
        StreamMessage::LeftOut { of, why, read_at, .. } if of.expired_key.is_some() => Some((why, read_at)),
        _ => None,
    });
    let (why, read_at) = left_out.unwrap();
    assert!(why.contains("is kept") && read_at.starts_with("GET /api/v1/candles/"), "{why} {read_at}");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lands_is_told_while_it_does() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let mut reader = engine.stream(StreamFilter::default(), None).await.unwrap();
    let begins = reader.next().await.unwrap();
    let listening = tokio::spawn(async move {
        loop {
            if let StreamMessage::Candles { candles, .. } = reader.next().await.unwrap() {
                return candles;
            }
        }
    });
    let job = collect(&engine, EXPIRY).await;
    let candles = listening.await.unwrap();
    assert_eq!((candles.job, candles.rows > 0), (Some(job), true));
    let told = read(&engine, StreamFilter::default(), begins.cursor()).await;
    assert!(told.len() > 10);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_far_behind_is_told_so_and_told_everything() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, EXPIRY).await;
    let written = 3_000;
    stage.change(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {written})
         INSERT INTO job_event (job_id, at, level, message) SELECT 1, 4000000000, 'info', 'line ' || i FROM n"
    ));
    let told = read(&engine, StreamFilter::default(), BEGINNING).await;
    let behind: Vec<_> =
        told.iter().filter(|message| matches!(message, StreamMessage::Behind { .. })).collect();
    let events: i64 = stage.sql("SELECT count(*) FROM job_event");
    let [StreamMessage::Behind { cursor, events: told_events, .. }] = behind[..] else {
        panic!("{behind:?}")
    };
    assert_eq!((*cursor, *told_events), (BEGINNING, events));
    let lines = told.iter().filter(|message| matches!(message, StreamMessage::Event { .. })).count();
    assert_eq!(lines as i64, events);

    let foreign = StreamCursor { answer: 0, event: events + 1 };
    let refused = engine.stream(StreamFilter::default(), Some(foreign)).await.err().unwrap();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    assert!(refused.to_string().contains("it is of another database"), "{refused}");
    engine.close().await.unwrap();
}
