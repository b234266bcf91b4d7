//! Requests that come with a key of their own are carried out once: whoever sends the same one again, because the answer
//! was lost on its way, gets that answer. The keys lie in the database of what they changed, so a restart and a backup
//! know both or neither.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use market::EpochSeconds;
use ratelimit::Clock;
use store::{AnswerKey, KeptAnswer, KnownAnswer, Store};

use crate::error::EngineError;

/// A handle; clones share everything.
#[derive(Clone)]
pub struct OnceService {
    store: Store,
    clock: Arc<dyn Clock>,
    under_way: Arc<Mutex<HashSet<AnswerKey>>>,
}

/// What becomes of a request with a key.
pub enum Once {
    /// It is carried out now, and its end is told.
    Begun(Begun),
    /// The same one is under way.
    UnderWay,
    /// The program ended in the middle of the same one: what it did is not known.
    CutOff,
    /// Another request came with the key.
    OfOther,
    Answered(KeptAnswer),
}

/// A request that is under way; another of its key waits for none. One that is dropped without an end was cut off.
pub struct Begun {
    service: OnceService,
    key: AnswerKey,
}

impl OnceService {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, under_way: Arc::default() }
    }

    /// Whether answers can be kept: in a copy that is only read none is.
    pub fn keeps(&self) -> bool {
        !self.store.is_frozen()
    }

    pub async fn begin(&self, key: AnswerKey, request: [u8; 32]) -> Result<Once, EngineError> {
        if !self.under_way().insert(key.clone()) {
            return Ok(Once::UnderWay);
        }
        let begun = Begun { service: self.clone(), key };
        let now = EpochSeconds(self.clock.wall().as_seconds());
        Ok(match self.store.begin_answer(&begun.key, request, now).await? {
            KnownAnswer::New => Once::Begun(begun),
            KnownAnswer::OfOther => Once::OfOther,
            KnownAnswer::Begun => Once::CutOff,
            KnownAnswer::Kept(answer) => Once::Answered(answer),
        })
    }

    fn under_way(&self) -> std::sync::MutexGuard<'_, HashSet<AnswerKey>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Begun {
    /// Without an answer nothing was done, and the key may be used again.
    pub async fn end(self, answer: Option<KeptAnswer>) -> Result<(), EngineError> {
        Ok(self.service.store.end_answer(&self.key, answer).await?)
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.service.under_way().remove(&self.key);
    }
}
