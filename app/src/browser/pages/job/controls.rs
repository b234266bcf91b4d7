//! What a person can tell a job: pause, resume, try again, cancel. Only what its state allows is offered.

use leptos::prelude::*;
use protocol::{JobCommand, JobPicture, JobStatus};

use super::cancel::CancelJob;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ErrorNote, Show};
use crate::browser::live::JobFeed;
use crate::rpc;
use crate::rpc::Answer;

/// Sends commands and takes their answers; copies share it.
#[derive(Clone, Copy)]
pub(super) struct Commands {
    send: Action<JobCommand, Answer<JobPicture>>,
}

impl Commands {
    pub(super) fn new(feed: JobFeed) -> Self {
        let send = Action::new(move |command: &JobCommand| rpc::jobs::command(feed.id, *command));
        effect(move || {
            if let Some(Ok(picture)) = send.value().get() {
                feed.picture.set(picture);
            }
        });
        Self { send }
    }

    pub(super) fn tell(self, command: JobCommand) {
        self.send.dispatch(command);
    }

    /// One at a time.
    pub(super) fn is_busy(self) -> bool {
        self.send.pending().get()
    }
}

#[component]
pub(super) fn JobControls(status: Memo<JobStatus>, commands: Commands) -> impl IntoView {
    let offer = memo(move || offer(status.get()));
    view! {
        {move || offer.get().map(|(command, words, class)| view! {
            <button type="button" class=class disabled=move || commands.is_busy() on:click=move |_| commands.tell(command)>
                {words}
            </button>
        })}
        <Show when=move || !status.get().is_ended()>
            <CancelJob commands/>
        </Show>
    }
    .into_any()
}

/// The command that a job's state calls for, the words of its button, and how much it stands out.
fn offer(status: JobStatus) -> Option<(JobCommand, &'static str, &'static str)> {
    const QUIET: &str = "btn btn-sm";
    const FIRST: &str = "btn btn-primary btn-sm";
    match status {
        JobStatus::Queued | JobStatus::Running | JobStatus::WaitingForLogin | JobStatus::WaitingForBroker => {
            Some((JobCommand::Pause, "Pause", QUIET))
        }
        JobStatus::Paused => Some((JobCommand::Resume, "Resume", FIRST)),
        JobStatus::CompletedWithFailures => Some((JobCommand::Retry, "Retry what failed", FIRST)),
        JobStatus::Failed | JobStatus::Cancelled => Some((JobCommand::Retry, "Take up again", FIRST)),
        JobStatus::Completed => None,
    }
}

/// Why a command could not be carried out.
#[component]
pub(super) fn CommandProblem(commands: Commands) -> impl IntoView {
    view! {
        {move || commands.send.value().get().and_then(Result::err).map(|problem| view! {
            <div class="mt-4">
                <ErrorNote what="The job was left as it is" problem/>
            </div>
        })}
    }
    .into_any()
}
