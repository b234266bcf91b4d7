//! Which days an underlying's own candles are taken of: where expiries or contracts are chosen, from the first to the last
//! of those that are stored of them.

use market::DayRange;

use super::listed::Listed;

/// Said in the manifest where it holds.
pub(super) const RULE: &str = "the underlying's own candles are those from the first to the last stored day of the contracts that were chosen";

#[derive(Clone, Copy)]
pub(super) enum OwnDays {
    /// Nothing is chosen of the underlying but by days.
    All,
    /// `None` as long as nothing is stored of what is chosen.
    Of(Option<DayRange>),
}

impl OwnDays {
    /// The days of contracts that are chosen, too.
    pub fn take(&mut self, chosen: &[Listed]) {
        let Self::Of(days) = self else { return };
        for Listed { row, .. } in chosen.iter().filter(|listed| listed.bars > 0) {
            let Some((first, last)) = row.first.zip(row.last) else { continue };
            let (from, to) = (first.day(), last.day());
            let (from, to) = days.map_or((from, to), |days| (from.min(days.from()), to.max(days.to())));
            *days = DayRange::new(from, to).ok().or(*days);
        }
    }

    /// Those of them that are wished for. `None`: there are none; `Some(None)`: all.
    pub fn within(self, wished: Option<DayRange>) -> Option<Option<DayRange>> {
        let chosen = match self {
            Self::All => return Some(wished),
            Self::Of(days) => days?,
        };
        let Some(wished) = wished else { return Some(Some(chosen)) };
        let (from, to) = (chosen.from().max(wished.from()), chosen.to().min(wished.to()));
        DayRange::new(from, to).ok().map(Some)
    }
}
