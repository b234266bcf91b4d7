//! `expirytrack sql`: one SELECT on what is stored. Reads beside whoever owns the directory.

use std::io::Read;

use engine::SqlService;
use export::Format;
use protocol::{SQL_LENGTH_MAX, SqlAnswer, SqlSchema, SqlWish};

use crate::arguments::{Global, Sql};
use crate::exit::{Exit, Refused};
use crate::output::{chosen_format, counted, print, print_bytes, print_json, sized, table, tell, write_file};

/// Of a cell in a terminal; files have all of it.
const CELL_MAX: usize = 60;

pub async fn run(global: &Global, asked: &Sql) -> anyhow::Result<Exit> {
    let service = SqlService::open_for_reading(global.place().await?).await?;
    let Some(sql) = text(asked)? else {
        let schema = service.schema();
        if global.json {
            print_json(&schema)?
        } else {
            print(&described(&schema))?
        }
        return Ok(Exit::Done);
    };
    let format = format(global, asked)?;
    let wish =
        SqlWish { rows: asked.rows, seconds: asked.seconds, read_all: asked.read_all, ..SqlWish::new(sql) };
    let answer = service.run(wish).await?;
    if asked.plan {
        answer
            .plan
            .iter()
            .for_each(|step| tell(format!("{}{}", "  ".repeat(step.depth as usize), step.words)));
    }
    let (count, took, reads, more) =
        (answer.rows.len() as u64, answer.took_ms, answer.reads, answer.more.clone());
    if let Some(format) = format {
        let mut bytes = Vec::new();
        format.write_sql(answer, &mut bytes)?;
        match &asked.out {
            Some(out) => write_file(out, &bytes)?,
            None => print_bytes(&bytes)?,
        }
    } else {
        print(&answer_table(&answer))?;
    }
    let read = match (reads.candles, reads.bytes) {
        (Some(0), _) => String::new(),
        (Some(candles), Some(bytes)) => format!(", up to {candles} candles read ({})", sized(bytes)),
        _ => ", candles looked up, not read through".to_owned(),
    };
    tell(format!("{} in {:.2} s{read}", counted(count, "row", "rows"), took as f64 / 1000.0));
    let exit = if more.is_some() { Exit::DoneWithFailures } else { Exit::Done };
    more.into_iter().for_each(tell);
    Ok(exit)
}

/// None: a table for the terminal.
fn format(global: &Global, asked: &Sql) -> anyhow::Result<Option<Format>> {
    let said = asked.format.or(asked.csv.then_some(Format::Csv));
    Ok(chosen_format(global.json, said, asked.out.as_deref())?)
}

/// As an argument, of a file, or by name; nothing where the schema is wished.
fn text(asked: &Sql) -> anyhow::Result<Option<String>> {
    let refused = |sentence: String| Refused(Exit::Refused, sentence);
    let text = match (&asked.sql, &asked.named) {
        (Some(sql), _) if sql == "-" => {
            let mut text = String::new();
            std::io::stdin().take(SQL_LENGTH_MAX as u64 + 1).read_to_string(&mut text)?;
            text
        }
        (Some(sql), _) => sql.clone(),
        (None, Some(name)) => {
            let queries = engine::useful_queries();
            let found = queries.iter().find(|query| query.name == *name);
            let known = || queries.iter().map(|query| query.name.as_str()).collect::<Vec<_>>().join(", ");
            found
                .ok_or_else(|| refused(format!("there is no query \"{name}\": use one of {}", known())))?
                .sql
                .clone()
        }
        (None, None) => return Ok(None),
    };
    Ok(Some(text))
}

fn described(schema: &SqlSchema) -> String {
    let mut rows = vec![vec!["TABLE".to_owned(), "COLUMN".to_owned(), "MEANING".to_owned()]];
    for of in &schema.tables {
        rows.push(vec![of.name.clone(), String::new(), of.meaning.clone()]);
        rows.extend(of.columns.iter().map(|of| vec![String::new(), of.name.clone(), of.meaning.clone()]));
    }
    let mut queries = vec![vec!["QUERY".to_owned(), "WHAT IT TELLS".to_owned()]];
    queries.extend(
        schema.queries.iter().map(|of| vec![of.name.clone(), format!("{}: {}", of.title, of.sentence)]),
    );
    format!("{}\n{}", table(&rows), table(&queries))
}

fn answer_table(answer: &SqlAnswer) -> String {
    let short = |text: String| {
        let text = text.replace(['\n', '\r', '\t'], " ");
        if text.chars().count() <= CELL_MAX {
            text
        } else {
            format!("{}…", text.chars().take(CELL_MAX - 1).collect::<String>())
        }
    };
    let mut rows = vec![answer.columns.iter().cloned().map(short).collect()];
    rows.extend(answer.rows.iter().map(|row| row.iter().map(|value| short(value.to_string())).collect()));
    table(&rows)
}
