//! The coverage page: calendar, quality, map and day, written as HTML. Whatever comes from outside is escaped.

mod calendar;
mod day;
mod files;
mod map;
mod quality;

use engine::Engine;
use market::{Day, InstrumentKey, Interval};

use self::calendar::of_calendar;
use self::day::of_day;
pub(crate) use self::files::taken_files;
use self::map::of_map;
use self::quality::of_quality;
use crate::address::encoded;
use crate::drawn::CoverageDrawn;
use crate::format;
use crate::rpc::Answer;
use crate::rpc::coverage::CoverageWish;

pub(crate) async fn page(engine: &Engine, wish: &CoverageWish) -> Answer<CoverageDrawn> {
    let mut page =
        CoverageDrawn { crumbs: vec![("Coverage".to_owned(), "/coverage".to_owned())], ..Default::default() };
    let Some(name) = &wish.underlying else {
        let calendar = engine.coverage().calendar(None).await?;
        page.is_empty = calendar.underlyings.is_empty();
        page.calendar = of_calendar(&calendar);
        page.files = taken_files(engine).await?;
        return Ok(settled(page));
    };
    let key = &engine.coverage().find(name).await?;
    let Some(expiry) = wish.expiry else {
        let report = engine.coverage().quality(key, wish.expiries).await?;
        page.crumbs.push((report.symbol.clone(), String::new()));
        page.calendar = of_calendar(&engine.coverage().calendar(Some(key)).await?);
        page.quality = of_quality(&report, wish.expiries);
        return Ok(settled(page));
    };
    let map = engine
        .coverage()
        .map(
            key,
            expiry,
            Interval::default(),
            Default::default(),
            wish.from as usize,
            protocol::MAP_CONTRACTS_MAX,
        )
        .await?;
    page.crumbs.push((map.symbol.clone(), of_underlying(key)));
    page.crumbs.push((format::day(expiry), String::new()));
    if let (Some(contract), Some(day)) = (&wish.contract, wish.day) {
        let shown = engine.coverage_day(contract, day, Interval::default()).await?;
        page.day = Some(of_day(&shown, wish));
    }
    page.map = Some(of_map(&map));
    Ok(settled(page))
}

/// The last step is where one is.
fn settled(mut page: CoverageDrawn) -> CoverageDrawn {
    if let Some((_, address)) = page.crumbs.last_mut() {
        address.clear();
    }
    page
}

fn of_underlying(key: &InstrumentKey) -> String {
    format!("/coverage?underlying={}", encoded(key.as_str()))
}

fn of_expiry(key: &InstrumentKey, expiry: Day) -> String {
    format!("{}&expiry={expiry}", of_underlying(key))
}

fn month(day: Day) -> (i32, u32) {
    use chrono::Datelike;
    (day.date().year(), day.date().month())
}
