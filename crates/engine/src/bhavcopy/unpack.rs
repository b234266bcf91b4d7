//! The text of a file that may be zipped: never more than a bound of it, whatever a zip file says of itself.

use std::io::{Cursor, Read};

use protocol::BHAVCOPY_BYTES_MAX;
use zip::ZipArchive;
use zip::result::ZipError;

use super::error::BhavcopyError;

/// Forty thousand rows are 10 MB.
const UNPACKED_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// As every zip file with a file in it begins, and an empty one.
const ZIP_BEGINS: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// Whoever packs a day with notes beside it has packed it otherwise than the exchange.
const ENTRIES_MAX: usize = 16;

/// A file as it was given.
pub(super) struct Unpacked {
    pub text: Vec<u8>,
    /// The name of the file within the zip file.
    pub inner_name: Option<String>,
}

pub(super) fn unpack(bytes: Vec<u8>) -> Result<Unpacked, BhavcopyError> {
    if bytes.len() > BHAVCOPY_BYTES_MAX {
        return Err(BhavcopyError::TooLarge { bytes_max: BHAVCOPY_BYTES_MAX });
    }
    if bytes.is_empty() {
        return Err(BhavcopyError::Empty);
    }
    if !ZIP_BEGINS.iter().any(|begin| bytes.starts_with(begin)) {
        return Ok(Unpacked { text: bytes, inner_name: None });
    }
    let unreadable = |error: ZipError| BhavcopyError::UnreadableZip(words(&error));
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    if archive.len() > ENTRIES_MAX {
        return Err(BhavcopyError::SeveralFiles(archive.len()));
    }
    let mut found = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(unreadable)?;
        if entry.is_file() {
            found.push(index);
        }
    }
    let [only] = found.as_slice() else {
        let several = found.len();
        return Err(if several == 0 {
            BhavcopyError::NoFileInZip
        } else {
            BhavcopyError::SeveralFiles(several)
        });
    };
    let entry = archive.by_index(*only).map_err(unreadable)?;
    let inner_name = Some(entry.name().map_err(unreadable)?.into_owned());
    let mut text = Vec::new();
    // One byte more than the bound tells that there is more; what the file says of its length is no bound.
    entry
        .take(UNPACKED_BYTES_MAX + 1)
        .read_to_end(&mut text)
        .map_err(|_| BhavcopyError::UnreadableZip("it is cut off or damaged".to_owned()))?;
    if text.len() as u64 > UNPACKED_BYTES_MAX {
        return Err(BhavcopyError::UnpacksTooLarge { bytes_max: UNPACKED_BYTES_MAX });
    }
    if text.is_empty() {
        return Err(BhavcopyError::Empty);
    }
    Ok(Unpacked { text, inner_name })
}

fn words(error: &ZipError) -> String {
    match error {
        ZipError::UnsupportedArchive(_) => "it is packed or locked in a way that is not read here".to_owned(),
        _ => "it is cut off or damaged".to_owned(),
    }
}
