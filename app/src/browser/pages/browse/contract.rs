//! One contract: its facts, the ways to its neighbours, and its candles at any interval.
//!
//! What is drawn follows the address alone, so that the chart stays while its neighbours are walked through;
//! the facts come in beside it.

use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use leptos_router::params::ParamsMap;
use market::{Day, ExpiredKey, InstrumentKey};
use protocol::ContractPicture;

use super::contract_head::ContractHead;
use super::contract_keys::{KeyMeaning, follow_keys};
use super::contract_view::ContractView;
use super::unread::{Unread, malformed};
use crate::browse_address::{self as addresses, View};
use crate::browser::answer::answer;
use crate::browser::chart::Gesture;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::Show;
use crate::browser::frame::{Crumb, Page};
use crate::format;
use crate::rpc::ProblemKind;
use crate::rpc::browse::StoredContract;

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
    pub gesture: RwSignal<Option<(u32, Gesture)>>,
}

impl Shown {
    pub fn make(self, gesture: Gesture) {
        self.gesture.update(|last| {
            let count = last.map_or(0, |(count, _)| count);
            *last = Some((count.wrapping_add(1), gesture));
        });
    }

    /// `NIFTY 24500 CE 28 AUG 25`, or the key while that is not known.
    pub fn title(self) -> String {
        self.picture.with(|picture| match picture {
            Some(picture) => picture.name(),
            None => self.key.get().map(|key| key.to_string()).unwrap_or_default(),
        })
    }
}

#[component]
pub fn BrowseContract() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let parsed = memo(move || params.read().get("expired_key").unwrap_or_default().parse::<ExpiredKey>());
    let shown = Shown {
        key: memo(move || parsed.get().ok()),
        view: memo(move || View::read(|name| query.read().get(name))),
        path: memo(move || path_of(&params.read())),
        picture: RwSignal::new(None),
        is_missing: RwSignal::new(false),
        gesture: RwSignal::new(None),
    };
    let picture = Resource::new(
        move || parsed.get(),
        |key| async move { answer(StoredContract { key: key.map_err(malformed)? }).await },
    );
    effect(move || {
        let Some(answer) = picture.get() else { return };
        shown.is_missing.set(answer.as_ref().is_err_and(|problem| problem.kind == ProblemKind::NotFound));
        shown.picture.set(answer.ok());
    });
    let retry = Callback::new(move |()| picture.refetch());
    act_on_keys(shown);
    view! {
        <Page crumbs=Signal::derive(move || crumbs(&params.read(), shown))>
            <div class="contract-page">
                <Transition fallback=|| view! { <div class="contract-head"><div class="skeleton h-full"></div></div> }>
                    {move || Suspend::new(async move {
                        match picture.await {
                            Ok(picture) => view! { <ContractHead picture view_of=shown.view/> }.into_any(),
                            Err(problem) => view! { <Unread what="This contract could not be read" problem retry/> }.into_any(),
                        }
                    })}
                </Transition>
                <Show when=move || shown.key.read().is_some() && !shown.is_missing.get()><ContractView shown/></Show>
            </div>
        </Page>
    }
}

fn path_of(params: &ParamsMap) -> String {
    let segment = |name: &str| crate::address::encoded(&params.get(name).unwrap_or_default());
    format!("/browse/{}/{}/{}", segment("underlying"), segment("expiry"), segment("expired_key"))
}

fn crumbs(params: &ParamsMap, shown: Shown) -> Vec<Crumb> {
    let text = |name: &str| params.get(name).unwrap_or_default();
    let mut crumbs = vec![Crumb::link("Browse", "/browse")];
    let names = shown.picture.with(|picture| {
        let picture = picture.as_ref()?;
        Some((picture.underlying.name.clone(), picture.short_name()))
    });
    let (name, contract) = names.unzip();
    if let (Ok(key), Ok(expiry)) =
        (text("underlying").parse::<InstrumentKey>(), text("expiry").parse::<Day>())
    {
        let name = name.unwrap_or_else(|| key.name().to_owned());
        crumbs.push(Crumb::link(name, addresses::underlying(&key)));
        crumbs.push(Crumb::link(format::day(expiry), addresses::expiry(&key, expiry)));
    }
    crumbs.push(Crumb::here(contract.unwrap_or_else(|| text("expired_key"))));
    crumbs
}

fn act_on_keys(shown: Shown) {
    let navigate = use_navigate();
    follow_keys(move |meaning| {
        if let KeyMeaning::Chart(gesture) = meaning {
            shown.make(gesture);
            return true;
        }
        let address = shown.picture.with_untracked(|picture| {
            let picture = picture.as_ref()?;
            let neighbour = meaning.neighbour(&picture.neighbours)?;
            let path = addresses::contract_of(&picture.underlying.key, neighbour.expiry, &neighbour.key);
            Some(View { page: 1, ..shown.view.get_untracked() }.address(&path))
        });
        if let Some(address) = &address {
            let options = leptos_router::NavigateOptions { scroll: false, ..Default::default() };
            navigate(address, options);
        }
        address.is_some()
    });
}
