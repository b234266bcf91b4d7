//! What surrounds every page: the rail, the band of the simulated market, the top bar with its crumbs.
//!
//! A page draws itself inside [`Page`], which gives it its title, its crumbs and the `<main>`. The frame
//! fetches nothing: what it shows beside the page comes from [`crate::browser::live`].

mod bell;
mod connection;
mod gauges;
mod key_list;
mod left_out;
mod overlay;
mod palette;
mod rail;
mod session;
mod top_bar;

use leptos::html::Main;
use leptos::prelude::*;
use leptos_meta::Title;
use market::Day;
use protocol::Market;

use crate::browser::address_bar::keep_address_bar_true;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{Show, SwitchMarket};
use crate::browser::live::live;
use crate::site::band;

pub(crate) use gauges::share_used;
pub use key_list::KeysButton;
pub use session::SignInLink;

/// Whether a page has been shown in this document, so that only later ones take the focus.
#[derive(Clone, Copy)]
struct PageShown(StoredValue<bool>);

/// Provides what pages share with the frame; called once, by the app.
pub fn provide_frame_state() {
    provide_context(PageShown(StoredValue::new(false)));
    overlay::Overlays::provide();
}

/// The rail and the band around whatever page is shown.
#[component]
pub fn Frame(children: Children) -> impl IntoView {
    let session = live().session();
    let simulated = memo(move || session.with(|session| session.simulated));
    let day = memo(move || session.with(|session| session.simulated_day));
    let replica = memo(move || session.with(|session| session.replica_of.clone()));
    let has_band = memo(move || simulated.get() || replica.with(Option::is_some));
    overlay::Overlays::of_page().follow_keys();
    keep_address_bar_true();
    view! {
        // `external` keeps the router out: the browser itself moves the focus into the page.
        <a class="skip-link" href="#main" rel="external">"Skip to the page"</a>
        <div class="frame" class:with-band=has_band>
            <Show when=move || has_band.get()>
                <Band simulated day replica/>
            </Show>
            <rail::Rail/>
            <div class="min-w-0">{children()}</div>
        </div>
        <palette::Palette/>
        <key_list::KeyList/>
    }
}

/// Says on every page that no price here was ever traded, and which day it is in that market; or that nothing can be
/// changed here, and what is read.
#[component]
fn Band(simulated: Memo<bool>, day: Memo<Option<Day>>, replica: Memo<Option<String>>) -> impl IntoView {
    let reads = move || {
        replica.get().map(|of| {
            view! { <strong class="ml-2 font-semibold">{band::READS}</strong><span class="hidden md:inline">{band::of(&of)}</span> }
        })
    };
    view! {
        <aside class="simulated-band" aria-label="Market">
            <p role="note" class="truncate">
                <Show when=move || simulated.get()>
                    <strong class="font-semibold">{band::NAME}</strong>
                    {move || band::day(day.get())}
                </Show>
                <Show when=move || simulated.get() && replica.with(Option::is_none)>
                    <span class="hidden md:inline">{band::PRICES}</span>
                </Show>
                {reads}
            </p>
            <Show when=move || replica.with(Option::is_none)>
                <SwitchMarket to=Market::Upstox words="Go to Upstox" class="band-link"/>
            </Show>
        </aside>
    }
}

/// One step of "where am I". The last of a page's crumbs is the page itself and needs no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    /// What the step is called.
    pub name: String,
    /// Where it leads; `None` for the page that is shown.
    pub address: Option<String>,
}

impl Crumb {
    /// A step on the way to this page.
    pub fn link(name: impl Into<String>, address: impl Into<String>) -> Self {
        Crumb { name: name.into(), address: Some(address.into()) }
    }

    /// The page itself.
    pub fn here(name: impl Into<String>) -> Self {
        Crumb { name: name.into(), address: None }
    }
}

fn title_of(crumbs: &[Crumb]) -> String {
    let name = crumbs.last().map(|crumb| &crumb.name);
    name.map_or_else(|| "ExpiryTrack".to_owned(), |name| format!("{name} · ExpiryTrack"))
}

/// The room of a page whose code is on its way, as the document keeps it before. It has a title, for that of the page
/// before must not be asked any more.
#[component]
pub fn PageToCome(crumbs: Vec<Crumb>) -> impl IntoView {
    view! {
        <Title text=title_of(&crumbs)/>
        <top_bar::TopBar crumbs=Signal::stored(crumbs)/>
        <main id="main" class="page" aria-busy="true">
            <div class="boot-room" aria-hidden="true">
                <div class="skeleton-box h-20"></div>
                <div class="skeleton-box mt-4 h-72"></div>
            </div>
        </main>
    }
    .into_any()
}

/// A page in its frame: the document's title, the top bar, the `<main>`.
#[component]
pub fn Page(
    /// Where this page is, outermost first; the last one also titles the document.
    #[prop(into)]
    crumbs: Signal<Vec<Crumb>>,
    /// What its address holds and nobody understands, a sentence each.
    #[prop(optional, into)]
    left_out: Signal<Vec<String>>,
    children: Children,
) -> impl IntoView {
    let main = NodeRef::<Main>::new();
    focus_later_pages(main);
    let title = move || crumbs.with(|crumbs| title_of(crumbs));
    view! {
        <Title text=title/>
        <top_bar::TopBar crumbs/>
        <main id="main" class="page" tabindex="-1" node_ref=main>
            <left_out::LeftOut sentences=left_out/>
            {children()}
        </main>
    }
}

/// Moves the focus into a page that was reached by a link, as a full page load would; the first page of the
/// document keeps the browser's own.
fn focus_later_pages(main: NodeRef<Main>) {
    let PageShown(shown) = expect_context();
    effect(move || {
        let Some(element) = main.get() else { return };
        if shown.get_value() {
            let options = web_sys::FocusOptions::new();
            // Scrolling is the router's business.
            options.set_prevent_scroll(true);
            // Without the focus the page still works.
            let _ = element.focus_with_options(&options);
        }
        shown.set_value(true);
    });
}
