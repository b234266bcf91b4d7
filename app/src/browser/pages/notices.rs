//! Notices: what happened while nobody looked, the newest first.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use protocol::{Notice, NoticeKind, NoticePage};

use crate::browser::answer::answer;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{Empty, ErrorNote, Load, Show};
use crate::browser::frame::{Crumb, Page};
use crate::browser::live::live;
use crate::browser::newest_first::put_piece;
use crate::format;
use crate::rpc::{self, Answer};

#[component]
pub fn Notices() -> impl IntoView {
    let page = Resource::new(|| (), |()| answer(rpc::notices::Notices { before: None }));
    view! {
        <Page crumbs=vec![Crumb::here("Notices")]>
            <Load resource=page what="The notices could not be read" skeleton view=|page| view! { <NoticeList opening=page/> }/>
        </Page>
    }
}

#[component]
fn NoticeList(opening: NoticePage) -> impl IntoView {
    let list = RwSignal::new(opening);
    read_again_with_notices(list);
    let mark = Action::new(move |up_to: &i64| rpc::notices::read(*up_to));
    effect(move || {
        if let Some(Ok(count)) = mark.value().get() {
            list.update(|list| {
                list.unread = count.unread;
                list.notices.iter_mut().for_each(|notice| notice.read = true);
            });
        }
    });
    let older = older_of(list);
    let read_older = move || drop(older.dispatch(list.with_untracked(|list| list.cursor)));
    let retry = Callback::new(move |()| read_older());
    let newest = move || list.with(|list| list.notices.first().map_or(0, |notice| notice.id));
    view! {
        <Show when=move || list.with(|list| !list.notices.is_empty()) fallback=|| view! {
            <Empty
                title="No notice yet"
                text="When a job ends, a sign-in is needed or a schedule has a problem, it is told here, and by email or webhook where you set them up."
                address="/settings"
                action="Set up email or a webhook"
            />
        }>
            <div class="section-head">
                <h1>"Notices"</h1>
                <div class="flex flex-wrap justify-end gap-2">
                    <Show when=move || { list.with(|list| list.unread) > 0 }>
                        <button type="button" class="btn btn-sm" disabled=move || mark.pending().get()
                            on:click=move |_| { mark.dispatch(newest()); }>"Mark all as read"</button>
                    </Show>
                    <A href="/settings" attr:class="btn btn-sm">"Settings"</A>
                </div>
            </div>
            {move || mark.value().get().and_then(Result::err).map(|problem| view! {
                <div class="mb-4"><ErrorNote what="The notices were left as they are" problem/></div>
            })}
            <ol class="notice-list">
                <For each=move || list.with(|list| list.notices.clone()) key=|notice| (notice.id, notice.read) let:notice>
                    <NoticeEntry notice/>
                </For>
            </ol>
            <p class="mt-2 text-xs text-muted">"Times in IST. The newest thousand are kept."</p>
            <Show when=move || list.with(|list| list.cursor.is_some())>
                <button type="button" class="btn btn-sm mt-3" disabled=move || older.pending().get()
                    on:click=move |_| read_older()>"Show older ones"</button>
            </Show>
            {move || older.value().get().and_then(Result::err).map(|problem| view! {
                <div class="mt-3"><ErrorNote what="The older notices could not be read" problem retry/></div>
            })}
        </Show>
    }
    .into_any()
}

/// Brings the piece after the last one and adds it to the list.
fn older_of(list: RwSignal<NoticePage>) -> Action<Option<i64>, Answer<NoticePage>> {
    let older = Action::new(|before: &Option<i64>| rpc::notices::notices(*before));
    effect(move || {
        if let Some(Ok(piece)) = older.value().get() {
            list.update(|list| {
                put_piece(&mut list.notices, piece.notices, |notice| notice.id);
                list.cursor = piece.cursor;
            });
        }
    });
    older
}

/// A notice that comes while the page is shown stands in it.
fn read_again_with_notices(list: RwSignal<NoticePage>) {
    let notices = live().notices();
    let newest = memo(move || notices.get().newest);
    effect(move || {
        let shown = list.with_untracked(|list| list.notices.first().map_or(0, |notice| notice.id));
        if newest.get() > shown {
            spawn_local(async move {
                // What could not be read again stays as it was; the frame says that the server is away.
                if let Ok(fresh) = rpc::notices::notices(None).await {
                    list.try_update(|list| {
                        list.unread = fresh.unread;
                        if put_piece(&mut list.notices, fresh.notices, |notice| notice.id) {
                            list.cursor = fresh.cursor;
                        }
                    });
                }
            });
        }
    });
}

#[component]
fn NoticeEntry(notice: Notice) -> impl IntoView {
    let Notice { at, kind, title, message, job, schedule, read, .. } = notice;
    let link = match (job, schedule, kind) {
        (Some(job), _, _) => Some((format!("/jobs/{job}"), format!("Job {job}"))),
        (None, Some(_), _) => Some(("/schedules".to_owned(), "Schedules".to_owned())),
        (None, None, _) => None,
    };
    view! {
        <li class="notice-entry" class:unread=!read data-kind=kind.as_str()>
            <p class="notice-entry-head">
                <span class="notice-entry-mark" aria-hidden="true">{mark(kind)}</span>
                <span class="font-medium">{title}</span>
                {(!read).then(|| view! { <span class="sr-only">" (unread)"</span> })}
                <time class="notice-entry-time">{format::moment(at)}</time>
            </p>
            <p class="mt-0.5 text-sm text-muted">{format::sentence(&message)}</p>
            {link.map(|(address, words)| view! {
                <p class="mt-1 text-sm"><A href=address attr:class="link">{words}</A></p>
            })}
        </li>
    }
    .into_any()
}

/// Told apart by shape, not by colour alone.
fn mark(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::JobCompleted => "✓",
        NoticeKind::JobCompletedWithFailures | NoticeKind::ScheduleProblem => "!",
        NoticeKind::SignInNeeded | NoticeKind::SignInEndsSoon => "→",
        NoticeKind::JobFailed | NoticeKind::BackupFailed | NoticeKind::PublishFailed => "✕",
    }
}

fn skeleton() -> AnyView {
    view! { <div class="skeleton-box mt-10 h-64" aria-hidden="true"></div> }.into_any()
}
