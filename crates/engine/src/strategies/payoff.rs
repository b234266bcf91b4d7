//! What an opened strategy brings by where the underlying goes: at the first of its expiries, and in a minute on the
//! way there with the forwards and volatilities of that minute. After the costs of opening; closing is not in it.

use analytics::{Extreme, Instrument, Leg, LegKind, Payoff, Strategy};
use market::{EpochSeconds, without_noise};
use protocol::{PayoffPoint, StrategyPayoff};

use super::costs::Costs;
use super::market_then::{ExpiryThen, MarketThen};
use super::opened::{Opened, OpenedLeg};
use super::sentence::sentence;

/// Steps from the lowest to the highest price that is drawn; strikes and break-evens lie between.
const STEPS: u16 = 120;
/// So many implied moves to each side of the forward are drawn: where the underlying is nineteen times in twenty.
const MOVES: f64 = 2.0;
/// A move of the forward where no volatility tells one, and the least: parts of it.
const UNKNOWN_MOVE: f64 = 0.02;
const LEAST_MOVE: f64 = 0.0025;
/// What is drawn beyond the outermost strikes, at least: a part of what lies between them.
const BEYOND: f64 = 0.25;
/// Break-evens that are more moves away are told and not drawn.
const DRAWN_MOVES: f64 = 4.0;

/// A sentence where there is none.
pub(super) fn payoff(
    opened: &Opened,
    market: &MarketThen,
    moment: EpochSeconds,
    costs: Costs,
) -> Result<StrategyPayoff, String> {
    if moment < opened.at || moment > opened.last_minute() {
        return Err("The payoff is seen from a minute between the entry and the first expiry.".to_owned());
    }
    let orders = opened.legs.iter().map(|leg| (leg.units(), leg.entry.price));
    let opening = costs.of_orders(orders);
    let first = first_expiry(opened, market);
    let forward = first.state.snapshot().forward();
    let forward = forward.map(|forward| forward.price).map_err(|why| first.no_forward_words(why));
    let settle_together = opened.legs.iter().all(|leg| leg.settles == opened.legs[0].settles);
    // Where all legs settle the payoff asks for no forward; only what lives on, and the minute itself, do.
    let middle = match &forward {
        Ok(forward) => *forward,
        Err(_) if settle_together => middle(opened),
        Err(why) => return Err(why.clone()),
    };
    let without = forward.is_err().then_some(middle);
    let strategy = |for_moment: bool| {
        let legs = opened.legs.iter().enumerate();
        let legs = legs.map(|(place, leg)| seen((place, leg), market, for_moment, without));
        let rate = market.expiries[&market.own].terms.rate;
        let strategy = Strategy::new(legs.collect::<Result<_, String>>()?, middle, rate);
        strategy.map(|strategy| strategy.with_costs(opening)).map_err(|why| sentence(&why.to_string()))
    };
    let at_expiry = strategy(false)?;
    let at_moment = match &forward {
        Ok(_) => Ok(strategy(true)?),
        Err(why) => Err(why.clone()),
    };
    let settled = at_expiry.first_settlement();
    let Payoff { break_even, max_profit, max_loss, within } =
        at_expiry.payoff().map_err(|why| sentence(&why.to_string()))?;
    let width = implied_move(first, moment).unwrap_or(middle * UNKNOWN_MOVE).max(middle * LEAST_MOVE);
    let strikes: Vec<f64> =
        opened.legs.iter().filter_map(|leg| leg.strike).map(|(strike, _)| strike.to_rupees()).collect();
    let mut no_moment_because = None;
    let curve = prices((middle, width), &strikes, &break_even).into_iter().map(|underlying| {
        let underlying = without_noise(underlying);
        let expired = at_expiry.profit(settled, underlying).map_err(|why| sentence(&why.to_string()))?;
        let now = match &at_moment {
            Ok(strategy) => strategy.profit(moment, underlying).map_err(|why| sentence(&why.to_string())),
            Err(why) => Err(why.clone()),
        };
        if let Err(why) = &now {
            no_moment_because = Some(why.clone());
        }
        Ok(PayoffPoint {
            underlying,
            at_expiry: without_noise(expired),
            at_moment: now.ok().map(without_noise),
        })
    });
    let curve = curve.collect::<Result<_, String>>()?;
    Ok(StrategyPayoff {
        at: moment.to_rfc3339(),
        forward: forward.ok(),
        break_even: break_even.into_iter().map(without_noise).collect(),
        max_profit: bounded(max_profit),
        max_loss: bounded(max_loss),
        within,
        curve,
        no_moment_because,
    })
}

