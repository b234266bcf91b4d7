//! The rail: the places of the product, in words; icons alone on a narrow screen; on a phone a bar at the bottom
//! with the first of them, and the rest behind *More*. It holds places, and on a phone the way to find others: actions
//! belong to pages.
//!
//! The rest is a popover of the browser's own, which brings the keys, the focus and the closing by a click beside it.
//! A wide screen shows it in its place in the rail, whether it is open or not.

use leptos::html::Ul;
use leptos::prelude::*;
use leptos_router::components::A;

use super::overlay::{Overlay, Overlays};
use crate::browser::compiled_once::memo;
use crate::browser::components::{Icon, IconShape, Show};
use crate::browser::live::live;
use crate::destinations::{Destination, FIRST, JOBS, MORE, REST, REST_ID};

#[component]
pub(super) fn Rail() -> impl IntoView {
    let (rest, overlays) = (NodeRef::<Ul>::new(), Overlays::of_page());
    // A link within the page does not close it. One that is not open stays as it is.
    let close = move |_| {
        let _ = rest.get().map(|rest| rest.hide_popover());
    };
    view! {
        <nav class="rail" aria-label="Main">
            <A href="/" attr:class="rail-brand" attr:aria-label="ExpiryTrack, home">
                <Icon shape=IconShape::Brand/>
                <span class="rail-word">"ExpiryTrack"</span>
            </A>
            <ul class="rail-list">
                {FIRST.map(|destination| view! { <RailEntry destination/> })}
            </ul>
            <button type="button" class="rail-entry rail-more" popovertarget=REST_ID>
                <Icon shape=IconShape::More/>
                <span class="rail-word">{MORE}</span>
            </button>
            <ul class="rail-list rail-rest" id=REST_ID popover="auto" node_ref=rest on:click=close>
                {REST.map(|destination| view! { <RailEntry destination/> })}
                <li class="sm:hidden">
                    <button type="button" class="rail-entry rail-find" on:click=move |_| overlays.open(Overlay::Find)>
                        <Icon shape=IconShape::Find/>
                        <span class="rail-word">"Find"</span>
                    </button>
                </li>
            </ul>
        </nav>
    }
}

#[component]
fn RailEntry(destination: Destination) -> impl IntoView {
    let Destination { address, name, icon } = destination;
    view! {
        <li>
            <A href=address exact={address == "/"} attr:class="rail-entry" attr:title=name>
                <Icon shape=icon/>
                <span class="rail-word">{name}</span>
                {(address == JOBS).then(|| view! { <UnfinishedJobs/> })}
            </A>
        </li>
    }
    .into_any()
}

/// The number beside "Jobs". None shows nothing.
#[component]
fn UnfinishedJobs() -> impl IntoView {
    let unfinished = live().unfinished_jobs();
    let unfinished = memo(move || unfinished.get().unwrap_or_default());
    view! {
        <Show when=move || { unfinished.get() > 0 }>
            <span class="badge badge-primary badge-sm tabular-nums">
                {unfinished}
                <span class="sr-only">" unfinished"</span>
            </span>
        </Show>
    }
}
