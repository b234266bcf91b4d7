//! The bar above a page: where it is, the way to everything else, whether the server is heard, how much of the broker's limits is used,
//! what nobody has read yet, who is signed in, and the theme.

use leptos::prelude::*;
use leptos_router::components::A;

use super::Crumb;
use super::bell::Bell;
use super::connection::ConnectionNote;
use super::gauges::RateGauges;
use super::overlay::{FIND, Overlay, Overlays};
use super::session::SessionLink;
use crate::browser::components::{Icon, IconShape, ThemeSwitch};

#[component]
pub(super) fn TopBar(crumbs: Signal<Vec<Crumb>>) -> impl IntoView {
    view! {
        <header class="top-bar">
            <nav class="min-w-0" aria-label="Breadcrumb">
                <ol class="crumbs">
                    {move || crumbs.get().into_iter().map(|crumb| view! { <CrumbEntry crumb/> }).collect_view()}
                </ol>
            </nav>
            <div class="top-bar-state">
                <FindButton/>
                <ConnectionNote/>
                <RateGauges/>
                <Bell/>
                <SessionLink/>
                <ThemeSwitch/>
            </div>
        </header>
    }
}

/// A phone has it behind *More*.
#[component]
fn FindButton() -> impl IntoView {
    let overlays = Overlays::of_page();
    view! {
        <button type="button" class="find-button" title="Find a page, an underlying, a contract, a job"
            aria-keyshortcuts="Control+K Meta+K" on:click=move |_| overlays.open(Overlay::Find)>
            <Icon shape=IconShape::Find/>
            <span class="max-lg:sr-only">"Find"</span>
            <kbd class="key" aria-hidden="true">{FIND.words()}</kbd>
        </button>
    }
    .into_any()
}

#[component]
fn CrumbEntry(crumb: Crumb) -> impl IntoView {
    let Crumb { name, address } = crumb;
    match address {
        Some(address) => {
            view! { <li><A href=address attr:class="link link-hover">{name}</A></li> }.into_any()
        }
        None => view! { <li><span class="font-medium" aria-current="page">{name}</span></li> }.into_any(),
    }
}
