//! Publishing is cut off at each thing that it does, in a folder and in a bucket: what lies there is what was there before
//! or what is new, nothing half done is left once its owner has come back, and publishing again succeeds.

#![expect(clippy::unwrap_used, reason = "a test says what broke by panicking")]

mod failing;

use std::path::Path as FilePath;
use std::sync::Arc;

use export::Sha256;
use futures_util::TryStreamExt;
use lake::{
    Changed, Coverage, DataFile, Draft, IndexEntry, LAYOUT, Lake, LakeError, Manifest, Owner, Partition,
    Place, ReadManifest, Recovered, Restatement, Span,
};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use protocol::LakeTable;
use tempfile::TempDir;

use crate::failing::{Afterwards, Failing, LastThing};

const OWNER: &str = "0123456789abcdef";
const TABLES: [LakeTable; 2] = [LakeTable::Candles, LakeTable::Contracts];

fn partition() -> Partition {
    let span = Span::Expiry("2025-08-28".parse().unwrap());
    Partition { exchange: "NSE".to_owned(), underlying: "M&M".to_owned(), span }
}

/// A folder or a bucket, and a store over it that does what it is told.
enum Where {
    Folder(TempDir),
    Bucket(Arc<InMemory>),
}

impl Where {
    fn place(&self) -> Place {
        match self {
            Self::Folder(folder) => folder.path().to_str().unwrap().parse().unwrap(),
            Self::Bucket(_) => "s3://bucket/lake".parse().unwrap(),
        }
    }

    fn objects(&self) -> Arc<dyn ObjectStore> {
        match self {
            Self::Folder(_) => self.place().open().unwrap(),
            Self::Bucket(bucket) => bucket.clone(),
        }
    }

    async fn lake(&self) -> Lake {
        Lake::over(self.place(), self.objects(), "simulated").await.unwrap()
    }

    async fn failing(&self, after: i64, how: (LastThing, Afterwards)) -> Result<Lake, LakeError> {
        let renames = matches!(self, Self::Folder(_));
        let objects = Failing::after(after, how, self.objects(), renames);
        Lake::over(self.place(), Arc::new(objects), "simulated").await
    }

    async fn everything(&self) -> Vec<String> {
        let listed = self.objects().list(None).map_ok(|object| object.location.to_string());
        let mut all: Vec<String> = listed.try_collect().await.unwrap();
        all.retain(|path| !path.ends_with(".lock"));
        all.sort();
        all
    }
}

fn contents(table: LakeTable, version: u32) -> Vec<u8> {
    format!("{table} of version {version}").repeat(100).into_bytes()
}

fn manifest(version: u32, previous: Option<&ReadManifest>) -> Manifest {
    let partition = partition();
    let files: Vec<DataFile> = TABLES
        .into_iter()
        .map(|table| {
            let bytes = contents(table, version);
            DataFile {
                table,
                path: partition.data_path(table).to_string(),
                rows: 100,
                bytes: bytes.len() as u64,
                sha256: Sha256::of_bytes(&bytes),
                row_sha256: Sha256::of_bytes(&bytes),
            }
        })
        .collect();
    let restated = |previous: &ReadManifest| Restatement {
        version,
        at: "2025-09-01T04:00:00Z".to_owned(),
        why: "the broker answered otherwise".to_owned(),
        changed: Some(Changed { changed: 1, contracts: 1, ..Changed::default() }),
        rows_before: previous.manifest.rows,
        contracts_before: previous.manifest.contracts,
        row_sha256_before: previous.manifest.row_sha256,
        superseded: ["candles.parquet", "contracts.parquet", "manifest.json"]
            .map(|file| {
                partition.superseded_path(previous.manifest.version, &previous.sha256, file).to_string()
            })
            .to_vec(),
    };
    Manifest {
        layout: LAYOUT,
        program: "ExpiryTrack".to_owned(),
        source: "simulated".to_owned(),
        owner: Owner { id: OWNER.to_owned() },
        exchange: partition.exchange.clone(),
        underlying: partition.underlying.clone(),
        instrument_key: "NSE_EQ|INE101A01026".parse().unwrap(),
        expiry: Some("2025-08-28".parse().unwrap()),
        month: None,
        version,
        published_at: "2025-09-01T04:00:00Z".to_owned(),
        rows: 100,
        contracts: 2,
        first_time: None,
        last_time: None,
        bytes: files.iter().map(|file| file.bytes).sum(),
        row_sha256: files[0].row_sha256,
        files,
        coverage: Coverage::default(),
        quarantined_rows: 0,
        revised_rows: 0,
        volatility: None,
        restatements: previous.map(restated).into_iter().collect(),
    }
}

