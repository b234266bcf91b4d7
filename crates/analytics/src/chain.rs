//! The chain of an expiry at a minute, whole: a row a strike with both sides, totals, marks and what stands above it.
//! It is computed when it is read and never kept.

use market::{EpochSeconds, Price, Strike};
use serde::{Deserialize, Serialize};

use crate::chain_state::Traded;
use crate::forward::{Forward, NoForward};
use crate::max_pain::max_pain;
use crate::put_call::PutCall;
use crate::{
    Greeks, NoSpot, NoVolatility, Quote, Rate, Side, Snapshot, StrikeVolatility, TimeLeft, Trade, Volatility,
    YearFraction,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chain {
    pub head: Head,
    /// Upwards by strike; only strikes that had been traded by then.
    pub rows: Vec<Row>,
    pub totals: PutCall,
    pub marks: Marks,
}

/// What stands above the rows, with what it was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// The start of the minute; its candles are in.
    pub at: EpochSeconds,
    pub time_left: TimeLeft,
    /// The time left as volatilities are reckoned with; none after the settlement.
    pub years: Option<YearFraction>,
    pub session_years: Option<YearFraction>,
    pub rate: Rate,
    pub forward: Result<Forward, NoForward>,
    pub spot: Result<Trade, NoSpot>,
    /// Of the strike at the money.
    pub volatility: Result<Volatility, NoVolatility>,
    pub session_volatility: Option<Volatility>,
    pub straddle: Option<Straddle>,
    /// Units in a lot of the option at the money, else of the lowest strike's.
    pub lot: Option<i64>,
}

/// Call and put at the money, neither older than two minutes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Straddle {
    pub strike: Strike,
    pub price: Price,
    /// Of the older of the two.
    pub age_minutes: i64,
    /// The straddle as a part of the forward: what is paid for a move either way until the expiry.
    pub implied_move: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub strike: Strike,
    /// Serves both sides.
    pub volatility: Result<StrikeVolatility, NoVolatility>,
    pub session_volatility: Option<Volatility>,
    pub call: Option<Cell>,
    pub put: Option<Cell>,
}

/// One side of a strike. Of contracts alike in strike and side the prices are those of the one that was traded last; in
/// a chain the units are those of all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// The option's place in the list that the chain was made of.
    pub option: usize,
    pub last: Price,
    pub age_minutes: i64,
    /// Since the last trade of earlier sessions; none where nothing was traded on this day.
    pub change: Option<Price>,
    /// Units of the day so far.
    pub volume: i64,
    pub open_interest: Option<i64>,
    /// Since the end of the previous session.
    pub open_interest_change: Option<i64>,
    /// The price less the intrinsic value on the forward, discounted, in rupees.
    pub time_value: Option<f64>,
    /// What this side's own price says.
    pub own_volatility: Result<Volatility, NoVolatility>,
    /// With the strike's volatility.
    pub greeks: Option<Greeks>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// Nearest the forward, the lower one of two; where nothing near it was traded it may stand in no row.
    pub at_the_money: Option<Strike>,
    /// The lowest of equals; none where there is no open interest.
    pub highest_call_interest: Option<Strike>,
    pub highest_put_interest: Option<Strike>,
    pub max_pain: Option<Strike>,
}

impl Snapshot<'_> {
    pub fn chain(&self) -> Chain {
        let rows: Vec<Row> = self.rungs().map(|rung| row(self, rung)).collect();
        Chain { head: head(self, &rows), totals: self.totals(None), marks: marks(self), rows }
    }

    /// One option alone, by its place in the list that the state was made of: the volatility of its strike, and its
    /// own cell, as a chain has them. `None` before it was traded.
    pub fn cell_of(&self, option: usize) -> Option<(Result<StrikeVolatility, NoVolatility>, Cell)> {
        let traded = self.option(option)?;
        let (strike, side) = (traded.quote.option.strike, traded.quote.option.side);
        let (volatility, own) = (self.volatility(strike), self.own_volatility(strike, side));
        let greeks = volatility.ok().and_then(|of| self.greeks_with(strike, side, of.volatility));
        Some((volatility, cell(self, traded, own, greeks)))
    }
}

impl Row {
    pub fn side(&self, side: Side) -> Option<&Cell> {
        match side {
            Side::Call => self.call.as_ref(),
            Side::Put => self.put.as_ref(),
        }
    }

    /// Units; nought where no row told.
    pub fn interest(&self, side: Side) -> i64 {
        self.side(side).and_then(|cell| cell.open_interest).unwrap_or(0)
    }
}

impl Chain {
    pub fn row(&self, strike: Strike) -> Option<&Row> {
        self.rows.binary_search_by_key(&strike, |row| row.strike).ok().map(|place| &self.rows[place])
    }
}

