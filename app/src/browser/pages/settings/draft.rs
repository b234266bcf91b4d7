//! The settings as they are typed, each channel's in its own file, and what is sent of them.

use leptos::prelude::*;
use protocol::{NewNoticeSettings, NoticeChannel, NoticeSettings, SecretText};

use super::email::EmailDraft;
use super::webhook::WebhookDraft;

/// Copies share the fields.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    /// What was kept when the fields were filled in.
    pub seen: RwSignal<NoticeSettings>,
    pub email: EmailDraft,
    pub webhook: WebhookDraft,
}

/// What was typed and not saved, kept while other pages are shown. It lives as long as the document.
#[derive(Clone)]
pub struct KeptDraft {
    owner: Option<Owner>,
    draft: StoredValue<Option<Draft>>,
}

impl KeptDraft {
    /// Provides it; called once, by the app.
    pub fn provide() {
        provide_context(Self { owner: Owner::current(), draft: StoredValue::new(None) });
    }

    /// The one that was left, else a new one. It is dropped with its page where `changed` says that all is saved.
    pub(super) fn take_up(self, settings: &NoticeSettings) -> Draft {
        if let Some(left) = self.draft.get_value() {
            return left;
        }
        let fresh = || Draft::of(settings);
        let draft = match &self.owner {
            Some(owner) => owner.with(fresh),
            None => fresh(),
        };
        self.draft.set_value(Some(draft));
        draft
    }

    pub(super) fn drop_when_left(self, changed: Memo<bool>) {
        let draft = self.draft;
        on_cleanup(move || {
            if changed.try_get_untracked() == Some(false) {
                draft.set_value(None);
            }
        });
    }
}

impl Draft {
    pub fn of(settings: &NoticeSettings) -> Self {
        Self {
            seen: RwSignal::new(settings.clone()),
            email: EmailDraft::of(settings.get(NoticeChannel::Email)),
            webhook: WebhookDraft::of(settings.get(NoticeChannel::Webhook)),
        }
    }

    fn secret_of(&self, channel: NoticeChannel) -> RwSignal<String> {
        match channel {
            NoticeChannel::Email => self.email.password,
            NoticeChannel::Webhook => self.webhook.secret,
        }
    }

    /// The server keeps them now, the secrets too.
    pub fn is_kept_as(&self, kept: &NoticeSettings) {
        self.seen.set(kept.clone());
        for channel in NoticeChannel::ALL {
            self.secret_of(channel).set(String::new());
        }
    }

    /// What is sent, or what is still to be done. Everything else the server judges.
    pub fn order(&self) -> Result<NewNoticeSettings, String> {
        let settings: NoticeSettings =
            [self.email.order()?, self.webhook.order()?].into_iter().flatten().collect();
        let typed = |channel| {
            let secret = self.secret_of(channel).get();
            let is_meant = settings.get(channel).is_some() && !secret.is_empty();
            is_meant.then_some((channel, SecretText(secret)))
        };
        let secrets = NoticeChannel::ALL.into_iter().filter_map(typed).collect();
        Ok(NewNoticeSettings { settings, secrets })
    }
}

/// A text without what stands around it.
pub(super) fn filled(text: RwSignal<String>, what: &str) -> Result<String, String> {
    let text = text.with(|text| text.trim().to_owned());
    if text.is_empty() { Err(format!("fill in {what}")) } else { Ok(text) }
}
