//! Cancelling a job, after a question: it ends a download that may have waited for hours.

use leptos::prelude::*;
use protocol::JobCommand;

use super::controls::Commands;
use crate::browser::components::ConfirmedButton;

#[component]
pub(super) fn CancelJob(commands: Commands) -> impl IntoView {
    view! {
        <ConfirmedButton words="Cancel job" disabled=Signal::derive(move || commands.is_busy())
            id="cancel-title".to_owned() question="Cancel this job?"
            detail="What it has brought stays stored. Nothing more is asked for until you take the job up again."
            deed="Cancel the job" confirmed=Callback::new(move |()| commands.tell(JobCommand::Cancel))/>
    }
}