/// Whatever fails is given up, as far as the store can be reached.
async fn publish(lake: &Lake, version: u32) -> Result<ReadManifest, LakeError> {
    lake.recover(OWNER).await?;
    let previous = lake.manifest(&partition()).await?;
    let draft = Draft::begin(lake, OWNER, &partition()).await?;
    let published = write(&draft, version, previous.as_ref()).await;
    if published.is_err() {
        let _ = draft.give_up().await;
    }
    published
}

async fn write(
    draft: &Draft,
    version: u32,
    previous: Option<&ReadManifest>,
) -> Result<ReadManifest, LakeError> {
    for table in TABLES {
        draft.upload(table).write(contents(table, version).into()).await?.finish().await?;
    }
    draft.publish(&manifest(version, previous), previous).await
}

/// What a reader finds, whenever it looks: a manifest that reads, and each file as it was or as it is to be.
async fn check_seen(there: &Where, version: u32) {
    let lake = there.lake().await;
    let found = lake.manifest(&partition()).await.unwrap();
    assert!(found.is_none_or(|found| (version - 1..=version).contains(&found.manifest.version)));
    for table in TABLES {
        let Ok(file) = there.objects().get(&partition().data_path(table)).await else { continue };
        let bytes = file.bytes().await.unwrap();
        assert!((version - 1..=version).any(|version| contents(table, version) == bytes), "{table}");
    }
}

/// All of a version, and nothing else.
async fn check_whole(there: &Where, version: u32) {
    let mut expected = Vec::new();
    if version > 0 {
        let read = there.lake().await.manifest(&partition()).await.unwrap().unwrap();
        assert_eq!(read.manifest.version, version);
        for file in &read.manifest.files {
            let path = Path::parse(&file.path).unwrap();
            let bytes = there.objects().get(&path).await.unwrap().bytes().await.unwrap();
            assert_eq!(Sha256::of_bytes(&bytes), file.sha256, "{path}");
            expected.push(file.path.clone());
        }
        expected.extend(read.manifest.restatements.iter().flat_map(|restated| restated.superseded.clone()));
        expected.push(partition().manifest_path().to_string());
        expected.push("manifest/index.json".to_owned());
        let index = there.lake().await.index().await.unwrap().unwrap();
        let indexed: Vec<_> = index.partitions.iter().map(|of| (of.version, of.manifest_sha256)).collect();
        assert_eq!(indexed, [(version, read.sha256)]);
        for restated in &read.manifest.restatements {
            let before = Path::parse(&restated.superseded[0]).unwrap();
            let bytes = there.objects().get(&before).await.unwrap().bytes().await.unwrap();
            assert_eq!(bytes, contents(LakeTable::Candles, version - 1));
        }
    }
    expected.sort();
    assert_eq!(there.everything().await, expected);
}

/// Cuts off the publication of a version after each thing that it does.
async fn cut_off_everywhere(make: impl Fn() -> Where, version: u32, how: (LastThing, Afterwards)) {
    let (mut old, mut new) = (0, 0);
    for things in 0.. {
        let there = make();
        for earlier in 1..version {
            publish(&there.lake().await, earlier).await.unwrap();
        }
        let published = match there.failing(things, how).await {
            Ok(lake) => publish(&lake, version).await,
            Err(error) => Err(error),
        };
        check_seen(&there, version).await;
        let recovered = there.lake().await.recover(OWNER).await.unwrap();
        let is_removed = |of: &Recovered| matches!(of, Recovered::Removed(of) if *of == partition());
        let has_failed = recovered.iter().any(|of| matches!(of, Recovered::Failed(..)));
        let is_given_up = how.1 == Afterwards::Nothing || !recovered.iter().any(is_removed);
        assert!(is_given_up && !has_failed, "{things}: {recovered:?}");
        let is_new =
            there.lake().await.manifest(&partition()).await.unwrap().map(|read| read.manifest.version)
                == Some(version);
        check_whole(&there, if is_new { version } else { version - 1 }).await;
        if published.is_ok() {
            assert!(is_new && recovered.is_empty() && old >= 10 && new >= 5, "{things}: {old}, {new}");
            return;
        }
        assert!(recovered.iter().all(|of| is_removed(of) || is_new), "{things}");
        (old, new) = (old + u32::from(!is_new), new + u32::from(is_new));
        if !is_new {
            publish(&there.lake().await, version).await.unwrap();
            check_whole(&there, version).await;
        }
    }
}

