//! A page whose code comes when it is opened: which part of the code it lies in says the list of pages, and the build
//! cuts there. A part that is here already draws its page at once; else its room is kept, and what cannot be had is
//! told, with the way to try again.
//!
//! A quick build is one module: there every page is here from the start.

use std::pin::Pin;

use futures::FutureExt;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;
use leptos_router::hooks::use_location;

use super::components::ErrorNote;
use super::frame::{Crumb, Page, PageToCome};
use crate::destinations;
use crate::rpc::{Problem, ProblemKind};

/// Draws a page. The function lies in the page's part.
pub type Draw = fn() -> AnyView;

/// What comes when a part is asked for.
pub type Coming = Pin<Box<dyn Future<Output = Result<Draw, SplitLoaderError>>>>;

/// The view of a page, for its route: `page_of!(wizard Collect)`. The pages of `first` lie in what every page loads.
macro_rules! page_of {
    (first $page:ident) => {
        $crate::browser::pages::$page
    };
    ($part:ident $page:ident) => {{
        #[cfg(debug_assertions)]
        async fn draw() -> Result<$crate::browser::page_part::Draw, ::leptos::wasm_split::SplitLoaderError> {
            Ok(|| $crate::browser::pages::$page().into_any())
        }
        #[cfg(not(debug_assertions))]
        #[::leptos::wasm_split::wasm_split($part, fallible, wasm_split_path = ::leptos::wasm_split)]
        fn draw() -> Result<$crate::browser::page_part::Draw, ::leptos::wasm_split::SplitLoaderError> {
            Ok(|| $crate::browser::pages::$page().into_any())
        }
        || $crate::browser::page_part::page_to_load(|| Box::pin(draw()))
    }};
}

pub(super) use page_of;

#[derive(Clone, Copy)]
enum Part {
    Coming,
    Here(Draw),
    NotHad,
}

impl From<Result<Draw, SplitLoaderError>> for Part {
    /// Why it could not be had, the browser has written to its console.
    fn from(came: Result<Draw, SplitLoaderError>) -> Self {
        came.map_or(Part::NotHad, Part::Here)
    }
}

/// The page as soon as `load` has brought what draws it.
pub fn page_to_load(load: fn() -> Coming) -> AnyView {
    let part = RwSignal::new(Part::Coming);
    begin(load, part);
    let retry = Callback::new(move |()| begin(load, part));
    (move || match part.get() {
        Part::Coming => view! { <PageToCome crumbs=crumbs()/> }.into_any(),
        Part::Here(draw) => draw(),
        Part::NotHad => view! { <NotHad retry/> }.into_any(),
    })
    .into_any()
}

/// Whoever leaves before it came has the part for the next time.
fn begin(load: fn() -> Coming, part: RwSignal<Part>) {
    let mut coming = load();
    if let Some(came) = (&mut coming).now_or_never() {
        return part.set(came.into());
    }
    part.set(Part::Coming);
    spawn_local(async move {
        part.try_set(coming.await.into());
    });
}

/// Until the page is here, its place is what the rail calls it.
fn crumbs() -> Vec<Crumb> {
    let place = destinations::place_of(&use_location().pathname.read_untracked());
    place.map(|place| Crumb::here(place.name)).into_iter().collect()
}

#[component]
fn NotHad(retry: Callback<()>) -> impl IntoView {
    let problem = Problem {
        kind: ProblemKind::ServerAway,
        sentence:
            "The server did not send what draws it: it may be away, or a newer version may be running. \
            Try again, or load this address anew. Nothing was lost."
                .to_owned(),
    };
    view! {
        <Page crumbs=crumbs()>
            <ErrorNote what="This page could not be loaded" problem retry/>
        </Page>
    }
    .into_any()
}
