//! A small server that speaks like Upstox and says what a test tells it to: each request goes to the test's
//! script first, and to an honest market underneath where the script has nothing to say. It keeps a log of what
//! was asked. It refuses to judge: no tokens, no limits, no referee.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use market::{Day, DayRange};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::listed;

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    Profile,
    Master,
    Expiries { key: String },
    Options { key: String, expiry: Day },
    Futures { key: String, expiry: Day },
    Candles { key: String, interval: String, days: DayRange },
    History { key: String, days: DayRange },
    Other,
}

#[derive(Clone, Debug)]
pub struct Ask {
    pub about: Asked,
    /// Path and query, decoded.
    pub address: String,
    /// The how many-th asking of this list, of this contract's candles or of this underlying's, from 1.
    pub nth: u64,
}

/// What goes back.
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Body,
}

impl Reply {
    fn with_status(status: u16, body: impl Into<Body>) -> Self {
        Self { status, headers: vec![("content-type", "application/json".to_owned())], body: body.into() }
    }

    /// A body under 200, as it is.
    pub fn body(body: impl Into<Body>) -> Self {
        Self::with_status(200, body)
    }

    /// `data` in the envelope of a success.
    pub fn data(data: impl Into<Value>) -> Self {
        Self::body(json!({ "status": "success", "data": data.into() }).to_string())
    }

    /// Rows of candles in the order in which they are to be sent.
    pub fn rows(rows: impl Into<Value>) -> Self {
        Self::data(json!({ "candles": rows.into() }))
    }

    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let error = json!({ "errorCode": code, "message": message, "propertyPath": null, "invalidValue": null,
                            "error_code": code, "property_path": null, "invalid_value": null });
        Self::with_status(status, json!({ "status": "error", "errors": [error] }).to_string())
    }

    pub fn unknown_key() -> Self {
        Self::error(400, "UDAPI100011", "Invalid Instrument key")
    }

    /// A gzip file, as the instrument master is served.
    pub fn gzip_file(rows: &Value) -> Self {
        Self::body(gzip(rows.to_string().as_bytes()))
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

pub fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

type Script = Box<dyn Fn(&Ask) -> Option<Reply> + Send + Sync>;

struct Shared {
    script: Script,
    log: Mutex<Vec<Ask>>,
}

pub struct Broker {
    pub address: String,
    shared: Arc<Shared>,
    /// The server lives in it, and requests of the test's own.
    pub runtime: Runtime,
}

impl Broker {
    pub fn start(script: impl Fn(&Ask) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let shared = Arc::new(Shared { script: Box::new(script), log: Mutex::default() });
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(shared.clone());
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { address, shared, runtime }
    }

    pub fn log(&self) -> MutexGuard<'_, Vec<Ask>> {
        self.shared.log.lock().unwrap()
    }

    pub fn count(&self, is_meant: impl Fn(&Asked) -> bool) -> usize {
        self.log().iter().filter(|ask| is_meant(&ask.about)).count()
    }

    /// How often the candles of each contract were asked for.
    pub fn candle_askings(&self) -> BTreeMap<String, usize> {
        let mut askings = BTreeMap::new();
        for ask in self.log().iter() {
            if let Asked::Candles { key, .. } = &ask.about {
                *askings.entry(key.clone()).or_default() += 1;
            }
        }
        askings
    }

    /// How often the options of an expiry were asked for.
    pub fn option_askings(&self, expiry: &str) -> usize {
        let day: Day = expiry.parse().unwrap();
        self.count(|about| matches!(about, Asked::Options { expiry, .. } if *expiry == day))
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let decoded = decode(&request.uri().to_string().replace('+', "%20"));
    let about = read(&decoded);
    let ask = {
        let mut log = shared.log.lock().unwrap();
        let before = log.iter().filter(|ask| subject(&ask.about, &ask.address) == subject(&about, &decoded));
        let ask = Ask { nth: before.count() as u64 + 1, about, address: decoded };
        log.push(ask.clone());
        ask
    };
    let reply = (shared.script)(&ask).unwrap_or_else(|| listed::honest(&ask));
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(reply.body).unwrap()
}

/// What askings are counted by: ranges do not matter.
fn subject(about: &Asked, address: &str) -> String {
    match about {
        Asked::Candles { key, interval, .. } => format!("{key} {interval}"),
        Asked::History { key, .. } => format!("history {key}"),
        _ => address.to_owned(),
    }
}

fn read(address: &str) -> Asked {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let parameter = |name: &str| {
        let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_default().to_owned()
    };
    let days = |to: &str, from: &str| {
        let range = DayRange::new(from.parse().ok()?, to.parse().ok()?);
        range.ok()
    };
    let (key, expiry) = (parameter("instrument_key"), parameter("expiry_date").parse().ok());
    match path.split('/').skip(1).collect::<Vec<_>>().as_slice() {
        ["v2", "user", "profile"] => Asked::Profile,
        ["market-quote", "instruments", "exchange", "complete.json.gz"] => Asked::Master,
        ["v2", "expired-instruments", "expiries"] => Asked::Expiries { key },
        ["v2", "expired-instruments", kind, "contract"] => match (*kind, expiry) {
            ("option", Some(expiry)) => Asked::Options { key, expiry },
            ("future", Some(expiry)) => Asked::Futures { key, expiry },
            _ => Asked::Other,
        },
        ["v2", "expired-instruments", "historical-candle", key, interval, to, from] => {
            let (key, interval) = ((*key).to_owned(), (*interval).to_owned());
            days(to, from).map_or(Asked::Other, |days| Asked::Candles { key, interval, days })
        }
        ["v3", "historical-candle", key, "minutes", "1", to, from] => {
            let key = (*key).to_owned();
            days(to, from).map_or(Asked::Other, |days| Asked::History { key, days })
        }
        _ => Asked::Other,
    }
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let escaped = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => (out.push(byte), at += 3).1,
            None => (out.push(bytes[at]), at += 1).1,
        }
    }
    String::from_utf8(out).unwrap()
}

/// A body of `parts` times the same bytes between a head and a tail, made while it is sent.
pub fn long_body(head: &'static str, part: Vec<u8>, parts: usize, tail: &'static str) -> Body {
    let part = Bytes::from(part);
    let chunks = std::iter::once(Bytes::from_static(head.as_bytes()))
        .chain(std::iter::repeat_n(part, parts))
        .chain(std::iter::once(Bytes::from_static(tail.as_bytes())));
    Body::from_stream(futures_util::stream::iter(chunks.map(Ok::<_, std::io::Error>)))
}
