//! The bell: how many notices nobody has read, and the way to them.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::browser::compiled_once::memo;
use crate::browser::components::{Icon, IconShape, Show};
use crate::browser::live::live;
use crate::format;

/// A larger count would not fit.
const SHOWN_MAX: u32 = 99;

#[component]
pub(super) fn Bell() -> impl IntoView {
    let notices = live().notices();
    let unread = memo(move || notices.get().unread);
    let words = move || match unread.get() {
        0 => "Notices, none unread".to_owned(),
        count => format!("Notices, {} unread", format::grouped(count.into())),
    };
    view! {
        <A href="/notices" attr:class="bell" attr:aria-label=words attr:title=words>
            <Icon shape=IconShape::Bell/>
            <Show when=move || { unread.get() > 0 }>
                <span class="badge badge-primary badge-xs tabular-nums" aria-hidden="true">
                    {move || if unread.get() > SHOWN_MAX { format!("{SHOWN_MAX}+") } else { unread.get().to_string() }}
                </span>
            </Show>
        </A>
    }
    .into_any()
}