/// In which it is cut off.
fn ways() -> impl Iterator<Item = (LastThing, Afterwards)> {
    let afterwards =
        |last| [Afterwards::Nothing, Afterwards::Everything].map(|afterwards| (last, afterwards));
    [LastThing::NotDone, LastThing::Done].into_iter().flat_map(afterwards)
}

fn folder() -> Where {
    Where::Folder(TempDir::new().unwrap())
}

fn bucket() -> Where {
    Where::Bucket(Arc::new(InMemory::new()))
}

#[tokio::test]
async fn a_first_publication_that_is_cut_off_leaves_nothing_or_all_of_it() {
    for how in ways() {
        cut_off_everywhere(folder, 1, how).await;
        cut_off_everywhere(bucket, 1, how).await;
    }
}

#[tokio::test]
async fn a_restatement_that_is_cut_off_leaves_the_old_or_the_new() {
    for how in ways() {
        cut_off_everywhere(folder, 2, how).await;
        cut_off_everywhere(bucket, 2, how).await;
    }
}

/// Somebody emptied what only its publisher can finish: it is told once, and then published again.
#[tokio::test]
async fn what_can_never_be_finished_does_not_stay_in_the_way() {
    for there in [folder(), bucket()] {
        for things in 0.. {
            let lake = there.failing(things, (LastThing::NotDone, Afterwards::Nothing)).await;
            if let Ok(lake) = lake {
                publish(&lake, 1).await.unwrap_err();
            }
            let draft = there.everything().await;
            if draft.iter().any(|path| path.ends_with("pending.json")) {
                break;
            }
            there.lake().await.recover(OWNER).await.unwrap();
        }
        let candles = partition().temporary_path(OWNER, "candles.parquet");
        there.objects().delete(&candles).await.unwrap();
        // Another file that is as long is not the one that was moved.
        let other = contents(LakeTable::Candles, 2).into();
        there.objects().put(&partition().data_path(LakeTable::Candles), other).await.unwrap();
        let told = there.lake().await.recover(OWNER).await.unwrap();
        assert!(matches!(told.as_slice(), [Recovered::Failed(_, LakeError::HalfDone { .. })]), "{told:?}");
        publish(&there.lake().await, 1).await.unwrap();
        check_whole(&there, 1).await;
    }
}

#[tokio::test]
async fn what_of_one_can_not_be_finished_keeps_no_other_half_done() {
    for there in [folder(), bucket()] {
        let another = Partition { span: Span::Expiry("2025-09-25".parse().unwrap()), ..partition() };
        // Of files that are nowhere.
        let path = partition().temporary_path(OWNER, "pending.json");
        let pending = manifest(1, None).to_bytes().unwrap();
        there.objects().put(&path, pending.into()).await.unwrap();
        let half = another.temporary_path(OWNER, "candles.parquet");
        there.objects().put(&half, "half".into()).await.unwrap();
        let recovered = there.lake().await.recover(OWNER).await.unwrap();
        let [Recovered::Failed(one, LakeError::HalfDone { .. }), Recovered::Removed(other)] =
            recovered.as_slice()
        else {
            panic!("{recovered:?}")
        };
        assert!(*one == partition() && *other == another, "{recovered:?}");
        assert!(there.everything().await.is_empty());
    }
}

/// Nobody knows what it was to be.
#[tokio::test]
async fn what_is_half_done_and_cannot_be_read_is_removed() {
    for there in [folder(), bucket()] {
        publish(&there.lake().await, 1).await.unwrap();
        for bytes in ["", "{", "{\"layout\": 1}"] {
            for file in ["candles.parquet", "pending.json"] {
                let path = partition().temporary_path(OWNER, file);
                there.objects().put(&path, bytes.into()).await.unwrap();
            }
            let recovered = there.lake().await.recover(OWNER).await.unwrap();
            assert!(matches!(recovered.as_slice(), [Recovered::Removed(_)]), "{bytes}: {recovered:?}");
            check_whole(&there, 1).await;
        }
        publish(&there.lake().await, 2).await.unwrap();
        check_whole(&there, 2).await;
    }
}

