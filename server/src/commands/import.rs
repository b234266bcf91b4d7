//! `expirytrack import`: brings in candles that other programs have collected, and says what came of each file. A file that
//! is refused leaves the others as they are.

use std::path::Path;

use anyhow::Context;
use protocol::{ImportLine, ImportOrder, ImportReport, ImportedFile};

use crate::arguments::{Global, Import};
use crate::desk::Desk;
use crate::exit::Exit;
use crate::output::{counted, print, print_json, table, tell};

/// Rows between two words on how far it is.
const ROWS_BETWEEN_WORDS: u64 = 500_000;

pub async fn run(global: &Global, asked: &Import) -> anyhow::Result<Exit> {
    let desk = Desk::open(global.engine_config().await?).await?;
    let done = match (&asked.path, asked.refused) {
        (Some(path), _) => bring(global, &desk, path, asked.dry_run).await,
        (None, Some(id)) => list_refused(global, &desk, id).await,
        (None, None) => list(global, &desk).await,
    };
    desk.close().await?;
    done
}

async fn bring(global: &Global, desk: &Desk, path: &Path, dry_run: bool) -> anyhow::Result<Exit> {
    let (mut of, mut next) = (String::new(), ROWS_BETWEEN_WORDS);
    let told = |file: &str, rows: u64| {
        if file != of {
            file.clone_into(&mut of);
            next = ROWS_BETWEEN_WORDS;
        }
        if rows >= next {
            tell(format!("{file}: {rows} rows so far"));
            next = rows + ROWS_BETWEEN_WORDS;
        }
    };
    // A server has a working directory of its own.
    let path = std::path::absolute(path).context("the path cannot be read")?;
    let path = path.to_str().context("the path is not text: rename what lies there")?.to_owned();
    let report = desk.import(ImportOrder { path, dry_run }, told).await?;
    if global.json {
        print_json(&report)?;
    } else {
        print(&described(&report))?;
    }
    let problems = report.files.iter().filter(|file| file.problem.is_some()).count();
    Ok(match problems {
        0 if report.files.iter().all(|file| file.refused() == 0) => Exit::Done,
        all if all == report.files.len() => Exit::Refused,
        _ => Exit::DoneWithFailures,
    })
}

fn described(report: &ImportReport) -> String {
    let mut text = String::new();
    for file in &report.files {
        text.push_str(&format!("{}\n", file.name));
        for line in lines(file, report.is_dry_run) {
            text.push_str(&format!("  {line}\n"));
        }
    }
    if !report.passed_over.is_empty() {
        text.push_str(&format!(
            "passed over, as they end in none of .db, .sqlite, .parquet, .csv, .csv.gz and .zip: {}\n",
            report.passed_over.join(", ")
        ));
    }
    if report.is_dry_run {
        text.push_str("nothing was kept: this was a dry run\n");
    }
    text
}

fn lines(file: &ImportedFile, is_dry_run: bool) -> Vec<String> {
    if let Some(problem) = &file.problem {
        return vec![format!("refused: {problem}")];
    }
    let (rows, would) =
        (|count| counted(count, "row", "rows"), if is_dry_run { "would come in" } else { "came in" });
    let contracts = counted(file.contracts, "contract", "contracts");
    let mut lines = vec![format!("{} of {contracts}, {} {would}", rows(file.rows), file.inserted)];
    for (count, what) in [
        (file.same, "were here already, and the same"),
        (file.differ_from_fetched, "are of days that the broker answered otherwise: its answer stays"),
        (file.differ_from_imported, "are here from an earlier import, otherwise: those stay"),
    ] {
        if count > 0 {
            lines.push(format!("{} {what}", rows(count)));
        }
    }
    lines.extend(file.refused.iter().map(|(reason, count)| format!("{} refused: {reason}", rows(*count))));
    lines.extend(file.remarks.iter().cloned());
    if file.refused() > 0 && !is_dry_run {
        lines.push(
            "`expirytrack import --refused NUMBER` shows them; `expirytrack import` has the number"
                .to_owned(),
        );
    }
    lines
}

async fn list(global: &Global, desk: &Desk) -> anyhow::Result<Exit> {
    let document = desk.imports().await?;
    if global.json {
        print_json(&document)?;
        return Ok(Exit::Done);
    }
    let headings = ["NUMBER", "WHEN", "FILE", "ROWS", "CAME IN", "REFUSED", "OVERRULED", "DAYS LEFT"];
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    rows.extend(document.imports.iter().map(|of| {
        let counts = [of.rows, of.inserted, of.refused, of.overruled, of.days].map(|count| count.to_string());
        [of.id.to_string(), of.at.to_ist_text(), of.name.clone()].into_iter().chain(counts).collect()
    }));
    print(&table(&rows))?;
    if document.imports.iter().any(|of| of.refused > 0) {
        tell("`expirytrack import --refused NUMBER` shows what was refused of one, and why");
    }
    Ok(Exit::Done)
}

async fn list_refused(global: &Global, desk: &Desk, id: i64) -> anyhow::Result<Exit> {
    let document = desk.import_refusals(id).await?;
    if global.json {
        print_json(&document)?;
        return Ok(Exit::Done);
    }
    let ImportLine { name, refused, .. } = &document.import;
    let kept = document.refused.len() as u64;
    let mut text = format!("{name}: {} could not be taken", counted(*refused, "row", "rows"));
    if kept < *refused {
        text.push_str(&format!(", the first {kept} of them are kept"));
    }
    let mut rows = vec![["REASON", "ROW"].map(str::to_owned).to_vec()];
    rows.extend(document.refused.into_iter().map(|row| vec![row.reason, row.raw]));
    print(&format!("{text}\n{}", table(&rows)))?;
    Ok(Exit::Done)
}
