//! Settings › Access: the password, the browsers that are signed in with it, the tokens of programs.

mod password;
mod sessions;
mod tokens;

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::AccessPicture;

use crate::browser::answer::answer;
use crate::browser::components::Load;
use crate::browser::frame::{Crumb, Page};
use crate::rpc;

#[component]
pub fn SettingsAccess() -> impl IntoView {
    let access = Resource::new(|| (), |()| answer(rpc::access::Access {}));
    view! {
        <Page crumbs=vec![Crumb::link("Settings", "/settings"), Crumb::here("Access")]>
            <Load resource=access what="Who may use this server could not be read" skeleton
                view=|access| view! { <AccessSections opening=access/> }/>
        </Page>
    }
}

#[component]
fn AccessSections(opening: AccessPicture) -> impl IntoView {
    let access = Shown(RwSignal::new(opening));
    view! {
        <div class="grid max-w-3xl gap-6">
            <h1 class="sr-only">"Access"</h1>
            <password::Password access/>
            <sessions::Sessions access/>
            <tokens::Tokens access/>
        </div>
    }
    .into_any()
}

/// What is shown, and how it is read again after a change.
#[derive(Clone, Copy)]
pub(super) struct Shown(pub RwSignal<AccessPicture>);

impl Shown {
    fn read_again(self) {
        spawn_local(async move {
            if let Ok(fresh) = rpc::access::access().await {
                self.0.try_set(fresh);
            }
        });
    }
}

fn skeleton() -> AnyView {
    view! { <div class="skeleton-box h-64 max-w-3xl" aria-hidden="true"></div> }.into_any()
}
