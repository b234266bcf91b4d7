//! Export: what is taken out as files, chosen by a form whose outcome is the address; what it comes to, the snippet that
//! reads it, and the exports of this server. Everything comes drawn; the page carries choices to and fro.

use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};

use crate::address::encoded;
use crate::browser::answer::answer;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ConfirmedButton, Empty, Load, Select};
use crate::browser::frame::{Crumb, Page};
use crate::browser::live::live;
use crate::drawn::export::{ExportDrawn, ExportField, ExportGroup, ExportLine, Texts};
use crate::rpc;

#[component]
pub fn Export() -> impl IntoView {
    let query = use_query_map();
    let wish = memo(move || rpc::export::texts(|name| query.read().get(name).unwrap_or_default()));
    let page =
        Resource::new(move || wish.get(), |wish| async move { answer(rpc::export::Exports { wish }).await });
    provide_context(wish);
    view! {
        <Page crumbs=vec![Crumb::here("Export")]>
            <h1 class="sr-only">"Export"</h1>
            <Load resource=page what="The exports could not be read" skeleton view=|page| view! { <ExportView page/> }/>
        </Page>
    }
}

#[component]
fn ExportView(page: ExportDrawn) -> impl IntoView {
    let wish = expect_context::<Memo<Texts>>();
    let ExportDrawn {
        is_empty,
        underlying,
        groups,
        of,
        comes_to,
        is_refused,
        left_out,
        command,
        snippet,
        exports,
        // The status of the document says it.
        is_missing: _,
    } = page;
    let exports = RwSignal::new(exports);
    follow(exports);
    if is_empty {
        return view! {
            <Empty title="Nothing is collected yet" address="/collect" action="Collect an expiry"
                text="Once something is collected, it is taken out here: as Parquet, CSV, Excel or Arrow, for the program that you use."/>
        }
        .into_any();
    }
    let refusal = RwSignal::new(String::new());
    let create = Action::new(move |(): &()| {
        let ordered = of_shown(wish.get_untracked(), &underlying);
        async move {
            match rpc::settled(rpc::export::create(ordered)).await {
                Ok(_) => {
                    refusal.set(String::new());
                    read_again(exports);
                }
                Err(problem) => refusal.set(problem.sentence),
            }
        }
    });
    let go = navigator(wish);
    let is_away = create.pending();
    view! {
        {(!groups.is_empty()).then(|| view! {
            <section class="panel" aria-labelledby="export-new">
                <h2 id="export-new" class="panel-title">"A new export"
                    {(!of.is_empty()).then(|| view! { <span class="font-normal text-muted">{format!(" · {of}")}</span> })}</h2>
                {groups.into_iter().map(|of| group(of, wish, go)).collect_view()}
                <div class="mt-3 flex flex-wrap items-center gap-3">
                    <button type="button" class="btn btn-primary btn-sm" disabled=move || is_refused || is_away.get()
                        on:click=move |_| { create.dispatch(()); }>"Export"</button>
                    <p class="text-sm" class:text-error=is_refused role="status">{comes_to}</p>
                </div>
                <p class="text-sm text-error" role="alert">{move || refusal.get()}</p>
                {left_out.into_iter().map(|line| view! { <p class="mt-1 text-xs text-muted">"Left out: " {line}</p> }).collect_view()}
                {(!command.is_empty()).then(|| view! {
                    <p class="mt-2 text-xs text-muted">"On the command line "
                        <code class="break-all select-all">{command}</code></p>
                })}
            </section>
        })}
        {snippet.map(|(place, text)| view! {
            <section class="panel mt-4" aria-labelledby="export-snippet">
                <h2 id="export-snippet" class="panel-title">"What reads it"
                    <span class="font-normal text-muted">{format!(" · {place}")}</span></h2>
                <pre class="export-snippet" tabindex="0">{text}</pre>
            </section>
        })}
        <section class="panel mt-4" aria-labelledby="export-list">
            <h2 id="export-list" class="panel-title">"Exports"
                <span class="font-normal text-muted">" · made one after the other, kept until you remove them"</span></h2>
            {move || exports.with(|lines| match lines.is_empty() {
                true => view! { <p class="mt-2 text-sm text-muted">"There is none yet."</p> }.into_any(),
                false => lines.iter().map(|line| export(line.clone(), exports)).collect_view().into_any(),
            })}
        </section>
    }
    .into_any()
}

/// What is ordered is what is shown, also where the address names nobody and the page chose whose data it shows.
fn of_shown(mut wish: Texts, underlying: &str) -> Texts {
    if !underlying.is_empty() && wish.iter().all(|(name, _)| name != "underlying") {
        wish.push(("underlying".to_owned(), underlying.to_owned()));
    }
    wish
}

/// To the same page with another value; without one the name is left out.
fn navigator(wish: Memo<Texts>) -> Callback<(String, String)> {
    let navigate = use_navigate();
    Callback::new(move |(name, value): (String, String)| {
        let mut said = wish.get_untracked();
        // Expiries are an underlying's own.
        said.retain(|(known, _)| *known != name && !(name == "underlying" && known == "expiry"));
        said.push((name, value));
        let pairs = said.iter().filter(|(_, value)| !value.is_empty());
        let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        navigate(&format!("/export?{}", pairs.join("&")), options);
    })
}

