//! A table as a workbook, for Excel, a sheet a section: moments and days are Excel's own, prices have two decimals on the
//! screen and all of them in the cell. Each sheet lies in a temporary file until the workbook is whole, and one that is
//! longer than a sheet can be is refused.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use market::Day;
use rust_xlsxwriter::{Format as Look, Workbook, Worksheet, XlsxError};

use super::text::Times;
use super::writer::{Counted, TableOptions, TableWriter, Written};
use super::{Batch, Cell, Column, Kind};
use crate::ExportError;

/// With the row of names.
pub const SHEET_ROWS_MAX: u64 = 1_048_576;
/// Of UTF-16, as Excel counts them.
pub const CELL_CHARS_MAX: usize = 32_767;
/// Of a column's name, where it is told.
const TOLD_CHARS: usize = 60;
/// In a sheet's name.
const NAME_CHARS_MAX: usize = 31;

pub(super) struct XlsxWriter<W: Write> {
    output: Counted<W>,
    columns: Vec<Column>,
    workbook: Workbook,
    sheet: Worksheet,
    /// Of the sheet.
    name: String,
    times: Times,
    looks: Looks,
    /// In the sheet, and in those before it.
    rows: u64,
    rows_before: u64,
}

struct Looks {
    price: Look,
    time: Look,
    day: Look,
    time_of_day: Look,
}

impl<W: Write + Send> XlsxWriter<W> {
    pub fn new(
        output: Counted<W>,
        columns: Vec<Column>,
        options: &TableOptions,
    ) -> Result<Self, ExportError> {
        let mut workbook = Workbook::new();
        let name = sheet_name(&options.name);
        let sheet = begin(&mut workbook, &columns, &name)?;
        let look = |format: &str| Look::new().set_num_format(format);
        let looks = Looks {
            price: look("0.00####"),
            time: look("yyyy-mm-dd hh:mm"),
            day: look("yyyy-mm-dd"),
            time_of_day: look("hh:mm"),
        };
        let times = options.times;
        Ok(Self { output, columns, workbook, sheet, name, times, looks, rows: 0, rows_before: 0 })
    }

    fn put_rows(&mut self, batch: &Batch) -> Result<(), ExportError> {
        for at in 0..batch.rows() {
            self.rows += 1;
            let row = u32::try_from(self.rows).map_err(|_| ExportError::SheetFull)?;
            for (place, values) in (0..).zip(batch.columns()) {
                let cell = values.cell(at);
                if let (Cell::Text(text), Some(column)) = (&cell, self.columns.get(usize::from(place))) {
                    check_length(text, column)?;
                }
                self.put(row, place, cell)?;
            }
        }
        Ok(())
    }

    fn put(&mut self, row: u32, place: u16, cell: Cell<'_>) -> Result<(), XlsxError> {
        const DAY_SECONDS: f64 = 86_400.0;
        let (sheet, looks) = (&mut self.sheet, &self.looks);
        match cell {
            Cell::Missing => {}
            Cell::Number(number) if !number.is_finite() => {}
            Cell::Text(text) => {
                sheet.write_string(row, place, text)?;
            }
            Cell::Whole(whole) => {
                sheet.write_number(row, place, whole as f64)?;
            }
            Cell::Number(number) => {
                sheet.write_number(row, place, number)?;
            }
            Cell::Price(price) => {
                sheet.write_number_with_format(row, place, price.to_rupees(), &looks.price)?;
            }
            Cell::Time(time) => match self.times {
                Times::Epoch => {
                    sheet.write_number(row, place, time.0 as f64)?;
                }
                // A moment in a workbook has no offset, so with one it is text.
                Times::IstOffset => {
                    sheet.write_string(row, place, time.to_rfc3339())?;
                }
                Times::Ist => {
                    let day = time.day();
                    let since_midnight = (time.0 - day.start().0) as f64 / DAY_SECONDS;
                    let number = serial(day) + since_midnight;
                    sheet.write_number_with_format(row, place, number, &looks.time)?;
                }
            },
            Cell::Day(day) => {
                sheet.write_number_with_format(row, place, serial(day), &looks.day)?;
            }
            Cell::TimeOfDay(time) => {
                let fraction = f64::from(time.minute_of_day()) * 60.0 / DAY_SECONDS;
                sheet.write_number_with_format(row, place, fraction, &looks.time_of_day)?;
            }
        }
        Ok(())
    }
}

