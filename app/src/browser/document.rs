//! What the document says, as the server wrote it.

use leptos::prelude::document;

use protocol::Market;

use crate::site::{BOOT, CHART_LIBRARY, MARKET};

pub fn attribute(name: &str) -> Option<String> {
    document().document_element()?.get_attribute(name)
}

pub fn market() -> Market {
    attribute(MARKET).and_then(|word| word.parse().ok()).unwrap_or_default()
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
