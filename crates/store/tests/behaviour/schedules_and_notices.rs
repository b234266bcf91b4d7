//! Schedules, expected expiries, notices and their deliveries, each query on a real file.

use crate::common;
use market::{ComingExpiry, Day, EpochSeconds, Underlying};
use protocol::{JobId, JobStatus, Notice, NoticeChannel, NoticeKind, RunOutcome, ScheduleId};
use store::{
    ChannelStats, DeliveryEnd, ExpectedExpiry, JobChange, NewNotice, ScheduleRunEnd, SourceKind, Store,
};
use tempfile::TempDir;

const NOW: EpochSeconds = EpochSeconds(1_758_000_000);

fn later(seconds: i64) -> EpochSeconds {
    EpochSeconds(NOW.0 + seconds)
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

async fn open() -> (TempDir, Store) {
    let data = TempDir::new().unwrap();
    let store = Store::open(data.path(), SourceKind::Simulated).await.unwrap();
    (data, store)
}

fn notice(title: &str, channels: &[NoticeChannel]) -> NewNotice {
    NewNotice {
        at: NOW,
        kind: NoticeKind::JobFailed,
        title: title.to_owned(),
        message: "why".to_owned(),
        job: None,
        schedule: None,
        channels: channels.to_vec(),
    }
}

#[tokio::test]
async fn a_schedule_keeps_its_runs() {
    let (_data, store) = open().await;
    let id = store.create_schedule("weekly", "{}", NOW).await.unwrap();
    let row = store.schedule(id).await.unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.enabled, row.looked_at, row.last_run), ("weekly", true, NOW, None));

    assert!(store.schedule_waits(id, later(1)).await.unwrap());
    assert!(!store.schedule_waits(id, later(2)).await.unwrap(), "it waits already");
    let failed = ScheduleRunEnd::Failed { message: "down".to_owned(), retry_at: Some(later(900)) };
    store.end_schedule_run(id, later(3), &failed).await.unwrap();
    store.end_schedule_run(id, later(4), &failed).await.unwrap();
    let row = store.schedule(id).await.unwrap().unwrap();
    assert_eq!((row.failures, row.retry_at, row.succeeded_at), (2, Some(later(900)), None));
    assert_eq!((row.waits_since, row.looked_at), (None, later(4)));

    let job = store.create_job("t", "{}", &[], NOW).await.unwrap();
    store.end_schedule_run(id, later(5), &ScheduleRunEnd::Job { job, message: None }).await.unwrap();
    let row = store.schedule(id).await.unwrap().unwrap();
    assert_eq!((row.failures, row.retry_at, row.succeeded_at), (0, None, Some(later(5))));
    let run = row.last_run.unwrap();
    assert_eq!((run.at, run.outcome, run.job), (later(5), RunOutcome::Job, Some(JobId(job))));

    assert!(store.enable_schedule(id, true, later(6)).await.unwrap());
    assert_eq!(store.schedule(id).await.unwrap().unwrap().looked_at, later(5), "it was not held");
    assert!(store.enable_schedule(id, false, later(7)).await.unwrap());
    assert!(store.enable_schedule(id, true, later(8)).await.unwrap());
    assert_eq!(store.schedule(id).await.unwrap().unwrap().looked_at, later(8));

    let mut of_schedule = notice("waits", &[]);
    of_schedule.schedule = Some(ScheduleId(id));
    store.add_notice(&of_schedule).await.unwrap();
    assert!(store.remove_schedule(id).await.unwrap() && !store.remove_schedule(id).await.unwrap());
    assert_eq!(store.schedules().await.unwrap(), []);
    let left = store.notices(None, 10).await.unwrap();
    assert_eq!(left[0].schedule, None, "its notices stay");
    // A run that ends after its schedule was removed is no error.
    store.end_schedule_run(id, NOW, &ScheduleRunEnd::NothingNew { message: None }).await.unwrap();
    assert!(!store.enable_schedule(id, true, NOW).await.unwrap());
}

#[tokio::test]
async fn an_expected_expiry_is_known_to_be_listed_or_not() {
    let (_data, store) = open().await;
    store.put_underlyings(&Underlying::indices(), NOW).await.unwrap();
    let nifty = Underlying::indices().remove(0).key;
    let coming = |date: &str, weekly| ComingExpiry { underlying: nifty.clone(), date: day(date), weekly };
    let stranger =
        ComingExpiry { underlying: "NSE_EQ|INE002A01018".parse().unwrap(), ..coming("2026-11-26", None) };
    store
        .put_coming_expiries(&[coming("2026-11-17", None), coming("2026-11-23", Some(true)), stranger])
        .await
        .unwrap();
    store.put_coming_expiries(&[coming("2026-11-17", Some(true)), coming("2026-11-23", None)]).await.unwrap();
    let (id, _) = store.underlying(&nifty).await.unwrap().unwrap();
    common::keep_expiries(&store, id, &[day("2026-11-17")], NOW).await;
    let expected = |date: &str, listed| ExpectedExpiry { date: day(date), weekly: Some(true), listed };
    assert_eq!(
        store.expected_expiries(id, day("2026-11-01")).await.unwrap(),
        [expected("2026-11-17", true), expected("2026-11-23", false)]
    );
    assert_eq!(store.expected_expiries(id, day("2026-11-18")).await.unwrap().len(), 1);
}

