//! What an order means here and now: which partitions, and whether each is complete. An expiry that a person names is
//! refused with what is missing; where all complete ones are wished for the others wait without a word.

use lake::{Month, Partition, Span};
use market::{ContractKinds, Day, Interval, Underlying};
use protocol::{ExpiryRow, LakeChoice, LakeOrder, LakeState};
use store::{ExpiryId, LakePartitionOf, SeriesOwner, Store, UnderlyingId};

use super::PublishError;
use super::name::{name_in, partition_of};
use crate::error::EngineError;
use crate::expired::expiry_rows;

/// A partition that is to be published.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub of: LakePartitionOf,
    /// By what is known here. What lies in the lake may be another key's, and then it is another.
    pub partition: Partition,
    pub underlying: Underlying,
    /// Of an expiry.
    pub expiry: Option<Day>,
    /// About how many candles there are to read.
    pub candles: u64,
}

pub(super) async fn targets(
    store: &Store,
    place: &str,
    today: Day,
    order: &LakeOrder,
) -> Result<Vec<Target>, EngineError> {
    let Some((id, underlying)) = store.underlying(&order.underlying).await? else {
        return Err(EngineError::NothingStored { key: order.underlying.to_string() });
    };
    let span = protocol::Span { days: order.days, interval: Interval::Minute1 };
    let rows = expiry_rows(store, today, &order.underlying, id, span).await?;
    let name = name_in(store, place, id, &underlying).await?;
    let mut targets = Vec::new();
    for row in chosen(store, id, &underlying, rows, &order.expiries).await? {
        let Some(stored) = store.expiry(id, row.date).await? else { continue };
        let known = store.lake_partition(place, LakePartitionOf::Expiry(stored.id)).await?;
        // What is in this lake alone cannot be written into it.
        if known.is_none_or(|known| known.state == LakeState::Published) {
            targets.push(expiry_target(store, place, (&underlying, &name), stored.id, &row).await?);
        }
    }
    for month in whole_months(store, id).await? {
        targets.push(month_target(store, place, (&underlying, &name), id, month).await?);
    }
    Ok(targets)
}

/// Oldest first.
async fn chosen(
    store: &Store,
    id: UnderlyingId,
    underlying: &Underlying,
    mut rows: Vec<ExpiryRow>,
    choice: &LakeChoice,
) -> Result<Vec<ExpiryRow>, EngineError> {
    rows.sort_by_key(|row| row.date);
    let is_complete = |row: &ExpiryRow| row.is_complete_for(ContractKinds::Both);
    let symbol = || underlying.symbol.clone();
    let LakeChoice::Dates(dates) = choice else {
        let complete: Vec<_> = rows.iter().filter(|row| is_complete(row)).cloned().collect();
        if complete.is_empty() {
            let newest =
                rows.last().map(|row| format!("{} is {}", row.date, row.words_for(ContractKinds::Both)));
            let missing = newest.unwrap_or_else(|| "none is known".to_owned());
            return Err(PublishError::NothingComplete { symbol: symbol(), missing }.into());
        }
        return Ok(complete);
    };
    let mut wanted = Vec::new();
    for date in dates {
        let Some(row) = rows.iter().find(|row| row.date == *date) else {
            let known = rows.iter().map(|row| row.date);
            return Err(EngineError::unknown_expiry(underlying, *date, known));
        };
        if let Some(expiry) = store.expiry(id, *date).await? {
            let archived = store.lake_partitions_of_expiry(expiry.id).await?;
            let archived = archived.into_iter().find(|of| of.state == LakeState::Archived);
            if let Some(of) = archived {
                let place = of.published.place;
                return Err(PublishError::Archived { symbol: symbol(), date: *date, place }.into());
            }
        }
        if !is_complete(row) {
            let missing = row.words_for(ContractKinds::Both);
            return Err(PublishError::NotComplete { symbol: symbol(), date: *date, missing }.into());
        }
        wanted.push(row.clone());
    }
    Ok(wanted)
}

/// Under the name that it was first published by: a symbol may change, and a partition does not move.
async fn known_partition(
    store: &Store,
    place: &str,
    of: LakePartitionOf,
) -> Result<Option<Partition>, EngineError> {
    let known = store.lake_partition(place, of).await?;
    Ok(known.and_then(|known| partition_of(&known.published.manifest_path)))
}

fn named(underlying: &Underlying, name: &str, span: Span) -> Partition {
    let exchange = underlying.key.segment().exchange().to_owned();
    Partition { exchange, underlying: name.to_owned(), span }
}

async fn expiry_target(
    store: &Store,
    place: &str,
    (underlying, name): (&Underlying, &str),
    id: ExpiryId,
    row: &ExpiryRow,
) -> Result<Target, EngineError> {
    let of = LakePartitionOf::Expiry(id);
    let partition = known_partition(store, place, of).await?;
    Ok(Target {
        of,
        partition: partition.unwrap_or_else(|| named(underlying, name, Span::Expiry(row.date))),
        underlying: underlying.clone(),
        expiry: Some(row.date),
        candles: row.candles,
    })
}

async fn month_target(
    store: &Store,
    place: &str,
    (underlying, name): (&Underlying, &str),
    id: UnderlyingId,
    month: Day,
) -> Result<Target, EngineError> {
    /// Minutes of the sessions of a month.
    const CANDLES: u64 = 8_250;
    let of = LakePartitionOf::Month(id, month);
    let partition = known_partition(store, place, of).await?;
    Ok(Target {
        of,
        partition: partition.unwrap_or_else(|| named(underlying, name, Span::Month(Month::of(month)))),
        underlying: underlying.clone(),
        expiry: None,
        candles: CANDLES,
    })
}

/// Months of the underlying's own candles of which every day is answered for good, oldest first.
async fn whole_months(store: &Store, id: UnderlyingId) -> Result<Vec<Day>, EngineError> {
    let covered = store.covered_ranges(SeriesOwner::Underlying(id), Interval::Minute1).await?;
    let mut months = store.months_with_candles(id).await?;
    months.retain(|month| {
        let days = market::DayRange::new(*month, month.last_of_month());
        days.is_ok_and(|days| days.without(|day| covered.iter().any(|range| range.contains(day))).is_empty())
    });
    Ok(months)
}
