//! Settings › About: what this program is, where its data lie, and what the environment sets.

use leptos::prelude::*;
use protocol::{About, EnvironmentVariable};

use crate::browser::answer::answer;
use crate::browser::components::Load;
use crate::browser::frame::{Crumb, KeysButton, Page};
use crate::rpc;

#[component]
pub fn SettingsAbout() -> impl IntoView {
    let about = Resource::new(|| (), |()| answer(rpc::settings::Program {}));
    view! {
        <Page crumbs=vec![Crumb::link("Settings", "/settings"), Crumb::here("About")]>
            <h1 class="sr-only">"About"</h1>
            <Load resource=about what="What this program is could not be read" skeleton
                view=|about| view! { <Facts about/> }/>
        </Page>
    }
}

#[component]
fn Facts(about: About) -> impl IntoView {
    let About { version, commit, sqlite, licence, data_dir, environment } = about;
    view! {
        <section class="max-w-3xl" aria-labelledby="program-title">
            <div class="section-head"><h2 id="program-title">"ExpiryTrack "{version}</h2></div>
            <div class="panel">
                <dl class="setting-facts">
                    <dt>"Built from"</dt><dd>{commit.unwrap_or_else(|| "not known".to_owned())}</dd>
                    <dt>"SQLite"</dt><dd>{sqlite}</dd>
                    <dt>"Licence"</dt><dd>{licence}", without any warranty"</dd>
                    <dt>"Data"</dt><dd>{data_dir}</dd>
                    <dt>"For programs"</dt>
                    // `external` keeps the router out: it is no page.
                    <dd>
                        <a class="link" rel="external" href="/api">"Try REST"</a>", "
                        <a class="link" rel="external" href="/api/v1/openapi.json">"REST as OpenAPI"</a>
                    </dd>
                    <dt>"Keyboard"</dt><dd><KeysButton/></dd>
                </dl>
            </div>
        </section>
        <section class="mt-8 max-w-3xl" aria-labelledby="environment-title">
            <div class="section-head"><h2 id="environment-title">"Environment"</h2></div>
            <p class="mb-3 max-w-prose text-sm text-muted">
                "Variables that are set where this server was started. Of those that could hold a secret only the name is known here."
            </p>
            {variables(environment)}
        </section>
    }
    .into_any()
}

fn variables(environment: Vec<EnvironmentVariable>) -> AnyView {
    if environment.is_empty() {
        return view! { <p class="text-sm">"None: everything is as it is built in, or as these pages say."</p> }.into_any();
    }
    let line = |EnvironmentVariable { name, value, remark }: EnvironmentVariable| {
        let value = value.unwrap_or_else(|| "is set".to_owned());
        view! {
            <dt><code>{name}</code></dt>
            <dd>{value}{remark.map(|remark| view! { <span class="text-muted">" · "{remark}</span> })}</dd>
        }
    };
    view! {
        <div class="panel"><dl class="setting-facts">{environment.into_iter().map(line).collect_view()}</dl></div>
    }
    .into_any()
}

fn skeleton() -> AnyView {
    view! { <div class="skeleton-box h-64 max-w-3xl" aria-hidden="true"></div> }.into_any()
}
