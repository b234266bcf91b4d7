//! What a CSV is packed in: nothing, gzip, or a zip of one file. The same rows give the same bytes, so no packing holds
//! the time of day.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::{SimpleFileOptions, StreamWriter, ZipWriter};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    Zip,
}

pub(super) enum Packed<W: Write> {
    Plain(W),
    Gzip(Box<GzEncoder<W>>),
    Zip(Box<ZipWriter<StreamWriter<W>>>),
}

impl<W: Write> Packed<W> {
    /// `name` is that of the file within a zip.
    pub fn new(packing: Packing, output: W, name: &str) -> io::Result<Self> {
        Ok(match packing {
            Packing::Plain => Self::Plain(output),
            Packing::Gzip => Self::Gzip(Box::new(GzEncoder::new(output, Compression::default()))),
            Packing::Zip => {
                let mut zip = ZipWriter::new_stream(output);
                // Its length is known only in the end, and may be beyond 4 GB.
                zip.start_file(name, SimpleFileOptions::default().large_file(true))?;
                Self::Zip(Box::new(zip))
            }
        })
    }

    pub fn finish(self) -> io::Result<W> {
        match self {
            Self::Plain(output) => Ok(output),
            Self::Gzip(gzip) => gzip.finish(),
            Self::Zip(zip) => Ok(zip.finish()?.into_inner()),
        }
    }
}

impl<W: Write> Write for Packed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(output) => output.write(bytes),
            Self::Gzip(gzip) => gzip.write(bytes),
            Self::Zip(zip) => zip.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(output) => output.flush(),
            Self::Gzip(gzip) => gzip.flush(),
            Self::Zip(zip) => zip.flush(),
        }
    }
}
