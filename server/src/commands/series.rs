//! `expirytrack series`: a series made of stored minutes, or what there is to make. Reads beside whoever owns the
//! directory.

use engine::{BrowseService, EngineError, Series, SeriesError, SeriesService, SeriesWish};
use protocol::{SeriesHead, SeriesKind};

use super::candles::{format, put};
use crate::arguments::{Global, SeriesOf};
use crate::exit::Exit;
use crate::http::documents::SeriesListDocument;
use crate::output::{print, print_json, tell};

pub async fn run(global: &Global, asked: &SeriesOf) -> anyhow::Result<Exit> {
    let (Some(name), Some(underlying)) = (&asked.name, &asked.underlying) else {
        return list(global);
    };
    let format = format(global, asked.format, asked.out.as_deref())?;
    let series = read(name, &asked.parameters).map_err(EngineError::from)?;
    let place = global.place().await?;
    let browse = BrowseService::open_for_reading(place.clone()).await?;
    let underlying = browse.find(underlying).await?;
    let SeriesOf { expiry, from, to, interval, rate, .. } = *asked;
    let wish = SeriesWish { series, underlying, expiry, from, to, interval, rate };
    let document = SeriesService::open_for_reading(place).await?.make(&wish).await?;
    let (count, words) = (document.points.len(), describe(&document.head));
    let mut bytes = Vec::new();
    format.write_series(document, &browse.origin().await?, &mut bytes)?;
    if format.is_json() {
        bytes.push(b'\n');
    }
    put(&bytes, asked.out.as_deref(), count)?;
    tell(words);
    Ok(Exit::Done)
}

fn read(name: &str, parameters: &[String]) -> Result<Series, SeriesError> {
    let pair =
        |text: &'_ String| text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    let pairs: Vec<(String, String)> = parameters
        .iter()
        .map(|text| pair(text).ok_or_else(|| SeriesError::NoPair(text.clone())))
        .collect::<Result<_, _>>()?;
    Series::read(name, pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

fn list(global: &Global) -> anyhow::Result<Exit> {
    let kinds = SeriesService::kinds();
    if global.json {
        print_json(&SeriesListDocument { series: kinds })?;
    } else {
        print(&kinds.iter().map(kind_words).collect::<Vec<_>>().join("\n"))?;
    }
    Ok(Exit::Done)
}

/// Its names and rule, then a line for each parameter.
fn kind_words(kind: &SeriesKind) -> String {
    let columns: Vec<&str> = kind.columns.iter().map(|column| column.name.as_str()).collect();
    let mut words =
        format!("{}: {}\n  {}\n  columns: {}\n", kind.name, kind.title, kind.rule, columns.join(", "));
    for parameter in &kind.parameters {
        words += &format!("  --set {}=  {}\n", parameter.name, parameter.words);
    }
    words
}

/// For the person at the terminal: the rule, and what is missing.
fn describe(of: &SeriesHead) -> String {
    let missing: u64 = of.gaps.iter().map(|gap| u64::from(gap.points)).sum();
    let rolls = of
        .rolls
        .iter()
        .map(|roll| format!("\nrolled after {} from {} to {}", roll.after, roll.from, roll.to));
    let gaps = match (missing, of.gaps.first()) {
        (0, _) | (_, None) => "no point is a gap".to_owned(),
        (points, Some(first)) => {
            format!("{points} points are gaps, the first at {}: {}", first.from, first.reason)
        }
    };
    format!("{}\n{} to {}, {gaps}{}", of.rule, of.from, of.to, rolls.collect::<String>())
}
