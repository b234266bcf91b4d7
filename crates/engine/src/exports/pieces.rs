//! What is read of an export at once: a contract, a month of an underlying, or, with volatility, the contracts that one
//! walk through the days of their expiry is made for.

use std::collections::HashMap;

use export::{Subject, Twin};
use market::{Bar, DayRange, ExpiredKey, Underlying};
use protocol::ContractRow;
use store::UnderlyingId;

use super::plan::{Part, PlannedFile};
use super::reader::ExportReader;
use super::wish::Wish;
use crate::candles::together;
use crate::error::EngineError;

/// The rows of a part, or of some of its days.
pub(super) struct Rows {
    pub(super) subject: Subject,
    pub(super) bars: Vec<Bar>,
    pub(super) twin: Option<Twin>,
    /// Whether the part ends with them.
    pub(super) ends: bool,
}

/// Rows of contracts whose files come next.
pub(super) type Ahead = HashMap<ExpiredKey, Rows>;

/// What is read at once.
pub(super) enum Piece {
    /// It was read already.
    Ready(Rows),
    Contract(Subject, ExpiredKey),
    /// Of one expiry.
    WithVolatility(Vec<(Subject, ExpiredKey)>),
    /// A month of an underlying.
    Own(Subject, UnderlyingId, Underlying, DayRange, bool),
}

impl ExportReader {
    /// What a file is read in.
    pub(super) async fn pieces(&self, wish: &Wish, file: &PlannedFile) -> Result<Vec<Piece>, EngineError> {
        let mut pieces = Vec::new();
        let mut with_volatility = Vec::new();
        for part in file.parts.clone() {
            match part {
                Part::Chain(..) | Part::Series(_) => {}
                Part::Contract(subject, row) if wish.order.volatility => {
                    with_volatility.push((subject, row.contract.expired_key, row.candles));
                }
                Part::Contract(subject, row) => {
                    pieces.push(Piece::Contract(subject, row.contract.expired_key))
                }
                Part::Own(subject, id, underlying) => {
                    let days = self.data.own_days(id, wish.order.interval, wish.days).await?;
                    let Some(days) = days else { continue };
                    let months = days.months();
                    let last = months.len().saturating_sub(1);
                    pieces.extend(months.into_iter().enumerate().map(|(place, month)| {
                        Piece::Own(subject.clone(), id, underlying.clone(), month, place == last)
                    }));
                }
            }
        }
        let groups = together(with_volatility, |(_, _, candles)| *candles).into_iter().map(|group| {
            Piece::WithVolatility(group.into_iter().map(|(subject, key, _)| (subject, key)).collect())
        });
        pieces.extend(groups);
        Ok(pieces)
    }

    /// The rows of the first file, where it is of one contract: read together with those of the files after it.
    pub(super) async fn ahead(
        &self,
        wish: &Wish,
        files: &[PlannedFile],
        ahead: &mut Ahead,
    ) -> Result<Option<Rows>, EngineError> {
        let of_one = |file: &PlannedFile| match &file.parts[..] {
            [Part::Contract(subject, row)] => Some((subject.clone(), row.clone())),
            _ => None,
        };
        let contracts: Vec<_> = files.iter().map_while(of_one).collect();
        let Some((_, first)) = contracts.first() else { return Ok(None) };
        if !ahead.contains_key(&first.contract.expired_key) {
            let place = |row: &ContractRow| (row.contract.underlying_key.clone(), row.contract.expiry);
            let of = place(first);
            let together_with: Vec<_> =
                contracts.iter().filter(|(_, row)| place(row) == of).cloned().collect();
            let group = together(together_with, |(_, row)| row.candles).into_iter().next();
            let group = group.unwrap_or_default().into_iter();
            let group = group.map(|(subject, row)| (subject, row.contract.expired_key)).collect::<Vec<_>>();
            let keys: Vec<ExpiredKey> = group.iter().map(|(_, key)| key.clone()).collect();
            let rows = self.read(wish, Piece::WithVolatility(group)).await?;
            *ahead = keys.into_iter().zip(rows).collect();
        }
        Ok(ahead.remove(&first.contract.expired_key))
    }

    pub(super) async fn read(&self, wish: &Wish, piece: Piece) -> Result<Vec<Rows>, EngineError> {
        let interval = wish.order.interval;
        match piece {
            Piece::Ready(rows) => Ok(vec![rows]),
            Piece::Contract(subject, key) => {
                let bars = self.data.bars(&key, interval, wish.days).await?.bars;
                Ok(vec![Rows { subject, bars, twin: None, ends: true }])
            }
            Piece::WithVolatility(contracts) => {
                let (subjects, keys): (Vec<_>, Vec<_>) = contracts.into_iter().unzip();
                let twins = self.data.twins(&keys, interval, wish.days).await?;
                let rows = subjects.into_iter().zip(twins);
                let rows =
                    rows.map(|(subject, (bars, twin))| Rows { subject, bars, twin: Some(twin), ends: true });
                Ok(rows.collect())
            }
            Piece::Own(subject, id, underlying, days, ends) => {
                let bars = self.data.own_bars(id, &underlying, interval, days).await?;
                Ok(vec![Rows { subject, bars, twin: None, ends }])
            }
        }
    }
}
