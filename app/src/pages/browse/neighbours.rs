//! Which contracts lie beside one: the strikes below and above, and the like of it in other expiries.

use market::{Contract, Day, ExpiredKey};
#[cfg(any(feature = "ssr", test))]
use protocol::ContractRow;
use serde::{Deserialize, Serialize};

/// A contract that can be gone to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbour {
    pub key: ExpiredKey,
    pub expiry: Day,
    /// `24500 CE`, `FUT`.
    pub name: String,
}

#[cfg(any(feature = "ssr", test))]
impl Neighbour {
    fn of(contract: &Contract) -> Self {
        Self { key: contract.expired_key.clone(), expiry: contract.expiry, name: short_name(contract) }
    }
}

/// What the four arrow keys lead to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbours {
    pub lower: Option<Neighbour>,
    pub higher: Option<Neighbour>,
    pub newer: Option<Neighbour>,
    pub older: Option<Neighbour>,
}

/// `24500 CE`; a future has no strike.
pub fn short_name(contract: &Contract) -> String {
    match contract.strike {
        Some(strike) => format!("{strike} {}", contract.kind),
        None => contract.kind.to_string(),
    }
}

/// The next strikes below and above of the same kind.
#[cfg(any(feature = "ssr", test))]
pub fn beside(rows: &[ContractRow], contract: &Contract) -> (Option<Neighbour>, Option<Neighbour>) {
    let mut alike: Vec<&Contract> =
        rows.iter().map(|row| &row.contract).filter(|other| other.kind == contract.kind).collect();
    // Two contracts of one strike are kept apart by their key, so that none is skipped.
    alike.sort_by_key(|other| (other.strike, other.expired_key.clone()));
    let Some(at) = alike.iter().position(|other| other.expired_key == contract.expired_key) else {
        return (None, None);
    };
    let lower = at.checked_sub(1).and_then(|at| alike.get(at));
    (lower.map(|other| Neighbour::of(other)), alike.get(at + 1).map(|other| Neighbour::of(other)))
}

/// The same kind at the nearest strike; the lower one of two that are as near.
#[cfg(any(feature = "ssr", test))]
pub fn nearest(rows: &[ContractRow], contract: &Contract) -> Option<Neighbour> {
    let paise = |contract: &Contract| contract.strike.map_or(0, |strike| strike.0.0);
    rows.iter()
        .map(|row| &row.contract)
        .filter(|other| other.kind == contract.kind)
        .min_by_key(|other| ((paise(other) - paise(contract)).abs(), paise(other)))
        .map(Neighbour::of)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{option, row};
    use super::*;
    use market::ContractKind::{Call, Future, Put};

    fn names(found: (Option<Neighbour>, Option<Neighbour>)) -> (String, String) {
        let name =
            |neighbour: Option<Neighbour>| neighbour.map(|neighbour| neighbour.name).unwrap_or_default();
        (name(found.0), name(found.1))
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
}
