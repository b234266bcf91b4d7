//! Answers that are kept by the key of their request. Their number, age and size are bounded here.

use market::EpochSeconds;
use rusqlite::{Row, params};

use crate::Store;
use crate::error::Result;
use crate::queries::{change, first_row, one_row};

/// How long a key is known.
pub const KEPT_ANSWER_SECONDS: i64 = 24 * 3600;
/// Keys that are known at once; the oldest are forgotten first.
const KEPT_ANSWERS_MAX: i64 = 1_000;
/// Of one answer. Larger ones are given and not kept.
pub const KEPT_ANSWER_BYTES_MAX: usize = 256 * 1024;

/// By which a request is known again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AnswerKey {
    pub whose: String,
    pub key: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    pub status: u16,
    pub media_type: Option<String>,
    /// `None`: it was too large to be kept.
    pub body: Option<Vec<u8>>,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnownAnswer {
    /// Nothing was: it is noted from now on.
    New,
    /// Another request came with it.
    OfOther,
    /// It was begun, and no answer is known.
    Begun,
    Kept(KeptAnswer),
}

impl Store {
    /// What is known of a key; one that is new is noted as begun.
    pub async fn begin_answer(
        &self,
        key: &AnswerKey,
        request: [u8; 32],
        now: EpochSeconds,
    ) -> Result<KnownAnswer> {
        let AnswerKey { whose, key } = key.clone();
        self.write(move |transaction| {
            change(transaction, "DELETE FROM kept_answer WHERE at < ?", [now.0 - KEPT_ANSWER_SECONDS])?;
            let known = first_row(
                transaction,
                "SELECT request, status, media_type, body FROM kept_answer WHERE whose = ? AND key = ?",
                [&whose, &key],
                |row| Ok((row.get::<_, Vec<u8>>(0)?, answer_of_row(row)?)),
            )?;
            match known {
                Some((of, _)) if of != request => return Ok(KnownAnswer::OfOther),
                Some((_, None)) => return Ok(KnownAnswer::Begun),
                Some((_, Some(answer))) => return Ok(KnownAnswer::Kept(answer)),
                None => {}
            }
            let count: i64 =
                one_row(transaction, "SELECT count(*) FROM kept_answer", [], |row| Ok(row.get(0)?))?;
            change(
                transaction,
                "DELETE FROM kept_answer WHERE rowid IN (SELECT rowid FROM kept_answer ORDER BY at LIMIT ?)",
                [(count + 1 - KEPT_ANSWERS_MAX).max(0)],
            )?;
            change(
                transaction,
                "INSERT INTO kept_answer (whose, key, request, at) VALUES (?, ?, ?, ?)",
                params![whose, key, request, now.0],
            )?;
            Ok(KnownAnswer::New)
        })
        .await
    }

    /// Keeps what was answered to a request that is begun; without an answer the key is new again.
    pub async fn end_answer(&self, key: &AnswerKey, answer: Option<KeptAnswer>) -> Result<()> {
        let AnswerKey { whose, key } = key.clone();
        self.write(move |transaction| {
            let Some(KeptAnswer { status, media_type, body }) = answer else {
                change(transaction, "DELETE FROM kept_answer WHERE whose = ? AND key = ?", [&whose, &key])?;
                return Ok(());
            };
            change(
                transaction,
                "UPDATE kept_answer SET status = ?3, media_type = ?4, body = ?5 WHERE whose = ?1 AND key = ?2",
                params![whose, key, status, media_type, body],
            )?;
            Ok(())
        })
        .await
    }
}

fn answer_of_row(row: &Row<'_>) -> Result<Option<KeptAnswer>> {
    let Some(status) = row.get(1)? else { return Ok(None) };
    Ok(Some(KeptAnswer { status, media_type: row.get(2)?, body: row.get(3)? }))
}
