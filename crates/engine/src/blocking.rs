//! Arithmetic of many minutes, beside the threads that answer.

use crate::error::EngineError;

pub(crate) async fn on_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, EngineError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| match error.try_into_panic() {
        Ok(panic) => EngineError::panicked(&*panic),
        Err(_) => EngineError::ShuttingDown,
    })
}
