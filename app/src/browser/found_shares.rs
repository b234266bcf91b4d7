//! Shares without live futures and options, of which there are thousands: the server looks for them while a person
//! types, and what it found is kept as long as the page is open.

use leptos::prelude::*;
use protocol::UnderlyingRow;

use crate::browser::compiled_once::effect;
use crate::browser::components::ErrorNote;
use crate::browser::looking::{Looked, Looking};
use crate::rpc::collect::shares;

/// A shorter text means no share.
const LETTERS_MIN: usize = 2;

pub type LookingForShares = Looking<Vec<UnderlyingRow>>;

/// Fills `found` with what each search brings.
pub fn look_for_shares(search: RwSignal<String>, found: RwSignal<Vec<UnderlyingRow>>) -> LookingForShares {
    let looking =
        Looking::of(search, |text| (text.chars().count() >= LETTERS_MIN).then(|| shares(text.to_owned())));
    effect(move || {
        let rows = looking.newest().unwrap_or_default();
        let is_new = |row: &UnderlyingRow| {
            found.with_untracked(|found| found.iter().all(|known| known.underlying.key != row.underlying.key))
        };
        let rows: Vec<UnderlyingRow> = rows.into_iter().filter(is_new).collect();
        if !rows.is_empty() {
            found.update(|found| found.extend(rows));
        }
    });
    looking
}

/// What stands under the rows that a page shows: that shares could not be looked for; and where there is no row, that
/// they are looked for, else `none`.
#[component]
pub fn SharesNote(
    looking: LookingForShares,
    #[prop(into)] is_none_shown: Signal<bool>,
    #[prop(into)] none: ViewFn,
) -> impl IntoView {
    let again = Callback::new(move |()| looking.look_again());
    move || match looking.looked() {
        Looked::Failed(problem) => view! {
            <div class="mt-3"><ErrorNote what="Shares could not be looked for" problem retry=again/></div>
        }
        .into_any(),
        Looked::Looking if is_none_shown.get() => {
            view! { <p class="mt-3 text-sm text-muted" role="status">"Looking…"</p> }.into_any()
        }
        Looked::NotAsked | Looked::Found(_) if is_none_shown.get() => none.run(),
        _ => ().into_any(),
    }
}
