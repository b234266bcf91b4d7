//! Backups and the way back: everything comes back, what does not belong is refused, and the rule is carried out by
//! itself. Real files, real SQLite, a simulator over HTTP.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::common::{Stage, day, make_older, nifty, order, table_hashes, until};
use engine::{
    Clock, CoverageService, Engine, EngineConfig, EngineError, ErrorKind, RunEnd, SourceKind, VirtualClock,
    back_up, restore,
};
use market::{ContractKinds, EpochSeconds};
use protocol::{BackupRule, BackupsPicture, JobStatus, NoticeKind};
use ratelimit::WallTime;
use tempfile::TempDir;

const EXPIRY: &str = "2025-08-28";

async fn collect(engine: &Engine) {
    let job = engine.jobs().create(&order(&[EXPIRY], ContractKinds::Futures)).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|of| of.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn rule(text: &str) -> Option<BackupRule> {
    Some(serde_json::from_str(text).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_beside_the_owner_restores_every_row_of_every_table() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine).await;
    let elsewhere = TempDir::new().unwrap();
    let backup = elsewhere.path().join("backup.db");
    let made = back_up(&stage.data.path().into(), &backup).await.unwrap();
    assert_eq!(made.bytes, std::fs::metadata(&backup).unwrap().len());
    assert_eq!(made.contents.candles, engine.home().await.unwrap().stored.candles + own_candles(&stage));
    assert!(made.contents.candles > 10_000 && made.contents.jobs == 1, "{made:?}");
    engine.close().await.unwrap();

    // Into a directory below one that is not there either.
    let data = elsewhere.path().join("deep/restored");
    let restored = restore(&(&*data).into(), &backup, SourceKind::Other).await.unwrap();
    assert_eq!((restored.contents, restored.schema), (made.contents, made.schema));
    assert_eq!(names(&data), ["expirytrack.db", "lock"]);
    let original = table_hashes(&stage.data.path().join("expirytrack.db"));
    assert_eq!(table_hashes(&data.join("expirytrack.db")), original);
    assert!(original.len() > 20, "{original:?}");

    let config = EngineConfig { data_dir: data.clone(), ..stage.config() };
    let engine = Engine::open(config).await.unwrap();
    // The key that sealed the sign-in did not come along.
    assert!(matches!(engine.session().check(), Err(EngineError::SignInEnded(_))));
    engine.close().await.unwrap();
    let coverage = CoverageService::open_for_reading(&*data).await.unwrap();
    assert!(coverage.verify(None, |_, _| {}).await.unwrap().is_sound());
    let again = Stage { data: elsewhere, ..stage };
    let data = TempDir::new_in(again.data.path()).unwrap();
    std::fs::copy(again.data.path().join("backup.db"), data.path().join("expirytrack.db")).unwrap();
    let copied = Stage { data, ..again };
    assert!(copied.assert_equals_broker(&nifty(), day(EXPIRY), ContractKinds::Futures) > 10_000);
}

fn own_candles(stage: &Stage) -> u64 {
    let sql =
        "SELECT count(*) FROM candle c JOIN series s ON s.id = c.series_id WHERE s.underlying_id IS NOT NULL";
    stage.sql::<i64>(sql).unsigned_abs()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_restored_is_refused_in_words_and_leaves_nothing() {
    let stage = Stage::new().await;
    stage.engine().await.close().await.unwrap();
    let elsewhere = TempDir::new().unwrap();
    let backup = elsewhere.path().join("backup.db");
    let (ours, upstox) = (SourceKind::Other, SourceKind::Upstox);
    back_up(&stage.data.path().into(), &backup).await.unwrap();
    let sound = std::fs::read(&backup).unwrap();
    let bad = |name: &str, bytes: &[u8]| {
        let path = elsewhere.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let newer = bad("newer.db", &sound);
    let connection = rusqlite::Connection::open(&newer).unwrap();
    connection.execute("INSERT INTO _sqlx_migrations VALUES (999, 'future', 0, 1, x'00', 0)", []).unwrap();
    drop(connection);
    let missing = elsewhere.path().join("missing.db");
    let before = names(elsewhere.path());
    for (file, source, words, kind) in [
        (missing, ours, "missing.db cannot be read", ErrorKind::Refused),
        (bad("text.db", b"no database at all"), ours, "is no database of ExpiryTrack", ErrorKind::Refused),
        (newer.clone(), ours, "was written by a newer version", ErrorKind::Refused),
        (backup.clone(), upstox, "holds data of another address than Upstox", ErrorKind::Refused),
        (bad("half.db", &sound[..sound.len() / 2]), ours, "half.db is damaged", ErrorKind::Failed),
    ] {
        let data = elsewhere.path().join("deep/restored");
        let refused = restore(&(&*data).into(), &file, source).await.unwrap_err();
        assert!(refused.chain().contains(words), "{}", refused.chain());
        assert!(refused.chain().matches("malformed").count() <= 1, "said once: {}", refused.chain());
        assert_eq!(refused.kind(), kind, "{words}");
        assert!(!elsewhere.path().join("deep").exists(), "{words}");
    }
    assert!(before.iter().all(|name| names(elsewhere.path()).contains(name)));

    let empty = TempDir::new().unwrap();
    restore(&empty.path().into(), &newer, ours).await.unwrap_err();
    assert_eq!(names(empty.path()), Vec::<String>::new());
    std::fs::write(empty.path().join("notes.txt"), "mine").unwrap();
    for occupied in [empty.path(), stage.data.path()] {
        let before = names(occupied);
        let refused = restore(&occupied.into(), &backup, ours).await.unwrap_err();
        assert!(refused.to_string().contains("is not empty"), "{refused}");
        assert_eq!(names(occupied), before);
    }
    // What is left of a database that was lost is no obstacle.
    for name in ["expirytrack.db", "expirytrack.db-wal", "expirytrack.db-shm"] {
        let _ = std::fs::remove_file(stage.data.path().join(name));
    }
    assert_eq!(names(stage.data.path()), ["key", "lock"]);
    // Nor is what a restore that was killed left half done.
    for name in ["expirytrack.db.partial", "expirytrack.db.partial-journal"] {
        std::fs::write(stage.data.path().join(name), "cut short").unwrap();
    }
    restore(&stage.data.path().into(), &backup, ours).await.unwrap();
    assert_eq!(names(stage.data.path()), ["expirytrack.db", "key", "lock"]);
    let engine = Engine::open(stage.config()).await.unwrap();
    assert!(engine.session().check().is_ok(), "with the key the sign-in comes back too");
}

struct Morning {
    stage: Stage,
    clock: VirtualClock,
    engine: Engine,
}

impl Morning {
    async fn at(moment: &str) -> Self {
        let stage = Stage::new().await;
        let clock = VirtualClock::new(WallTime::from_millis(seconds(moment).0 * 1000));
        let engine = stage.engine_at(Arc::new(clock.clone())).await;
        engine.start_in_background();
        Self { stage, clock, engine }
    }

    fn go_to(&self, moment: &str) {
        let ahead = seconds(moment).0 - self.clock.wall().as_seconds();
        self.clock.advance(Duration::from_secs(ahead.try_into().unwrap()));
    }

    async fn list(&self) -> BackupsPicture {
        self.engine.backups().list().await.unwrap()
    }

    /// The names, once the run of that moment is kept.
    async fn after_the_run_of(&self, moment: &str) -> Vec<String> {
        self.go_to(moment);
        let at = seconds(moment);
        until(async || self.list().await.last_run.is_some_and(|run| run.at == at)).await;
        self.list().await.backups.into_iter().map(|backup| backup.name).collect()
    }
}

fn seconds(moment: &str) -> EpochSeconds {
    EpochSeconds::parse_rfc3339(&format!("{moment}:00+05:30")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_makes_backups_by_itself_and_keeps_the_newest() {
    let morning = Morning::at("2025-09-01T07:00").await;
    let list =
        morning.engine.backups().put_rule(rule(r#"{"every_days":2,"at":"06:30","keep":2}"#)).await.unwrap();
    assert_eq!(list.next_run, Some(seconds("2025-09-02T06:30")));
    let first = morning.after_the_run_of("2025-09-02T06:30").await;
    assert_eq!(first, ["expirytrack-20250902-063000.db"]);
    // The machine slept over two runs: one is made, and the days stay the same.
    morning.after_the_run_of("2025-09-07T12:00").await;
    assert_eq!(morning.list().await.next_run, Some(seconds("2025-09-08T06:30")));
    let by_hand = morning.engine.backups().make().await.unwrap();
    assert!(by_hand.path.ends_with("backups/expirytrack-20250907-120001.db"), "{by_hand:?}");
    let kept = morning.after_the_run_of("2025-09-08T06:30").await;
    assert_eq!(kept, ["expirytrack-20250908-063000.db", "expirytrack-20250907-120001.db"]);

    let folder = morning.stage.data.path().join("backups");
    let fresh = TempDir::new().unwrap();
    restore(&fresh.path().into(), &folder.join(&kept[0]), SourceKind::Other).await.unwrap();
    let list = morning.engine.backups().put_rule(None).await.unwrap();
    assert_eq!((list.rule, list.next_run, list.backups.len()), (None, None, 2));
    morning.engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_was_changed_elsewhere_meanwhile_is_not_put_over() {
    let morning = Morning::at("2025-09-01T07:00").await;
    let (daily, weekly) = (rule(r#"{"at":"06:30"}"#), rule(r#"{"every_days":7,"at":"06:30"}"#));
    let backups = morning.engine.backups();
    assert_eq!(backups.change_rule(None, weekly).await.unwrap().rule, weekly);
    for (seen, wanted) in [(None, daily), (daily, None)] {
        let refused = backups.change_rule(seen, wanted).await.unwrap_err();
        assert!(refused.to_string().contains("changed elsewhere"), "{refused}");
        assert_eq!(morning.list().await.rule, weekly);
    }
    assert_eq!(backups.change_rule(weekly, None).await.unwrap().rule, None);
    morning.engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_fails_is_told_once_and_tried_again_until_it_succeeds() {
    let morning = Morning::at("2025-09-01T05:00").await;
    let in_the_way = morning.stage.data.path().join("backups");
    std::fs::write(&in_the_way, "a file where the folder belongs").unwrap();
    morning.engine.backups().put_rule(rule(r#"{"at":"06:30"}"#)).await.unwrap();
    for moment in ["2025-09-01T06:30", "2025-09-01T07:30"] {
        assert_eq!(morning.after_the_run_of(moment).await, Vec::<String>::new());
        let problem = morning.list().await.last_run.unwrap().problem.unwrap();
        assert!(problem.contains("backups cannot be written"), "{problem}");
    }
    std::fs::remove_file(&in_the_way).unwrap();
    let made = morning.after_the_run_of("2025-09-01T08:30").await;
    assert_eq!(made, ["expirytrack-20250901-083000.db"]);
    assert_eq!(morning.list().await.next_run, Some(seconds("2025-09-02T06:30")));
    let notices = morning.engine.notices().list(None).await.unwrap().notices;
    let told: Vec<_> = notices.iter().filter(|notice| notice.kind == NoticeKind::BackupFailed).collect();
    assert_eq!(told.len(), 1, "{notices:?}");
    assert!(told[0].message.contains("tried again every hour"), "{told:?}");
    morning.engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_copy_of_before_an_upgrade_goes_with_the_first_start_after_it() {
    let stage = Stage::new().await;
    stage.engine().await.close().await.unwrap();
    let (database, copy) =
        (stage.data.path().join("expirytrack.db"), stage.data.path().join("before-upgrade-from-9.db"));
    make_older(&database, 9);
    let engine = Engine::open(stage.config()).await.unwrap();
    engine.start_in_background();
    assert!(copy.exists(), "the start that upgrades keeps it");
    engine.close().await.unwrap();
    drop(engine);
    // A command is no start.
    Engine::open(stage.config()).await.unwrap().close().await.unwrap();
    assert!(copy.exists());
    let engine = Engine::open(stage.config()).await.unwrap();
    engine.start_in_background();
    assert!(!copy.exists());
    engine.close().await.unwrap();
}
