//! What each page shows first, read for its document by the very server functions that the page would ask.

use std::pin::Pin;

use leptos::server_fn::ServerFn;
use market::ExpiredKey;
use protocol::{AddressReader, AuditQuery, ChainWish, JobId, LogQuery};
use serde::Serialize;
use serde_json::value::to_raw_value;

use crate::candles_wanted::CandlesWanted;
use crate::chart_view::View;
use crate::drawn::export::ExportDrawn;
use crate::first_answers::{FirstAnswers, question};
use crate::page_list::with_every_page;
use crate::rpc::coverage::CoverageWish;
use crate::rpc::{Answer, Problem, ProblemKind};
use crate::rpc::{
    access as of_access, analysis as of_analysis, browse, chain as of_chain, collect,
    coverage as of_coverage, export as of_export, home as of_home, jobs as of_jobs, notices as of_notices,
};
use crate::rpc::{
    schedules as of_schedules, session as of_session, settings as of_settings, sql as of_sql,
    status as of_status, storage as of_storage, strategy as of_strategy,
};
use crate::strategy_address::StrategyAddress;

/// What an address says: the variable parts of its path, and its query.
#[derive(Clone, Debug, Default)]
pub struct Place {
    pub parts: Vec<(String, String)>,
    pub query: Vec<(String, String)>,
}

impl Place {
    fn part<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        text(&self.parts, name).parse().ok()
    }

    fn query(&self, name: &str) -> String {
        text(&self.query, name).to_owned()
    }
}

fn text<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str()).unwrap_or_default()
}

/// What was read for a page.
#[derive(Clone, Debug, Default)]
pub struct Read {
    pub answers: FirstAnswers,
    /// Where the candles are that the page fetches by itself.
    pub candles: Option<String>,
    /// Whether it draws them.
    pub has_chart: bool,
    /// What its address names does not exist.
    pub is_missing: bool,
}

impl Read {
    /// The address names nothing.
    fn missing() -> Self {
        Self { is_missing: true, ..Self::default() }
    }

    async fn of<F>(call: F) -> Self
    where
        F: ServerFn<Error = Problem> + Serialize,
        F::Output: Serialize,
    {
        Self::of_page(call, |_| false).await
    }

    /// Of a page that tells in itself what it has not.
    async fn of_page<F>(call: F, lacks: fn(&F::Output) -> bool) -> Self
    where
        F: ServerFn<Error = Problem> + Serialize,
        F::Output: Serialize,
    {
        let question = question(&call);
        let answer: Answer<F::Output> = call.run_body().await;
        // Whoever only reads is refused for what the address names: a name of nobody, a minute that never was.
        let is_missing = match &answer {
            Ok(page) => lacks(page),
            Err(problem) => matches!(problem.kind, ProblemKind::NotFound | ProblemKind::Refused),
        };
        let written = to_raw_value(&answer).ok();
        let answers = written.map(|text| (question, text)).into_iter().collect();
        Self { answers, is_missing, ..Self::default() }
    }

    fn and(mut self, other: Self) -> Self {
        self.answers.extend(other.answers);
        self.is_missing |= other.is_missing;
        self
    }
}

pub type Reading = Pin<Box<dyn Future<Output = Read> + Send>>;

/// A page: its address, with `:name` for what varies, what reads for it, and the part of the browser's code that draws
/// it.
pub type PageAddress = (&'static str, fn(Place) -> Reading, &'static str);

macro_rules! page_addresses {
    ($($address:tt $page:ident $first:ident $part:ident,)*) => {
        &[$(($address, |place| Box::pin($first(place)), stringify!($part))),*]
    };
}

/// The part that every page loads, also one that no address names.
pub const FIRST_PART: &str = "first";

/// All pages.
pub const PAGES: &[PageAddress] = with_every_page!(page_addresses);

async fn home(_: Place) -> Read {
    Read::of(of_home::Home {}).await
}

