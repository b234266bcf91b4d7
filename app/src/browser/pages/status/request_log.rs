//! The log of requests: a filter, the newest lines, older ones on request. Lines that a person has asked for stay
//! until the filter changes or the newest are asked for again; nothing moves under a reader by itself.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::{AUDIT_LINES, AuditQuery};

use super::filter::{Choice, DayEntry, Entry, Filter};
use crate::browser::compiled_once::memo;
use crate::browser::components::ErrorNote;
use crate::browser::live::live;
use crate::drawn::{RequestLine, RequestLines};
use crate::format;
use crate::rpc;
use crate::rpc::Problem;

/// Lines that are kept on the page; then only the newest can be asked for.
const LINES_MAX: usize = 2_000;

/// What was read so far.
#[derive(Clone, Debug, Default)]
struct Lines {
    headings: Vec<String>,
    lines: Vec<RequestLine>,
    next: Option<i64>,
    /// What could not be read: older lines, or the newest.
    problem: Option<(Problem, bool)>,
}

impl Lines {
    /// Takes the page after the last line.
    fn add(&mut self, page: RequestLines) {
        self.headings = page.headings;
        self.lines.extend(page.rows);
        self.next = page.next.filter(|_| self.lines.len() < LINES_MAX);
        self.problem = None;
    }
}

/// The log as the page has it; copies share it.
#[derive(Clone, Copy)]
struct Log {
    query: Memo<AuditQuery>,
    lines: RwSignal<Lines>,
    busy: RwSignal<bool>,
}

impl Log {
    fn shows_older(self) -> bool {
        self.busy.get_untracked()
            || self.lines.with_untracked(|lines| lines.lines.len() > AUDIT_LINES as usize)
    }

    /// Reads the newest lines, or the ones after the last.
    fn read(self, older: bool) {
        let asked = self.query.get_untracked();
        let before = if older { self.lines.with_untracked(|lines| lines.next) } else { None };
        self.busy.set(true);
        spawn_local(async move {
            let answer = rpc::status::requests(AuditQuery { before, ..asked.clone() }).await;
            self.busy.try_set(false);
            // The filter may be another one by now, or the page gone.
            if self.query.try_get_untracked() != Some(asked) {
                return;
            }
            self.lines.try_update(|lines| match answer {
                Ok(page) => {
                    if !older {
                        *lines = Lines::default();
                    }
                    lines.add(page);
                }
                // What is shown stays.
                Err(problem) => lines.problem = Some((problem, older)),
            });
        });
    }
}

#[component]
pub(super) fn RequestLog(endpoints: Vec<String>, opening: RequestLines) -> impl IntoView {
    let filter = Filter::of_address();
    let mut lines = Lines::default();
    lines.add(opening);
    let log =
        Log { query: memo(move || filter.query()), lines: RwSignal::new(lines), busy: RwSignal::new(false) };
    let reconnects = live().reconnects();
    Effect::new(move |before: Option<AuditQuery>| {
        let query = log.query.get();
        reconnects.track();
        // What the page was opened with is fresh; older lines that a person has asked for stay where they are.
        let is_new = before.as_ref().is_some_and(|before| *before != query);
        let was_away = before.is_some() && !is_new;
        if is_new || (was_away && !log.shows_older()) {
            log.read(false);
        }
        query
    });
    view! {
        <section class="panel log-panel" aria-labelledby="requests-title">
            <div class="log-tools">
                <h2 id="requests-title" class="panel-title">"Requests to Upstox"<span class="font-normal text-muted">" · newest first, times in IST"</span></h2>
                <Choice name="Outcome" field=filter.outcome all="Any outcome" options=vec![("ok".to_owned(), "answered".to_owned()), ("fault".to_owned(), "faults".to_owned())]/>
                <Choice name="Endpoint" field=filter.endpoint all="Any endpoint" options=endpoints.into_iter().map(|endpoint| (endpoint.clone(), endpoint)).collect()/>
                <DayEntry name="First day" field=filter.from/>
                <DayEntry name="Last day" field=filter.to/>
                <Entry name="Job number" field=filter.job class="input input-sm w-24" placeholder="Job"/>
                <Entry name="Search names, keys and codes" field=filter.search class="input input-sm log-find" placeholder="Name, key or code"/>
                <button type="button" class="btn btn-sm" disabled=log.busy on:click=move |_| log.read(false)>"Newest"</button>
            </div>
            <Shown log/>
        </section>
    }
    .into_any()
}

