//! What a file says in UTF-8, however a spreadsheet or an editor has saved it.

use std::borrow::Cow;

use super::error::BhavcopyError;

const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";
const UTF16_LITTLE_MARK: &[u8] = b"\xFF\xFE";
const UTF16_BIG_MARK: &[u8] = b"\xFE\xFF";

/// UTF-16 is known by the mark that it begins with. Whatever has none is read as it is: what is not ASCII of it nobody
/// needs, and a field that cannot be read is refused with its line.
pub(super) fn in_utf8(text: &[u8]) -> Result<Cow<'_, [u8]>, BhavcopyError> {
    if let Some(units) = text.strip_prefix(UTF16_LITTLE_MARK) {
        return of_utf16(units, u16::from_le_bytes);
    }
    if let Some(units) = text.strip_prefix(UTF16_BIG_MARK) {
        return of_utf16(units, u16::from_be_bytes);
    }
    Ok(Cow::Borrowed(text.strip_prefix(UTF8_MARK).unwrap_or(text)))
}

fn of_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, [u8]>, BhavcopyError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(BhavcopyError::CutText);
    }
    let text: Result<String, _> = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    Ok(Cow::Owned(text.map_err(|_| BhavcopyError::CutText)?.into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(mark: &[u8], text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        mark.iter().copied().chain(text.encode_utf16().flat_map(bytes)).collect()
    }

    #[test]
    fn a_text_is_the_same_however_it_was_saved() {
        let text = "TradDt,TckrSymb\r\n2025-08-01,M&M\r\n";
        let little = utf16(UTF16_LITTLE_MARK, text, u16::to_le_bytes);
        for saved in [
            text.as_bytes().to_vec(),
            [UTF8_MARK, text.as_bytes()].concat(),
            little.clone(),
            utf16(UTF16_BIG_MARK, text, u16::to_be_bytes),
        ] {
            assert_eq!(in_utf8(&saved).unwrap(), text.as_bytes());
        }
        assert_eq!(in_utf8(&little[..little.len() - 1]), Err(BhavcopyError::CutText));
        // Half of a letter that takes two units.
        let half = [UTF16_LITTLE_MARK, &[0x3D, 0xD8][..]].concat();
        assert_eq!(in_utf8(&half), Err(BhavcopyError::CutText));
    }
}
