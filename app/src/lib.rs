//! The user interface: one tree of pages, compiled twice.
//!
//! Natively (feature `ssr`) it renders the first HTML; as WASM (feature `hydrate`) it takes that HTML over
//! in the browser. Both runs must produce the same first picture, so nothing here reads a clock, a locale, a
//! random number or `window` while rendering; such things belong in an `Effect`. Nothing here holds a secret.
//!
//! Where things go: the HTML document in [`shell`], the rail and top bar in [`frame`], one file a page in
//! [`pages`], what several pages share in [`components`].

// A view's type holds the types of all views in it.
#![recursion_limit = "256"]

pub mod address;
pub mod chart;
mod chosen;
mod compiled_once;
pub mod components;
pub mod drawn;
pub mod format;
mod found_shares;
pub mod frame;
pub mod job_log;
pub mod job_pace;
pub mod live;
pub mod opening;
pub mod pages;
pub mod rpc;
pub mod shell;
pub mod site;
pub mod status;

pub use shell::shell;

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

/// The whole body of the document: the frame and, in it, the page that the address names.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    live::provide_live();
    frame::provide_frame_state();
    view! {
        <Router>
            <frame::Frame>
                <Routes fallback=pages::NotFound>
                    <Route path=path!("/") view=pages::Home ssr=SsrMode::Async/>
                    <Route path=path!("/collect") view=pages::Collect/>
                    <Route path=path!("/jobs") view=pages::Jobs ssr=SsrMode::Async/>
                    <Route path=path!("/jobs/:id") view=pages::Job ssr=SsrMode::Async/>
                    <Route path=path!("/schedules") view=pages::Schedules ssr=SsrMode::Async/>
                    <Route path=path!("/notices") view=pages::Notices ssr=SsrMode::Async/>
                    <Route path=path!("/settings") view=pages::Settings ssr=SsrMode::Async/>
                    <Route path=path!("/status") view=pages::Status ssr=SsrMode::Async/>
                    <Route path=path!("/signin") view=pages::SignIn/>
                    <Route path=path!("/browse") view=pages::Browse/>
                    <Route path=path!("/browse/:underlying") view=pages::BrowseExpiries/>
                    <Route path=path!("/browse/:underlying/:expiry") view=pages::BrowseContracts/>
                    <Route path=path!("/browse/:underlying/:expiry/:expired_key") view=pages::BrowseContract/>
                </Routes>
            </frame::Frame>
        </Router>
    }
}
