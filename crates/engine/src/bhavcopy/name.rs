//! What the name of a file says of it: `BhavCopy_NSE_FO_0_0_0_20250801_F_0000.csv`. A name that says nothing is no fault;
//! one that says otherwise than the rows is.

use market::Day;
use protocol::BhavcopyExchange;

use super::error::BhavcopyError;
use super::read::Bhavcopy;

/// Segments that the exchanges have such files of.
const SEGMENTS: [&str; 4] = ["CM", "FO", "CD", "CO"];

pub(super) fn check_name(name: &str, file: &Bhavcopy) -> Result<(), BhavcopyError> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let words: Vec<String> =
        base.split(|letter: char| !letter.is_ascii_alphanumeric()).map(str::to_ascii_uppercase).collect();
    if let Some(named) = words.iter().find_map(|word| day_of(word))
        && named != file.day
    {
        return Err(BhavcopyError::OtherDay { named, day: file.day });
    }
    // Only of the exchange's own names is the rest sure to mean what it seems to.
    if words.first().is_none_or(|first| first != "BHAVCOPY") {
        return Ok(());
    }
    let is_another = |word: &&String| word.parse::<BhavcopyExchange>().is_ok_and(|of| of != file.exchange);
    if let Some(named) = words.get(1).filter(is_another) {
        return Err(BhavcopyError::NamedExchange {
            named: named.clone(),
            exchange: file.exchange.as_str().to_owned(),
        });
    }
    match words.get(2).filter(|word| SEGMENTS.contains(&word.as_str()) && *word != "FO") {
        Some(segment) => Err(BhavcopyError::NamedSegment(segment.clone())),
        None => Ok(()),
    }
}

/// `20250801`.
fn day_of(word: &str) -> Option<Day> {
    if word.len() != 8 || !word.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    Day::new(word[..4].parse().ok()?, word[4..6].parse().ok()?, word[6..].parse().ok()?)
}
