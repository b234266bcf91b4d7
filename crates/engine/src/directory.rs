//! Everybody who can be collected, as far as the database knows: underlyings of the newest master, those that
//! left futures and options, and shares that nobody was asked about yet. Reads only; asks nobody.

use std::collections::{BTreeMap, BTreeSet};

use market::{
    EpochSeconds, INDEX_UNDERLYINGS, InstrumentKey, Named, SearchEntry, Standing, Underlying, UnderlyingName,
};
use protocol::{MasterState, UnderlyingRow};
use store::{KnownUnderlying, Store, UnderlyingStats};

use crate::error::EngineError;
use crate::instruments::master_state;

/// Shares without futures and options that one search shows.
const SHARES_SHOWN_MAX: usize = 20;
/// Candidates that a refusal names.
const CANDIDATES_NAMED_MAX: usize = 5;

pub(crate) struct Listed {
    pub underlying: Underlying,
    pub standing: Standing,
    former: Vec<String>,
}

#[derive(Default)]
pub(crate) struct Directory {
    listed: Vec<Listed>,
    master: MasterState,
}

impl Listed {
    fn entry(&self) -> SearchEntry<'_> {
        SearchEntry { underlying: &self.underlying, standing: self.standing, former: &self.former }
    }

    pub(crate) fn row(&self, stats: &[UnderlyingStats]) -> UnderlyingRow {
        let stats = stats.iter().find(|stats| stats.key == self.underlying.key);
        UnderlyingRow {
            underlying: self.underlying.clone(),
            expiries: stats.filter(|s| s.expiries_asked).and_then(|s| s.expiries.try_into().ok()),
            contracts: stats.map_or(0, |stats| stats.contracts),
            candles: stats.map_or(0, |stats| stats.candles),
            standing: self.standing,
            former: self.former.clone(),
        }
    }
}

impl Directory {
    pub(crate) async fn read(store: &Store) -> Result<Self, EngineError> {
        Self::of_underlyings(store).await?.with_shares(store).await
    }

    /// Those alone that have, or had, futures and options.
    pub(crate) async fn of_underlyings(store: &Store) -> Result<Self, EngineError> {
        let master = master_state(store).await?;
        let mut former = store.former_names().await?;
        let mut listed = Vec::new();
        for known in store.known_underlyings().await? {
            let standing = standing_of(&known, master.had_at);
            // A key that was asked for and of which the broker knows nothing is nobody to find.
            if standing == Standing::Unknown {
                continue;
            }
            let names = former.remove(&known.underlying.key).unwrap_or_default();
            listed.push(Listed { underlying: known.underlying, standing, former: names });
        }
        Ok(Self { listed, master })
    }

    /// With the thousands of shares that nobody was asked about yet.
    pub(crate) async fn with_shares(mut self, store: &Store) -> Result<Self, EngineError> {
        let mut former = store.former_names().await?;
        let shares = unasked_shares(&self.listed, store.shares().await?, &mut former);
        self.listed.extend(shares);
        Ok(self)
    }

