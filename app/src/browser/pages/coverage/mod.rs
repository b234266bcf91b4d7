//! Coverage: a calendar of all there is, the quality of an underlying, the map of an expiry and a day of a contract, as the
//! address names it; and the place where the exchange's daily files are dropped. Most of it is HTML that the server wrote.

mod again;
mod day;
mod drop_zone;
mod map;
mod taken_files;

use leptos::html::Div;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use protocol::AddressReader;

use crate::browser::answer::answer;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{Empty, Load};
use crate::browser::frame::{Crumb, Page};
use crate::browser::left_out::left_out;
use crate::drawn::CoverageDrawn;
use crate::rpc;
use crate::rpc::coverage::CoverageWish;

#[component]
pub fn Coverage() -> impl IntoView {
    let query = use_query_map();
    let wish = memo(move || {
        query.with(|query| {
            CoverageWish::read(&mut AddressReader::new(|name| query.get(name).unwrap_or_default()))
        })
    });
    let left_out = left_out(|address| {
        CoverageWish::read(address);
    });
    let page = Resource::new(
        move || wish.get(),
        |wish| async move { answer(rpc::coverage::Coverage { wish }).await },
    );
    let crumbs = Signal::derive(move || match page.get() {
        Some(Ok(page)) => page.crumbs.into_iter().map(crumb).collect(),
        _ => vec![Crumb::here("Coverage")],
    });
    provide_context(wish);
    view! {
        <Page crumbs left_out>
            <h1 class="sr-only">"Coverage"</h1>
            <Load resource=page what="The coverage could not be read" skeleton view=|page| view! { <CoverageView page/> }/>
        </Page>
    }
}

fn crumb((name, address): (String, String)) -> Crumb {
    if address.is_empty() { Crumb::here(name) } else { Crumb::link(name, address) }
}

#[component]
fn CoverageView(page: CoverageDrawn) -> impl IntoView {
    let CoverageDrawn { is_empty, calendar, quality, map, day, files, .. } = page;
    if is_empty {
        return view! {
            <Empty title="Nothing is collected yet" address="/collect" action="Collect an expiry"
                text="Once something is collected, this page shows for every expiry, contract and day whether it is complete, partly there, proven empty or missing."/>
        }
        .into_any();
    }
    // The newest months are what somebody looks for.
    let months = NodeRef::<Div>::new();
    effect(move || {
        let frame = months.get().and_then(|months| months.query_selector(".table-frame").ok().flatten());
        if let Some(frame) = frame {
            frame.set_scroll_left(frame.scroll_width());
        }
    });
    let is_top = map.is_none() && quality.is_empty();
    view! {
        {(!calendar.is_empty()).then(|| view! {
            <section class="panel" aria-labelledby="cov-calendar">
                <h2 id="cov-calendar" class="panel-title">"Expiries"
                    <span class="font-normal text-muted">" · by month; a cell opens its contracts day by day"</span></h2>
                <div node_ref=months inner_html=calendar></div>
            </section>
        })}
        {(!quality.is_empty()).then(|| view! { <div class="mt-4" inner_html=quality></div> })}
        {day.map(|day| view! { <day::Day day/> })}
        {map.map(|map| view! { <map::Map map/> })}
        {is_top.then(|| view! { <drop_zone::DropZone files/> })}
    }
    .into_any()
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
