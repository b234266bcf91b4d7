//! Contracts of one expiry, kind and strike, as a demerger or a split makes them: their names and often their
//! symbols are the same, so each is told with what is its own.

use market::Contract;

use crate::ContractRow;

/// Whether nothing but its key and its life tells one from the other.
fn are_twins(one: &Contract, other: &Contract) -> bool {
    let of = |contract: &Contract| (contract.expiry, contract.kind, contract.strike);
    of(one) == of(other) && one.underlying_key == other.underlying_key && one.expired_key != other.expired_key
}

/// What a contract has and its twins have not: the exchange's token, else the whole key. `None` without a twin.
pub fn distinction(contract: &Contract, rows: &[ContractRow]) -> Option<String> {
    distinguished(contract, rows.iter().map(|row| &row.contract))
}

/// The same among contracts of several expiries.
pub fn distinguished<'a>(
    contract: &Contract,
    others: impl IntoIterator<Item = &'a Contract>,
) -> Option<String> {
    let mut twins = others.into_iter().filter(|other| are_twins(contract, other)).peekable();
    twins.peek()?;
    let token = contract.expired_key.exchange_token();
    let is_own = !twins.any(|twin| twin.expired_key.exchange_token() == token);
    Some(if is_own { format!("token {token}") } else { contract.expired_key.to_string() })
}

/// `700 PE (token 52012)`; the name alone without a twin.
pub fn told_apart(name: &str, distinction: Option<&str>) -> String {
    match distinction {
        Some(distinction) => format!("{name} ({distinction})"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{row, twin};
    use market::ContractKind::{Call, Put};

    #[test]
    fn twins_are_told_apart_by_what_is_their_own() {
        let (old, new) = (
            twin(Put, 700, "1", "2025-10-01", "2025-10-13"),
            twin(Put, 700, "2", "2025-10-14", "2025-10-28"),
        );
        let rows = [row(Call, 700), old.clone(), new.clone(), row(Put, 720)];
        let name = |row: &ContractRow| told_apart("700 PE", distinction(&row.contract, &rows).as_deref());
        assert_eq!((name(&old), name(&new)), ("700 PE (token 1)".to_owned(), "700 PE (token 2)".to_owned()));
        assert_eq!(distinction(&rows[0].contract, &rows), None, "a call is no twin of a put");
        assert_eq!(distinction(&rows[3].contract, &rows), None);
    }

    #[test]
    fn twins_of_one_token_are_told_by_the_whole_key() {
        let one = twin(Put, 700, "1", "2025-10-01", "2025-10-13");
        let mut other = one.clone();
        other.contract.expired_key = "NSE_FO|1|27-08-2025".parse().unwrap();
        let rows = [one, other];
        assert_eq!(distinction(&rows[1].contract, &rows), Some("NSE_FO|1|27-08-2025".to_owned()));
    }
}
