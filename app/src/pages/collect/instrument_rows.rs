//! Which instruments a search shows, and how many of them are chosen.

use protocol::UnderlyingRow;

use super::choices::Choices;

/// Rows whose name, symbol or key contains every word of the search, in their own order.
pub fn matching(rows: &[UnderlyingRow], search: &str) -> Vec<UnderlyingRow> {
    let words: Vec<String> = search.split_whitespace().map(str::to_ascii_lowercase).collect();
    let has_all = |row: &&UnderlyingRow| {
        let underlying = &row.underlying;
        let text =
            format!("{} {} {}", underlying.name, underlying.symbol, underlying.key).to_ascii_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    };
    rows.iter().filter(has_all).cloned().collect()
}

pub fn chosen_of(rows: &[UnderlyingRow], choices: &Choices) -> usize {
    rows.iter().filter(|row| choices.has_instrument(&row.underlying.key)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::Underlying;

    #[test]
    fn a_search_is_for_every_word_in_name_symbol_or_key() {
        let row =
            |underlying: Underlying| UnderlyingRow { underlying, expiries: None, contracts: 0, candles: 0 };
        let rows: Vec<_> = Underlying::indices().into_iter().map(row).collect();
        let found = |search: &str| matching(&rows, search).len();
        assert_eq!(found(""), rows.len());
        assert_eq!(found(" bank  NIFTY "), 1);
        assert_eq!(found("bse_index"), 3);
        assert_eq!(found("gold"), 0);
        let mut choices = Choices::default();
        choices.set_instrument(&rows[0].underlying.key, true);
        assert_eq!(chosen_of(&rows, &choices), 1);
    }
}
