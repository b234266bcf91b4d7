//! How an underlying is called in the paths of a lake: by its symbol, and where another key is called so there by symbol
//! and ISIN. A share has a new ISIN after a split and its symbol still, and candles of one must never replace the other's.
//! Whoever has a name in a lake keeps it, because what is published does not move.

use std::collections::BTreeSet;

use lake::{Manifest, Partition};
use market::{InstrumentKey, Underlying};
use store::{Store, UnderlyingId};

use crate::error::EngineError;

/// Of what is published there from here, the name that it has already; else its symbol, unless that is another's.
pub(super) async fn name_in(
    store: &Store,
    place: &str,
    id: UnderlyingId,
    underlying: &Underlying,
) -> Result<String, EngineError> {
    let exchange = underlying.key.segment().exchange();
    let (mut own, mut others) = (BTreeSet::new(), BTreeSet::new());
    for (of, manifest) in store.lake_manifests(place).await? {
        if let Some(partition) = partition_of(&manifest).filter(|partition| partition.exchange == exchange) {
            let names = if of == id { &mut own } else { &mut others };
            names.insert(partition.underlying);
        }
    }
    let (symbol, longer) = (&underlying.symbol, longer_name(&underlying.symbol, &underlying.key));
    let is_called_longer = own.contains(&longer);
    let may_be_called_plainly = own.contains(symbol) || !others.contains(symbol);
    Ok(if is_called_longer || !may_be_called_plainly { longer } else { symbol.clone() })
}

/// No other key's.
pub(super) fn longer_name(symbol: &str, key: &InstrumentKey) -> String {
    format!("{symbol}-{}", key.name())
}

/// The symbol within the name that a manifest tells.
pub(super) fn symbol_of(manifest: &Manifest) -> &str {
    let Manifest { underlying: name, instrument_key: key, .. } = manifest;
    name.strip_suffix(&longer_name("", key)).unwrap_or(name)
}

pub(super) fn partition_of(manifest_path: &str) -> Option<Partition> {
    Partition::of_path(&lake::stored_path(manifest_path).ok()?)
}
