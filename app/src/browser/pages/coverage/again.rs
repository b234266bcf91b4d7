//! Asking again: a button that says beforehand what it costs, and where the job is that does it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use protocol::{JobId, address};

use crate::browser::components::ErrorNote;
use crate::rpc::coverage::{AgainWish, ask_again};
use crate::rpc::{Problem, settled};

#[component]
pub(super) fn Again(wish: AgainWish, words: &'static str, cost: String, is_refused: bool) -> impl IntoView {
    let (is_asking, done) = (RwSignal::new(false), RwSignal::new(None::<Result<JobId, Problem>>));
    let ask = move |_| {
        let wish = wish.clone();
        is_asking.set(true);
        spawn_local(async move {
            done.try_set(Some(settled(ask_again(wish)).await));
            is_asking.try_set(false);
        });
    };
    view! {
        <p class="mt-3 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
            <button type="button" class="btn btn-sm" on:click=ask
                disabled=move || is_refused || is_asking.get() || done.with(|done| matches!(done, Some(Ok(_))))>
                {words}
            </button>
            <span class="text-muted">{cost}</span>
        </p>
        <div aria-live="polite">
            {move || done.get().map(|done| match done {
                Ok(job) => view! {
                    <p class="mt-2 text-sm"><A href=address::job(job) attr:class="link">{format!("Job {job}")}</A>" does it."</p>
                }.into_any(),
                Err(problem) => view! { <ErrorNote what="It could not be asked for" problem/> }.into_any(),
            })}
        </div>
    }
    .into_any()
}
