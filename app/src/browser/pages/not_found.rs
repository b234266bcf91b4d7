//! What an address shows that names no page.

use leptos::prelude::*;

use crate::browser::components::Empty;
use crate::browser::frame::{Crumb, Page};

/// No such page.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <Page crumbs=vec![Crumb::link("Home", "/"), Crumb::here("No such page")]>
            <Empty
                title="There is no page at this address"
                text="Nothing was lost. The address may have been mistyped, or come from another version of ExpiryTrack."
                address="/"
                action="Go to the home page"
            />
        </Page>
    }
}