fn group(of: ExportGroup, wish: Memo<Texts>, go: Callback<(String, String)>) -> AnyView {
    let fields = of.fields.into_iter().map(|field| choice(field, wish, go)).collect_view();
    view! { <fieldset class="export-group"><legend>{of.legend}</legend>{fields}</fieldset> }.into_any()
}

fn choice(field: ExportField, wish: Memo<Texts>, go: Callback<(String, String)>) -> AnyView {
    let ExportField { name, label, value, options, kind, example, hint } = field;
    if options.is_empty() && hint.is_empty() {
        return view! { <label>{label}{entry(name, kind, example, None, wish, go)}</label> }.into_any();
    }
    if options.is_empty() {
        let hint_id = format!("export-{name}-hint");
        let described_by = Some(hint_id.clone());
        return view! {
            <div class="col-span-full">
                <label>{label}{entry(name, kind, example, described_by, wish, go)}</label>
                <p id=hint_id class="field-hint break-words">{hint}</p>
            </div>
        }
        .into_any();
    }
    view! {
        <label>{label}
            <Select class="select select-sm" options=Signal::stored(options) chosen=Signal::stored(value)
                choose=Callback::new(move |value| go.run((name.clone(), value)))/>
        </label>
    }
    .into_any()
}

/// Shows what the address says, and says it again only when that has changed: with each answer the form is drawn again,
/// and another field may be half typed by then. The element itself keeps what it was told last.
fn entry(
    name: String,
    kind: String,
    example: String,
    described_by: Option<String>,
    wish: Memo<Texts>,
    go: Callback<(String, String)>,
) -> AnyView {
    let input = NodeRef::<Input>::new();
    let own = name.clone();
    effect(move || {
        let said = wish.with(|wish| wish.iter().find(|(name, _)| *name == own).map(|(_, text)| text.clone()));
        let said = said.unwrap_or_default();
        if let Some(input) = input.get().filter(|input| input.default_value() != said) {
            input.set_default_value(&said);
            input.set_value(&said);
        }
    });
    view! {
        <input node_ref=input type=kind class="input input-sm" autocomplete="off" placeholder=example
            aria-describedby=described_by on:change=move |event| go.run((name.clone(), event_target_value(&event)))/>
    }
    .into_any()
}

fn export(line: ExportLine, exports: RwSignal<Vec<ExportLine>>) -> AnyView {
    let ExportLine { id, title, state, done, has_failed, has_ended, files } = line;
    let is_done = |outcome: rpc::Judged<()>| matches!(outcome, Ok(Ok(())));
    let cancel = Action::new(move |(): &()| async move {
        is_done(rpc::export::cancel(id).await);
        read_again(exports);
    });
    let remove = Action::new(move |(): &()| async move {
        is_done(rpc::export::remove(id).await);
        read_again(exports);
    });
    let file = |[name, address, holds, sha256]: [String; 4]| {
        let as_file = name.clone();
        view! {
            <li class="py-1">
                <a class="link" href=address download=as_file>{name}</a>
                <span class="text-muted">" · " {holds}</span>
                {(!sha256.is_empty()).then(|| view! {
                    <span class="block break-all text-xs text-muted">"SHA-256 " {sha256}</span>
                })}
            </li>
        }
    };
    view! {
        <article class="mt-3 border-t border-base-300 pt-3 text-sm">
            <div class="flex flex-wrap items-center gap-3">
                <h3 class="min-w-0 flex-1 break-words font-semibold">{title}</h3>
                {if has_ended {
                    view! {
                        <ConfirmedButton words="Remove" disabled=false id=format!("remove-export-{id}")
                            question="Remove this export?" detail="Its files go. What is stored of candles stays as it is."
                            deed="Remove it" confirmed=Callback::new(move |()| { remove.dispatch(()); })/>
                    }.into_any()
                } else {
                    view! {
                        <button type="button" class="btn btn-sm" on:click=move |_| { cancel.dispatch(()); }>"Cancel"</button>
                    }.into_any()
                }}
            </div>
            <p class="mt-1" class:text-error=has_failed>{state}</p>
            {done.map(|done| view! {
                <progress class="progress progress-primary w-48" aria-label="How far it is" max="100" value=done></progress>
            })}
            <ul class="mt-1">{files.into_iter().map(file).collect_view()}</ul>
        </article>
    }
    .into_any()
}

/// While one is made, its state is read every second; and the list when the server is back.
fn follow(exports: RwSignal<Vec<ExportLine>>) {
    let (seconds, reconnects) = (live().ticks(1), live().reconnects());
    Effect::new(move |before: Option<u32>| {
        let _ = seconds.get();
        let now = reconnects.get();
        let is_back = before.is_some_and(|before| before != now);
        let is_made = exports.with_untracked(|lines| lines.iter().any(|line| !line.has_ended));
        if is_back || (before.is_some() && is_made) {
            read_again(exports);
        }
        now
    });
}

fn read_again(exports: RwSignal<Vec<ExportLine>>) {
    spawn_local(async move {
        if let Ok(fresh) = rpc::export::list().await
            && exports.try_with_untracked(|known| *known != fresh).unwrap_or(false)
        {
            exports.try_set(fresh);
        }
    });
}

fn skeleton() -> AnyView {
    view! {
        <div aria-hidden="true">
            <div class="skeleton-box h-56"></div>
            <div class="skeleton-box mt-4 h-40"></div>
        </div>
    }
    .into_any()
}
