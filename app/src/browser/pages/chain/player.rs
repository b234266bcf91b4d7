//! The minute that is shown: chosen with the slider or by key, or moving by itself while a day is played. One question
//! is under way at a time, and what is wanted meanwhile is asked next.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::query_signal_with_options;
use market::{Day, InstrumentKey};
use protocol::{ChainDay, ChainDays, ChainPicture, Minute};

use crate::browser::compiled_once::{effect, memo};
use crate::format;
use crate::rpc::Problem;
use crate::rpc::chain::chain_at;

/// Minutes of a step.
pub const STEPS: [u16; 3] = [1, 5, 15];
/// Steps a second.
const SPEEDS: [u32; 4] = [1, 2, 4, 8];

/// Copies share everything.
#[derive(Clone, Copy)]
pub struct Player {
    of: StoredValue<(InstrumentKey, Day)>,
    days: StoredValue<Vec<ChainDay>>,
    /// What is wanted.
    minute: RwSignal<Minute>,
    chain: RwSignal<ChainPicture>,
    problem: RwSignal<Option<Problem>>,
    asking: StoredValue<bool>,
    pub step: RwSignal<u16>,
    speed: RwSignal<u32>,
    playing: RwSignal<bool>,
    set_address: SignalSetter<Option<String>>,
}

impl Player {
    pub fn new(days: &ChainDays, chain: ChainPicture) -> Self {
        let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        let (_, set_address) = query_signal_with_options::<String>("at", options);
        let last = days.days.last().map(|day| minute_of(day.day, day.last_minute));
        // The server writes what is read here again.
        let at = chain.at.parse().ok().or(last).unwrap_or_else(|| minute_of(days.expiry, 0));
        let player = Self {
            of: StoredValue::new((days.underlying.clone(), days.expiry)),
            days: StoredValue::new(days.days.clone()),
            minute: RwSignal::new(at),
            chain: RwSignal::new(chain),
            problem: RwSignal::new(None),
            asking: StoredValue::new(false),
            step: RwSignal::new(STEPS[0]),
            speed: RwSignal::new(SPEEDS[1]),
            playing: RwSignal::new(false),
            set_address,
        };
        player.run();
        player
    }

    pub fn chain(self) -> ReadSignal<ChainPicture> {
        self.chain.read_only()
    }

    pub fn problem(self) -> Option<Problem> {
        self.problem.get()
    }

    pub fn minute(self) -> Minute {
        self.minute.get()
    }

    pub fn is_playing(self) -> bool {
        self.playing.get()
    }

    /// Shows a minute.
    pub fn go(self, minute: Minute) {
        if self.minute.get_untracked() != minute {
            self.minute.set(minute);
            if !self.playing.get_untracked() {
                self.set_address.set(Some(minute.to_string()));
            }
        }
        self.ask();
    }

    /// Some minutes later or earlier, within the day.
    pub fn move_by(self, minutes: i32) -> bool {
        let now = self.minute.get_untracked();
        let Some(day) = self.day(now.day()) else { return false };
        let wanted = i32::from(minute_of_day(now)) + minutes;
        let within = wanted.clamp(i32::from(day.first_minute), i32::from(day.last_minute));
        let Ok(within) = u16::try_from(within) else { return false };
        self.go(minute_of(day.day, within));
        i32::from(within) == wanted
    }

    /// The same time of the day before or after.
    pub fn move_by_days(self, days: isize) {
        let now = self.minute.get_untracked();
        let beside = self.days.with_value(|all| {
            let place = all.iter().position(|day| day.day == now.day())?;
            all.get(place.checked_add_signed(days)?).copied()
        });
        if let Some(day) = beside {
            self.go_to_day(day);
        }
    }

    /// The time of the day is kept, as near as the day has it.
    pub fn go_to_day(self, day: ChainDay) {
        let time = minute_of_day(self.minute.get_untracked());
        self.go(minute_of(day.day, time.clamp(day.first_minute, day.last_minute)));
    }

    pub fn day(self, day: Day) -> Option<ChainDay> {
        self.days.with_value(|all| all.iter().find(|known| known.day == day).copied())
    }

    pub fn days(self) -> Vec<ChainDay> {
        self.days.get_value()
    }