impl<W: Write + Send> TableWriter for XlsxWriter<W> {
    fn write(&mut self, batch: &Batch) -> Result<(), ExportError> {
        batch.check(&self.columns)?;
        if self.rows + batch.rows() as u64 >= SHEET_ROWS_MAX {
            return Err(ExportError::SheetFull);
        }
        within_temporary_file(|| self.put_rows(batch))
    }

    fn section(&mut self, name: &str) -> Result<(), ExportError> {
        let name = sheet_name(name);
        if name == self.name {
            return Ok(());
        }
        if self.rows == 0 {
            self.sheet.set_name(&name)?;
        } else {
            within_temporary_file(|| {
                let next = begin(&mut self.workbook, &self.columns, &name)?;
                self.workbook.push_worksheet(std::mem::replace(&mut self.sheet, next));
                Ok(())
            })?;
            self.rows_before += self.rows;
            self.rows = 0;
        }
        self.name = name;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Written, ExportError> {
        self.workbook.push_worksheet(self.sheet);
        within_temporary_file(|| {
            let saved = self.workbook.save_to_writer(&mut self.output);
            saved.map_err(|error| self.output.failure().map_or_else(|| error.into(), ExportError::Io))
        })?;
        Ok(self.output.finish(self.rows_before + self.rows)?)
    }
}

/// A sheet that has the names of its columns and nothing else yet.
fn begin(workbook: &mut Workbook, columns: &[Column], name: &str) -> Result<Worksheet, ExportError> {
    let mut sheet = workbook.new_worksheet_with_constant_memory()?;
    sheet.set_name(name)?;
    sheet.set_freeze_panes(1, 0)?;
    let bold = Look::new().set_bold();
    for (place, column) in (0..).zip(columns) {
        sheet.set_column_width(place, width(column))?;
        check_length(column.text_name(), column)?;
        sheet.write_string_with_format(0, place, column.text_name(), &bold)?;
    }
    Ok(sheet)
}

/// The library panics where its temporary file cannot be written. Nothing of a sheet is looked at after that.
fn within_temporary_file(work: impl FnOnce() -> Result<(), ExportError>) -> Result<(), ExportError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(ExportError::Temporary(std::env::temp_dir())))
}

/// A text is never cut off.
fn check_length(text: &str, column: &Column) -> Result<(), ExportError> {
    // No text has more characters than bytes.
    if text.len() <= CELL_CHARS_MAX || text.encode_utf16().count() <= CELL_CHARS_MAX {
        return Ok(());
    }
    Err(ExportError::CellTooLong(column.text_name().chars().take(TOLD_CHARS).collect()))
}

/// Excel counts days from the end of 1899.
fn serial(day: Day) -> f64 {
    const UNTIL_1970: i64 = 25_569;
    (day.days_since_1970() + UNTIL_1970) as f64
}

fn width(column: &Column) -> f64 {
    match column.kind {
        Kind::Text => 22.0,
        Kind::Time => 17.0,
        Kind::Whole | Kind::Price | Kind::Number | Kind::Day | Kind::TimeOfDay => 12.0,
    }
}

/// Excel takes no sheet whose name has one of these, or that is called nothing.
fn sheet_name(name: &str) -> String {
    let name: String = name.chars().filter(|c| !"[]:*?/\\'".contains(*c)).take(NAME_CHARS_MAX).collect();
    if name.is_empty() { "candles".to_owned() } else { name }
}
