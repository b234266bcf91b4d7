//! What failed in a job, those of one reason together.

use protocol::{JobFailures, UnitFailure};

use super::grid::contract_name;
use crate::browse_address::{contract_of as contract_address, underlying as underlying_address};
use crate::drawn::{FailureGroup, FailureRow};
use crate::format;

pub(crate) fn failures(failures: &JobFailures) -> Vec<FailureGroup> {
    let group = |units: &[UnitFailure]| {
        let reason = units.first().map(|unit| unit.reason.as_str()).unwrap_or_default();
        let of_reason = failures.reasons.iter().find(|other| other.reason == reason);
        let count = of_reason.map_or(units.len() as u64, |reason| reason.units);
        FailureGroup {
            title: format!("{} × {}", format::grouped(count), format::sentence(reason)),
            rows: units.iter().map(row).collect(),
        }
    };
    failures.units.chunk_by(|one, other| one.reason == other.reason).map(group).collect()
}

fn row(unit: &UnitFailure) -> FailureRow {
    let (target, day) = (&unit.target, format::day(unit.target.expiry));
    let (what, address) = match (&unit.contract, unit.month) {
        (Some(contract), _) => (
            format!("{} {day} {}", unit.name, contract_name(contract.kind, contract.strike)),
            contract_address(&target.underlying, target.expiry, &contract.expired_key),
        ),
        (None, Some(month)) => {
            let month = month.date().format("%b %Y");
            (format!("{} itself, {month}", unit.name), underlying_address(&target.underlying))
        }
        (None, None) => (
            format!("{} {day}, the list of its contracts", unit.name),
            underlying_address(&target.underlying),
        ),
    };
    let at = unit.at.map_or_else(|| "–".to_owned(), format::moment);
    FailureRow { what, address, tries: format::grouped(unit.attempts.into()), at }
}

#[cfg(test)]
mod tests {
    use protocol::{FailureReason, Target};

    use super::*;

    #[test]
    fn failures_stand_under_their_reason_with_its_whole_count() {
        let unit = |reason: &str, month: Option<&str>| UnitFailure {
            target: Target {
                underlying: "NSE_INDEX|Nifty 50".parse().unwrap(),
                expiry: "2025-08-28".parse().unwrap(),
            },
            name: "Nifty 50".to_owned(),
            contract: None,
            month: month.map(|month| month.parse().unwrap()),
            reason: reason.to_owned(),
            attempts: 6,
            at: None,
        };
        let drawn = failures(&JobFailures {
            reasons: vec![FailureReason { reason: "it timed out".to_owned(), units: 1412 }],
            units: vec![
                unit("it timed out", None),
                unit("it timed out", Some("2025-08-01")),
                unit("other", None),
            ],
        });
        let titles: Vec<_> = drawn.iter().map(|group| (group.title.as_str(), group.rows.len())).collect();
        assert_eq!(titles, [("1,412 × It timed out.", 2), ("1 × Other.", 1)]);
        let row = FailureRow {
            what: "Nifty 50 itself, Aug 2025".to_owned(),
            address: "/browse/NSE_INDEX%7CNifty%2050".to_owned(),
            tries: "6".to_owned(),
            at: "–".to_owned(),
        };
        assert_eq!(drawn[0].rows[1], row);
    }
}
