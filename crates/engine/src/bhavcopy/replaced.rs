//! Whether a file may take the place of the one of its day that was taken in before. A part of a file, or one from before it
//! was whole, would withdraw without a word what the better one proves. So one rule: it has no fewer rows, and names every
//! contract of which the other says something. The same file again is no other one.

use std::collections::HashSet;

use protocol::{BHAVCOPY_EXAMPLES, BhavcopyDay, Numbers};
use store::{ContractId, ContractOnDay, KeptBhavcopy, NewBhavcopy};

use super::error::BhavcopyError;

/// `contracts`: those that are known on the day, for their names.
pub(super) fn check_place(
    of: BhavcopyDay,
    kept: &KeptBhavcopy,
    new: &NewBhavcopy,
    contracts: &[ContractOnDay],
    numbers: Numbers,
) -> Result<(), BhavcopyError> {
    if kept.sha256 == new.sha256 {
        return Ok(());
    }
    let lesser = |why: String| BhavcopyError::Lesser { of, kept: kept.name.clone(), why };
    if new.rows < kept.rows {
        let (rows, before) = (numbers.counted(new.rows, "row"), numbers.written(kept.rows));
        return Err(lesser(format!("has {rows}, and the one that is kept has {before}")));
    }
    let named: HashSet<ContractId> = new.days.iter().map(|(contract, _)| *contract).collect();
    let lost: HashSet<ContractId> =
        kept.contracts.iter().filter(|id| !named.contains(*id)).copied().collect();
    if lost.is_empty() {
        return Ok(());
    }
    let symbols = contracts.iter().filter(|contract| lost.contains(&contract.id));
    let symbols: Vec<&str> =
        symbols.take(BHAVCOPY_EXAMPLES).map(|contract| contract.symbol.as_str()).collect();
    let count = numbers.counted(lost.len() as u64, "contract");
    Err(lesser(format!("lacks {count} that the one that is kept names (for example {})", symbols.join("; "))))
}
