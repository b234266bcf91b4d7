//! `expirytrack analysis`: what stored minutes say of an expiry as a whole, or what there is to ask. Reads beside whoever
//! owns the directory.

use engine::{AnalysisService, AnalysisWish, BrowseService, EngineError};
use protocol::{AnalysisHead, AnalysisKind, AnalysisName, UnknownAnalysis};

use super::candles::{format, put};
use crate::arguments::{AnalysisOf, Global};
use crate::exit::Exit;
use crate::http::documents::AnalysisListDocument;
use crate::output::{print, print_json, tell};

pub async fn run(global: &Global, asked: &AnalysisOf) -> anyhow::Result<Exit> {
    let (Some(name), Some(underlying)) = (&asked.name, &asked.underlying) else {
        return list(global);
    };
    let format = format(global, asked.format, asked.out.as_deref())?;
    let name: AnalysisName =
        name.parse().map_err(|error: UnknownAnalysis| EngineError::NoSeries(error.to_string()))?;
    let place = global.place().await?;
    let browse = BrowseService::open_for_reading(place.clone()).await?;
    let underlying = browse.find(underlying).await?;
    let AnalysisOf { expiry, at, since, from, to, interval, rate, .. } = *asked;
    let wish = AnalysisWish { name, underlying, expiry, at, since, from, to, interval, rate };
    let document = AnalysisService::open_for_reading(place).await?.make(&wish).await?;
    let (count, words) = (document.rows.len(), describe(&document.head));
    let mut bytes = Vec::new();
    format.write_analysis(document, &browse.origin().await?, &mut bytes)?;
    if format.is_json() {
        bytes.push(b'\n');
    }
    put(&bytes, asked.out.as_deref(), count)?;
    tell(words);
    Ok(Exit::Done)
}

fn list(global: &Global) -> anyhow::Result<Exit> {
    let analyses = AnalysisService::kinds()?;
    if global.json {
        print_json(&AnalysisListDocument { analyses })?;
    } else {
        print(&analyses.iter().map(kind_words).collect::<Vec<_>>().join("\n"))?;
    }
    Ok(Exit::Done)
}

/// Its name and rule, what it takes, and its columns.
fn kind_words(kind: &AnalysisKind) -> String {
    let columns: Vec<&str> = kind.columns.iter().map(|column| column.name.as_str()).collect();
    let takes: Vec<String> = kind.takes.iter().map(|name| format!("--{name}")).collect();
    format!(
        "{}\n  {}\n  takes: {}\n  columns: {}\n",
        kind.name,
        kind.rule,
        takes.join(", "),
        columns.join(", ")
    )
}

/// For the person at the terminal: the rule, when it stands, and what it is without.
fn describe(of: &AnalysisHead) -> String {
    let at = of.at.as_ref().map(|at| match &of.since {
        Some(since) => format!("{since} to {at}"),
        None => at.clone(),
    });
    let days = of.from.zip(of.to).map(|(from, to)| format!("{from} to {to}"));
    let parts = [Some(of.rule.clone()), at, days];
    parts.into_iter().flatten().chain(of.missing.iter().cloned()).collect::<Vec<_>>().join("\n")
}
