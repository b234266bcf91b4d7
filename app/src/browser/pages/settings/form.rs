//! The settings as they are typed, of which each page shows some. They are judged by the rules that the command line and
//! REST have too, and saved together. Only what a person changed is sent, and a field that nobody touched follows what
//! is set elsewhere: so no page takes back what another has set. What is not saved is kept while other pages are shown.

use leptos::prelude::*;
use protocol::{Preferences, SettingChanges, SettingName, SettingsPicture};

use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::ErrorNote;
use crate::browser::left_texts::LeftTexts;
use crate::browser::live::live;
use crate::format;
use crate::rpc::{self, Answer};

/// Copies share everything.
#[derive(Clone, Copy)]
pub(super) struct SettingsForm {
    kept: RwSignal<SettingsPicture>,
    /// In the order of their names.
    typed: [RwSignal<String>; SettingName::ALL.len()],
    save: Action<SettingChanges, Answer<SettingsPicture>>,
}

impl SettingsForm {
    /// With what was typed and left of the settings that the page shows.
    pub fn of(opening: SettingsPicture, shown: &'static [SettingName]) -> Self {
        let text = |name| opening.settings.text_of(name).unwrap_or_default();
        let typed = SettingName::ALL.map(|name| RwSignal::new(text(name)));
        let save =
            Action::new(|changes: &SettingChanges| rpc::settled(rpc::settings::change(changes.clone())));
        let form = Self { kept: RwSignal::new(opening), typed, save };
        let live = live();
        effect(move || {
            if let Some(Ok(fresh)) = save.value().get() {
                live.take_settings(fresh.settings);
            }
        });
        form.keep_unsaved(shown);
        effect(move || form.follow(&live.settings().get()));
        form
    }

    fn keep_unsaved(self, shown: &'static [SettingName]) {
        let left = LeftTexts::of_document();
        for name in shown {
            if let Some(text) = left.take(name.as_str()) {
                self.typed(*name).set(text);
            }
        }
        on_cleanup(move || {
            for name in shown {
                let saved = self.kept.with_untracked(|kept| kept.settings.text_of(*name)).unwrap_or_default();
                let typed = self.typed(*name).get_untracked();
                if typed != saved {
                    left.leave(name.as_str(), typed);
                }
            }
        });
    }

    /// Takes up what is set by now, but for the fields that a person changed.
    fn follow(self, now: &Preferences) {
        let text = |settings: &Preferences, name| settings.text_of(name).unwrap_or_default();
        let before = self.kept.with_untracked(|kept| kept.settings);
        for name in SettingName::ALL {
            let typed = self.typed(name);
            if typed.with_untracked(|typed| *typed == text(&before, name)) {
                typed.set(text(now, name));
            }
        }
        self.kept.update(|kept| kept.settings = *now);
    }

    pub fn kept(self) -> RwSignal<SettingsPicture> {
        self.kept
    }

    pub fn typed(self, name: SettingName) -> RwSignal<String> {
        self.typed[name as usize]
    }

    /// Why the text of a setting cannot be.
    fn refusal(self, name: SettingName) -> Option<String> {
        let refused = self.typed(name).with(|text| Preferences::default().set(name, text));
        refused.err().map(|error| format::sentence(&error.to_string()))
    }

    /// What is typed otherwise than it is kept; nothing where one of them cannot be.
    fn changes(self) -> Option<SettingChanges> {
        let mut settings = Preferences::default();
        let mut take = |name| self.typed(name).with(|text| settings.set(name, text));
        SettingName::ALL.into_iter().try_for_each(&mut take).ok()?;
        let kept = self.kept.with(|kept| kept.settings);
        let is_changed = |name: &SettingName| settings.text_of(*name) != kept.text_of(*name);
        let changes = SettingName::ALL.into_iter().filter(is_changed);
        Some(SettingChanges(changes.map(|name| (name, self.typed(name).get())).collect()))
    }

    pub fn submit(self, event: &leptos::ev::SubmitEvent) {
        event.prevent_default();
        if let Some(changes) = untrack(|| self.changes()) {
            self.save.dispatch(changes);
        }
    }
}

/// A line of text, with what it is for or why it cannot be, and what the environment does to it.
#[component]
pub(super) fn SettingField(
    form: SettingsForm,
    name: SettingName,
    label: &'static str,
    #[prop(into)] hint: Signal<String>,
    #[prop(default = "")] placeholder: &'static str,
    #[prop(default = "numeric")] inputmode: &'static str,
) -> impl IntoView {
    let held = form.typed(name);
    let refusal = memo(move || form.refusal(name));
    let id = name.as_str();
    let hint_id = format!("{id}-hint");
    view! {
        <div>
            <label class="field-label" for=id>{label}</label>
            <input id=id type="text" inputmode=inputmode class="input input-sm w-36" autocomplete="off" spellcheck="false"
                placeholder=placeholder aria-describedby=hint_id.clone() aria-invalid=move || refusal.read().is_some().to_string()
                value=held.get_untracked() prop:value=held on:input=move |event| held.set(event_target_value(&event))/>
            <p id=hint_id class="field-hint" class:text-error=move || refusal.read().is_some() role="status">
                {move || refusal.get().unwrap_or_else(|| hint.get())}
            </p>
            <EnvironmentNote form name/>
        </div>
    }
    .into_any()
}

/// Says where a variable overrides or narrows a setting.
#[component]
pub(super) fn EnvironmentNote(form: SettingsForm, name: SettingName) -> impl IntoView {
    let kept = form.kept;
    move || {
        let told = kept.with(|kept| kept.line(name).and_then(|line| line.environment.clone()));
        told.map(|sentence| view! { <p class="environment-note">{format::sentence(&sentence)}</p> })
    }
}

/// The button, and how it stands.
#[component]
pub(super) fn SaveBar(form: SettingsForm) -> impl IntoView {
    let save = form.save;
    // How many; nothing where they cannot be saved.
    let changes = memo(move || form.changes().map(|changes| changes.0.len()));
    let words = move || match changes.get() {
        None => "Something cannot be saved as it stands.",
        Some(1..) => "Not saved yet; kept while you look at other pages.",
        Some(0) if matches!(save.value().get(), Some(Ok(_))) => "Saved.",
        Some(0) => "",
    };
    view! {
        <div aria-live="polite">
            {move || save.value().get().and_then(Result::err).map(|problem| view! {
                <ErrorNote what="The settings were not saved" problem kept="What was saved before still holds."/>
            })}
        </div>
        <div class="mt-4 flex flex-wrap items-center gap-3">
            <button type="submit" class="btn btn-primary btn-sm"
                disabled=move || !matches!(changes.get(), Some(1..)) || save.pending().get()>"Save"</button>
            <p class="text-sm text-muted" role="status">{words}</p>
        </div>
    }
    .into_any()
}
