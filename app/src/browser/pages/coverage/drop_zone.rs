//! Where the exchange's daily files are dropped or chosen: they are sent one after the other, and a table says what came of
//! each.

use gloo_net::http::Request;
use leptos::ev::DragEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use serde::Deserialize;
use web_sys::{File, FileList};

use super::taken_files::{FilesTaken, TakenList};
use crate::address::encoded;
use crate::drawn::TakenFiles;
use crate::format;

/// Files that are taken at once: a year of days and more.
const FILES_MAX: u32 = 400;

/// What is read of the answer to a file.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Answer {
    day: String,
    matched: u64,
    proven_empties: u64,
    requests_saved: u64,
    proven_holes: u64,
    job: Option<i64>,
    volume: Compared,
    sentences: Vec<String>,
    /// Of a problem document.
    detail: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct Compared {
    same: u64,
    differ: u64,
}

/// A file with what came of it: an answer, or a sentence.
type Sent = (String, Result<Answer, String>);

#[component]
pub(super) fn DropZone(files: TakenFiles) -> impl IntoView {
    let taken = TakenList::of(files);
    let (sent, progress, is_over) =
        (RwSignal::new(Vec::<Sent>::new()), RwSignal::new(String::new()), RwSignal::new(false));
    let chooser = NodeRef::<Input>::new();
    // What was given and is not taken.
    let left = RwSignal::new(None::<String>);
    let take = move |list: Option<FileList>| {
        let Some(list) = list.filter(|list| list.length() > 0) else { return };
        if !progress.with_untracked(String::is_empty) {
            left.set(Some("Files are being taken in: give these again when they are through.".to_owned()));
            return;
        }
        let given = list.length();
        left.set((given > FILES_MAX).then(|| {
            format!("At most {FILES_MAX} files are taken at once, so of these {given} the first: give the others again when they are through.")
        }));
        let files = (0..given.min(FILES_MAX)).filter_map(|at| list.item(at)).collect();
        spawn_local(async move {
            send_all(files, sent, progress).await;
            taken.read().await;
        });
    };
    let drop = move |event: DragEvent| {
        event.prevent_default();
        is_over.set(false);
        take(event.data_transfer().and_then(|transfer| transfer.files()));
    };
    let choose = move |_| {
        if let Some(input) = chooser.get_untracked() {
            take(input.files());
            // The same file may be chosen again.
            input.set_value("");
        }
    };
    view! {
        <section class="panel mt-4" aria-labelledby="cov-files">
            <h2 id="cov-files" class="panel-title">"The exchange's daily files"
                <span class="font-normal text-muted">" · bhavcopies of futures and options, UDiFF, NSE or BSE"</span></h2>
            <label class="drop-zone" class:is-over=is_over on:drop=drop
                on:dragover=move |event: DragEvent| { event.prevent_default(); is_over.set(true); }
                on:dragleave=move |_| is_over.set(false)>
                <span><strong>"Drop files here"</strong>", or choose them: .csv or .zip"</span>
                <span class="text-xs text-muted">"What was traded there and is missing here is asked for again; what was not traded is never asked for, and saves its requests."</span>
                <input type="file" class="sr-only" multiple accept=".csv,.zip,.CSV" node_ref=chooser on:change=choose/>
            </label>
            <p class="mt-2 text-sm" role="status">{progress}</p>
            <p class="text-sm text-error" role="status">{left}</p>
            {move || sent.with(|sent| (!sent.is_empty()).then(|| results(sent)))}
            <FilesTaken list=taken/>
        </section>
    }
    .into_any()
}

async fn send_all(files: Vec<File>, sent: RwSignal<Vec<Sent>>, progress: RwSignal<String>) {
    let all = files.len();
    sent.try_set(Vec::new());
    for (at, file) in files.into_iter().enumerate() {
        progress.try_set(format!("{} of {all}: {}", at + 1, file.name()));
        let name = file.name();
        let answer = send(&name, file).await;
        sent.try_update(|sent| sent.push((name, answer)));
    }
    progress.try_set(String::new());
}

async fn send(name: &str, file: File) -> Result<Answer, String> {
    let address = format!("/api/v1/bhavcopy?name={}", encoded(name));
    let request = Request::post(&address).header("content-type", "application/octet-stream").body(file);
    let away = || "ExpiryTrack's server does not answer. What it has stored is safe.".to_owned();
    let response = request.map_err(|_| away())?.send().await.map_err(|_| away())?;
    let answer: Answer = response.json().await.map_err(|_| away())?;
    if response.ok() { Ok(answer) } else { Err(format::sentence(&answer.detail.unwrap_or_else(away))) }
}

fn results(sent: &[Sent]) -> AnyView {
    let row = |(name, answer): &Sent| {
        let cells = match answer {
            Err(sentence) => view! { <td colspan="6" class="text-error">{sentence.clone()}</td> }.into_any(),
            Ok(answer) => {
                let Answer {
                    day,
                    matched,
                    proven_empties,
                    requests_saved,
                    proven_holes,
                    job,
                    volume,
                    sentences,
                    ..
                } = answer.clone();
                let job = job.map(|job| view! { " · " <A href=format!("/jobs/{job}") attr:class="link">{format!("job {job}")}</A> });
                view! {
                    <td>{day}</td>
                    <td class="number">{format::grouped(matched)}</td>
                    <td class="number">{format::grouped(proven_empties)}</td>
                    <td class="number">{format::grouped(requests_saved)}</td>
                    <td class="number">{format::grouped(proven_holes)} {job}</td>
                    <td class="number">{format!("{} of {}", volume.differ, volume.same + volume.differ)}
                        <details><summary>"In words"</summary>
                            <ul class="cov-lines text-left">{sentences.into_iter().map(|said| view! { <li>{said}</li> }).collect_view()}</ul>
                        </details>
                    </td>
                }
                .into_any()
            }
        };
        view! { <tr><th scope="row" class="break-all">{name.clone()}</th>{cells}</tr> }
    };
    view! {
        <div class="table-frame mt-2" role="region" tabindex="0" aria-label="What came of the files">
            <table class="table table-sm">
                <thead><tr>
                    <th scope="col">"File"</th><th scope="col">"Day"</th><th scope="col" class="number">"Contracts"</th>
                    <th scope="col" class="number">"Proven empty"</th><th scope="col" class="number">"Requests saved"</th>
                    <th scope="col" class="number">"Proven holes"</th><th scope="col" class="number">"Volume differs"</th>
                </tr></thead>
                <tbody>{sent.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
