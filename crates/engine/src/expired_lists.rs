//! Asking for the broker's lists, of expiries and of contracts, and keeping them with what was refused of them.
//! Whether they are believed `lists` says; what is not believed is asked again by whoever comes next.

use market::{ContractKinds, Day, InstrumentKey, Underlying, is_weekly};
use protocol::{LIST_WITNESSES, ListStates, REFUSED_LINES, RefusedLine};
use store::{
    ListPart, NewContract, NewExpiries, NewListing, Quarantined, Store, StoredContract, StoredExpiry,
    UnderlyingId, WITNESS_SPACING_SECONDS,
};
use upstox::RefusedRow;

use crate::broker::Asking;
use crate::directory::symbol_and_key;
use crate::error::EngineError;
use crate::expired::ExpiredInstrumentService;
use crate::list_evidence::{Known, doubt_of_expiries, states};
use crate::refused;

/// The list of expiries is asked again after a day; an expiry once seen stays known.
const EXPIRIES_AGE_MAX_SECONDS: i64 = 24 * 3600;
/// Times that a doubtful list of expiries is asked in one go.
const EXPIRIES_ASKED_MAX: u32 = 2;

impl ExpiredInstrumentService {
    /// Asks for the list of expiries when it is older than a day; one that is not believed, as soon as another
    /// answer can be a witness of its own.
    pub(crate) async fn refresh_expiries(
        &self,
        key: &InstrumentKey,
    ) -> Result<(UnderlyingId, Underlying), EngineError> {
        self.refresh_expiries_as(key, &Asking::for_person()).await
    }

    pub(crate) async fn refresh_expiries_as(
        &self,
        key: &InstrumentKey,
        asking: &Asking,
    ) -> Result<(UnderlyingId, Underlying), EngineError> {
        let (id, underlying) = self.instruments.resolve(key).await?;
        let facts = self.store.expiries_facts(id).await?;
        let is_believed = facts.witnesses >= LIST_WITNESSES || self.doubt_of_expiries(id).await?.is_none();
        let age_max = if is_believed { EXPIRIES_AGE_MAX_SECONDS } else { WITNESS_SPACING_SECONDS };
        if facts.asked_at.is_none_or(|at| self.broker.now().0 - at.0 >= age_max) {
            self.ask_for_expiries(id, key, asking).await?;
        }
        self.refuse_without_expiries(id, &underlying).await?;
        Ok((id, underlying))
    }

    async fn doubt_of_expiries(&self, id: UnderlyingId) -> Result<Option<String>, EngineError> {
        let mut dates: Vec<Day> = self.past_expiries(id).await?.iter().map(|expiry| expiry.date).collect();
        dates.reverse();
        Ok(doubt_of_expiries(&dates))
    }

    /// One that is doubtful is asked a second time at once.
    pub(crate) async fn ask_for_expiries(
        &self,
        id: UnderlyingId,
        key: &InstrumentKey,
        asking: &Asking,
    ) -> Result<(), EngineError> {
        // What is known serves.
        if self.store.is_frozen() {
            return Ok(());
        }
        for _ in 0..EXPIRIES_ASKED_MAX {
            self.ask_once_for_expiries(id, key, asking).await?;
            if self.doubt_of_expiries(id).await?.is_none() {
                break;
            }
        }
        Ok(())
    }

    async fn ask_once_for_expiries(
        &self,
        id: UnderlyingId,
        key: &InstrumentKey,
        asking: &Asking,
    ) -> Result<(), EngineError> {
        let client = &self.broker.client;
        let asked = self
            .broker
            .ask(asking, |slot, token| {
                let (client, key) = (client.clone(), key.clone());
                Box::pin(async move { client.expiries(slot, &token, &key).await })
            })
            .await;
        let mut asked = match asked {
            // Only the broker can tell that a key names nothing.
            Err(EngineError::Broker { error, .. }) if error.is_unknown_key() => {
                let (_, underlying) = self.store.underlying_by_id(id).await?;
                return Err(EngineError::UnknownUnderlying { key: symbol_and_key(&underlying) });
            }
            asked => asked?,
        };
        let today = self.broker.now().day();
        let (dates, to_come): (Vec<Day>, Vec<Day>) =
            asked.value.days.into_iter().partition(|date| *date <= today);
        asked.audit.rows = dates.len() as u64;
        let mut refused: Vec<Quarantined> = asked.value.refused.into_iter().map(quarantined).collect();
        refused.extend(to_come.into_iter().map(|date| Quarantined {
            raw: date.to_string(),
            reason: "this day is still to come: nothing of it can have expired".to_owned(),
            ..Quarantined::default()
        }));
        for entry in &refused {
            tracing::warn!(%key, entry = entry.raw, "an entry of a list of expiries is left out: {}", entry.reason);
        }
        let kept = NewExpiries { underlying: id, audit: asked.audit, dates, refused };
        Ok(self.store.keep_expiries(kept).await?)
    }

    /// The contracts of an expiry. Lists that are not known or not believed are asked for first.
    pub(crate) async fn list(
        &self,
        key: &InstrumentKey,
        expiry: &StoredExpiry,
        kinds: ContractKinds,
        asking: &Asking,
    ) -> Result<Vec<StoredContract>, EngineError> {
        self.ask_for_lists(key, expiry, kinds, asking).await?;
        Ok(self.store.contracts(expiry.id, kinds).await?)
    }

