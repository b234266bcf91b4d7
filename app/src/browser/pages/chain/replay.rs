//! Where programs find the day that is shown, played as if it were live.

use leptos::prelude::*;
use protocol::{ChainPicture, MARKET_HEADER, encoded};

use crate::browser::compiled_once::memo;

#[component]
pub fn Replay(chain: ReadSignal<ChainPicture>) -> impl IntoView {
    let lines = memo(move || chain.with(lines));
    let line = |(name, address): (&'static str, String)| {
        view! { <dt class="text-muted">{name}</dt><dd><code class="select-all break-all">{address}</code></dd> }
    };
    view! {
        <details class="mt-3 text-sm">
            <summary>"This day for programs, as if it were live"</summary>
            <dl class="mt-2 grid gap-x-4 gap-y-1 sm:grid-cols-[max-content_1fr]">
                {move || lines.get().into_iter().map(line).collect_view()}
            </dl>
            <p class="mt-2 text-xs text-muted">
                "A minute a second; speed and start are chosen in the address. A bot for Upstox takes the host in place of api.upstox.com, and subscribes to the keys that the contracts had when they were live. Where this server has both markets, a program is played the one that the server was started on, unless it sends the header "
                <code>{MARKET_HEADER}</code> " with upstox or simulated."
            </p>
        </details>
    }
    .into_any()
}

fn lines(chain: &ChainPicture) -> Vec<(&'static str, String)> {
    // A page that is shown has an address.
    let origin = window().location().origin().unwrap_or_default();
    let underlying = encoded(chain.underlying.as_str());
    let (expiry, day) = (chain.expiry, chain.at.get(..10).unwrap_or_default());
    let path = format!("/api/v1/replay/{underlying}/{expiry}/{day}");
    vec![
        ("Server-sent events", format!("{origin}{path}?speed=60")),
        ("WebSocket", format!("{}{path}/ws?speed=60", origin.replacen("http", "ws", 1))),
        ("Host of Upstox's feed", format!("{origin}{path}/upstox/60")),
        ("Command line", format!("expirytrack replay \"{}\" {expiry} {day} --speed 60", chain.underlying)),
    ]
}
