//! A chain as page, REST and command line show it.

use analytics::{
    Cell, Chain, ForwardSource, NoVolatility, Row, SideTotals, StrikeVolatility, VOLATILITY_AGE_MINUTES_MAX,
    Volatility,
};
use market::{Contract, Strike};
use protocol::{ChainForward, ChainPicture, ChainRow, ChainSide, ChainTotals};

use super::day::ExpiryDay;

const MINUTE_SECONDS: i64 = 60;
/// In the place of a reason, where the minutes were not collected.
pub(crate) const NO_MINUTES: &str = "no_minutes";

pub(super) fn picture(day: &ExpiryDay, chain: &Chain) -> ChainPicture {
    let Chain { head, rows, totals, marks } = chain;
    let strike = |strike: Option<Strike>| strike.map(Strike::to_rupees);
    let untraded = day.strikes().saturating_sub(rows.len());
    ChainPicture {
        underlying: day.underlying.clone(),
        expiry: day.expiry,
        at: head.at.to_rfc3339(),
        spot: head.spot.ok().map(|spot| spot.price.to_rupees()),
        spot_age_s: head.spot.ok().map(|spot| spot.age_minutes(head.at).unwrap_or(0) * MINUTE_SECONDS),
        no_spot_because: head.spot.err().map(|why| why.to_string()),
        forward: head.forward.ok().map(forward),
        no_forward_because: head.forward.err().map(|why| day.no_forward_words(why)),
        rate: head.rate.fraction(),
        years: head.years.map(|years| years.years()),
        minutes_left: head.time_left.minutes,
        atm_strike: strike(marks.at_the_money),
        atm_volatility: head.volatility.ok().map(Volatility::fraction),
        atm_session_volatility: head.session_volatility.map(Volatility::fraction),
        no_atm_volatility_because: no_atm_volatility(day, chain),
        straddle: head.straddle.map(|straddle| straddle.price.to_rupees()),
        no_straddle_because: head.straddle.is_none().then(|| no_straddle_words(day, chain)),
        implied_move: head.straddle.map(|straddle| straddle.implied_move),
        pcr_oi: totals.by_open_interest(),
        pcr_volume: totals.by_volume(),
        max_pain: strike(marks.max_pain),
        highest_call_interest: strike(marks.highest_call_interest),
        highest_put_interest: strike(marks.highest_put_interest),
        lot_size: head.lot,
        calls: side_totals(&totals.calls),
        puts: side_totals(&totals.puts),
        untraded_strikes: u32::try_from(untraded).unwrap_or(u32::MAX),
        options_not_collected: day.not_collected,
        rows: rows.iter().map(|row| row_picture(day, row)).collect(),
    }
}

/// Why there is no volatility at the money. Of what was not collected nobody knows when it was traded.
fn no_atm_volatility(day: &ExpiryDay, chain: &Chain) -> Option<String> {
    let why = chain.head.volatility.err()?;
    let is_unknown = chain.marks.at_the_money.is_some_and(|strike| !day.is_collected(strike));
    let word = if is_unknown && why == NoVolatility::Stale { NO_MINUTES } else { why.as_str() };
    Some(word.to_owned())
}

/// Why call and put at the money have no sum.
fn no_straddle_words(day: &ExpiryDay, chain: &Chain) -> String {
    let (why, strike) = match (chain.head.forward, chain.marks.at_the_money) {
        (Err(why), _) => return day.no_forward_words(why),
        (Ok(_), None) => return "The listed strikes do not reach to the forward.".to_owned(),
        (Ok(_), Some(strike)) if day.is_collected(strike) => {
            ("not both traded in the last two minutes", strike)
        }
        (Ok(_), Some(strike)) => ("not both collected for this day", strike),
    };
    format!("Call and put at {strike} were {why}.")
}

fn forward(of: analytics::Forward) -> ChainForward {
    let (strikes, spread) = match of.source {
        ForwardSource::Future => (None, None),
        ForwardSource::Parity { strikes, spread } => (u32::try_from(strikes).ok(), Some(spread)),
    };
    ChainForward {
        price: of.price,
        source: of.source.as_str().to_owned(),
        age_s: of.age_minutes * MINUTE_SECONDS,
        strikes,
        spread,
    }
}

fn side_totals(of: &SideTotals) -> ChainTotals {
    ChainTotals {
        volume: of.volume,
        open_interest: of.open_interest,
        open_interest_change: of.open_interest_change,
    }
}

fn row_picture(day: &ExpiryDay, row: &Row) -> ChainRow {
    let side = |cell: &Option<Cell>| {
        let cell = cell.as_ref()?;
        Some(side_picture(day.option(cell.option)?, cell, row))
    };
    ChainRow { strike: row.strike.to_rupees(), call: side(&row.call), put: side(&row.put) }
}

fn side_picture(contract: &Contract, cell: &Cell, row: &Row) -> ChainSide {
    let of_strike: Result<StrikeVolatility, NoVolatility> = row.volatility;
    let greeks = cell.greeks;
    ChainSide {
        expired_key: contract.expired_key.clone(),
        last: cell.last.to_rupees(),
        age_s: cell.age_minutes * MINUTE_SECONDS,
        change: cell.change.map(|change| change.to_rupees()),
        volume: cell.volume,
        open_interest: cell.open_interest,
        open_interest_change: cell.open_interest_change,
        // An old price and the forward of now say nothing together.
        time_value: cell.time_value.filter(|_| cell.age_minutes <= VOLATILITY_AGE_MINUTES_MAX),
        volatility: of_strike.ok().map(|of| of.volatility.fraction()),
        session_volatility: row.session_volatility.map(Volatility::fraction),
        own_volatility: cell.own_volatility.ok().map(Volatility::fraction),
        delta: greeks.map(|greeks| greeks.delta),
        gamma: greeks.map(|greeks| greeks.gamma),
        theta: greeks.map(|greeks| greeks.theta),
        vega: greeks.map(|greeks| greeks.vega),
        no_volatility_because: of_strike.err().map(|why| why.as_str().to_owned()),
    }
}
