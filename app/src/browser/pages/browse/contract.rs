//! One contract: its facts, the ways to its neighbours, and its candles at any interval.
//!
//! What is drawn follows the address alone, so that the chart stays while its neighbours are walked through;
//! the facts come in beside it.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use leptos_router::params::ParamsMap;
use market::{ChartInterval, Day, ExpiredKey, InstrumentKey, UnderlyingName};
use protocol::{AddressReader, ContractPicture};

use super::contract_chart::ContractChart;
use super::contract_head::ContractHead;
use super::contract_keys::{KeyMeaning, follow_keys};
use super::contract_view::ContractView;
use super::unread::{Unread, malformed};
use crate::browse_address as addresses;
use crate::browser::answer::answer;
use crate::browser::chart::Gesture;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::Show;
use crate::browser::frame::{Crumb, Page};
use crate::browser::left_out::left_out;
use crate::chart_view::View;
use crate::format;
use crate::rpc::browse::StoredContract;
use crate::rpc::{Problem, ProblemKind};

/// What the address names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    underlying: UnderlyingName,
    expiry: Day,
    key: ExpiredKey,
}

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub struct Shown {
    pub key: Memo<Option<ExpiredKey>>,
    pub view: Memo<View>,
    /// The address without its query.
    pub path: Memo<String>,
    /// The last picture that came in; it may still be of the contract before.
    pub picture: RwSignal<Option<ContractPicture>>,
    /// There is no such contract, so there is nothing to draw.
    pub is_missing: RwSignal<bool>,
    /// Where to go: an address, and whether it takes the place of the present one.
    go: Callback<(String, bool)>,
}

impl Shown {
    /// `NIFTY 24500 CE 28 AUG 25`, or the key while that is not known.
    pub fn title(self) -> String {
        self.picture.with(|picture| match picture {
            Some(picture) => picture.name(),
            None => self.key.get().map(|key| key.to_string()).unwrap_or_default(),
        })
    }

    /// Units in a lot; none while the contract is not known.
    pub fn lot_of(self, key: &ExpiredKey) -> Option<i64> {
        self.picture.with(|picture| {
            let contract = &picture.as_ref()?.row.contract;
            (contract.expired_key == *key && contract.lot_size > 0).then_some(contract.lot_size)
        })
    }

    /// Of a future nothing is said while it is not known.
    pub fn is_option(self) -> bool {
        self.picture
            .with(|picture| picture.as_ref().is_none_or(|picture| picture.row.contract.kind.is_option()))
    }

    /// The address of the same contract, looked at otherwise.
    pub fn address(self, change: impl FnOnce(View) -> View) -> String {
        change(self.view.get()).address(&self.path.read())
    }

    /// To the same contract, looked at otherwise; going back undoes it.
    pub fn look(self, change: impl FnOnce(View) -> View) {
        self.go.run((change(self.view.get_untracked()).address(&self.path.read_untracked()), false));
    }

    /// The same without a step that going back would undo.
    pub fn note(self, change: impl FnOnce(View) -> View) {
        let address = change(self.view.get_untracked()).address(&self.path.read_untracked());
        self.go.run((address, true));
    }
}

#[component]
pub fn BrowseContract() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let named = memo(move || named(&params.read()));
    let navigate = use_navigate();
    let go = Callback::new(move |(address, replace): (String, bool)| {
        navigate(&address, NavigateOptions { scroll: false, replace, ..NavigateOptions::default() });
    });
    let shown = Shown {
        key: memo(move || named.get().ok().map(|named| named.key)),
        view: memo(move || {
            query
                .with(|query| View::read(&mut AddressReader::new(|name| query.get(name).unwrap_or_default())))
        }),
        path: memo(move || path_of(&params.read())),
        picture: RwSignal::new(None),
        is_missing: RwSignal::new(false),
        go,
    };
    let picture = Resource::new(
        move || named.get(),
        |named| async move {
            let Named { underlying, expiry, key } = named?;
            answer(StoredContract { underlying, expiry, key }).await
        },
    );
    effect(move || {
        let Some(answer) = picture.get() else { return };
        shown.is_missing.set(answer.as_ref().is_err_and(|problem| problem.kind == ProblemKind::NotFound));
        shown.picture.set(answer.ok());
    });
    let retry = Callback::new(move |()| picture.refetch());
    let chart = ContractChart::of(shown);
    follow_keys(move |meaning| act(shown, chart, meaning));
    let left_out = left_out(|address| {
        View::read(address);
    });
    // What is not here may be another contract of its expiry.
    let beside = Signal::derive(move || expiry_named(&params.read()));
    view! {
        <Page crumbs=Signal::derive(move || crumbs(&params.read(), shown)) left_out>
            <div class="contract-page">
                <Transition fallback=|| view! { <div class="contract-head"><div class="skeleton h-full"></div></div> }>
                    {move || Suspend::new(async move {
                        match picture.await {
                            Ok(picture) => view! { <ContractHead picture view_of=shown.view/> }.into_any(),
                            Err(problem) => view! { <Unread what="This contract could not be read" problem retry beside/> }.into_any(),
                        }
                    })}
                </Transition>
                <Show when=move || shown.key.read().is_some() && !shown.is_missing.get()><ContractView shown chart/></Show>
            </div>
        </Page>
    }
}

