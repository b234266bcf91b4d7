//! SIGINT and SIGTERM.

use crate::exit::Exit;

/// Ends when the process is asked to end, with the status that it then leaves with.
pub async fn stopped() -> Exit {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            return interrupted().await;
        };
        tokio::select! {
            exit = interrupted() => exit,
            _ = terminate.recv() => Exit::Terminated,
        }
    }
    #[cfg(not(unix))]
    interrupted().await
}

async fn interrupted() -> Exit {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler the system's own takes the process down; there is nothing to wait for here.
        std::future::pending::<()>().await;
    }
    Exit::Interrupted
}
