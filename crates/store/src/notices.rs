//! Notices and their deliveries. A notice and the deliveries that it asks for are written together, so that a
//! restart sends what was promised.

use market::EpochSeconds;
use protocol::{JobId, Notice, NoticeChannel, NoticeKind, ScheduleId};
use rusqlite::{Connection, Row, params};

use crate::Store;
use crate::columns::{moment, moment_if_any, parse_column};
use crate::error::Result;
use crate::queries::{change, first_row, one_row, rows};

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
        let notice = notice.clone();
        self.write(move |transaction| insert_notice(transaction, &notice)).await
    }

    /// The newest first; `before` is a notice's id, the cursor of whoever wants older ones.
    pub async fn notices(&self, before: Option<i64>, most: u32) -> Result<Vec<Notice>> {
        let before = before.unwrap_or(i64::MAX);
        self.read(move |connection| {
            let sql =
                format!("SELECT {NOTICE_COLUMNS} FROM notice n WHERE n.id < ? ORDER BY n.id DESC LIMIT ?");
            rows(connection, &sql, params![before, most], notice_of_row)
        })
        .await
    }

    /// How many are unread, and the newest one's id (0 when there is none).
    pub async fn notice_count(&self) -> Result<(u32, i64)> {
        self.read(|connection| {
            one_row(
                connection,
                "SELECT (SELECT count(*) FROM notice WHERE read = 0), (SELECT coalesce(max(id), 0) FROM notice)",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        })
        .await
    }

    /// Marks every notice up to one as read.
    pub async fn read_notices(&self, up_to: i64) -> Result<()> {
        self.write(move |transaction| {
            change(transaction, "UPDATE notice SET read = 1 WHERE id <= ? AND read = 0", [up_to])?;
            Ok(())
        })
        .await
    }

    /// Deliveries whose next attempt is due, oldest first.
    pub async fn due_deliveries(&self, now: EpochSeconds, most: u32) -> Result<Vec<DueDelivery>> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT {NOTICE_COLUMNS}, d.id AS delivery, d.channel, d.attempts FROM notice_delivery d
                 JOIN notice n ON n.id = d.notice_id
                 WHERE d.state = 'pending' AND d.due_at <= ? ORDER BY d.due_at, d.id LIMIT ?"
            );
            rows(connection, &sql, params![now.0, most], delivery_of_row)
        })
        .await
    }

    /// When the next delivery is due; `None` when nothing is on its way.
    pub async fn next_delivery_at(&self) -> Result<Option<EpochSeconds>> {
        self.read(|connection| {
            let sql = "SELECT min(due_at) FROM notice_delivery WHERE state = 'pending'";
            one_row(connection, sql, [], |row| Ok(moment_if_any(row, 0)?))
        })
        .await
    }

    pub async fn end_delivery(&self, delivery: i64, now: EpochSeconds, end: &DeliveryEnd) -> Result<()> {
        let (state, due_at, error) = match end {
            DeliveryEnd::Delivered => ("delivered", now, None),
            DeliveryEnd::Later { at, error } => ("pending", *at, Some(error.clone())),
            DeliveryEnd::Failed { error } => ("failed", now, Some(error.clone())),
        };
        self.write(move |transaction| {
            change(
                transaction,
                "UPDATE notice_delivery SET state = ?, due_at = ?, error = ?, attempts = attempts + 1 WHERE id = ?",
                params![state, due_at.0, error, delivery],
            )?;
            Ok(())
        })
        .await
    }

    pub async fn channel_stats(&self, channel: NoticeChannel) -> Result<ChannelStats> {
        self.read(move |connection| {
            let (pending, delivered_at) = one_row(
                connection,
                "SELECT count(*) FILTER (WHERE state = 'pending'),
                        max(due_at) FILTER (WHERE state = 'delivered') FROM notice_delivery WHERE channel = ?",
                [channel.as_str()],
                |row| Ok((row.get(0)?, moment_if_any(row, 1)?)),
            )?;
            let trouble = first_row(
                connection,
                "SELECT due_at, error FROM notice_delivery d WHERE channel = ?1 AND error IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM notice_delivery later WHERE later.channel = ?1
                                 AND later.state = 'delivered' AND later.id > d.id)
                 ORDER BY id DESC LIMIT 1",
                [channel.as_str()],
                |row| Ok((moment(row, 0)?, row.get(1)?)),
            )?;
            Ok(ChannelStats { pending, delivered_at, trouble })
        })
        .await
    }
}

pub(crate) fn insert_notice(connection: &Connection, notice: &NewNotice) -> Result<i64> {
    let NewNotice { at, kind, title, message, job, schedule, channels } = notice;
    change(
        connection,
        "INSERT INTO notice (at, kind, title, message, job_id, schedule_id) VALUES (?, ?, ?, ?, ?, ?)",
        params![
            at.0,
            kind.as_str(),
            title,
            message,
            job.map(|job| job.0),
            schedule.map(|schedule| schedule.0)
        ],
    )?;
    let id = connection.last_insert_rowid();
    for channel in channels {
        change(
            connection,
            "INSERT INTO notice_delivery (notice_id, channel, due_at) VALUES (?, ?, ?)",
            params![id, channel.as_str(), at.0],
        )?;
    }
    change(connection, "DELETE FROM notice WHERE id <= ?", [id - NOTICES_KEPT_MAX])?;
    Ok(id)
}

fn delivery_of_row(row: &Row<'_>) -> Result<DueDelivery> {
    Ok(DueDelivery {
        notice: notice_of_row(row)?,
        id: row.get("delivery")?,
        channel: parse_column(row, "channel")?,
        attempts: row.get("attempts")?,
    })
}

fn notice_of_row(row: &Row<'_>) -> Result<Notice> {
    Ok(Notice {
        id: row.get("id")?,
        at: moment(row, "at")?,
        kind: parse_column(row, "kind")?,
        title: row.get("title")?,
        message: row.get("message")?,
        job: row.get::<_, Option<i64>>("job_id")?.map(JobId),
        schedule: row.get::<_, Option<i64>>("schedule_id")?.map(ScheduleId),
        read: row.get("read")?,
    })
}
