//! `expirytrack chain`: the option chain of an expiry at a past minute. Reads beside whoever owns the directory.

use engine::{BrowseService, ChainService};
use protocol::{ChainPicture, ChainSide};

use crate::arguments::{Chain, Global};
use crate::exit::Exit;
use crate::output::{print, print_json, table};

const MINUTES_A_DAY: i64 = 24 * 60;

pub async fn run(global: &Global, chain: &Chain) -> anyhow::Result<Exit> {
    let place = global.place().await?;
    let key = BrowseService::open_for_reading(place.clone()).await?.find(&chain.underlying).await?;
    let picture = ChainService::open_for_reading(place).await?.chain(&key, chain.expiry, chain.at).await?;
    if global.json {
        print_json(&picture)?
    } else {
        print(&describe(&picture))?
    }
    Ok(Exit::Done)
}

fn describe(picture: &ChainPicture) -> String {
    let headings = ["IV", "OI CHG", "OI", "VOLUME", "LAST", "STRIKE", "LAST", "VOLUME", "OI", "OI CHG", "IV"];
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    for row in &picture.rows {
        let mut cells = side(row.call.as_ref());
        cells.push(row.strike.to_string());
        cells.extend(side(row.put.as_ref()).into_iter().rev());
        rows.push(cells);
    }
    format!("{}\n{}", head(picture), table(&rows))
}

fn head(of: &ChainPicture) -> String {
    let number = |number: Option<f64>| number.map_or("-".to_owned(), |number| format!("{number:.2}"));
    let spot = match (&of.spot, &of.no_spot_because) {
        (None, Some(why)) => why.clone(),
        (spot, _) => number(*spot),
    };
    let forward = match (&of.forward, &of.no_forward_because) {
        (Some(forward), _) => format!("{:.2} ({}, {} s old)", forward.price, forward.source, forward.age_s),
        (None, Some(why)) => why.clone(),
        (None, None) => "-".to_owned(),
    };
    let at_the_money = match (of.atm_strike, &of.forward) {
        (None, Some(_)) => "none: the listed strikes do not reach to the forward".to_owned(),
        (strike, _) => number(strike),
    };
    let straddle = match (of.straddle, &of.no_straddle_because) {
        (None, Some(why)) => why.clone(),
        (straddle, _) => format!("{}, a move of {}", number(straddle), percent(of.implied_move)),
    };
    let (days, minutes) = (of.minutes_left / MINUTES_A_DAY, of.minutes_left % MINUTES_A_DAY);
    let facts = [
        ("CHAIN", format!("{} {} at {}", of.underlying, of.expiry, of.at)),
        ("SPOT", spot),
        ("FORWARD", forward),
        ("AT THE MONEY", at_the_money),
        ("VOLATILITY", percent(of.atm_volatility)),
        ("STRADDLE", straddle),
        ("PUTS A CALL", format!("{} open, {} traded", number(of.pcr_oi), number(of.pcr_volume))),
        ("MAX PAIN", number(of.max_pain)),
        ("LEFT", format!("{days} d {} h {} m", minutes / 60, minutes % 60)),
        ("LOT", of.lot_size.map_or("-".to_owned(), |lot| lot.to_string())),
        ("NOT TRADED YET", format!("{} strikes", of.untraded_strikes)),
        ("NOT COLLECTED", format!("{} options", of.options_not_collected)),
    ];
    table(&facts.map(|(name, fact)| vec![name.to_owned(), fact]))
}

/// From the edge to the strike. An older price has its age beside it.
fn side(side: Option<&ChainSide>) -> Vec<String> {
    let Some(side) = side else { return vec!["-".to_owned(); 5] };
    let units = |units: Option<i64>| units.map_or("-".to_owned(), |units| units.to_string());
    let last = match side.age_s {
        0 => format!("{:.2}", side.last),
        age => format!("{:.2} ({} m old)", side.last, age / 60),
    };
    let change = side.open_interest_change.map_or("-".to_owned(), |change| format!("{change:+}"));
    vec![percent(side.volatility), change, units(side.open_interest), side.volume.to_string(), last]
}

fn percent(fraction: Option<f64>) -> String {
    fraction.map_or("-".to_owned(), |fraction| format!("{:.2} %", fraction * 100.0))
}
