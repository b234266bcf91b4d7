//! Schedules: the rules that collect what has newly expired, when they run next and how they ran last.

mod draft;
mod entry;
mod form;
mod instruments;
mod when;

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::{SchedulePicture, ScheduleState};

use crate::browser::answer::answer;
use crate::browser::compiled_once::memo;
use crate::browser::components::{Load, Show};
use crate::browser::frame::{Crumb, Page};
use crate::browser::live::live;
use crate::rpc;

#[component]
pub fn Schedules() -> impl IntoView {
    let schedules = Resource::new(|| (), |()| answer(rpc::schedules::Schedules {}));
    view! {
        <Page crumbs=vec![Crumb::here("Schedules")]>
            <Load resource=schedules what="The schedules could not be read" skeleton
                view=|schedules| view! { <ScheduleList opening=schedules/> }/>
        </Page>
    }
}

#[component]
fn ScheduleList(opening: Vec<SchedulePicture>) -> impl IntoView {
    let schedules = RwSignal::new(opening);
    read_again(schedules);
    let ids = memo(move || schedules.with(|list| list.iter().map(|one| one.id).collect::<Vec<_>>()));
    let adding = RwSignal::new(false);
    let is_empty = move || ids.with(Vec::is_empty);
    view! {
        <Show when=move || !is_empty() || adding.get() fallback=move || view! {
            <section class="empty">
                <h1 class="text-lg font-semibold">"No schedule yet"</h1>
                <p class="max-w-prose text-sm text-muted">
                    "A schedule collects each expiry on the next trading morning, while this server runs and somebody is signed in. Upstox promises expired contracts for six months only; what a schedule has brought stays."
                </p>
                <button type="button" class="btn btn-primary btn-sm" on:click=move |_| adding.set(true)>"Add a schedule"</button>
            </section>
        }>
            <div class="section-head">
                <h1>"Schedules"</h1>
                <Show when=move || !adding.get()>
                    <button type="button" class="btn btn-primary btn-sm" on:click=move |_| adding.set(true)>"Add a schedule"</button>
                </Show>
            </div>
            <Show when=move || adding.get()>
                <form::ScheduleForm schedules is_open=adding/>
            </Show>
            <ul class="grid gap-3">
                <For each=move || ids.get() key=|id| *id let:id>
                    <entry::ScheduleEntry schedules id/>
                </For>
            </ul>
        </Show>
    }
    .into_any()
}

/// How often the list is read while a run is under way or asked for.
const WAITING_READ_EVERY_SECONDS: i64 = 3;

/// Runs come by themselves: the list is read again when a job or a notice came, somebody signed in or out, once a
/// minute, and after the server was away.
fn read_again(schedules: RwSignal<Vec<SchedulePicture>>) {
    let live = live();
    let (jobs, notices, reconnects) = (live.unfinished_jobs(), live.notices(), live.reconnects());
    let (soon, minutes) = (live.ticks(WAITING_READ_EVERY_SECONDS), live.ticks(60));
    let session = live.session();
    let signed_in = memo(move || session.with(protocol::SessionPicture::is_signed_in));
    // While something waits its time may change at any moment.
    let waits = memo(move || {
        let waits = |one: &SchedulePicture| one.asked_at.is_some() || one.state == ScheduleState::Running;
        schedules.with(|list| list.iter().any(waits))
    });
    Effect::new(move |before: Option<Heard>| {
        let now = Heard {
            work: jobs.get().map(|jobs| (jobs, notices.get().newest)),
            tick: if waits.get() { soon.get() } else { minutes.get() },
            reconnects: reconnects.get(),
            signed_in: signed_in.get(),
        };
        if before.is_some_and(|before| now.is_news_after(before)) {
            spawn_local(async move {
                if let Ok(fresh) = rpc::schedules::schedules().await {
                    schedules.try_set(fresh);
                }
            });
        }
        now
    });
}

/// What the server says beside the list, by which it may have become old.
#[derive(Clone, Copy, PartialEq)]
struct Heard {
    /// Unfinished jobs and the newest notice; none until the server was heard.
    work: Option<(u32, i64)>,
    tick: i64,
    reconnects: u32,
    signed_in: bool,
}

impl Heard {
    /// The first word of jobs and notices is no news: then the page itself is fresh.
    fn is_news_after(self, before: Self) -> bool {
        before != Self { work: before.work.and(self.work), ..self }
    }
}

fn skeleton() -> AnyView {
    view! { <div class="skeleton-box mt-10 h-64" aria-hidden="true"></div> }.into_any()
}
