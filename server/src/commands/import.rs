//! `expirytrack import`: brings in candles that other programs have collected, and says what came of each file. A file that
//! is refused leaves the others as they are.

use engine::Engine;
use protocol::{ImportReport, ImportedFile};
use serde_json::json;

use crate::arguments::{Global, Import};
use crate::exit::Exit;
use crate::output::{counted, print, print_json, table, tell};

/// Rows between two words on how far it is.
const ROWS_BETWEEN_WORDS: u64 = 500_000;

pub async fn run(global: &Global, asked: &Import) -> anyhow::Result<Exit> {
    let engine = Engine::open(global.engine_config().await?).await?;
    let done = match &asked.path {
        Some(path) => bring(global, &engine, path, asked.dry_run).await,
        None => list(global, &engine).await,
    };
    engine.close().await?;
    done
}

async fn bring(
    global: &Global,
    engine: &Engine,
    path: &std::path::Path,
    is_dry_run: bool,
) -> anyhow::Result<Exit> {
    let mut next = ROWS_BETWEEN_WORDS;
    let told = |name: &str, rows: u64| {
        if rows >= next {
            tell(format!("{name}: {rows} rows so far"));
            next = rows + ROWS_BETWEEN_WORDS;
        } else if rows < next - ROWS_BETWEEN_WORDS {
            next = ROWS_BETWEEN_WORDS;
        }
    };
    let report = engine.import().run(path, is_dry_run, told).await?;
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
    lines
}

async fn list(global: &Global, engine: &Engine) -> anyhow::Result<Exit> {
    let imports = engine.import().list().await?;
    if global.json {
        let document = |of: &engine::ImportRow| {
            json!({ "at": of.at.to_rfc3339(), "name": of.name, "rows": of.rows, "inserted": of.inserted,
                    "refused": of.refused, "overruled": of.overruled, "days": of.days })
        };
        print_json(&json!({ "imports": imports.iter().map(document).collect::<Vec<_>>() }))?;
        return Ok(Exit::Done);
    }
    let headings = ["WHEN", "FILE", "ROWS", "CAME IN", "REFUSED", "OVERRULED", "DAYS LEFT"];
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    rows.extend(imports.iter().map(|of| {
        let counts = [of.rows, of.inserted, of.refused, of.overruled, of.days].map(|count| count.to_string());
        [of.at.to_ist_text(), of.name.clone()].into_iter().chain(counts).collect()
    }));
    print(&table(&rows))?;
    Ok(Exit::Done)
}
