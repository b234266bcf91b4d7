//! Where the browser comes back to from the dialog of Upstox when no server runs: the redirect address of the app,
//! listened at for one sign-in; or what a person pastes.

use std::io::BufRead;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::http::header::HOST;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Html;
use engine::{Return, SecretString};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// A listener at the redirect address.
pub struct Callback {
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Callback {
    /// Listens where the redirect address leads to this machine and nobody else listens there.
    /// What comes with another `state` than this is not of this sign-in: any page can send a browser here.
    pub async fn listen(
        redirect_uri: &str,
        state: &str,
        addresses: mpsc::Sender<SecretString>,
    ) -> Option<Self> {
        let listener = TcpListener::bind(on_this_machine(redirect_uri)?).await.ok()?;
        let (stop, stopped) = oneshot::channel();
        let router = Router::new().fallback(take).with_state(Awaited { state: state.to_owned(), addresses });
        let served = axum::serve(listener, router).with_graceful_shutdown(async move {
            // An error says that the sender is gone, which is the end too.
            let _ = stopped.await;
        });
        let served = tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::error!(%error, "the listener for the sign-in broke");
            }
        });
        Some(Self { stop, served })
    }

    /// Ends when the browser has its answer.
    pub async fn close(self) {
        // An error says that it has ended by itself.
        let _ = self.stop.send(());
        let _ = self.served.await;
    }
}

/// The sign-in that is waited for, and who waits.
#[derive(Clone)]
struct Awaited {
    state: String,
    addresses: mpsc::Sender<SecretString>,
}

const OURS: &str =
    "<!DOCTYPE html><title>ExpiryTrack</title><p>Back to the terminal: this page can be closed.";
/// Any page can send a browser here, so only that browser is told.
const OF_ANOTHER: &str = "<!DOCTYPE html><title>ExpiryTrack</title><p>This is not of the sign-in that the terminal waits for. Nothing has changed: open the address that the terminal shows.";

async fn take(
    State(awaited): State<Awaited>,
    headers: HeaderMap,
    uri: Uri,
) -> (StatusCode, Html<&'static str>) {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let address = format!("http://{host}{uri}");
    let is_awaited =
        Return::at(&address).is_ok_and(|back| back.state.as_deref() == Some(awaited.state.as_str()));
    if !is_awaited || awaited.addresses.try_send(SecretString::from(address)).is_err() {
        return (StatusCode::NOT_FOUND, Html(OF_ANOTHER));
    }
    (StatusCode::OK, Html(OURS))
}

/// Of an address like `http://127.0.0.1:5000/callback`.
fn on_this_machine(redirect_uri: &str) -> Option<SocketAddr> {
    let uri: Uri = redirect_uri.parse().ok()?;
    let is_here = matches!(uri.host(), Some("127.0.0.1" | "localhost"));
    let port = uri.port_u16().unwrap_or(80);
    (uri.scheme_str() == Some("http") && is_here).then(|| SocketAddr::from(([127, 0, 0, 1], port)))
}

/// Lines of a terminal, from a thread of their own: it ends with the process, or when nobody wants more.
pub fn read_pasted(addresses: mpsc::Sender<SecretString>) {
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if !line.trim().is_empty() && addresses.blocking_send(SecretString::from(line)).is_err() {
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_listened_at() {
        assert_eq!(on_this_machine("http://localhost:5000/callback"), Some(([127, 0, 0, 1], 5000).into()));
        assert_eq!(on_this_machine("http://127.0.0.1/x?a=b"), Some(([127, 0, 0, 1], 80).into()));
        for elsewhere in ["https://127.0.0.1:5000/callback", "http://example.com:5000/", "callback"] {
            assert_eq!(on_this_machine(elsewhere), None, "{elsewhere}");
        }
    }
}
