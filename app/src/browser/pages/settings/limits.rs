//! Settings › Limits: how hard the broker is asked. Its own limits hold beside them.

use leptos::prelude::*;
use protocol::{SettingName, SettingsPicture};

use super::form::{SaveBar, SettingField, SettingsForm};
use crate::browser::answer::answer;
use crate::browser::components::{Load, RateWindows};
use crate::browser::frame::{Crumb, Page};
use crate::rpc;

const SHOWN: [SettingName; 3] =
    [SettingName::Workers, SettingName::RequestsPerSecond, SettingName::ReservePercent];

#[component]
pub fn SettingsLimits() -> impl IntoView {
    let settings = Resource::new(|| (), |()| answer(rpc::settings::Settings {}));
    view! {
        <Page crumbs=vec![Crumb::link("Settings", "/settings"), Crumb::here("Limits")]>
            <Load resource=settings what="The settings could not be read" skeleton
                view=|settings| view! { <LimitsForm opening=settings/> }/>
        </Page>
    }
}

#[component]
fn LimitsForm(opening: SettingsPicture) -> impl IntoView {
    let form = SettingsForm::of(opening, &SHOWN);
    let of_program = Signal::derive(move || form.kept().with(|kept| limits_words(&kept.rate_limits)));
    view! {
        <form class="max-w-3xl" autocomplete="off" on:submit=move |event| form.submit(&event)>
            <h1 class="section-head font-semibold">"Limits"</h1>
            <p class="mb-4 max-w-prose text-sm text-muted">
                "They make ExpiryTrack ask Upstox less than it may, never more. A change holds at once, for downloads under way too."
            </p>
            <div class="panel grid gap-x-6 gap-y-3 md:grid-cols-3">
                <SettingField form name=SettingName::Workers label="Workers"
                    hint="Requests under way at once, 1 to 10: of schedules, and of downloads that name no number."/>
                <SettingField form name=SettingName::RequestsPerSecond label="Requests a second" placeholder="all allowed"
                    hint=Signal::derive(move || format!("1 to 50. Empty: {}.", of_program.get()))/>
                <SettingField form name=SettingName::ReservePercent label="Kept free for people, in percent" placeholder="4 and 2"
                    hint="Of each window below, 0 to 50, while a page is open. Empty: 4 % of a second, 2 % of what is longer."/>
            </div>
            <SaveBar form/>
        </form>
        <section class="panel mt-6 max-w-3xl" aria-labelledby="rate-windows">
            <h2 id="rate-windows" class="panel-title">"Rate windows"<span class="font-normal text-muted">" · now"</span></h2>
            <RateWindows/>
        </section>
    }
    .into_any()
}

/// What the program itself keeps.
fn limits_words(limits: &str) -> String {
    match limits {
        "upstox" => "as many as Upstox allows".to_owned(),
        "off" => "as many as go, because this program was started without limits".to_owned(),
        limits => format!("what this program was started with, {limits}"),
    }
}

fn skeleton() -> AnyView {
    view! { <div class="skeleton-box h-64 max-w-3xl" aria-hidden="true"></div> }.into_any()
}
