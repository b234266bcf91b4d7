//! Upstox: the app that a person registered there. In the simulated market there is nothing to set.

use leptos::prelude::*;
use leptos_router::components::A;
use protocol::{Market, SignInPicture};

use crate::browser::answer::answer;
use crate::browser::compiled_once::memo;
use crate::browser::components::{Load, Show, SwitchMarket};
use crate::browser::live::live;
use crate::browser::pages::AppForm;
use crate::rpc;

#[component]
pub(super) fn UpstoxSettings() -> impl IntoView {
    let session = live().session();
    let simulated = memo(move || session.with(|session| session.simulated));
    view! {
        <section class="mb-8 max-w-3xl" aria-labelledby="upstox-title">
            <div class="section-head"><h2 id="upstox-title">"Upstox"</h2></div>
            <Show when=move || simulated.get() fallback=|| view! { <App/> }>
                <p class="mb-3 text-sm text-muted">"The simulated market takes anybody: no app and no account are needed here."</p>
                <SwitchMarket to=Market::Upstox words="Go to Upstox"/>
            </Show>
        </section>
    }
    .into_any()
}

#[component]
fn App() -> impl IntoView {
    let picture = Resource::new(|| (), |()| answer(rpc::session::SignInPage {}));
    view! {
        <Load resource=picture what="The Upstox app could not be read" skeleton view=|picture: SignInPicture| view! {
            <div class="panel">
                <p class="mb-3 text-sm text-muted">
                    "The app that you registered at Upstox signs you in: "<A href="/signin" attr:class="link">"to the sign-in"</A>". Its key and its secret are sealed on this machine."
                </p>
                <AppForm app=RwSignal::new(picture.app)/>
            </div>
        }/>
    }
}

fn skeleton() -> AnyView {
    view! { <div class="skeleton-box h-40" aria-hidden="true"></div> }.into_any()
}
