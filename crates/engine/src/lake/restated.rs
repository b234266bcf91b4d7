//! What a restatement changes: the file that lies there and the one that is to take its place, read side by side. Both are
//! in the order of their keys, so each is read once, and little of either is in memory.

use std::cmp::Ordering;
use std::fs::File;

use export::ExportError;
use export::table::{Batch, Cell, Column, ParquetRows};
use lake::Changed;

/// The columns that say which row it is, in the order of the file.
const KEY: [&str; 5] = ["kind", "strike", "expired_key", "interval", "time"];

pub(super) fn changed(before: File, after: File, columns: &[Column]) -> Result<Changed, ExportError> {
    let key: Vec<usize> =
        KEY.iter().filter_map(|name| columns.iter().position(|column| column.name == *name)).collect();
    let contract = columns.iter().position(|column| column.name == "expired_key");
    let (mut before, mut after) = (Cursor::open(before, columns)?, Cursor::open(after, columns)?);
    let mut changed = Changed::default();
    let mut last_contract: Option<String> = None;
    loop {
        let order = match (before.row(), after.row()) {
            (None, None) => return Ok(changed),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) => key
                .iter()
                .map(|at| compare(one.cell(*at), other.cell(*at)))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal),
        };
        let of = if order == Ordering::Greater { after.row() } else { before.row() };
        let is_same = match (before.row(), after.row()) {
            (Some(one), Some(other)) if order.is_eq() => {
                (0..columns.len()).all(|at| one.cell(at) == other.cell(at))
            }
            _ => false,
        };
        if !is_same {
            match order {
                Ordering::Less => changed.removed += 1,
                Ordering::Greater => changed.added += 1,
                Ordering::Equal => changed.changed += 1,
            }
            let name = match contract.zip(of).map(|(at, row)| row.cell(at)) {
                Some(Cell::Text(text)) => text.to_owned(),
                _ => String::new(),
            };
            if last_contract.as_ref() != Some(&name) {
                changed.contracts += u64::from(contract.is_some());
                last_contract = Some(name);
            }
        }
        if order.is_le() {
            before.next()?;
        }
        if order.is_ge() {
            after.next()?;
        }
    }
}

fn compare(one: Cell<'_>, other: Cell<'_>) -> Ordering {
    match (one, other) {
        (Cell::Missing, Cell::Missing) => Ordering::Equal,
        (Cell::Missing, _) => Ordering::Less,
        (_, Cell::Missing) => Ordering::Greater,
        (Cell::Text(one), Cell::Text(other)) => one.cmp(other),
        (Cell::Number(one), Cell::Number(other)) => one.total_cmp(&other),
        (Cell::Time(one), Cell::Time(other)) => one.cmp(&other),
        _ => Ordering::Equal,
    }
}

/// A row of a file after the other.
struct Cursor {
    rows: ParquetRows,
    batch: Option<Batch>,
    at: usize,
}

#[derive(Clone, Copy)]
struct RowAt<'b> {
    batch: &'b Batch,
    at: usize,
}

impl<'b> RowAt<'b> {
    fn cell(self, column: usize) -> Cell<'b> {
        self.batch.columns().get(column).map_or(Cell::Missing, |values| values.cell(self.at))
    }
}

impl Cursor {
    fn open(file: File, columns: &[Column]) -> Result<Self, ExportError> {
        let mut cursor = Self { rows: ParquetRows::open(file, columns.to_vec())?, batch: None, at: 0 };
        cursor.fill()?;
        Ok(cursor)
    }

    fn row(&self) -> Option<RowAt<'_>> {
        Some(RowAt { batch: self.batch.as_ref()?, at: self.at })
    }

    fn next(&mut self) -> Result<(), ExportError> {
        self.at += 1;
        if self.batch.as_ref().is_some_and(|batch| self.at >= batch.rows()) {
            self.fill()?;
        }
        Ok(())
    }

    fn fill(&mut self) -> Result<(), ExportError> {
        self.at = 0;
        self.batch = loop {
            match self.rows.next().transpose()? {
                Some(batch) if batch.rows() == 0 => {}
                batch => break batch,
            }
        };
        Ok(())
    }
}

/// In the manifest that comes in the place of one that nobody can read any more.
pub(super) fn lost(version: u32) -> String {
    match version {
        1 => "the manifest of version 1 was lost".to_owned(),
        _ => {
            format!("the manifest of version {version} was lost, and what it told of the versions before it")
        }
    }
}

/// In the manifest, where nobody says why.
pub(super) fn why(changed: Option<Changed>, revised_since: u64, contracts: (u64, u64)) -> String {
    let mut reasons = Vec::new();
    if contracts.0 != contracts.1 {
        reasons.push(format!("{} contracts are listed, and {} were", contracts.1, contracts.0));
    }
    if revised_since > 0 {
        reasons.push(format!("later answers of the broker's changed {revised_since} rows"));
    }
    match changed {
        Some(Changed { added, removed, changed: 0, .. }) if added > 0 && removed == 0 => {
            reasons.push(format!("{added} rows came since"));
        }
        None => reasons.push("what was there could not be read any more".to_owned()),
        Some(_) => {}
    }
    if reasons.is_empty() { "what is stored here has changed since".to_owned() } else { reasons.join("; ") }
}
