//! The keys of the pages. Each stands once, in a table of its part of the page: the handler looks there for what a key
//! means, and the list of keys (`?`) is drawn from the same table, so it cannot tell of a key that does something else.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::Element;

use crate::browser::compiled_once::effect;

/// A key with what is held down beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chord {
    key: &'static str,
    with: With,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum With {
    Nothing,
    Shift,
    /// Shift or not: keyboards differ in where a sign lies.
    EitherCase,
    /// Control, or Command on a Mac.
    Command,
}

impl Chord {
    pub const fn of(key: &'static str) -> Self {
        Self { key, with: With::Nothing }
    }

    pub const fn shift(key: &'static str) -> Self {
        Self { key, with: With::Shift }
    }

    pub const fn sign(key: &'static str) -> Self {
        Self { key, with: With::EitherCase }
    }

    pub const fn command(key: &'static str) -> Self {
        Self { key, with: With::Command }
    }

    fn is(self, press: &Press) -> bool {
        let is_free = !press.command && !press.alt;
        let fits = match self.with {
            With::Nothing => is_free && !press.shift,
            With::Shift => is_free && press.shift,
            With::EitherCase => is_free,
            With::Command => press.command && !press.alt && !press.shift,
        };
        // With capitals locked a letter comes as a capital.
        fits && (press.key == self.key
            || self.with == With::Command && press.key.eq_ignore_ascii_case(self.key))
    }

    /// As it stands on the keyboard: `Ctrl K`, `⇧ ←`.
    pub fn words(self) -> String {
        let key = match self.key {
            "ArrowLeft" => "←",
            "ArrowRight" => "→",
            "ArrowUp" => "↑",
            "ArrowDown" => "↓",
            "-" => "−",
            other => other,
        };
        match self.with {
            With::Nothing | With::EitherCase => key.to_owned(),
            With::Shift => format!("⇧ {key}"),
            With::Command => {
                format!("{} {}", if is_mac() { "⌘" } else { "Ctrl" }, key.to_uppercase())
            }
        }
    }
}

/// What was pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Press {
    pub key: String,
    pub shift: bool,
    pub command: bool,
    pub alt: bool,
}

impl Press {
    /// `None` while a word is being composed: those keys are not ours.
    pub fn of(event: &KeyboardEvent) -> Option<Self> {
        (!event.is_composing()).then(|| Self {
            key: event.key(),
            shift: event.shift_key(),
            command: event.ctrl_key() || event.meta_key(),
            alt: event.alt_key(),
        })
    }
}

/// What some keys do.
#[derive(Clone, Copy, Debug)]
pub struct Binding<M: 'static> {
    pub chords: &'static [Chord],
    pub words: &'static str,
    pub meaning: M,
}

/// What a key means by a table.
pub fn meaning<M: Copy>(table: &[Binding<M>], press: &Press) -> Option<M> {
    let binding = table.iter().find(|binding| binding.chords.iter().any(|chord| chord.is(press)))?;
    Some(binding.meaning)
}

/// Fields, menus, scrolling regions and dialogs keep their own keys.
const USERS_OF_KEYS: &str =
    "input, select, textarea, [contenteditable], [role=menu], [role=listbox], [role=region], dialog";

/// Lists a table under its title, and calls `act` for every key that means something in it, as long as the page is
/// shown; it says whether it did anything.
pub fn follow_table<M: Copy>(
    title: &'static str,
    table: &'static [Binding<M>],
    act: impl Fn(M) -> bool + Clone + 'static,
) {
    list_keys(KeySection::of(title, table));
    // Effects run in the browser only.
    effect(move || {
        let act = act.clone();
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            if event.default_prevented() || is_within(&event, USERS_OF_KEYS) {
                return;
            }
            let meaning = Press::of(&event).and_then(|press| meaning(table, &press));
            if meaning.is_some_and(&act) {
                event.prevent_default();
            }
        });
        on_cleanup(move || handle.remove());
    });
}

/// A table as the list of keys shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySection {
    pub title: &'static str,
    pub rows: Vec<(&'static [Chord], &'static str)>,
}

impl KeySection {
    pub fn of<M>(title: &'static str, table: &'static [Binding<M>]) -> Self {
        Self { title, rows: table.iter().map(|binding| (binding.chords, binding.words)).collect() }
    }
}

/// The keys of the page that is shown.
#[derive(Clone, Copy)]
pub struct PageKeys(RwSignal<Vec<KeySection>>);

impl PageKeys {
    /// Called once, by the app.
    pub fn provide() {
        provide_context(Self(RwSignal::new(Vec::new())));
    }

    pub fn of_page() -> Self {
        expect_context()
    }

    pub fn sections(self) -> Vec<KeySection> {
        self.0.get()
    }
}

/// Lists keys as long as the component that calls this is there.
pub fn list_keys(section: KeySection) {
    let PageKeys(sections) = PageKeys::of_page();
    let title = section.title;
    sections.update(|sections| sections.push(section));
    on_cleanup(move || {
        // The page that comes next may have listed its own already, after these.
        let _ = sections.try_update(|sections| {
            let at = sections.iter().position(|section| section.title == title);
            at.map(|at| sections.remove(at))
        });
    });
}

/// Whether the target of an event is of these, or within one.
pub fn is_within(event: &KeyboardEvent, selector: &str) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| matches!(target.closest(selector), Ok(Some(_))))
}

/// Natively, in tests, there is no keyboard.
fn is_mac() -> bool {
    cfg!(target_arch = "wasm32")
        && window().navigator().platform().is_ok_and(|platform| platform.starts_with("Mac"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: [Binding<u8>; 4] = [
        Binding { chords: &[Chord::of("ArrowLeft")], words: "back", meaning: 1 },
        Binding { chords: &[Chord::shift("ArrowLeft")], words: "far back", meaning: 2 },
        Binding { chords: &[Chord::sign("?"), Chord::sign("/")], words: "help", meaning: 3 },
        Binding { chords: &[Chord::command("k")], words: "find", meaning: 4 },
    ];

    fn pressed(key: &str, held: &str) -> Option<u8> {
        let held = |name: &str| held.contains(name);
        let press =
            Press { key: key.to_owned(), shift: held("shift"), command: held("command"), alt: held("alt") };
        meaning(&TABLE, &press)
    }

    #[test]
    fn a_key_means_what_its_table_says_and_with_other_keys_nothing() {
        assert_eq!((pressed("ArrowLeft", ""), pressed("ArrowLeft", "shift")), (Some(1), Some(2)));
        assert_eq!((pressed("?", "shift"), pressed("?", ""), pressed("/", "")), (Some(3), Some(3), Some(3)));
        assert_eq!((pressed("k", "command"), pressed("K", "command")), (Some(4), Some(4)));
        for (key, held) in [
            ("ArrowLeft", "command"),
            ("ArrowLeft", "alt"),
            ("?", "command"),
            ("k", ""),
            ("k", "command shift"),
            ("k", "command alt"),
            ("arrowleft", ""),
        ] {
            assert_eq!(pressed(key, held), None, "{held} {key}");
        }
    }

    #[test]
    fn keys_are_told_as_they_stand_on_the_keyboard() {
        let section = KeySection::of("All", &TABLE);
        let words: Vec<String> =
            section.rows.iter().flat_map(|(chords, _)| chords.iter().map(|chord| chord.words())).collect();
        assert_eq!(words, ["←", "⇧ ←", "?", "/", "Ctrl K"]);
    }
}
