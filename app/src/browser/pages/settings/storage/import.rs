//! How candles that other programs have collected are brought in: a command does it, on the server's machine.

use leptos::prelude::*;

pub(super) fn import() -> AnyView {
    view! {
        <section aria-labelledby="import-title">
            <div class="section-head"><h2 id="import-title">"Bring in what you have"</h2></div>
            <p class="max-w-prose text-sm text-muted">
                "The database of the first ExpiryTrack, Parquet that was made of it, and CSV in the shapes of our own files come in by a command on this server's machine, whether the server runs or not:"
            </p>
            <pre class="my-2 overflow-x-auto rounded-field bg-base-200 px-3 py-2 font-mono text-xs">"expirytrack import FILE-OR-DIRECTORY --dry-run"</pre>
            <p class="max-w-prose text-sm text-muted">
                "Each row is judged like an answer of the broker's. What the broker answered stays; other days are marked as imported on the map of coverage, and the broker's answer takes their place as soon as you collect them."
            </p>
        </section>
    }
    .into_any()
}
