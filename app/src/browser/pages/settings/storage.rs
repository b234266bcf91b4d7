//! Settings › Storage: what takes how much room, backups, compacting, pruning, the lake.

mod archive;
mod backups;
mod compact;
mod figures;
mod import;
mod lake;
mod lake_move;
mod preview;
mod prune;
mod work;

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::StorageWork;

use crate::browser::answer::answer;
use crate::browser::components::Load;
use crate::browser::frame::{Crumb, Page};
use crate::browser::live::live;
use crate::rpc;
use crate::rpc::storage::StoragePage;

#[component]
pub fn SettingsStorage() -> impl IntoView {
    let storage = Resource::new(|| (), |()| answer(rpc::storage::Storage { underlying: None }));
    view! {
        <Page crumbs=vec![Crumb::link("Settings", "/settings"), Crumb::here("Storage")]>
            <Load resource=storage what="What takes how much room could not be read" skeleton
                view=|page| view! { <StorageSections opening=page/> }/>
        </Page>
    }
}

#[component]
fn StorageSections(opening: StoragePage) -> impl IntoView {
    let shown = Shown::new(opening);
    view! {
        <div class="grid max-w-3xl gap-7 storage">
            <h1 class="sr-only">"Storage"</h1>
            <figures::Figures shown/>
            <backups::Backups shown/>
            <compact::Compact shown/>
            <prune::Prune shown/>
            <lake::Lake shown/>
            <archive::Archive shown/>
            {import::import()}
        </div>
    }
    .into_any()
}

/// What is shown, kept true while something is under way.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    pub page: RwSignal<StoragePage>,
    is_busy: RwSignal<bool>,
    /// Commands that were answered. What was asked for before the newest of them tells of a time before it.
    begun: StoredValue<u32>,
}

impl Shown {
    fn new(opening: StoragePage) -> Self {
        let shown =
            Self { page: RwSignal::new(opening), is_busy: RwSignal::new(false), begun: StoredValue::new(0) };
        let seconds = live().ticks(1);
        Effect::new(move |before: Option<()>| {
            let _ = seconds.get();
            if before.is_some() && shown.page.with_untracked(|page| page.work.under_way.is_some()) {
                shown.follow();
            }
        });
        shown
    }

    /// Somebody has begun something, or told it to stop.
    pub(super) fn begun(self, work: StorageWork) {
        self.begun.try_update_value(|begun| *begun += 1);
        self.page.try_update(|page| page.work = work);
    }

    /// How far it is; once it has ended everything is read again.
    fn follow(self) {
        if self.is_busy.get_untracked() {
            return;
        }
        self.is_busy.set(true);
        spawn_local(async move {
            let begun = self.begun.try_get_value();
            if let Ok(work) = rpc::storage::work().await
                && begun == self.begun.try_get_value()
            {
                let has_ended = work.under_way.is_none();
                self.page.try_update(|page| page.work = work);
                if has_ended {
                    self.read_now().await;
                }
            }
            self.is_busy.try_set(false);
        });
    }

    pub(super) fn read_again(self) {
        spawn_local(self.read_now());
    }

    async fn read_now(self) {
        let begun = self.begun.try_get_value();
        if let Ok(fresh) = rpc::storage::storage(None).await
            && begun == self.begun.try_get_value()
        {
            self.page.try_set(fresh);
        }
    }
}

fn skeleton() -> AnyView {
    view! { <div class="skeleton-box h-64 max-w-3xl" aria-hidden="true"></div> }.into_any()
}
