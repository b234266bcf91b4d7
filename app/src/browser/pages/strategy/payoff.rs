//! The payoff, drawn by the server.

use leptos::prelude::*;

use super::results::table_twin;
use super::state::State;
use crate::drawn_strategy::{PayoffDrawn, PayoffMark};

pub(super) fn payoff(state: State, of: PayoffDrawn) -> AnyView {
    let PayoffDrawn {
        at_expiry,
        at_moment,
        gain,
        loss,
        zero,
        top,
        bottom,
        ticks,
        marks,
        head,
        rows,
        words,
        note,
    } = of;
    let mark = |PayoffMark { place, name, price, when, is_before, is_spot }: PayoffMark| {
        // A phone has room for the price alone, and its colour says the rest.
        view! {
            <span class="payoff-mark" class:is-spot=is_spot class:is-before=is_before style:left=format!("{place:.2}%")>
                <span><span class="max-sm:hidden">{name}</span>{price}<span class="max-sm:hidden">{when}</span></span>
            </span>
        }
    };
    let tick =
        |(place, words): (f64, String)| view! { <span style:left=format!("{place:.2}%")>{words}</span> };
    let is_moved = move || state.wanted.with(|address| !address.at.is_empty());
    let back = move || {
        is_moved().then(|| {
            let back = move |_| state.change(|address| address.at.clear());
            view! { <button type="button" class="btn btn-xs" on:click=back>"See it from the entry"</button> }
        })
    };
    let has_moment = !at_moment.is_empty();
    view! {
        <section class="mt-5" aria-labelledby="payoff-title">
            <div class="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted">
                <h2 id="payoff-title" class="text-sm font-semibold text-base-content">"Payoff"</h2>
                <span class="inline-flex items-center gap-1">
                    <svg class="line-sample" viewBox="0 0 20 4" aria-hidden="true"><path class="line payoff-expiry" d="M0 2H20"/></svg>"at the first expiry"
                </span>
                {has_moment.then(|| view! {
                    <span class="inline-flex items-center gap-1">
                        <svg class="line-sample" viewBox="0 0 20 4" aria-hidden="true"><path class="line payoff-moment" d="M0 2H20"/></svg>"in the minute it is seen from"
                    </span>
                })}
                <span class="ml-auto">{back}</span>
            </div>
            <div class="payoff" role="img" aria-label=words>
                <span class="strategy-top">{top}</span>
                <span class="strategy-bottom">{bottom}</span>
                <svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
                    <path class="payoff-gain" d=gain/>
                    <path class="payoff-loss" d=loss/>
                    <path class="line-rule" d=format!("M0 {zero:.1}H1000")/>
                    <path class="line payoff-moment" d=at_moment/>
                    <path class="line payoff-expiry" d=at_expiry/>
                </svg>
                {marks.into_iter().map(mark).collect_view()}
            </div>
            <p class="strategy-ticks" aria-hidden="true">{ticks.into_iter().map(tick).collect_view()}</p>
            <p class="text-xs text-muted">{note}</p>
            {table_twin("The payoff as a table", head, rows)}
        </section>
    }
    .into_any()
}
