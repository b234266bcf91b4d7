//! One number that a page is about, with its name and, small, what belongs to it.

use leptos::prelude::*;

/// A figure. Its box keeps its height whatever the number is.
#[component]
pub fn Figure(
    #[prop(into)] name: Signal<String>,
    #[prop(into)] number: Signal<String>,
    /// Beside the number, smaller: "of 1,412".
    #[prop(optional, into)]
    of: Option<Signal<String>>,
    /// Below: what else is worth knowing.
    #[prop(optional, into)]
    detail: Option<Signal<String>>,
    /// Last: a small drawing of it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="figure">
            <dt class="figure-name">{name}</dt>
            <dd class="figure-number">
                {number}
                {of.map(|of| view! { <span class="figure-of">{of}</span> })}
            </dd>
            {detail.map(|detail| view! { <dd class="figure-detail">{detail}</dd> })}
            {children.map(|children| view! { <dd class="figure-drawing">{children()}</dd> })}
        </div>
    }
    .into_any()
}
