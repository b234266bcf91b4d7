//! The simulator itself: what it is made with, its state, its routes, and the order in which a request to a
//! bearer API is checked: edge (403, 429) → route (404) → token (401) → shape (400) → plan (401) → existence
//! (400 or empty) → 200 (partly inferred).

use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use axum::routing::{any, get, post};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use market::Day;

use crate::answer::Answerer;
use crate::clock::{MonotonicClock, Wait, WallClock, real_monotonic, real_wait, real_wall};
use crate::error::SimulatorError;
use crate::faults::Faults;
use crate::inject::{AnswerKind, Injection, Injector, Strike};
use crate::oracle::Oracle;
use crate::referee::{Referee, RefereeReport, Verdict};
use crate::request::{Asked, Endpoint};
use crate::tokens::Tokens;
use crate::transport::{ConnectionHandle, ResettableListener};
use crate::wire::errors::{self, ApiError};
use crate::wire::master::{self, MasterFile};
use crate::world::{World, WorldOptions};
use crate::{capture, control, oauth, respond};

/// The broker's limits [DOC]: requests and the window they may arrive in.
pub const UPSTOX_LIMITS: [(u32, Duration); 3] =
    [(50, Duration::from_secs(1)), (500, Duration::from_secs(60)), (2_000, Duration::from_secs(1_800))];

pub struct SimulatorOptions {
    /// The day that the market lives on: contracts that expired before it are there, data end before it.
    /// The default, 2025-09-17, is the day on which the captures are exact.
    pub today: Day,
    /// Enforced windows; `None` enforces none. Default: `UPSTOX_LIMITS`.
    pub limits: Option<Vec<(u32, Duration)>>,
    pub faults: Faults,
    /// Read at the start instead of `faults`, and again whenever it changes.
    pub fault_file: Option<PathBuf>,
    /// Of the market. Captures do not depend on it.
    pub seed: u64,
    /// For small markets in tests: at most so many strikes each side of the spot, and no new ones. The
    /// captured expiry keeps its captured ladder.
    pub strikes_each_side_max: Option<u64>,
    /// Monotonic; the referee counts by it.
    pub now: MonotonicClock,
    /// Epoch milliseconds; tokens end at the next 03:30 IST by it.
    pub wall: WallClock,
    /// How latency is waited for.
    pub wait: Wait,
}

impl Default for SimulatorOptions {
    fn default() -> Self {
        Self {
            // A constant that a test parses; 1970 would be refused by `new`.
            today: capture::TODAY.parse().unwrap_or(Day::from_days_since_1970(0)),
            limits: Some(UPSTOX_LIMITS.to_vec()),
            faults: Faults::default(),
            fault_file: None,
            seed: 1,
            strikes_each_side_max: None,
            now: real_monotonic(),
            wall: real_wall(),
            wait: real_wait(),
        }
    }
}

/// A handle; clones are the same simulator.
#[derive(Clone)]
pub struct Simulator {
    shared: Arc<Shared>,
}

struct Shared {
    world: World,
    referee: Mutex<Referee>,
    injector: Mutex<Injector>,
    tokens: Mutex<Tokens>,
    master_gzip: [OnceLock<Bytes>; MASTER_FILES.len()],
    now: MonotonicClock,
    wall: WallClock,
    wait: Wait,
}

const MASTER_FILES: [(&str, MasterFile); 4] = [
    ("/market-quote/instruments/exchange/complete.json.gz", MasterFile::Complete),
    ("/market-quote/instruments/exchange/NSE.json.gz", MasterFile::Of("NSE")),
    ("/market-quote/instruments/exchange/BSE.json.gz", MasterFile::Of("BSE")),
    ("/market-quote/instruments/exchange/MCX.json.gz", MasterFile::Of("MCX")),
];

