//! The listener and its connections: HTTP/1.1, in the clear or under TLS. Everything that somebody could hold open has
//! its bound here: how many sockets, how long a handshake, a head or a pause between requests, how long an answer waits
//! to be read. What a request may do is judged behind it.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::seats::{self, Seat, Seats};
use super::stalled::Unstalled;
use crate::exit::Exit;

/// How long a head may take to arrive, and how long a connection may rest between two requests.
pub const HEAD_PATIENCE: Duration = Duration::from_secs(10);
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);
/// How long an answer waits until some of it is read.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);
/// Cookies and the longest address that pages make stay far below it.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// A system that has fewer sockets than we have seats has some again when others have left.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(200);
/// What is under way when the process ends has so long to come to its own end.
const END_PATIENCE: Duration = Duration::from_secs(10);

/// Who is at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// What connections are served with.
#[derive(Clone)]
pub struct Service {
    pub router: Router,
    pub tls: Option<TlsAcceptor>,
    /// Turns true when the process ends.
    pub closed: watch::Receiver<bool>,
}

/// Serves until `stop`, then lets what is under way end. Says how it was stopped.
pub async fn serve(listener: TcpListener, service: Service, stop: impl Future<Output = Exit>) -> Exit {
    let seats = Arc::new(Seats::default());
    let mut connections = JoinSet::new();
    let arrivals = async {
        loop {
            let (stream, peer) = accept(&listener, &seats).await;
            let seat = seats.take().await;
            // What has ended is forgotten.
            while connections.try_join_next().is_some() {}
            connections.spawn(connection(service.clone(), seat, stream, peer));
        }
    };
    let exit = tokio::select! {
        exit = stop => exit,
        never = arrivals => never,
    };
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    if timeout(END_PATIENCE, all).await.is_err() {
        tracing::warn!("connections that did not end were cut off");
    }
    exit
}

async fn accept(listener: &TcpListener, seats: &Seats) -> (TcpStream, Peer) {
    loop {
        match listener.accept().await {
            Ok((stream, address)) => return (stream, Peer(address.ip())),
            Err(error) => {
                tracing::debug!(%error, "a connection was not accepted");
                seats.ask_to_leave();
                pause(ACCEPT_AGAIN_AFTER).await;
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "sockets live in real time")]
async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}

async fn connection(service: Service, seat: Seat, stream: TcpStream, peer: Peer) {
    // Without it small answers wait for each other; one that cannot be set costs only that.
    let _ = stream.set_nodelay(true);
    let stream = Unstalled::new(stream, WRITE_PATIENCE);
    let seat = Arc::new(seat);
    match service.tls.clone() {
        None => converse(service, &seat, stream, peer).await,
        Some(tls) => {
            let handshake = timeout(HANDSHAKE_PATIENCE, tls.accept(stream));
            let shaken = tokio::select! {
                shaken = handshake => shaken,
                () = seat.asked_to_leave() => return,
            };
            // Who does not come to terms is nobody to answer.
            if let Ok(Ok(stream)) = shaken {
                converse(service, &seat, stream, peer).await;
            }
        }
    }
}

/// The body of an answer. Its request is under way until it is sent, or given up.
struct UnderWay {
    body: Body,
    _request: seats::Request,
}

impl HttpBody for UnderWay {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// One connection to its end. What becomes a WebSocket goes on without its seat.
async fn converse<S>(service: Service, seat: &Arc<Seat>, stream: S, peer: Peer)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Service { router, mut closed, .. } = service;
    let answer = service_fn(|request: hyper::Request<Incoming>| {
        let under_way = seat.begin_request();
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        let answer = router.clone().oneshot(request);
        async move {
            let answer: Result<_, Infallible> = answer.await;
            // Not before all of it is read: whoever takes an export or follows a stream asks for nothing more meanwhile.
            answer.map(|answer| answer.map(|body| Body::new(UnderWay { body, _request: under_way })))
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_PATIENCE).max_header_size(HEAD_BYTES_MAX);
    let mut conversation = pin!(builder.serve_connection(TokioIo::new(stream), answer).with_upgrades());
    let mut is_closing = false;
    loop {
        tokio::select! {
            // How it ended is the other side's business: it left, or it did not keep to HTTP.
            _ = conversation.as_mut() => return,
            () = seat.asked_to_leave() => return,
            _ = closed.wait_for(|closing| *closing), if !is_closing => {
                is_closing = true;
                conversation.as_mut().graceful_shutdown();
            }
        }
    }
}
