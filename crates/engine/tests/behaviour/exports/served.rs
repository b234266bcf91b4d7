//! Exports that a server makes: what becomes of one that is cut off, cancelled or in the way.

use std::fs::{self, File};
use std::path::Path;

use market::ContractKinds;
use protocol::{ExportOf, ExportOrder, ExportSplit, ExportStatus};

use super::{MONTHLY, WEEKLY, collected, ended, of_nifty};
use crate::common::{Stage, until};

#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_the_server_goes_on_after_a_restart_with_the_file_that_was_not_whole() {
    let stage = Stage::new().await;
    let engine = collected(&stage, WEEKLY, ContractKinds::Both).await;
    let order =
        ExportOrder { split: Some(ExportSplit::Contract), format: Some("csv".to_owned()), ..of_nifty() };
    let id = engine.exports().create(order.clone()).await.unwrap().id;
    engine.exports().start_in_background();
    let whole = ended(&engine, id).await;
    assert_eq!(whole.status, ExportStatus::Done, "{:?}", whole.problem);
    let stored = stage.sql::<i64>("SELECT sum(candles) FROM series WHERE contract_id IS NOT NULL");
    assert_eq!((whole.rows as i64, whole.rows_expected as i64), (stored, stored));
    engine.close().await.unwrap();
    drop(engine);

    // As a kill leaves it: some files noted, one half written, the export running.
    let folder = Path::new(&whole.folder).to_owned();
    let (kept, cut) = (&whole.files[0], &whole.files[1]);
    stage.change(&format!("DELETE FROM export_file WHERE name <> '{}'", kept.name));
    stage.change("UPDATE export SET status = 'running', ended_at = NULL");
    for file in &whole.files[1..] {
        fs::remove_file(folder.join(&file.name)).unwrap();
    }
    fs::remove_file(folder.join("manifest.json")).unwrap();
    fs::write(folder.join(format!("{}.partial", cut.name)), "expired_key,ki").unwrap();
    let marked = File::options().write(true).open(folder.join(&kept.name)).unwrap();
    let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    marked.set_modified(long_ago).unwrap();

    let engine = stage.engine().await;
    engine.exports().start_in_background();
    let again = ended(&engine, id).await;
    assert_eq!((again.status, &again.files), (ExportStatus::Done, &whole.files));
    let modified = folder.join(&kept.name).metadata().unwrap().modified().unwrap();
    assert_eq!(modified, long_ago, "a file that was whole is not written again");
    let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), whole.files.len() + 1, "files and the manifest: {names:?}");

    let missing = engine.exports().file(id, "../../expirytrack.db").await.unwrap_err();
    assert_eq!(missing.kind(), engine::ErrorKind::NotFound);
    let file = engine.exports().file(id, &cut.name).await.unwrap();
    assert_eq!(file.bytes, cut.bytes);
    engine.exports().remove(id).await.unwrap();
    assert!(!folder.exists() && engine.exports().list().await.unwrap().exports.is_empty());
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_export_leaves_nothing_half_and_the_next_one_is_made() {
    let stage = Stage::new().await;
    let engine = collected(&stage, WEEKLY, ContractKinds::Both).await;
    let exports = engine.exports();
    let first = exports.create(ExportOrder { volatility: true, ..of_nifty() }).await.unwrap();
    let second = exports.create(of_nifty()).await.unwrap();
    assert_eq!(first.status, ExportStatus::Queued);
    let refusal = exports.remove(second.id).await.unwrap_err().to_string();
    assert!(refusal.contains("under way: cancel it first"), "{refusal}");
    exports.start_in_background();
    until(async || exports.picture(first.id).await.unwrap().status == ExportStatus::Running).await;
    assert_eq!(exports.cancel(first.id).await.unwrap().status, ExportStatus::Cancelled);
    assert_eq!(ended(&engine, second.id).await.status, ExportStatus::Done);
    let left = fs::read_dir(&first.folder).into_iter().flatten().count();
    assert_eq!(left, 0, "{:?}", first.folder);
    let refusal = exports.cancel(second.id).await.unwrap_err().to_string();
    assert!(refusal.contains("has ended already"), "{refusal}");
    assert!(exports.picture(99).await.unwrap_err().to_string().contains("there is no export 99"));
    exports.remove(first.id).await.unwrap();
    engine.close().await.unwrap();
}

/// A page and a program are told of each file that lies there.
#[tokio::test(flavor = "multi_thread")]
async fn what_lies_beside_the_files_is_told_once_it_is_there() {
    let stage = Stage::new().await;
    let engine = collected(&stage, MONTHLY, ContractKinds::Futures).await;
    let exports = engine.exports();
    let own = ExportOrder { preset: Some("amibroker".to_owned()), of: ExportOf::Underlying, ..of_nifty() };
    let first = exports.create(own).await.unwrap();
    let second = exports.create(ExportOrder { of: ExportOf::Underlying, ..of_nifty() }).await.unwrap();
    assert_eq!(first.beside, [""; 0]);
    exports.start_in_background();
    for (id, beside) in
        [(first.id, &["manifest.json", "expirytrack.format"][..]), (second.id, &["manifest.json"])]
    {
        let done = ended(&engine, id).await;
        assert_eq!(done.status, ExportStatus::Done, "{:?}", done.problem);
        assert_eq!(done.beside, beside);
        for name in beside {
            assert!(exports.file(id, name).await.unwrap().bytes > 0, "{name}");
        }
    }
    let missing = exports.file(second.id, "expirytrack.format").await.unwrap_err();
    assert_eq!(missing.kind(), engine::ErrorKind::NotFound);
    engine.close().await.unwrap();
}
