//! The option chain of an expiry at any past minute: what is shown follows the address, and a day can be played.

mod choices;
mod columns;
mod head;
mod in_view;
mod keys;
mod player;
mod reader;
mod replay;
mod row;
mod row_picture;
mod table;
mod ticks;

use leptos::prelude::*;
use protocol::{ChainOpening, ChainPicture, ChainWish};

use self::player::Player;
use crate::browser::answer::answer;
use crate::browser::components::{Empty, ErrorNote, Load};
use crate::browser::frame::{Crumb, Page};
use crate::browser::left_out::left_out;
use crate::browser::pages::of_expiry::opening;
use crate::format;
use crate::rpc::chain::OpenChain;

#[component]
pub fn Chain() -> impl IntoView {
    let opening = opening(|wish| answer(OpenChain { wish }));
    let left_out = left_out(|address| {
        ChainWish::read(address);
    });
    view! {
        <Page crumbs=vec![Crumb::here("Chain")] left_out>
            <h1 class="sr-only">"Option chain of a past minute"</h1>
            <Load resource=opening what="This chain could not be read" skeleton view=|opening| match opening {
                Some(opening) => view! { <ChainView opening/> }.into_any(),
                None => nothing(),
            }/>
        </Page>
    }
}

#[component]
fn ChainView(opening: ChainOpening) -> impl IntoView {
    let ChainOpening { underlyings, days, chain } = opening;
    let player = Player::new(&days, chain);
    let ticks = ticks::Ticks::new();
    keys::follow(player, ticks);
    let columns = columns::of_address();
    let again = Callback::new(move |()| player.ask());
    let reader = player.reader;
    view! {
        <choices::Choices underlyings days player/>
        <player::Slider player/>
        {move || reader.problem().get().map(|problem| view! {
            <div class="mt-3"><ErrorNote what="That minute could not be read" problem retry=again kept="What is shown is the minute before."/></div>
        })}
        <head::Head chain=reader.chain() asking=reader.asking()/>
        <columns::ColumnChoice columns/>
        {ticks::switch(ticks)}
        <table::ChainTable chain=reader.chain() asking=reader.asking() columns ticks/>
        {ticks::bar(ticks, reader.chain(), move || player.minute().get())}
        <p class="mt-2 text-xs text-muted">{move || reader.chain().with(without_row)}</p>
        <replay::Replay chain=reader.chain()/>
    }
    .into_any()
}

/// What has no row, and why.
fn without_row(chain: &ChainPicture) -> String {
    if chain.rows.is_empty() && chain.untraded_strikes == 0 && chain.options_not_collected == 0 {
        return "No option of this expiry is collected.".to_owned();
    }
    let untraded = (chain.untraded_strikes > 0).then(|| {
        format!(
            "{} had not traded by then.",
            format::counted(chain.untraded_strikes.into(), "strike", "strikes")
        )
    });
    let missing = (chain.options_not_collected > 0).then(|| {
        format!(
            "{} not collected for this day: totals, ratios and max pain are without them.",
            format::counted(
                chain.options_not_collected.into(),
                "option of this expiry was",
                "options of this expiry were"
            )
        )
    });
    [untraded, missing].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn nothing() -> AnyView {
    view! {
        <Empty title="No chain yet" address="/collect" action="Collect an expiry"
            text="A chain is made of the minutes of an expiry's options: collect one, and every minute of its life can be looked at here."/>
    }
    .into_any()
}

fn skeleton() -> AnyView {
    view! {
        <div aria-hidden="true">
            <div class="skeleton-box h-24"></div>
            <div class="skeleton-box mt-4 h-96"></div>
        </div>
    }
    .into_any()
}
