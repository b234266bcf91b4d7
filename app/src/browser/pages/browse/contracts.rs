//! The contracts of an expiry, as a strike ladder.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use market::{Day, InstrumentKey, Interval, UnderlyingName};
use protocol::ContractsPicture;

use super::full_name::FullName;
use super::ladder::Ladder;
use super::ladder_order::Order;
use super::ladder_view::LadderView;
use super::unread::{Unread, malformed};
use crate::browse_address as addresses;
use crate::browser::answer::answer;
use crate::browser::compiled_once::memo;
use crate::browser::frame::{Crumb, Page};
use crate::browser::left_out::left_out;
use crate::browser::pages::collect::{address_for_expiry, interval_words, weekly_word};
use crate::browser::pages::of_expiry::export_link;
use crate::format;
use crate::rpc::Problem;
use crate::rpc::browse::StoredContracts;

/// What the address names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    key: UnderlyingName,
    expiry: Day,
}

#[component]
pub fn BrowseContracts() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let named = memo(move || {
        let text = |name: &str| params.read().get(name).unwrap_or_default();
        Ok::<_, Problem>(Named {
            key: text("underlying").parse().map_err(malformed)?,
            expiry: text("expiry").parse().map_err(malformed)?,
        })
    });
    let interval = move || query.read().get("interval").and_then(|text| text.parse::<Interval>().ok());
    let full_name = FullName::unknown();
    let not_stored = RwSignal::new(None::<Interval>);
    let picture = Resource::new(
        move || (named.get(), interval()),
        move |(named, interval)| async move {
            let Named { key: underlying, expiry } = named?;
            let picture =
                answer(StoredContracts { underlying: underlying.clone(), expiry, interval }).await?;
            full_name.tell(underlying, picture.underlying.name.clone());
            not_stored.try_set(interval.filter(|interval| !picture.stored.contains(interval)));
            Ok::<_, Problem>(picture)
        },
    );
    let retry = Callback::new(move |()| picture.refetch());
    let crumbs = move || match named.get() {
        Ok(Named { key, expiry }) => vec![
            Crumb::link("Browse", "/browse"),
            Crumb::link(full_name.of(&key), addresses::named(&key)),
            Crumb::here(format::day(expiry)),
        ],
        Err(_) => vec![Crumb::link("Browse", "/browse"), Crumb::here("Unknown")],
    };
    let unread = left_out(|address| {
        address.part::<Interval>("interval");
        address.part_as("sort", "a column of the ladder", Order::read);
    });
    let left_out = Signal::derive(move || {
        let not_stored = not_stored.get().map(|interval| {
            format!("interval: no candle of {} is stored of this expiry", interval_words(interval))
        });
        unread.get().into_iter().chain(not_stored).collect::<Vec<_>>()
    });
    view! {
        <Page crumbs=Signal::derive(crumbs) left_out>
            <Transition fallback=|| view! { <Skeleton/> }>
                {move || Suspend::new(async move {
                    match picture.await {
                        Ok(picture) => view! { <Contracts picture/> }.into_any(),
                        Err(problem) => view! { <Unread what="These contracts could not be read" problem retry/> }.into_any(),
                    }
                })}
            </Transition>
        </Page>
    }
}

#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div class="grid gap-1" aria-hidden="true">
            {(0..24).map(|_| view! { <div class="skeleton h-7"></div> }).collect_view()}
        </div>
    }
}

#[component]
fn Contracts(picture: ContractsPicture) -> impl IntoView {
    let ContractsPicture { underlying, expiry, weekly, chosen, stored, contracts, spot, newer, older } =
        picture;
    let count = contracts.len() as u64;
    let candles: u64 = contracts.iter().map(|row| row.candles).sum();
    let is_empty = contracts.is_empty();
    let mut ladder = Ladder::of(contracts);
    ladder.spot = spot.known().ok();
    let key = underlying.key.clone();
    view! {
        <div class="flex flex-wrap items-end justify-between gap-3">
            <div>
                <h1 class="text-lg font-semibold">{format!("{} · {}", underlying.name, format::day(expiry))}</h1>
                <p class="text-sm text-muted">
                    {[Some(weekly_word(weekly)).filter(|word| !word.is_empty()).map(str::to_owned),
                      Some(format::counted(count, "contract", "contracts")),
                      Some(format::counted(candles, "candle", "candles"))]
                        .into_iter().flatten().collect::<Vec<_>>().join(" · ")}
                </p>
            </div>
            <div class="flex flex-wrap items-center gap-2">
                <ExpiryLinks key=key.clone() newer older/>
                <StoredSeries key=key.clone() expiry chosen stored=stored.clone()/>
                {export_link(&key, expiry)}
                <a class="btn btn-sm" href=address_for_expiry(&key, expiry)>"Collect"<span class="sr-only">" this expiry"</span></a>
            </div>
        </div>
        {if is_empty {
            view! { <NothingListed key expiry/> }.into_any()
        } else {
            view! { <LadderView ladder spot series=series_words(chosen, &stored)/> }.into_any()
        }}
    }
}

#[component]
fn ExpiryLinks(key: InstrumentKey, newer: Option<Day>, older: Option<Day>) -> impl IntoView {
    let link = |day: Option<Day>, arrow: &'static str, word: &'static str| {
        day.map(|day| view! {
            <a class="btn btn-sm" href=addresses::expiry(&key, day)>
                <span aria-hidden="true">{arrow}</span><span class="sr-only">{word}</span>{format::day(day)}
            </a>
        })
    };
    (older.is_some() || newer.is_some()).then(|| {
        view! {
            <nav class="flex gap-1" aria-label="Other expiries">
                {link(older, "‹", "Older: ")}
                {link(newer, "›", "Newer: ")}
            </nav>
        }
    })
}

/// Which series the figures are of; there is a choice only where more than one is stored.
#[component]
fn StoredSeries(
    key: InstrumentKey,
    expiry: Day,
    chosen: Option<Interval>,
    stored: Vec<Interval>,
) -> impl IntoView {
    (stored.len() > 1).then(|| {
        let link = |href: String, is_chosen: bool, words: String| {
            view! {
                <a class="segment" href=href aria-current=is_chosen.then_some("true")>{words}</a>
            }
        };
        view! {
            <span class="text-sm text-muted">"Stored as"</span>
            <nav class="segments" aria-label="Figures of the series stored as">
                {link(addresses::expiry(&key, expiry), chosen.is_none(), "Best".to_owned())}
                {stored.into_iter().map(|interval| link(
                    addresses::expiry_with(&key, expiry, interval),
                    chosen == Some(interval),
                    interval_words(interval),
                )).collect_view()}
            </nav>
        }
    })
}

/// Which series figures are of, for the caption.
fn series_words(chosen: Option<Interval>, stored: &[Interval]) -> String {
    match (chosen, stored) {
        (Some(interval), _) => format!(
            "the {} series where there is one, else of the series with most days",
            interval_words(interval)
        ),
        (None, [only]) => format!("the {} series", interval_words(*only)),
        (None, _) => "the series with most days".to_owned(),
    }
}

#[component]
fn NothingListed(key: InstrumentKey, expiry: Day) -> impl IntoView {
    view! {
        <section class="empty mt-4">
            <h2 class="text-lg font-semibold">"No contract of this expiry is known yet"</h2>
            <p class="max-w-prose text-muted">
                "Its calls, puts and future stand here as a ladder of strikes once they were collected."
            </p>
            <a class="btn btn-primary btn-sm" href=address_for_expiry(&key, expiry)>"Collect this expiry"</a>
        </section>
    }
}
