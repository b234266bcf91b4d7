//! Which contracts lie beside one: the strikes below and above, and the like of it in other expiries.

use market::{Contract, ContractKind};
use protocol::{ContractRow, Neighbour, distinction, told_apart};

/// `rows` are its expiry's, so that twins have different names.
fn named(contract: &Contract, rows: &[ContractRow]) -> Neighbour {
    let name = told_apart(&contract.short_name(), distinction(contract, rows).as_deref());
    Neighbour { key: contract.expired_key.clone(), expiry: contract.expiry, name }
}

/// The next strikes below and above of the same kind.
pub(crate) fn beside(rows: &[ContractRow], contract: &Contract) -> (Option<Neighbour>, Option<Neighbour>) {
    let mut alike: Vec<&Contract> =
        rows.iter().map(|row| &row.contract).filter(|other| other.kind == contract.kind).collect();
    // Two contracts of one strike are kept apart by their key, so that none is skipped.
    alike.sort_by_key(|other| (other.strike, other.expired_key.clone()));
    let Some(at) = alike.iter().position(|other| other.expired_key == contract.expired_key) else {
        return (None, None);
    };
    let lower = at.checked_sub(1).and_then(|at| alike.get(at));
    let found = |other: &&Contract| named(other, rows);
    (lower.map(found), alike.get(at + 1).map(found))
}

/// The same kind at the nearest strike; the lower one of two that are as near, the first key of twins.
pub(crate) fn nearest(rows: &[ContractRow], contract: &Contract) -> Option<Neighbour> {
    let paise = |contract: &Contract| contract.strike.map_or(0, |strike| strike.0.0);
    rows.iter()
        .map(|row| &row.contract)
        .filter(|other| other.kind == contract.kind)
        .min_by_key(|other| ((paise(other) - paise(contract)).abs(), paise(other), &other.expired_key))
        .map(|other| named(other, rows))
}

/// The put of a call and the call of a put: of the same strike, the first key of twins.
pub(crate) fn other_side(rows: &[ContractRow], contract: &Contract) -> Option<Neighbour> {
    let other = match contract.kind {
        ContractKind::Call => ContractKind::Put,
        ContractKind::Put => ContractKind::Call,
        ContractKind::Future => return None,
    };
    let of_strike = rows.iter().map(|row| &row.contract);
    of_strike
        .filter(|found| found.kind == other && found.strike == contract.strike)
        .min_by_key(|found| &found.expired_key)
        .map(|found| named(found, rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::ContractKind::{Call, Future, Put};
    use protocol::samples::{option, row, twin};

    fn names(found: (Option<Neighbour>, Option<Neighbour>)) -> (String, String) {
        let name =
            |neighbour: Option<Neighbour>| neighbour.map(|neighbour| neighbour.name).unwrap_or_default();
        (name(found.0), name(found.1))
    }

    #[test]
    fn a_strike_has_two_sides_and_a_future_none() {
        let rows = [row(Call, 24500), row(Put, 24550), row(Put, 24500), row(Future, 0)];
        let name = |of: usize| other_side(&rows, &rows[of].contract).map(|neighbour| neighbour.name);
        assert_eq!([0, 1, 2, 3].map(name), [Some("24500 PE".into()), None, Some("24500 CE".into()), None]);
    }

    #[test]
    fn the_next_strikes_are_of_the_same_kind() {
        let rows = [row(Call, 24500), row(Put, 24550), row(Call, 24600), row(Call, 24400), row(Future, 0)];
        assert_eq!(names(beside(&rows, &rows[0].contract)), ("24400 CE".into(), "24600 CE".into()));
        assert_eq!(names(beside(&rows, &rows[3].contract)), (String::new(), "24500 CE".into()));
        assert_eq!(names(beside(&rows, &rows[4].contract)), (String::new(), String::new()));
        assert_eq!(names(beside(&[], &rows[0].contract)), (String::new(), String::new()));
    }

    #[test]
    fn another_expiry_is_entered_at_the_nearest_strike() {
        let rows = [row(Call, 24400), row(Call, 24600), row(Put, 24500), row(Future, 0)];
        let name = |contract: &Contract| nearest(&rows, contract).map(|neighbour| neighbour.name);
        assert_eq!(name(&option(Call, 24550)), Some("24600 CE".into()));
        assert_eq!(name(&option(Call, 24500)), Some("24400 CE".into()));
        assert_eq!(name(&option(Future, 0)), Some("FUT".into()));
        assert_eq!(nearest(&rows[2..], &option(Call, 24500)), None);
    }

    /// Whoever goes through the strikes, and back, meets every contract once.
    #[test]
    fn no_twin_is_passed_over() {
        let rows = [
            row(Put, 720),
            twin(Put, 700, "2", "2025-08-01", "2025-10-13"),
            twin(Put, 700, "1", "2025-10-14", "2025-10-28"),
            row(Put, 680),
            twin(Future, 0, "4", "2025-10-14", "2025-10-28"),
            twin(Future, 0, "3", "2025-08-01", "2025-10-13"),
        ];
        let mut passed = vec!["680 PE".to_owned()];
        let mut at = rows[3].contract.clone();
        while let (_, Some(higher)) = beside(&rows, &at) {
            passed.push(higher.name);
            at = rows.iter().find(|row| row.contract.expired_key == higher.key).unwrap().contract.clone();
        }
        assert_eq!(passed, ["680 PE", "700 PE (token 1)", "700 PE (token 2)", "720 PE"]);
        assert_eq!(names(beside(&rows, &rows[4].contract)), ("FUT (token 3)".into(), String::new()));
        assert_eq!(
            nearest(&rows, &option(Put, 700)).map(|found| found.name),
            Some("700 PE (token 1)".into())
        );
    }
}
