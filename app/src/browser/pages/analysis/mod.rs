//! The analysis of an expiry: charts that share one time and one crosshair, charts by strike at two minutes, smile,
//! surface and term structure; and any series that can be made. What is shown follows the address.

mod choices;
mod expiry;
mod keys;
mod moments;
pub(super) mod plot;
mod series;
mod series_form;
mod time;
mod time_table;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use protocol::{ChainWish, Minute};

use crate::browser::answer::answer;
use crate::browser::compiled_once::memo;
use crate::browser::components::{Empty, Load};
use crate::browser::frame::{Crumb, Page};
use crate::browser::left_out::left_out;
use crate::browser::pages::of_expiry::opening;
use crate::rpc::analysis::{AnalysisOpening, OpenAnalysis};

#[component]
pub fn Analysis() -> impl IntoView {
    let opening = opening(|wish| answer(OpenAnalysis { wish }));
    let left_out = left_out(|address| {
        ChainWish::read(address);
        address.part::<Minute>("since");
        address.says("part", "series");
        address.says("span", "life");
    });
    view! {
        <Page crumbs=vec![Crumb::here("Analysis")] left_out>
            <h1 class="sr-only">"Analysis of an expiry"</h1>
            <Load resource=opening what="This expiry could not be read" skeleton view=|opening| match opening {
                Some(opening) => view! { <Opened opening/> }.into_any(),
                None => nothing(),
            }/>
        </Page>
    }
}

#[component]
fn Opened(opening: AnalysisOpening) -> impl IntoView {
    let query = use_query_map();
    let of_series = memo(move || query.read().get("part").as_deref() == Some("series"));
    let AnalysisOpening { underlyings, days, at, kinds } = opening;
    let (kinds, of, opened_at) = (StoredValue::new(kinds), StoredValue::new(days.clone()), at);
    view! {
        <choices::Choices underlyings days of_series/>
        {move || match of_series.get() {
            true => view! { <series::SeriesPart days=of.get_value() kinds=kinds.get_value()/> }.into_any(),
            false => view! { <expiry::ExpiryPart days=of.get_value() at=opened_at/> }.into_any(),
        }}
    }
    .into_any()
}

fn nothing() -> AnyView {
    view! {
        <Empty title="Nothing to analyse yet" address="/collect" action="Collect an expiry"
            text="Everything here is made of the minutes of an expiry's options: collect one with its future, and more expiries of the same days for the term structure."/>
    }
    .into_any()
}

fn skeleton() -> AnyView {
    view! {
        <div aria-hidden="true">
            <div class="skeleton-box h-20"></div>
            <div class="mt-4 grid gap-3 xl:grid-cols-2">
                <div class="skeleton-box h-72"></div>
                <div class="skeleton-box h-72"></div>
                <div class="skeleton-box h-72"></div>
                <div class="skeleton-box h-72"></div>
            </div>
        </div>
    }
    .into_any()
}
