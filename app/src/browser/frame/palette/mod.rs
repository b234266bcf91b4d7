//! Finding from anywhere: a page, an action, or what is stored, while one types. A field with a list under it, as WAI-ARIA
//! describes a combobox: the focus stays in the field, the arrow keys move through the list, Enter goes there.

mod entry;
mod marked;

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::web_sys::{ScrollIntoViewOptions, ScrollLogicalPosition};
use leptos_router::hooks::use_navigate;
use protocol::{FindText, Found};

use self::entry::{Deed, Entry, places};
use self::marked::marked;
use super::overlay::{Overlay, OverlayDialog, Overlays};
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{Icon, IconShape, Show, switch_theme};
use crate::browser::keys::{Binding, Chord, Press, meaning};
use crate::browser::live::live;
use crate::browser::looking::{Looked, Looking};
use crate::rpc::{self, Problem, ProblemKind};

const LIST: &str = "palette-list";
/// What may be typed, for who has typed nothing or found nothing.
const EXAMPLES: &str =
    "nifty 24500 ce 28 aug · bn 52000 pe · reliance fut aug · nifty weekly · job 12 · settings";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    Next,
    Previous,
    Choose,
}

pub const KEYS: [Binding<Move>; 3] = [
    Binding { chords: &[Chord::of("ArrowDown")], words: "The next line", meaning: Move::Next },
    Binding { chords: &[Chord::of("ArrowUp")], words: "The line before", meaning: Move::Previous },
    Binding { chords: &[Chord::of("Enter")], words: "Go there", meaning: Move::Choose },
];

#[component]
pub(super) fn Palette() -> impl IntoView {
    view! {
        <OverlayDialog overlay=Overlay::Find label="Find"><Finder/></OverlayDialog>
    }
}

/// What the field and its list share.
#[derive(Clone, Copy)]
struct Finding {
    text: RwSignal<String>,
    looking: Looking<Vec<Found>>,
    entries: Memo<Vec<Entry>>,
    /// Of the entries.
    at: RwSignal<usize>,
    /// Whether the line was chosen by hand; else it is the first.
    is_moved: RwSignal<bool>,
    /// Enter was pressed before the answer was there.
    is_awaited: RwSignal<bool>,
    /// What an action could not do.
    problem: RwSignal<Option<Problem>>,
}

impl Finding {
    fn new() -> Self {
        let text = RwSignal::new(String::new());
        let looking = Looking::of(text, |text| text.parse::<FindText>().ok().map(rpc::find::find));
        let session = live().session();
        let entries = memo(move || {
            let places = text.with(|text| session.with(|session| places(text, session)));
            let found = looking.newest().unwrap_or_default();
            places.into_iter().chain(found.iter().map(Entry::found)).collect::<Vec<_>>()
        });
        Self {
            text,
            looking,
            entries,
            at: RwSignal::new(0),
            is_moved: RwSignal::new(false),
            is_awaited: RwSignal::new(false),
            problem: RwSignal::new(None),
        }
    }

    fn type_in(self, text: String) {
        self.at.set(0);
        self.is_moved.set(false);
        self.is_awaited.set(false);
        self.problem.set(None);
        self.text.set(text);
    }

    /// Whether the list is still of an earlier text.
    fn is_pending(self) -> bool {
        self.looking.looked() == Looked::Looking
    }

    fn step(self, by: isize) {
        let count = self.entries.with_untracked(Vec::len);
        if count > 0 {
            self.is_moved.set(true);
            // From the last line on to the first, and back.
            self.at.update(|at| *at = at.saturating_add(count).saturating_add_signed(by) % count);
        }
    }

    /// A list that moves under a pointer at rest chooses nothing.
    fn point(self, at: usize, event: &MouseEvent) {
        if event.movement_x() != 0 || event.movement_y() != 0 {
            self.is_moved.set(true);
            self.at.set(at);
        }
    }

    fn chosen(self) -> Option<Entry> {
        self.entries.with_untracked(|entries| entries.get(self.at.get_untracked()).cloned())
    }

    /// The words under the field.
    fn told(self) -> String {
        if let Some(problem) = self.problem.get() {
            return problem.sentence;
        }
        let (text, count) = (self.text.get(), self.entries.with(Vec::len));
        match (self.looking.looked(), text.trim(), count) {
            (Looked::Failed(problem), ..) => format!("{} Pages can still be gone to.", problem.sentence),
            (_, "", _) => format!("For example: {EXAMPLES}"),
            (Looked::Looking, _, 0) => "Looking…".to_owned(),
            (_, text, 0) => format!("Nothing is known here of “{text}”. What can be typed: {EXAMPLES}"),
            (_, _, 1) => "1 found".to_owned(),
            (_, _, count) => format!("{count} found"),
        }
    }
}

