//! What is kept may be another process's: its password and its tokens hold here as they are changed there, and are changed
//! there alone.

use std::path::Path;
use std::sync::PoisonError;
use std::time::SystemTime;

use crate::access::Access;
use crate::error::AccessError;
use crate::kept::Kept;

/// When a file was changed, and how long it is; nothing where there is none.
pub(super) type Stamp = Option<(SystemTime, u64)>;

impl Access {
    /// Reads again what is kept: another program may have changed it before this one owned the directory.
    pub fn read_again(&self) -> Result<(), AccessError> {
        if self.inner.read_of_another.is_some() {
            return self.look_again();
        }
        *self.inner.kept() = Kept::read(&self.inner.path)?;
        Ok(())
    }

    /// Reads what another process keeps, where it has changed. With another password all sessions end.
    pub fn look_again(&self) -> Result<(), AccessError> {
        let Some(seen) = &self.inner.read_of_another else { return Ok(()) };
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = stamp(&self.inner.path);
        if *seen == now {
            return Ok(());
        }
        let _changing = self.inner.changing();
        let mut fresh = Kept::read(&self.inner.path)?;
        let mut kept = self.inner.kept();
        let is_same = kept.password == fresh.password;
        fresh.sessions = if is_same { std::mem::take(&mut kept.sessions) } else { Vec::new() };
        *kept = fresh;
        drop(kept);
        *seen = now;
        self.inner.changes.send_replace(());
        Ok(())
    }

    pub(super) fn refuse_of_another(&self) -> Result<(), AccessError> {
        if self.inner.read_of_another.is_some() { Err(AccessError::ReadsOnly) } else { Ok(()) }
    }
}

fn stamp(path: &Path) -> Stamp {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}
