//! What somebody changes in a lake is found out, and mended by whoever has its rows: by the next publication, of which
//! nothing counts as unchanged that was not.

use std::path::{Path, PathBuf};

use super::{
    CANDLES, CONTRACTS, INDEX, MANIFEST, REVISE, collected, manifest, outcomes, publish, publish_into, stage,
    verify,
};
use engine::Engine;
use protocol::{ArchiveOrder, LakeOutcome, PruneChoice, StorageEnd};
use tempfile::TempDir;

use crate::common::{Stage, day, nifty, until};

/// A published lake, with its files as they were.
struct Published {
    engine: Engine,
    stage: Stage,
    folder: TempDir,
    whole: Vec<(&'static str, Vec<u8>)>,
}

impl Published {
    async fn new() -> Self {
        let (stage, folder) = (stage().await, TempDir::new().unwrap());
        let engine = collected(&stage).await;
        publish(&engine, publish_into(folder.path())).await;
        let read = |path: &'static str| (path, std::fs::read(folder.path().join(path)).unwrap());
        let whole = [CANDLES, CONTRACTS, MANIFEST, INDEX].map(read).to_vec();
        Self { engine, stage, folder, whole }
    }

    fn lake(&self) -> &Path {
        self.folder.path()
    }

    fn at(&self, path: &str) -> PathBuf {
        self.lake().join(path)
    }

    fn read(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.at(path)).unwrap()
    }

    fn change(&self, path: &str, from: &str, to: &str) {
        let text = String::from_utf8(self.read(path)).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(self.at(path), text.replacen(from, to, 1)).unwrap();
    }

    fn change_a_byte(&self, path: &str) {
        let mut bytes = self.read(path);
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(self.at(path), bytes).unwrap();
    }

    fn rows(&self) -> String {
        format!("\"rows\": {}", manifest(self.lake()).rows)
    }
}

type Tamper<'a> = &'a dyn Fn();

