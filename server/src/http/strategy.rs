//! REST of strategies of past minutes: one look, and a run over expiries.

use axum::response::Response;
use engine::{
    EngineError, PlanError, RunWish, Stops, StrategyPlan, StrategyPlans, StrategyWish, WishedTerms,
};
use export::{ExportError, Format};
use market::{ChartInterval, Day, UnderlyingName};
use protocol::{Brokerage, Charges, DaysBefore, Minute, RunDocument, StopAt, StrategyDocument};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accept::{Accepted, ROWS};
use super::extract::Query;
use super::file::file;
use super::problem::Problem;
use super::rest::Answer;
use super::series::WrittenRate;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(strategy)).routes(routes!(run))
}

/// What a look and a run are asked alike: where a strategy ends before its exit, what it is reckoned with, and how the
/// answer is written.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Reckoning {
    /// Rupees after costs at which it ends before.
    #[param(value_type = Option<String>)]
    profit: Option<StopAt>,
    #[param(value_type = Option<String>)]
    loss: Option<StopAt>,
    /// A year, continuous, as `6.5%` or `0.065`.
    #[param(value_type = Option<String>)]
    rate: Option<WrittenRate>,
    brokerage: Option<Brokerage>,
    charges: Option<Charges>,
    /// All but `columns`; without it the header `Accept` says.
    #[param(inline)]
    format: Option<Format>,
}

impl Reckoning {
    fn stops(&self) -> Stops {
        Stops { profit: self.profit, loss: self.loss }
    }

    fn terms(self) -> WishedTerms {
        let rate = self.rate.map(|WrittenRate(rate)| rate);
        WishedTerms { rate, brokerage: self.brokerage, charges: self.charges }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StrategyQuery {
    underlying: UnderlyingName,
    expiry: Day,
    /// Up to six legs as `sell:1:call:atm,buy:1:put:24300`: side, lots, kind, strike (`24500`, `atm+2`, `delta0.25`,
    /// `premium120`, `points200`, `same` as that of the first option), and behind `@` another expiry (`@next`, `@2025-08-28`). `future` and `underlying`
    /// have no strike. Up to six strategies stand behind one another with `;`.
    legs: String,
    /// In IST, as `2025-08-25T09:20`.
    #[param(value_type = String)]
    entry: Minute,
    /// Without it they are held to the first of their expiries.
    #[param(value_type = Option<String>)]
    exit: Option<Minute>,
    /// A bar longer than a minute has the values of the last minute in it, and is a gap where that is one.
    #[serde(default)]
    interval: ChartInterval,
    /// The minute from which the payoff is seen; the entry without it.
    #[param(value_type = Option<String>)]
    at: Option<Minute>,
}

/// Strategies from their entry to their exit: price and profit through time, net greeks, legs, payoff. A look at the
/// past, not a backtest with fills.
#[utoipa::path(
    get,
    path = "/strategy",
    params(StrategyQuery, Reckoning),
    responses((status = OK, content((StrategyDocument = "application/json"), (String = "text/csv"))))
)]
async fn strategy(
    Chosen(engine): Chosen,
    Query(query): Query<StrategyQuery>,
    Query(reckoning): Query<Reckoning>,
    accepted: Accepted,
) -> Answer<Response> {
    let format = accepted.choose(reckoning.format, &ROWS)?;
    let plans: StrategyPlans = query.legs.parse().map_err(refused)?;
    let underlying = engine.browse().find(&query.underlying).await?;
    let wish = StrategyWish {
        underlying,
        expiry: query.expiry,
        plans,
        entry: query.entry,
        exit: query.exit,
        stops: reckoning.stops(),
        interval: query.interval,
        at: query.at,
        terms: reckoning.terms(),
    };
    let document = engine.strategies().look(&wish).await?;
    let name = format!("strategy_{}_{}", document.expiry, wish.entry.day());
    let origin = engine.browse().origin().await?;
    answer(format, document, &name, engine.source().is_simulated(), |document, bytes| {
        format.write_strategy(document, &origin, bytes)
    })
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RunQuery {
    underlying: UnderlyingName,
    /// One strategy, as of `/strategy`; its legs have no date of their own.
    legs: String,
    entry: DaysBefore,
    /// Without it each is held to the first of its expiries.
    exit: Option<DaysBefore>,
    /// The first and the last expiry; without them the last year of what is stored.
    from: Option<Day>,
    to: Option<Day>,
}

/// One strategy over every expiry of a year, at most sixty, with what they come to. An expiry that cannot be priced
/// says why.
#[utoipa::path(
    get,
    path = "/strategy/run",
    params(RunQuery, Reckoning),
    responses((status = OK, content((RunDocument = "application/json"), (String = "text/csv"))))
)]
async fn run(
    Chosen(engine): Chosen,
    Query(query): Query<RunQuery>,
    Query(reckoning): Query<Reckoning>,
    accepted: Accepted,
) -> Answer<Response> {
    let format = accepted.choose(reckoning.format, &ROWS)?;
    let plan: StrategyPlan = query.legs.parse().map_err(refused)?;
    let underlying = engine.browse().find(&query.underlying).await?;
    let wish = RunWish {
        underlying,
        plan,
        entry: query.entry,
        exit: query.exit,
        stops: reckoning.stops(),
        from: query.from,
        to: query.to,
        terms: reckoning.terms(),
    };
    let document = engine.strategies().run(&wish, |_, _| {}).await?;
    let origin = engine.browse().origin().await?;
    answer(format, document, "strategy_run", engine.source().is_simulated(), |document, bytes| {
        format.write_run(document, &origin, bytes)
    })
}

fn refused(error: PlanError) -> Problem {
    EngineError::from(error).into()
}

fn answer<T: serde::Serialize>(
    format: Format,
    document: T,
    name: &str,
    simulated: bool,
    write: impl FnOnce(&T, &mut Vec<u8>) -> Result<(), ExportError>,
) -> Answer<Response> {
    let mark = if simulated { "simulated_" } else { "" };
    file(format, &format.safe_name(&format!("{mark}{name}")), |bytes| match format {
        Format::Json => Ok(serde_json::to_writer(bytes, &document)?),
        _ => write(&document, bytes),
    })
}
