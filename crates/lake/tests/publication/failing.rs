//! A store that does so many things and then nothing more, as one whose connection is lost, whose disk is full, or whose
//! program was killed; or that fails at one thing alone, as a connection that is back at once. The last thing is done or not: whoever asked for it does not learn it.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result, UploadPart,
};

/// Whether the thing at which it fails is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastThing {
    Done,
    NotDone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Afterwards {
    Nothing,
    Everything,
}

#[derive(Clone, Debug)]
pub struct Failing {
    inner: Arc<dyn ObjectStore>,
    left: Arc<AtomicI64>,
    last: LastThing,
    afterwards: Afterwards,
    /// A bucket's store has none of its own: it copies and deletes.
    renames: bool,
    begun: Arc<AtomicU32>,
    aborted: Arc<AtomicU32>,
}

enum May {
    Do,
    DoAndFail,
    Fail,
}

impl Failing {
    pub fn after(
        things: i64,
        (last, afterwards): (LastThing, Afterwards),
        inner: Arc<dyn ObjectStore>,
        renames: bool,
    ) -> Self {
        let (left, begun, aborted) = (Arc::new(AtomicI64::new(things)), Arc::default(), Arc::default());
        Self { inner, left, last, afterwards, renames, begun, aborted }
    }

    /// Uploads in parts.
    pub fn begun(&self) -> u32 {
        self.begun.load(Ordering::SeqCst)
    }

    /// Uploads that somebody gave up, whether the store could be told or not.
    pub fn aborted(&self) -> u32 {
        self.aborted.load(Ordering::SeqCst)
    }

    fn may(&self) -> May {
        match self.left.fetch_sub(1, Ordering::SeqCst) {
            left if left > 0 => May::Do,
            0 if self.last == LastThing::Done => May::DoAndFail,
            left if left < 0 && self.afterwards == Afterwards::Everything => May::Do,
            _ => May::Fail,
        }
    }

    async fn carry_out<T>(&self, thing: impl Future<Output = Result<T>>) -> Result<T> {
        match self.may() {
            May::Do => thing.await,
            May::DoAndFail => {
                let _ = thing.await;
                Err(lost())
            }
            May::Fail => Err(lost()),
        }
    }
}

fn lost() -> Error {
    Error::Generic { store: "failing", source: "no room is left on the disk".into() }
}

impl fmt::Display for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failing {}", self.inner)
    }
}

#[async_trait]
impl ObjectStore for Failing {
    async fn put_opts(&self, to: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.carry_out(self.inner.put_opts(to, payload, options)).await
    }

    async fn put_multipart_opts(
        &self,
        to: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let inner = self.carry_out(self.inner.put_multipart_opts(to, options)).await?;
        self.begun.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(FailingUpload { inner, store: self.clone() }))
    }

    async fn get_opts(&self, from: &Path, options: GetOptions) -> Result<GetResult> {
        self.carry_out(self.inner.get_opts(from, options)).await
    }

    async fn get_ranges(&self, from: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.carry_out(self.inner.get_ranges(from, ranges)).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        match self.may() {
            May::Do => self.inner.delete_stream(paths),
            May::DoAndFail => self.inner.delete_stream(paths).map(|_| Err(lost())).boxed(),
            May::Fail => paths.map(|_| Err(lost())).boxed(),
        }
    }

    fn list(&self, under: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.may() {
            May::Do => self.inner.list(under),
            May::DoAndFail | May::Fail => futures_util::stream::once(async { Err(lost()) }).boxed(),
        }
    }

    async fn list_with_delimiter(&self, under: Option<&Path>) -> Result<ListResult> {
        self.carry_out(self.inner.list_with_delimiter(under)).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.carry_out(self.inner.copy_opts(from, to, options)).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        if self.renames {
            return self.carry_out(self.inner.rename_opts(from, to, options)).await;
        }
        self.copy_opts(from, to, CopyOptions::default()).await?;
        object_store::ObjectStoreExt::delete(self, from).await
    }
}

#[derive(Debug)]
struct FailingUpload {
    inner: Box<dyn MultipartUpload>,
    store: Failing,
}

#[async_trait]
impl MultipartUpload for FailingUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let part = self.inner.put_part(data);
        let store = self.store.clone();
        Box::pin(async move { store.carry_out(part).await })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let store = self.store.clone();
        store.carry_out(self.inner.complete()).await
    }

    async fn abort(&mut self) -> Result<()> {
        let store = self.store.clone();
        store.aborted.fetch_add(1, Ordering::SeqCst);
        store.carry_out(self.inner.abort()).await
    }
}
