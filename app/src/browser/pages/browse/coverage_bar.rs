//! How far a contract is collected: a bar of the days on which it traded, and a word where there is no bar.

use leptos::prelude::*;
use protocol::{ContractRow, ContractState, HistoricalDays, LifeAsked};

use crate::format;

#[component]
pub fn CoverageBar(row: ContractRow, share: f64) -> impl IntoView {
    let title = row.words();
    let asked = row.reach.days().filter(|days| *days < HistoricalDays::default().get());
    let word = match row.state {
        // Fewer days than usual were asked, and there may be more.
        ContractState::Collected if row.life != LifeAsked::Whole => {
            asked.map(|days| format!("asked {days} d"))
        }
        ContractState::Collected => None,
        ContractState::Partial => Some("part".to_owned()),
        ContractState::Empty if row.never_traded() => Some("never traded".to_owned()),
        ContractState::Empty => Some("no trade".to_owned()),
        ContractState::NotAsked => Some("not asked".to_owned()),
        ContractState::Pruned => Some("pruned".to_owned()),
    };
    let days = format::counted(row.traded_days.into(), "day", "days");
    view! {
        <span class="flex items-center gap-2" title=format!("{title}; traded on {days}")>
            {(row.traded_days > 0).then(|| view! {
                <span class="meter" class:partial={row.state == ContractState::Partial} aria-hidden="true">
                    <span style=("width", format!("{share}%"))></span>
                </span>
                <span>{row.traded_days}</span>
            })}
            {word.map(|word| view! { <span class="text-xs text-muted">{word}</span> })}
        </span>
    }
}
