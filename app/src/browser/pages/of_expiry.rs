//! What the pages of an expiry's past minutes have in common: what their address wishes, and the choice of underlying and
//! expiry. The pages know what they show.

use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};
use market::{Day, InstrumentKey};
use protocol::{ChainDays, ChainWish};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::address::encoded;
use crate::browser::compiled_once::memo;
use crate::browser::components::{Options, Select};
use crate::format;
use crate::rpc::Answer;

/// What is asked when a page is opened, and again for another expiry: a minute moves within what is shown.
pub fn opening<T, Asked>(ask: fn(ChainWish) -> Asked) -> Resource<Answer<T>>
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
    Asked: Future<Output = Answer<T>> + Send + 'static,
{
    let query = use_query_map();
    let wish = move || ChainWish::of_texts(|name| query.read().get(name).unwrap_or_default());
    let of = memo(move || ChainWish { at: None, ..wish() });
    Resource::new(move || of.get(), move |of| ask(ChainWish { at: untrack(wish).at, ..of }))
}

/// The address of an expiry on a page, `/chain`; without one, of the underlying.
pub fn address(page: &str, underlying: &str, expiry: Option<&str>) -> String {
    let expiry = expiry.map(|expiry| format!("&expiry={expiry}")).unwrap_or_default();
    format!("{page}?underlying={}{expiry}", encoded(underlying))
}

/// To the page that takes the expiry out as files.
pub fn export_link(underlying: &InstrumentKey, expiry: Day) -> AnyView {
    let href = export_address(underlying, expiry);
    export_to(move || href.clone(), " this expiry")
}

pub fn export_address(underlying: &InstrumentKey, expiry: Day) -> String {
    address("/export", underlying.as_str(), Some(&expiry.to_string()))
}

/// `of` says what, for those who do not see where the link stands.
pub fn export_to(href: impl Fn() -> String + Send + Sync + 'static, of: &'static str) -> AnyView {
    view! { <a class="btn btn-sm" href=href>"Export"<span class="sr-only">{of}</span></a> }.into_any()
}

/// The lists of underlyings and expiries; what is chosen is an address of the page, and `rest` stands behind it.
pub fn expiry_choice(
    page: &'static str,
    rest: impl Fn() -> &'static str + Copy + Send + Sync + 'static,
    underlyings: Vec<(InstrumentKey, String)>,
    days: &ChainDays,
) -> AnyView {
    let navigate = use_navigate();
    let (underlying, expiry) = (days.underlying.clone(), days.expiry);
    let go = Callback::new(move |(underlying, expiry): (String, Option<String>)| {
        let chosen = address(page, &underlying, expiry.as_deref());
        navigate(&format!("{chosen}{}", rest()), Default::default());
    });
    let key = underlying.to_string();
    let of_key = key.clone();
    let underlyings: Options = underlyings.into_iter().map(|(key, name)| (key.to_string(), name)).collect();
    let expiries: Options = days.expiries.iter().map(|day| (day.to_string(), format::day(*day))).collect();
    view! {
        <Select name="Underlying" class="select select-sm w-auto" options=Signal::stored(underlyings)
            chosen=Signal::stored(key) choose=Callback::new(move |key| go.run((key, None)))/>
        <Select name="Expiry" class="select select-sm w-auto" options=Signal::stored(expiries)
            chosen=Signal::stored(expiry.to_string()) choose=Callback::new(move |day| go.run((of_key.clone(), Some(day))))/>
    }
    .into_any()
}
