//! A person's own SQL: the editor, queries to begin with, the tables that can be read, and what came of it. The address
//! holds the query, and whatever it holds is run.

mod answer;
mod editor;
mod saving;
mod schema;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use protocol::SqlWish;

use crate::address::encoded;
use crate::browser::answer::answer;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::Load;
use crate::browser::frame::{Crumb, Page};
use crate::browser::live::live;
use crate::drawn::sql::SqlOutcome;
use crate::rpc::sql::{RunSql, Sql as OpenSql, SqlPage, StopSql};
use crate::rpc::{Answer, Problem};

/// What is under way and what came of it.
#[derive(Clone, Copy)]
struct Desk {
    /// The query of the address.
    asked: Memo<String>,
    /// The id of what runs, and the second in which it began.
    running: RwSignal<Option<(String, i64)>>,
    outcome: RwSignal<Option<Answer<SqlOutcome>>>,
    go: Callback<String>,
    /// A file is being written.
    saving: RwSignal<bool>,
    /// Why the last one was not.
    unsaved: RwSignal<Option<Problem>>,
}

impl Desk {
    fn run(self, sql: String, read_all: bool) {
        self.stop();
        let id = format!("page-{:.0}", js_sys::Math::random() * 1e15);
        self.running.set(Some((id.clone(), live().now().get_untracked().0)));
        self.outcome.set(None);
        self.unsaved.set(None);
        spawn_local(async move {
            let wish = SqlWish { read_all, id: Some(id.clone()), ..SqlWish::new(sql) };
            let outcome = answer(RunSql { wish }).await;
            // One that a newer query has overtaken is nobody's any more.
            let is_current = self
                .running
                .try_with_untracked(|running| running.as_ref().is_some_and(|(running, _)| *running == id));
            if is_current == Some(true) {
                self.outcome.set(Some(outcome));
                self.running.set(None);
            }
        });
    }

    /// Nothing is asked any more: what runs is nobody's.
    fn clear(self) {
        self.stop();
        self.running.set(None);
        self.outcome.set(None);
        self.unsaved.set(None);
    }

    fn stop(self) {
        if let Some((id, _)) = self.running.get_untracked() {
            spawn_local(async move {
                // It ends by itself where this does not arrive.
                let _ = answer(StopSql { id }).await;
            });
        }
    }
}

#[component]
pub fn Sql() -> impl IntoView {
    let page = Resource::new(|| (), |()| async move { answer(OpenSql {}).await });
    view! {
        <Page crumbs=vec![Crumb::here("SQL")]>
            <h1 class="sr-only">"SQL"</h1>
            <Load resource=page what="The tables could not be read" skeleton view=|page| view! { <Opened page/> }/>
        </Page>
    }
}

fn address_of(sql: &str) -> String {
    if sql.is_empty() { "/sql".to_owned() } else { format!("/sql?q={}", encoded(sql)) }
}

#[component]
fn Opened(page: SqlPage) -> impl IntoView {
    let (query, navigate) = (use_query_map(), use_navigate());
    let asked = memo(move || query.read().get("q").unwrap_or_default());
    let (running, outcome) = (RwSignal::new(None), RwSignal::new(None));
    // Run again where it is the same; else the new address runs it.
    let again = RwSignal::new(0);
    let go = Callback::new(move |sql: String| {
        if sql == asked.get_untracked() {
            again.update(|times| *times += 1);
        } else {
            navigate(&address_of(&sql), NavigateOptions { scroll: false, ..NavigateOptions::default() });
        }
    });
    let (saving, unsaved) = (RwSignal::new(false), RwSignal::new(None));
    let desk = Desk { asked, running, outcome, go, saving, unsaved };
    provide_context(desk);
    effect(move || {
        again.track();
        let sql = asked.get();
        if sql.trim().is_empty() {
            desk.clear();
        } else {
            desk.run(sql, false);
        }
    });
    on_cleanup(move || desk.stop());
    let SqlPage { schema, is_empty } = page;
    let insert = RwSignal::new(None::<String>);
    view! {
        <div class="sql-page">
            <div class="min-w-0">
                {is_empty.then(|| view! {
                    <p class="sql-note">"Nothing is collected yet: a query of candles finds nothing. "<a class="link" href="/collect">"Collect an expiry"</a></p>
                })}
                <editor::Editor insert queries=schema.queries/>
                <answer::Outcome/>
            </div>
            <schema::Tables tables=schema.tables insert/>
        </div>
    }
    .into_any()
}

fn skeleton() -> AnyView {
    view! {
        <div class="sql-page" aria-hidden="true">
            <div class="skeleton-box h-96"></div>
            <div class="skeleton-box h-96"></div>
        </div>
    }
    .into_any()
}
