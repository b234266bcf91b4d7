//! The keys of the chain page: through the day, through the days, and playing it.

use super::player::Player;
use super::ticks::Ticks;
use crate::browser::keys::{Binding, Chord, follow_table};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Earlier,
    Later,
    DayBefore,
    DayAfter,
    Play,
    Legs,
}

const KEYS: [Binding<Meaning>; 6] = [
    Binding { chords: &[Chord::of("ArrowLeft")], words: "One step earlier", meaning: Meaning::Earlier },
    Binding { chords: &[Chord::of("ArrowRight")], words: "One step later", meaning: Meaning::Later },
    Binding {
        chords: &[Chord::shift("ArrowLeft")],
        words: "The day before, at the same time",
        meaning: Meaning::DayBefore,
    },
    Binding {
        chords: &[Chord::shift("ArrowRight")],
        words: "The day after, at the same time",
        meaning: Meaning::DayAfter,
    },
    Binding { chords: &[Chord::of("p")], words: "Play the day, or stop", meaning: Meaning::Play },
    Binding { chords: &[Chord::of("l")], words: "Tick legs for a strategy, or stop", meaning: Meaning::Legs },
];

pub(super) fn follow(player: Player, ticks: Ticks) {
    use leptos::prelude::GetUntracked;
    follow_table("Chain", &KEYS, move |meaning| {
        let step = i32::from(player.step.get_untracked());
        match meaning {
            Meaning::Earlier => {
                player.move_by(-step);
            }
            Meaning::Later => {
                player.move_by(step);
            }
            Meaning::DayBefore => player.move_by_days(-1),
            Meaning::DayAfter => player.move_by_days(1),
            Meaning::Play => player.play_or_stop(),
            Meaning::Legs => ticks.show_or_hide(),
        }
        true
    });
}
