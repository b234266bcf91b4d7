//! The full name of what an address names, once its answer is here. Until then, and where there is none, it is the words of
//! the address: a name that was told for another address is none of this one.

use leptos::prelude::*;
use market::UnderlyingName;

use crate::browse_address::words_of;

/// Copies share what was told last.
#[derive(Clone, Copy)]
pub struct FullName(RwSignal<Option<(UnderlyingName, String)>>);

impl FullName {
    pub fn unknown() -> Self {
        Self(RwSignal::new(None))
    }

    /// The page may be gone.
    pub fn tell(self, of: UnderlyingName, name: String) {
        self.0.try_set(Some((of, name)));
    }

    pub fn of(self, named: &UnderlyingName) -> String {
        self.0.with(|told| match told {
            Some((of, name)) if of == named => name.clone(),
            Some(_) | None => words_of(named),
        })
    }
}
