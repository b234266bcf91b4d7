//! Which instruments a schedule collects: the indices at once, stocks by search, the chosen ones always.

use leptos::prelude::*;
use market::{InstrumentKey, UnderlyingKind};
use protocol::{InstrumentList, UnderlyingRow};

use super::draft::Draft;
use crate::browser::chosen::set_chosen;
use crate::browser::compiled_once::memo;
use crate::browser::components::{ErrorNote, MasterNote};
use crate::browser::found_shares::{LookingForShares, SharesNote, look_for_shares};
use crate::browser::pages::matching_instruments;
use crate::rpc;

/// What a search shows; a longer list would be looked through no faster.
const FOUND_MAX: usize = 24;

#[component]
pub(super) fn InstrumentChoice(draft: Draft) -> impl IntoView {
    let instruments = LocalResource::new(rpc::collect::instruments);
    let search = RwSignal::new(String::new());
    let found = RwSignal::new(Vec::new());
    let looking = look_for_shares(search, found);
    let retry = Callback::new(move |()| instruments.refetch());
    view! {
        <fieldset>
            <legend class="field-label">"Instruments"</legend>
            <label class="input input-sm w-full max-w-80">
                <span class="sr-only">"Search instruments"</span>
                <input type="search" placeholder="Search for stocks and indices" autocomplete="off" spellcheck="false"
                    prop:value=search on:input=move |event| search.set(event_target_value(&event))/>
            </label>
            <Suspense fallback=|| view! { <div class="skeleton mt-2 h-8" aria-hidden="true"></div> }>
                {move || Suspend::new(async move {
                    match instruments.await {
                        Ok(list) => view! {
                            <MasterNote master=list.master.clone() again=retry/>
                            <Shown list search found looking draft/>
                        }.into_any(),
                        Err(problem) => view! {
                            <div class="mt-2"><ErrorNote what="The instruments could not be read" problem retry/></div>
                        }.into_any(),
                    }
                })}
            </Suspense>
        </fieldset>
    }
    .into_any()
}

#[component]
fn Shown(
    list: InstrumentList,
    search: RwSignal<String>,
    found: RwSignal<Vec<UnderlyingRow>>,
    looking: LookingForShares,
    draft: Draft,
) -> impl IntoView {
    let InstrumentList { rows, master } = list;
    let nothing = if master.sentence().is_none() {
        "No instrument is called so. Upstox has expired contracts of NSE and BSE indices and stocks."
    } else {
        "It is not among the instruments that are known now."
    };
    let rows = StoredValue::new(rows);
    let shown = memo(move || {
        let chosen = draft.underlyings.get();
        let mut all = rows.get_value();
        found.with(|found| all.extend(found.iter().cloned()));
        shown_of(&all, &search.get(), |key| chosen.contains(key))
    });
    view! {
        <div class="mt-2 flex flex-wrap gap-2">
            <For each=move || shown.get() key=|row| row.underlying.key.clone() let:row>
                <Chip row draft/>
            </For>
        </div>
        <SharesNote looking is_none_shown=Signal::derive(move || shown.read().is_empty())
            none=move || view! { <p class="mt-2 text-sm text-muted" role="status">{nothing}</p> }/>
    }
    .into_any()
}

/// Without a search the indices; with one what it finds. What is chosen is always there.
fn shown_of(
    rows: &[UnderlyingRow],
    search: &str,
    is_chosen: impl Fn(&InstrumentKey) -> bool,
) -> Vec<UnderlyingRow> {
    let mut found = matching_instruments(rows, search);
    if search.trim().is_empty() {
        found.retain(|row| row.underlying.kind == UnderlyingKind::Index);
    }
    found.truncate(FOUND_MAX);
    let is_left_out = |row: &&UnderlyingRow| {
        is_chosen(&row.underlying.key) && found.iter().all(|other| other.underlying.key != row.underlying.key)
    };
    let mut shown: Vec<UnderlyingRow> = rows.iter().filter(is_left_out).cloned().collect();
    shown.extend(found);
    shown
}

#[component]
fn Chip(row: UnderlyingRow, draft: Draft) -> impl IntoView {
    let key = StoredValue::new(row.underlying.key.clone());
    let is_chosen = memo(move || key.with_value(|key| draft.underlyings.with(|chosen| chosen.contains(key))));
    let choose = move |event| {
        let (chosen, key) = (event_target_checked(&event), key.get_value());
        draft.underlyings.update(|keys| set_chosen(keys, key, chosen));
    };
    view! {
        <label class="choice-chip" class:chosen=is_chosen>
            <input type="checkbox" class="checkbox checkbox-xs checkbox-primary" prop:checked=is_chosen on:change=choose/>
            {row.underlying.name}
            {row.standing.words().map(|words| view! { <span class="text-muted">{words}</span> })}
        </label>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::Underlying;

    #[test]
    fn indices_are_there_at_once_and_what_is_chosen_stays() {
        let row = |underlying| UnderlyingRow {
            underlying,
            expiries: None,
            contracts: 0,
            candles: 0,
            standing: Default::default(),
            former: Vec::new(),
        };
        let mut rows: Vec<_> = Underlying::indices().into_iter().map(row).collect();
        rows.push(row(Underlying::from_key("NSE_EQ|INE002A01018".parse().unwrap())));
        let stock = rows[8].underlying.key.clone();
        assert_eq!(shown_of(&rows, "", |_| false).len(), 8);
        assert_eq!(shown_of(&rows, " ", |key| *key == stock).len(), 9);
        assert_eq!(shown_of(&rows, "sensex", |key| *key == stock).len(), 3);
        assert!(shown_of(&rows, "gold", |_| false).is_empty());
    }
}
