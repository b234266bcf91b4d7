//! Series made from contracts, as page, REST and command line show them. Prices are rupees, volatility is a fraction
//! (0.1136 is 11.36 %). What a minute has no value for is null, and `gaps` says why.

use std::collections::BTreeMap;

use market::{ChartInterval, Day, InstrumentKey};
use serde::{Deserialize, Serialize};

/// A moment with its values, by the columns: `["2025-08-01T09:15:00+05:30", 412.55, 24600]`.
pub type SeriesRow = (String, Vec<Option<f64>>);

/// A made series, with what it was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeriesDocument {
    #[serde(flatten)]
    pub head: SeriesHead,
    /// Oldest first, each a moment (the start of its minute or bar, in IST) and its values by the columns; all of
    /// them null in a gap.
    #[serde(with = "rows")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Vec<SeriesCell>>))]
    pub points: Vec<SeriesRow>,
}

/// The same, an array a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeriesColumns {
    #[serde(flatten)]
    pub head: SeriesHead,
    /// Epoch seconds UTC of each point.
    pub time: Vec<i64>,
    /// In the order of `columns`.
    pub values: Vec<Vec<Option<f64>>>,
}

/// What stands in a row: its moment first, then its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum SeriesCell {
    Moment(String),
    Value(Option<f64>),
}

/// All but the points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeriesHead {
    /// `atm-straddle`.
    pub name: String,
    /// As people call it: `At-the-money straddle`.
    pub title: String,
    /// How it is made, for people.
    pub rule: String,
    /// By name, with those that were left out.
    pub parameters: BTreeMap<String, String>,
    pub underlying: InstrumentKey,
    /// Where it is made of one expiry.
    pub expiry: Option<Day>,
    pub interval: ChartInterval,
    /// The first and the last day with minutes that went into it.
    pub from: Day,
    pub to: Day,
    /// A year, continuous, as a fraction; none where no volatility and no forward is in it.
    pub rate: Option<f64>,
    pub columns: Vec<SeriesColumn>,
    /// Points without values, oldest first.
    pub gaps: Vec<SeriesGap>,
    /// Of a continuous future, oldest first; none of any other series.
    pub rolls: Vec<SeriesRoll>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeriesColumn {
    pub name: String,
    /// `rupees`, `fraction`, `ratio`, `units`, `days` or `greek`.
    pub unit: String,
}

/// Points in a row that have no values for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeriesGap {
    /// A sentence.
    pub reason: String,
    /// The first and the last of them, in IST.
    pub from: String,
    pub to: String,
    pub points: u32,
}

/// The change from one future to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeriesRoll {
    /// The last day on which the earlier one is held.
    pub after: Day,
    /// The expiries of both.
    pub from: Day,
    pub to: Day,
    /// The later one's price less the earlier one's, at the last minute of that day in which both traded.
    pub difference: Option<f64>,
}

/// A series that can be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeriesKind {
    pub name: String,
    /// As people call it: `At-the-money straddle`.
    pub title: String,
    /// It is made of the minutes of one expiry.
    pub of_one_expiry: bool,
    /// Of the example.
    pub rule: String,
    /// As the command line takes it: `strangle offset=2`.
    pub example: String,
    pub parameters: Vec<SeriesParameter>,
    pub columns: Vec<SeriesColumn>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeriesParameter {
    pub name: String,
    /// What may stand there.
    pub words: String,
}

/// Rows as flat lists.
pub(crate) mod rows {
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::{SerializeSeq, Serializer};

    use super::{SeriesCell, SeriesRow};

    struct Row<'r>(&'r SeriesRow);

    impl serde::Serialize for Row<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let (moment, values) = self.0;
            let mut row = serializer.serialize_seq(Some(values.len() + 1))?;
            row.serialize_element(moment)?;
            values.iter().try_for_each(|value| row.serialize_element(value))?;
            row.end()
        }
    }

    pub fn serialize<S: Serializer>(rows: &[SeriesRow], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(rows.iter().map(Row))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<SeriesRow>, D::Error> {
        let rows = Vec::<Vec<SeriesCell>>::deserialize(deserializer)?;
        let row = |row: Vec<SeriesCell>| {
            let mut cells = row.into_iter();
            let Some(SeriesCell::Moment(moment)) = cells.next() else {
                return Err(D::Error::custom("a row begins with its moment"));
            };
            let value = |cell| match cell {
                SeriesCell::Value(value) => Ok(value),
                SeriesCell::Moment(_) => Err(D::Error::custom("a row has one moment")),
            };
            Ok((moment, cells.map(value).collect::<Result<_, _>>()?))
        };
        rows.into_iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_a_flat_list_and_is_read_again() {
        let document = SeriesDocument {
            head: SeriesHead {
                name: "atm-straddle".to_owned(),
                title: "At-the-money straddle".to_owned(),
                rule: "Call plus put.".to_owned(),
                parameters: BTreeMap::from([("fixed".to_owned(), "09:20".to_owned())]),
                underlying: "NSE_INDEX|Nifty 50".parse().unwrap(),
                expiry: Some("2025-08-28".parse().unwrap()),
                interval: ChartInterval::MINUTE_1,
                from: "2025-08-01".parse().unwrap(),
                to: "2025-08-01".parse().unwrap(),
                rate: Some(0.065),
                columns: vec![SeriesColumn { name: "price".to_owned(), unit: "rupees".to_owned() }],
                gaps: Vec::new(),
                rolls: Vec::new(),
            },
            points: vec![
                ("2025-08-01T09:15:00+05:30".to_owned(), vec![Some(412.55)]),
                ("2025-08-01T09:16:00+05:30".to_owned(), vec![None]),
            ],
        };
        let text = serde_json::to_string(&document).unwrap();
        let points = r#""points":[["2025-08-01T09:15:00+05:30",412.55],["2025-08-01T09:16:00+05:30",null]]"#;
        assert!(text.contains(points) && text.starts_with(r#"{"name":"atm-straddle""#), "{text}");
        assert_eq!(serde_json::from_str::<SeriesDocument>(&text).unwrap(), document);
        for wrong in [r#"[[1.5]]"#, r#"[[]]"#, r#"[["a","b"]]"#] {
            let wrong = text.replace(&points["\"points\":".len()..], wrong);
            assert!(serde_json::from_str::<SeriesDocument>(&wrong).is_err(), "{wrong}");
        }
    }
}
