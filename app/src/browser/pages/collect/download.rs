//! Step 4: everything that was chosen, to be read once more, and the settings of the download.

use std::collections::BTreeSet;

use leptos::prelude::*;
use market::{Day, InstrumentKey};

use super::settings::Settings;
use super::step::Step;
use super::wizard::Wizard;
use super::words::contracts_words;
use crate::browser::compiled_once::memo;
use crate::format;

#[component]
pub fn DownloadStep() -> impl IntoView {
    let wizard = Wizard::of_context();
    let contracts = move || wizard.choices.with(contracts_words);
    let chosen = memo(move || {
        wizard.choices.with(|choices| {
            let with_dates = |key: &InstrumentKey| Some((key.clone(), choices.dates(key)?.clone()));
            choices.instruments.iter().filter_map(with_dates).collect::<Vec<_>>()
        })
    });
    view! {
        <div class="table-frame mt-4">
            <table class="table table-sm">
                <caption class="sr-only">"What will be downloaded"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Instrument"</th>
                        <th scope="col">"Contracts"</th>
                        <th scope="col" class="number">"Expiries"</th>
                        <th scope="col" class="max-sm:hidden">"Dates"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || chosen.get() key=Clone::clone let((key, dates))>
                        <tr>
                            <th scope="row"><Name key/></th>
                            <td>{contracts}</td>
                            <td class="number">{format::grouped(dates.len() as u64)}</td>
                            <td class="text-muted max-sm:hidden">{dates_words(&dates)}</td>
                        </tr>
                    </For>
                </tbody>
            </table>
        </div>
        <p class="mt-2 text-sm">
            <a class="link" href=move || wizard.address_of(Step::Expiries)>"Change the expiries"</a>
        </p>
        <Settings/>
    }
}

#[component]
fn Name(key: InstrumentKey) -> impl IntoView {
    let wizard = Wizard::of_context();
    let own_name = key.name().to_owned();
    view! {
        <Suspense fallback=move || own_name.clone()>
            {let key = key.clone(); move || { let key = key.clone(); Suspend::new(async move {
                wizard.instruments.await.ok();
                wizard.name_of(&key)
            })}}
        </Suspense>
    }
}

/// The newest few, and how many more.
fn dates_words(dates: &BTreeSet<Day>) -> String {
    const SHOWN: usize = 4;
    let mut words: Vec<String> = dates.iter().rev().take(SHOWN).map(|day| format::day(*day)).collect();
    let more = dates.len().saturating_sub(SHOWN);
    if more > 0 {
        words.push(format!("{more} more"));
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_dates_are_named_and_the_others_counted() {
        let days: BTreeSet<Day> = (1..=6).filter_map(|day| Day::new(2025, 8, day)).collect();
        assert_eq!(dates_words(&days), "6 Aug 2025, 5 Aug 2025, 4 Aug 2025, 3 Aug 2025, 2 more");
    }
}
