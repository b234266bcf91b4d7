//! A strategy opened: which contract each leg found in the minute of the entry, and for what. Only what had been traded
//! by then can be chosen, and only a price of the last two minutes opens anything.

use analytics::series::LegMinute;
use analytics::{
    Greeks, LEG_AGE_MINUTES_MAX, LegKind, LegPlan, LegStrike, NotChosen, PlanError, Side, Snapshot,
    StrategyPlan, Trade, Volatility,
};
use market::{Contract, Day, EpochSeconds, Interval, Strike, without_noise};
use protocol::Minute;
use store::{SeriesId, SeriesOwner, Store};

use super::market_then::{ExpiryThen, MarketThen};
use crate::error::EngineError;
use crate::spot::share_left_out;

#[derive(Clone, Debug)]
pub(super) struct OpenedLeg {
    pub plan: LegPlan,
    /// None of the underlying itself.
    pub contract: Option<Contract>,
    pub series: SeriesId,
    pub expiry: Day,
    /// Where its minutes end: the settlement of its expiry.
    pub settles: EpochSeconds,
    pub strike: Option<(Strike, Side)>,
    /// Units in a lot.
    pub lot: i64,
    /// Steps up the ladder from the money.
    pub steps: Option<i32>,
    pub entry: Trade,
    pub volatility: Option<Volatility>,
    /// Of one unit, bought.
    pub greeks: Option<Greeks>,
}

impl OpenedLeg {
    /// Signed.
    pub fn units(&self) -> f64 {
        f64::from(self.plan.lots) * self.lot as f64
    }

