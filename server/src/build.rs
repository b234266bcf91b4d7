//! What was built: the version, and the commit where it is known.

pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// `None`: built outside of git.
pub const COMMIT: Option<&str> = option_env!("EXPIRYTRACK_COMMIT");
