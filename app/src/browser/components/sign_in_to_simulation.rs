//! The one click into the simulated market. A plain link to the server, which leads to the simulator's
//! dialog and from there back to `next`.

use leptos::prelude::*;

use crate::address;

#[component]
pub fn SignInToSimulation(
    /// The page to come back to.
    #[prop(into)]
    next: String,
) -> impl IntoView {
    // `external` keeps the router out: `/login` is the server's.
    view! {
        <a href=format!("/login?next={}", address::encoded(address::local_address(&next))) rel="external"
            class="btn btn-primary btn-sm">
            "Sign in to the simulated market"
        </a>
    }
}
