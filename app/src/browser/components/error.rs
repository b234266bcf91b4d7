//! The note that something could not be done: what happened, what was not lost, and the way on.
//!
//! Not for a page without data: that is [`super::Empty`].

use leptos::prelude::*;

use super::Show;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::frame::SignInLink;
use crate::browser::live::{Connection, live};
use crate::rpc::{Problem, ProblemKind};

/// How long a note stands that came after the server was back already, before it is tried again.
const BACK_ALREADY_SECONDS: i64 = 2;

/// What failed because the server was away is done again as soon as it is back.
fn retry_when_back(retry: Callback<()>) {
    let (reconnects, connection, now) = (live().reconnects(), live().connection(), live().now());
    let came = (reconnects.get_untracked(), now.get_untracked().0);
    let is_back = memo(move || {
        let waited = now.get().0 - came.1 >= BACK_ALREADY_SECONDS;
        reconnects.get() != came.0 || (waited && connection.get() == Connection::Open)
    });
    effect(move || {
        if is_back.get() {
            retry.run(());
        }
    });
}

/// One thing that went wrong. It is announced to screen readers when it appears.
#[component]
pub fn ErrorNote(
    /// What could not be done: "The jobs could not be read".
    #[prop(into)]
    what: String,
    /// Why.
    problem: Problem,
    /// What was not lost, where a person might fear it.
    #[prop(optional, into)]
    kept: Option<&'static str>,
    /// Does it again; shown as "Try again". What an address asks for in vain is left behind instead.
    #[prop(optional, into)]
    retry: Option<Callback<()>>,
) -> impl IntoView {
    if let (Some(retry), ProblemKind::ServerAway) = (retry, problem.kind) {
        retry_when_back(retry);
    }
    let sign_in = problem.kind == ProblemKind::SignIn;
    let is_locked = problem.kind == ProblemKind::Locked;
    let is_in_vain = matches!(problem.kind, ProblemKind::Refused | ProblemKind::NotFound);
    let plain = retry.filter(|_| is_in_vain).and_then(|_| address_without_query());
    let retry = retry.filter(|_| plain.is_none());
    view! {
        <div class="error-note" role="alert">
            <p class="font-semibold">{what}</p>
            <p class="mt-1">{problem.sentence}</p>
            {kept.map(|kept| view! { <p class="mt-1 text-muted">{kept}</p> })}
            <Show when={let has_plain = plain.is_some(); move || sign_in || is_locked || retry.is_some() || has_plain}>
                <p class="mt-3 flex flex-wrap gap-2">
                    {sign_in.then(|| view! { <SignInLink/> })}
                    // Loading the page again leads to where the password is typed, and from there back.
                    {is_locked.then(|| view! { <a class="btn btn-primary btn-sm" href="" rel="external">"Unlock"</a> })}
                    // Loaded anew, because what is wished for may be the same as before but for what was wrong.
                    {plain.clone().map(|plain| view! { <a class="btn btn-sm" href=plain rel="external">"Show what is stored instead"</a> })}
                    {retry.map(|retry| view! {
                        <button type="button" class="btn btn-sm" on:click=move |_| retry.run(())>"Try again"</button>
                    })}
                </p>
            </Show>
        </div>
    }
    .into_any()
}

/// The page as it opens by itself; nothing where its address asks for nothing.
fn address_without_query() -> Option<String> {
    let location = window().location();
    location.search().ok().filter(|query| !query.is_empty())?;
    location.pathname().ok()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// What a note says where something was read, and not done.
    const OF_READING: [&str; 6] =
        ["not be read", "not be searched", "not be run", "has ended", "Nothing can leave", "be pruned"];

    fn check(folder: &Path, notes: &mut usize) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                check(&path, notes);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for note in text.split("<ErrorNote what=\"").skip(1) {
                let note = note.split("/>").next().unwrap();
                if OF_READING.iter().any(|words| note.contains(words)) {
                    assert!(note.contains("retry"), "{}: {note} does not come back", path.display());
                    *notes += 1;
                }
            }
        }
    }

    #[test]
    fn what_could_not_be_read_is_read_again_when_the_server_is_back() {
        let mut notes = 0;
        check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/browser"), &mut notes);
        assert!(notes > 10, "only {notes} notes are looked at");
    }
}
