//! What an address shows that names no page.

use leptos::prelude::*;

use crate::components::Empty;
use crate::frame::{Crumb, Page};
use crate::status::page_not_found;

/// No such page; answers with the status 404 when rendered on the server.
#[component]
pub fn NotFound() -> impl IntoView {
    page_not_found();
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
