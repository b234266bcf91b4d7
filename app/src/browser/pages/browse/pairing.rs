//! Which call of a strike belongs to which put, where a strike has several: those that lived at the same time.

use protocol::ContractRow;

/// A call and a put of one strike, or one of them alone.
pub type Pair = (Option<ContractRow>, Option<ContractRow>);

/// Pairs calls and puts of one strike: first by the time that they lived together, the longest first; where a
/// life is not known, in the order of their keys; those that never met, in the order in which they began. The
/// pairs come in the order of their lives.
pub fn pairs(mut calls: Vec<ContractRow>, mut puts: Vec<ContractRow>) -> Vec<Pair> {
    let by_key = |row: &ContractRow| row.contract.expired_key.clone();
    calls.sort_by_key(by_key);
    puts.sort_by_key(by_key);
    let mut ranked: Vec<(Rank, usize, usize)> = Vec::new();
    for (at_call, call) in calls.iter().enumerate() {
        for (at_put, put) in puts.iter().enumerate() {
            ranked.push((rank(call, put), at_call, at_put));
        }
    }
    ranked.sort();
    let mut calls: Vec<_> = calls.into_iter().map(Some).collect();
    let mut puts: Vec<_> = puts.into_iter().map(Some).collect();
    let mut pairs: Vec<Pair> = Vec::new();
    for (_, at_call, at_put) in ranked {
        if calls[at_call].is_some() && puts[at_put].is_some() {
            pairs.push((calls[at_call].take(), puts[at_put].take()));
        }
    }
    pairs.extend(calls.into_iter().flatten().map(|call| (Some(call), None)));
    pairs.extend(puts.into_iter().flatten().map(|put| (None, Some(put))));
    pairs.sort_by_key(|(call, put)| {
        let both = [call, put];
        let rows = both.into_iter().flatten();
        let begun = rows.clone().filter_map(|row| row.first).min();
        // Those of which nothing is known stand last.
        (begun.is_none(), begun, rows.map(by_key).min())
    });
    pairs
}

/// The smallest is paired first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Less the seconds that both lived.
    Together(i64),
    NotKnown,
    /// When each began.
    NeverMet(i64, i64),
}

fn rank(call: &ContractRow, put: &ContractRow) -> Rank {
    let life = |row: &ContractRow| Some((row.first?.0, row.last?.0));
    let (Some((call_first, call_last)), Some((put_first, put_last))) = (life(call), life(put)) else {
        return Rank::NotKnown;
    };
    let together = call_last.min(put_last) - call_first.max(put_first);
    if together >= 0 { Rank::Together(-together) } else { Rank::NeverMet(call_first, put_first) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::ContractKind::{Call, Put};
    use protocol::samples::{row, twin};

    /// The tokens of each pair, calls first.
    fn tokens(calls: &[ContractRow], puts: &[ContractRow]) -> Vec<[String; 2]> {
        let token = |row: &Option<ContractRow>| {
            row.as_ref().map(|row| row.contract.expired_key.exchange_token().to_owned()).unwrap_or_default()
        };
        let pairs = pairs(calls.to_vec(), puts.to_vec());
        pairs.iter().map(|(call, put)| [token(call), token(put)]).collect()
    }

    #[test]
    fn those_that_lived_together_are_paired_whatever_their_keys() {
        let new_put = twin(Put, 700, "1", "2025-10-14", "2025-10-28");
        let old_put = twin(Put, 700, "2", "2025-08-01", "2025-10-13");
        let old_call = twin(Call, 700, "3", "2025-08-05", "2025-10-13");
        let new_call = twin(Call, 700, "4", "2025-10-15", "2025-10-28");
        let paired = tokens(&[old_call.clone(), new_call.clone()], &[new_put.clone(), old_put.clone()]);
        assert_eq!(paired, [["3", "2"], ["4", "1"]]);
        assert_eq!(tokens(&[new_call, old_call], &[new_put]), [["3", ""], ["4", "1"]]);
    }

    #[test]
    fn those_that_never_met_are_paired_in_the_order_in_which_they_began() {
        let calls = [
            twin(Call, 700, "1", "2025-10-14", "2025-10-14"),
            twin(Call, 700, "2", "2025-10-03", "2025-10-03"),
        ];
        let puts = [
            twin(Put, 700, "3", "2025-10-20", "2025-10-20"),
            twin(Put, 700, "4", "2025-10-13", "2025-10-13"),
        ];
        assert_eq!(tokens(&calls, &puts), [["2", "4"], ["1", "3"]]);
    }

    #[test]
    fn where_no_life_is_known_the_keys_decide() {
        let unknown = |kind, token| {
            let mut row = twin(kind, 700, token, "2025-10-01", "2025-10-01");
            (row.first, row.last) = (None, None);
            row
        };
        let paired =
            tokens(&[unknown(Call, "3"), unknown(Call, "1")], &[unknown(Put, "4"), unknown(Put, "2")]);
        assert_eq!(paired, [["1", "2"], ["3", "4"]]);
        // One without candles goes to the one that is left.
        let old_call = twin(Call, 700, "1", "2025-10-01", "2025-10-13");
        let new_put = twin(Put, 700, "2", "2025-10-14", "2025-10-28");
        assert_eq!(tokens(&[old_call, unknown(Call, "3")], &[new_put]), [["1", ""], ["3", "2"]]);
    }

    #[test]
    fn a_call_and_a_put_that_are_alone_share_their_strike_however_they_traded() {
        assert_eq!(pairs(vec![row(Call, 700)], vec![row(Put, 700)]).len(), 1);
        let call = twin(Call, 700, "1", "2025-10-01", "2025-10-02");
        let put = twin(Put, 700, "2", "2025-10-14", "2025-10-28");
        assert_eq!(tokens(std::slice::from_ref(&call), &[put]), [["1", "2"]]);
        assert_eq!(tokens(&[call], &[]), [["1", ""]]);
        assert!(pairs(Vec::new(), Vec::new()).is_empty());
    }
}
