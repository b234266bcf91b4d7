//! What Upstox sent and could not be taken: of one job, or all of it. Hidden while there is nothing.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::{JobId, RefusedQuery};

use crate::browser::components::ErrorNote;
use crate::browser::newest_first::put_piece;
use crate::drawn::{RefusedLines, RefusedRow};
use crate::format;
use crate::rpc;
use crate::rpc::Problem;

/// `count` says how many there are; it is read again whenever that moves.
#[component]
pub fn RefusedPanel(job: Option<JobId>, count: Signal<u64>) -> impl IntoView {
    let lines = RwSignal::new(RefusedLines::default());
    let problem = RwSignal::new(None::<Problem>);
    let is_reading = RwSignal::new(false);
    let read = move |before: Option<i64>| {
        is_reading.set(true);
        spawn_local(async move {
            match rpc::status::refused(RefusedQuery { job, before, limit: None }).await {
                Ok(page) => {
                    problem.try_set(None);
                    lines.try_update(|lines| {
                        if put_piece(&mut lines.rows, page.rows, |row| row.id) {
                            lines.next = page.next;
                        }
                    });
                }
                Err(error) => drop(problem.try_set(Some(error))),
            }
            is_reading.try_set(false);
        });
    };
    let retry = Callback::new(move |()| read(None));
    Effect::new(move |_| {
        if count.get() > 0 {
            read(None);
        }
    });
    view! {
        <section class="panel mt-4" class:hidden=move || count.get() == 0 aria-labelledby="refused-title">
            <h2 id="refused-title" class="panel-title">
                {move || format!("{} could not be taken", format::counted(count.get(), "thing that Upstox sent", "things that Upstox sent"))}
                <span class="font-normal text-muted">" · kept as it came, each once"</span>
            </h2>
            {move || problem.get().map(|problem| view! { <ErrorNote what="What was refused could not be read" problem retry/> })}
            <div class="table-frame failures" role="region" aria-labelledby="refused-title" tabindex="0">
                <table class="table table-sm max-sm:min-w-3xl">
                    <thead>
                        <tr>
                            <th scope="col">"What"</th>
                            <th scope="col">"Why"</th>
                            <th scope="col" class="number">"Sent"</th>
                            <th scope="col" class="number">"Requests"</th>
                            <th scope="col">"State"</th>
                            <th scope="col">"As it came"</th>
                        </tr>
                    </thead>
                    <tbody>{move || lines.with(|lines| lines.rows.iter().map(row).collect_view())}</tbody>
                </table>
            </div>
            <button type="button" class="btn btn-sm mt-2" class:hidden=move || lines.with(|lines| lines.next.is_none())
                disabled=is_reading
                on:click=move |_| read(lines.with_untracked(|lines| lines.next))>
                "Show more"
            </button>
        </section>
    }
    .into_any()
}

fn row(row: &RefusedRow) -> AnyView {
    let RefusedRow { id: _, what, reason, times, requests, state, raw } = row.clone();
    view! {
        <tr>
            <td>{what}</td>
            <td>{reason}</td>
            <td class="number">{times}</td>
            <td class="number">{requests}</td>
            <td>{state}</td>
            <td><code class="refused-raw">{raw}</code></td>
        </tr>
    }
    .into_any()
}
