//! What runs in the browser: one tree of pages, drawn there from its first picture on.
//!
//! The rail and top bar are in [`frame`], one file a page in [`pages`], what several pages share in [`components`].

mod address_bar;
mod answer;
mod chart;
mod chosen;
mod compiled_once;
mod components;
mod document;
mod found_shares;
mod frame;
mod job_log;
mod job_pace;
mod keys;
mod latest;
mod left_out;
mod left_texts;
mod live;
mod looking;
mod newest_first;
mod no_volatility;
mod opening;
mod page_part;
mod pages;
mod rest;

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

use crate::page_list::with_every_page;

macro_rules! routes {
    ($($address:tt $page:ident $first:ident $part:ident,)*) => {
        view! {
            <Routes fallback=pages::NotFound>
                $(<Route path=path!($address) view=page_part::page_of!($part $page)/>)*
            </Routes>
        }
    };
}

/// Draws the page that the address names, in the place of the frame that stood there. Called once.
pub fn start() {
    leptos::mount::mount_to_body(App);
    document::end_of_boot();
}

/// The whole body of the document: the frame and, in it, the page that the address names.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    live::provide_live();
    frame::provide_frame_state();
    keys::PageKeys::provide();
    left_texts::LeftTexts::provide();
    pages::KeptDraft::provide();
    view! {
        <Router>
            <frame::Frame>{with_every_page!(routes)}</frame::Frame>
        </Router>
    }
}