    /// `leg 2 (the put at 24300)`.
    fn words(place: usize, strike: Option<(Strike, Side)>, kind: LegKind) -> String {
        let what = match (strike, kind) {
            (Some((strike, side)), _) => format!("the {side} at {strike}"),
            (None, LegKind::Underlying) => "the underlying".to_owned(),
            (None, _) => "the future".to_owned(),
        };
        format!("leg {} ({what})", place + 1)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Opened {
    pub legs: Vec<OpenedLeg>,
    pub at: EpochSeconds,
}

/// What a leg found before its price is looked at.
struct Found {
    contract: Option<Contract>,
    series: SeriesId,
    strike: Option<(Strike, Side)>,
    lot: i64,
    last: Option<Trade>,
}

impl Opened {
    /// In the minute at which the market is held.
    pub async fn open(
        store: &Store,
        plan: &StrategyPlan,
        market: &MarketThen,
        at: EpochSeconds,
    ) -> Result<Self, EngineError> {
        let mut legs: Vec<OpenedLeg> = Vec::new();
        for (place, leg) in plan.legs().iter().enumerate() {
            let first = legs.iter().find_map(|leg| leg.strike).map(|(strike, _)| strike);
            legs.push(open_leg(store, (place, *leg), first, market, at).await?);
        }
        Ok(Self { legs, at })
    }

    pub fn lots(&self) -> Vec<i32> {
        self.legs.iter().map(|leg| leg.plan.lots).collect()
    }

    /// Rupees paid for the options; below nought they were received. A future has a price and no premium, and so has the
    /// underlying.
    pub fn premium(&self) -> f64 {
        let options = self.legs.iter().filter(|leg| leg.strike.is_some());
        without_noise(options.map(|leg| leg.units() * leg.entry.price.to_rupees()).sum())
    }

    /// The minute after which a leg has no price any more.
    pub fn last_minute(&self) -> EpochSeconds {
        let first = self.legs.iter().map(|leg| leg.settles).min().unwrap_or(self.at);
        EpochSeconds(first.0 - 60)
    }
}

async fn open_leg(
    store: &Store,
    (place, plan): (usize, LegPlan),
    first: Option<Strike>,
    market: &MarketThen,
    at: EpochSeconds,
) -> Result<OpenedLeg, EngineError> {
    let unnamed = |why: String| EngineError::NoStrategy(format!("leg {}: {why}", place + 1));
    let date = market.date_of(plan.expiry).map_err(unnamed)?;
    let Some(then) = market.expiries.get(&date) else {
        let name = &market.expiries[&market.own].known.underlying.name;
        return Err(unnamed(format!("no expiry of {name} on {} is known here", date.to_long_text())));
    };
    let settles = then.terms.settlement.moment();
    if at >= settles {
        let (entry, expiry) = (Minute::of(at), date.to_long_text());
        return Err(unnamed(format!("the entry at {entry} lies after its expiry on {expiry}")));
    }
    let snapshot = then.state.snapshot();
    let Found { contract, series, strike, lot, last } = match plan.kind {
        LegKind::Option { side, strike } => {
            if then.options.is_empty() {
                return Err(match then.has_options_not_collected() {
                    true => not_collected((place, "any option"), then, at.day()),
                    false => nothing_stored(place, then),
                });
            }
            let of_option = |strike: Strike| {
                not_collected((place, format!("the {side} at {strike}").as_str()), then, at.day())
            };
            let strike = match (strike, first) {
                (LegStrike::By(rule), _) => rule.choose(&snapshot, side).map_err(|why| match why {
                    NotChosen::NotTraded { strike, side } if then.option_not_collected(strike, side) => {
                        of_option(strike)
                    }
                    NotChosen::NoForward(why) => unnamed(lowered(&then.no_forward_words(why))),
                    why => unnamed(lowered(&why.to_string())),
                })?,
                (LegStrike::Same, Some(first)) => first,
                (LegStrike::Same, None) => return Err(unnamed(PlanError::SameAsNothing.to_string())),
            };
            option(then, &snapshot, strike, side).ok_or_else(|| {
                match then.option_not_collected(strike, side) {
                    true => of_option(strike),
                    false => unnamed(format!("the {side} at {strike} had not been traded by then")),
                }
            })?
        }
        LegKind::Future if then.future_not_collected() => {
            return Err(not_collected((place, "the future"), then, at.day()));
        }
        LegKind::Future => future(then).map_err(unnamed)?,
        LegKind::Underlying => underlying(store, then).await.map_err(|why| match why {
            Ok(error) => error,
            Err(why) => unnamed(why),
        })?,
    };
    let named = OpenedLeg::words(place, strike, plan.kind);
    let entry = priced(&named, last, at)?;
    let of_strike = |strike| snapshot.volatility(strike).ok().map(|of| of.volatility);
    Ok(OpenedLeg {
        plan,
        contract,
        series,
        expiry: date,
        settles,
        strike,
        lot,
        steps: strike.and_then(|(strike, _)| steps(&snapshot, strike)),
        entry,
        volatility: strike.and_then(|(strike, _)| of_strike(strike)),
        greeks: match strike {
            Some((strike, side)) => snapshot.greeks(strike, side).ok(),
            None => LegMinute::of_future(Some(entry), lot).greeks,
        },
    })
}

fn option(then: &ExpiryThen, snapshot: &Snapshot<'_>, strike: Strike, side: Side) -> Option<Found> {
    let traded = snapshot.traded(strike, side)?;
    let (contract, series) = then.options.get(traded.option)?.clone();
    let lot = contract.lot_size;
    Some(Found {
        contract: Some(contract),
        series,
        strike: Some((strike, side)),
        lot,
        last: Some(traded.last),
    })
}

fn future(then: &ExpiryThen) -> Result<Found, String> {
    let Some((contract, series)) = then.future.clone() else {
        let (name, date) = (&then.known.underlying.name, then.known.expiry.date.to_long_text());
        return Err(format!(
            "no future of the expiry of {name} on {date} is stored, and a weekly one has none: choose that of another \
             expiry, for example @next or @2025-08-28"
        ));
    };
    let (lot, last) = (contract.lot_size, then.state.snapshot().future());
    Ok(Found { contract: Some(contract), series, strike: None, lot, last })
}

async fn underlying(store: &Store, then: &ExpiryThen) -> Result<Found, Result<EngineError, String>> {
    let name = &then.known.underlying.name;
    if let Some(why) = share_left_out(then.known.underlying.kind) {
        return Err(Err(format!("{why}: choose the future of {name}")));
    }
    let owner = SeriesOwner::Underlying(then.known.id);
    let series = store.series(owner, Interval::Minute1).await.map_err(|error| Ok(error.into()))?;
    let (Some(series), Some(lot)) = (series, then.lot()) else {
        return Err(Err(format!("no minute of {name} itself is stored")));
    };
    Ok(Found { contract: None, series, strike: None, lot, last: then.state.snapshot().spot() })
}

/// Its last trade, where that is of the last two minutes.
fn priced(named: &str, last: Option<Trade>, at: EpochSeconds) -> Result<Trade, EngineError> {
    let refused =
        |why: String| EngineError::NoStrategy(format!("{named} {why}: choose another minute or strike"));
    let Some(last) = last else { return Err(refused("had not been traded by then".to_owned())) };
    last.within(LEG_AGE_MINUTES_MAX, at).ok_or_else(|| {
        let traded = Minute::of(last.at);
        refused(format!(
            "has no price at the entry: it was last traded at {traded}, more than two minutes before"
        ))
    })
}

/// Up the ladder of what had been traded, from the strike at the money.
fn steps(snapshot: &Snapshot<'_>, strike: Strike) -> Option<i32> {
    let money = snapshot.at_the_money()?;
    let above = snapshot.strikes().filter(|of| money < *of && *of <= strike).count();
    let below = snapshot.strikes().filter(|of| strike <= *of && *of < money).count();
    i32::try_from(above as i64 - below as i64).ok()
}

fn nothing_stored(place: usize, then: &ExpiryThen) -> EngineError {
    let (name, expiry) = (&then.known.underlying.name, then.known.expiry.date);
    let (leg, date) = (place + 1, expiry.to_long_text());
    let words = format!("leg {leg}: no option of the expiry of {name} on {date} is stored: collect it first");
    EngineError::NotStored { expiry, words }
}

/// What the leg is of was not asked for on the day of the entry.
fn not_collected((place, what): (usize, &str), then: &ExpiryThen, day: Day) -> EngineError {
    let (name, expiry) = (&then.known.underlying.name, then.known.expiry.date);
    let (leg, day, date) = (place + 1, day.to_long_text(), expiry.to_long_text());
    let words = format!(
        "leg {leg}: no minute of {day} is stored of {what} of the expiry of {name} on {date}: collect it with more days \
         before the expiry"
    );
    EngineError::NotStored { expiry, words }
}

/// A sentence within another.
fn lowered(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
