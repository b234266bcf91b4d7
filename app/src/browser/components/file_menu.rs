//! What is seen, as a file in the format of one's choice: a menu of links to REST. What is asked stands in the address that
//! the server gave; here only the format is another.

use leptos::ev::FocusEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, Node};

/// As REST calls them, and as people do.
const FORMATS: [(&str, &str); 3] = [("csv", "CSV"), ("xlsx", "Excel"), ("parquet", "Parquet")];

/// `csv` is the address of the CSV; `what` is in the file, for those who do not see where the menu stands.
pub fn file_menu(
    what: &'static str,
    csv: impl Fn() -> Option<String> + Clone + Send + Sync + 'static,
) -> AnyView {
    let csv = Signal::derive(csv);
    let link = |(format, words): (&'static str, &'static str)| {
        let href = move || csv.get().map(|csv| csv.replace("format=csv", &format!("format={format}")));
        view! { <li><a rel="external" download="" href=href>{words}</a></li> }
    };
    view! {
        <details class="chart-menu" name="chart-menu" on:focusout=close_when_left>
            <summary class="btn btn-xs" title=what>"Export"<span class="sr-only">{format!(": {what}")}</span></summary>
            <ul class="file-menu-panel">{FORMATS.map(link).into_iter().collect_view()}</ul>
        </details>
    }
    .into_any()
}

/// Where the focus goes elsewhere. Some browsers focus nothing by a click: that leaves it open.
pub fn close_when_left(event: FocusEvent) {
    let menu = event.current_target().and_then(|menu| menu.dyn_into::<Element>().ok());
    let next = event.related_target().and_then(|next| next.dyn_into::<Node>().ok());
    if let Some((menu, next)) = menu.zip(next)
        && !menu.contains(Some(&next))
    {
        // An attribute of this name can always be taken away.
        let _ = menu.remove_attribute("open");
    }
}