#[component]
fn Finder() -> impl IntoView {
    let (finding, overlays) = (Finding::new(), Overlays::of_page());
    let choose = chooser(finding);
    // The answer that Enter waited for.
    effect(move || {
        if !finding.is_pending() && finding.is_awaited.get() {
            finding.is_awaited.set(false);
            finding.chosen().into_iter().for_each(|entry| choose.run(entry));
        }
    });
    effect(move || show_line(finding.at.get()));
    effect(move || {
        // A newer list may be shorter.
        if finding.entries.with(Vec::len) <= finding.at.get_untracked() {
            finding.at.set(0);
        }
    });
    view! {
        <div class="overlay-body">
            <div class="overlay-head">
                <Icon shape=IconShape::Find/>
                <Field finding choose/>
            </div>
            <ul id=LIST role="listbox" aria-label="Found" class="palette-list">
                {move || {
                    let text = finding.text.get();
                    let lines = finding.entries.get().into_iter().enumerate();
                    lines.map(|(at, entry)| line(finding, choose, at, entry, &text)).collect_view()
                }}
            </ul>
            <div class="palette-foot">
                <p role="status">{move || finding.told()}</p>
                <button type="button" class="link shrink-0" on:click=move |_| overlays.open(Overlay::Keys)>
                    "Keys"
                </button>
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Field(finding: Finding, choose: Callback<Entry>) -> impl IntoView {
    let input = NodeRef::<Input>::new();
    // The dialog may be open before the field is there.
    effect(move || {
        if let Some(input) = input.get() {
            let _ = input.focus();
        }
    });
    let pressed = move |event: KeyboardEvent| {
        let Some(step) = Press::of(&event).and_then(|press| meaning(&KEYS, &press)) else { return };
        event.prevent_default();
        match step {
            Move::Next => finding.step(1),
            Move::Previous => finding.step(-1),
            Move::Choose if finding.is_pending() && !finding.is_moved.get_untracked() => {
                finding.is_awaited.set(true);
            }
            Move::Choose => finding.chosen().into_iter().for_each(|entry| choose.run(entry)),
        }
    };
    let count = memo(move || finding.entries.with(Vec::len));
    let active = move || (count.get() > 0).then(|| line_id(finding.at.get()));
    view! {
        <input node_ref=input type="text" class="palette-field" role="combobox" aria-label="Find"
            aria-controls=LIST aria-autocomplete="list" aria-expanded=move || (count.get() > 0).to_string()
            aria-activedescendant=active autocomplete="off" autocapitalize="off" spellcheck="false" autofocus
            placeholder="Underlying, expiry, contract, job, page" maxlength=FindText::LENGTH_MAX.to_string()
            on:input=move |event| finding.type_in(event_target_value(&event)) on:keydown=pressed/>
        <Show when=move || finding.is_awaited.get()><span class="loading loading-spinner loading-xs" aria-hidden="true"></span></Show>
    }
    .into_any()
}

fn line(finding: Finding, choose: Callback<Entry>, at: usize, entry: Entry, text: &str) -> AnyView {
    let Entry { kind, detail, .. } = entry.clone();
    let title = marked(&entry.title, text).into_iter().map(|(part, is_marked)| {
        if is_marked { view! { <mark>{part}</mark> }.into_any() } else { part.into_any() }
    });
    view! {
        <li id=line_id(at) role="option" class="palette-line"
            aria-selected=move || (finding.at.get() == at).to_string()
            on:mousemove=move |event: MouseEvent| finding.point(at, &event)
            on:click=move |_| choose.run(entry.clone())>
            <span class="palette-title">{title.collect_view()}</span>
            <span class="palette-detail">{detail}</span>
            <span class="palette-kind">{kind}</span>
        </li>
    }
    .into_any()
}

fn line_id(at: usize) -> String {
    format!("{LIST}-{at}")
}

/// Scrolls the list where the line would be hidden.
fn show_line(at: usize) {
    if let Some(line) = document().get_element_by_id(&line_id(at)) {
        let nearest = ScrollIntoViewOptions::new();
        nearest.set_block(ScrollLogicalPosition::Nearest);
        line.scroll_into_view_with_scroll_into_view_options(&nearest);
    }
}

/// Goes where an entry leads, or does what it says; the palette closes behind it.
fn chooser(finding: Finding) -> Callback<Entry> {
    let (overlays, navigate) = (Overlays::of_page(), use_navigate());
    let navigate = StoredValue::new_local(navigate);
    let go = move |address: &str| {
        overlays.close();
        navigate.with_value(|navigate| navigate(address, Default::default()));
    };
    Callback::new(move |entry: Entry| match entry.deed {
        Deed::Go(address) => go(&address),
        Deed::ListKeys => overlays.open(Overlay::Keys),
        Deed::ChangeTheme => {
            switch_theme();
            overlays.close();
        }
        Deed::SignOut => spawn_local(async move {
            match rpc::session::sign_out().await {
                Ok(None) => overlays.close(),
                // Done here, and not at Upstox: the palette stays open with the words.
                Ok(Some(sentence)) => {
                    finding.problem.try_set(Some(Problem { kind: ProblemKind::Failed, sentence }));
                }
                Err(problem) => {
                    finding.problem.try_set(Some(problem));
                }
            }
        }),
        Deed::Show(market) => spawn_local(async move {
            match rpc::settled(rpc::market::show(market)).await {
                // Everything that a page has read is of the market before: the document is loaded anew.
                Ok(()) => drop(window().location().assign("/")),
                Err(problem) => {
                    finding.problem.try_set(Some(problem));
                }
            }
        }),
    })
}
