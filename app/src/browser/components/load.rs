//! A page's own data on their way: space is kept while they load, a note says when they could not be had.
//!
//! No `Suspense`: what is drawn within one belongs to it for good, and whatever a part of the page reads later would
//! take the whole page away and put it back, with the focus lost.

use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ErrorNote;
use crate::rpc::Answer;

/// Draws what a resource brings. Shown are, in turn: `skeleton`, then the view or the note of the failure.
#[component]
pub fn Load<T, V>(
    resource: Resource<Answer<T>>,
    /// What could not be had, for the note: "The jobs could not be read".
    what: &'static str,
    /// Takes the space of the view.
    skeleton: fn() -> AnyView,
    view: fn(T) -> V,
) -> impl IntoView
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
    V: IntoView + 'static,
{
    let retry = Callback::new(move |()| resource.refetch());
    move || match resource.get() {
        None => skeleton(),
        Some(Ok(value)) => view(value).into_any(),
        Some(Err(problem)) => view! { <ErrorNote what problem retry/> }.into_any(),
    }
}
