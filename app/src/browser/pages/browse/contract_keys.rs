//! The arrow keys of a chart page: next strike, next expiry. They stay out of the way of anything that uses
//! arrows itself (a field, a scrolling table), and of every combination with another key.

use crate::browser::chart::Gesture;
use crate::browser::keys::{Binding, Chord, follow_table};
use protocol::{Neighbour, Neighbours};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMeaning {
    Lower,
    Higher,
    Newer,
    Older,
    Chart(Gesture),
}

const KEYS: [Binding<KeyMeaning>; 9] = [
    Binding { chords: &[Chord::of("ArrowLeft")], words: "The next lower strike", meaning: KeyMeaning::Lower },
    Binding {
        chords: &[Chord::of("ArrowRight")],
        words: "The next higher strike",
        meaning: KeyMeaning::Higher,
    },
    Binding {
        chords: &[Chord::of("ArrowUp")],
        words: "The like contract of the next newer expiry",
        meaning: KeyMeaning::Newer,
    },
    Binding {
        chords: &[Chord::of("ArrowDown")],
        words: "The like contract of the next older expiry",
        meaning: KeyMeaning::Older,
    },
    Binding {
        chords: &[Chord::shift("ArrowLeft")],
        words: "Earlier on the chart",
        meaning: KeyMeaning::Chart(Gesture::Earlier),
    },
    Binding {
        chords: &[Chord::shift("ArrowRight")],
        words: "Later on the chart",
        meaning: KeyMeaning::Chart(Gesture::Later),
    },
    Binding {
        chords: &[Chord::sign("+"), Chord::sign("=")],
        words: "Closer",
        meaning: KeyMeaning::Chart(Gesture::ZoomIn),
    },
    Binding {
        chords: &[Chord::sign("-")],
        words: "Farther away",
        meaning: KeyMeaning::Chart(Gesture::ZoomOut),
    },
    Binding {
        chords: &[Chord::sign("0")],
        words: "The whole life of the contract",
        meaning: KeyMeaning::Chart(Gesture::ShowAll),
    },
];

impl KeyMeaning {
    pub fn neighbour(self, neighbours: &Neighbours) -> Option<&Neighbour> {
        match self {
            Self::Lower => neighbours.lower.as_ref(),
            Self::Higher => neighbours.higher.as_ref(),
            Self::Newer => neighbours.newer.as_ref(),
            Self::Older => neighbours.older.as_ref(),
            Self::Chart(_) => None,
        }
    }
}

/// Calls `act` for every key that means something here, as long as the page is shown; it says whether it did
/// anything.
pub fn follow_keys(act: impl Fn(KeyMeaning) -> bool + Clone + 'static) {
    follow_table("Chart", &KEYS, act);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::keys::{Press, meaning};

    #[test]
    fn arrows_go_to_neighbours_and_with_shift_they_move_the_chart() {
        let of = |key: &str, shift| {
            meaning(&KEYS, &Press { key: key.to_owned(), shift, command: false, alt: false })
        };
        assert_eq!(of("ArrowLeft", false), Some(KeyMeaning::Lower));
        assert_eq!(of("ArrowLeft", true), Some(KeyMeaning::Chart(Gesture::Earlier)));
        assert_eq!(of("+", true), Some(KeyMeaning::Chart(Gesture::ZoomIn)));
        assert_eq!((of("ArrowUp", true), of("a", false)), (None, None));
        let older = Neighbour {
            key: "NSE_FO|1|21-08-2025".parse().unwrap(),
            expiry: "2025-08-21".parse().unwrap(),
            name: "24500 CE".to_owned(),
        };
        let neighbours = Neighbours { older: Some(older.clone()), ..Neighbours::default() };
        assert_eq!(KeyMeaning::Older.neighbour(&neighbours), Some(&older));
        assert_eq!(KeyMeaning::Newer.neighbour(&neighbours), None);
    }
}
