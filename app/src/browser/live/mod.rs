//! What changes by itself, as signals: who is signed in, the settings, the three rate windows, how many jobs are unfinished
//! and notices unread, and the one job that the page follows.
//!
//! They begin with what came in the document and go on with the frames of `/ws`. There is one [`Live`] in a
//! document, from context. Only the socket writes to it; a page reads, and says which job it follows.

mod backoff;
mod due;
mod jobs;
mod socket;

use leptos::prelude::*;
use market::EpochSeconds;
use protocol::{ClientFrame, ServerFrame};
use protocol::{JobId, JobPicture, LimitsPicture, NoticeCount, Preferences, SessionPicture};

pub use due::read_again_when_due;
pub use jobs::{follow_working_job, read_again_while_jobs_run, read_again_with_jobs, working_job};

use crate::browser::compiled_once::{effect, memo};
use crate::browser::job_log::JobLog;
use crate::browser::opening::opening;
use crate::format;

/// How the page hears from the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// The page was just opened; its own picture is fresh.
    Opening,
    Open,
    /// The server does not answer; the page keeps what it shows and tries again by itself.
    Away,
    /// The server speaks another version: only loading the page again helps.
    Outdated,
}

/// One job as a page follows it. The page owns the signals; they end with it.
#[derive(Clone, Copy, Debug)]
pub struct JobFeed {
    pub id: JobId,
    pub picture: RwSignal<JobPicture>,
    pub log: RwSignal<JobLog>,
}

impl JobFeed {
    /// Begins with what a server function brought: the picture and the events after `after`.
    pub fn new(picture: JobPicture, log: JobLog) -> Self {
        Self { id: picture.id, picture: RwSignal::new(picture), log: RwSignal::new(log) }
    }
}

/// See the module. Copies share everything.
#[derive(Clone, Copy)]
pub struct Live {
    now: RwSignal<EpochSeconds>,
    session: RwSignal<SessionPicture>,
    settings: RwSignal<Preferences>,
    limits: RwSignal<LimitsPicture>,
    /// `None` until the server was heard.
    unfinished_jobs: RwSignal<Option<u32>>,
    notices: RwSignal<NoticeCount>,
    connection: RwSignal<Connection>,
    reconnects: RwSignal<u32>,
    followed: RwSignal<Option<JobFeed>>,
}

/// Provides the [`Live`] of this document, and in the browser opens its socket; called once, by the app.
pub fn provide_live() {
    let frame = opening();
    format::write_numbers_as(frame.settings.reading.numbers);
    let live = Live {
        now: RwSignal::new(frame.at),
        session: RwSignal::new(frame.session),
        settings: RwSignal::new(frame.settings),
        limits: RwSignal::new(frame.limits),
        unfinished_jobs: RwSignal::new(None),
        notices: RwSignal::new(frame.notices),
        connection: RwSignal::new(Connection::Opening),
        reconnects: RwSignal::new(0),
        followed: RwSignal::new(None),
    };
    provide_context(live);
    effect(move || socket::open(live));
}

/// The [`Live`] of this document.
pub fn live() -> Live {
    expect_context()
}

impl Live {
    /// The server's clock, at its last word.
    pub fn now(&self) -> Signal<EpochSeconds> {
        self.now.into()
    }

    /// How many times `seconds` have passed since the caller was drawn. Whoever reads again on each of them reads
    /// nothing that the page was opened with a moment ago.
    pub fn ticks(&self, seconds: i64) -> Memo<i64> {
        let now = self.now;
        let drawn = now.get_untracked().0;
        memo(move || (now.get().0 - drawn) / seconds)
    }

    pub fn session(&self) -> Signal<SessionPicture> {
        self.session.into()
    }

    /// The settings for all work.
    pub fn settings(&self) -> Signal<Preferences> {
        self.settings.into()
    }

    /// They were changed here: the server's next word says the same.
    pub fn take_settings(&self, settings: Preferences) {
        format::write_numbers_as(settings.reading.numbers);
        set_if_new(self.settings, settings);
    }

    pub fn limits(&self) -> Signal<LimitsPicture> {
        self.limits.into()
    }

    /// Jobs that are not ended; `None` until the server was heard.
    pub fn unfinished_jobs(&self) -> Signal<Option<u32>> {
        self.unfinished_jobs.into()
    }

    /// Unread notices and the newest one; none until the server was heard.
    pub fn notices(&self) -> Signal<NoticeCount> {
        self.notices.into()
    }

    pub fn connection(&self) -> Signal<Connection> {
        self.connection.into()
    }

    /// How often the server came back after it was away: what a page has read before may be old.
    pub fn reconnects(&self) -> Signal<u32> {
        self.reconnects.into()
    }

    /// Keeps a job up to date until the component that calls this is gone. One job at a time: the last wins.
    pub fn follow(&self, feed: JobFeed) {
        let followed = self.followed;
        followed.set(Some(feed));
        on_cleanup(move || {
            // A page that came after this one may follow another job already.
            if followed.with_untracked(|now| now.is_some_and(|now| now.picture == feed.picture)) {
                followed.set(None);
            }
        });
    }

    /// What the server is asked for now.
    fn wish(&self) -> ClientFrame {
        match self.followed.get_untracked() {
            None => ClientFrame::default(),
            Some(feed) => ClientFrame {
                job: Some(feed.id),
                after: feed.log.try_with_untracked(JobLog::cursor).unwrap_or_default(),
            },
        }
    }

    /// Takes the server's word.
    fn take(&self, frame: ServerFrame) {
        set_if_new(self.now, frame.at);
        self.take_settings(frame.settings);
        set_if_new(self.session, frame.session);
        set_if_new(self.limits, frame.limits);
        set_if_new(self.unfinished_jobs, Some(frame.unfinished_jobs));
        set_if_new(self.notices, frame.notices);
        let (Some(feed), Some(picture)) = (self.followed.get_untracked(), frame.job) else { return };
        // An answer to an earlier wish.
        if feed.id != picture.id {
            return;
        }
        if !frame.events.is_empty() {
            feed.log.try_maybe_update(|log| (log.append(frame.events), ()));
        }
        set_if_new(feed.picture, picture);
    }
}

/// So that what did not change is not drawn again. A signal of a page that is gone is left alone.
fn set_if_new<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    signal.try_maybe_update(|held| {
        let is_new = *held != value;
        if is_new {
            *held = value;
        }
        (is_new, ())
    });
}
