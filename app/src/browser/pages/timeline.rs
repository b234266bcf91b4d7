//! The days of an expiry that have minutes, and how a minute moves among them: within its day, or to the same time of
//! another one. And the list and the slider that move it.

use leptos::prelude::*;
use market::Day;
use protocol::{ChainDay, ChainDays, Minute};

use crate::browser::compiled_once::memo;
use crate::browser::components::{Options, Select};
use crate::format;

/// Copies share the days.
#[derive(Clone, Copy)]
pub struct Timeline(StoredValue<Vec<ChainDay>>);

impl Timeline {
    pub fn new(days: &ChainDays) -> Self {
        Self(StoredValue::new(days.days.clone()))
    }

    pub fn day(self, day: Day) -> Option<ChainDay> {
        self.0.with_value(|all| all.iter().find(|known| known.day == day).copied())
    }

    /// Some minutes later or earlier, within the day.
    pub fn moved(self, minute: Minute, by: i32) -> Option<Minute> {
        let day = self.day(minute.day())?;
        let within =
            (i32::from(time_of(minute)) + by).clamp(i32::from(day.first_minute), i32::from(day.last_minute));
        Some(minute_of(day.day, u16::try_from(within).ok()?))
    }

    /// So many days with minutes later or earlier.
    pub fn day_beside(self, minute: Minute, by: isize) -> Option<ChainDay> {
        self.0.with_value(|all| {
            let place = all.iter().position(|day| day.day == minute.day())?;
            all.get(place.checked_add_signed(by)?).copied()
        })
    }
}

/// The time of the day is kept, as near as the day has it.
pub fn same_time(minute: Minute, day: ChainDay) -> Minute {
    minute_of(day.day, time_of(minute).clamp(day.first_minute, day.last_minute))
}

pub fn minute_of(day: Day, minute: u16) -> Minute {
    Minute::of(day.at_minute(minute))
}

/// Minutes from midnight.
pub fn time_of(minute: Minute) -> u16 {
    minute.start().minute_of_day()
}

/// The list of days, the newest first.
#[component]
pub fn DayChoice(
    timeline: Timeline,
    #[prop(into)] name: String,
    #[prop(into)] minute: Signal<Minute>,
    go: Callback<ChainDay>,
) -> impl IntoView {
    let words = |of: &ChainDay| (of.day.to_string(), format::day(of.day));
    let options: Options = timeline.0.with_value(|all| all.iter().rev().map(words).collect());
    let choose = Callback::new(move |day: String| {
        if let Some(day) = day.parse().ok().and_then(|day| timeline.day(day)) {
            go.run(day);
        }
    });
    view! {
        <Select class="select select-sm w-auto" name options=Signal::stored(options)
            chosen=Signal::derive(move || minute.get().day().to_string()) choose/>
    }
    .into_any()
}

/// The minutes of the day.
#[component]
pub fn MinuteSlider(
    timeline: Timeline,
    #[prop(into)] name: String,
    class: &'static str,
    #[prop(into)] minute: Signal<Minute>,
    go: Callback<Minute>,
) -> impl IntoView {
    let day = memo(move || timeline.day(minute.get().day()));
    let bound = move |of: fn(ChainDay) -> u16| move || day.get().map_or(0, of);
    let slide = move |event| {
        let wanted = event_target_value(&event).parse().ok();
        if let Some((day, wanted)) = day.get_untracked().zip(wanted) {
            go.run(minute_of(day.day, wanted));
        }
    };
    view! {
        <input type="range" class=format!("range range-xs range-primary {class}") aria-label=name
            aria-valuetext=move || format::time(minute.get().start())
            min=bound(|day| day.first_minute) max=bound(|day| day.last_minute) step="1"
            prop:value=move || time_of(minute.get()).to_string() on:input=slide/>
    }
    .into_any()
}
