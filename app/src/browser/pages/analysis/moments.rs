//! The two minutes that charts by strike stand at, the one that is shown and the one that is compared with, and whether
//! a day or the whole life is shown over time. All of it is in the address.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{query_signal_with_options, use_query_map};
use market::{Day, EpochSeconds, InstrumentKey};
use protocol::{ChainDay, ChainDays, Minute};

use crate::browser::compiled_once::memo;
use crate::format;

/// What reads whole days waits until nothing was moved for so long.
const CALM: Duration = Duration::from_millis(500);

/// Copies share everything.
#[derive(Clone, Copy)]
pub struct Moments {
    of: StoredValue<(InstrumentKey, Day)>,
    days: StoredValue<Vec<ChainDay>>,
    pub since: RwSignal<Minute>,
    pub at: RwSignal<Minute>,
    /// `at`, when it was calm.
    pub calm_at: RwSignal<Minute>,
    moves: StoredValue<u32>,
    pub life: Memo<bool>,
    set_since: SignalSetter<Option<String>>,
    set_at: SignalSetter<Option<String>>,
    set_span: SignalSetter<Option<String>>,
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Since,
    At,
}

impl Moments {
    pub fn new(days: &ChainDays, at: Minute) -> Self {
        let options = || NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        let (_, set_at) = query_signal_with_options::<String>("at", options());
        let (_, set_since) = query_signal_with_options::<String>("since", options());
        let back = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        let (span, set_span) = query_signal_with_options::<String>("span", back);
        let query = use_query_map();
        let named = query.with_untracked(|query| query.get("since")).and_then(|text| text.parse().ok());
        let first = days.days.iter().find(|day| day.day == at.day());
        let first = first.map_or(at, |day| minute_of(day.day, day.first_minute));
        Self {
            of: StoredValue::new((days.underlying.clone(), days.expiry)),
            days: StoredValue::new(days.days.clone()),
            since: RwSignal::new(named.unwrap_or(first)),
            at: RwSignal::new(at),
            calm_at: RwSignal::new(at),
            moves: StoredValue::new(0),
            life: memo(move || span.get().as_deref() == Some("life")),
            set_since,
            set_at,
            set_span,
        }
    }

    pub fn of(self) -> (InstrumentKey, Day) {
        self.of.get_value()
    }

    pub fn show_life(self, is_life: bool) {
        self.set_span.set(is_life.then(|| "life".to_owned()));
    }

    pub fn signal(self, which: Which) -> RwSignal<Minute> {
        match which {
            Which::Since => self.since,
            Which::At => self.at,
        }
    }

    /// Stands at a minute. The two keep their order: who passes the other takes it along.
    pub fn go(self, which: Which, minute: Minute) {
        self.signal(which).set(minute);
        let (since, at) = (self.since.get_untracked(), self.at.get_untracked());
        if since > at {
            match which {
                Which::Since => self.at.set(since),
                // Of the new day, the first minute.
                Which::At => {
                    let first = self.day(at.day()).map_or(at, |day| minute_of(day.day, day.first_minute));
                    self.since.set(first.min(at));
                }
            }
        }
        self.when_calm();
    }

    /// The address is written and what is costly is asked when nothing moves any more.
    fn when_calm(self) {
        self.moves.update_value(|moves| *moves = moves.wrapping_add(1));
        let moved = self.moves.get_value();
        set_timeout(
            move || {
                if self.moves.try_get_value() != Some(moved) {
                    return;
                }
                let at = self.at.get_untracked();
                self.set_at.set(Some(at.to_string()));
                self.set_since.set(Some(self.since.get_untracked().to_string()));
                self.calm_at.set(at);
            },
            CALM,
        );
    }

    pub fn day(self, day: Day) -> Option<ChainDay> {
        self.days.with_value(|all| all.iter().find(|known| known.day == day).copied())
    }

    pub fn days(self) -> Vec<ChainDay> {
        self.days.get_value()
    }

    /// Some minutes later or earlier, within the day.
    pub fn move_by(self, which: Which, minutes: i32) {
        let now = self.signal(which).get_untracked();
        let Some(day) = self.day(now.day()) else { return };
        let wanted = i32::from(now.start().minute_of_day()) + minutes;
        let within = wanted.clamp(i32::from(day.first_minute), i32::from(day.last_minute));
        if let Ok(within) = u16::try_from(within) {
            self.go(which, minute_of(day.day, within));
        }
    }

