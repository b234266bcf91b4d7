//! Expiries by month, newest first, and which of them "select all" means.

use std::collections::BTreeSet;

use market::{ContractKinds, Day};
use protocol::{ExpiryRow, KindCounts};

/// The expiries of one month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Month {
    /// `Aug 2025`.
    pub title: String,
    /// Newest first.
    pub expiries: Vec<ExpiryRow>,
}

/// Newest month first.
pub fn by_month(rows: &[ExpiryRow]) -> Vec<Month> {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| std::cmp::Reverse(row.date));
    let mut months: Vec<Month> = Vec::new();
    for row in rows {
        match months.last_mut() {
            Some(month) if month.expiries.iter().all(|other| other.date.is_same_month(row.date)) => {
                month.expiries.push(row);
            }
            _ => {
                months.push(Month { title: row.date.date().format("%b %Y").to_string(), expiries: vec![row] })
            }
        }
    }
    months
}

/// What is not complete: what "select all" chooses.
pub fn incomplete(rows: &[ExpiryRow], kinds: ContractKinds) -> BTreeSet<Day> {
    rows.iter().filter(|row| !row.is_complete_for(kinds)).map(|row| row.date).collect()
}

/// The newest of those, at most so many.
pub fn newest_incomplete(rows: &[ExpiryRow], kinds: ContractKinds, most: usize) -> BTreeSet<Day> {
    incomplete(rows, kinds).into_iter().rev().take(most).collect()
}

/// What is stored of an expiry's contracts of these kinds, in a word or two.
pub fn stored_words(row: &ExpiryRow, kinds: ContractKinds) -> Option<String> {
    let KindCounts { contracts, collected } = row.counts_for(kinds);
    match collected {
        _ if row.is_complete_for(kinds) => Some("complete".to_owned()),
        0 => None,
        _ => Some(format!("{collected} of {contracts}")),
    }
}

/// Told by a word, never by a colour alone.
pub fn weekly_word(weekly: Option<bool>) -> &'static str {
    match weekly {
        Some(true) => "weekly",
        Some(false) => "monthly",
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(date: &str, options: Option<(u64, u64)>) -> ExpiryRow {
        let counts = options.map(|(contracts, collected)| KindCounts { contracts, collected });
        ExpiryRow {
            date: date.parse().unwrap(),
            weekly: None,
            contracts: counts.map(|of| of.contracts),
            collected: counts.map_or(0, |of| of.collected),
            options: counts,
            futures: counts.map(|_| KindCounts::default()),
            candles: 0,
        }
    }

    #[test]
    fn months_and_their_expiries_are_newest_first() {
        let rows = [
            row("2025-07-31", None),
            row("2025-08-28", None),
            row("2025-08-07", None),
            row("2024-08-29", None),
        ];
        let months = by_month(&rows);
        let titles: Vec<_> = months.iter().map(|month| month.title.as_str()).collect();
        assert_eq!(titles, ["Aug 2025", "Jul 2025", "Aug 2024"]);
        assert_eq!(months[0].expiries[0].date.to_string(), "2025-08-28");
    }

    #[test]
    fn what_is_complete_is_left_out_of_select_all() {
        let rows =
            [row("2025-08-28", Some((190, 190))), row("2025-08-21", Some((190, 1))), row("2025-08-14", None)];
        let text = |days: BTreeSet<Day>| days.iter().map(Day::to_string).collect::<Vec<_>>();
        assert_eq!(text(incomplete(&rows, ContractKinds::Both)), ["2025-08-14", "2025-08-21"]);
        assert_eq!(text(newest_incomplete(&rows, ContractKinds::Both, 1)), ["2025-08-21"]);
        let words: Vec<_> = rows.iter().map(|row| stored_words(row, ContractKinds::Both)).collect();
        assert_eq!(words, [Some("complete".into()), Some("1 of 190".into()), None]);
    }
}