fn named(params: &ParamsMap) -> Result<Named, Problem> {
    let text = |name: &str| params.get(name).unwrap_or_default();
    Ok(Named {
        underlying: text("underlying").parse().map_err(malformed)?,
        expiry: text("expiry").parse().map_err(malformed)?,
        key: text("expired_key").parse().map_err(malformed)?,
    })
}

/// The page of the expiry that the address names, and what it is called.
fn expiry_named(params: &ParamsMap) -> Option<(String, String)> {
    let text = |name: &str| params.get(name).unwrap_or_default();
    let (name, expiry) =
        (text("underlying").parse::<UnderlyingName>().ok()?, text("expiry").parse::<Day>().ok()?);
    let address = format!("{}/{expiry}", addresses::named(&name));
    Some((address, format!("The contracts of {}", format::day(expiry))))
}

fn path_of(params: &ParamsMap) -> String {
    let segment = |name: &str| crate::address::encoded(&params.get(name).unwrap_or_default());
    format!("/browse/{}/{}/{}", segment("underlying"), segment("expiry"), segment("expired_key"))
}

fn crumbs(params: &ParamsMap, shown: Shown) -> Vec<Crumb> {
    let text = |name: &str| params.get(name).unwrap_or_default();
    let mut crumbs = vec![Crumb::link("Browse", "/browse")];
    let named = text("underlying").parse::<InstrumentKey>();
    // The picture may still be the one of the address before.
    let names = shown.picture.with(|picture| {
        let picture = picture
            .as_ref()
            .filter(|picture| named.as_ref().is_ok_and(|key| picture.underlying.key == *key))?;
        Some((picture.underlying.name.clone(), picture.short_name()))
    });
    let (name, contract) = names.unzip();
    if let (Ok(key), Ok(expiry)) = (named, text("expiry").parse::<Day>()) {
        let name = name.unwrap_or_else(|| key.name().to_owned());
        crumbs.push(Crumb::link(name, addresses::underlying(&key)));
        crumbs.push(Crumb::link(format::day(expiry), addresses::expiry(&key, expiry)));
    }
    crumbs.push(Crumb::here(contract.unwrap_or_else(|| text("expired_key"))));
    crumbs
}

/// Whether there was anything to do.
fn act(shown: Shown, chart: ContractChart, meaning: KeyMeaning) -> bool {
    match meaning {
        KeyMeaning::Earlier => chart.handle.make(Gesture::Earlier),
        KeyMeaning::Later => chart.handle.make(Gesture::Later),
        KeyMeaning::ZoomIn => chart.handle.make(Gesture::ZoomIn),
        KeyMeaning::ZoomOut => chart.handle.make(Gesture::ZoomOut),
        KeyMeaning::ShowAll => chart.handle.make(Gesture::ShowAll),
        KeyMeaning::Before => chart.handle.make(Gesture::Before),
        KeyMeaning::Next => chart.handle.make(Gesture::Next),
        KeyMeaning::Measure => chart.handle.make(Gesture::Measure),
        KeyMeaning::Save => chart.save(shown),
        KeyMeaning::Finer => return step_interval(shown, true),
        KeyMeaning::Coarser => return step_interval(shown, false),
        _ => return go_to_neighbour(shown, meaning),
    }
    true
}

fn step_interval(shown: Shown, is_finer: bool) -> bool {
    let now = shown.view.read_untracked().interval;
    // An address may name one that lies between two buttons.
    let mut common = ChartInterval::COMMON.into_iter();
    let next = if is_finer { common.rfind(|of| *of < now) } else { common.find(|of| *of > now) };
    if let Some(interval) = next {
        shown.look(|view| View { interval, ..view.first_page() });
    }
    next.is_some()
}

fn go_to_neighbour(shown: Shown, meaning: KeyMeaning) -> bool {
    let address = shown.picture.with_untracked(|picture| {
        let picture = picture.as_ref()?;
        let neighbour = meaning.neighbour(&picture.neighbours)?;
        let path = addresses::contract_of(&picture.underlying.key, neighbour.expiry, &neighbour.key);
        Some(shown.view.get_untracked().first_page().address(&path))
    });
    let is_somewhere = address.is_some();
    if let Some(address) = address {
        shown.go.run((address, false));
    }
    is_somewhere
}
