//! The two minutes that charts by strike stand at, the one that is shown and the one that is compared with, and whether
//! a day or the whole life is shown over time. All of it is in the address.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{query_signal_with_options, use_query_map};
use market::{Day, InstrumentKey};
use protocol::{ChainDay, ChainDays, Minute};

use crate::browser::compiled_once::{effect, memo};
use crate::browser::latest::Latest;
use crate::browser::pages::timeline::{DayChoice, MinuteSlider, Timeline, minute_of, same_time};
use crate::format;

/// What reads whole days waits until nothing was moved for so long.
const CALM: Duration = Duration::from_millis(500);

/// The two, as far as an address says them: since, and at.
type Said = (Option<Minute>, Option<Minute>);

/// Copies share everything.
#[derive(Clone, Copy)]
pub struct Moments {
    of: StoredValue<(InstrumentKey, Day)>,
    timeline: Timeline,
    pub since: RwSignal<Minute>,
    pub at: RwSignal<Minute>,
    /// `at`, when it was calm.
    pub calm_at: RwSignal<Minute>,
    moves: Latest,
    pub life: Memo<bool>,
    /// What the address says, as far as it was written here or followed.
    said: StoredValue<Said>,
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
    /// At the minutes of the address; `opened_at` is the one for an address that names none.
    pub fn new(days: &ChainDays, opened_at: Minute) -> Self {
        let options = || NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        let (_, set_at) = query_signal_with_options::<String>("at", options());
        let (_, set_since) = query_signal_with_options::<String>("since", options());
        let back = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        let (span, set_span) = query_signal_with_options::<String>("span", back);
        let query = use_query_map();
        let address = memo(move || {
            let minute = |name: &str| query.with(|query| query.get(name))?.parse().ok();
            (minute("since"), minute("at"))
        });
        let said = address.get_untracked();
        let timeline = Timeline::new(days);
        let (since, at) = both(timeline, said, opened_at);
        let moments = Self {
            of: StoredValue::new((days.underlying.clone(), days.expiry)),
            timeline,
            since: RwSignal::new(since),
            at: RwSignal::new(at),
            calm_at: RwSignal::new(at),
            moves: Latest::new(),
            life: memo(move || span.get().as_deref() == Some("life")),
            said: StoredValue::new(said),
            set_since,
            set_at,
            set_span,
        };
        // Back and forward lead to other minutes.
        effect(move || {
            let said = address.get();
            if moments.said.get_value() != said {
                moments.follow(said, opened_at);
            }
        });
        moments
    }

    fn follow(self, said: Said, opened_at: Minute) {
        let (since, at) = both(self.timeline, said, opened_at);
        // What was moved and not written yet is not written any more.
        self.moves.next();
        self.said.set_value(said);
        self.since.set(since);
        self.at.set(at);
        self.calm_at.set(at);
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
                Which::At => self.since.set(first_of_day(self.timeline, at).min(at)),
            }
        }
        self.when_calm();
    }

    /// The address is written and what is costly is asked when nothing moves any more.
    fn when_calm(self) {
        let moved = self.moves.next();
        set_timeout(
            move || {
                if !moved.is_latest() {
                    return;
                }
                let (since, at) = (self.since.get_untracked(), self.at.get_untracked());
                self.said.set_value((Some(since), Some(at)));
                self.set_at.set(Some(at.to_string()));
                self.set_since.set(Some(since.to_string()));
                self.calm_at.set(at);
            },
            CALM,
        );
    }

    /// Some minutes later or earlier, within the day.
    pub fn move_by(self, which: Which, minutes: i32) {
        if let Some(moved) = self.timeline.moved(self.signal(which).get_untracked(), minutes) {
            self.go(which, moved);
        }
    }

    /// The same time of the day before or after. What is compared with stays on its day, or comes along where both
    /// were of one.
    pub fn move_by_days(self, days: isize) {
        if let Some(day) = self.timeline.day_beside(self.at.get_untracked(), days) {
            self.go_to_day(Which::At, day);
        }
    }

    pub fn go_to_day(self, which: Which, day: ChainDay) {
        let (since, at) = (self.since.get_untracked(), self.at.get_untracked());
        if which == Which::At && since.day() == at.day() {
            self.since.set(same_time(since, day));
        }
        self.go(which, same_time(self.signal(which).get_untracked(), day));
    }
}

/// What is not said of the later one is as it was opened, and of the earlier one the beginning of that day.
fn both(timeline: Timeline, (since, at): Said, opened_at: Minute) -> (Minute, Minute) {
    let at = at.unwrap_or(opened_at);
    (since.unwrap_or_else(|| first_of_day(timeline, at)), at)
}

fn first_of_day(timeline: Timeline, minute: Minute) -> Minute {
    timeline.day(minute.day()).map_or(minute, |day| minute_of(day.day, day.first_minute))
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
    let time = move || format::time(minute.get().start());
    let step = move |by: i32| move |_| moments.move_by(which, by);
    view! {
        <div class="moment-row" role="group" aria-label=label>
            <span class="moment-label" data-which=if which == Which::At { "at" } else { "since" }>{label}</span>
            <DayChoice timeline=moments.timeline name=format!("Day, {label}") minute
                go=Callback::new(move |day| moments.go_to_day(which, day))/>
            <button type="button" class="btn btn-sm btn-square" aria-label=format!("{label}: a minute earlier") on:click=step(-1)>"◂"</button>
            <span class="w-11 text-center font-semibold tabular-nums">{time}</span>
            <button type="button" class="btn btn-sm btn-square" aria-label=format!("{label}: a minute later") on:click=step(1)>"▸"</button>
            <MinuteSlider timeline=moments.timeline name=format!("Minute, {label}") class="moment-slider" minute
                go=Callback::new(move |minute| moments.go(which, minute))/>
        </div>
    }
    .into_any()
}
