//! What is believed for the wrong reason: lists that nobody should believe yet, empty answers that were none,
//! contracts under another date. `verify` lists it; it can be opened again, and the next order asks for it.

use market::InstrumentKey;
use protocol::{Check, Reopened};

use crate::coverage::service::CoverageService;
use crate::error::EngineError;
use crate::expired_lists::{known_of, states_of};

impl CoverageService {
    pub(crate) async fn check_settled(
        &self,
        only: Option<&InstrumentKey>,
    ) -> Result<Vec<Check>, EngineError> {
        let (ranges, contracts) = self.store.settled_counts(only).await?;
        Ok(vec![
            self.check_empties(only, ranges).await?,
            self.check_places(only, contracts).await?,
            self.check_lists(only).await?,
        ])
    }

    async fn check_empties(&self, only: Option<&InstrumentKey>, ranges: u64) -> Result<Check, EngineError> {
        let mut check = Check::new("no trade is said only where the answer had no row");
        check.examined = ranges;
        for empty in self.store.wrong_empties(only).await? {
            check.problem(|| {
                format!(
                    "{} {} {}: its rows were refused, and it was called empty; the next order asks again",
                    empty.name, empty.interval, empty.range
                )
            });
        }
        Ok(check)
    }

    async fn check_places(&self, only: Option<&InstrumentKey>, contracts: u64) -> Result<Check, EngineError> {
        let mut check = Check::new("contracts stand under the date that their key names");
        check.examined = contracts;
        for misplaced in self.store.misplaced_contracts(only).await? {
            check.problem(|| {
                format!(
                    "{} stands under {}, and its key names {}",
                    misplaced.symbol, misplaced.under, misplaced.belongs_to
                )
            });
        }
        for expiry in self.store.expiries_before_their_day(only).await? {
            check.problem(|| format!("{expiry} was still to come when it was listed as expired"));
        }
        Ok(check)
    }

    async fn check_lists(&self, only: Option<&InstrumentKey>) -> Result<Check, EngineError> {
        let mut check = Check::new("the lists of contracts are believed");
        for (id, underlying) in self.store.underlyings().await? {
            if only.is_some_and(|key| *key != underlying.key) {
                continue;
            }
            let known = known_of(&self.store, id).await?;
            for one in &known {
                let states = states_of(&known, one.date);
                check.examined += 1;
                if let Some(doubts) = states.doubts(market::ContractKinds::Both) {
                    check.problem(|| {
                        format!(
                            "{} {}: {doubts}; the next order asks again",
                            underlying.name,
                            one.date.to_long_text()
                        )
                    });
                }
            }
        }
        Ok(check)
    }

    /// Opens again what was settled wrongly. Only for whoever owns the data directory.
    pub(crate) async fn reopen(&self, only: Option<&InstrumentKey>) -> Result<Reopened, EngineError> {
        let reopened = self.store.reopen_wrongly_settled(only).await?;
        Ok(Reopened { ranges: reopened.ranges, contracts: reopened.contracts })
    }
}
