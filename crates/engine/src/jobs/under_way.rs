//! Which contracts the workers have at this moment. Kept in memory, because it is about now: after a restart
//! nothing is under way.

use std::sync::{Arc, Mutex, PoisonError};

use store::{ContractId, ExpiryId};

/// The one taken last stands last. As long as there are workers, at most ten.
#[derive(Clone, Default)]
pub(crate) struct UnderWay {
    taken: Arc<Mutex<Vec<(ContractId, ExpiryId)>>>,
}

/// A contract is under way as long as this lives.
pub(crate) struct Taken {
    under_way: UnderWay,
    contract: ContractId,
}

impl UnderWay {
    pub(crate) fn take(&self, contract: ContractId, expiry: ExpiryId) -> Taken {
        self.lock().push((contract, expiry));
        Taken { under_way: self.clone(), contract }
    }

    pub(crate) fn has(&self, contract: ContractId) -> bool {
        self.lock().iter().any(|(taken, _)| *taken == contract)
    }

    /// The expiry whose contract was taken last.
    pub(crate) fn expiry(&self) -> Option<ExpiryId> {
        self.lock().last().map(|(_, expiry)| *expiry)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(ContractId, ExpiryId)>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.under_way.lock().retain(|(taken, _)| *taken != self.contract);
    }
}