/// Where nothing tells where the underlying was taken to go: amid the strikes, else where the first leg was opened.
fn middle(opened: &Opened) -> f64 {
    let strikes = opened.legs.iter().filter_map(|leg| leg.strike).map(|(strike, _)| strike.to_rupees());
    let ends = strikes.fold(None, |ends: Option<(f64, f64)>, strike| {
        let (low, high) = ends.unwrap_or((strike, strike));
        Some((low.min(strike), high.max(strike)))
    });
    match ends {
        Some((low, high)) => (low + high) / 2.0,
        None => opened.legs.first().map_or(0.0, |leg| leg.entry.price.to_rupees()),
    }
}

/// A leg with what was known of its expiry then; `without` a forward this stands in for it, at a settlement that asks for
/// none.
fn seen(
    (place, leg): (usize, &OpenedLeg),
    market: &MarketThen,
    for_moment: bool,
    without: Option<f64>,
) -> Result<Leg, String> {
    let then = market.expiries.get(&leg.expiry).ok_or_else(|| "Its expiry is not known.".to_owned())?;
    let snapshot = then.state.snapshot();
    let forward = match (snapshot.forward(), without) {
        (Ok(forward), _) => forward.price,
        (Err(_), Some(price)) => price,
        (Err(why), None) => return Err(format!("Leg {}: {}", place + 1, then.no_forward_words(why))),
    };
    let instrument = match leg.strike {
        Some((strike, side)) => Instrument::Option { strike, side },
        None => Instrument::Future,
    };
    // The underlying meets its forward at the expiry, and stands at its own price until then.
    let spot = snapshot.spot().filter(|_| for_moment && leg.plan.kind == LegKind::Underlying);
    Ok(Leg {
        instrument,
        lots: leg.plan.lots,
        lot: leg.lot,
        entry: leg.entry.price,
        settlement: then.terms.settlement,
        forward: spot.map_or(forward, |spot| spot.price.to_rupees()),
        volatility: leg
            .strike
            .and_then(|(strike, _)| snapshot.volatility(strike).ok())
            .map(|of| of.volatility),
    })
}

/// The one that settles first.
fn first_expiry<'m>(opened: &Opened, market: &'m MarketThen) -> &'m ExpiryThen {
    let first = opened.legs.iter().min_by_key(|leg| leg.settles).map_or(market.own, |leg| leg.expiry);
    &market.expiries[&first]
}

/// What the volatility at the money expects of the forward until it settles: a standard deviation, in rupees.
fn implied_move(of: &ExpiryThen, moment: EpochSeconds) -> Option<f64> {
    let snapshot = of.state.snapshot();
    let volatility = snapshot.volatility(snapshot.at_the_money()?).ok()?.volatility;
    let years = of.terms.settlement.years_left(moment)?.years();
    Some(snapshot.forward().ok()?.price * volatility.fraction() * years.sqrt())
}

/// Those that are drawn, upwards: where the underlying may go, and all strikes with some room beyond them.
fn prices((forward, width): (f64, f64), strikes: &[f64], break_even: &[f64]) -> Vec<f64> {
    let near = |price: &&f64| (**price - forward).abs() <= width * DRAWN_MOVES;
    let marks = || strikes.iter().chain(break_even.iter().filter(near)).copied().chain([forward]);
    let (low, high) = marks().fold((forward, forward), |(low, high), mark| (low.min(mark), high.max(mark)));
    let beyond = (high - low) * BEYOND;
    let low = (low - beyond).min(forward - width * MOVES).max(0.0);
    let high = (high + beyond).max(forward + width * MOVES);
    let steps = (0..=STEPS).map(|step| low + (high - low) * f64::from(step) / f64::from(STEPS));
    let mut prices: Vec<f64> = steps.chain(marks()).collect();
    prices.sort_by(f64::total_cmp);
    prices.dedup();
    prices
}

fn bounded(extreme: Extreme) -> Option<f64> {
    match extreme {
        Extreme::Rupees(rupees) => Some(without_noise(rupees)),
        Extreme::Unbounded => None,
    }
}
