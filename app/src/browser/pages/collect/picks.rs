//! Which expiries a quick pick means: pure, the same for one instrument and for all.

use std::collections::BTreeSet;

use market::{ContractKinds, Day};
use protocol::ExpiryRow;

/// What one press chooses. It leaves out what is complete already, but for [`Pick::Nothing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    Everything,
    /// At most so many.
    Newest(usize),
    Weekly,
    Monthly,
    /// Both days are of it; one that is not given is no limit.
    Between(Option<Day>, Option<Day>),
    Nothing,
}

impl Pick {
    pub fn of(self, rows: &[ExpiryRow], kinds: ContractKinds) -> BTreeSet<Day> {
        let most = match self {
            Self::Newest(most) => most,
            _ => usize::MAX,
        };
        let open = rows.iter().filter(|row| !row.is_complete_for(kinds) && self.means(row));
        let dates: BTreeSet<Day> = open.map(|row| row.date).collect();
        dates.into_iter().rev().take(most).collect()
    }

    fn means(self, row: &ExpiryRow) -> bool {
        match self {
            Self::Everything | Self::Newest(_) => true,
            Self::Weekly => row.weekly == Some(true),
            Self::Monthly => row.weekly == Some(false),
            Self::Between(from, to) => {
                from.is_none_or(|from| row.date >= from) && to.is_none_or(|to| row.date <= to)
            }
            Self::Nothing => false,
        }
    }
}