    /// Enough of it to find these: keys stand for themselves.
    pub(crate) async fn for_names<'a>(
        store: &Store,
        names: impl IntoIterator<Item = &'a UnderlyingName>,
    ) -> Result<Self, EngineError> {
        if names.into_iter().all(|name| matches!(name, UnderlyingName::Key(_))) {
            return Ok(Self::default());
        }
        Self::read(store).await
    }

    /// The key that a person means who reads what is stored: what is not known is then nowhere else.
    pub(crate) async fn find_here(
        store: &Store,
        name: &UnderlyingName,
    ) -> Result<InstrumentKey, EngineError> {
        let found = Self::for_names(store, [name]).await?.find(name);
        found.map_err(|error| match error {
            EngineError::UnknownName { name } | EngineError::UnlistedName { name, .. } => {
                EngineError::UnknownHere { name }
            }
            other => other,
        })
    }

    /// The key that a person means, or why there is none.
    pub(crate) fn find(&self, name: &UnderlyingName) -> Result<InstrumentKey, EngineError> {
        match name {
            UnderlyingName::Key(key) => Ok(key.clone()),
            UnderlyingName::Text(text) => self.named(text).map_err(|error| match text.contains(',') {
                true => EngineError::SeveralNames { name: text.clone() },
                false => error,
            }),
        }
    }

    /// The only one whom a text names.
    pub(crate) fn exact(&self, text: &str) -> Option<&Listed> {
        match market::named(text, self.listed.iter().map(Listed::entry)) {
            Named::One(place) => self.listed.get(place),
            Named::Near(_) | Named::Nobody => None,
        }
    }

    /// Best first; of shares that nobody was asked about only some.
    pub(crate) fn search(&self, text: &str) -> Vec<&Listed> {
        let mut shares = 0;
        let found = market::search(text, self.listed.iter().map(Listed::entry)).into_iter();
        let found = found.filter_map(|place| self.listed.get(place));
        found
            .filter(|listed| {
                shares += usize::from(listed.standing == Standing::Unknown);
                listed.standing != Standing::Unknown || shares <= SHARES_SHOWN_MAX
            })
            .collect()
    }

    fn named(&self, text: &str) -> Result<InstrumentKey, EngineError> {
        match market::named(text, self.listed.iter().map(Listed::entry)) {
            Named::One(place) => match self.listed.get(place) {
                Some(listed) => Ok(listed.underlying.key.clone()),
                None => Err(self.unknown(text)),
            },
            Named::Near(places) => {
                let named = places.iter().filter_map(|place| self.listed.get(*place));
                let mut candidates: Vec<String> =
                    named.take(CANDIDATES_NAMED_MAX).map(|listed| candidate(&listed.underlying)).collect();
                let left = places.len().saturating_sub(candidates.len());
                if left > 0 {
                    candidates.push(format!("{left} more"));
                }
                let candidates = candidates.join(", ");
                Err(EngineError::AmbiguousUnderlying { name: text.to_owned(), candidates })
            }
            Named::Nobody => Err(self.unknown(text)),
        }
    }

    /// That nobody is called so is said only where the list is whole.
    fn unknown(&self, text: &str) -> EngineError {
        let name = text.to_owned();
        let missing = match (self.master.sentence(), self.master.had_at) {
            (None, Some(_)) => return EngineError::UnknownName { name },
            (None, None) => "The list of instruments was not had from Upstox yet.".to_owned(),
            (Some(sentence), _) => sentence,
        };
        EngineError::UnlistedName { name, missing }
    }
}

/// Whether the newest master told of live contracts of a key.
pub(crate) async fn has_derivatives(store: &Store, key: &InstrumentKey) -> Result<bool, EngineError> {
    let had_at = master_state(store).await?.had_at;
    let known = store.known_underlyings().await?;
    Ok(known.iter().any(|one| one.underlying.key == *key && standing_of(one, had_at) == Standing::Live))
}

/// `HDFCBANK (HDFC Bank, NSE_EQ|INE040A01034)`.
fn candidate(underlying: &Underlying) -> String {
    format!("{} ({}, {})", underlying.symbol, underlying.name, underlying.key)
}

/// `AARTIIND (NSE_EQ|INE769A01020)`; a key alone where it has no other name.
pub(crate) fn symbol_and_key(underlying: &Underlying) -> String {
    let Underlying { key, symbol, .. } = underlying;
    if symbol == key.name() { key.to_string() } else { format!("{symbol} ({key})") }
}

fn is_built_in(key: &InstrumentKey) -> bool {
    INDEX_UNDERLYINGS.iter().any(|(known, ..)| *known == key.as_str())
}

fn standing_of(known: &KnownUnderlying, had_at: Option<EpochSeconds>) -> Standing {
    match known.has_derivatives {
        Some(true) => Standing::Live,
        Some(false) => Standing::Left,
        None if is_built_in(&known.underlying.key) => Standing::Live,
        // Without a master nothing can be said against what has expired contracts here.
        None if known.has_expiries && had_at.is_none() => Standing::Live,
        None if known.has_expiries => Standing::Left,
        None => Standing::Unknown,
    }
}

/// Shares that are no underlyings here, one exchange's of each company: NSE's, where nearly all contracts are.
fn unasked_shares(
    listed: &[Listed],
    shares: Vec<Underlying>,
    former: &mut BTreeMap<InstrumentKey, Vec<String>>,
) -> Vec<Listed> {
    let mut companies: BTreeSet<String> =
        listed.iter().map(|known| known.underlying.key.name().to_owned()).collect();
    let of_new_companies = shares.into_iter().filter(|share| companies.insert(share.key.name().to_owned()));
    of_new_companies
        .map(|share| {
            let former = former.remove(&share.key).unwrap_or_default();
            Listed { underlying: share, standing: Standing::Unknown, former }
        })
        .collect()
}
