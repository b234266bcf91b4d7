//! A part of a view that is there or not.
//!
//! Leptos' own `Show` is compiled anew for each condition and each view that it is given. This one is compiled
//! once, which takes 7 kB off what a browser fetches.

use leptos::either::Either;
use leptos::prelude::*;

use crate::browser::compiled_once::memo;

/// Shows the children while the condition holds; they are made anew only when that changes.
#[component]
pub fn Show(
    #[prop(into)] when: Signal<bool>,
    children: ChildrenFn,
    /// What stands there else.
    #[prop(optional, into)]
    fallback: ViewFn,
) -> impl IntoView {
    let is_shown = memo(move || when.get());
    move || if is_shown.get() { Either::Left(children()) } else { Either::Right(fallback.run()) }
}
