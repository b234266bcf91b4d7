//! What an answer held and what could not be taken: kept as it was written, with the reason, up to named
//! bounds. Beyond them it is still counted, so that nothing vanishes and no answer fills the memory.

/// Characters of one refused piece that are kept.
pub const RAW_CHARS_MAX: usize = 4_096;
/// Refused pieces of one answer that are kept.
pub const REFUSED_KEPT_MAX: usize = 1_000;

/// A piece of an answer that names nothing that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// As it came, without the white space between values; at most [`RAW_CHARS_MAX`] characters.
    pub raw: String,
    pub reason: String,
    /// Its `instrument_key`, where one can be read.
    pub key: Option<String>,
}

impl RefusedRow {
    pub fn new(raw: &str, reason: impl Into<String>) -> Self {
        Self { raw: compact(raw).take(RAW_CHARS_MAX).collect(), reason: reason.into(), key: None }
    }
}

/// The refused pieces of one answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    /// The first ones, at most [`REFUSED_KEPT_MAX`].
    pub kept: Vec<RefusedRow>,
    /// All of them.
    pub count: u64,
}

impl Refusals {
    pub fn push(&mut self, row: impl FnOnce() -> RefusedRow) {
        self.count += 1;
        if self.kept.len() < REFUSED_KEPT_MAX {
            self.kept.push(row());
        }
    }
}

/// Without the white space that a formatter may have put between the values; their order and form stay.
pub(crate) fn compact(json: &str) -> impl Iterator<Item = char> {
    let (mut in_text, mut escaped) = (false, false);
    json.chars().filter(move |character| {
        let keep = in_text || !character.is_ascii_whitespace();
        match character {
            '"' if !escaped => in_text = !in_text,
            _ => {}
        }
        escaped = in_text && *character == '\\' && !escaped;
        keep
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raw_piece_keeps_its_order_and_its_texts() {
        let row = "{\n  \"name\": \"A \\\" B\",\n  \"lot\": 75.0\n}";
        assert_eq!(compact(row).collect::<String>(), "{\"name\":\"A \\\" B\",\"lot\":75.0}");
    }

    #[test]
    fn what_is_kept_is_bounded_and_what_is_counted_is_not() {
        let mut refusals = Refusals::default();
        for _ in 0..REFUSED_KEPT_MAX + 5 {
            refusals.push(|| RefusedRow::new(&"x".repeat(2 * RAW_CHARS_MAX), "too long"));
        }
        assert_eq!((refusals.kept.len(), refusals.count), (REFUSED_KEPT_MAX, REFUSED_KEPT_MAX as u64 + 5));
        assert_eq!(refusals.kept[0].raw.len(), RAW_CHARS_MAX);
    }
}
