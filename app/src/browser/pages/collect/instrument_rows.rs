//! Which instruments a search shows, and how many of them are chosen.

use protocol::UnderlyingRow;

use super::choices::Choices;

/// What a search finds, best first, as everywhere. Without a word: all but shares that never had contracts here.
pub fn matching(rows: &[UnderlyingRow], search: &str) -> Vec<UnderlyingRow> {
    let places = market::search(search, rows.iter().map(UnderlyingRow::search_entry));
    places.into_iter().filter_map(|place| rows.get(place).cloned()).collect()
}

/// The same, with everything that is chosen where nothing is searched.
pub fn shown(rows: &[UnderlyingRow], search: &str, choices: &Choices) -> Vec<UnderlyingRow> {
    let mut shown = matching(rows, search);
    if search.trim().is_empty() {
        let is_left_out = |row: &&UnderlyingRow| {
            let key = &row.underlying.key;
            choices.has_instrument(key) && shown.iter().all(|other| other.underlying.key != *key)
        };
        let left_out: Vec<UnderlyingRow> = rows.iter().filter(is_left_out).cloned().collect();
        shown.extend(left_out);
    }
    shown
}

pub fn chosen_of(rows: &[UnderlyingRow], choices: &Choices) -> usize {
    rows.iter().filter(|row| choices.has_instrument(&row.underlying.key)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::{Standing, Underlying};

    #[test]
    fn a_search_is_for_every_word_in_name_symbol_or_key() {
        let row = |underlying: Underlying| UnderlyingRow {
            underlying,
            expiries: None,
            contracts: 0,
            candles: 0,
            standing: Standing::Live,
            former: Vec::new(),
        };
        let mut rows: Vec<_> = Underlying::indices().into_iter().map(row).collect();
        let found = |search: &str| matching(&rows, search).len();
        assert_eq!(found(""), rows.len());
        assert_eq!(found(" bank  NIFTY "), 1);
        assert_eq!(found("NIFTYBANK"), 1);
        assert_eq!(found("bse_index"), 3);
        assert_eq!(found("gold"), 0);
        let mut choices = Choices::default();
        choices.set_instrument(&rows[0].underlying.key, true);
        assert_eq!(chosen_of(&rows, &choices), 1);
        // A share is there when it is searched, and stays when it is chosen.
        let share = Underlying::from_key("NSE_EQ|INE769A01020".parse().unwrap());
        rows.push(UnderlyingRow { standing: Standing::Unknown, ..row(share.clone()) });
        assert_eq!(shown(&rows, "", &choices).len(), 8);
        assert_eq!(shown(&rows, "INE769A01020", &choices).len(), 1);
        choices.set_instrument(&share.key, true);
        assert_eq!(shown(&rows, "", &choices).len(), 9);
    }
}