    /// The same time of the day before or after. What is compared with stays on its day, or comes along where both
    /// were of one.
    pub fn move_by_days(self, days: isize) {
        let now = self.at.get_untracked();
        let beside = self.days.with_value(|all| {
            let place = all.iter().position(|day| day.day == now.day())?;
            all.get(place.checked_add_signed(days)?).copied()
        });
        if let Some(day) = beside {
            self.go_to_day(Which::At, day);
        }
    }

    pub fn go_to_day(self, which: Which, day: ChainDay) {
        let at = self.at.get_untracked();
        let of_one = self.since.get_untracked().day() == at.day();
        if which == Which::At && of_one {
            let since = self.since.get_untracked();
            self.since.set(same_time(since, day));
        }
        self.go(which, same_time(self.signal(which).get_untracked(), day));
    }
}

fn same_time(minute: Minute, day: ChainDay) -> Minute {
    let time = minute.start().minute_of_day();
    minute_of(day.day, time.clamp(day.first_minute, day.last_minute))
}

fn minute_of(day: Day, minute: u16) -> Minute {
    Minute::of(day.at_minute(minute))
}

pub fn minute_at(moment: EpochSeconds) -> Minute {
    Minute::of(moment)
}

/// Both minutes with their days and sliders, and what is shown over time.
#[component]
pub fn MomentBar(moments: Moments) -> impl IntoView {
    view! {
        <div class="moment-bar">
            <MomentRow moments which=Which::Since label="From"/>
            <MomentRow moments which=Which::At label="At"/>
            <div class="join" role="group" aria-label="Shown over time">
                {[(false, "Day"), (true, "Life")].map(|(is_life, words)| view! {
                    <button type="button" class="btn btn-sm join-item" class:btn-active=move || moments.life.get() == is_life
                        aria-pressed=move || (moments.life.get() == is_life).to_string()
                        on:click=move |_| moments.show_life(is_life)>{words}</button>
                })}
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn MomentRow(moments: Moments, which: Which, label: &'static str) -> impl IntoView {
    let minute = moments.signal(which);
    let day = memo(move || moments.day(minute.get().day()));
    let bound = move |of: fn(ChainDay) -> u16| move || day.get().map_or(0, of);
    let time = move || format::time(minute.get().start());
    let slide = move |event| {
        let wanted = event_target_value(&event).parse::<u16>().ok();
        if let Some((day, wanted)) = day.get_untracked().zip(wanted) {
            moments.go(which, minute_of(day.day, wanted));
        }
    };
    let to_day = move |event| {
        let day = event_target_value(&event).parse::<Day>().ok();
        if let Some(day) = day.and_then(|day| moments.day(day)) {
            moments.go_to_day(which, day);
        }
    };
    let step = move |by: i32| move |_| moments.move_by(which, by);
    view! {
        <div class="moment-row" role="group" aria-label=label>
            <span class="moment-label" data-which=if which == Which::At { "at" } else { "since" }>{label}</span>
            <select class="select select-sm w-auto" aria-label=format!("Day, {label}") on:change=to_day
                prop:value=move || minute.get().day().to_string()>
                {moments.days().into_iter().rev().map(|of| {
                    let selected = of.day == minute.get_untracked().day();
                    view! { <option value=of.day.to_string() selected=selected>{format::day(of.day)}</option> }
                }).collect_view()}
            </select>
            <button type="button" class="btn btn-sm btn-square" aria-label=format!("{label}: a minute earlier") on:click=step(-1)>"◂"</button>
            <span class="w-11 text-center font-semibold tabular-nums">{time}</span>
            <button type="button" class="btn btn-sm btn-square" aria-label=format!("{label}: a minute later") on:click=step(1)>"▸"</button>
            <input type="range" class="range range-xs range-primary moment-slider" aria-label=format!("Minute, {label}") aria-valuetext=time
                min=bound(|day| day.first_minute) max=bound(|day| day.last_minute) step="1"
                prop:value=move || minute.get().start().minute_of_day().to_string() on:input=slide/>
        </div>
    }
    .into_any()
}
