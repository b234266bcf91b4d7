//! Made series as files: rows, columns, or a table with the reason of every gap. Values are written as they are, to the last
//! digit that tells two of them apart.

use std::io::Write;
use std::sync::Arc;

use market::EpochSeconds;
use protocol::{SeriesColumns, SeriesDocument, SeriesGap, SeriesHead};
use serde::Serialize;

use crate::table::{Batch, Column, Kind, Values};
use crate::{ExportError, Format, Made, Origin};

/// A made series in either form of JSON.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum SeriesJson {
    Rows(SeriesDocument),
    Columns(SeriesColumns),
}

impl Format {
    pub fn write_series(
        self,
        series: SeriesDocument,
        origin: &Origin,
        output: impl Write + Send,
    ) -> Result<(), ExportError> {
        match self {
            Self::Json => Ok(serde_json::to_writer(output, &SeriesJson::Rows(series))?),
            Self::Columns => Ok(serde_json::to_writer(output, &SeriesJson::Columns(columns(series)))?),
            Self::Csv | Self::CsvGzip | Self::CsvZip | Self::Parquet | Self::Arrow | Self::Xlsx => {
                let (columns, batch) = series_table(&series)?;
                let SeriesHead { interval, rate, rule, .. } = &series.head;
                let made = Made { interval: Some(*interval), rate: *rate, rule: Some(rule) };
                self.write_batch(columns, &batch, origin.metadata(made), output)
            }
        }
    }

    /// It holds letters, digits and `.-_&` alone, as that of candles.
    pub fn series_file_name(self, of: &SeriesHead, symbol: &str, simulated: bool) -> String {
        let mark = if simulated { "simulated " } else { "" };
        let expiry = of.expiry.map_or(String::new(), |expiry| format!(" {expiry}"));
        self.safe_name(&format!(
            "{mark}{} {symbol}{expiry} {} to {} {}",
            of.name, of.from, of.to, of.interval
        ))
    }
}

fn columns(SeriesDocument { head, points }: SeriesDocument) -> SeriesColumns {
    let mut values = vec![Vec::with_capacity(points.len()); head.columns.len()];
    let mut time = Vec::with_capacity(points.len());
    for (moment, row) in points {
        // Written by us a moment ago.
        let Some(at) = EpochSeconds::parse_rfc3339(&moment) else { continue };
        time.push(at.0);
        for (column, value) in values.iter_mut().zip(row) {
            column.push(value);
        }
    }
    SeriesColumns { head, time, values }
}

/// Nothing for what is not there, and why in the last column.
pub fn series_table(series: &SeriesDocument) -> Result<(Vec<Column>, Batch), ExportError> {
    let SeriesDocument { head, points } = series;
    let mut gaps = Gaps::of(&head.gaps);
    let reason = |values: &Vec<Option<f64>>| {
        let is_gap = values.iter().all(Option::is_none);
        is_gap.then(|| gaps.next_reason()).filter(|reason| !reason.is_empty()).map(Arc::from)
    };
    let reasons = points.iter().map(|(_, values)| values).map(reason).collect();
    let times = points.iter().map(|(moment, _)| EpochSeconds::parse_rfc3339(moment)).collect();
    let numbers = (0..head.columns.len()).map(|place| {
        let number = |(_, values): &(String, Vec<Option<f64>>)| values.get(place).copied().flatten();
        Values::Numbers(points.iter().map(number).collect())
    });
    let values = std::iter::once(Values::Times(times)).chain(numbers).chain([Values::Texts(reasons)]);
    let columns = series_columns(head.columns.iter().map(|column| column.name.as_str()));
    Ok((columns, Batch::new(values.collect())?))
}

/// Of the table of a series whose values have these names.
pub fn series_columns<'n>(names: impl Iterator<Item = &'n str>) -> Vec<Column> {
    let values = names.map(|name| Column::new(name, Kind::Number));
    let columns = std::iter::once(Column::new("time", Kind::Time)).chain(values);
    columns.chain([Column::new("gap", Kind::Text)]).collect()
}

/// The gaps, a point after the other.
pub(crate) struct Gaps<'g> {
    gaps: &'g [SeriesGap],
    /// Points of the first one that are told.
    done: u32,
}

impl<'g> Gaps<'g> {
    pub fn of(gaps: &'g [SeriesGap]) -> Self {
        Self { gaps, done: 0 }
    }

    pub fn next_reason(&mut self) -> &'g str {
        let Some((gap, rest)) = self.gaps.split_first() else { return "" };
        self.done += 1;
        if self.done >= gap.points {
            (self.gaps, self.done) = (rest, 0);
        }
        &gap.reason
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use market::ChartInterval;
    use protocol::SeriesColumn;

    use super::*;

    fn document() -> SeriesDocument {
        let minute = |minute: u16| format!("2025-08-01T09:{minute}:00+05:30");
        let gap = |reason: &str, from: u16, to: u16, points| SeriesGap {
            reason: reason.to_owned(),
            from: minute(from),
            to: minute(to),
            points,
        };
        let column = |name: &str| SeriesColumn { name: name.to_owned(), unit: "rupees".to_owned() };
        SeriesDocument {
            head: SeriesHead {
                name: "atm-straddle".to_owned(),
                title: "At-the-money straddle".to_owned(),
                rule: "Call plus put.".to_owned(),
                parameters: BTreeMap::new(),
                underlying: "NSE_INDEX|Nifty 50".parse().unwrap(),
                expiry: Some("2025-08-28".parse().unwrap()),
                interval: ChartInterval::MINUTE_1,
                from: "2025-08-01".parse().unwrap(),
                to: "2025-08-04".parse().unwrap(),
                rate: Some(0.065),
                columns: vec![column("price"), column("forward")],
                gaps: vec![gap("Old, \"both\".", 16, 17, 2), gap("None.", 18, 18, 1)],
                rolls: Vec::new(),
            },
            points: vec![
                (minute(15), vec![Some(-412.55), None]),
                (minute(16), vec![None, None]),
                (minute(17), vec![None, None]),
                (minute(18), vec![None, None]),
                (minute(19), vec![Some(400.0), Some(0.113_612_345)]),
            ],
        }
    }

    fn text(format: Format) -> String {
        let mut text = Vec::new();
        format.write_series(document(), &Origin::default(), &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_csv_says_in_every_gap_why() {
        assert_eq!(
            text(Format::Csv),
            "timestamp,price,forward,gap\n\
             2025-08-01 09:15:00,-412.55,,\n\
             2025-08-01 09:16:00,,,\"Old, \"\"both\"\".\"\n\
             2025-08-01 09:17:00,,,\"Old, \"\"both\"\".\"\n\
             2025-08-01 09:18:00,,,None.\n\
             2025-08-01 09:19:00,400,0.113612345,\n"
        );
    }

    #[test]
    fn columns_hold_what_rows_hold() {
        let columns: SeriesColumns = serde_json::from_str(&text(Format::Columns)).unwrap();
        assert_eq!((columns.time[0], columns.time.len()), (1_754_019_900, 5));
        assert_eq!(columns.values[0], [Some(-412.55), None, None, None, Some(400.0)]);
        assert_eq!(columns.head, document().head);
        assert_eq!(serde_json::from_str::<SeriesDocument>(&text(Format::Json)).unwrap(), document());
    }

    #[test]
    fn a_file_is_named_by_what_it_holds() {
        let name = Format::Csv.series_file_name(&document().head, "NIFTY", true);
        assert_eq!(name, "simulated_atm-straddle_NIFTY_2025-08-28_2025-08-01_to_2025-08-04_1minute.csv");
    }
}