#[tokio::test]
async fn notices_are_listed_read_and_forgotten() {
    let (_data, store) = open().await;
    assert_eq!(store.notice_count().await.unwrap(), (0, 0));
    for number in 1..=3 {
        store.add_notice(&notice(&number.to_string(), &[])).await.unwrap();
    }
    let titles = |rows: Vec<Notice>| rows.into_iter().map(|row| row.title).collect::<String>();
    assert_eq!(titles(store.notices(None, 2).await.unwrap()), "32");
    assert_eq!(titles(store.notices(Some(2), 2).await.unwrap()), "1");
    store.read_notices(2).await.unwrap();
    assert_eq!(store.notice_count().await.unwrap(), (1, 3));
    for number in 4..=1_001 {
        store.add_notice(&notice(&number.to_string(), &[NoticeChannel::Email])).await.unwrap();
    }
    assert_eq!(store.notices(Some(2), 10).await.unwrap(), [], "only the newest thousand are kept");
    assert_eq!(store.notices(Some(3), 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_delivery_is_due_until_it_ends() {
    let (_data, store) = open().await;
    store.add_notice(&notice("one", &NoticeChannel::ALL)).await.unwrap();
    let due = store.due_deliveries(NOW, 10).await.unwrap();
    let channels: Vec<_> = due.iter().map(|due| (due.channel, due.attempts)).collect();
    assert_eq!(channels, [(NoticeChannel::Email, 0), (NoticeChannel::Webhook, 0)]);
    assert_eq!(store.due_deliveries(later(-1), 10).await.unwrap(), []);

    store.end_delivery(due[0].id, NOW, &DeliveryEnd::Delivered).await.unwrap();
    let again = DeliveryEnd::Later { at: later(30), error: "503".to_owned() };
    store.end_delivery(due[1].id, NOW, &again).await.unwrap();
    assert_eq!(store.due_deliveries(later(29), 10).await.unwrap(), []);
    assert_eq!(store.next_delivery_at().await.unwrap(), Some(later(30)));
    assert_eq!(store.due_deliveries(later(30), 10).await.unwrap()[0].attempts, 1);
    let stats = store.channel_stats(NoticeChannel::Webhook).await.unwrap();
    assert_eq!((stats.pending, stats.trouble), (1, Some((later(30), "503".to_owned()))));
    store.end_delivery(due[1].id, later(31), &DeliveryEnd::Failed { error: "404".to_owned() }).await.unwrap();
    assert_eq!(store.next_delivery_at().await.unwrap(), None);
    assert!(
        store
            .channel_stats(NoticeChannel::Webhook)
            .await
            .unwrap()
            .trouble
            .is_some_and(|(_, error)| error == "404")
    );

    // A later success ends the trouble.
    store.add_notice(&notice("two", &[NoticeChannel::Webhook])).await.unwrap();
    let next = store.due_deliveries(later(40), 10).await.unwrap().remove(0);
    store.end_delivery(next.id, later(40), &DeliveryEnd::Delivered).await.unwrap();
    let expected = ChannelStats { pending: 0, delivered_at: Some(later(40)), trouble: None };
    assert_eq!(store.channel_stats(NoticeChannel::Webhook).await.unwrap(), expected);
}

#[tokio::test]
async fn a_jobs_change_and_its_notice_are_one() {
    let (_data, store) = open().await;
    let job = store.create_job("t", "{}", &[], NOW).await.unwrap();
    let told = notice("ended", &[NoticeChannel::Email]);
    let change = async |from: JobStatus| {
        let to = JobStatus::Completed;
        let change = JobChange {
            from: &[from],
            to,
            message: None,
            at: NOW,
            events: &[],
            notice: Some(&told),
            retry_at: None,
        };
        store.change_job(job, change).await.unwrap()
    };
    assert!(!change(JobStatus::Running).await, "it is queued");
    assert_eq!(store.notice_count().await.unwrap().0, 0);
    assert!(change(JobStatus::Queued).await);
    assert_eq!(store.notice_count().await.unwrap().0, 1);
    assert_eq!(store.due_deliveries(NOW, 10).await.unwrap().len(), 1);
}
