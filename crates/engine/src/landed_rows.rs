//! The rows of an answer that landed, as they are kept: read from the database after their commit, in the interval that
//! they came in, in as many messages as it takes. Where they cannot be told, the message says why and where they are read.

use std::collections::VecDeque;

use market::{Bar, Candle, EpochSeconds};
use protocol::{
    CandleColumns, CandleRow, LandedCandles, LandedRows, STREAM_ROWS_MAX, StreamCursor, StreamMessage,
};
use store::SeriesOwner;

use crate::error::EngineError;
use crate::market_data::MarketDataService;

const NONE_KEPT: &str =
    "no row of these days is kept: they have left the database since, or none could be taken";

/// At least one message; whoever has read it goes on behind `cursor`.
pub(crate) async fn landed_rows(
    data: &MarketDataService,
    of: &LandedCandles,
    cursor: StreamCursor,
) -> VecDeque<StreamMessage> {
    let why = match data.kept_rows(of).await {
        Ok(rows) if rows.is_empty() => NONE_KEPT.to_owned(),
        Ok(rows) => return in_parts(&rows, of, cursor),
        Err(error) => {
            let error = error.chain();
            tracing::warn!(error, "rows that landed cannot be told to a reader of the stream");
            error
        }
    };
    VecDeque::from([StreamMessage::LeftOut { cursor, of: of.clone(), why, read_at: of.read_at() }])
}

fn in_parts(rows: &[CandleRow], of: &LandedCandles, cursor: StreamCursor) -> VecDeque<StreamMessage> {
    let parts = rows.len().div_ceil(STREAM_ROWS_MAX) as u64;
    let part = |(part, rows): (u64, &[CandleRow])| {
        let columns = CandleColumns::of_rows(rows);
        StreamMessage::Rows { cursor, rows: Box::new(LandedRows { of: of.clone(), part, parts, columns }) }
    };
    (1..).zip(rows.chunks(STREAM_ROWS_MAX)).map(part).collect()
}

impl MarketDataService {
    /// What is kept of the days of an answer, in its own interval; nothing is made of anything.
    async fn kept_rows(&self, of: &LandedCandles) -> Result<Vec<CandleRow>, EngineError> {
        let owner: SeriesOwner = match &of.expired_key {
            Some(key) => self.stored_contract(key).await?.id.into(),
            None => match self.store.underlying(&of.underlying).await? {
                Some((id, _)) => SeriesOwner::Underlying(id),
                None => return Err(EngineError::NothingStored { key: of.underlying.to_string() }),
            },
        };
        let Some(series) = self.store.series(owner, of.interval).await? else { return Ok(Vec::new()) };
        let from = of.from.map_or(EpochSeconds(i64::MIN), |day| day.start());
        let to = of.to.map_or(EpochSeconds(i64::MAX), |day| day.next().start());
        let candles = self.store.candles(series, from, to).await?;
        let row = |candle: Candle| {
            let bar = Bar::from(candle);
            CandleRow { start: bar.start, bar: Some(bar) }
        };
        Ok(candles.into_iter().map(row).collect())
    }
}

#[cfg(test)]
mod tests {
    use market::Interval;

    use super::*;

    #[test]
    fn rows_come_in_messages_of_a_bounded_length() {
        let of = LandedCandles {
            at: EpochSeconds(0),
            job: None,
            underlying: "NSE_INDEX|Nifty 50".parse().unwrap(),
            expiry: None,
            expired_key: None,
            interval: Interval::Minute1,
            from: None,
            to: None,
            rows: 4_500,
        };
        let rows: Vec<CandleRow> =
            (0..4_500).map(|minute| CandleRow { start: EpochSeconds(minute * 60), bar: None }).collect();
        let cursor = StreamCursor { answer: 7, event: 9 };
        let mut told = Vec::new();
        for (place, message) in (1..).zip(in_parts(&rows, &of, cursor)) {
            assert_eq!(message.cursor(), cursor);
            let StreamMessage::Rows { rows, .. } = message else { panic!("{message:?}") };
            assert!((rows.part, rows.parts, rows.columns.len() <= STREAM_ROWS_MAX) == (place, 3, true));
            told.extend(rows.columns.time);
        }
        assert!(told.into_iter().eq(rows.iter().map(|row| row.start.0)));
        assert!(in_parts(&rows[..STREAM_ROWS_MAX], &of, cursor).len() == 1);
    }
}
