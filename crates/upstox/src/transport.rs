//! The seam to the network: one request in, one whole answer out. The product uses [`HttpTransport`]; a
//! seeded simulation calls the simulator's router in memory instead.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::BrokerAddress;

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A whole answer is given up after this.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Of a body beyond this only one is in memory at a time, however many workers ask: most are far below it.
const LARGE_BODY_BYTES: usize = 8 << 20;
/// As many as a job may have workers.
const IDLE_CONNECTIONS_MAX: usize = 10;
/// [OBS] Default agents of some libraries are turned away with an HTML 403; an honest one passes.
const USER_AGENT: &str = concat!("ExpiryTrack/", env!("CARGO_PKG_VERSION"));

/// How much of an answer is read, decompressed. It travels with the request, among its extensions; a transport
/// that reads from a network stops there, with [`TransportFault::TooLarge`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerBytesMax(pub usize);

impl AnswerBytesMax {
    /// A quarter's minutes are about 2 MB, 1,000 days of them 26 MB.
    pub const CANDLES: Self = Self(48 << 20);
    /// The longest known list of contracts is 90 kB.
    pub const LIST: Self = Self(16 << 20);
    /// Compressed about 4 MB; 60 MB where the way here takes the gzip off.
    pub const MASTER: Self = Self(128 << 20);
    /// A profile, a token, and whatever does not say what it is.
    pub const SMALL: Self = Self(1 << 20);
}

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

    /// What lies below, in words.
    pub(crate) fn cause(&self) -> String {
        self.source.as_ref().map_or_else(|| self.to_string(), ToString::to_string)
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.fault {
            TransportFault::Connect => "no connection could be made",
            TransportFault::Timeout => "no answer came in time",
            TransportFault::CutOff => "the connection ended before the answer did",
            TransportFault::TooLarge => "the answer is too large to be read",
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
    /// Whoever reads a large body holds its one permit until that body is dropped.
    large_body: Arc<Semaphore>,
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
        Ok(Self { client, large_body: Arc::new(Semaphore::new(1)) })
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move {
            let bytes_max = request.extensions().get().copied().unwrap_or(AnswerBytesMax::SMALL);
            let request = reqwest::Request::try_from(request).map_err(transport_error)?;
            let answer = self.client.execute(request).await.map_err(transport_error)?;
            let mut whole = Response::new(Bytes::new());
            *whole.status_mut() = answer.status();
            *whole.headers_mut() = answer.headers().clone();
            *whole.body_mut() = self.read_body(answer, bytes_max).await?;
            Ok(whole)
        })
    }
}

impl HttpTransport {
    async fn read_body(
        &self,
        mut answer: reqwest::Response,
        AnswerBytesMax(bytes_max): AnswerBytesMax,
    ) -> Result<Bytes, TransportError> {
        // What is known before a byte of it is read. Of a compressed body nothing is.
        let announced = answer.content_length();
        if let Some(length) =
            announced.filter(|length| usize::try_from(*length).map_or(true, |l| l > bytes_max))
        {
            return Err(too_large(Some(length), bytes_max));
        }
        let mut body = LargeBody::default();
        while let Some(piece) = answer.chunk().await.map_err(transport_error)? {
            let length = body.bytes.len() + piece.len();
            if length > bytes_max {
                return Err(too_large(None, bytes_max));
            }
            if length > LARGE_BODY_BYTES && body.permit.is_none() {
                body.permit = self.large_body.clone().acquire_owned().await.ok();
            }
            if length > body.bytes.capacity() {
                let room = (2 * body.bytes.capacity()).clamp(length, bytes_max);
                body.bytes.reserve_exact(room - body.bytes.len());
            }
            body.bytes.extend_from_slice(&piece);
        }
        Ok(Bytes::from_owner(body))
    }
}

/// A body, and what allows it to be large: both end together.
#[derive(Default)]
struct LargeBody {
    bytes: Vec<u8>,
    permit: Option<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for LargeBody {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// `announced`: its length, where that was known before it was read.
fn too_large(announced: Option<u64>, bytes_max: usize) -> TransportError {
    let most = megabytes(bytes_max as u64);
    TransportError::new(
        TransportFault::TooLarge,
        match announced {
            Some(length) => {
                format!("it has {}, and at most {most} are read of such an answer", megabytes(length))
            }
            None => format!("it has more than the {most} that are read of such an answer"),
        },
    )
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1 << 20))
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