#[tokio::test(flavor = "multi_thread")]
async fn whoever_changed_something_in_the_lake_is_found_out() {
    let published = Published::new().await;
    let at = |path: &str| published.at(path);
    let rows = published.rows();
    let stray = "candles/exchange=NSE/underlying=NIFTY/expiry=2025-08-28/part-1.parquet";
    let tampered: [(&str, Tamper<'_>, &str); 8] = [
        ("a byte of a file", &|| published.change_a_byte(CANDLES), "other bytes"),
        (
            "a shorter file",
            &|| std::fs::write(at(CANDLES), &published.read(CANDLES)[..1000]).unwrap(),
            "bytes long",
        ),
        ("no file", &|| std::fs::remove_file(at(CONTRACTS)).unwrap(), "is not there any more"),
        (
            "a second file",
            &|| {
                std::fs::copy(at(CANDLES), at(stray)).unwrap();
            },
            "no manifest tells of it",
        ),
        ("a manifest that lies", &|| published.change(MANIFEST, &rows, "\"rows\": 7"), "contradicts itself"),
        ("a manifest that is none", &|| std::fs::write(at(MANIFEST), "{}").unwrap(), "cannot be read"),
        ("no manifest", &|| std::fs::remove_file(at(MANIFEST)).unwrap(), "is not there any more"),
        ("an index that lies", &|| published.change(INDEX, &rows, "\"rows\": 7"), "is written anew"),
    ];
    for (what, tamper, told) in tampered {
        tamper();
        let (end, report) = verify(&published.engine, published.lake()).await;
        let problem = end.problem.unwrap_or_default();
        assert!(
            problem.contains(told) || report.lines.iter().any(|line| line.words.contains(told)),
            "{what}: {problem}, {report:#?}"
        );
        let _ = std::fs::remove_file(at(stray));
        for (path, bytes) in &published.whole {
            std::fs::write(at(path), bytes).unwrap();
        }
        let (end, report) = verify(&published.engine, published.lake()).await;
        assert_eq!(end.problem, None, "{what}: {report:#?}");
    }
    // Files and manifest changed together agree with each other, and not with what is known here.
    published.change(MANIFEST, "\"program\": \"ExpiryTrack", "\"program\": \"Somebody");
    let (end, _) = verify(&published.engine, published.lake()).await;
    assert!(end.problem.unwrap().contains("not the one that is known here"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_damaged_is_written_anew_by_the_next_publication() {
    let published = Published::new().await;
    let at = |path: &str| published.at(path);
    let rows = published.rows();
    // With whether it takes a reading of every byte to see it.
    let damaged: [(&str, Tamper<'_>, bool, &str); 6] = [
        ("a byte of a file", &|| published.change_a_byte(CANDLES), true, "holds other bytes"),
        (
            "a shorter file",
            &|| std::fs::write(at(CANDLES), &published.read(CANDLES)[..1000]).unwrap(),
            false,
            "is 1000 bytes long",
        ),
        ("no file", &|| std::fs::remove_file(at(CONTRACTS)).unwrap(), false, "is not there any more"),
        (
            "a manifest that lies",
            &|| published.change(MANIFEST, &rows, "\"rows\": 7"),
            false,
            "contradicts itself",
        ),
        ("a manifest that is none", &|| std::fs::write(at(MANIFEST), "{}").unwrap(), false, "cannot be read"),
        ("no manifest", &|| std::fs::remove_file(at(MANIFEST)).unwrap(), false, "candles of"),
    ];
    for (what, damage, is_unseen, why) in damaged {
        damage();
        if is_unseen {
            let (_, report) = verify(&published.engine, published.lake()).await;
            let wrong = report.lines.iter().find(|line| line.outcome == LakeOutcome::Wrong).unwrap();
            assert!(wrong.words.contains("Publish it again"), "{what}: {wrong:?}");
            let picture = published.engine.lake().picture().await.unwrap();
            let of = &picture.partitions[0];
            assert!(of.is_doubted && !of.is_outdated, "{what}: {of:?}");
        }
        let (end, report) = publish(&published.engine, publish_into(published.lake())).await;
        assert_eq!(end.problem, None, "{what}: {report:#?}");
        let line = &report.lines[0];
        assert!(line.outcome == LakeOutcome::Published && line.words.contains(why), "{what}: {line:?}");
        for (path, bytes) in published.whole.iter().filter(|(path, _)| [CANDLES, CONTRACTS].contains(path)) {
            assert!(published.read(path) == *bytes, "{what}: {path}");
        }
        let (end, report) = verify(&published.engine, published.lake()).await;
        assert_eq!(end.problem, None, "{what}: {report:#?}");
        let (_, report) = publish(&published.engine, publish_into(published.lake())).await;
        assert!(outcomes(&report).iter().all(|of| *of == LakeOutcome::Unchanged), "{what}: {report:#?}");
        let picture = published.engine.lake().picture().await.unwrap();
        assert!(picture.partitions.iter().all(|of| !of.is_doubted), "{what}");
    }
    assert!(manifest(published.lake()).restatements.is_empty());
}

/// What it told of earlier versions is nowhere else.
#[tokio::test(flavor = "multi_thread")]
async fn a_later_manifest_that_is_lost_is_restated_under_the_next_version() {
    let published = Published::new().await;
    let again = async || publish(&published.engine, publish_into(published.lake())).await;
    for _ in 0..2 {
        published.stage.change(REVISE);
        assert_eq!(again().await.0.problem, None);
    }
    let before = manifest(published.lake());
    assert_eq!((before.version, before.restatements.len()), (3, 2));
    // It cannot be read, and then there is none.
    let kept = [Some("{}"), None];
    for (version, bytes) in [4, 5].into_iter().zip(kept) {
        match bytes {
            Some(bytes) => std::fs::write(published.at(MANIFEST), bytes).unwrap(),
            None => std::fs::remove_file(published.at(MANIFEST)).unwrap(),
        }
        let (end, report) = again().await;
        assert_eq!((end.problem, report.lines[0].outcome), (None, LakeOutcome::Restated), "{version}");
        let now = manifest(published.lake());
        let [restated] = now.restatements.as_slice() else { panic!("{now:#?}") };
        assert_eq!((now.version, restated.version), (version, version));
        let why = format!("the manifest of version {} was lost", version - 1);
        assert!(restated.why.contains(&why), "{}", restated.why);
        assert_eq!((restated.rows_before, restated.row_sha256_before), (before.rows, before.row_sha256));
        let lost = restated.superseded.iter().find(|path| path.ends_with("manifest.json"));
        let lost = lost.map(|path| String::from_utf8(published.read(path)).unwrap());
        assert_eq!(lost.as_deref(), bytes, "{version}");
        let (end, report) = verify(&published.engine, published.lake()).await;
        assert_eq!(end.problem, None, "{version}: {report:#?}");
        let (_, report) = again().await;
        assert!(outcomes(&report).iter().all(|of| *of == LakeOutcome::Unchanged), "{version}: {report:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_changed_are_restated_beside_a_file_that_is_gone() {
    let published = Published::new().await;
    std::fs::remove_file(published.at(CONTRACTS)).unwrap();
    published.stage.change(REVISE);
    let (end, report) = publish(&published.engine, publish_into(published.lake())).await;
    assert_eq!((end.problem, report.lines[0].outcome), (None, LakeOutcome::Restated), "{report:#?}");
    let superseded = manifest(published.lake()).restatements[0].superseded.clone();
    assert!(
        superseded.len() == 2 && superseded.iter().all(|path| published.at(path).exists()),
        "{superseded:?}"
    );
    assert!(!superseded.iter().any(|path| path.ends_with("contracts.parquet")), "{superseded:?}");
    let (end, report) = verify(&published.engine, published.lake()).await;
    assert_eq!(end.problem, None, "{report:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_moved_into_a_damaged_file_and_it_is_not_said_to_be_the_only_one() {
    let published = Published::new().await;
    let order = ArchiveOrder {
        underlying: nifty(),
        expiries: PruneChoice::Dates(vec![day(super::EXPIRY)]),
        lake: None,
    };
    let archive = async || -> StorageEnd {
        let preview = published.engine.storage().archive_preview(&order).await.unwrap();
        published.engine.storage().archive(&order, &preview.token).await.unwrap();
        until(async || published.engine.storage().work().await.unwrap().under_way.is_none()).await;
        published.engine.storage().work().await.unwrap().last.unwrap()
    };
    // What nobody can look at may be what was published.
    #[cfg(unix)]
    {
        let (path, whole) = (published.at(CANDLES), published.read(CANDLES));
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&path, &path).unwrap();
        let problem = archive().await.problem.unwrap();
        assert!(problem.contains("make it readable") && !problem.contains("publish it"), "{problem}");
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, whole).unwrap();
    }
    published.change_a_byte(CANDLES);
    let problem = archive().await.problem.unwrap();
    assert!(problem.contains("is not the file that was published"), "{problem}");
    assert!(problem.contains("publish it again") && !problem.contains("alone"), "{problem}");
    let refused = published.engine.storage().archive_preview(&order).await.unwrap_err().to_string();
    assert!(refused.contains("is not what was published: publish it again"), "{refused}");
    let (end, report) = publish(&published.engine, publish_into(published.lake())).await;
    assert_eq!((end.problem, report.lines[0].outcome), (None, LakeOutcome::Published));
    assert_eq!(archive().await.problem, None);
}
