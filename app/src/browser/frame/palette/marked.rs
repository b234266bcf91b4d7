//! Which parts of a title a text has found: a word of the text at the beginning of a word of the title.

/// The title in parts, and whether each is marked.
pub fn marked(title: &str, text: &str) -> Vec<(String, bool)> {
    let words = words(text);
    let mut parts: Vec<(String, bool)> = Vec::new();
    let (mut before, mut marks_left) = (None, 0);
    for (at, letter) in title.char_indices() {
        let kind = kind(letter);
        if kind.is_some() && kind != before && marks_left == 0 {
            let rest = title[at..].to_lowercase();
            let fitting = words.iter().filter(|word| rest.starts_with(word.as_str()));
            marks_left = fitting.map(|word| word.chars().count()).max().unwrap_or(0);
        }
        let is_marked = marks_left > 0;
        marks_left -= usize::from(is_marked);
        match parts.last_mut() {
            Some((part, marked)) if *marked == is_marked => part.push(letter),
            _ => parts.push((letter.to_string(), is_marked)),
        }
        before = kind;
    }
    parts
}

/// Letters and digits, each run a word, in lower case.
pub fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = None;
    for letter in text.chars().flat_map(char::to_lowercase) {
        let kind = kind(letter);
        match words.last_mut() {
            _ if kind.is_none() => {}
            Some(word) if before == kind => word.push(letter),
            _ => words.push(letter.to_string()),
        }
        before = kind;
    }
    words
}

/// Whether a letter is a digit; `None` between words.
fn kind(letter: char) -> Option<bool> {
    letter.is_alphanumeric().then(|| letter.is_numeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_of_words_are_marked() {
        for (title, text, expected) in [
            ("NIFTY 24500 CE 28 AUG 25", "nifty 245 ce", "[NIFTY] [245]00 [CE] 28 AUG 25"),
            ("NIFTY 24500 CE 28 AUG 25", "24500ce 28aug", "NIFTY [24500] [CE] [28] [AUG] 25"),
            ("BANKNIFTY", "nifty", "BANKNIFTY"),
            ("Change between light and dark", "da ch", "[Ch]ange between light and [da]rk"),
            ("Home", "", "Home"),
            ("M&M", "m", "[M]&[M]"),
            ("É1", "é1", "[É1]"),
        ] {
            let parts = marked(title, text).into_iter();
            let shown: String =
                parts.map(|(part, marked)| if marked { format!("[{part}]") } else { part }).collect();
            assert_eq!(shown, expected, "{text}");
        }
    }
}