fn row(snapshot: &Snapshot<'_>, rung: usize) -> Row {
    let strike = snapshot.strike_at(rung);
    let [own_call, own_put] = Side::BOTH.map(|side| snapshot.own_volatility_at(rung, side));
    let volatility = snapshot.chosen(rung, own_call, own_put);
    let session_volatility = volatility.ok().and_then(|strike| snapshot.on_session_time(strike.volatility));
    let cell = |side, own| {
        let traded = snapshot.traded_at(rung, side)?;
        let greeks = volatility.ok().and_then(|of| snapshot.greeks_with(strike, side, of.volatility));
        Some(with_twins(cell(snapshot, traded, own, greeks), snapshot, rung, side))
    };
    let [call, put] = [cell(Side::Call, own_call), cell(Side::Put, own_put)];
    Row { strike, volatility, session_volatility, call, put }
}

fn cell(
    snapshot: &Snapshot<'_>,
    traded: Traded<'_>,
    own_volatility: Result<Volatility, NoVolatility>,
    greeks: Option<Greeks>,
) -> Cell {
    let Traded { option, quote, last } = traded;
    let change = |previous: Price| Price(last.price.0.saturating_sub(previous.0));
    let intrinsic = snapshot.model().map(|model| model.intrinsic(quote.option.strike, quote.option.side));
    Cell {
        option,
        last: last.price,
        age_minutes: last.age_minutes(snapshot.at()).unwrap_or(0),
        change: quote.previous_close.filter(|_| last.at.day() == snapshot.at().day()).map(change),
        volume: quote.volume,
        open_interest: quote.open_interest,
        open_interest_change: quote.open_interest_change(),
        time_value: intrinsic.map(|intrinsic| last.price.to_rupees() - intrinsic),
        own_volatility,
        greeks,
    }
}

/// With the units of all contracts of its strike and side: none of them alone is what stands open there.
fn with_twins(cell: Cell, snapshot: &Snapshot<'_>, rung: usize, side: Side) -> Cell {
    let sum = |units: fn(&Quote) -> Option<i64>| {
        let known = snapshot.all_traded_at(rung, side).filter_map(|traded| units(traded.quote));
        known.reduce(i64::saturating_add)
    };
    Cell {
        volume: sum(|quote| Some(quote.volume)).unwrap_or(0),
        open_interest: sum(|quote| quote.open_interest),
        open_interest_change: sum(Quote::open_interest_change),
        ..cell
    }
}

fn head(snapshot: &Snapshot<'_>, rows: &[Row]) -> Head {
    let money = snapshot.at_the_money();
    let at_the_money = money.and_then(|strike| rows.iter().find(|row| row.strike == strike));
    let no_money = match snapshot.forward() {
        _ if snapshot.time_left().is_too_near() => NoVolatility::TooNear,
        Ok(_) => NoVolatility::NoStrike,
        Err(_) => NoVolatility::NoForward,
    };
    let volatility = money.ok_or(no_money).and_then(|strike| snapshot.volatility(strike));
    let volatility = volatility.map(|of| of.volatility);
    let straddle = money.and_then(|strike| {
        let (price, age_minutes) = snapshot.straddle(strike)?;
        let implied_move = price.to_rupees() / snapshot.forward().ok()?.price;
        Some(Straddle { strike, price, age_minutes, implied_move })
    });
    let lot = at_the_money.or(rows.first()).and_then(|row| {
        let [call, put] = Side::BOTH.map(|side| snapshot.traded(row.strike, side));
        call.or(put).map(|traded| traded.quote.option.lot)
    });
    Head {
        at: snapshot.at(),
        time_left: snapshot.time_left(),
        years: snapshot.time_left().years(),
        session_years: snapshot.time_left().session_years(),
        rate: snapshot.terms().rate,
        forward: snapshot.forward(),
        spot: snapshot.told_spot(),
        volatility,
        session_volatility: volatility.ok().and_then(|of| snapshot.on_session_time(of)),
        straddle,
        lot,
    }
}

fn marks(snapshot: &Snapshot<'_>) -> Marks {
    let interest = snapshot.interest();
    Marks {
        at_the_money: snapshot.at_the_money(),
        highest_call_interest: highest(interest.iter().map(|of| (of.strike, of.calls))),
        highest_put_interest: highest(interest.iter().map(|of| (of.strike, of.puts))),
        max_pain: max_pain(&interest),
    }
}

/// The first of equals.
fn highest(interest: impl Iterator<Item = (Strike, i64)>) -> Option<Strike> {
    let highest = interest.reduce(|best, next| if next.1 > best.1 { next } else { best })?;
    (highest.1 > 0).then_some(highest.0)
}
