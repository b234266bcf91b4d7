//! Which requests the log shows: part of the address, so that a view can be reloaded and sent.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::query_signal_with_options;
use protocol::AuditQuery;

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
}

impl Filter {
    pub(super) fn of_address() -> Self {
        Self {
            search: Field::new("search"),
            endpoint: Field::new("endpoint"),
            outcome: Field::new("outcome"),
            job: Field::new("job"),
        }
    }

    /// Its newest requests. What cannot be read lets all pass.
    pub(super) fn query(self) -> AuditQuery {
        AuditQuery::of_texts(|name| match name {
            "search" => self.search.get(),
            "endpoint" => self.endpoint.get(),
            "outcome" => self.outcome.get(),
            _ => self.job.get(),
        })
    }
}
