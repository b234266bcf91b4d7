//! The minute that is shown: chosen with the slider or by key, or moving by itself while a day is played.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::query_signal_with_options;
use protocol::{ChainDay, ChainDays, ChainPicture, Minute};

use super::reader::Reader;
use crate::browser::compiled_once::effect;
use crate::browser::components::Select;
use crate::browser::pages::timeline::{MinuteSlider, Timeline, minute_of, same_time, time_of};
use crate::format;

/// Minutes of a step.
pub const STEPS: [u16; 3] = [1, 5, 15];
/// Steps a second.
const SPEEDS: [u32; 4] = [1, 2, 4, 8];
/// A minute that was wanted so long stands in the address: each change of it is work for the whole page.
const ADDRESS_REST: Duration = Duration::from_millis(250);

/// Copies share everything.
#[derive(Clone, Copy)]
pub struct Player {
    pub timeline: Timeline,
    /// What is wanted.
    minute: RwSignal<Minute>,
    pub reader: Reader,
    pub step: RwSignal<u16>,
    speed: RwSignal<u32>,
    playing: RwSignal<bool>,
    set_address: SignalSetter<Option<String>>,
    address_timer: StoredValue<Option<TimeoutHandle>>,
}

impl Player {
    pub fn new(days: &ChainDays, chain: ChainPicture) -> Self {
        let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        let (_, set_address) = query_signal_with_options::<String>("at", options);
        let last = days.days.last().map(|day| minute_of(day.day, day.last_minute));
        // The server writes what is read here again.
        let at = chain.at.parse().ok().or(last).unwrap_or_else(|| minute_of(days.expiry, 0));
        let player = Self {
            timeline: Timeline::new(days),
            minute: RwSignal::new(at),
            reader: Reader::new(days.underlying.clone(), days.expiry, at, chain),
            step: RwSignal::new(STEPS[0]),
            speed: RwSignal::new(SPEEDS[1]),
            playing: RwSignal::new(false),
            set_address,
            address_timer: StoredValue::new(None),
        };
        player.run();
        effect(move || {
            if player.reader.problem().with(Option::is_some) {
                player.playing.set(false);
            }
        });
        on_cleanup(move || player.forget_address());
        player
    }

    pub fn minute(self) -> ReadSignal<Minute> {
        self.minute.read_only()
    }

    pub fn is_playing(self) -> bool {
        self.playing.get()
    }

    /// Shows a minute.
    pub fn go(self, minute: Minute) {
        let before = self.minute.get_untracked();
        if before != minute {
            self.minute.set(minute);
            if !self.playing.get_untracked() {
                self.tell_address(minute);
            }
        }
        // Whoever goes a step, by key, button or slider, goes on by the same step.
        let step = i32::from(time_of(minute)) - i32::from(time_of(before));
        let is_step = before.day() == minute.day() && STEPS.iter().any(|of| i32::from(*of) == step.abs());
        let next = is_step.then(|| self.timeline.moved(minute, step)).flatten();
        self.reader.want(minute, next.filter(|next| *next != minute));
    }

    /// Some minutes later or earlier, within the day; says whether there were so many.
    pub fn move_by(self, minutes: i32) -> bool {
        let now = self.minute.get_untracked();
        let Some(moved) = self.timeline.moved(now, minutes) else { return false };
        self.go(moved);
        i32::from(time_of(moved)) == i32::from(time_of(now)) + minutes
    }

    /// Asks once more for the minute that is wanted.
    pub fn ask(self) {
        self.reader.want(self.minute.get_untracked(), None);
    }

    fn tell_address(self, minute: Minute) {
        self.forget_address();
        let tell = move || self.set_address.set(Some(minute.to_string()));
        // Without a timer the address stays as it is; everything else works.
        self.address_timer.set_value(set_timeout_with_handle(tell, ADDRESS_REST).ok());
    }

    fn forget_address(self) {
        if let Some(timer) = self.address_timer.try_get_value().flatten() {
            timer.clear();
        }
    }

    /// The same time of the day before or after.
    pub fn move_by_days(self, days: isize) {
        if let Some(day) = self.timeline.day_beside(self.minute.get_untracked(), days) {
            self.go_to_day(day);
        }
    }

    pub fn go_to_day(self, day: ChainDay) {
        self.go(same_time(self.minute.get_untracked(), day));
    }

    /// Plays from here, at the day's end from its beginning; or stands still.
    pub fn play_or_stop(self) {
        let is_playing = !self.playing.get_untracked();
        self.playing.set(is_playing);
        let now = self.minute.get_untracked();
        if !is_playing {
            self.tell_address(now);
            return;
        }
        if let Some(day) = self.timeline.day(now.day()).filter(|day| time_of(now) >= day.last_minute) {
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
                let waits = self.reader.asking().try_get_untracked().unwrap_or(true);
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
}

/// The slider over the day's minutes, the steps and the player's buttons.
#[component]
pub fn Slider(player: Player) -> impl IntoView {
    const OF_PLAYER: &str = "select select-sm w-auto max-sm:order-2 max-sm:flex-1";
    let time = move || format::time(player.minute().get().start());
    let steps = STEPS.map(|step| (step.to_string(), format!("{step} min"))).to_vec();
    let speeds = SPEEDS.map(|speed| (speed.to_string(), format!("{speed} a second"))).to_vec();
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
            <MinuteSlider timeline=player.timeline name="Minute of the day" class="chain-slider" minute=player.minute()
                go=Callback::new(move |minute| player.go(minute))/>
            <Select name="Minutes of a step" class=OF_PLAYER options=Signal::stored(steps)
                chosen=Signal::derive(move || player.step.get().to_string())
                choose=Callback::new(move |step: String| if let Ok(step) = step.parse() { player.step.set(step) })/>
            <Select name="Steps a second" class=OF_PLAYER options=Signal::stored(speeds)
                chosen=Signal::derive(move || player.speed.get().to_string())
                choose=Callback::new(move |speed: String| if let Ok(speed) = speed.parse() { player.speed.set(speed) })/>
        </div>
    }
    .into_any()
}
