//! What the address of a page holds and nobody understands, as sentences for the note that [`Page`] draws.
//!
//! [`Page`]: crate::browser::frame::Page

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use protocol::AddressReader;

use crate::browser::compiled_once::memo;

/// `read` takes from the address what the page takes from it.
pub fn left_out(read: impl Fn(&mut AddressReader<'_>) + Send + Sync + 'static) -> Signal<Vec<String>> {
    let query = use_query_map();
    let sentences = memo(move || {
        query.with(|query| {
            let mut address = AddressReader::new(|name| query.get(name).unwrap_or_default());
            read(&mut address);
            address.left_out()
        })
    });
    sentences.into()
}
