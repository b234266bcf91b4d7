//! Words of an error as a sentence that stands alone.

pub(super) fn sentence(why: &str) -> String {
    let mut letters = why.chars();
    let first: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
