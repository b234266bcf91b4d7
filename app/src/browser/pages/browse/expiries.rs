//! The expiries of an underlying: how much of each is stored, and the way to collect what is not.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use market::{ContractKinds, InstrumentKey, UnderlyingName};
use protocol::{ExpiriesPicture, ExpiryRow, ExpiryState};

use super::full_name::FullName;
use super::unread::{Unread, malformed};
use crate::browse_address as addresses;
use crate::browser::answer::answer;
use crate::browser::compiled_once::memo;
use crate::browser::frame::{Crumb, Page};
use crate::browser::pages::collect::{address_for_expiries, address_for_expiry, interval_words, weekly_word};
use crate::browser::pages::of_expiry::{address, export_to};
use crate::format;
use crate::rpc::Problem;
use crate::rpc::browse::StoredExpiries;

#[component]
pub fn BrowseExpiries() -> impl IntoView {
    let params = use_params_map();
    let key = memo(move || params.read().get("underlying").unwrap_or_default().parse::<UnderlyingName>());
    let full_name = FullName::unknown();
    let picture = Resource::new(
        move || key.get(),
        move |key| async move {
            let underlying = key.map_err(malformed)?;
            let picture = answer(StoredExpiries { underlying: underlying.clone() }).await?;
            full_name.tell(underlying, picture.underlying.name.clone());
            Ok::<_, Problem>(picture)
        },
    );
    let retry = Callback::new(move |()| picture.refetch());
    let name = move || key.get().map_or_else(|_| "Unknown".to_owned(), |name| full_name.of(&name));
    view! {
        <Page crumbs=Signal::derive(move || vec![Crumb::link("Browse", "/browse"), Crumb::here(name())])>
            <Transition fallback=|| view! { <Skeleton/> }>
                {move || Suspend::new(async move {
                    match picture.await {
                        Ok(picture) => view! { <Expiries picture/> }.into_any(),
                        Err(problem) => view! { <Unread what="These expiries could not be read" problem retry/> }.into_any(),
                    }
                })}
            </Transition>
        </Page>
    }
}

#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div class="grid max-w-4xl gap-2" aria-hidden="true">
            {(0..12).map(|_| view! { <div class="skeleton h-8"></div> }).collect_view()}
        </div>
    }
}

#[component]
fn Expiries(picture: ExpiriesPicture) -> impl IntoView {
    let ExpiriesPicture { underlying, expiries } = picture;
    let query = use_query_map();
    let has_stored = expiries.iter().any(|row| row.candles > 0);
    // Without anything stored every expiry is shown: there is nothing else to see.
    let show_all = memo(move || !has_stored || query.read().get("show").as_deref() == Some("all"));
    let total = expiries.len() as u64;
    let stored = expiries.iter().filter(|row| row.candles > 0).count() as u64;
    let key = underlying.key.clone();
    let path = addresses::underlying(&key);
    let export = address("/export", key.as_str(), None);
    let all_path = format!("{path}?show=all");
    let rows = StoredValue::new(expiries);
    let shown = move || {
        let all = show_all.get();
        rows.with_value(|rows| rows.iter().filter(|row| all || row.candles > 0).cloned().collect::<Vec<_>>())
    };
    view! {
        <div class="flex max-w-4xl flex-wrap items-center justify-between gap-3">
            <div>
                <h1 class="text-lg font-semibold">{underlying.name.clone()}</h1>
                <p class="text-sm text-muted">
                    {format!("{} with candles, {} known", format::counted(stored, "expiry", "expiries"), format::grouped(total))}
                </p>
            </div>
            {has_stored.then(|| view! {
                <div class="flex items-center gap-2">
                    <nav class="segments" aria-label="Which expiries">
                        <a class="segment" href=path aria-current=move || (!show_all.get()).then_some("true")>"Stored"</a>
                        <a class="segment" href=all_path aria-current=move || show_all.get().then_some("true")>"All known"</a>
                    </nav>
                    {export_to(move || export.clone(), " all expiries")}
                </div>
            })}
        </div>
        {if total == 0 {
            view! { <NothingKnown key name=underlying.name/> }.into_any()
        } else {
            view! {
                <div class="table-frame mt-3 max-w-4xl"><table class="table table-sm">
                    <caption class="sr-only">{format!("Expiries of {}", underlying.name)}</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Expiry"</th>
                            <th scope="col" class="max-sm:hidden">"Weekday"</th>
                            <th scope="col" class="max-sm:hidden">"Cycle"</th>
                            <th scope="col" class="number max-sm:hidden">"Contracts"</th>
                            <th scope="col">"Collected"</th>
                            <th scope="col" class="number">"Candles"</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=shown key=|row| row.date let:row>
                            <ExpiryEntry key=key.clone() row/>
                        </For>
                    </tbody>
                </table></div>
            }.into_any()
        }}
    }
}

#[component]
fn NothingKnown(key: InstrumentKey, name: String) -> impl IntoView {
    view! {
        <section class="empty mt-4 max-w-4xl">
            <h2 class="text-lg font-semibold">{format!("No expiry of {name} is known yet")}</h2>
            <p class="max-w-prose text-muted">
                "Upstox is asked for its expiries where they are chosen; they stand here from then on."
            </p>
            <a class="btn btn-primary btn-sm" href=address_for_expiries(&key)>{format!("Collect {name}")}</a>
        </section>
    }
}

