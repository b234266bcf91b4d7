//! What the analysis page reads: what there is to choose, and charts drawn on the server.

use leptos::prelude::server;
use market::{ChartInterval, Day, InstrumentKey};
use protocol::{ChainDays, ChainWish, Minute, SeriesKind};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::engine;
use super::{Answer, Json};
use crate::drawn::analysis::{Plot, TimeCharts};
#[cfg(feature = "ssr")]
use crate::server::drawing;

/// What can be chosen, and what is shown at first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnalysisOpening {
    /// Those with minutes: key and name.
    pub underlyings: Vec<(InstrumentKey, String)>,
    pub days: ChainDays,
    pub at: Minute,
    pub kinds: Vec<SeriesKind>,
}

/// What there is to choose; nothing where no minute is stored.
#[server(prefix = "/rpc", endpoint = "analysis/open", input = Json, output = Json)]
pub async fn open_analysis(wish: ChainWish) -> Answer<Option<AnalysisOpening>> {
    let Some(choices) = engine()?.chains().choices(&wish).await? else { return Ok(None) };
    let protocol::ChainChoices { underlyings, days, at } = choices;
    let kinds = engine::SeriesService::kinds();
    Ok(Some(AnalysisOpening { underlyings, days, at, kinds }))
}

/// By strike, at two minutes.
#[server(prefix = "/rpc", endpoint = "analysis/strikes", input = Json, output = Json)]
pub async fn analysis_by_strike(
    underlying: InstrumentKey,
    expiry: Day,
    since: Minute,
    at: Minute,
) -> Answer<Vec<Plot>> {
    use protocol::AnalysisName::{GammaExposure, OpenInterestByStrike, Smile, VolumeByStrike};
    let names = [OpenInterestByStrike, VolumeByStrike, GammaExposure, Smile];
    let wish = engine::AnalysisWish {
        expiry: Some(expiry),
        since: Some(since),
        at: Some(at),
        ..engine::AnalysisWish::new(OpenInterestByStrike, underlying)
    };
    Ok(drawing::by_strike(engine()?.analysis().at_moments(&wish, &names).await?))
}

/// The smile of each day at the time of a minute.
#[server(prefix = "/rpc", endpoint = "analysis/surface", input = Json, output = Json)]
pub async fn analysis_surface(underlying: InstrumentKey, expiry: Day, at: Minute) -> Answer<Plot> {
    let new = engine::AnalysisWish::new(protocol::AnalysisName::Surface, underlying);
    let wish = engine::AnalysisWish { expiry: Some(expiry), at: Some(at), ..new };
    Ok(drawing::surface(&engine()?.analysis().make(&wish).await?))
}

/// Expiries side by side, in a minute.
#[server(prefix = "/rpc", endpoint = "analysis/term", input = Json, output = Json)]
pub async fn analysis_term(underlying: InstrumentKey, at: Minute) -> Answer<Plot> {
    let new = engine::AnalysisWish::new(protocol::AnalysisName::TermStructure, underlying);
    let wish = engine::AnalysisWish { at: Some(at), ..new };
    Ok(drawing::term_structure(&engine()?.analysis().make(&wish).await?))
}

/// Over a day, or over the expiry's life.
#[server(prefix = "/rpc", endpoint = "analysis/time", input = Json, output = Json)]
pub async fn analysis_over_time(
    underlying: InstrumentKey,
    expiry: Day,
    day: Option<Day>,
) -> Answer<TimeCharts> {
    use protocol::AnalysisName::{MaxPain, OpenInterest, PremiumByDelta, PutCallRatio, Straddle, Volatility};
    let names = [OpenInterest, PutCallRatio, MaxPain, Volatility, Straddle, PremiumByDelta];
    let wish = engine::AnalysisWish {
        expiry: Some(expiry),
        from: day,
        to: day,
        ..engine::AnalysisWish::new(OpenInterest, underlying)
    };
    Ok(drawing::over_time(&engine()?.analysis().over_time(&wish, &names).await?))
}

/// Earlier expiries that may lie beside a series: a chart of more lines tells nothing.
pub const BESIDE_MAX: u32 = 5;

/// A made series as charts; `series` as the command line writes it: `atm-straddle fixed=09:20`. Beside one of an expiry
/// lie the same ones of so many stored expiries before it.
#[server(prefix = "/rpc", endpoint = "analysis/series", input = Json, output = Json)]
pub async fn analysis_series(
    underlying: InstrumentKey,
    expiry: Day,
    series: String,
    from: Option<Day>,
    to: Option<Day>,
    interval: ChartInterval,
    beside: u32,
) -> Answer<TimeCharts> {
    let engine = engine()?;
    let series: engine::Series = series.parse().map_err(engine::EngineError::from)?;
    let wish = engine::SeriesWish { from, to, interval, ..engine::SeriesWish::new(series, underlying) };
    // What is made of several expiries takes none; a volatility is realised by the underlying itself.
    let wish = match wish.series.is_of_one_expiry() {
        true => engine::SeriesWish { expiry: Some(expiry), ..wish },
        false => wish,
    };
    let own = engine.series().make(&wish).await?;
    let earlier = match wish.series.is_of_one_expiry() {
        true => drawing::earlier_series(&engine, &wish, beside.min(BESIDE_MAX)).await?,
        false => Vec::new(),
    };
    Ok(drawing::series_charts(&own, &earlier))
}
