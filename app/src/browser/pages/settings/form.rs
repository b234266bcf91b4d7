//! The settings as they are typed, of which each page shows some. They are judged by the rules that the command line and
//! REST have too, and saved together.

use leptos::prelude::*;
use protocol::{Preferences, SettingName, SettingsPicture};

use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::ErrorNote;
use crate::browser::live::live;
use crate::format;
use crate::rpc::{self, Answer};

/// Copies share everything.
#[derive(Clone, Copy)]
pub(super) struct SettingsForm {
    kept: RwSignal<SettingsPicture>,
    /// In the order of their names.
    typed: [RwSignal<String>; SettingName::ALL.len()],
    save: Action<Preferences, Answer<SettingsPicture>>,
}

impl SettingsForm {
    pub fn of(opening: SettingsPicture) -> Self {
        let text = |name| opening.settings.text_of(name).unwrap_or_default();
        let typed = SettingName::ALL.map(|name| RwSignal::new(text(name)));
        let save = Action::new(|new: &Preferences| rpc::settings::put(*new));
        let form = Self { kept: RwSignal::new(opening), typed, save };
        let live = live();
        effect(move || {
            if let Some(Ok(fresh)) = save.value().get() {
                live.take_settings(fresh.settings);
                form.kept.set(fresh);
            }
        });
        form
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

    /// What is typed; nothing where one of them cannot be.
    fn judged(self) -> Option<Preferences> {
        let mut settings = Preferences::default();
        let mut take = |name| self.typed(name).with(|text| settings.set(name, text));
        SettingName::ALL.into_iter().try_for_each(&mut take).ok()?;
        Some(settings)
    }

    pub fn submit(self, event: &leptos::ev::SubmitEvent) {
        event.prevent_default();
        if let Some(settings) = untrack(|| self.judged()) {
            self.save.dispatch(settings);
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
    let SettingsForm { kept, save, .. } = form;
    let judged = memo(move || form.judged());
    let is_changed = memo(move || judged.get() != Some(kept.with(|kept| kept.settings)));
    let words = move || match (judged.get(), is_changed.get()) {
        (None, _) => "Something cannot be saved as it stands.",
        (Some(_), true) => "Not saved yet.",
        (Some(_), false) if matches!(save.value().get(), Some(Ok(_))) => "Saved.",
        (Some(_), false) => "",
    };
    view! {
        <div aria-live="polite">
            {move || save.value().get().and_then(Result::err).map(|problem| view! {
                <ErrorNote what="The settings were not saved" problem kept="What was saved before still holds."/>
            })}
        </div>
        <div class="mt-4 flex flex-wrap items-center gap-3">
            <button type="submit" class="btn btn-primary btn-sm"
                disabled=move || judged.read().is_none() || !is_changed.get() || save.pending().get()>"Save"</button>
            <p class="text-sm text-muted" role="status">{words}</p>
        </div>
    }
    .into_any()
}
