//! A made series as page, REST and command line show it.

use analytics::series::{Column, Described, Gap, Point, RULE_OF_BARS, Roll, Series, catalogue};
use market::{ChartInterval, Day, Price};
use protocol::{
    ReadingPreferences, SeriesColumn, SeriesDocument, SeriesGap, SeriesHead, SeriesKind, SeriesParameter,
    SeriesRoll, SeriesRow,
};

use super::wish::SeriesWish;

/// What a kind of series made of stored days.
pub(crate) struct Made {
    pub expiry: Option<Day>,
    /// The first and the last day that went into it.
    pub span: (Day, Day),
    pub points: Vec<Point>,
    pub rolls: Vec<Roll>,
    /// A sentence that stands behind the rule.
    pub addition: Option<String>,
}

pub(super) fn document(wish: &SeriesWish, reading: ReadingPreferences, made: Made) -> SeriesDocument {
    let Made { expiry, span, points, rolls, addition } = made;
    let columns = wish.series.columns();
    // Futures have bars of their own.
    let has_points = !matches!(wish.series, Series::ContinuousFuture(_));
    let bars = (has_points && wish.interval != ChartInterval::MINUTE_1).then(|| RULE_OF_BARS.to_owned());
    let sentences: Vec<String> = [Some(wish.series.rule()), bars, addition].into_iter().flatten().collect();
    SeriesDocument {
        head: SeriesHead {
            name: wish.series.name().to_owned(),
            title: wish.series.title().to_owned(),
            rule: sentences.join(" "),
            parameters: wish.series.parameters().into_iter().collect(),
            underlying: wish.underlying.clone(),
            expiry,
            interval: wish.interval,
            from: span.0,
            to: span.1,
            rate: wish.rate_in_it(reading).map(|rate| rate.fraction()),
            columns: columns.iter().map(column).collect(),
            gaps: gaps(&points),
            rolls: rolls.iter().map(roll).collect(),
        },
        points: points.into_iter().map(|point| row(point, columns.len())).collect(),
    }
}

pub(super) fn kinds() -> Vec<SeriesKind> {
    catalogue().into_iter().map(kind).collect()
}

fn kind(described: Described) -> SeriesKind {
    let Described { name, title, is_of_one_expiry, rule, example, parameters, columns } = described;
    let parameter = |of: &analytics::series::ParameterWords| SeriesParameter {
        name: of.name.to_owned(),
        words: of.words.to_owned(),
    };
    SeriesKind {
        name: name.to_owned(),
        title: title.to_owned(),
        of_one_expiry: is_of_one_expiry,
        rule,
        example: example.to_owned(),
        parameters: parameters.iter().map(parameter).collect(),
        columns: columns.iter().map(column).collect(),
    }
}

fn column(of: &Column) -> SeriesColumn {
    SeriesColumn { name: of.name.to_owned(), unit: of.unit.as_str().to_owned() }
}

fn roll(of: &Roll) -> SeriesRoll {
    SeriesRoll { after: of.after, from: of.from, to: of.to, difference: of.difference.map(Price::to_rupees) }
}

pub(crate) fn row(point: Point, columns: usize) -> SeriesRow {
    (point.at.to_rfc3339(), point.values.unwrap_or_else(|_| vec![None; columns]))
}

pub(crate) fn gaps(points: &[Point]) -> Vec<SeriesGap> {
    let mut gaps = Vec::new();
    let reason = |point: &Point| point.values.as_ref().err().copied();
    for same in points.chunk_by(|one, next| reason(one) == reason(next)) {
        let (Some(first), Some(last)) = (same.first(), same.last()) else { continue };
        let Some(why): Option<Gap> = reason(first) else { continue };
        gaps.push(SeriesGap {
            reason: why.to_string(),
            from: first.at.to_rfc3339(),
            to: last.at.to_rfc3339(),
            points: u32::try_from(same.len()).unwrap_or(u32::MAX),
        });
    }
    gaps
}
