//! What a person has to know or do about a job: it waits for a sign-in, for Upstox, or it failed. It says
//! what happened, what was not lost, and the way on. Silent while the job just works.

use leptos::prelude::*;
use protocol::{JobPicture, JobStatus, WaitFor};

use crate::browser::compiled_once::memo;
use crate::browser::frame::SignInLink;
use crate::format;

#[component]
pub(super) fn JobNotice(job: ReadSignal<JobPicture>) -> impl IntoView {
    let state = memo(move || job.with(|job| (job.status, told(job))));
    view! {
        <div aria-live="polite">
            {move || {
                let (status, message) = state.get();
                notice(status).or_else(|| pause(status, message.is_some())).map(|notice| view! { <Note notice message/> })
            }}
        </div>
    }
    .into_any()
}

/// Why it waits or failed. Of a full rate window the panel beside tells, which keeps its place.
fn told(job: &JobPicture) -> Option<String> {
    let wait = job.waits.as_ref();
    match (job.status, wait.map(|wait| wait.what)) {
        (JobStatus::Running, Some(WaitFor::RateLimit)) => None,
        (JobStatus::Queued, Some(WaitFor::Turn)) => wait.map(|wait| wait.sentence.clone()),
        _ => job.message.clone(),
    }
}

/// A job that works and is held.
fn pause(status: JobStatus, is_held: bool) -> Option<Notice> {
    (status == JobStatus::Running && is_held).then_some(Notice {
        class: "notice notice-warning",
        title: "Held by Upstox",
        outlook: "What has arrived is stored. The job goes on by itself then.",
        sign_in: false,
    })
}

struct Notice {
    class: &'static str,
    title: &'static str,
    /// What was not lost, and how it goes on.
    outlook: &'static str,
    sign_in: bool,
}

fn notice(status: JobStatus) -> Option<Notice> {
    let (class, title, outlook) = match status {
        JobStatus::Running | JobStatus::Completed => return None,
        JobStatus::Queued => (
            "notice",
            "Waiting for its turn",
            "One job runs at a time, because the limits are one. This one starts by itself.",
        ),
        JobStatus::Paused => {
            ("notice", "Paused", "What has arrived is stored. Nothing is asked for until it is resumed.")
        }
        JobStatus::WaitingForLogin => (
            "notice notice-warning",
            "Waiting for sign-in",
            "What has arrived is stored, and the job goes on from there.",
        ),
        JobStatus::WaitingForBroker => (
            "notice notice-warning",
            "Waiting for Upstox",
            "What has arrived is stored. The job tries again by itself.",
        ),
        JobStatus::CompletedWithFailures => (
            "notice notice-warning",
            "Completed with failures",
            "Everything else is stored. The log names each failure; retrying asks only for those.",
        ),
        JobStatus::Failed => (
            "notice notice-error",
            "Failed",
            "What has arrived is stored. Taking the job up again asks only for what is missing.",
        ),
        JobStatus::Cancelled => (
            "notice",
            "Cancelled",
            "What it brought is stored. Taking the job up again asks only for what is missing.",
        ),
    };
    Some(Notice { class, title, outlook, sign_in: status == JobStatus::WaitingForLogin })
}

#[component]
fn Note(notice: Notice, message: Option<String>) -> impl IntoView {
    let Notice { class, title, outlook, sign_in } = notice;
    view! {
        <div class=class>
            <div class="min-w-0">
                <p class="font-semibold">{title}</p>
                {message.map(|message| view! { <p class="mt-0.5">{format::sentence(&message)}</p> })}
                <p class="mt-0.5 text-muted">{outlook}</p>
            </div>
            {sign_in.then(|| view! { <SignInLink/> })}
        </div>
    }
}
