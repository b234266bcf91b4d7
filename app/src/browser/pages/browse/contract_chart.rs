//! What the chart and the table of a contract are made of: its candles as the address wants them, the picture of them,
//! and the way between chart and address.

use std::sync::Arc;

use leptos::prelude::*;
use market::Paise;
use protocol::{CandleColumns, Market, Minute};

use super::contract::Shown;
use crate::browser::chart::{Candles, ChartHandle, Focus, Gesture, SavedPicture, picture_of};
use crate::browser::compiled_once::{effect, memo};
use crate::browser::document;
use crate::candles_wanted::CandlesWanted;
use crate::chart_view::{Added, View};
use crate::format;
use crate::interval_words::interval_words;

/// Rupees, while the contract's own tick is not known.
const TICK: f64 = 0.05;

#[derive(Clone, Copy)]
pub struct ContractChart {
    pub wanted: Memo<Option<CandlesWanted>>,
    pub candles: Candles,
    pub columns: Signal<Option<Arc<CandleColumns>>>,
    /// Of days, weeks or months, as far as the candles that are there are.
    pub daily: Signal<bool>,
    pub handle: ChartHandle,
}

impl ContractChart {
    pub fn of(shown: Shown) -> Self {
        let wanted = memo(move || {
            let key = shown.key.get().filter(|_| !shown.is_missing.get())?;
            Some(CandlesWanted::of(key, &shown.view.read()))
        });
        let candles = Candles::of(wanted.into());
        let daily = Signal::derive(move || {
            candles
                .shown
                .with(|wanted| wanted.as_ref().is_some_and(|wanted| wanted.interval.minutes().is_none()))
        });
        let columns: Signal<Option<Arc<CandleColumns>>> = candles.columns.into();
        let tick = memo(move || {
            let tick =
                shown.picture.with(|picture| picture.as_ref().map(|picture| picture.row.contract.tick_size));
            tick.filter(|tick| *tick > 0).map_or(TICK, |tick| Paise(tick).to_rupees())
        });
        let drawn = memo(move || Drawn::of(&shown.view.read()));
        let picture = memo(move || {
            let columns = columns.get()?;
            let view = drawn.read().view();
            Some(Arc::new(picture_of(&columns, &view, daily.get_untracked(), tick.get())))
        });
        let handle = ChartHandle::of(picture.into(), focus_of(shown));
        let chart = Self { wanted, candles, columns, daily, handle };
        chart.note_what_is_seen(shown);
        // What was under the crosshair is another candle now.
        effect(move || {
            columns.track();
            handle.hovered.set(None);
        });
        chart
    }

    /// The address follows what is seen.
    fn note_what_is_seen(self, shown: Shown) {
        let moved = self.handle.moved;
        effect(move || {
            let Some(range) = moved.get() else { return };
            let range = Some((Minute::of(range.0), Minute::of(range.1)));
            let view = shown.view.get_untracked();
            if view.range != range || view.at.is_some() {
                shown.note(|view| View { at: None, range, ..view });
            }
        });
    }

    /// As a picture with its title and source.
    pub fn save(self, shown: Shown) {
        let view = shown.view.get_untracked();
        let title = untrack(|| shown.title());
        // What was asked for may not have come.
        let drawn = self.candles.shown.with_untracked(|drawn| drawn.as_ref().map(|drawn| drawn.interval));
        let interval = drawn.unwrap_or(view.interval);
        let seen = self.handle.seen.get_untracked().map(|(from, to)| match interval.minutes() {
            None => format!(", {} to {}", format::day(from.day()), format::day(to.day())),
            Some(_) => format!(", {} to {} IST", format::moment(from), format::moment(to)),
        });
        let indexed = if view.is_indexed && !view.compared.is_empty() { ", indexed to 100" } else { "" };
        let source = match document::market() {
            Market::Simulated => "ExpiryTrack, simulated market: no prices of an exchange",
            Market::Upstox => "ExpiryTrack, data of Upstox",
        };
        self.handle.make(Gesture::Save(SavedPicture {
            file: format!("{}_{interval}.png", title.replace([' ', '/', '(', ')'], "_")),
            title,
            subtitle: format!("{}{}{indexed}", interval_words(interval), seen.unwrap_or_default()),
            source: source.to_owned(),
        }));
    }
}

/// The part of the view that a picture depends on, so that moving along does not draw it anew.
#[derive(Clone, Debug, Default, PartialEq)]
struct Drawn {
    added: Vec<Added>,
    compared: protocol::ComparedKeys,
    is_indexed: bool,
}

impl Drawn {
    fn of(view: &View) -> Self {
        Self { added: view.added.clone(), compared: view.compared.clone(), is_indexed: view.is_indexed }
    }

    fn view(&self) -> View {
        let Self { added, compared, is_indexed } = self.clone();
        View { added, compared, is_indexed, ..View::default() }
    }
}

/// What the address wants looked at; a minute comes before a range.
fn focus_of(shown: Shown) -> Signal<Option<Focus>> {
    let focus = memo(move || {
        let view = shown.view.read();
        let of_range = view.range.map(|(from, to)| Focus::Range(from.start(), to.start()));
        view.at.map(|at| Focus::Moment(at.start())).or(of_range)
    });
    focus.into()
}