#[component]
fn ExpiryEntry(key: InstrumentKey, row: ExpiryRow) -> impl IntoView {
    let has_contracts = row.contracts.is_some_and(|contracts| contracts > 0);
    let share = bar_share(&row);
    let date = format::day(row.date);
    let collect = address_for_expiry(&key, row.date);
    let Known { words, of } = known(&row);
    view! {
        <tr class:row-link=has_contracts>
            <th scope="row" class="whitespace-nowrap">
                {if has_contracts {
                    view! { <a class="row-label" href=addresses::expiry(&key, row.date)>{date.clone()}</a> }.into_any()
                } else {
                    view! { <span class="font-normal text-muted">{date.clone()}</span> }.into_any()
                }}
                // The column of its own has no room on a phone, and a month is what is looked for.
                {(row.weekly == Some(false)).then(|| view! { <span class="block text-xs sm:hidden">"monthly"</span> })}
            </th>
            <td class="text-muted max-sm:hidden">{row.date.date().format("%a").to_string()}</td>
            <td class="max-sm:hidden" class:font-semibold={row.weekly == Some(false)} class:text-muted={row.weekly != Some(false)}>
                {weekly_word(row.weekly)}
            </td>
            <td class="number max-sm:hidden">{row.contracts.map_or_else(|| "–".to_owned(), format::grouped)}</td>
            <td>
                {if has_contracts {
                    view! {
                        <span class="flex items-center gap-2">
                            <span class="meter max-sm:hidden" aria-hidden="true"><span style:width=format!("{share}%")></span></span>
                            <span>{words}" "<span class="text-xs text-muted">{of}</span></span>
                        </span>
                    }.into_any()
                } else {
                    view! {
                        <a class="link relative z-10" href=collect>
                            "Collect"<span class="sr-only">{format!(" the expiry of {date}")}</span>
                        </a>
                    }.into_any()
                }}
            </td>
            <td class="number">{if row.candles > 0 { format::grouped(row.candles) } else { "–".to_owned() }}</td>
        </tr>
    }
}

/// The share of contract-days that are known at the least, in percent.
fn bar_share(row: &ExpiryRow) -> f64 {
    let counts = row.counts_for(ContractKinds::Both);
    let contracts = counts.contracts.max(1) as f64;
    let whole = counts.collected as f64 / contracts;
    let days = f64::from(counts.days.unwrap_or(0)) / f64::from(row.days.get());
    ((whole + (1.0 - whole) * days.min(1.0)) * 1000.0).round() / 10.0
}

/// What is there, and of how much. The days are those of an order that says none, so fewer may be all that was wanted:
/// what is there comes first, and the rest is no more than a remark.
struct Known {
    words: String,
    of: String,
}

/// Over the days and in the interval of the row; where only other intervals are stored, which. What its lists leave open
/// comes first.
fn known(row: &ExpiryRow) -> Known {
    let whole = |words: String| Known { words, of: String::new() };
    if let Some(doubts) = row.lists.doubts(ContractKinds::Both) {
        return whole(doubts);
    }
    let state = row.state_for(ContractKinds::Both);
    part_of(state).unwrap_or_else(|| whole(whole_words(row, state)))
}

/// Of an expiry of which a part is there, where that part can be named.
fn part_of(state: ExpiryState) -> Option<Known> {
    let ExpiryState::Partly { counts, days } = state else { return None };
    let contracts = |count: u64| format::counted(count, "contract", "contracts");
    let of_listed = format!("of {} listed", format::grouped(counts.contracts));
    let (words, of) = match (counts.collected, counts.days) {
        (0, Some(known)) => (format::counted(known.into(), "day", "days"), format!("of the usual {days}")),
        // All of them are asked, and none is answered for good.
        (0, None) if counts.asked == counts.contracts => return None,
        (0, None) => (format!("{} in part", contracts(counts.asked)), of_listed),
        (collected, _) => (contracts(collected), of_listed),
    };
    Some(Known { words, of })
}

fn whole_words(row: &ExpiryRow, state: ExpiryState) -> String {
    match state {
        ExpiryState::Complete if row.lists.refused > 0 => row.refused_words(),
        ExpiryState::Complete => {
            format!("complete, {}", format::counted(row.days.get().into(), "day", "days"))
        }
        ExpiryState::NotAsked if !row.intervals.is_empty() => {
            let stored: Vec<String> =
                row.intervals.iter().map(|interval| interval_words(*interval)).collect();
            format!("only at {}", stored.join(", "))
        }
        state => state.words(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::{Interval, Reach};
    use protocol::{HistoricalDays, KindCounts, ListStates};

    #[test]
    fn what_is_there_comes_first_and_another_interval_is_named() {
        let days = HistoricalDays::default();
        let row = |reaches: &[Reach]| ExpiryRow {
            date: "2025-08-28".parse().unwrap(),
            weekly: None,
            contracts: Some(2),
            collected: 0,
            options: Some(KindCounts::of(reaches.iter().copied(), days)),
            futures: Some(KindCounts::default()),
            candles: 5,
            intervals: vec![Interval::Minute5],
            days,
            interval: Interval::Minute1,
            lists: ListStates::default(),
            pruned_at: None,
        };
        for (reaches, told, share) in [
            ([Reach::Back(90), Reach::Back(90)], ("complete, 90 days", ""), 100.0),
            ([Reach::Back(60), Reach::Back(60)], ("60 days", "of the usual 90"), 66.7),
            ([Reach::Back(90), Reach::Unasked], ("1 contract", "of 2 listed"), 50.0),
            ([Reach::Back(60), Reach::Unasked], ("1 contract in part", "of 2 listed"), 0.0),
            ([Reach::Unasked, Reach::Unasked], ("only at 5 minutes", ""), 0.0),
        ] {
            let Known { words, of } = known(&row(&reaches));
            assert_eq!((words.as_str(), of.as_str()), told);
            assert_eq!(bar_share(&row(&reaches)), share);
        }
    }
}
