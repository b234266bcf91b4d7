//! Expiries by month, newest first, and what a few signs say of each.

use market::{ContractKinds, Day};
use protocol::{ExpiryRow, ExpiryState, StrikesEachSide};

use crate::format;

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

/// What an order of these kinds can have: futures expire once a month, so of a weekly expiry only those that a
/// listing has after all, and what is `chosen` already.
pub fn with_contracts(
    mut rows: Vec<ExpiryRow>,
    kinds: ContractKinds,
    chosen: impl Fn(Day) -> bool,
) -> Vec<ExpiryRow> {
    let has_futures = |row: &ExpiryRow| row.futures.is_some_and(|futures| futures.contracts > 0);
    let is_monthly = |row: &ExpiryRow| row.weekly != Some(true);
    rows.retain(|row| {
        kinds != ContractKinds::Futures || is_monthly(row) || has_futures(row) || chosen(row.date)
    });
    rows
}

/// What is known of an expiry's contracts of these kinds, in a word or two; nothing before any was asked.
pub fn stored_words(row: &ExpiryRow, kinds: ContractKinds) -> Option<String> {
    if let Some(doubts) = row.lists.doubts(kinds) {
        return Some(doubts);
    }
    match row.state_for(kinds) {
        ExpiryState::NotListed | ExpiryState::NotAsked => None,
        ExpiryState::Complete => Some(row.words_for(kinds)),
        state => Some(state.words()),
    }
}

/// The same where there is room for a few signs: `1/90 d`, `12/195`. Whoever wants strikes near the money does not want
/// all that are listed, and how many those are the download learns first: then it is `12 stored`.
pub fn short_words(row: &ExpiryRow, kinds: ContractKinds, strikes: Option<StrikesEachSide>) -> String {
    if row.lists.doubts(kinds).is_some() {
        return "unconfirmed".to_owned();
    }
    match row.state_for(kinds) {
        ExpiryState::Partly { counts, days } => match (counts.collected, counts.days) {
            (0, Some(known)) => format!("{known}/{days} d"),
            // No contract has all the days that are asked for now, and so many have some.
            (0, None) => format!("{} in part", format::grouped(counts.asked)),
            (collected, _) if strikes.is_some() => format!("{} stored", format::grouped(collected)),
            (collected, _) => format!("{collected}/{}", counts.contracts),
        },
        ExpiryState::OnlyOptions => "options".to_owned(),
        ExpiryState::OnlyFutures => "futures".to_owned(),
        ExpiryState::Pruned(_) => "pruned".to_owned(),
        ExpiryState::NotListed | ExpiryState::NotAsked | ExpiryState::Complete => {
            weekly_word(row.weekly).to_owned()
        }
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
    use super::super::picks::Pick;
    use super::*;
    use market::{Interval, Reach};
    use protocol::{HistoricalDays, KindCounts, ListStates};

    /// Of options that reach back so many days.
    fn row(date: &str, options: Option<&[u32]>) -> ExpiryRow {
        let days = HistoricalDays::default();
        let counts = options.map(|options| {
            let reach = |days: &u32| if *days > 0 { Reach::Back(*days) } else { Reach::Unasked };
            KindCounts::of(options.iter().map(reach), days)
        });
        ExpiryRow {
            date: date.parse().unwrap(),
            weekly: Some(true),
            contracts: counts.map(|of| of.contracts),
            collected: counts.map_or(0, |of| of.collected),
            options: counts,
            futures: counts.map(|_| KindCounts::default()),
            candles: 0,
            intervals: Vec::new(),
            pruned_at: None,
            days,
            interval: Interval::default(),
            lists: ListStates::default(),
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
    fn futures_alone_have_no_weekly_expiries() {
        let mut monthly = row("2025-08-28", None);
        monthly.weekly = Some(false);
        let rows = vec![monthly.clone(), row("2025-08-21", None)];
        assert_eq!(with_contracts(rows.clone(), ContractKinds::Both, |_| false), rows);
        assert_eq!(with_contracts(rows.clone(), ContractKinds::Futures, |_| true), rows);
        assert_eq!(with_contracts(rows, ContractKinds::Futures, |_| false), [monthly]);
    }

    #[test]
    fn what_is_complete_is_left_out_of_every_pick() {
        let rows = [
            row("2025-08-28", Some(&[90, 90])),
            row("2025-08-21", Some(&[90, 0])),
            row("2025-08-14", Some(&[1, 7])),
            row("2025-08-07", None),
        ];
        let kinds = ContractKinds::Both;
        let text = |pick: Pick| pick.of(&rows, kinds).iter().map(Day::to_string).collect::<Vec<_>>();
        assert_eq!(text(Pick::Everything), ["2025-08-07", "2025-08-14", "2025-08-21"]);
        assert_eq!(text(Pick::Newest(1)), ["2025-08-21"]);
        assert_eq!(text(Pick::Weekly), text(Pick::Everything));
        assert!(text(Pick::Monthly).is_empty() && text(Pick::Nothing).is_empty());
        let day = |text: &str| text.parse().ok();
        assert_eq!(text(Pick::Between(day("2025-08-14"), day("2025-08-28"))), ["2025-08-14", "2025-08-21"]);
        assert_eq!(text(Pick::Between(None, day("2025-08-13"))), ["2025-08-07"]);
        let words: Vec<_> = rows.iter().map(|row| stored_words(row, kinds).unwrap_or_default()).collect();
        assert_eq!(words, ["complete", "1 of 2 contracts", "1 of 90 days", ""]);
        let short: Vec<_> = rows.iter().map(|row| short_words(row, kinds, None)).collect();
        assert_eq!(short, ["weekly", "1/2", "1/90 d", "weekly"]);
    }

    #[test]
    fn who_wants_strikes_near_the_money_is_not_told_of_all_that_are_listed() {
        let near: Option<StrikesEachSide> = Some(3.try_into().unwrap());
        let short = |options: &[u32]| {
            let row = row("2025-08-28", Some(options));
            [None, near].map(|strikes| short_words(&row, ContractKinds::Options, strikes))
        };
        assert_eq!(short(&[90, 0, 0]), ["1/3", "1 stored"]);
        assert_eq!(short(&[60, 60, 0]), ["2 in part", "2 in part"]);
        assert_eq!(short(&[60, 60, 60]), ["60/90 d", "60/90 d"]);
    }
}
