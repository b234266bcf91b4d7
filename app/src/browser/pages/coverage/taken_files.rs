//! The exchange's files that were taken in, each of which can be withdrawn: what it proved counts no more then.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::compiled_once::memo;
use crate::browser::components::{ConfirmedButton, ErrorNote};
use crate::drawn::{TakenFile, TakenFiles};
use crate::rpc::coverage::{list_taken_files, withdraw};
use crate::rpc::{Problem, settled};

/// What is listed, and what came of the last withdrawal. Copies share it.
#[derive(Clone, Copy)]
pub(super) struct TakenList {
    files: RwSignal<TakenFiles>,
    told: RwSignal<Option<Result<Vec<String>, Problem>>>,
    is_busy: RwSignal<bool>,
}

impl TakenList {
    pub fn of(files: TakenFiles) -> Self {
        Self { files: RwSignal::new(files), told: RwSignal::new(None), is_busy: RwSignal::new(false) }
    }

    /// Reads the list anew; where that cannot be, what is shown stays.
    pub async fn read(self) {
        if let Ok(files) = list_taken_files().await {
            self.files.try_set(files);
        }
    }

    fn withdraw(self, file: &TakenFile) {
        let (exchange, day) = (file.exchange, file.day);
        self.is_busy.set(true);
        spawn_local(async move {
            let told = settled(withdraw(exchange, day)).await;
            self.told.try_set(Some(told));
            self.read().await;
            self.is_busy.try_set(false);
        });
    }
}

#[component]
pub(super) fn FilesTaken(list: TakenList) -> impl IntoView {
    let TakenList { files, told, .. } = list;
    let has_any = memo(move || files.with(|all| !all.files.is_empty()));
    let row = move |file: TakenFile| {
        let TakenFile { exchange, day, day_text, name, rows, contracts } = file.clone();
        let confirmed = Callback::new(move |()| list.withdraw(&file));
        view! {
            <tr>
                <th scope="row">{day_text}</th><td>{exchange.as_str()}</td><td class="break-all">{name}</td>
                <td class="number">{rows}</td><td class="number">{contracts}</td>
                <td><ConfirmedButton words="Withdraw" disabled=list.is_busy
                    id=format!("withdraw-{}-{day}", exchange.as_str()) question="Withdraw this file?"
                    detail="What it proved counts no more, and the job that asks again because of it is cancelled. No candle is touched; the file can be given again."
                    deed="Withdraw the file" confirmed/></td>
            </tr>
        }
    };
    let rows = move || files.with(|all| all.files.iter().cloned().map(row).collect_view());
    let older = move || {
        files.with(|all| {
            (all.older > 0).then(
                || view! { <p class="mt-2 text-xs text-muted">{format!("and {} older ones", all.older)}</p> },
            )
        })
    };
    view! {
        <div role="status">
            {move || told.get().map(|told| match told {
                Ok(sentences) => sentences.into_iter().map(|said| view! { <p class="mt-2 text-sm">{said}</p> }).collect_view().into_any(),
                Err(problem) => view! { <ErrorNote what="The file could not be withdrawn" problem/> }.into_any(),
            })}
        </div>
        {move || has_any.get().then(|| view! {
            <details class="mt-3 text-sm"><summary>"Files that were taken in"</summary>
                <div class="table-frame mt-2" role="region" tabindex="0" aria-label="Files that were taken in">
                    <table class="table table-sm">
                        <thead><tr>
                            <th scope="col">"Day"</th><th scope="col">"Exchange"</th><th scope="col">"File"</th>
                            <th scope="col" class="number">"Rows"</th><th scope="col" class="number">"Contracts known here"</th>
                            <th scope="col"><span class="sr-only">"Withdraw"</span></th>
                        </tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
                {older}
            </details>
        })}
    }
    .into_any()
}
