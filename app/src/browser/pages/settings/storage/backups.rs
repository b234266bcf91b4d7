//! Backups: made now, listed, and the rule by which they are made.

use leptos::prelude::*;
use protocol::{
    BackupFile, BackupPicture, BackupRule, BackupsPicture, StorageDeed, StorageProgress, StorageWork,
};

use super::Shown;
use super::work::WorkNote;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ErrorNote, Show};
use crate::browser::left_texts::kept_text;
use crate::browser::live::live;
use crate::format;
use crate::rpc;

#[component]
pub(super) fn Backups(shown: Shown) -> impl IntoView {
    let make = Action::new(|(): &()| rpc::settled(rpc::storage::back_up()));
    effect(move || {
        if make.value().get().is_some() {
            shown.read_again();
        }
    });
    let begin = move |_| {
        make.dispatch(());
        // What is told of it is read again each second from now on.
        let progress = StorageProgress {
            deed: StorageDeed::Backup,
            began_at: live().now().get_untracked(),
            done: 0,
            total: shown.page.with_untracked(|page| page.storage.database_bytes),
            is_stopping: false,
        };
        let last = shown.page.with_untracked(|page| page.work.last.clone());
        shown.begun(StorageWork { under_way: Some(progress), last });
    };
    let backups = memo(move || shown.page.with(|page| page.backups.clone()));
    let is_busy = memo(move || shown.page.with(|page| page.work.under_way.is_some()));
    view! {
        <section aria-labelledby="backups-title">
            <div class="section-head">
                <h2 id="backups-title">"Backups"</h2>
                <button type="button" class="btn btn-sm" disabled=move || is_busy.get() || make.pending().get()
                    on:click=begin>"Back up now"</button>
            </div>
            <p class="mb-2 text-sm text-muted wrap-anywhere">{move || format!("In {}. The key is in none of them: keep a copy of it elsewhere.", backups.with(|of| of.folder.clone()))}</p>
            <WorkNote shown deed=StorageDeed::Backup/>
            <div aria-live="polite">
                {move || make.value().get().map(|made| match made {
                    Ok(made) => view! { <p class="mb-3 text-sm wrap-anywhere">{made_words(&made)}</p> }.into_any(),
                    Err(problem) => view! { <div class="mb-3"><ErrorNote what="No backup was made" problem/></div> }.into_any(),
                })}
            </div>
            <Show when=move || backups.with(|of| !of.backups.is_empty()) fallback=|| view! {
                <p class="text-sm text-muted">"There is no backup in this folder yet."</p>
            }>
                <div class="table-frame">
                    <table class="table table-sm">
                        <caption class="sr-only">"Backups in the folder; times in IST"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Made (IST)"</th>
                                <th scope="col" class="max-sm:hidden">"File"</th>
                                <th scope="col" class="number">"Size"</th>
                            </tr>
                        </thead>
                        <tbody>{move || backups.with(|of| of.backups.iter().map(row).collect::<Vec<_>>())}</tbody>
                    </table>
                </div>
            </Show>
            <Rule shown/>
        </section>
    }
    .into_any()
}

fn row(backup: &BackupFile) -> AnyView {
    view! {
        <tr>
            <td class="whitespace-nowrap">{format::moment(backup.made_at)}</td>
            <td class="wrap-anywhere max-sm:hidden">{backup.name.clone()}</td>
            <td class="number">{format::bytes(backup.bytes)}</td>
        </tr>
    }
    .into_any()
}

fn made_words(made: &BackupPicture) -> String {
    let name = made.path.rsplit(['/', '\\']).next().unwrap_or_default();
    format!(
        "Made and checked: {name}, {}, with {} candles.",
        format::bytes(made.bytes),
        format::grouped(made.contents.candles)
    )
}

/// What is typed of the rule.
#[derive(Clone, Copy)]
struct Typed {
    days: RwSignal<String>,
    at: RwSignal<String>,
    keep: RwSignal<String>,
}

