//! A disk of which one write fails: SQLite's own file system with one function replaced, for the whole process.
//! Where the failing write lies is counted from the moment of arming; after it the disk is well again.

#![expect(unsafe_code, reason = "SQLite takes a file system as a table of C functions")]

use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU64, Ordering};
use std::sync::{Mutex, Once, OnceLock, PoisonError};

use rusqlite::ffi;

type Write = unsafe extern "C" fn(*mut ffi::sqlite3_file, *const c_void, c_int, ffi::sqlite3_int64) -> c_int;

/// What our functions pass on to.
static REAL_SYSTEM: AtomicPtr<ffi::sqlite3_vfs> = AtomicPtr::new(ptr::null_mut());
static REAL_WRITE: OnceLock<Write> = OnceLock::new();
/// Addresses of the real tables of methods, each with that of its copy: a database locks, its log does not.
static TABLES: Mutex<Vec<(usize, usize)>> = Mutex::new(Vec::new());

static WRITES: AtomicU64 = AtomicU64::new(0);
/// Zero: none.
static FAILING: AtomicU64 = AtomicU64::new(0);
static CODE: AtomicI32 = AtomicI32::new(ffi::SQLITE_OK);

/// From now on the `write`-th write fails with `code`; with zero none does.
pub fn arm(write: u64, code: c_int) {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(install);
    FAILING.store(0, Ordering::SeqCst);
    CODE.store(code, Ordering::SeqCst);
    WRITES.store(0, Ordering::SeqCst);
    FAILING.store(write, Ordering::SeqCst);
}

/// Writes since the last arming, the failed one counted.
pub fn writes() -> u64 {
    WRITES.load(Ordering::SeqCst)
}

fn install() {
    // SAFETY: the default file system lives as long as the process and is never changed; the copy is leaked, so
    // it does too. Copying the structure is what SQLite documents for a file system that rests on another.
    unsafe {
        let real = ffi::sqlite3_vfs_find(ptr::null());
        assert!(!real.is_null(), "SQLite has a file system");
        REAL_SYSTEM.store(real, Ordering::SeqCst);
        let ours = Box::new(ffi::sqlite3_vfs {
            zName: c"failing".as_ptr(),
            pNext: ptr::null_mut(),
            xOpen: Some(open),
            ..*real
        });
        assert_eq!(ffi::sqlite3_vfs_register(Box::leak(ours), 1), ffi::SQLITE_OK);
    }
}

/// Opens a file as the real system does, then puts our `write` in the place of its own.
unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite hands over what `xOpen` may rely on, and it is passed on unchanged. An opened file begins
    // with a pointer to its methods; the real system never looks at which table it points to.
    unsafe {
        let real = REAL_SYSTEM.load(Ordering::SeqCst);
        let Some(real_open) = (*real).xOpen else { return ffi::SQLITE_CANTOPEN };
        let code = real_open(real, name, file, flags, flags_out);
        if !(*file).pMethods.is_null() {
            (*file).pMethods = methods_over((*file).pMethods);
        }
        code
    }
}

/// The real methods with our `write`; one copy of each table, for as long as the process lives.
unsafe fn methods_over(real: *const ffi::sqlite3_io_methods) -> *const ffi::sqlite3_io_methods {
    let mut tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, ours)) = tables.iter().find(|(known, _)| *known == real as usize) {
        return *ours as *const ffi::sqlite3_io_methods;
    }
    // SAFETY: `real` is the table of a file that was just opened; such tables are constants.
    let real_methods = unsafe { *real };
    let Some(real_write) = real_methods.xWrite else { return real };
    let known_write = *REAL_WRITE.get_or_init(|| real_write);
    assert!(ptr::fn_addr_eq(known_write, real_write), "all kinds of files are written by one function");
    let ours = Box::leak(Box::new(ffi::sqlite3_io_methods { xWrite: Some(write), ..real_methods }));
    tables.push((real as usize, ptr::from_ref(ours) as usize));
    ours
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    count: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    if WRITES.fetch_add(1, Ordering::SeqCst) + 1 == FAILING.load(Ordering::SeqCst) {
        return CODE.load(Ordering::SeqCst);
    }
    let Some(real_write) = REAL_WRITE.get() else { return ffi::SQLITE_IOERR_WRITE };
    // SAFETY: SQLite's own arguments, for a file that the real system opened.
    unsafe { real_write(file, bytes, count, offset) }
}