async fn collect(_: Place) -> Read {
    Read::of(collect::Instruments {}).await
}

async fn jobs(_: Place) -> Read {
    Read::of(of_jobs::Jobs {}).await
}

async fn job(place: Place) -> Read {
    let Some(id) = place.part("id").map(JobId) else { return Read::missing() };
    Read::of(of_jobs::Job { id, wish: of_jobs::WatchWish::first(place.query("expiry")) }).await
}

async fn schedules(_: Place) -> Read {
    Read::of(of_schedules::Schedules {}).await
}

async fn notices(_: Place) -> Read {
    Read::of(of_notices::Notices { before: None }).await
}

async fn settings(place: Place) -> Read {
    Read::of(of_notices::Settings {}).await.and(sign_in(place).await)
}

async fn preferences(_: Place) -> Read {
    Read::of(of_settings::Settings {}).await
}

async fn about(_: Place) -> Read {
    Read::of(of_settings::Program {}).await
}

async fn sign_in(_: Place) -> Read {
    Read::of(of_session::SignInPage {}).await
}

async fn access(_: Place) -> Read {
    Read::of(of_access::Access {}).await
}

async fn storage(_: Place) -> Read {
    Read::of(of_storage::Storage { underlying: None }).await
}

async fn status(place: Place) -> Read {
    let query = AuditQuery::of_texts(|name| place.query(name));
    let of_log = LogQuery::of_texts(|name| place.query(name));
    let requests = Read::of(of_status::Requests { query }).await;
    Read::of(of_status::Status {}).await.and(requests).and(Read::of(of_status::Log { query: of_log }).await)
}

async fn chain(place: Place) -> Read {
    let wish = ChainWish::of_texts(|name| place.query(name));
    Read::of(of_chain::OpenChain { wish }).await
}

async fn analysis(place: Place) -> Read {
    let wish = ChainWish::of_texts(|name| place.query(name));
    Read::of(of_analysis::OpenAnalysis { wish }).await
}

async fn coverage(place: Place) -> Read {
    let wish = CoverageWish::read(&mut AddressReader::new(|name| place.query(name)));
    Read::of(of_coverage::Coverage { wish }).await
}

async fn exports(place: Place) -> Read {
    let wish = of_export::texts(|name| place.query(name));
    Read::of_page(of_export::Exports { wish }, |page: &ExportDrawn| page.is_missing).await
}

async fn sql(_: Place) -> Read {
    Read::of(of_sql::Sql {}).await
}

async fn strategy(place: Place) -> Read {
    let address = StrategyAddress::of_texts(|name| place.query(name));
    Read::of(of_strategy::OpenStrategy { address }).await
}

async fn underlyings(_: Place) -> Read {
    Read::of(browse::StoredUnderlyings {}).await
}

async fn expiries(place: Place) -> Read {
    let Some(underlying) = place.part("underlying") else { return Read::missing() };
    Read::of(browse::StoredExpiries { underlying }).await
}

async fn contracts(place: Place) -> Read {
    let (Some(underlying), Some(expiry)) = (place.part("underlying"), place.part("expiry")) else {
        return Read::missing();
    };
    let interval = place.query("interval").parse().ok();
    Read::of(browse::StoredContracts { underlying, expiry, interval }).await
}

async fn contract(place: Place) -> Read {
    let (Some(underlying), Some(expiry)) = (place.part("underlying"), place.part("expiry")) else {
        return Read::missing();
    };
    let Some(key) = place.part::<ExpiredKey>("expired_key") else { return Read::missing() };
    let read = Read::of(browse::StoredContract { underlying, expiry, key: key.clone() }).await;
    if read.is_missing {
        return read;
    }
    let view = View::read(&mut AddressReader::new(|name| place.query(name)));
    let candles = Some(CandlesWanted::of(key, &view).columns());
    Read { candles, has_chart: !view.as_table, ..read }
}
