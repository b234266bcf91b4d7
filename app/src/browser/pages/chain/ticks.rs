//! Legs ticked in the chain, and the way with them to the strategy page: bought or sold, each once.

use leptos::prelude::*;
use leptos_router::components::A;
use protocol::{ChainPicture, Minute};

use crate::browser::compiled_once::memo;
use crate::format;
use crate::strategy_address::StrategyAddress;

/// Legs of a strategy.
const LEGS_MAX: usize = 6;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Tick {
    is_bought: bool,
    is_call: bool,
    strike: f64,
}

/// Copies share everything.
#[derive(Clone, Copy)]
pub struct Ticks {
    /// Whether they can be ticked.
    pub are_shown: RwSignal<bool>,
    legs: RwSignal<Vec<Tick>>,
}

impl Ticks {
    pub fn new() -> Self {
        Self { are_shown: RwSignal::new(false), legs: RwSignal::new(Vec::new()) }
    }

    pub fn show_or_hide(self) {
        self.are_shown.update(|are_shown| *are_shown = !*are_shown);
    }

    /// Ticks it, or takes it back; the other side of the same option goes.
    fn toggle(self, tick: Tick) {
        self.legs.update(|legs| {
            let was_ticked = legs.contains(&tick);
            legs.retain(|of| (of.is_call, of.strike) != (tick.is_call, tick.strike));
            if !was_ticked && legs.len() < LEGS_MAX {
                legs.push(tick);
            }
        });
    }

    fn address(self, chain: &ChainPicture, at: Minute) -> String {
        let leg = |Tick { is_bought, is_call, strike }: &Tick| {
            let side = if *is_bought { "buy" } else { "sell" };
            let kind = if *is_call { "call" } else { "put" };
            format!("{side}:1:{kind}:{strike}")
        };
        let legs = self.legs.with(|legs| legs.iter().map(leg).collect::<Vec<_>>().join(","));
        let (underlying, expiry) = (chain.underlying.to_string(), chain.expiry.to_string());
        StrategyAddress { underlying, expiry, entry: at.to_string(), legs, ..StrategyAddress::default() }
            .path()
    }
}

/// Both ticks of an option.
pub fn of_option(ticks: Ticks, is_call: bool, strike: f64) -> AnyView {
    let kind = if is_call { "call" } else { "put" };
    let tick = move |is_bought: bool| {
        let tick = Tick { is_bought, is_call, strike };
        let is_ticked = memo(move || ticks.legs.with(|legs| legs.contains(&tick)));
        let (letter, verb) = if is_bought { ("B", "Buy") } else { ("S", "Sell") };
        let label = format!("{verb} the {kind} at {}", format::strike(strike));
        view! {
            <button type="button" class="chain-tick" class:is-ticked=is_ticked class:is-sold=!is_bought
                aria-pressed=move || is_ticked.get().to_string() aria-label=label on:click=move |_| ticks.toggle(tick)>{letter}</button>
        }
    };
    view! { <span class="chain-ticks">{tick(true)}{tick(false)}</span> }.into_any()
}

/// Whether legs are ticked, as a switch.
pub fn switch(ticks: Ticks) -> AnyView {
    let are_shown = ticks.are_shown;
    view! {
        <label class="mt-2 inline-flex items-center gap-1.5 text-xs">
            <input type="checkbox" class="toggle toggle-xs" prop:checked=are_shown on:change=move |_| ticks.show_or_hide()/>
            "Build a strategy: B buys and S sells a leg"
        </label>
    }
    .into_any()
}

/// At the foot of the page, while something is ticked.
pub fn bar(
    ticks: Ticks,
    chain: ReadSignal<ChainPicture>,
    at: impl Fn() -> Minute + Copy + Send + Sync + 'static,
) -> AnyView {
    let count = memo(move || ticks.legs.with(Vec::len));
    let address = memo(move || chain.with(|chain| ticks.address(chain, at())));
    let words = move || {
        let full = if count.get() >= LEGS_MAX { ", as many as a strategy has" } else { "" };
        format!("{}{full}", format::counted(count.get() as u64, "leg", "legs"))
    };
    view! {
        {move || (count.get() > 0).then(|| view! {
            <div class="chain-legs-bar" role="region" aria-label="Ticked legs">
                <span class="mr-auto tabular-nums" role="status">{words}</span>
                <button type="button" class="btn btn-sm" on:click=move |_| ticks.legs.set(Vec::new())>"Clear"</button>
                <A href=move || address.get() attr:class="btn btn-sm btn-primary">"Strategy →"</A>
            </div>
        })}
    }
    .into_any()
}
