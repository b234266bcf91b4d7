//! The steps of a build as a person sees them: what is done, how long it took, and what was left as it was.

use std::time::Instant;

use anyhow::Result;

/// Does one step and prints its time. A step that fails says only what it was.
pub fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("  … {name}");
    let start = now();
    let result = work()?;
    eprintln!("  ✓ {name}  {:.1} s", start.elapsed().as_secs_f64());
    Ok(result)
}

/// Says that a step had nothing to do.
pub fn unchanged(name: &str) {
    eprintln!("  ✓ {name}  unchanged");
}

#[expect(
    clippy::disallowed_methods,
    reason = "a build has no engine and no clock of one; this only times steps"
)]
fn now() -> Instant {
    Instant::now()
}
