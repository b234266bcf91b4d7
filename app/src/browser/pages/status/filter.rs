//! Which requests and which lines the logs show: part of the address, so that a view can be reloaded and sent.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::query_signal_with_options;
use protocol::{AuditQuery, LogQuery};

use crate::browser::components::{Options, Select};

/// One field of the address.
#[derive(Clone, Copy)]
pub(super) struct Field {
    text: Memo<Option<String>>,
    set: SignalSetter<Option<String>>,
}

impl Field {
    fn new(name: &'static str) -> Self {
        let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        let (text, set) = query_signal_with_options::<String>(name, options);
        Self { text, set }
    }

    pub(super) fn get(self) -> String {
        self.text.get().unwrap_or_default()
    }

    pub(super) fn get_untracked(self) -> String {
        self.text.get_untracked().unwrap_or_default()
    }

    /// What is empty leaves the address.
    pub(super) fn set(self, text: &str) {
        self.set.set(Some(text.trim().to_owned()).filter(|text| !text.is_empty()));
    }
}

/// Copies share the address.
#[derive(Clone, Copy)]
pub(super) struct Filter {
    pub search: Field,
    pub endpoint: Field,
    pub outcome: Field,
    pub job: Field,
    /// Days of requests.
    pub from: Field,
    pub to: Field,
    /// Of the program's own log.
    pub level: Field,
    pub log: Field,
}

impl Filter {
    pub(super) fn of_address() -> Self {
        Self {
            search: Field::new("search"),
            endpoint: Field::new("endpoint"),
            outcome: Field::new("outcome"),
            job: Field::new("job"),
            from: Field::new("from"),
            to: Field::new("to"),
            level: Field::new("level"),
            log: Field::new("log"),
        }
    }

    /// Its newest requests. What cannot be read lets all pass.
    pub(super) fn query(self) -> AuditQuery {
        AuditQuery::of_texts(|name| match name {
            "search" => self.search.get(),
            "endpoint" => self.endpoint.get(),
            "outcome" => self.outcome.get(),
            "from" => self.from.get(),
            "to" => self.to.get(),
            _ => self.job.get(),
        })
    }

    /// Its newest lines of the program's own log.
    pub(super) fn log_query(self) -> LogQuery {
        LogQuery::of_texts(|name| if name == "level" { self.level.get() } else { self.log.get() })
    }
}

#[component]
pub(super) fn Choice(name: &'static str, field: Field, all: &'static str, options: Options) -> impl IntoView {
    let options: Options = [(String::new(), all.to_owned())].into_iter().chain(options).collect();
    view! {
        <Select class="select select-sm w-auto" name options=Signal::stored(options)
            chosen=Signal::derive(move || field.get()) choose=Callback::new(move |value: String| field.set(&value))/>
    }
    .into_any()
}

/// A day; none lets all pass.
#[component]
pub(super) fn DayEntry(name: &'static str, field: Field) -> impl IntoView {
    view! {
        <input type="date" class="input input-sm w-auto" aria-label=name title=name
            value=field.get_untracked() prop:value=move || field.get()
            on:change=move |event| field.set(&event_target_value(&event))/>
    }
    .into_any()
}

/// Taken when it is left or with the enter key, so that no request is spent on half a word.
#[component]
pub(super) fn Entry(
    name: &'static str,
    field: Field,
    class: &'static str,
    placeholder: &'static str,
) -> impl IntoView {
    view! {
        <input type="search" class=class aria-label=name placeholder=placeholder autocomplete="off" spellcheck="false"
            value=field.get_untracked() prop:value=move || field.get()
            on:change=move |event| field.set(&event_target_value(&event))/>
    }
    .into_any()
}
