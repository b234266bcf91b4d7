//! Shares without live futures and options, of which there are thousands: the server looks for them while a person
//! types, and what it found is kept as long as the page is open.

use leptos::prelude::*;
use protocol::UnderlyingRow;

use crate::browser::compiled_once::effect;
use crate::rpc::collect::shares;

/// A shorter text means no share.
const LETTERS_MIN: usize = 2;

/// Fills `found` with what each search brings. A search that fails leaves it as it is: the instruments of the page
/// itself are there, and the note of a server that is away stands on every page.
pub fn look_for_shares(search: RwSignal<String>, found: RwSignal<Vec<UnderlyingRow>>) {
    let look = Action::new(|text: &String| shares(text.clone()));
    effect(move || {
        let text = search.get();
        if text.trim().chars().count() >= LETTERS_MIN {
            look.dispatch(text);
        }
    });
    effect(move || {
        let Some(Ok(rows)) = look.value().get() else { return };
        let is_new = |row: &UnderlyingRow| {
            found.with_untracked(|found| found.iter().all(|known| known.underlying.key != row.underlying.key))
        };
        let rows: Vec<UnderlyingRow> = rows.into_iter().filter(is_new).collect();
        if !rows.is_empty() {
            found.update(|found| found.extend(rows));
        }
    });
}
