//! What is read of an export at once: a contract, a month of an underlying, or, with volatility, the contracts that one
//! walk through the days of their expiry is made for.

use std::collections::HashMap;

use export::{Subject, Twin};
use market::{Bar, ChartInterval, Day, DayRange, ExpiredKey, Underlying};
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

impl Rows {
    /// Leaves out bars in which nothing was traded, with what stands beside them.
    fn keep_prices(&mut self) {
        let stays: Vec<bool> = self.bars.iter().map(|bar| bar.prices.is_some()).collect();
        self.bars.retain(|bar| bar.prices.is_some());
        if let Some(twin) = &mut self.twin {
            twin.keep(&stays);
        }
    }
}

/// Rows of contracts whose files come next.
pub(super) type Ahead = HashMap<ExpiredKey, Rows>;

/// A contract, and how many candles it has.
type Counted = (Subject, ExpiredKey, u64);

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

/// These days and no others, about a month at a time; a week that begins in a month is read with it.
fn months_of(days: DayRange, interval: ChartInterval) -> Vec<DayRange> {
    let mut months = Vec::new();
    let mut from = days.from();
    while from <= days.to() {
        let to = interval.days_around(from.last_of_month()).to().min(days.to());
        months.extend(DayRange::new(from, to));
        from = to.next();
    }
    months
}

/// What a file is read in.
pub(super) fn pieces_of(wish: &Wish, file: &PlannedFile) -> Vec<Piece> {
    let mut pieces = Vec::new();
    // An expiry after the other: a walk is of one.
    let mut with_volatility: Vec<(Day, Vec<Counted>)> = Vec::new();
    for part in file.parts.clone() {
        match part {
            Part::Chain(..) | Part::Series(_) => {}
            Part::Contract(subject, row) if wish.has_volatility => {
                let (expiry, of) = (row.contract.expiry, (subject, row.contract.expired_key, row.candles));
                match with_volatility.last_mut() {
                    Some((last, group)) if *last == expiry => group.push(of),
                    _ => with_volatility.push((expiry, vec![of])),
                }
            }
            Part::Contract(subject, row) => pieces.push(Piece::Contract(subject, row.contract.expired_key)),
            Part::Own(subject, id, underlying, days) => {
                let months = months_of(days, wish.order.interval);
                let last = months.len().saturating_sub(1);
                pieces.extend(months.into_iter().enumerate().map(|(place, month)| {
                    Piece::Own(subject.clone(), id, underlying.clone(), month, place == last)
                }));
            }
        }
    }
    let groups = with_volatility.into_iter().flat_map(|(_, of)| together(of, |(_, _, candles)| *candles));
    let groups = groups.map(|group| {
        Piece::WithVolatility(group.into_iter().map(|(subject, key, _)| (subject, key)).collect())
    });
    pieces.extend(groups);
    pieces
}

impl ExportReader {
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
        let mut read = self.read_whole(wish, piece).await?;
        if wish.needs_prices() {
            read.iter_mut().for_each(Rows::keep_prices);
        }
        Ok(read)
    }

    async fn read_whole(&self, wish: &Wish, piece: Piece) -> Result<Vec<Rows>, EngineError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bar_lies_in_two_months() {
        let days = DayRange::new("2025-07-16".parse().unwrap(), "2025-09-10".parse().unwrap()).unwrap();
        let of = |interval| months_of(days, interval).iter().map(DayRange::to_string).collect::<Vec<_>>();
        let months = ["2025-07-16 to 2025-07-31", "2025-08-01 to 2025-08-31", "2025-09-01 to 2025-09-10"];
        for interval in [ChartInterval::MINUTE_1, ChartInterval::Day, ChartInterval::Month] {
            assert_eq!(of(interval), months);
        }
        // The week from the 28th of July goes on in August.
        let weeks = ["2025-07-16 to 2025-08-03", "2025-08-04 to 2025-08-31", "2025-09-01 to 2025-09-10"];
        assert_eq!(of(ChartInterval::Week), weeks);
    }
}
