//! The seam to the network: one request in, one whole answer out. The product uses [`HttpTransport`]; a
//! seeded simulation calls the simulator's router in memory instead.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response};

use crate::BrokerAddress;

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A whole answer is given up after this.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest answer that is read, decompressed; a quarter's minutes are about 2 MB, the master 60 MB.
pub const ANSWER_BYTES_MAX: usize = 256 * 1024 * 1024;
/// As many as a job may have workers.
const IDLE_CONNECTIONS_MAX: usize = 10;
/// [OBS] Default agents of some libraries are turned away with an HTML 403; an honest one passes.
const USER_AGENT: &str = concat!("ExpiryTrack/", env!("CARGO_PKG_VERSION"));

pub trait Transport: Send + Sync + 'static {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>>;
}

/// What broke on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportFault {
    Connect,
    Timeout,
    /// The connection ended before the answer did.
    CutOff,
    TooLarge,
    Other,
}

impl TransportFault {
    /// For `fetch_audit`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::CutOff => "cut_off",
            Self::TooLarge => "too_large",
            Self::Other => "transport",
        }
    }
}

#[derive(Debug)]
pub struct TransportError {
    pub fault: TransportFault,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl TransportError {
    pub fn new(fault: TransportFault, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { fault, source: Some(source.into()) }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.fault {
            TransportFault::Connect => "no connection could be made",
            TransportFault::Timeout => "no answer came in time",
            TransportFault::CutOff => "the connection ended before the answer did",
            TransportFault::TooLarge => "the answer is larger than any that is expected",
            TransportFault::Other => "the request could not be carried out",
        })
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Real HTTP. It neither retries nor follows redirects: both would pass the limiter by.
pub struct HttpTransport {
    client: reqwest::Client,
}

impl HttpTransport {
    /// Needs rustls' process-wide crypto provider, which it installs where nobody has.
    pub fn new(address: &BrokerAddress) -> Result<Self, TransportError> {
        // An error says only that another provider is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .retry(reqwest::retry::never())
            .redirect(reqwest::redirect::Policy::none());
        if address.is_loopback() {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(transport_error)?;
        Ok(Self { client })
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move {
            let request = reqwest::Request::try_from(request).map_err(transport_error)?;
            let mut answer = self.client.execute(request).await.map_err(transport_error)?;
            let mut whole = Response::new(Bytes::new());
            *whole.status_mut() = answer.status();
            *whole.headers_mut() = answer.headers().clone();
            let mut body = BytesMut::new();
            while let Some(piece) = answer.chunk().await.map_err(transport_error)? {
                if body.len() + piece.len() > ANSWER_BYTES_MAX {
                    let problem = format!("more than {ANSWER_BYTES_MAX} bytes");
                    return Err(TransportError::new(TransportFault::TooLarge, problem));
                }
                body.extend_from_slice(&piece);
            }
            *whole.body_mut() = body.freeze();
            Ok(whole)
        })
    }
}

fn transport_error(error: reqwest::Error) -> TransportError {
    let fault = if error.is_timeout() {
        TransportFault::Timeout
    } else if error.is_connect() {
        TransportFault::Connect
    } else if error.is_body() || error.is_decode() || error.is_request() {
        TransportFault::CutOff
    } else {
        TransportFault::Other
    };
    // The address holds no secret, but the message reads better without it.
    TransportError::new(fault, error.without_url())
}
