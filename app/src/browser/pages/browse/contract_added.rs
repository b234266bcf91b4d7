//! What can be added to a contract's chart: panes of an option, lines over the prices, a second instrument.

use leptos::prelude::*;

use super::contract::Shown;
use crate::browser::compiled_once::memo;
use crate::browser::components::{Show, menu};
use crate::chart_view::Added;

#[component]
pub fn AddedMenu(shown: Shown) -> impl IntoView {
    let count = memo(move || shown.view.read().added.len());
    let words = move || match count.get() {
        0 => "Add".to_owned(),
        count => format!("Add ({count})"),
    };
    let is_option = memo(move || shown.is_option());
    let group = move |title: &'static str, all: &[Added]| {
        let choices = all.iter().map(|one| choice(shown, *one)).collect_view();
        view! { <fieldset><legend>{title}</legend>{choices}</fieldset> }.into_any()
    };
    let button =
        view! { <summary class="btn btn-sm" title="Panes and lines of this chart">{words}</summary> };
    let panel = view! {
        <div class="chart-menu-panel">
            <Show when=move || is_option.get()>{group("Panes", &Added::PANES)}</Show>
            {group("Lines over the prices", &Added::AVERAGES)}
            {group("Second line, with its own axis", &Added::SECOND_LINES)}
        </div>
    };
    menu(button.into_any(), panel.into_any())
}

fn choice(shown: Shown, one: Added) -> AnyView {
    let is_added = move || shown.view.read().added.contains(&one);
    view! {
        <label>
            <input type="checkbox" class="checkbox checkbox-xs" prop:checked=is_added
                on:change=move |_| shown.look(|view| view.toggled(one))/>
            {one.words()}
        </label>
    }
    .into_any()
}
