//! The first run: three steps from nothing to candles, each with its link. The one to take now stands out.

use leptos::prelude::*;
use leptos_router::components::A;
use protocol::{Market, SessionPicture};

use crate::browser::compiled_once::memo;
use crate::browser::components::{Show, SignInToSimulation, SwitchMarket};
use crate::browser::live::live;

#[component]
pub(super) fn FirstRun() -> impl IntoView {
    let session = live().session();
    let signed_in = memo(move || session.with(SessionPicture::is_signed_in));
    let simulated = memo(move || session.with(|session| session.simulated));
    view! {
        <div class="max-w-5xl">
            <h1 class="text-xl font-semibold">"From an expired contract to its candles"</h1>
            <p class="mt-1 max-w-prose text-muted">
                "ExpiryTrack keeps what the broker forgets: 1-minute prices, volume and open interest of expired futures and options, three months before each expiry."
            </p>
            <ol class="steps-grid">
                <Step number=1 title="Connect" done=signed_in text=connect_words(session)>
                    <Show when=move || signed_in.get() fallback=move || view! { <Connect simulated/> }>
                        <p class="step-done">"Signed in"</p>
                    </Show>
                </Step>
                <Step number=2 title="Choose" text="Pick underlyings, options or futures, and the expiries that matter. What it will cost is counted before it starts.">
                    <A href="/collect" attr:class=move || if signed_in.get() { "btn btn-primary btn-sm" } else { "btn btn-sm" }>
                        "Choose what to collect"
                    </A>
                </Step>
                <Step number=3 title="Collect" text="Every minute of each contract, at most as fast as Upstox allows, and never with a silent hole. Then chart it or take it out.">
                    <A href="/jobs" attr:class="btn btn-sm">"Watch the downloads"</A>
                </Step>
            </ol>
        </div>
    }
    .into_any()
}

#[component]
fn Step(
    number: usize,
    title: &'static str,
    #[prop(into)] text: Signal<String>,
    #[prop(optional, into)] done: Signal<bool>,
    children: Children,
) -> impl IntoView {
    view! {
        <li class="panel step" class:is-done=done>
            <p class="step-number">"Step " {number}</p>
            <h2 class="mt-1 font-semibold">{title}</h2>
            <p class="mt-1 mb-4 text-sm text-muted">{text}</p>
            <div class="mt-auto">{children()}</div>
        </li>
    }
    .into_any()
}

fn connect_words(session: Signal<SessionPicture>) -> Signal<String> {
    const SIMULATED: &str = "The simulated market behaves like Upstox and takes anybody: no account, nothing leaves this machine.";
    const UPSTOX: &str = "Sign in to Upstox with a Plus account. Without one, look around in the simulated market: it keeps its data apart, and one click leads back.";
    Signal::derive(move || {
        let simulated = session.with(|session| session.simulated);
        if simulated { SIMULATED.to_owned() } else { UPSTOX.to_owned() }
    })
}

#[component]
fn Connect(simulated: Memo<bool>) -> impl IntoView {
    view! {
        <Show when=move || simulated.get() fallback=|| view! {
            <p class="flex flex-wrap gap-2">
                <A href="/signin?next=%2Fcollect" attr:class="btn btn-primary btn-sm">"Sign in to Upstox"</A>
                <SwitchMarket to=Market::Simulated words="Try the simulated market"/>
            </p>
        }>
            <SignInToSimulation next="/collect"/>
        </Show>
    }
}