#[tokio::test]
async fn what_somebody_took_away_is_restated_and_what_is_left_of_it_stays() {
    for there in [folder(), bucket()] {
        publish(&there.lake().await, 1).await.unwrap();
        there.objects().delete(&partition().data_path(LakeTable::Contracts)).await.unwrap();
        let published = publish(&there.lake().await, 2).await.unwrap();
        let all = there.everything().await;
        let stays: Vec<bool> =
            published.manifest.restatements[0].superseded.iter().map(|path| all.contains(path)).collect();
        assert_eq!(stays, [true, false, true], "{all:?}");
        publish(&there.lake().await, 3).await.unwrap();
    }
}

#[tokio::test]
async fn what_a_killed_program_left_half_written_goes_with_the_next_start() {
    let there = folder();
    publish(&there.lake().await, 1).await.unwrap();
    let draft = Draft::begin(&there.lake().await, OWNER, &partition()).await.unwrap();
    let half = there.place().to_string() + "/" + draft.path(LakeTable::Candles).as_ref();
    std::fs::create_dir_all(FilePath::new(&half).parent().unwrap()).unwrap();
    // As the system's own half-written files are called.
    std::fs::write(format!("{half}#1"), "half").unwrap();
    assert!(there.lake().await.recover(OWNER).await.unwrap().is_empty());
    assert!(!FilePath::new(&there.place().to_string()).join("_temporary").join(OWNER).exists());
    check_whole(&there, 1).await;
}

/// Parts of it would stay in the bucket, and be in no list.
#[tokio::test]
async fn an_upload_that_fails_is_given_up_wherever_it_fails() {
    let mut given_up = 0;
    for things in 0.. {
        let there = bucket();
        let objects =
            Failing::after(things, (LastThing::NotDone, Afterwards::Nothing), there.objects(), false);
        let lake = Lake::over(there.place(), Arc::new(objects.clone()), "simulated").await;
        let Ok(lake) = lake else { continue };
        let Ok(draft) = Draft::begin(&lake, OWNER, &partition()).await else { continue };
        let mut upload = draft.upload(LakeTable::Candles);
        let written = async {
            for _ in 0..8 {
                upload = upload.write(vec![7; 6 << 20].into()).await?;
            }
            upload.finish().await
        };
        if written.await.is_ok() {
            assert!(objects.aborted() == 0 && given_up > 8, "{given_up}");
            return;
        }
        assert_eq!(objects.aborted(), objects.begun(), "{things}");
        given_up += objects.begun();
    }
}

/// A program that is killed leaves no parts of it in the bucket.
#[tokio::test]
async fn what_is_short_is_put_at_once_and_only_what_is_long_in_parts() {
    let there = bucket();
    let never = (LastThing::NotDone, Afterwards::Nothing);
    let objects = Failing::after(i64::MAX, never, there.objects(), false);
    let lake = Lake::over(there.place(), Arc::new(objects.clone()), "simulated").await.unwrap();
    publish(&lake, 1).await.unwrap();
    assert_eq!(objects.begun(), 0);
    let draft = Draft::begin(&lake, OWNER, &partition()).await.unwrap();
    for (mebibytes, begun) in [(0, 0), (15, 0), (16, 1), (40, 2)] {
        let mut upload = draft.upload(LakeTable::Candles);
        for number in 0..mebibytes {
            upload = upload.write(vec![number; 1 << 20].into()).await.unwrap();
        }
        upload.finish().await.unwrap();
        assert_eq!(objects.begun(), begun, "{mebibytes}");
        let put = there.objects().get(&draft.path(LakeTable::Candles)).await.unwrap().bytes().await.unwrap();
        assert_eq!(put.len(), usize::from(mebibytes) << 20);
        assert!((0..mebibytes).all(|number| put[usize::from(number) << 20] == number), "{mebibytes}");
    }
}

