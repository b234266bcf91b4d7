//! Which rows follow every step in time: those in view and some around them. The others follow when the chain has rested,
//! or when they come into view: drawing all of a long chain for every minute of a day that is played takes several times
//! as long as a minute is shown.

use std::ops::Range;
use std::time::Duration;

use leptos::prelude::*;
use leptos::web_sys::Element;
use protocol::ChainPicture;

use super::row_picture::Around;
use crate::browser::compiled_once::{effect, memo};

/// Rows above and below, for rows differ in height and scrolling goes ahead of what is drawn.
const ROWS_AROUND: usize = 4;
const REST: Duration = Duration::from_secs(1);

/// A chain that rows are drawn of.
#[derive(Clone, Copy, PartialEq)]
pub struct Source {
    pub chain: ReadSignal<ChainPicture>,
    pub around: Memo<Around>,
}

impl Source {
    fn of(chain: ReadSignal<ChainPicture>) -> Self {
        Self { chain, around: memo(move || chain.with(Around::of)) }
    }
}

/// Copies share everything.
#[derive(Clone, Copy)]
pub struct InView {
    now: Source,
    rested: Source,
    /// Places of rows; all of them until the frame was looked at.
    rows: RwSignal<Range<usize>>,
}

impl InView {
    pub fn of(chain: ReadSignal<ChainPicture>) -> Self {
        let rested = RwSignal::new(chain.get_untracked());
        effect(move || {
            let has_other_rows =
                chain.with(|now| rested.with_untracked(|rested| !strikes(now).eq(strikes(rested))));
            let follow = move || rested.set(chain.get_untracked());
            if has_other_rows {
                return follow();
            }
            match set_timeout_with_handle(follow, REST) {
                Ok(timer) => on_cleanup(move || timer.clear()),
                Err(_) => follow(),
            }
        });
        let rows = RwSignal::new(0..usize::MAX);
        Self { now: Source::of(chain), rested: Source::of(rested.read_only()), rows }
    }

    /// After the frame was scrolled.
    pub fn look(self, frame: &Element) {
        let (height, of_all) = (frame.client_height().max(0), frame.scroll_height().max(1));
        let count = self.now.chain.with_untracked(|chain| chain.rows.len());
        let place = |y: i32| usize::try_from(y).unwrap_or(0) * count / usize::try_from(of_all).unwrap_or(1);
        let (first, last) = (place(frame.scroll_top()), place(frame.scroll_top() + height));
        let rows = first.saturating_sub(ROWS_AROUND)..last.saturating_add(ROWS_AROUND);
        if self.rows.with_untracked(|before| *before != rows) {
            self.rows.set(rows);
        }
    }

    /// What the row at a place is drawn of.
    pub fn source(self, place: usize) -> Source {
        if self.rows.with(|rows| rows.contains(&place)) { self.now } else { self.rested }
    }
}

/// Upwards; as bits, they can be compared and named.
pub fn strikes(chain: &ChainPicture) -> impl Iterator<Item = u64> {
    chain.rows.iter().map(|row| row.strike.to_bits())
}
