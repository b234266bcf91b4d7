//! Strategies and runs over expiries as files: their document, or one table each with why something has no value in its
//! last column.

use std::io::Write;
use std::sync::Arc;

use market::EpochSeconds;
use protocol::{OpenedStrategy, RunDocument, RunRow, StrategyDocument};

use crate::series::Gaps;
use crate::table::{Batch, Column, Kind, Values};
use crate::{ExportError, Format, Made, Origin};

impl Format {
    /// A row a minute of each strategy, by its number. The columns of legs are those of the one that has most.
    pub fn write_strategy(
        self,
        document: &StrategyDocument,
        origin: &Origin,
        output: impl Write + Send,
    ) -> Result<(), ExportError> {
        if self.is_json() {
            return Ok(serde_json::to_writer(output, document)?);
        }
        let (columns, batch) = points(document)?;
        let StrategyDocument { interval, rate, remark, .. } = document;
        let made = Made { interval: Some(*interval), rate: Some(*rate), rule: Some(remark) };
        self.write_batch(columns, &batch, origin.metadata(made), output)
    }

    /// A row an expiry.
    pub fn write_run(
        self,
        document: &RunDocument,
        origin: &Origin,
        output: impl Write + Send,
    ) -> Result<(), ExportError> {
        if self.is_json() {
            return Ok(serde_json::to_writer(output, document)?);
        }
        let (columns, values) = run(document).into_iter().unzip();
        let made = Made { interval: None, rate: Some(document.rate), rule: Some(&document.remark) };
        self.write_batch(columns, &Batch::new(values)?, origin.metadata(made), output)
    }
}

fn points(document: &StrategyDocument) -> Result<(Vec<Column>, Batch), ExportError> {
    let opened = || document.strategies.iter().filter_map(|strategy| strategy.opened.as_ref());
    let widest = opened().max_by_key(|opened| opened.columns.len());
    let names: Vec<&str> =
        widest.iter().flat_map(|opened| &opened.columns).map(|column| column.name.as_str()).collect();
    let mut rows = Rows { numbers: vec![Vec::new(); names.len()], ..Rows::default() };
    for (number, strategy) in (1..).zip(&document.strategies) {
        match &strategy.opened {
            Some(opened) => rows.put_points(number, opened),
            None => rows.put(number, None, &[], strategy.refused.as_deref().unwrap_or_default()),
        }
    }
    let columns = [Column::new("strategy", Kind::Whole), Column::new("time", Kind::Time)].into_iter();
    let numbers = names.into_iter().map(|name| Column::new(name, Kind::Number));
    let columns = columns.chain(numbers).chain([Column::new("gap", Kind::Text)]).collect();
    Ok((columns, rows.batch()?))
}

#[derive(Default)]
struct Rows {
    strategies: Vec<Option<i64>>,
    times: Vec<Option<EpochSeconds>>,
    numbers: Vec<Vec<Option<f64>>>,
    gaps: Vec<Option<Arc<str>>>,
}

impl Rows {
    fn put_points(&mut self, strategy: i64, opened: &OpenedStrategy) {
        let mut gaps = Gaps::of(&opened.gaps);
        for (moment, values) in &opened.points {
            let is_gap = values.iter().all(Option::is_none);
            let reason = if is_gap { gaps.next_reason() } else { "" };
            self.put(strategy, EpochSeconds::parse_rfc3339(moment), values, reason);
        }
    }

    fn put(&mut self, strategy: i64, time: Option<EpochSeconds>, values: &[Option<f64>], gap: &str) {
        self.strategies.push(Some(strategy));
        self.times.push(time);
        for (place, column) in self.numbers.iter_mut().enumerate() {
            column.push(values.get(place).copied().flatten());
        }
        self.gaps.push((!gap.is_empty()).then(|| Arc::from(gap)));
    }

    fn batch(self) -> Result<Batch, ExportError> {
        let first = [Values::Wholes(self.strategies), Values::Times(self.times)];
        let numbers = self.numbers.into_iter().map(Values::Numbers);
        Ok(Batch::new(first.into_iter().chain(numbers).chain([Values::Texts(self.gaps)]).collect())?)
    }
}

fn run(document: &RunDocument) -> Vec<(Column, Values)> {
    let rows = &document.runs;
    let of = |row: &RunRow| row.priced.clone();
    let number = |name: &str, pick: fn(&RunRow) -> Option<f64>| {
        (Column::new(name, Kind::Number), Values::Numbers(rows.iter().map(pick).collect()))
    };
    let text = |name: &str, pick: &dyn Fn(&RunRow) -> Option<String>| {
        let texts = rows.iter().map(|row| pick(row).map(Arc::from)).collect();
        (Column::new(name, Kind::Text), Values::Texts(texts))
    };
    let time = |name: &str, pick: fn(&RunRow) -> Option<EpochSeconds>| {
        (Column::new(name, Kind::Time), Values::Times(rows.iter().map(pick).collect()))
    };
    let strikes = |row: &RunRow| {
        let strike = |strike: &Option<f64>| strike.map(|strike| strike.to_string()).unwrap_or_default();
        of(row).map(|run| run.strikes.iter().map(strike).collect::<Vec<_>>().join(" "))
    };
    let lots = rows.iter().map(|row| row.priced.as_ref().map(|run| run.lot_size)).collect();
    vec![
        (Column::new("expiry", Kind::Day), Values::Days(rows.iter().map(|row| Some(row.expiry)).collect())),
        time("entry", |row| EpochSeconds::parse_rfc3339(&row.priced.as_ref()?.entry)),
        time("exit", |row| EpochSeconds::parse_rfc3339(&row.priced.as_ref()?.exit)),
        text("reason", &|row| of(row).map(|run| run.reason.words().to_owned())),
        text("strikes", &strikes),
        (Column::new("lot_size", Kind::Whole), Values::Wholes(lots)),
        number("premium", |row| Some(row.priced.as_ref()?.premium)),
        number("profit", |row| Some(row.priced.as_ref()?.profit)),
        number("costs", |row| Some(row.priced.as_ref()?.costs)),
        number("drawdown", |row| Some(row.priced.as_ref()?.drawdown)),
        text("not_priced_because", &|row| row.not_priced_because.clone()),
    ]
}
