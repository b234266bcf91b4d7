//! A table as a stream of Arrow's own messages, for notebooks: a batch is a message.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use arrow_ipc::writer::StreamWriter;
use arrow_schema::Schema;

use super::writer::{Counted, TableWriter, Written};
use super::{Batch, Column, record_batch, schema};
use crate::ExportError;

pub(super) struct ArrowWriter<W: Write> {
    stream: StreamWriter<Counted<W>>,
    columns: Vec<Column>,
    schema: Arc<Schema>,
    rows: u64,
}

impl<W: Write> ArrowWriter<W> {
    pub fn new(
        output: Counted<W>,
        columns: Vec<Column>,
        metadata: &[(String, String)],
    ) -> Result<Self, ExportError> {
        let metadata: HashMap<String, String> = metadata.iter().cloned().collect();
        let schema = Arc::new(schema(&columns).with_metadata(metadata));
        let stream = StreamWriter::try_new(output, &schema)?;
        Ok(Self { stream, columns, schema, rows: 0 })
    }
}

impl<W: Write> TableWriter for ArrowWriter<W> {
    fn write(&mut self, batch: &Batch) -> Result<(), ExportError> {
        batch.check(&self.columns)?;
        self.stream.write(&record_batch(&self.schema, batch)?)?;
        self.rows += batch.rows() as u64;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Written, ExportError> {
        Ok(self.stream.into_inner()?.finish(self.rows)?)
    }
}
