//! Where to go from a job that has ended with something to look at.

use leptos::prelude::*;
use leptos_router::components::A;
use protocol::{JobPicture, address};

use crate::browser::compiled_once::memo;

#[component]
pub(super) fn Onward(job: ReadSignal<JobPicture>) -> impl IntoView {
    let is_over =
        memo(move || job.with(|job| job.status.is_ended() && job.candles + job.underlying_candles > 0));
    // Of a job of several underlyings a person chooses on the page.
    let places = move || {
        let only = job.with_untracked(|job| match &job.plan.underlyings[..] {
            [only] => Some(address::encoded(only.as_str())),
            _ => None,
        });
        let (browse, query) = match only {
            Some(key) => (format!("/browse/{key}"), format!("?underlying={key}")),
            None => ("/browse".to_owned(), String::new()),
        };
        [
            ("Contracts", browse),
            ("Chain", format!("/chain{query}")),
            ("Coverage", format!("/coverage{query}")),
            ("Export", format!("/export{query}")),
        ]
    };
    view! {
        {move || is_over.get().then(|| view! {
            <nav class="mt-3 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm" aria-label="What this job brought">
                <span class="text-muted">"Look at what it brought:"</span>
                {places().map(|(name, address)| view! { <A href=address attr:class="link">{name}</A> }).collect_view()}
            </nav>
        })}
    }
    .into_any()
}
