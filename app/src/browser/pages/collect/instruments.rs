//! Step 1: the instruments, searched and ticked.

use leptos::prelude::*;
use market::{InstrumentKey, UnderlyingKind, UnderlyingName};
use protocol::{InstrumentList, UnderlyingRow};

use super::instrument_rows::{chosen_of, shown as shown_rows};
use super::wizard::Wizard;
use crate::browser::compiled_once::memo;
use crate::browser::components::{ErrorNote, MasterNote, Show};
use crate::browser::found_shares::{LookingForShares, SharesNote, look_for_shares};
use crate::format;

#[component]
pub fn InstrumentsStep() -> impl IntoView {
    let wizard = Wizard::of_context();
    let search = RwSignal::new(String::new());
    let looking = look_for_shares(search, wizard.found);
    let retry = Callback::new(move |()| wizard.instruments.refetch());
    view! {
        <div class="mt-3 flex flex-wrap items-center gap-3">
            <label class="input input-sm w-full max-w-80">
                <span class="sr-only">"Search instruments"</span>
                <input type="search" placeholder="Search by name, symbol or key" autocomplete="off" spellcheck="false"
                    prop:value=search on:input=move |event| search.set(event_target_value(&event))/>
            </label>
        </div>
        <Suspense fallback=|| view! { <RowsSkeleton/> }>
            {move || Suspend::new(async move {
                match wizard.instruments.await {
                    Ok(list) => view! {
                        <MasterNote master=list.master.clone() again=retry/>
                        <Instruments list search looking/>
                    }.into_any(),
                    Err(problem) => view! {
                        <div class="mt-4"><ErrorNote what="The instruments could not be read" problem retry/></div>
                    }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn RowsSkeleton() -> impl IntoView {
    view! {
        <div class="mt-4 grid gap-2" aria-hidden="true">
            {(0..8).map(|_| view! { <div class="skeleton h-9"></div> }).collect_view()}
        </div>
    }
}

#[component]
fn Instruments(list: InstrumentList, search: RwSignal<String>, looking: LookingForShares) -> impl IntoView {
    let wizard = Wizard::of_context();
    let InstrumentList { rows, master } = list;
    let is_whole = master.sentence().is_none();
    let rows = StoredValue::new(rows);
    let shown = memo(move || {
        let mut all = rows.get_value();
        wizard.found.with(|found| all.extend(found.iter().cloned()));
        wizard.choices.with(|choices| search.with(|search| shown_rows(&all, search, choices)))
    });
    let group = move |kind: UnderlyingKind| {
        shown.get().into_iter().filter(|row| row.underlying.kind == kind).collect::<Vec<_>>()
    };
    let has = move |kind: UnderlyingKind| !group(kind).is_empty();
    view! {
        <Show when=move || !shown.read().is_empty()>
            <div class="table-frame mt-3"><table class="table table-sm">
                <caption class="sr-only">"Instruments with expired contracts"</caption>
                <thead>
                    <tr>
                        <th scope="col" class="w-8"><SelectAll shown/></th>
                        <th scope="col">"Name"</th>
                        <th scope="col" class="max-sm:hidden">"Symbol"</th>
                        <th scope="col">"Exchange"</th>
                        <th scope="col" class="number">"Known expiries"</th>
                        <th scope="col" class="number max-sm:hidden">"Stored candles"</th>
                    </tr>
                </thead>
                {[(UnderlyingKind::Index, "Indices"), (UnderlyingKind::Stock, "Stocks")]
                    .map(|(kind, title)| view! {
                        <Show when=move || has(kind)>
                            <tbody>
                                <tr class="group-row"><th colspan="6" scope="rowgroup">{title}</th></tr>
                                <For each=move || group(kind) key=|row| row.underlying.key.clone() let:row>
                                    <InstrumentRow row/>
                                </For>
                            </tbody>
                        </Show>
                    })}
            </table></div>
        </Show>
        <SharesNote looking is_none_shown=Signal::derive(move || shown.read().is_empty())
            none=move || view! { <NothingFound search is_whole/> }/>
    }
}

#[component]
fn NothingFound(
    search: RwSignal<String>,
    /// Whether the list of instruments is: else nobody can say that there is none.
    is_whole: bool,
) -> impl IntoView {
    let wizard = Wizard::of_context();
    let key = memo(move || match search.read().parse() {
        Ok(UnderlyingName::Key(key)) => Some(key),
        _ => None,
    });
    let words = move || {
        let text = search.get();
        let text = text.trim();
        match (key.read().is_some(), is_whole) {
            (true, _) => {
                format!("{text} is not in the list of instruments. Upstox can be asked for it all the same.")
            }
            (false, true) => format!("No instrument is called \"{text}\"."),
            (false, false) => format!("\"{text}\" is not among the instruments that are known now."),
        }
    };
    let choose = move |_| {
        if let Some(key) = key.get_untracked() {
            wizard.change(|choices| choices.set_instrument(&key, true));
        }
    };
    view! {
        <div class="empty mt-4" role="status">
            <p>{words}</p>
            <p class="text-sm text-muted">
                "Upstox has expired contracts of NSE and BSE indices and stocks; commodities and currencies have none."
            </p>
            <Show when=move || key.read().is_some()>
                <button type="button" class="btn btn-sm btn-primary" on:click=choose>"Choose this key"</button>
            </Show>
            <button type="button" class="btn btn-sm" on:click=move |_| search.set(String::new())>"Show all"</button>
        </div>
    }
}

/// Ticks or clears every row that the search shows.
#[component]
fn SelectAll(shown: Memo<Vec<UnderlyingRow>>) -> impl IntoView {
    let wizard = Wizard::of_context();
    let chosen = memo(move || wizard.choices.with(|choices| shown.with(|rows| chosen_of(rows, choices))));
    let is_all = memo(move || chosen.get() == shown.read().len());
    let label = move || format!("Select all {}", shown.read().len());
    let change = move |_| {
        let choose = !is_all.get_untracked();
        let keys: Vec<InstrumentKey> =
            shown.get_untracked().into_iter().map(|row| row.underlying.key).collect();
        wizard.change(|choices| keys.iter().for_each(|key| choices.set_instrument(key, choose)));
    };
    view! {
        <input type="checkbox" class="checkbox checkbox-sm checkbox-primary align-middle" title=label aria-label=label
            checked=is_all prop:checked=is_all
            prop:indeterminate=move || { chosen.get() > 0 && !is_all.get() }
            on:change=change/>
    }
}

#[component]
fn InstrumentRow(row: UnderlyingRow) -> impl IntoView {
    let wizard = Wizard::of_context();
    let UnderlyingRow { underlying, expiries, candles, standing, .. } = row;
    let key = StoredValue::new(underlying.key.clone());
    let is_chosen =
        memo(move || wizard.choices.with(|choices| key.with_value(|key| choices.has_instrument(key))));
    let id = format!("instrument-{}", underlying.key.as_str().replace(['|', ' ', '^'], "-"));
    let exchange = underlying.key.segment().exchange();
    view! {
        <tr class="row-choice" class:chosen=is_chosen>
            <td>
                <input type="checkbox" id=id.clone() class="checkbox checkbox-sm checkbox-primary align-middle"
                    checked=is_chosen prop:checked=is_chosen
                    on:change=move |event| {
                        let chosen = event_target_checked(&event);
                        key.with_value(|key| wizard.change(|choices| choices.set_instrument(key, chosen)));
                    }/>
            </td>
            <th scope="row">
                <label for=id class="row-label">{underlying.name}</label>
                {standing.words().map(|words| view! { <span class="ml-2 text-sm font-normal text-muted">{words}</span> })}
            </th>
            <td class="text-muted max-sm:hidden">{underlying.symbol}</td>
            <td class="text-muted">{exchange}</td>
            <td class="number">
                {match expiries {
                    Some(count) => view! { {format::grouped(count.into())} }.into_any(),
                    None => view! { <span class="text-muted">"asked on step 3"</span> }.into_any(),
                }}
            </td>
            <td class="number max-sm:hidden">
                {if candles > 0 { format::grouped(candles) } else { "–".to_owned() }}
            </td>
        </tr>
    }
}
