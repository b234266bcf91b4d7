//! A followed strategy as page, REST and command line show it.

use analytics::LegKind;
use analytics::series::Point;
use market::{EpochSeconds, Price, without_noise};
use protocol::{OpenedStrategy, SeriesColumn, StrategyLegPicture, StrategyOutcome, StrategyPayoff};

use super::follow::{NoOutcome, OF_STRATEGY, Outcome};
use super::opened::{Opened, OpenedLeg};
use crate::series::{gaps, row};

const COLUMNS: [(&str, &str); OF_STRATEGY] = [
    ("price", "rupees"),
    ("profit", "rupees"),
    ("delta", "greek"),
    ("gamma", "greek"),
    ("vega", "greek"),
    ("theta", "greek"),
];

pub(super) fn opened_picture(
    opened: &Opened,
    points: Vec<Point>,
    outcome: Result<Outcome, NoOutcome>,
    payoff: Result<StrategyPayoff, String>,
) -> OpenedStrategy {
    let columns = columns(opened.legs.len());
    let exits = outcome.as_ref().ok().map(|outcome| outcome.prices.clone());
    let exit = |place: usize| exits.as_ref().and_then(|prices| prices.get(place)).copied();
    let legs = opened.legs.iter().enumerate().map(|(place, leg)| leg_picture(leg, exit(place), opened.at));
    let (outcome, no_outcome_because) = split(outcome.map_err(|why| why.because));
    let (payoff, no_payoff_because) = split(payoff);
    OpenedStrategy {
        legs: legs.collect(),
        premium: opened.premium(),
        gaps: gaps(&points),
        points: points.into_iter().map(|point| row(point, columns.len())).collect(),
        columns,
        outcome: outcome.map(outcome_picture),
        no_outcome_because,
        payoff,
        no_payoff_because,
    }
}

fn split<T>(of: Result<T, String>) -> (Option<T>, Option<String>) {
    match of {
        Ok(there) => (Some(there), None),
        Err(why) => (None, Some(why)),
    }
}

fn columns(legs: usize) -> Vec<SeriesColumn> {
    let named = |(name, unit): (&str, &str)| SeriesColumn { name: name.to_owned(), unit: unit.to_owned() };
    let of_leg = |leg: usize| named((&format!("leg_{leg}"), "rupees"));
    COLUMNS.into_iter().map(named).chain((1..=legs).map(of_leg)).collect()
}

pub(super) fn kind(leg: &OpenedLeg) -> &'static str {
    match leg.plan.kind {
        LegKind::Option { side, .. } => side.as_str(),
        LegKind::Future => "future",
        LegKind::Underlying => "underlying",
    }
}

fn leg_picture(leg: &OpenedLeg, exit: Option<Price>, at: EpochSeconds) -> StrategyLegPicture {
    let entry = leg.entry.price.to_rupees();
    let exit = exit.map(Price::to_rupees);
    StrategyLegPicture {
        leg: leg.plan.to_string(),
        lots: leg.plan.lots,
        kind: kind(leg).to_owned(),
        strike: leg.strike.map(|(strike, _)| strike.to_rupees()),
        steps: leg.steps,
        expiry: leg.expiry,
        expired_key: leg.contract.as_ref().map(|contract| contract.expired_key.clone()),
        lot_size: leg.lot,
        entry,
        entry_age_s: leg.entry.age_minutes(at).unwrap_or(0) * 60,
        exit,
        profit: exit.map(|exit| without_noise(leg.units() * (exit - entry))),
        volatility: leg.volatility.map(|volatility| volatility.fraction()),
        delta: leg.greeks.map(|greeks| greeks.delta),
    }
}

fn outcome_picture(of: Outcome) -> StrategyOutcome {
    StrategyOutcome {
        at: of.at.to_rfc3339(),
        reason: of.reason,
        profit: of.profit,
        costs: of.costs,
        highest: of.highest,
        lowest: of.lowest,
        drawdown: of.drawdown,
    }
}
