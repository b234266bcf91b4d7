//! The quick picks as buttons, and a range of dates: for one instrument, or for all.

use leptos::prelude::*;
use market::Day;
use protocol::ExpiryRow;

use super::picks::Pick;

/// How many the shorter of the two picks of newest ones takes.
const NEWEST: usize = 4;

/// Which picks a list of expiries has anything for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cycles {
    pub has_weekly: bool,
    pub has_monthly: bool,
}

impl Cycles {
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a ExpiryRow>) -> Self {
        rows.into_iter().fold(Self::default(), |known, row| Self {
            has_weekly: known.has_weekly || row.weekly == Some(true),
            has_monthly: known.has_monthly || row.weekly == Some(false),
        })
    }

    /// Where all are of one cycle, a pick of it says nothing.
    fn is_mixed(self) -> bool {
        self.has_weekly && self.has_monthly
    }
}

#[component]
pub fn PickBar(
    /// Whose expiries they are, for who cannot see it.
    #[prop(into)]
    label: String,
    cycles: Signal<Cycles>,
    /// How many "select all" selects, where that is known.
    #[prop(optional)]
    all: Option<usize>,
    #[prop(into)] choose: Callback<Pick>,
) -> impl IntoView {
    let is_ranging = RwSignal::new(false);
    let all_label = all.map_or_else(|| "Select all".to_owned(), |all| format!("Select all {all}"));
    let button = move |pick: Pick, label: String| {
        view! { <button type="button" class="btn btn-xs" on:click=move |_| choose.run(pick)>{label}</button> }
    };
    let of_cycle = move || {
        cycles.get().is_mixed().then(|| {
            view! { {button(Pick::Weekly, "Weekly".to_owned())} {button(Pick::Monthly, "Monthly".to_owned())} }
        })
    };
    view! {
        <div class="ml-auto flex flex-wrap items-center justify-end gap-1" role="group" aria-label=label>
            {button(Pick::Everything, all_label)}
            {button(Pick::Newest(NEWEST), format!("Newest {NEWEST}"))}
            {of_cycle}
            <button type="button" class="btn btn-xs" aria-expanded=move || is_ranging.get().to_string()
                on:click=move |_| is_ranging.update(|shown| *shown = !*shown)>"From – to"</button>
            <button type="button" class="btn btn-xs btn-ghost" on:click=move |_| choose.run(Pick::Nothing)>"Clear"</button>
            {move || is_ranging.get().then(|| view! { <RangeFields choose/> })}
        </div>
    }
    .into_any()
}

/// Two days; each change chooses at once.
#[component]
fn RangeFields(choose: Callback<Pick>) -> impl IntoView {
    let (from, to) = (RwSignal::new(None::<Day>), RwSignal::new(None::<Day>));
    let runs_backwards = move || from.get().zip(to.get()).is_some_and(|(from, to)| from > to);
    let field = move |label: &'static str, day: RwSignal<Option<Day>>| {
        let take = move |event| {
            day.set(event_target_value(&event).parse().ok());
            match (from.get_untracked(), to.get_untracked()) {
                (None, None) => choose.run(Pick::Nothing),
                (from, to) => choose.run(Pick::Between(from, to)),
            }
        };
        view! {
            <label class="flex items-center gap-1.5 text-sm text-muted">
                {label}
                <input type="date" class="input input-xs w-36" on:change=take
                    aria-invalid=move || runs_backwards().to_string()/>
            </label>
        }
    };
    view! {
        <div class="flex basis-full flex-wrap items-center justify-end gap-x-3 gap-y-1 pt-1">
            {field("From", from)} {field("to", to)}
            <p class="text-sm text-error" role="status">
                {move || runs_backwards().then_some("The first day lies after the last.")}
            </p>
        </div>
    }
    .into_any()
}
