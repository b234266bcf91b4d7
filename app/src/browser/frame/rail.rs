//! The rail: the places of the product, in words; icons alone on a narrow screen, a bar at the bottom of a
//! phone. It holds places only: actions belong to pages.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::browser::compiled_once::memo;
use crate::browser::components::{Icon, IconShape, Show};
use crate::browser::live::live;
use crate::destinations::{DESTINATIONS, Destination, JOBS};

#[component]
pub(super) fn Rail() -> impl IntoView {
    view! {
        <nav class="rail" aria-label="Main">
            <A href="/" attr:class="rail-brand" attr:aria-label="ExpiryTrack, home">
                <Icon shape=IconShape::Brand/>
                <span class="rail-word">"ExpiryTrack"</span>
            </A>
            <ul class="rail-list">
                {DESTINATIONS.into_iter().map(|destination| view! { <RailEntry destination/> }).collect_view()}
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