impl Simulator {
    pub fn new(options: SimulatorOptions) -> Result<Self, SimulatorError> {
        let SimulatorOptions { today, seed, strikes_each_side_max, .. } = options;
        check_today(today)?;
        let limits = options.limits.unwrap_or_default();
        if limits.iter().any(|(requests_max, window)| *requests_max == 0 || window.is_zero()) {
            return Err(SimulatorError::Limits);
        }
        let world = World::new(WorldOptions { today, seed, strikes_each_side_max });
        let shared = Shared {
            world: world.ok_or(SimulatorError::Capture)?,
            referee: Mutex::new(Referee::new(&limits)),
            injector: Mutex::new(Injector::new(options.faults, options.fault_file)?),
            tokens: Mutex::new(Tokens::new(seed)),
            master_gzip: Default::default(),
            now: options.now,
            wall: options.wall,
            wait: options.wait,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// All routes, for use in memory. Only under `serve` can a connection really be reset.
    pub fn router(&self) -> Router {
        let mut router = Router::new()
            .route("/healthz", get(control::health))
            .route("/__referee", get(control::referee))
            .route("/__faults", get(control::faults).put(control::set_faults))
            .route("/__tokens/kill", post(control::kill_tokens))
            .route("/__tokens/revive", post(control::revive_tokens))
            .route("/v2/login/authorization/dialog", get(oauth::dialog).post(oauth::decide))
            .route("/v2/login/authorization/token", post(oauth::token));
        for (place, (path, _)) in MASTER_FILES.iter().enumerate() {
            let master = move |State(simulator): State<Simulator>| async move { simulator.master(place) };
            router = router.route(path, get(master));
        }
        router
            .route("/v2/{*rest}", any(bearer_api))
            .route("/v3/{*rest}", any(bearer_api))
            .fallback(not_found)
            .method_not_allowed_fallback(not_found)
            .with_state(self.clone())
    }

    /// Serves HTTP/1.1 until `shutdown`, then finishes what is under way.
    pub async fn serve(
        self,
        listener: tokio::net::TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let listener = ResettableListener { inner: listener, wait: self.shared.wait.clone() };
        let service = self.router().into_make_service_with_connect_info::<ConnectionHandle>();
        axum::serve(listener, service).with_graceful_shutdown(shutdown).await
    }

    pub fn referee(&self) -> RefereeReport {
        let mut report = lock(&self.shared.referee).report();
        report.faults = lock(&self.shared.injector).struck();
        report
    }

    pub fn faults(&self) -> Faults {
        lock(&self.shared.injector).faults().clone()
    }

    /// Counts of strikes and requests begin anew; a fault file is still followed when it changes.
    pub fn set_faults(&self, faults: Faults) {
        lock(&self.shared.injector).set(faults);
    }

    /// A bearer as the OAuth exchange gives it out.
    pub fn issue_token(&self) -> String {
        let now_ms = self.now_ms();
        self.with_tokens(|tokens| tokens.issue(now_ms))
    }

    pub(crate) fn now_ms(&self) -> i64 {
        (self.shared.wall)()
    }

    /// All bearers die, `simulated` too.
    pub fn kill_tokens(&self) {
        self.with_tokens(Tokens::kill_all);
    }

    /// The bearer `simulated` is taken again; others stay dead.
    pub fn revive_tokens(&self) {
        self.with_tokens(Tokens::revive_literal);
    }

    /// The truth, whatever strikes on the way to it; referee and tokens do not matter.
    pub fn oracle(&self) -> Oracle<'_> {
        Oracle { world: &self.shared.world, faults: self.faults() }
    }

    pub(crate) fn with_tokens<T>(&self, act: impl FnOnce(&mut Tokens) -> T) -> T {
        act(&mut lock(&self.shared.tokens))
    }

    /// A gzip file by its address, as the real host serves it: no `Content-Encoding`, no bearer. It is
    /// another host in reality, so the referee does not count it and chances do not strike it.
    fn master(&self, place: usize) -> Response {
        let faults = self.faults();
        let make = || {
            let body = master::body(&self.shared.world, MASTER_FILES[place].1, &faults);
            Bytes::from(respond::gzip(&body))
        };
        let kept = &self.shared.master_gzip[place];
        let file = if master::is_spoiled(&faults) { make() } else { kept.get_or_init(make).clone() };
        let mut response = respond::json(200, file);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/gzip"));
        response
    }

    /// Counts, then decides what strikes. `None`: the referee refuses.
    fn at_the_edge(
        &self,
        address: &str,
        headers: &HeaderMap,
        endpoint: Option<&Endpoint>,
    ) -> Option<Injection> {
        let now = (self.shared.now)();
        let name = endpoint.map_or("not_found", Endpoint::name);
        if lock(&self.shared.referee).arrive(now, name) == Verdict::Refused {
            return None;
        }
        let mut injector = lock(&self.shared.injector);
        injector.follow_file(now);
        let kind = endpoint.and_then(|endpoint| answer_kind(endpoint, &self.shared.world));
        let Some(kind) = kind else { return Some(Injection::default()) };
        let user_agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or("");
        Some(injector.plan(address, user_agent, kind))
    }

    /// Token, shape, plan, existence, in this order.
    fn answer(
        &self,
        endpoint: &Endpoint,
        headers: &HeaderMap,
        faults: &Faults,
        injection: &Injection,
    ) -> Result<Bytes, ApiError> {
        let token = bearer(headers).ok_or(errors::INVALID_TOKEN)?;
        let now_ms = self.now_ms();
        if !self.with_tokens(|tokens| tokens.is_good(token, now_ms)) {
            return Err(errors::INVALID_TOKEN);
        }
        let asked = endpoint.check_shape(faults)?;
        if faults.no_plus_plan && endpoint.needs_plus() {
            return Err(errors::PLUS_REQUIRED);
        }
        if asked == Asked::Logout {
            self.with_tokens(|tokens| tokens.end(token));
        }
        let world = &self.shared.world;
        Answerer { world, faults, content: injection.content, seed: injection.seed }.answer(asked)
    }
}

/// Everything under `/v2` and `/v3` but the sign-in pages.
async fn bearer_api(State(simulator): State<Simulator>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let (path, headers) = (parts.uri.path(), &parts.headers);
    let address = parts.uri.path_and_query().map_or(path, |address| address.as_str());
    let endpoint = Endpoint::of(&parts.method, path, parts.uri.query().unwrap_or(""));
    let Some(injection) = simulator.at_the_edge(address, headers, endpoint.as_ref()) else {
        return respond::too_many(errors::TOO_MANY.body(&simulator.faults()), None);
    };
    if injection.kill_tokens {
        simulator.kill_tokens();
    }
    if !injection.latency.is_zero() {
        (simulator.shared.wait)(injection.latency).await;
    }
    let faults = simulator.faults();
    let answer = match injection.strike {
        Some(Strike::ConnectionReset) => {
            if let Some(ConnectInfo(connection)) = parts.extensions.get::<ConnectInfo<ConnectionHandle>>() {
                connection.reset();
            }
            return respond::broken_body();
        }
        Some(Strike::ForbiddenHtml) => return respond::cloudflare(),
        Some(Strike::TooManyRequests { retry_after_seconds }) => {
            return respond::too_many(errors::TOO_MANY.body(&faults), retry_after_seconds);
        }
        Some(Strike::TooManyUnderSuccess) => return respond::json(200, errors::TOO_MANY.body(&faults)),
        Some(Strike::ServerError { status }) => {
            return respond::error(ApiError { status, ..errors::INTERNAL }, &faults);
        }
        Some(Strike::CutOff | Strike::CutOffInTransfer) | None => match endpoint {
            Some(endpoint) => simulator.answer(&endpoint, headers, &faults, &injection),
            None => Err(errors::NOT_FOUND),
        },
    };
    match (answer, injection.strike) {
        (Ok(body), Some(Strike::CutOff)) => respond::cut_off(body),
        (Ok(body), Some(Strike::CutOffInTransfer)) => respond::cut_off_in_transfer(body),
        (Ok(body), _) => respond::compressed(body, headers),
        (Err(error), _) => respond::error(error, &faults),
    }
}

async fn not_found(State(simulator): State<Simulator>) -> Response {
    respond::error(errors::NOT_FOUND, &simulator.faults())
}

/// What faults can strike: the data endpoints, not the account's.
fn answer_kind(endpoint: &Endpoint, world: &World) -> Option<AnswerKind> {
    match endpoint {
        Endpoint::Profile | Endpoint::Logout => None,
        Endpoint::Expiries { .. } => Some(AnswerKind::Expiries),
        Endpoint::Contracts { futures: false, .. } => Some(AnswerKind::Options),
        Endpoint::Contracts { futures: true, .. } => Some(AnswerKind::Futures),
        Endpoint::ExpiredCandles { key, .. } => Some(AnswerKind::Candles { future: world.is_future(key) }),
        Endpoint::History { .. } => Some(AnswerKind::History),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn check_today(today: Day) -> Result<(), SimulatorError> {
    let first = Day::new(2024, 10, 2).ok_or(SimulatorError::Capture)?;
    let last = Day::new(2099, 12, 31).ok_or(SimulatorError::Capture)?;
    if today < first {
        return Err(SimulatorError::TodayTooEarly(today));
    }
    if today > last {
        return Err(SimulatorError::TodayTooLate(today));
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What these locks guard is whole after every statement; a panic elsewhere spoils nothing.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
