//! How candles that other programs have collected are brought in: not by a page of its own, but from the command line or
//! over REST, which the page that tries it can send.

use leptos::prelude::*;

pub(super) fn import() -> AnyView {
    view! {
        <section aria-labelledby="import-title">
            <div class="section-head"><h2 id="import-title">"Bring in what you have"</h2></div>
            <p class="max-w-prose text-sm text-muted">
                "The database of the first ExpiryTrack, Parquet that was made of it, and CSV in the shapes of our own files come in by their path on this server's machine. A dry run reads and judges all of it, and keeps nothing."
            </p>
            <p class="my-2 max-w-prose text-sm text-muted">
                "They come in from the command line, whether the server runs or not, or through this server: "
                <a class="link" rel="external" href="/api#imports">"Import over REST"</a>
                " begins it, says how far it is, and stops it."
            </p>
            <p class="max-w-prose text-sm text-muted">
                "Each row is judged like an answer of the broker's. What the broker answered stays; other days are marked as imported on the map of coverage, and the broker's answer takes their place as soon as you collect them."
            </p>
        </section>
    }
    .into_any()
}
