//! The keys of a chart page: next strike, next expiry, the chart itself. They stay out of the way of anything that uses
//! arrows itself (a field, a scrolling table), and of every combination with another key.

use crate::browser::keys::{Binding, Chord, follow_table};
use protocol::{Neighbour, Neighbours};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMeaning {
    Lower,
    Higher,
    Newer,
    Older,
    OtherSide,
    Earlier,
    Later,
    ZoomIn,
    ZoomOut,
    ShowAll,
    Before,
    Next,
    Measure,
    Finer,
    Coarser,
    Save,
}

const fn bound(chords: &'static [Chord], words: &'static str, meaning: KeyMeaning) -> Binding<KeyMeaning> {
    Binding { chords, words, meaning }
}

const KEYS: [Binding<KeyMeaning>; 16] = [
    bound(&[Chord::of("ArrowLeft")], "The next lower strike", KeyMeaning::Lower),
    bound(&[Chord::of("ArrowRight")], "The next higher strike", KeyMeaning::Higher),
    bound(&[Chord::of("ArrowUp")], "The like contract of the next newer expiry", KeyMeaning::Newer),
    bound(&[Chord::of("ArrowDown")], "The like contract of the next older expiry", KeyMeaning::Older),
    bound(&[Chord::of("t")], "From the call to the put of the strike, and back", KeyMeaning::OtherSide),
    bound(&[Chord::shift("ArrowLeft")], "Earlier on the chart", KeyMeaning::Earlier),
    bound(&[Chord::shift("ArrowRight")], "Later on the chart", KeyMeaning::Later),
    bound(&[Chord::sign("+"), Chord::sign("=")], "Closer", KeyMeaning::ZoomIn),
    bound(&[Chord::sign("-")], "Farther away", KeyMeaning::ZoomOut),
    bound(&[Chord::sign("0")], "The whole life of the contract", KeyMeaning::ShowAll),
    bound(&[Chord::sign(",")], "The crosshair to the candle before", KeyMeaning::Before),
    bound(&[Chord::sign(".")], "The crosshair to the next candle", KeyMeaning::Next),
    bound(&[Chord::of("m")], "Measure from the crosshair, then to it", KeyMeaning::Measure),
    bound(&[Chord::sign("[")], "Shorter candles", KeyMeaning::Finer),
    bound(&[Chord::sign("]")], "Longer candles", KeyMeaning::Coarser),
    bound(&[Chord::of("p")], "Save the chart as a picture", KeyMeaning::Save),
];

impl KeyMeaning {
    pub fn neighbour(self, neighbours: &Neighbours) -> Option<&Neighbour> {
        match self {
            Self::Lower => neighbours.lower.as_ref(),
            Self::Higher => neighbours.higher.as_ref(),
            Self::Newer => neighbours.newer.as_ref(),
            Self::Older => neighbours.older.as_ref(),
            Self::OtherSide => neighbours.other_side.as_ref(),
            _ => None,
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
        assert_eq!(of("ArrowLeft", true), Some(KeyMeaning::Earlier));
        assert_eq!(of("+", true), Some(KeyMeaning::ZoomIn));
        assert_eq!((of(",", false), of("m", false)), (Some(KeyMeaning::Before), Some(KeyMeaning::Measure)));
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
