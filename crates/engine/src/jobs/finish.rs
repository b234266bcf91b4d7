//! How a job that was run to its end stands: what is said of it, what is missing, and whether what failed is tried again by
//! itself. What only a person can mend is not: the sentence says what helps.

use protocol::{EventLevel, JobPicture, JobStatus};

use crate::error::EngineError;
use crate::jobs::create::nothing;
use crate::jobs::log::event;
use crate::jobs::notify::Turn;
use crate::jobs::retry::{NextTry, is_between_retries};
use crate::jobs::run::{Run, RunEnd, UNDER_WAY};
use crate::names::counted;

/// What is missing of a job.
struct Missing {
    /// Parts.
    failed: u64,
    /// Expiries among them of which more is wanted than lies in the lake.
    in_the_lake: u64,
    /// Rows of lists that are no contracts.
    refused_contracts: u64,
    /// Days that the exchange's files prove to be holes.
    holes: u64,
}

/// How a job ends.
struct Ending {
    status: JobStatus,
    level: EventLevel,
    message: String,
    next: NextTry,
}

impl Run {
    pub(super) async fn finish(&self) -> Result<RunEnd, EngineError> {
        let reader = self.service.reader();
        let picture = reader.picture(self.job).await?;
        let Ending { status, level, message, next } = self.ending(&picture).await?;
        let told = event(self.job, self.now(), level, message.clone());
        let kept = (status != JobStatus::Completed).then_some(message.as_str());
        let retry_at = next.at;
        let is_quiet = retry_at.is_some() && is_between_retries(&picture);
        let turn = Turn { to: status, message: kept, told, retry_at, is_quiet };
        self.service.come_to(self.job, &UNDER_WAY, turn).await?;
        Ok(RunEnd::Ended(reader.picture(self.job).await?.status))
    }

    async fn ending(&self, picture: &JobPicture) -> Result<Ending, EngineError> {
        let missing = self.missing(picture).await?;
        if picture.contracts.total == 0 && missing.failed + missing.refused_contracts == 0 {
            return Ok(Ending {
                status: JobStatus::Failed,
                level: EventLevel::Error,
                message: EngineError::NothingToCollect(nothing(&self.plan)).to_string(),
                next: NextTry::default(),
            });
        }
        if missing.is_nothing() {
            return Ok(Ending {
                status: JobStatus::Completed,
                level: EventLevel::Success,
                message: done_words(picture),
                next: NextTry::default(),
            });
        }
        let helps = missing.failed > missing.in_the_lake;
        let next = if helps { self.service.next_try(picture) } else { NextTry::default() };
        let (missing, bring_back) = (missing.words(), bring_back(missing.in_the_lake));
        Ok(Ending {
            status: JobStatus::CompletedWithFailures,
            level: EventLevel::Warning,
            message: format!("ended with {missing}; what came is stored{bring_back}{}", next.words),
            next,
        })
    }

    async fn missing(&self, picture: &JobPicture) -> Result<Missing, EngineError> {
        let store = self.service.store();
        Ok(Missing {
            failed: picture.failed(),
            in_the_lake: self.wanting_in_the_lake().await?,
            refused_contracts: store.refused_contracts(self.job.0).await?,
            holes: store.holes_left(self.job.0, picture.plan.interval).await?,
        })
    }
}

impl Missing {
    fn is_nothing(&self) -> bool {
        self.failed + self.refused_contracts + self.holes == 0
    }

    fn words(&self) -> String {
        let mut parts = Vec::new();
        if self.failed > 0 {
            parts.push(format!("{} that failed", counted(self.failed, "part")));
        }
        if self.refused_contracts > 0 {
            parts.push(format!("{} that could not be read", counted(self.refused_contracts, "listed row")));
        }
        if self.holes > 0 {
            let holes = counted(self.holes, "proven hole");
            parts.push(format!("{holes} that Upstox does not fill, as Coverage shows"));
        }
        parts.join(" and ")
    }
}

fn done_words(picture: &JobPicture) -> String {
    let mut text = format!(
        "done: {}, {}, {} without a trade",
        counted(picture.contracts.total, "contract"),
        counted(picture.candles, "candle"),
        picture.contracts.empty
    );
    if let (Some(strikes), 1..) = (picture.plan.strikes, picture.left_out) {
        let left_out = counted(picture.left_out, "contract");
        text.push_str(&format!(", {left_out} beyond {} left out", strikes.words()));
    }
    if picture.refused > 0 {
        text.push_str(&format!(", {} that could not be taken", counted(picture.refused, "row")));
    }
    text
}

/// What a person does about expiries that lie in the lake.
fn bring_back(expiries: u64) -> String {
    let (candles, them) = match expiries {
        0 => return String::new(),
        1 => ("the candles of one expiry".to_owned(), "it"),
        several => (format!("the candles of {several} expiries"), "them"),
    };
    format!(
        "; {candles} lie in the lake, and days of {them} were never asked for: bring {them} back (Settings, or `expirytrack lake unarchive`), and retry the job"
    )
}
