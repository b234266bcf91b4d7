//! What the log of a job says of a listing: how many contracts there are, what the exchange's files save, what was odd about
//! the lists, and which of their rows are no contracts.

use protocol::EventLevel;
use store::{ListPart, Listed, NewEvent, StoredExpiry, UnitState};

use crate::error::EngineError;
use crate::jobs::log::event;
use crate::jobs::run::Run;
use crate::names::counted;

/// Refused rows of an expiry's lists that the log of a job names; all are counted and kept.
const REFUSED_NAMED_MAX: u32 = 5;

/// How the unit of a listing ends where nothing is missing, and what is said of it. `is_sure`: its lists are believed and
/// whole.
pub(super) fn headline(listed: &Listed, is_sure: bool) -> (UnitState, (EventLevel, String)) {
    let known = listed.covered.len();
    let contracts = counted((listed.to_fetch.len() + known) as u64, "contract");
    let empty = |words: &str| (UnitState::Empty, (EventLevel::Warning, words.to_owned()));
    let done = |words| (UnitState::Done, (EventLevel::Info, words));
    match (listed.to_fetch.len(), known) {
        (0, 0) if !is_sure => empty("no contract is known yet"),
        (0, 0) => empty("Upstox lists no contracts of the chosen kinds; noted, and on to the next"),
        (_, 0) => done(contracts),
        (_, known) => done(format!("{contracts}, {known} of them stored already")),
    }
}

/// Why an expiry that lies in the lake is not all that was ordered.
pub(super) fn wanted_in_the_lake(open: u64) -> Option<String> {
    (open > 0).then(|| {
        format!(
            "its candles lie in the lake, and days of {} were never asked for: bring them back (Settings, or `expirytrack lake unarchive`), and retry the job",
            counted(open, "contract")
        )
    })
}

/// What the exchange's files save, where they save something.
pub(super) fn saved_words(requests: u64) -> Option<(EventLevel, String)> {
    (requests > 0).then(|| {
        let saved = counted(requests, "request");
        let words = format!("the exchange's files prove that nothing was traded: {saved} saved");
        (EventLevel::Success, words)
    })
}

impl Run {
    /// What was odd about the lists of an expiry, and their rows that are refused.
    pub(super) async fn told_of_lists(
        &self,
        named: &str,
        expiry: &StoredExpiry,
        has_refused: bool,
    ) -> Result<Vec<NewEvent>, EngineError> {
        let parts: Vec<_> = ListPart::ALL.into_iter().filter(|part| part.is_of(self.plan.kinds)).collect();
        let notices = self.service.store().list_notices(expiry.id, parts.clone()).await?;
        let tell = |level, words: String| event(self.job, self.now(), level, words);
        let mut told: Vec<NewEvent> =
            notices.iter().map(|notice| tell(EventLevel::Warning, format!("{named}: {notice}"))).collect();
        if has_refused {
            let refused = self.refused_rows(named, expiry, parts).await?;
            told.extend(refused.into_iter().map(|sentence| tell(EventLevel::Error, sentence)));
        }
        Ok(told)
    }

    /// The refused rows of an expiry's lists, each once in the log of a job, however often its lists are asked.
    async fn refused_rows(
        &self,
        named: &str,
        expiry: &StoredExpiry,
        parts: Vec<ListPart>,
    ) -> Result<Vec<String>, EngineError> {
        let store = self.service.store();
        let mut rows = store.refused_rows(expiry.id, parts, REFUSED_NAMED_MAX + 1).await?;
        let has_more = rows.len() > REFUSED_NAMED_MAX as usize;
        rows.truncate(REFUSED_NAMED_MAX as usize);
        let mut sentences: Vec<String> = rows
            .into_iter()
            .map(|row| {
                format!(
                    "{named}: a listed row is no contract, and is kept in quarantine: {}: {}",
                    row.reason, row.raw
                )
            })
            .collect();
        if has_more {
            sentences
                .push(format!("{named}: and more listed rows that are no contracts; all are in quarantine"));
        }
        Ok(store.untold(self.job.0, sentences).await?)
    }
}
