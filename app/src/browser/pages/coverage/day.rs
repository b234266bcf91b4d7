//! A day of a contract: its minutes, and asking again for it.

use leptos::prelude::*;
use leptos_router::components::A;

use super::again::Again;
use crate::drawn::DayDrawn;
use crate::rpc::coverage::AgainWish;

#[component]
pub(super) fn Day(day: DayDrawn) -> impl IntoView {
    let DayDrawn { title, contract, day, body, chart_address, close_address, cost, is_refused } = day;
    let wish = contract.parse().ok().zip(day.parse().ok()).map(|(key, day)| AgainWish::Day(key, day));
    view! {
        <section class="panel mb-4" aria-labelledby="cov-day">
            <div class="panel-head">
                <h2 id="cov-day" class="panel-title">{title}</h2>
                <span class="flex gap-2">
                    <A href=chart_address attr:class="btn btn-sm">"Chart"</A>
                    <A href=close_address attr:class="btn btn-sm">"Close"</A>
                </span>
            </div>
            <div inner_html=body></div>
            {wish.map(|wish| view! { <Again wish words="Fetch this day again" cost is_refused/> })}
        </section>
    }
    .into_any()
}
