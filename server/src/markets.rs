//! The two markets of one server: the one that it was started on, and the other, which is opened when somebody first
//! asks for it. Each browser and each program says which it means; neither stops the jobs of the other, and they
//! never share a data directory.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use access::Caller;
use anyhow::{Context, bail};
use axum::http::header::COOKIE;
use axum::http::{Extensions, HeaderMap, StatusCode};
use engine::{Engine, OwnerServer, Source};
use protocol::{MARKET_HEADER, Market, TokenScope};
use tokio::sync::{OnceCell, watch};

use crate::arguments::{Global, Serve};
use crate::commands::sentence;
use crate::commands::serve::LOG_FOLDER;
use crate::http::Problem;
use crate::simulated_market;

/// What either market is opened with.
pub struct Opening {
    pub global: Global,
    pub serve: Serve,
    /// How this server can be reached, for commands that find a data directory taken; its certificate may be renewed.
    pub server: Mutex<OwnerServer>,
    pub port: u16,
    /// Where only a replica is served, what it is of.
    pub replica_of: Option<String>,
    /// Turns true when the process ends.
    pub closed: watch::Receiver<bool>,
}

pub struct Markets {
    opening: Opening,
    started_on: Market,
    upstox: OnceCell<Engine>,
    simulated: OnceCell<Engine>,
}

impl Markets {
    /// Opens the market that the server is started on.
    pub async fn open(opening: Opening) -> anyhow::Result<Self> {
        let started_on = opening.global.market();
        let (upstox, simulated) = (OnceCell::new(), OnceCell::new());
        let markets = Self { opening, started_on, upstox, simulated };
        markets.engine(started_on).await?;
        Ok(markets)
    }

    /// The engine of a market; it runs its jobs and schedules by itself from when it is first asked for.
    pub async fn engine(&self, market: Market) -> anyhow::Result<Engine> {
        let replica_of = self.opening.replica_of.as_deref();
        if replica_of.is_some() && market != self.started_on {
            bail!("this server serves a copy of the {} market alone", self.started_on.as_str());
        }
        let opened = self.cell(market).get_or_try_init(async || {
            let engine = self.opening.engine(market, self.started_on).await?;
            if let Some(of) = replica_of {
                engine.freeze(of);
                return anyhow::Ok(engine);
            }
            engine.announce(self.opening.server()).context("owner.json cannot be written")?;
            engine.start_in_background();
            anyhow::Ok(engine)
        });
        Ok(opened.await?.clone())
    }

    /// Where the log lies: in the data directory of the market that the server is started on.
    pub fn log_folder(&self) -> PathBuf {
        self.opening.global.data_dir_of(self.started_on).join(LOG_FOLDER)
    }

    /// The engine that a request means: by its header, by its browser's choice, else the one of the start. To open a
    /// market makes a data directory and begins its jobs, so whoever may only read means one that is open.
    pub async fn of_request(&self, headers: &HeaderMap, of_request: &Extensions) -> Result<Engine, Problem> {
        let market = self.chosen(headers)?;
        if self.cell(market).get().is_none() && may_only_read(of_request) {
            let detail = format!(
                "the {} market is not open on this server, and a token for reading alone opens none: show it in a \
                 browser first, or ask with a token of full scope",
                market.as_str()
            );
            return Err(Problem::new(StatusCode::CONFLICT, detail));
        }
        self.engine(market).await.map_err(|error| {
            let detail = format!("the {} market cannot be opened: {}", market.as_str(), sentence(&error));
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        })
    }

    fn chosen(&self, headers: &HeaderMap) -> Result<Market, Problem> {
        if let Some(word) = headers.get(MARKET_HEADER) {
            let parsed = word.to_str().unwrap_or_default().parse::<Market>();
            return parsed.map_err(|error| {
                Problem::new(
                    StatusCode::BAD_REQUEST,
                    format!("{MARKET_HEADER}: {error}; write upstox or simulated"),
                )
            });
        }
        let cookie = cookie(headers, &self.cookie_name());
        // A cookie of another version is no choice.
        Ok(cookie.and_then(|word| word.parse().ok()).unwrap_or(self.started_on))
    }

    /// What makes a browser's next requests mean this market. Cookies know no ports, so its name does.
    pub fn cookie_of(&self, market: Market) -> String {
        format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.cookie_name(), market.as_str())
    }

    /// What makes a browser's next requests mean the market of the start again.
    pub fn forget_choice(&self) -> String {
        format!("{}=; Path=/; Max-Age=0", self.cookie_name())
    }

    fn cookie_name(&self) -> String {
        format!("expirytrack_market_{}", self.opening.port)
    }

    /// From now on the server is known by this certificate.
    pub fn announce_certificate(&self, fingerprint: String) -> std::io::Result<()> {
        self.opening.server.lock().unwrap_or_else(PoisonError::into_inner).certificate = Some(fingerprint);
        if self.opening.serve.read_only {
            return Ok(());
        }
        self.opened().try_for_each(|engine| engine.announce(self.opening.server()))
    }

    /// Those that are open.
    pub fn opened(&self) -> impl Iterator<Item = Engine> {
        [&self.upstox, &self.simulated].into_iter().filter_map(OnceCell::get).cloned()
    }

    fn cell(&self, market: Market) -> &OnceCell<Engine> {
        match market {
            Market::Upstox => &self.upstox,
            Market::Simulated => &self.simulated,
        }
    }

    pub async fn close(&self) -> anyhow::Result<()> {
        if self.opening.replica_of.is_some() {
            // There is nothing to be kept.
            return Ok(());
        }
        for engine in self.opened() {
            engine.close().await?;
        }
        Ok(())
    }
}

impl Opening {
    fn server(&self) -> OwnerServer {
        self.server.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn engine(&self, market: Market, started_on: Market) -> anyhow::Result<Engine> {
        let data_dir = self.data_dir(market, started_on);
        let source = match market {
            Market::Upstox => Source::Broker(self.global.broker_address()),
            Market::Simulated => {
                let mut closed = self.closed.clone();
                let end = async move {
                    // An error says that the sender is gone, which is the end too.
                    let _ = closed.wait_for(|closing| *closing).await;
                };
                let (today, faults) = (self.serve.today, self.serve.faults.clone());
                simulated_market::start(&self.global.limits(), today, faults, end).await?
            }
        };
        Ok(Engine::open(self.global.config_for(data_dir, source)?).await?)
    }

    /// A directory that was named is that of the market of the start; the other's lies beside it.
    fn data_dir(&self, market: Market, started_on: Market) -> PathBuf {
        match &self.global.data_dir {
            Some(named) if market != started_on => {
                let mut name = named.file_name().unwrap_or_default().to_owned();
                name.push(format!("-{}", market.as_str()));
                named.with_file_name(name)
            }
            _ => self.global.data_dir_of(market),
        }
    }
}

/// As the gate found who asks.
fn may_only_read(of_request: &Extensions) -> bool {
    matches!(of_request.get::<Caller>(), Some(Caller::Program { scope: TokenScope::ReadOnly, .. }))
}

/// The text of a cookie that a request carries.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    cookies.flat_map(|header| header.split(';')).find_map(|pair| {
        let (of, text) = pair.trim().split_once('=')?;
        (of == name).then_some(text)
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1; market=simulated;b=2"));
        headers.append(COOKIE, HeaderValue::from_static("late=x"));
        assert_eq!(cookie(&headers, "market"), Some("simulated"));
        assert_eq!((cookie(&headers, "b"), cookie(&headers, "late")), (Some("2"), Some("x")));
        assert_eq!((cookie(&headers, "arket"), cookie(&headers, "c")), (None, None));
    }
}
