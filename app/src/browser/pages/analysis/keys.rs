//! The keys of the analysis page: through the day and through the days.

use super::moments::{Moments, Which};
use crate::browser::keys::{Binding, Chord, follow_table};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Earlier,
    Later,
    DayBefore,
    DayAfter,
    FromEarlier,
    FromLater,
}

const KEYS: [Binding<Meaning>; 6] = [
    Binding { chords: &[Chord::of("ArrowLeft")], words: "A minute earlier", meaning: Meaning::Earlier },
    Binding { chords: &[Chord::of("ArrowRight")], words: "A minute later", meaning: Meaning::Later },
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
    Binding {
        chords: &[Chord::of(",")],
        words: "Compare from five minutes earlier",
        meaning: Meaning::FromEarlier,
    },
    Binding {
        chords: &[Chord::of(".")],
        words: "Compare from five minutes later",
        meaning: Meaning::FromLater,
    },
];

pub(super) fn follow(moments: Moments) {
    follow_table("Analysis", &KEYS, move |meaning| {
        match meaning {
            Meaning::Earlier => moments.move_by(Which::At, -1),
            Meaning::Later => moments.move_by(Which::At, 1),
            Meaning::DayBefore => moments.move_by_days(-1),
            Meaning::DayAfter => moments.move_by_days(1),
            Meaning::FromEarlier => moments.move_by(Which::Since, -5),
            Meaning::FromLater => moments.move_by(Which::Since, 5),
        }
        true
    });
}
