//! The list of keys: of the page that is shown, and of every page.

use leptos::prelude::*;

use super::overlay::{KEYS, Overlay, OverlayDialog, Overlays};
use super::palette;
use crate::browser::keys::{Chord, KeySection, PageKeys};

#[component]
pub(super) fn KeyList() -> impl IntoView {
    let (overlays, keys) = (Overlays::of_page(), PageKeys::of_page());
    view! {
        <OverlayDialog overlay=Overlay::Keys label="Keys">
            <div class="overlay-body">
                <div class="overlay-head">
                    <h2 class="text-base font-semibold">"Keys"</h2>
                    <button type="button" class="btn btn-ghost btn-sm" on:click=move |_| overlays.close()>
                        "Close"
                    </button>
                </div>
                <div class="key-sections" tabindex="0" role="region" aria-label="All keys">
                    {move || sections(keys).into_iter().map(section).collect_view()}
                </div>
            </div>
        </OverlayDialog>
    }
}

/// Shows them, for who does not know the key.
#[component]
pub fn KeysButton() -> impl IntoView {
    let overlays = Overlays::of_page();
    view! {
        <button type="button" class="btn btn-sm" on:click=move |_| overlays.open(Overlay::Keys)>
            "Show the keys " <kbd class="key">"?"</kbd>
        </button>
    }
    .into_any()
}

/// Those of the page come first: they are why one looks.
fn sections(keys: PageKeys) -> Vec<KeySection> {
    let everywhere = [KeySection::of("Everywhere", &KEYS), KeySection::of("While finding", &palette::KEYS)];
    keys.sections().into_iter().chain(everywhere).collect()
}

fn section(KeySection { title, rows }: KeySection) -> AnyView {
    let keys = |chords: &'static [Chord]| {
        chords.iter().map(|chord| view! { <kbd class="key">{chord.words()}</kbd> }).collect_view()
    };
    view! {
        <section>
            <h3 class="key-title">{title}</h3>
            <dl class="key-rows">
                {rows.into_iter().map(|(chords, words)| view! {
                    <div class="key-row"><dt>{words}</dt><dd>{keys(chords)}</dd></div>
                }).collect_view()}
            </dl>
        </section>
    }
    .into_any()
}
