//! Whether the server is heard. While it is away the page keeps what it shows and says so here, calmly: it
//! comes back by itself. Silent while all is well.

use leptos::prelude::*;

use crate::browser::live::{Connection, live};

#[component]
pub(super) fn ConnectionNote() -> impl IntoView {
    let connection = live().connection();
    view! {
        <div role="status" class="contents">
            {move || match connection.get() {
                Connection::Opening | Connection::Open => None,
                // It appears after a moment: most breaks are shorter than a person's glance.
                Connection::Away => Some(view! {
                    <span class="connection-note">
                        <span class="sm:hidden">"Reconnecting…"</span>
                        <span class="hidden sm:inline">"Server away · reconnecting…"</span>
                    </span>
                }.into_any()),
                Connection::Outdated => Some(view! {
                    // A new document, not a page of this one.
                    <a class="connection-note link" href="" rel="external">"New version · reload"</a>
                }.into_any()),
            }}
        </div>
    }
}
