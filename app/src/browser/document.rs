//! What the document says, as the server wrote it.

use leptos::prelude::document;

use crate::site::{BOOT, CHART_LIBRARY, MARKET, Market};

pub fn attribute(name: &str) -> Option<String> {
    document().document_element()?.get_attribute(name)
}

pub fn market() -> Market {
    let is_simulated = attribute(MARKET).is_some_and(|word| word == Market::Simulated.word());
    if is_simulated { Market::Simulated } else { Market::Upstox }
}

/// Takes the frame away that stood there until the page was drawn.
pub fn end_of_boot() {
    if let Some(boot) = document().get_element_by_id(BOOT) {
        boot.remove();
    }
}

/// The address of the chart library, for `import()`.
pub fn chart_library() -> Option<String> {
    attribute(CHART_LIBRARY)
}
