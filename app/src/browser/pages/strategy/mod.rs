//! Strategies of a past minute: built at the left, and beside it what became of them, their payoff, and the same over
//! many expiries. The address says all of it; the server reads, reckons and draws.

mod builder;
mod legs;
mod payoff;
mod results;
mod run;
mod state;
mod time_chart;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use self::state::State;
use crate::browser::answer::answer;
use crate::browser::compiled_once::memo;
use crate::browser::components::{Empty, ErrorNote, Load};
use crate::browser::frame::{Crumb, Page};
use crate::browser::left_out::left_out;
use crate::drawn_strategy::StrategyPage;
use crate::rpc::strategy::OpenStrategy;
use crate::strategy_address::StrategyAddress;

#[component]
pub fn Strategy() -> impl IntoView {
    let address = address();
    // What changes later the page asks by itself, and stays as it is meanwhile.
    let opening = Resource::new(
        || (),
        move |()| {
            let address = address.get_untracked();
            async move { answer(OpenStrategy { address }).await }
        },
    );
    view! {
        <Page crumbs=vec![Crumb::here("Strategy")] left_out=left_out(StrategyAddress::check)>
            <h1 class="sr-only">"Strategies of a past minute"</h1>
            <Load resource=opening what="The strategies could not be read" skeleton view=|page| match page {
                Some(page) => strategy_view(page),
                None => nothing(),
            }/>
        </Page>
    }
}

/// What the browser's address says.
fn address() -> Memo<StrategyAddress> {
    let query = use_query_map();
    memo(move || StrategyAddress::of_texts(|name| query.read().get(name).unwrap_or_default()))
}

fn strategy_view(page: StrategyPage) -> AnyView {
    let state = State::new(page, address());
    let retry = Callback::new(move |()| state.ask_again());
    let problem = move || {
        state.problem.get().map(|problem| view! {
            <div class="mb-3"><ErrorNote what="That could not be read" problem retry kept="What is shown is from before."/></div>
        })
    };
    view! {
        <div class="strategy-page">
            <section aria-label="Builder" class="strategy-builder">{builder::builder(state)}</section>
            <div class="min-w-0">
                {problem}
                {results::results(state)}
                {run::run(state)}
            </div>
        </div>
    }
    .into_any()
}

fn nothing() -> AnyView {
    view! {
        <Empty title="No strategy yet" address="/collect" action="Collect an expiry"
            text="A strategy is looked at with the minutes of an expiry's options: collect one, and what any strategy did in it can be seen here."/>
    }
    .into_any()
}

fn skeleton() -> AnyView {
    view! {
        <div class="strategy-page" aria-hidden="true">
            <div class="skeleton-box h-96"></div>
            <div class="skeleton-box h-[40rem]"></div>
        </div>
    }
    .into_any()
}
