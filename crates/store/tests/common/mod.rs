//! Lists as the broker answers them, for tests that need expiries and contracts to stand there.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::allow_attributes, reason = "an unused helper is expected in some binaries only")]
#![allow(clippy::unwrap_used, reason = "a test says what broke by panicking")]

use market::{ContractKind, Day, EpochSeconds};
use store::{
    AuditEntry, ExpiryId, ListPart, NewContract, NewExpiries, NewListing, Quarantined, Store, UnderlyingId,
};

pub fn audit(endpoint: &'static str, at: EpochSeconds) -> AuditEntry {
    AuditEntry {
        at,
        job: None,
        endpoint,
        key: "NSE_INDEX|Nifty 50".to_owned(),
        interval: None,
        range: None,
        status: Some(200),
        code: None,
        rows: 0,
        bytes: 2,
        sha256: Some([7; 32]),
        duration_ms: 3,
        attempt: 1,
    }
}

pub async fn keep_expiries(store: &Store, underlying: UnderlyingId, days: &[Day], at: EpochSeconds) {
    let audit = audit("expiries", at);
    let refused = Vec::new();
    store.keep_expiries(NewExpiries { underlying, audit, dates: days.to_vec(), refused }).await.unwrap();
}

/// Both lists of an expiry.
pub async fn keep_contracts(
    store: &Store,
    expiry: ExpiryId,
    date: Day,
    contracts: &[NewContract],
    at: EpochSeconds,
) {
    for part in ListPart::ALL {
        let is_of =
            |new: &&NewContract| (new.contract.kind == ContractKind::Future) == (part == ListPart::Futures);
        let of_part: Vec<_> = contracts.iter().filter(is_of).cloned().collect();
        keep_list(store, (expiry, date, part), of_part, Vec::new(), at).await;
    }
}

pub async fn keep_list(
    store: &Store,
    (expiry, date, part): (ExpiryId, Day, ListPart),
    contracts: Vec<NewContract>,
    refused: Vec<Quarantined>,
    at: EpochSeconds,
) {
    let (audit, notices) = (audit("option/contract", at), Vec::new());
    store.keep_listing(NewListing { expiry, date, part, audit, contracts, refused, notices }).await.unwrap();
}
