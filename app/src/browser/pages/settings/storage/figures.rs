//! The figures: the files, what is free, and a bar of what takes how much.

use leptos::prelude::*;
use protocol::StoragePicture;

use super::Shown;
use crate::browser::components::Figure;
use crate::browser::live::live;
use crate::format;

/// Underlyings that have a part of the bar of their own; the others share one.
const PARTS_MAX: usize = 5;
/// Of the bar, in its own units.
const WIDTH: f64 = 1000.0;

/// A part of the bar, with its line in the legend.
struct Part {
    class: &'static str,
    name: String,
    detail: String,
    bytes: u64,
}

#[component]
pub(super) fn Figures(shown: Shown) -> impl IntoView {
    let of = move |words: fn(&StoragePicture) -> String| {
        Signal::derive(move || shown.page.with(|page| words(&page.storage)))
    };
    view! {
        <section aria-labelledby="room-title">
            <div class="section-head"><h2 id="room-title">"Room"</h2></div>
            <dl class="figures">
                <Figure name="Database" number=of(|room| format::bytes(room.database_bytes))
                    detail=of(|room| format!("and {} of log", format::bytes(room.log_bytes)))/>
                <Figure name="Free within" number=of(|room| format::bytes(room.free_bytes)) 
                    detail=of(|room| if room.free_bytes > 0 { "compacting gives it back" } else { "nothing to give back" }.to_owned())/>
                <Figure name="Free disk" number=of(|room| room.free_disk_bytes.map_or_else(|| "not known".to_owned(), format::bytes))/>
                <Figure name="Candles" number=of(|room| format::compact(room.candles))
                    detail=of(|room| match room.archived_candles {
                        0 => format::grouped(room.candles),
                        archived => format!("and {} in the lake alone", format::compact(archived)),
                    })/>
            </dl>
            <p class="mt-2 text-sm text-muted wrap-anywhere">{of(|room| format!("In {}", room.data_dir))}</p>
            {move || shown.page.with(|page| bar(&page.storage))}
            <p class="mt-2 text-sm text-muted">"What an underlying takes is reckoned: its candles, times what one takes here on average."</p>
            <p class="mt-1 text-sm text-muted">{move || shown.page.with(|page| last_verify(&page.storage))}</p>
        </section>
    }
    .into_any()
}

fn bar(storage: &StoragePicture) -> AnyView {
    let parts = parts(storage);
    let whole: u64 = parts.iter().map(|part| part.bytes).sum::<u64>().max(1);
    let mut left = 0.0;
    let rects = parts.iter().map(|part| {
        let width = part.bytes as f64 / whole as f64 * WIDTH;
        let x = left;
        left += width;
        view! { <rect class=part.class x=x y="0" width=width height="14"></rect> }
    });
    let rects = rects.collect::<Vec<_>>();
    let lines = parts.iter().map(|part| {
        view! {
            <li class="flex items-baseline gap-2">
                <svg class="room-key" viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
                    <rect class=part.class width="10" height="10"></rect>
                </svg>
                <span>{part.name.clone()}</span>
                <span class="text-muted max-sm:hidden">{part.detail.clone()}</span>
                <span class="ml-auto whitespace-nowrap tabular-nums">{format!("about {}", format::bytes(part.bytes))}</span>
            </li>
        }
    });
    view! {
        <svg class="room-bar" role="img" aria-label="What takes how much room; the list below says the same" viewBox="0 0 1000 14" preserveAspectRatio="none">{rects}</svg>
        <ul class="mt-2 grid gap-1 text-sm">{lines.collect::<Vec<_>>()}</ul>
    }
    .into_any()
}

/// Those of most first, then what is no candle, then what is free.
fn parts(storage: &StoragePicture) -> Vec<Part> {
    const CLASSES: [&str; PARTS_MAX] = ["room-1", "room-2", "room-3", "room-4", "room-5"];
    let mut parts: Vec<Part> = storage
        .shares
        .iter()
        .zip(CLASSES)
        .map(|(share, class)| Part {
            class,
            name: share.underlying.name.clone(),
            detail: format!("{} candles", format::compact(share.contract_candles + share.own_candles)),
            bytes: share.bytes,
        })
        .collect();
    let others = storage.shares.iter().skip(PARTS_MAX);
    let (count, bytes) = others.fold((0, 0), |(count, bytes), share| (count + 1, bytes + share.bytes));
    let rest = [
        ("room-others", format::counted(count, "other underlying", "other underlyings"), bytes),
        ("room-lists", "Lists, requests, jobs".to_owned(), storage.other_bytes),
        ("room-free", "Free".to_owned(), storage.free_bytes),
    ];
    let rest = rest.into_iter().filter(|(_, _, bytes)| *bytes > 0);
    parts.extend(rest.map(|(class, name, bytes)| Part { class, name, detail: String::new(), bytes }));
    parts
}

fn last_verify(storage: &StoragePicture) -> String {
    let now = live().now().get_untracked();
    match &storage.last_verify {
        None => {
            "The database was never checked as a whole: that takes long, and is done from the command line."
                .to_owned()
        }
        Some(last) if last.sound => {
            format!("Last checked whole {}: sound.", format::moment_seen_from(last.at, now))
        }
        Some(last) => format!(
            "Last checked whole {}: {}.",
            format::moment_seen_from(last.at, now),
            last.problems.join("; ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::Underlying;
    use protocol::StorageShare;

    #[test]
    fn the_bar_names_the_largest_and_sums_up_the_others() {
        let share = |bytes| StorageShare {
            underlying: Underlying::from_key("NSE_INDEX|Nifty 50".parse().unwrap()),
            contract_candles: bytes,
            own_candles: 0,
            archived_candles: 0,
            bytes,
        };
        let storage = StoragePicture {
            data_dir: "/data".to_owned(),
            database_bytes: 100,
            log_bytes: 0,
            free_disk_bytes: None,
            free_bytes: 0,
            candles: 28,
            archived_candles: 0,
            shares: [7, 6, 5, 4, 3, 2, 1].map(share).to_vec(),
            other_bytes: 9,
            expiries: Vec::new(),
            last_backup: None,
            backup_rule: None,
            next_backup: None,
            last_verify: None,
            pruned: Vec::new(),
        };
        let told: Vec<_> = parts(&storage).into_iter().map(|part| (part.class, part.bytes)).collect();
        assert_eq!(told[..2], [("room-1", 7), ("room-2", 6)]);
        assert_eq!(told[5..], [("room-others", 3), ("room-lists", 9)]);
    }
}
