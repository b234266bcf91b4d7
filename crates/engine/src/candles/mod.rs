//! Candles of a contract with what stands beside them: averages, a second instrument, other contracts, volatility and
//! greeks, and the sessions as a whole. All of it from what is stored; nothing of it is kept.

mod lines;
mod nothing;
mod piece;
mod renewal;
mod sessions;
mod stamp;
mod twin;
mod volatility;
mod wish;

use market::{Bars, Day, DayRange, EpochSeconds};
use protocol::{CandleColumn, CandleRow, CandleWords, Candles, CandlesWith};

pub use piece::{CandlePlace, ExpiryCandlesWish};
pub use stamp::CandlesStamp;
pub(crate) use twin::together;
pub use wish::CandlesWish;

use crate::error::EngineError;
use crate::market_data::MarketDataService;
use crate::preferences::kept;

/// A column before it is laid beside the rows: what there is, by the start of its bar, oldest first.
struct Sparse<T> {
    name: String,
    title: String,
    unit: &'static str,
    values: Vec<(EpochSeconds, T)>,
}

impl MarketDataService {
    /// What is wished for; no rows when nothing was collected or traded.
    pub async fn candles(&self, wish: &CandlesWish) -> Result<Candles, EngineError> {
        let stored = self.stored_contract(&wish.key).await?;
        let (bars, anchors) = self.bars_of(&stored, wish.interval, wish.range).await?;
        let Some(days) = days_of(&bars, wish.range) else { return Ok(bars.into()) };
        let lines = lines::Lines { data: self, stored: &stored, bars: &bars, days, anchors: &anchors };
        let (mut columns, mut words, mut rate) = (Vec::new(), Vec::new(), None);
        for with in wish.beside.iter() {
            match with {
                CandlesWith::Vwap => columns.push(lines.vwap().await?),
                CandlesWith::Simple(closes) => columns.push(lines.simple(closes)),
                CandlesWith::Exponential(closes) => columns.push(lines.exponential(closes)),
                CandlesWith::Underlying => columns.push(lines.underlying().await?),
                CandlesWith::Future => columns.push(lines.future().await?),
                CandlesWith::Volatility => {
                    let reading = kept(&self.store).await?.reading;
                    let made = volatility::make(&lines, reading).await?;
                    columns.extend(made.columns);
                    words.extend(made.words);
                    rate = Some(made.rate);
                }
                CandlesWith::Sessions => {}
            }
        }
        let compared = lines.compared(wish.compared.as_slice()).await?;
        let axis = match wish.beside.has(CandlesWith::Sessions) {
            true => {
                let others = compared.iter().flat_map(|of| of.values.iter().map(|(start, _)| *start));
                sessions::axis(&lines, others.collect()).await?
            }
            false => sessions::Axis::of_bars(&bars),
        };
        columns.extend(compared);
        let starts = &axis.starts;
        Ok(Candles {
            columns: columns.into_iter().map(|column| laid(column, starts)).collect(),
            words: words.into_iter().map(|words| laid_words(words, starts)).collect(),
            rate,
            rows: rows(&bars, starts),
            marks: axis.marks,
            contract: bars.contract,
            interval: bars.interval,
        })
    }
}

/// From the first day of the first one to the last day of the last one, of those that were asked for; `None` without a bar.
fn days_of(bars: &Bars, asked: Option<DayRange>) -> Option<DayRange> {
    let day = |bar: &market::Bar| -> Day { bar.start.day() };
    let from = day(bars.bars.first()?);
    let to = bars.interval.days_around(day(bars.bars.last()?)).to();
    // A week or a month may begin before, and end after, what was asked for.
    let within = |asked: DayRange| (from.max(asked.from()), to.min(asked.to()));
    let (from, to) = asked.map_or((from, to), within);
    DayRange::new(from, to).ok()
}

/// `starts` holds the start of every bar.
fn rows(bars: &Bars, starts: &[EpochSeconds]) -> Vec<CandleRow> {
    let mut rest = bars.bars.iter().copied().peekable();
    let row =
        |start: &EpochSeconds| CandleRow { start: *start, bar: rest.next_if(|bar| bar.start == *start) };
    starts.iter().map(row).collect()
}

fn beside<T>(values: Vec<(EpochSeconds, T)>, starts: &[EpochSeconds]) -> Vec<Option<T>> {
    let mut rest = values.into_iter().peekable();
    let value = |start: &EpochSeconds| {
        while rest.next_if(|(at, _)| at < start).is_some() {}
        rest.next_if(|(at, _)| at == start).map(|(_, value)| value)
    };
    starts.iter().map(value).collect()
}

fn laid(of: Sparse<f64>, starts: &[EpochSeconds]) -> CandleColumn {
    let Sparse { name, title, unit, values } = of;
    CandleColumn { name, title, unit: unit.to_owned(), values: beside(values, starts) }
}

fn laid_words(of: Sparse<&'static str>, starts: &[EpochSeconds]) -> CandleWords {
    let words = beside(of.values, starts);
    CandleWords { name: of.name, values: words.into_iter().map(|word| word.map(str::to_owned)).collect() }
}
