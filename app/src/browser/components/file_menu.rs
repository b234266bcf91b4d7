//! What is seen, as a file in the format of one's choice: a menu of links to REST. What is asked stands in the address that
//! the server gave; here only the format is another.

use leptos::prelude::*;

use super::menu::menu_of_deeds;

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
        view! { <li><a rel="external" download="" href=href>{words}</a></li> }.into_any()
    };
    let button = view! {
        <summary class="btn btn-xs" title=what>"Export"<span class="sr-only">{format!(": {what}")}</span></summary>
    };
    menu_of_deeds(button.into_any(), FORMATS.map(link).into())
}
