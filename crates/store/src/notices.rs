//! Notices and their deliveries. A notice and the deliveries that it asks for are written together, so that a
//! restart sends what was promised.

use market::EpochSeconds;
use protocol::{JobId, Notice, NoticeChannel, NoticeKind, ScheduleId};
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row, SqliteConnection};

use crate::Store;
use crate::columns::parse;
use crate::error::Result;

/// The newest notices that are kept; older ones are forgotten with their deliveries.
const NOTICES_KEPT_MAX: i64 = 1_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNotice {
    pub at: EpochSeconds,
    pub kind: NoticeKind,
    pub title: String,
    pub message: String,
    pub job: Option<JobId>,
    pub schedule: Option<ScheduleId>,
    /// Where it is sent beside the page.
    pub channels: Vec<NoticeChannel>,
}

/// A delivery whose next attempt is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDelivery {
    pub id: i64,
    pub channel: NoticeChannel,
    pub attempts: u32,
    pub notice: Notice,
}

/// How an attempt to deliver ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryEnd {
    Delivered,
    /// Tried again at that moment.
    Later {
        at: EpochSeconds,
        error: String,
    },
    /// Given up.
    Failed {
        error: String,
    },
}

/// How one channel does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelStats {
    pub pending: u32,
    pub delivered_at: Option<EpochSeconds>,
    /// The newest trouble: when the delivery was given up or is tried again, and why.
    pub trouble: Option<(EpochSeconds, String)>,
}

const NOTICE_COLUMNS: &str = "n.id, n.at, n.kind, n.title, n.message, n.job_id, n.schedule_id, n.read";

impl Store {
    pub async fn add_notice(&self, notice: &NewNotice) -> Result<i64> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        let id = insert_notice(&mut transaction, notice).await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// The newest first; `before` is a notice's id, the cursor of whoever wants older ones.
    pub async fn notices(&self, before: Option<i64>, most: u32) -> Result<Vec<Notice>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {NOTICE_COLUMNS} FROM notice n WHERE n.id < ? ORDER BY n.id DESC LIMIT ?"
        )))
        .bind(before.unwrap_or(i64::MAX))
        .bind(most)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(notice_of_row).collect()
    }

    /// How many are unread, and the newest one's id (0 when there is none).
    pub async fn notice_count(&self) -> Result<(u32, i64)> {
        let row = sqlx::query(
            "SELECT (SELECT count(*) FROM notice WHERE read = 0), (SELECT coalesce(max(id), 0) FROM notice)",
        )
        .fetch_one(self.readers())
        .await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }

    /// Marks every notice up to one as read.
    pub async fn read_notices(&self, up_to: i64) -> Result<()> {
        sqlx::query("UPDATE notice SET read = 1 WHERE id <= ? AND read = 0")
            .bind(up_to)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }

    /// Deliveries whose next attempt is due, oldest first.
    pub async fn due_deliveries(&self, now: EpochSeconds, most: u32) -> Result<Vec<DueDelivery>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {NOTICE_COLUMNS}, d.id AS delivery, d.channel, d.attempts FROM notice_delivery d
             JOIN notice n ON n.id = d.notice_id
             WHERE d.state = 'pending' AND d.due_at <= ? ORDER BY d.due_at, d.id LIMIT ?"
        )))
        .bind(now.0)
        .bind(most)
        .fetch_all(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(DueDelivery {
                    notice: notice_of_row(row)?,
                    id: row.try_get("delivery")?,
                    channel: parse(row.try_get("channel")?)?,
                    attempts: row.try_get("attempts")?,
                })
            })
            .collect()
    }

    /// When the next delivery is due; `None` when nothing is on its way.
    pub async fn next_delivery_at(&self) -> Result<Option<EpochSeconds>> {
        let row = sqlx::query("SELECT min(due_at) FROM notice_delivery WHERE state = 'pending'")
            .fetch_one(self.readers())
            .await?;
        Ok(row.try_get::<Option<i64>, _>(0)?.map(EpochSeconds))
    }

    pub async fn end_delivery(&self, delivery: i64, now: EpochSeconds, end: &DeliveryEnd) -> Result<()> {
        let (state, due_at, error) = match end {
            DeliveryEnd::Delivered => ("delivered", now, None),
            DeliveryEnd::Later { at, error } => ("pending", *at, Some(error)),
            DeliveryEnd::Failed { error } => ("failed", now, Some(error)),
        };
        sqlx::query(
            "UPDATE notice_delivery SET state = ?, due_at = ?, error = ?, attempts = attempts + 1 WHERE id = ?",
        )
        .bind(state)
        .bind(due_at.0)
        .bind(error)
        .bind(delivery)
        .execute(&mut *self.writer().await?)
        .await?;
        Ok(())
    }

    pub async fn channel_stats(&self, channel: NoticeChannel) -> Result<ChannelStats> {
        let row = sqlx::query(
            "SELECT count(*) FILTER (WHERE state = 'pending'),
                    max(due_at) FILTER (WHERE state = 'delivered') FROM notice_delivery WHERE channel = ?",
        )
        .bind(channel.as_str())
        .fetch_one(self.readers())
        .await?;
        let trouble = sqlx::query(
            "SELECT due_at, error FROM notice_delivery d WHERE channel = ?1 AND error IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM notice_delivery later WHERE later.channel = ?1
                             AND later.state = 'delivered' AND later.id > d.id)
             ORDER BY id DESC LIMIT 1",
        )
        .bind(channel.as_str())
        .fetch_optional(self.readers())
        .await?;
        Ok(ChannelStats {
            pending: row.try_get(0)?,
            delivered_at: row.try_get::<Option<i64>, _>(1)?.map(EpochSeconds),
            trouble: trouble
                .map(|row| Ok::<_, sqlx::Error>((EpochSeconds(row.try_get(0)?), row.try_get(1)?)))
                .transpose()?,
        })
    }
}

pub(crate) async fn insert_notice(connection: &mut SqliteConnection, notice: &NewNotice) -> Result<i64> {
    let id = sqlx::query(
        "INSERT INTO notice (at, kind, title, message, job_id, schedule_id) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(notice.at.0)
    .bind(notice.kind.as_str())
    .bind(&notice.title)
    .bind(&notice.message)
    .bind(notice.job.map(|job| job.0))
    .bind(notice.schedule.map(|schedule| schedule.0))
    .execute(&mut *connection)
    .await?
    .last_insert_rowid();
    for channel in &notice.channels {
        sqlx::query("INSERT INTO notice_delivery (notice_id, channel, due_at) VALUES (?, ?, ?)")
            .bind(id)
            .bind(channel.as_str())
            .bind(notice.at.0)
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query("DELETE FROM notice WHERE id <= ?").bind(id - NOTICES_KEPT_MAX).execute(connection).await?;
    Ok(id)
}

fn notice_of_row(row: &SqliteRow) -> Result<Notice> {
    Ok(Notice {
        id: row.try_get("id")?,
        at: EpochSeconds(row.try_get("at")?),
        kind: parse(row.try_get("kind")?)?,
        title: row.try_get("title")?,
        message: row.try_get("message")?,
        job: row.try_get::<Option<i64>, _>("job_id")?.map(JobId),
        schedule: row.try_get::<Option<i64>, _>("schedule_id")?.map(ScheduleId),
        read: row.try_get("read")?,
    })
}
