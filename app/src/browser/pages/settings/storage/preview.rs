//! What pruning would remove and what that means, before anything is removed.

use leptos::prelude::*;
use protocol::{PruneOrder, PrunePreview};

use super::Shown;
use crate::browser::compiled_once::effect;
use crate::browser::components::ErrorNote;
use crate::format;
use crate::rpc;

#[component]
pub(super) fn Preview(
    shown: Shown,
    preview: PrunePreview,
    order: PruneOrder,
    /// It is of no more use.
    done: Callback<()>,
) -> impl IntoView {
    let token = preview.token.clone();
    let prune = Action::new(move |(): &()| rpc::settled(rpc::storage::prune(order.clone(), token.clone())));
    effect(move || {
        if let Some(Ok(work)) = prune.value().get() {
            let has_ended = work.under_way.is_none();
            shown.begun(work);
            if has_ended {
                shown.read_again();
            }
            done.run(());
        }
    });
    // The keyboard goes on where the answer is.
    let heading = NodeRef::<leptos::html::H3>::new();
    effect(move || {
        if let Some(heading) = heading.get() {
            // It fails only where the heading is not shown any more.
            let _ = heading.focus();
        }
    });
    let deed = format!("Remove {} candles", format::grouped(preview.candles));
    let lines = preview.consequences().into_iter().map(|line| view! { <li>{line}</li> }).collect::<Vec<_>>();
    view! {
        <div class="notice notice-warning">
            <div class="min-w-0">
                <h3 node_ref=heading tabindex="-1" class="text-sm font-semibold">{format!("What goes of {}", preview.underlying.name)}</h3>
                <p class="mt-1">{what(&preview)}</p>
                <ul class="mt-2 grid list-disc gap-1 pl-5">{lines}</ul>
                <details class="mt-2">
                    <summary class="cursor-pointer">{format::counted(preview.expiries.len() as u64, "expiry", "expiries")}</summary>
                    <ul class="mt-1 grid gap-1">
                        {preview.expiries.iter().map(|of| view! {
                            <li>{format!(
                                "{} · {} · {}",
                                format::day(of.expiry),
                                format::counted(of.candles, "candle", "candles"),
                                if of.is_promised {
                                    format!("promised until {}", format::day(of.promised_until))
                                } else {
                                    "not promised any more".to_owned()
                                }
                            )}</li>
                        }).collect::<Vec<_>>()}
                    </ul>
                </details>
            </div>
            <div class="flex flex-wrap gap-2">
                // The harmless answer comes first.
                <button type="button" class="btn btn-sm" on:click=move |_| done.run(())>"Keep them"</button>
                <button type="button" class="btn btn-error btn-sm" disabled=prune.pending()
                    on:click=move |_| { prune.dispatch(()); }>{deed}</button>
            </div>
            <div class="basis-full empty:hidden" aria-live="polite">
                {move || prune.value().get().and_then(Result::err).map(|problem| view! {
                    <ErrorNote what="Nothing was removed" problem/>
                })}
            </div>
        </div>
    }
    .into_any()
}

fn what(preview: &PrunePreview) -> String {
    let span = match (preview.first_day, preview.last_day) {
        (Some(first), Some(last)) => format!(", from {} to {}", format::day(first), format::day(last)),
        _ => String::new(),
    };
    let own = preview
        .own_candles
        .map(|own| format!(" With them {} of the underlying itself.", format::grouped(own)));
    format!(
        "{} of {}: {} on {}{span}. About {} become free.{}",
        format::counted(preview.contracts, "contract", "contracts"),
        format::counted(preview.expiries.len() as u64, "expiry", "expiries"),
        format::counted(preview.candles, "candle", "candles"),
        format::counted(preview.days, "day", "days"),
        format::bytes(preview.bytes),
        own.unwrap_or_default()
    )
}
