//! An icon never stands for a word: it is hidden from screen readers, and its neighbour says what it means.

use leptos::prelude::*;

pub use crate::icon_shape::IconShape;

/// Draws an icon in the colour of the text around it.
#[component]
pub fn Icon(shape: IconShape) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
            <path d=shape.path()/>
        </svg>
    }
}