    /// Plays from here, at the day's end from its beginning; or stands still.
    pub fn play_or_stop(self) {
        let is_playing = !self.playing.get_untracked();
        self.playing.set(is_playing);
        let now = self.minute.get_untracked();
        if !is_playing {
            self.set_address.set(Some(now.to_string()));
            return;
        }
        if let Some(day) = self.day(now.day()).filter(|day| minute_of_day(now) >= day.last_minute) {
            self.go(minute_of(day.day, day.first_minute));
        }
    }

    /// One step forward at each tick, unless the one before is still on its way.
    fn run(self) {
        effect(move || {
            if !self.playing.get() {
                return;
            }
            let pause = Duration::from_secs(1) / self.speed.get().max(1);
            let tick = move || {
                let waits = self.asking.try_get_value().unwrap_or(true);
                if !waits && !self.move_by(self.step.get_untracked().into()) {
                    self.play_or_stop();
                }
            };
            // Without a timer nothing plays; everything else works.
            if let Ok(handle) = set_interval_with_handle(tick, pause) {
                on_cleanup(move || handle.clear());
            }
        });
    }

    /// Asks once more for the minute that is wanted.
    pub fn ask(self) {
        if self.asking.get_value() {
            return;
        }
        let wanted = self.minute.get_untracked();
        let (underlying, expiry) = self.of.get_value();
        self.asking.set_value(true);
        spawn_local(async move {
            let answer = chain_at(underlying, expiry, wanted).await;
            // The page may be gone.
            if self.asking.try_set_value(false).is_some() {
                return;
            }
            match answer {
                Ok(chain) => {
                    self.problem.set(None);
                    self.chain.set(chain);
                }
                Err(problem) => {
                    self.problem.set(Some(problem));
                    self.playing.set(false);
                }
            }
            if self.minute.get_untracked() != wanted {
                self.ask();
            }
        });
    }
}

fn minute_of(day: Day, minute: u16) -> Minute {
    Minute::of(day.at_minute(minute))
}

fn minute_of_day(minute: Minute) -> u16 {
    minute.start().minute_of_day()
}

/// The slider over the day's minutes, the steps and the player's buttons.
#[component]
pub fn Slider(player: Player) -> impl IntoView {
    let day = memo(move || player.day(player.minute().day()));
    let bound = move |of: fn(ChainDay) -> u16| move || day.get().map_or(0, of);
    let time = move || format::time(player.minute().start());
    let slide = move |event| {
        let minute = event_target_value(&event).parse::<u16>().ok();
        if let Some((day, minute)) = day.get_untracked().zip(minute) {
            player.go(minute_of(day.day, minute));
        }
    };
    let step = move |by: i32| {
        move |_| {
            player.move_by(by * i32::from(player.step.get_untracked()));
        }
    };
    view! {
        <div class="chain-player" role="group" aria-label="Time of day">
            <button type="button" class="btn btn-sm btn-primary w-20" on:click=move |_| player.play_or_stop()>
                {move || if player.is_playing() { "Stop" } else { "Play" }}
            </button>
            <button type="button" class="btn btn-sm" aria-label="One step back" on:click=step(-1)>"◂"</button>
            <span class="w-12 text-center font-semibold tabular-nums" aria-live="off">{time}</span>
            <button type="button" class="btn btn-sm" aria-label="One step forward" on:click=step(1)>"▸"</button>
            <input type="range" class="range range-xs range-primary chain-slider" aria-label="Minute of the day" aria-valuetext=time
                min=bound(|day| day.first_minute) max=bound(|day| day.last_minute) step="1"
                prop:value=move || minute_of_day(player.minute()).to_string() on:input=slide/>
            <select class="select select-sm w-auto max-sm:order-2 max-sm:flex-1" aria-label="Minutes of a step"
                on:change=move |event| if let Ok(step) = event_target_value(&event).parse() { player.step.set(step) }>
                {STEPS.map(|step| view! { <option value=step.to_string()>{format!("{step} min")}</option> }).collect_view()}
            </select>
            <select class="select select-sm w-auto max-sm:order-2 max-sm:flex-1" aria-label="Steps a second"
                on:change=move |event| if let Ok(speed) = event_target_value(&event).parse() { player.speed.set(speed) }>
                {SPEEDS.map(|speed| view! {
                    <option value=speed.to_string() selected=speed == player.speed.get_untracked()>{format!("{speed} a second")}</option>
                }).collect_view()}
            </select>
        </div>
    }
    .into_any()
}
