//! Why a simulator could not be made.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    #[error("the fault file {} cannot be read", path.display())]
    FaultFileRead {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the fault file {} is no list of faults", path.display())]
    FaultFileParse {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error("a rate limit needs at least one request and a window longer than nothing")]
    Limits,
    #[error("the simulated market begins on 2024-10-02, {0} is before it")]
    TodayTooEarly(market::Day),
    #[error("the simulated market ends on 2099-12-31, {0} is after it")]
    TodayTooLate(market::Day),
    #[error("a capture that is compiled in does not parse")]
    Capture,
}