#[tokio::test]
async fn nobody_else_publishes_what_somebody_is_publishing() {
    for there in [folder(), bucket()] {
        let lake = there.lake().await;
        there.objects().put(&partition().claim_path(), "somebody".into()).await.unwrap();
        let refused = publish(&lake, 1).await.unwrap_err().to_string();
        assert!(refused.contains("is being published by somebody"), "{refused}");
        assert!(lake.manifest(&partition()).await.unwrap().is_none());
        there.objects().delete(&partition().claim_path()).await.unwrap();
        publish(&lake, 1).await.unwrap();
        check_whole(&there, 1).await;
    }
}

/// A link that leads nowhere is there for whoever makes a claim, and gone for whoever reads it.
#[cfg(unix)]
#[tokio::test]
async fn nobody_publishes_without_a_claim() {
    let there = folder();
    let claim = FilePath::new(&there.place().to_string()).join(partition().claim_path().to_string());
    std::fs::create_dir_all(claim.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("/nowhere/at/all", &claim).unwrap();
    let refused = publish(&there.lake().await, 1).await.unwrap_err();
    assert!(matches!(refused, LakeError::Crowded { .. }), "{refused}");
    assert!(there.lake().await.manifest(&partition()).await.unwrap().is_none());
}

#[tokio::test]
async fn what_somebody_published_meanwhile_is_not_replaced() {
    for there in [folder(), bucket()] {
        let lake = there.lake().await;
        let draft = Draft::begin(&lake, "fedcba9876543210", &partition()).await.unwrap();
        publish(&lake, 1).await.unwrap();
        let refused = draft.publish(&manifest(1, None), None).await.unwrap_err();
        assert!(matches!(refused, LakeError::Overtaken { .. }), "{refused}");
        draft.give_up().await.unwrap();
        check_whole(&there, 1).await;
    }
}

/// Of the month after, by somebody else.
async fn publish_another(lake: &Lake) -> Partition {
    let owner = "fedcba9876543210";
    let mut another = manifest(1, None);
    another.owner.id = owner.to_owned();
    another.expiry = Some("2025-09-25".parse().unwrap());
    let partition = another.partition().unwrap();
    let draft = Draft::begin(lake, owner, &partition).await.unwrap();
    for file in &mut another.files {
        file.path = partition.data_path(file.table).to_string();
        let upload = draft.upload(file.table).write(contents(file.table, 1).into()).await.unwrap();
        upload.finish().await.unwrap();
    }
    draft.publish(&another, None).await.unwrap();
    partition
}

/// Between the reading of a lake and the look at its index hours may lie.
#[tokio::test]
async fn what_others_published_while_a_lake_was_read_stays_in_its_index() {
    for there in [folder(), bucket()] {
        let lake = there.lake().await;
        let read = publish(&lake, 1).await.unwrap();
        let found = [IndexEntry::of(&read, &partition())];
        let another = publish_another(&lake).await;
        publish(&lake, 2).await.unwrap();
        let listed = async || {
            let partitions = lake.index().await.unwrap().unwrap().partitions;
            partitions.into_iter().map(|of| (of.manifest, of.version)).collect::<Vec<_>>()
        };
        let (one, other) = (partition().manifest_path(), another.manifest_path());
        let both = [(one.to_string(), 2), (other.to_string(), 1)];
        assert!(!lake.mend_index(OWNER, &found).await.unwrap());
        assert_eq!(listed().await, both);
        for table in TABLES {
            assert!(lake.is_told_of(another.data_path(table).as_ref()).await.unwrap());
        }

        // What is wrong is mended, and nothing else.
        there.objects().delete(&other).await.unwrap();
        assert!(lake.mend_index(OWNER, &found).await.unwrap());
        assert_eq!(listed().await, both[..1]);
        assert!(!lake.is_told_of(another.data_path(TABLES[0]).as_ref()).await.unwrap());
        there.objects().delete(&Path::from("manifest/index.json")).await.unwrap();
        assert!(lake.mend_index(OWNER, &found).await.unwrap());
        assert_eq!(listed().await, both[..1]);
        assert!(!lake.mend_index(OWNER, &found).await.unwrap());
    }
}

/// Whatever lies where the index belongs: the manifests say what there is.
#[tokio::test]
async fn an_index_that_cannot_be_read_is_made_anew_and_keeps_nobody_out() {
    let index = Path::from("manifest/index.json");
    for there in [folder(), bucket()] {
        let lake = there.lake().await;
        publish(&lake, 1).await.unwrap();
        let another = publish_another(&lake).await;
        let before = lake.index().await.unwrap().unwrap();
        assert_eq!(before.partitions.len(), 2);
        for bytes in ["", "{", "[]", "\u{fffd}\u{0}", "{\"layout\": 1}", "{\"layout\": \"one\"}"] {
            there.objects().put(&index, bytes.into()).await.unwrap();
            let why = there.lake().await.renew_index(OWNER).await.unwrap();
            assert!(why.is_some_and(|why| !why.is_empty()), "{bytes}");
            assert_eq!(there.lake().await.index().await.unwrap().unwrap(), before, "{bytes}");
            assert_eq!(there.lake().await.renew_index(OWNER).await.unwrap(), None, "{bytes}");
        }
        // Whoever publishes without having looked loses nothing of it, nor where there is none any more.
        there.objects().put(&index, "{".into()).await.unwrap();
        publish(&there.lake().await, 2).await.unwrap();
        let listed = async || there.lake().await.index().await.unwrap().unwrap().partitions;
        assert_eq!(listed().await.iter().map(|of| of.version).collect::<Vec<_>>(), [2, 1]);
        there.objects().delete(&index).await.unwrap();
        publish(&there.lake().await, 3).await.unwrap();
        assert_eq!(listed().await.iter().map(|of| of.version).collect::<Vec<_>>(), [3, 1]);

        // Whose it is, and by which version, is told by the manifests then.
        there.objects().put(&index, "{".into()).await.unwrap();
        let refused = Lake::over(there.place(), there.objects(), "upstox").await.unwrap_err().to_string();
        assert!(refused.contains("simulated") && refused.contains("upstox"), "{refused}");
        for path in [partition().manifest_path(), another.manifest_path()] {
            there.objects().put(&path, "{\"layout\": 7, \"of\": []}".into()).await.unwrap();
        }
        let refused = Lake::over(there.place(), there.objects(), "simulated").await.unwrap_err();
        assert!(matches!(refused, LakeError::Newer { found: 7, .. }), "{refused}");
    }
    // Of a newer version that writes another form it is not taken for broken.
    for there in [folder(), bucket()] {
        there.objects().put(&index, "{\"layout\": 2, \"shards\": []}".into()).await.unwrap();
        let refused = Lake::over(there.place(), there.objects(), "simulated").await.unwrap_err();
        assert!(matches!(refused, LakeError::Newer { found: 2, .. }), "{refused}");
    }
    // Longer than any of ours, without taking that room.
    let there = folder();
    let lake = there.lake().await;
    publish(&lake, 1).await.unwrap();
    let path = FilePath::new(&there.place().to_string()).join("manifest/index.json");
    std::fs::File::options().write(true).open(&path).unwrap().set_len(300 << 20).unwrap();
    assert!(there.lake().await.renew_index(OWNER).await.unwrap().is_some());
    assert_eq!(there.lake().await.index().await.unwrap().unwrap().partitions.len(), 1);
}

#[tokio::test]
async fn a_place_that_holds_something_else_is_refused() {
    for there in [folder(), bucket()] {
        there.objects().put(&Path::from("holiday.jpg"), "x".into()).await.unwrap();
        let refused = Lake::over(there.place(), there.objects(), "simulated").await.unwrap_err().to_string();
        assert!(refused.contains("holiday.jpg"), "{refused}");
    }
    for there in [folder(), bucket()] {
        publish(&there.lake().await, 1).await.unwrap();
        // Beside a lake anything may lie.
        there.objects().put(&Path::from("README.md"), "x".into()).await.unwrap();
        there.lake().await;
        let refused = Lake::over(there.place(), there.objects(), "upstox").await.unwrap_err().to_string();
        assert!(refused.contains("simulated") && refused.contains("upstox"), "{refused}");
    }
}

#[tokio::test]
async fn a_manifest_that_names_a_file_elsewhere_is_refused() {
    let there = bucket();
    publish(&there.lake().await, 1).await.unwrap();
    let mut lying = manifest(1, None);
    lying.files[0].path = "candles/exchange=NSE/underlying=NIFTY/expiry=2025-08-28/part-0.parquet".to_owned();
    let bytes = lying.to_bytes().unwrap();
    there.objects().put(&partition().manifest_path(), bytes.into()).await.unwrap();
    let refused = there.lake().await.manifest(&partition()).await.unwrap_err().to_string();
    assert!(refused.contains("no place of its candles"), "{refused}");
}
