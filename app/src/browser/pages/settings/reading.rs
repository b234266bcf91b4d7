//! Settings › Reading: how numbers are written and reckoned, what a strategy costs, and light or dark. The theme is the browser's and changes
//! at once; the rest is kept by the server and saved together.

use leptos::prelude::*;
use protocol::{NumberStyle, SettingName, SettingsPicture, SettlementTime};

use super::form::{EnvironmentNote, SaveBar, SettingField, SettingsForm};
use crate::browser::answer::answer;
use crate::browser::compiled_once::memo;
use crate::browser::components::{Load, Theme};
use crate::browser::frame::{Crumb, Page};
use crate::rpc;

const SHOWN: [SettingName; 5] = [
    SettingName::Numbers,
    SettingName::VolatilityRate,
    SettingName::SettlementTime,
    SettingName::Brokerage,
    SettingName::Charges,
];

#[component]
pub fn SettingsReading() -> impl IntoView {
    let settings = Resource::new(|| (), |()| answer(rpc::settings::Settings {}));
    view! {
        <Page crumbs=vec![Crumb::link("Settings", "/settings"), Crumb::here("Reading")]>
            <h1 class="sr-only">"Reading"</h1>
            <Load resource=settings what="The settings could not be read" skeleton
                view=|settings| view! { <ReadingForm opening=settings/> }/>
            <ThemeChoice/>
        </Page>
    }
}

#[component]
fn ReadingForm(opening: SettingsPicture) -> impl IntoView {
    let form = SettingsForm::of(opening, &SHOWN);
    view! {
        <form class="max-w-3xl" autocomplete="off" on:submit=move |event| form.submit(&event)>
            <div class="section-head"><h2>"Numbers"</h2></div>
            <div class="panel grid gap-4">
                <NumbersChoice form/>
                <div class="grid gap-x-6 gap-y-3 sm:grid-cols-2">
                    <SettingField form name=SettingName::VolatilityRate label="Rate for volatility, in percent" inputmode="decimal"
                        hint="Interest a year, continuous, -10 to 50: implied volatility and greeks are reckoned with it."/>
                    <SettingField form name=SettingName::SettlementTime label="Settlement on the expiry day (IST)"
                        placeholder=SettlementTime::DEFAULT hint="15:00 to 16:00: the time left of an option is counted to it. Expiries before 3 Aug 2026 settled at 15:30, whatever stands here."/>
                </div>
            </div>
            <div class="section-head mt-6"><h2>"Costs of a strategy"</h2></div>
            <div class="panel grid gap-x-6 gap-y-3 sm:grid-cols-2">
                <SettingField form name=SettingName::Brokerage label="Brokerage an order, in rupees" inputmode="decimal"
                    hint="0 to 1000. Every leg is one order to open and one to close, whatever its lots."/>
                <SettingField form name=SettingName::Charges label="Charges, in percent of the turnover" inputmode="decimal"
                    hint="0 to 5: taxes, exchange and stamp together, of what is bought and sold."/>
            </div>
            <SaveBar form/>
        </form>
    }
    .into_any()
}

#[component]
fn NumbersChoice(form: SettingsForm) -> impl IntoView {
    let held = form.typed(SettingName::Numbers);
    let entry = move |style: NumberStyle| {
        let words = match style {
            NumberStyle::Indian => "12,34,567 · 12.3 L · 1.2 Cr",
            NumberStyle::International => "1,234,567 · 1.2 M · 1.2 B",
        };
        chip("numbers", words, memo(move || held.with(|held| held == style.as_str())), move || {
            held.set(style.as_str().to_owned());
        })
    };
    view! {
        <fieldset>
            <legend class="field-label">"Large numbers"</legend>
            <div class="flex flex-wrap gap-2">{NumberStyle::ALL.map(entry)}</div>
            <p class="field-hint">"On pages, strikes too; in the name of a contract a strike stays as the exchange writes it. Files, REST and the command line have plain numbers, and what a log holds stays as it was written."</p>
            <EnvironmentNote form name=SettingName::Numbers/>
        </fieldset>
    }
    .into_any()
}

#[component]
fn ThemeChoice() -> impl IntoView {
    let chosen = Theme::chosen();
    let entry = move |theme: Theme| {
        let chosen = chosen.clone();
        chip("theme", theme.words(), memo(move || chosen.get() == theme), move || theme.choose())
    };
    view! {
        <section class="mt-8 max-w-3xl" aria-labelledby="theme-title">
            <div class="section-head"><h2 id="theme-title">"Theme"</h2></div>
            <fieldset class="panel">
                <legend class="sr-only">"Theme"</legend>
                <div class="flex flex-wrap gap-2">{Theme::ALL.map(entry)}</div>
                <p class="field-hint">"Kept in this browser; it changes at once."</p>
            </fieldset>
        </section>
    }
    .into_any()
}

/// One of several.
fn chip(
    name: &'static str,
    words: &'static str,
    is_chosen: Memo<bool>,
    choose: impl Fn() + 'static,
) -> AnyView {
    view! {
        <label class="choice-chip" class:chosen=is_chosen>
            <input type="radio" name=name class="radio radio-xs radio-primary" checked=is_chosen prop:checked=is_chosen
                on:change=move |_| choose()/>
            {words}
        </label>
    }
    .into_any()
}

fn skeleton() -> AnyView {
    view! { <div class="skeleton-box h-64 max-w-3xl" aria-hidden="true"></div> }.into_any()
}
