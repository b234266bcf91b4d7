//! The password: set, changed, removed. What is typed is sent once, and the server alone judges it.

use leptos::prelude::*;
use protocol::{PASSWORD_LENGTH_MIN, PasswordChange, SecretText};

use super::Shown;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ConfirmedButton, ErrorNote, Field, Show};
use crate::rpc::{self, Answer};

/// What is typed.
#[derive(Clone, Copy)]
struct Typed {
    current: RwSignal<String>,
    new: RwSignal<String>,
    again: RwSignal<String>,
}

impl Typed {
    fn fields(self) -> [RwSignal<String>; 3] {
        [self.current, self.new, self.again]
    }

    /// What still keeps it from being sent.
    fn lacks(self, has_password: bool) -> Option<&'static str> {
        let is_empty = |field: RwSignal<String>| field.with(String::is_empty);
        if has_password && is_empty(self.current) || is_empty(self.new) {
            Some("")
        } else if self.new.get() != self.again.get() {
            Some("The two new ones differ.")
        } else {
            None
        }
    }

    fn change(self, has_password: bool, new: Option<String>) -> PasswordChange {
        let current = has_password.then(|| SecretText(self.current.get_untracked()));
        PasswordChange { current, new: new.map(SecretText) }
    }
}

#[component]
pub(super) fn Password(access: Shown) -> impl IntoView {
    let empty = || RwSignal::new(String::new());
    let typed = Typed { current: empty(), new: empty(), again: empty() };
    let has_password = memo(move || access.0.with(|access| access.has_password));
    let send =
        Action::new(|change: &PasswordChange| rpc::settled(rpc::access::change_password(change.clone())));
    effect(move || {
        if let Some(Ok(())) = send.value().get() {
            typed.fields().into_iter().for_each(|field| field.set(String::new()));
            access.read_again();
        }
    });
    let lacks = memo(move || typed.lacks(has_password.get()));
    view! {
        <section class="panel" aria-labelledby="password-title">
            <h2 id="password-title" class="text-base font-semibold">"Password"</h2>
            <p class="mt-1 max-w-prose text-sm text-muted">{move || words(has_password.get())}</p>
            // A form of its own each: a browser looks at the fields of a form once.
            <Show when=move || has_password.get()
                fallback=move || view! { <PasswordForm access typed send lacks has_password=false/> }>
                <PasswordForm access typed send lacks has_password=true/>
            </Show>
            <p class="mt-2 min-h-5 text-sm text-muted" role="status">
                {move || match lacks.get() {
                    Some(lacks) if !lacks.is_empty() => lacks,
                    Some(_) if matches!(send.value().get(), Some(Ok(()))) => "Done. Other browsers are signed out.",
                    _ => "",
                }}
            </p>
            <div aria-live="polite">
                {move || send.value().get().and_then(Result::err).map(|problem| view! {
                    <ErrorNote what="The password was not changed" problem/>
                })}
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn PasswordForm(
    access: Shown,
    typed: Typed,
    send: Action<PasswordChange, Answer<()>>,
    lacks: Memo<Option<&'static str>>,
    has_password: bool,
) -> impl IntoView {
    let is_pending = send.pending();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if lacks.get_untracked().is_none() {
            send.dispatch(typed.change(has_password, Some(typed.new.get_untracked())));
        }
    };
    let remove = Callback::new(move |()| {
        send.dispatch(typed.change(true, None));
    });
    let may_be_removed = has_password && !access.0.with_untracked(|access| access.needs_password);
    view! {
        <form class="mt-3" on:submit=submit>
            <input class="sr-only" type="text" name="username" value="expirytrack" autocomplete="username"
                tabindex="-1" aria-hidden="true" readonly/>
            <div class="grid gap-x-4 gap-y-2 sm:grid-cols-3">
                {has_password.then(|| view! {
                    <Field id="password-current" label="Current password" held=typed.current kind="password"
                        autocomplete="current-password"/>
                })}
                <Field id="password-new" label="New password" held=typed.new kind="password" hint=hint()/>
                <Field id="password-again" label="The same again" held=typed.again kind="password"/>
            </div>
            <div class="flex flex-wrap items-center gap-3">
                <button type="submit" class="btn btn-primary btn-sm"
                    disabled=move || lacks.with(Option::is_some) || is_pending.get()>
                    {if has_password { "Change password" } else { "Set password" }}
                </button>
                {may_be_removed.then(|| view! {
                    <ConfirmedButton words="Remove password" id="remove-password".to_owned()
                        disabled=Signal::derive(move || typed.current.with(String::is_empty) || is_pending.get())
                        question="Remove the password?"
                        detail="Then every program and every person at this machine may use ExpiryTrack. All sessions end; tokens stay."
                        deed="Remove password" confirmed=remove/>
                })}
            </div>
        </form>
    }
    .into_any()
}

fn words(has_password: bool) -> &'static str {
    if has_password {
        "Every browser types it once, on this machine too. Changing it signs all others out. Forgotten? On the machine itself, expirytrack password sets another."
    } else {
        "None is set: whoever uses this machine may use ExpiryTrack. Set one to demand it of every browser, and before you let other machines in."
    }
}

fn hint() -> &'static str {
    const { assert!(PASSWORD_LENGTH_MIN == 10) };
    "At least 10 characters."
}
