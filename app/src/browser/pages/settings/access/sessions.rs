//! The browsers in which the password was typed, and the end of their sessions.

use leptos::prelude::*;
use protocol::AccessSession;

use super::Shown;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ErrorNote, Show};
use crate::browser::live::live;
use crate::format;
use crate::rpc::{self, Answer};

#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    One(String),
    /// The one that asks: this browser has to type the password again.
    This(String),
    Others,
}

type Ending = Action<End, Answer<End>>;

async fn end(end: End) -> Answer<End> {
    match &end {
        End::One(id) | End::This(id) => rpc::settled(rpc::access::end_session(id.clone())).await?,
        End::Others => rpc::settled(rpc::access::end_other_sessions()).await?,
    }
    Ok(end)
}

#[component]
pub(super) fn Sessions(access: Shown) -> impl IntoView {
    let ending: Ending = Action::new(|wish: &End| end(wish.clone()));
    effect(move || match ending.value().get() {
        Some(Ok(End::This(_))) => {
            if let Err(error) = window().location().assign("/unlock") {
                leptos::logging::error!("the page of the password cannot be loaded: {error:?}");
            }
        }
        Some(Ok(End::One(_) | End::Others)) => access.read_again(),
        Some(Err(_)) | None => {}
    });
    let sessions = memo(move || access.0.with(|access| access.sessions.clone()));
    let has_others = memo(move || sessions.with(|all| all.iter().any(|session| !session.is_this)));
    view! {
        <section aria-labelledby="sessions-title">
            <div class="section-head">
                <h2 id="sessions-title">"Signed-in browsers"</h2>
                <Show when=move || has_others.get()>
                    <button type="button" class="btn btn-sm" disabled=move || ending.pending().get()
                        on:click=move |_| { ending.dispatch(End::Others); }>"End all others"</button>
                </Show>
            </div>
            <Show when=move || sessions.with(|all| !all.is_empty()) fallback=move || view! {
                <p class="text-sm text-muted">"None: there is nothing to sign in to without a password."</p>
            }>
                <div class="table-frame">
                    <table class="table table-sm">
                        <caption class="sr-only">"Browsers that are signed in; times in IST"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Browser"</th>
                                <th scope="col" class="max-sm:hidden">"Signed in (IST)"</th>
                                <th scope="col">"Last seen (IST)"</th>
                                <th scope="col"><span class="sr-only">"End"</span></th>
                            </tr>
                        </thead>
                        <tbody>
                            {move || sessions.get().into_iter().map(|session| view! { <Row session ending/> }).collect::<Vec<_>>()}
                        </tbody>
                    </table>
                </div>
            </Show>
            <div class="mt-3 empty:hidden" aria-live="polite">
                {move || ending.value().get().and_then(Result::err).map(|problem| view! {
                    <ErrorNote what="The session was not ended" problem/>
                })}
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Row(session: AccessSession, ending: Ending) -> impl IntoView {
    let now = live().now().get_untracked();
    let AccessSession { id, began, last_seen, agent, is_this, .. } = session;
    let label = format!("End the session of {agent}");
    let wish = if is_this { End::This(id) } else { End::One(id) };
    view! {
        <tr>
            <td>{agent}{is_this.then_some(view! { <span class="text-muted">" · this one"</span> })}</td>
            <td class="max-sm:hidden">{format::moment_seen_from(began, now)}</td>
            <td>{format::moment_seen_from(last_seen, now)}</td>
            <td class="text-right whitespace-nowrap">
                <button type="button" class="btn btn-xs" aria-label=label disabled=move || ending.pending().get()
                    on:click=move |_| { ending.dispatch(wish.clone()); }>
                    {if is_this { "Sign out" } else { "End" }}
                </button>
            </td>
        </tr>
    }
    .into_any()
}