#[component]
fn Shown(log: Log) -> impl IntoView {
    let lines = log.lines;
    let rows = move || lines.with(|lines| lines.lines.iter().map(row).collect_view());
    let headings = move || {
        let heading = |words: &String| view! { <th scope="col">{words.clone()}</th> };
        lines.with(|lines| lines.headings.iter().map(heading).collect_view())
    };
    let has_more = move || lines.with(|lines| lines.next.is_some());
    view! {
        <div class="request-frame" role="region" aria-labelledby="requests-title" tabindex="0">
            <table class="table table-sm request-table">
                <thead>
                    <tr>
                        {headings}
                        <th scope="col">"Job"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {move || lines.with(|lines| lines.problem.clone()).map(|(problem, older)| view! {
            <div class="p-4"><ErrorNote what="The requests could not be read" problem retry=Callback::new(move |()| log.read(older))/></div>
        })}
        <p class="request-foot">
            {move || lines.with(|lines| foot_words(lines.lines.len(), lines.next.is_some()))}
            <button type="button" class="btn btn-sm" class:hidden=move || !has_more() disabled=log.busy on:click=move |_| log.read(true)>
                "Older requests"
            </button>
        </p>
    }
    .into_any()
}

/// A search looks at a bounded number of requests at a time, so nothing found is not the end.
fn foot_words(shown: usize, has_more: bool) -> String {
    let count = format::counted(shown as u64, "request", "requests");
    match (shown, has_more) {
        (0, true) => "None among the requests looked through so far.".to_owned(),
        (0, false) => "No request passes this filter.".to_owned(),
        (LINES_MAX.., _) => {
            format!("{count}, as many as are shown at once: narrow the filter to see older ones.")
        }
        (_, true) => count,
        (_, false) => format!("{count}, from the beginning"),
    }
}

fn row(line: &RequestLine) -> AnyView {
    let job = line.job.map(|job| view! { <a class="link" href=format!("/jobs/{job}")>{job}</a> });
    view! {
        <tr class:is-fault=line.is_fault>
            {line.cells.iter().map(cell).collect_view()}
            <td>{job}</td>
        </tr>
    }
    .into_any()
}

fn cell([words, below]: &[String; 2]) -> AnyView {
    let below = (!below.is_empty()).then(|| view! { <span class="request-below">{below.clone()}</span> });
    view! { <td>{words.clone()}{below}</td> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_found_is_the_end_only_where_the_log_ends() {
        assert_eq!(foot_words(0, true), "None among the requests looked through so far.");
        assert_eq!(foot_words(0, false), "No request passes this filter.");
        assert_eq!(foot_words(50, true), "50 requests");
        assert_eq!(foot_words(1, false), "1 request, from the beginning");
    }

    #[test]
    fn lines_end_with_the_log_or_at_their_bound() {
        let page = |count: usize, next| RequestLines {
            rows: vec![RequestLine::default(); count],
            next,
            ..RequestLines::default()
        };
        let mut lines = Lines::default();
        lines.add(page(2, Some(7)));
        assert_eq!((lines.lines.len(), lines.next), (2, Some(7)));
        lines.add(page(LINES_MAX - 2, Some(5)));
        assert_eq!((lines.lines.len(), lines.next), (LINES_MAX, None));
    }
}