    /// Asks for the lists of an expiry that are not known or not believed.
    pub(crate) async fn ask_for_lists(
        &self,
        key: &InstrumentKey,
        expiry: &StoredExpiry,
        kinds: ContractKinds,
        asking: &Asking,
    ) -> Result<(), EngineError> {
        if self.store.is_frozen() {
            return Ok(());
        }
        let all = self.known(expiry.underlying).await?;
        let states = states_of(&all, expiry.date);
        let lists = find(&all, expiry.date).map(|known| known.lists).unwrap_or_default();
        let mut failure = None;
        for part in ListPart::ALL {
            let (state, facts) = match part {
                ListPart::Futures => (&states.futures, lists.futures),
                ListPart::Options => (&states.options, lists.options),
            };
            // A row that could not be read may come readable.
            let has_refused = facts.refused > 0 && facts.witnesses < LIST_WITNESSES;
            if part.is_of(kinds) && (!state.is_listed() || has_refused) {
                match self.ask_for_contracts(key, expiry, part, asking).await {
                    // The other list may be had all the same.
                    Err(error) if error.is_of_one_part() => failure = failure.or(Some(error)),
                    asked => asked?,
                }
            }
        }
        failure.map_or(Ok(()), Err)
    }

    /// Whether every contract of these kinds is known, and the lists are believed.
    pub(crate) async fn is_listed(
        &self,
        expiry: &StoredExpiry,
        kinds: ContractKinds,
    ) -> Result<bool, EngineError> {
        Ok(self.list_states(expiry).await?.are_listed(kinds))
    }

    /// Entries of the list of expiries that stand refused, newest first.
    pub async fn refused_expiries(&self, key: &InstrumentKey) -> Result<Vec<RefusedLine>, EngineError> {
        let Some((id, _)) = self.store.underlying(key).await? else { return Ok(Vec::new()) };
        let rows = self.store.refused_expiries(id, REFUSED_LINES).await?;
        Ok(rows.into_iter().map(refused::line).collect())
    }

    /// How far the lists of an expiry are believed.
    pub(crate) async fn list_states(&self, expiry: &StoredExpiry) -> Result<ListStates, EngineError> {
        Ok(states_of(&self.known(expiry.underlying).await?, expiry.date))
    }

    pub(crate) async fn known(&self, underlying: UnderlyingId) -> Result<Vec<Known>, EngineError> {
        known_of(&self.store, underlying).await
    }

    async fn ask_for_contracts(
        &self,
        key: &InstrumentKey,
        expiry: &StoredExpiry,
        part: ListPart,
        asking: &Asking,
    ) -> Result<(), EngineError> {
        let (client, date) = (&self.broker.client, expiry.date);
        let mut asked = self
            .broker
            .ask(asking, |slot, token| {
                let (client, key) = (client.clone(), key.clone());
                Box::pin(async move {
                    match part {
                        ListPart::Options => client.option_contracts(slot, &token, &key, date).await,
                        ListPart::Futures => client.future_contracts(slot, &token, &key, date).await,
                    }
                })
            })
            .await?;
        let listing = asked.value;
        asked.audit.rows = listing.contracts.len() as u64;
        let contracts = listing.contracts.into_iter();
        let kept = NewListing {
            expiry: expiry.id,
            date,
            part,
            audit: asked.audit,
            contracts: contracts
                .map(|listed| NewContract { contract: listed.contract, raw: listed.raw })
                .collect(),
            refused: listing.refused.into_iter().map(quarantined).collect(),
            notices: listing.notices,
        };
        Ok(self.store.keep_listing(kept).await?)
    }
}

/// All expiries of an underlying with what is known of their lists, oldest first.
pub(crate) async fn known_of(store: &Store, underlying: UnderlyingId) -> Result<Vec<Known>, EngineError> {
    let mut lists = store.lists(underlying).await?;
    let mut expiries = store.expiries(underlying).await?;
    expiries.reverse();
    let dates: Vec<Day> = expiries.iter().map(|expiry| expiry.date).collect();
    let key = store.underlying_by_id(underlying).await?.1.key;
    let known = |expiry: StoredExpiry| Known {
        date: expiry.date,
        weekly: expiry.weekly.or_else(|| is_weekly(&key, expiry.date, &dates)),
        lists: lists.remove(&expiry.id).unwrap_or_default(),
    };
    Ok(expiries.into_iter().map(known).collect())
}

/// Of the expiry of a day among those of its underlying.
pub(crate) fn states_of(all: &[Known], date: Day) -> ListStates {
    find(all, date).map(|of| states(all, of)).unwrap_or_default()
}

fn find(all: &[Known], date: Day) -> Option<&Known> {
    all.get(all.binary_search_by_key(&date, |known| known.date).ok()?)
}

/// A row that the reader refused, as it is kept.
pub(crate) fn quarantined(row: RefusedRow) -> Quarantined {
    let key = row.key.and_then(|key| key.parse().ok());
    Quarantined { raw: row.raw, reason: row.reason, at: None, key }
}
