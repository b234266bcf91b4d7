//! Settings: the app at Upstox, and where notices go beside the page; everything else has a page of its own. What is
//! secret is typed, sent once, and never shown again.

mod about;
mod access;
mod channel;
mod draft;
mod email;
mod form;
mod limits;
mod reading;
mod storage;
mod upstox;
mod webhook;

use leptos::prelude::*;
use leptos_router::components::A;
use protocol::{NewNoticeSettings, NoticeSettingsPicture};

pub use self::about::SettingsAbout;
pub use self::access::SettingsAccess;
pub use self::draft::KeptDraft;
pub use self::limits::SettingsLimits;
pub use self::reading::SettingsReading;
pub use self::storage::SettingsStorage;
use crate::browser::answer::answer;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ErrorNote, Load};
use crate::browser::frame::{Crumb, Page};
use crate::format;
use crate::rpc;

/// The pages beside this one: address, name, and what is set there.
pub const SETTINGS: [(&str, &str, &str); 5] = [
    ("/settings/limits", "Limits", "Workers, requests a second, what is kept free for people"),
    (
        "/settings/reading",
        "Reading",
        "How numbers are written, light or dark, rate and settlement for volatility",
    ),
    ("/settings/storage", "Storage", "Room on the disk, backups, compacting and pruning"),
    ("/settings/access", "Access", "The password, signed-in browsers, tokens for programs"),
    ("/settings/about", "About", "Version, licence, where the data lie, what the environment sets"),
];

#[component]
pub fn Settings() -> impl IntoView {
    let settings = Resource::new(|| (), |()| answer(rpc::notices::Settings {}));
    view! {
        <Page crumbs=vec![Crumb::here("Settings")]>
            <h1 class="sr-only">"Settings"</h1>
            <ul class="settings-places">{SETTINGS.map(|(address, name, what)| view! {
                <li><A href=address>
                    <span class="font-semibold">{name}</span>
                    <span class="text-sm text-muted">{what}</span>
                </A></li>
            })}</ul>
            <upstox::UpstoxSettings/>
            <Load resource=settings what="The settings could not be read" skeleton
                view=|settings| view! { <NoticeSettingsForm opening=settings/> }/>
        </Page>
    }
}

#[component]
fn NoticeSettingsForm(opening: NoticeSettingsPicture) -> impl IntoView {
    let left = expect_context::<KeptDraft>();
    let draft = left.clone().take_up(&opening.settings);
    let kept = RwSignal::new(opening);
    let save = Action::new(move |new: &NewNoticeSettings| {
        rpc::settled(rpc::notices::change_settings(draft.seen.get_untracked(), new.clone()))
    });
    effect(move || {
        if let Some(Ok(fresh)) = save.value().get() {
            draft.is_kept_as(&fresh.settings);
            kept.set(fresh);
        }
    });
    let order = memo(move || draft.order());
    let changed = memo(move || match order.get() {
        Ok(order) => !order.secrets.is_empty() || draft.seen.with(|seen| *seen != order.settings),
        Err(_) => true,
    });
    left.drop_when_left(changed);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Ok(new) = order.get_untracked() {
            save.dispatch(new);
        }
    };
    view! {
        <form class="max-w-3xl" on:submit=submit autocomplete="off">
            <div class="section-head"><h2>"Notices"</h2></div>
            <p class="mb-4 max-w-prose text-sm text-muted">
                "Finished jobs, failures and sign-ins that end are listed under "<A href="/notices" attr:class="link">"Notices"</A>
                ". They can also be sent to you by email or to an address of yours. Passwords and secrets are sealed on this machine and never shown again."
            </p>
            <div class="grid gap-4">
                <email::EmailPanel draft=draft.email kept changed/>
                <webhook::WebhookPanel draft=draft.webhook kept changed/>
            </div>
            <div class="mt-4" aria-live="polite">
                {move || save.value().get().and_then(Result::err).map(|problem| view! {
                    <ErrorNote what="The settings were not saved" problem kept="What was saved before still holds."/>
                })}
            </div>
            <div class="mt-4 flex flex-wrap items-center gap-3">
                <button type="submit" class="btn btn-primary btn-sm"
                    disabled=move || order.with(Result::is_err) || !changed.get() || save.pending().get()>"Save"</button>
                <p class="text-sm text-muted" role="status">
                    {move || match order.get() {
                        Err(lacks) => format::sentence(&lacks),
                        Ok(_) if changed.get() => "Not saved yet; kept while you look at other pages.".to_owned(),
                        Ok(_) if matches!(save.value().get(), Some(Ok(_))) => "Saved.".to_owned(),
                        Ok(_) => String::new(),
                    }}
                </p>
            </div>
        </form>
    }
    .into_any()
}

fn skeleton() -> AnyView {
    view! { <div class="skeleton-box mt-10 h-64 max-w-3xl" aria-hidden="true"></div> }.into_any()
}