impl Typed {
    fn of(seen: RwSignal<Option<BackupRule>>) -> Self {
        let text = |field: &'static str, of: fn(BackupRule) -> String, without: &'static str| {
            kept_text(field, move || seen.get_untracked().map_or_else(|| without.to_owned(), of))
        };
        Self {
            days: text("backup-days", |rule| rule.every_days.to_string(), "1"),
            at: text("backup-at", |rule| rule.at.to_string(), "06:30"),
            keep: text("backup-keep", |rule| rule.keep.to_string(), "7"),
        }
    }

    /// The rule, or what keeps it from being one.
    fn rule(self) -> Result<BackupRule, String> {
        let days =
            self.days.get().trim().parse::<u32>().map_err(|_| "The days are a whole number.".to_owned())?;
        let keep = self
            .keep
            .get()
            .trim()
            .parse::<u32>()
            .map_err(|_| "How many stay is a whole number.".to_owned())?;
        Ok(BackupRule {
            every_days: days
                .try_into()
                .map_err(|error: protocol::BoundError| format::sentence(&error.to_string()))?,
            at: self
                .at
                .get()
                .parse()
                .map_err(|error: market::TimeOfDayError| format::sentence(&error.to_string()))?,
            keep: keep
                .try_into()
                .map_err(|error: protocol::BoundError| format::sentence(&error.to_string()))?,
        })
    }
}

#[component]
fn Rule(shown: Shown) -> impl IntoView {
    let seen = RwSignal::new(shown.page.with_untracked(|page| page.backups.rule));
    let typed = Typed::of(seen);
    let put = Action::new(move |rule: &Option<BackupRule>| {
        rpc::settled(rpc::storage::change_rule(seen.get_untracked(), *rule))
    });
    effect(move || {
        if let Some(Ok(fresh)) = put.value().get() {
            seen.set(fresh.rule);
            shown.page.update(|page| page.backups = fresh);
        }
    });
    let backups = memo(move || shown.page.with(|page| page.backups.clone()));
    let rule = memo(move || typed.rule());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Ok(rule) = rule.get_untracked() {
            put.dispatch(Some(rule));
        }
    };
    let field = |id: &'static str, label: &'static str, kind: &'static str, held: RwSignal<String>| {
        view! {
            <div>
                <label class="field-label" for=id>{label}</label>
                <input id=id type=kind class="input input-sm w-28" required value=held.get_untracked() prop:value=held
                    on:input=move |event| held.set(event_target_value(&event))/>
            </div>
        }
        .into_any()
    };
    view! {
        <form class="panel mt-3" on:submit=submit autocomplete="off" novalidate>
            <h3 class="text-sm font-semibold">"Automatic backups"</h3>
            <p class="mt-1 mb-2 text-sm text-muted">{move || backups.with(rule_words)}</p>
            <div class="flex flex-wrap items-end gap-3">
                {field("backup-days", "Every so many days", "number", typed.days)}
                {field("backup-at", "At (IST)", "time", typed.at)}
                {field("backup-keep", "Newest that stay", "number", typed.keep)}
                <button type="submit" class="btn btn-sm" disabled=move || rule.with(Result::is_err) || put.pending().get()>"Save the rule"</button>
                <Show when=move || backups.with(|of| of.rule.is_some())>
                    <button type="button" class="btn btn-sm" disabled=put.pending() on:click=move |_| { put.dispatch(None); }>"No more by themselves"</button>
                </Show>
            </div>
            <p class="text-sm text-muted not-empty:mt-2" role="status">{move || rule.get().err()}</p>
            <div class="empty:hidden" aria-live="polite">
                {move || put.value().get().and_then(Result::err).map(|problem| view! {
                    <ErrorNote what="The rule was not saved" problem/>
                })}
            </div>
        </form>
    }
    .into_any()
}

fn rule_words(backups: &BackupsPicture) -> String {
    let rule = match &backups.rule {
        Some(rule) => format::sentence(&rule.to_string()),
        None => return "No backup is made by itself.".to_owned(),
    };
    let next = backups.next_run.map(|at| format!(" The next one {}.", format::moment_with_weekday(at)));
    let problem = backups.last_run.as_ref().and_then(|run| run.problem.as_ref());
    let problem = problem.map(|problem| format!(" The last one failed: {}", format::sentence(problem)));
    format!("{rule}{}{}", next.unwrap_or_default(), problem.unwrap_or_default())
}
