//! What can be said of an expiry in a minute, strike by strike: forward, prices with their age, volatility, greeks.
//! The forward is found once; volatilities are solved for the strikes that are asked of. Only strikes that had been
//! traded by then are there: the later list would leak the future. It says no more than which strike is at the money.

use std::cell::OnceCell;

use market::{EpochSeconds, Price, Strike};
use serde::{Deserialize, Serialize};

use crate::chain_state::{ChainState, Terms, Traded};
use crate::forward::{BothSides, Forward, NoForward, forward};
use crate::max_pain::{StrikeInterest, max_pain};
use crate::spot::believed;
use crate::{Black76, Greeks, NoSpot, NoVolatility, PutCall, Side, Smile, TimeLeft, Trade, Volatility};

/// The age at which a price no longer gives a volatility.
pub const VOLATILITY_AGE_MINUTES_MAX: i64 = 1;
/// The age at which a price no longer is part of a straddle, a strategy or any other sum of prices.
pub const LEG_AGE_MINUTES_MAX: i64 = 2;
/// A price with less than so many ticks of time value says nothing of volatility.
const TIME_VALUE_TICKS_MIN: f64 = 2.0;
/// What doubles make of equal prices differs by less than this, in rupees.
const NOISE_RUPEES: f64 = 1e-6;

/// Which prices a strike's volatility is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VolatilityOf {
    Call,
    Put,
    /// At the money, where both sides have one.
    Mean,
}

impl From<Side> for VolatilityOf {
    fn from(side: Side) -> Self {
        match side {
            Side::Call => Self::Call,
            Side::Put => Self::Put,
        }
    }
}

/// A strike's volatility, which serves both its sides.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrikeVolatility {
    pub volatility: Volatility,
    pub of: VolatilityOf,
}

#[derive(Clone, Debug)]
pub struct Snapshot<'s> {
    state: &'s ChainState,
    time_left: TimeLeft,
    forward: Result<Forward, NoForward>,
    model: Option<Black76>,
    /// See [`Self::at_the_money`].
    money: Option<Strike>,
    /// Of all strikes, once somebody asked.
    smile: OnceCell<Smile>,
}

impl<'s> Snapshot<'s> {
    pub(crate) fn of(state: &'s ChainState) -> Self {
        let time_left = state.clock().time_left(state.at());
        let years = time_left.years();
        let growth = years.map_or(1.0, |years| (state.terms().rate.fraction() * years.years()).exp());
        let both_sides = (0..state.rung_count()).filter_map(|rung| {
            let [call, put] = Side::BOTH.map(|side| state.traded(rung, side));
            Some(BothSides { strike: state.strike(rung), call: call?.last, put: put?.last })
        });
        let forward = forward(state.at(), state.future(), both_sides, growth);
        let model =
            forward.ok().zip(years).and_then(|(of, years)| Black76::new(of.price, years, state.terms().rate));
        let mut new = Self { state, time_left, forward, model, money: None, smile: OnceCell::new() };
        new.money = forward.ok().and_then(|forward| new.money_of(forward.price));
        new
    }

    pub fn at(&self) -> EpochSeconds {
        self.state.at()
    }

    pub fn terms(&self) -> Terms {
        self.state.terms()
    }

    pub fn time_left(&self) -> TimeLeft {
        self.time_left
    }

    pub fn forward(&self) -> Result<Forward, NoForward> {
        self.forward
    }

    /// The last trade of the expiry's own future.
    pub fn future(&self) -> Option<Trade> {
        self.state.future()
    }

    /// Of the underlying, with when it was told; none where it cannot be believed.
    pub fn spot(&self) -> Option<Trade> {
        self.told_spot().ok()
    }

    /// The same, or why it is not told.
    pub fn told_spot(&self) -> Result<Trade, NoSpot> {
        let spot = self.state.spot().ok_or(NoSpot::NotStored)?;
        if self.state.is_of_share() { believed(spot, self.forward) } else { Ok(spot) }
    }

    /// The strikes that had been traded by now on either side, upwards.
    pub fn strikes(&self) -> impl Iterator<Item = Strike> + '_ {
        self.rungs().map(|rung| self.state.strike(rung))
    }

    /// The listed strike nearest the forward, the lower one of two. Where it had not been traded, the traded one nearest the
    /// forward takes its place, if no farther from it than a step of the list. None without a forward, and none where the
    /// listed strikes end too far from it.
    pub fn at_the_money(&self) -> Option<Strike> {
        self.money
    }

    /// The option of a strike, where it had been traded by now.
    pub fn traded(&self, strike: Strike, side: Side) -> Option<Traded<'s>> {
        self.state.traded(self.state.rung_of(strike)?, side)
    }

    /// An option by its place in the list that the state was made of, where it had been traded by now.
    pub fn option(&self, option: usize) -> Option<Traded<'s>> {
        self.state.option(option)
    }

    /// Its last trade, where that is fresh enough to be summed with others.
    pub fn fresh(&self, strike: Strike, side: Side) -> Option<Trade> {
        self.traded(strike, side)?.last.within(LEG_AGE_MINUTES_MAX, self.at())
    }

    /// What the side's own price says.
    pub fn own_volatility(&self, strike: Strike, side: Side) -> Result<Volatility, NoVolatility> {
        let rung = self.state.rung_of(strike).ok_or(NoVolatility::Stale)?;
        self.own_volatility_at(rung, side)
    }

    /// That of the side out of the money; at the money the mean of both, or the one that there is.
    pub fn volatility(&self, strike: Strike) -> Result<StrikeVolatility, NoVolatility> {
        let rung = self.state.rung_of(strike).ok_or(NoVolatility::Stale)?;
        if self.money == Some(strike) {
            let [call, put] = Side::BOTH.map(|side| self.own_volatility_at(rung, side));
            return self.chosen(rung, call, put);
        }
        let side = self.out_of_the_money(rung);
        let volatility = self.own_volatility_at(rung, side)?;
        Ok(StrikeVolatility { volatility, of: side.into() })
    }

    /// Of all strikes that have a volatility; solved once.
    pub fn smile(&self) -> &Smile {
        self.smile.get_or_init(|| Smile::of(self))
    }

    /// Of a side, with the strike's volatility.
    pub fn greeks(&self, strike: Strike, side: Side) -> Result<Greeks, NoVolatility> {
        let volatility = self.volatility(strike)?.volatility;
        // Only a volatility beyond all reason has no finite greeks.
        self.greeks_with(strike, side, volatility).ok_or(NoVolatility::AboveBound)
    }

    /// The same volatility, where time counts in sessions alone.
    pub fn on_session_time(&self, volatility: Volatility) -> Option<Volatility> {
        let (years, session_years) = (self.time_left.years()?, self.time_left.session_years()?);
        Volatility::new(volatility.fraction() * (years.years() / session_years.years()).sqrt())
    }

    /// Call and put of a strike, both fresh: their sum, and the age of the older.
    pub fn straddle(&self, strike: Strike) -> Option<(Price, i64)> {
        let [call, put] = Side::BOTH.map(|side| self.fresh(strike, side));
        let (call, put) = (call?, put?);
        let age = call.age_minutes(self.at())?.max(put.age_minutes(self.at())?);
        Some((Price(call.price.0.saturating_add(put.price.0)), age))
    }
}

/// Sums over the strikes that had been traded by now.
impl Snapshot<'_> {
    /// Of all strikes, or of one.
    pub fn totals(&self, strike: Option<Strike>) -> PutCall {
        let mut totals = PutCall::default();
        // Of twins each counts.
        for rung in self.rungs().filter(|rung| strike.is_none_or(|strike| strike == self.state.strike(*rung)))
        {
            for (side, total) in [(Side::Call, &mut totals.calls), (Side::Put, &mut totals.puts)] {
                self.state.all_traded(rung, side).for_each(|traded| total.add(traded.quote));
            }
        }
        totals
    }

    /// Open interest by strike, upwards.
    pub fn interest(&self) -> Vec<StrikeInterest> {
        let of = |rung| {
            let units = |side| self.state.all_traded(rung, side).filter_map(|of| of.quote.open_interest);
            let [calls, puts] = Side::BOTH.map(|side| units(side).fold(0, i64::saturating_add));
            StrikeInterest { strike: self.state.strike(rung), calls, puts }
        };
        self.rungs().map(of).collect()
    }

    pub fn max_pain(&self) -> Option<Strike> {
        max_pain(&self.interest())
    }
}

/// What `chain` reads, by rungs of the ladder instead of strikes.
impl<'s> Snapshot<'s> {
    pub(crate) fn model(&self) -> Option<Black76> {
        self.model
    }

    pub(crate) fn rungs(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.state.rung_count()).filter(|rung| self.is_traded(*rung))
    }

    fn is_traded(&self, rung: usize) -> bool {
        Side::BOTH.iter().any(|side| self.state.traded(rung, *side).is_some())
    }

    pub(crate) fn strike_at(&self, rung: usize) -> Strike {
        self.state.strike(rung)
    }

    pub(crate) fn traded_at(&self, rung: usize, side: Side) -> Option<Traded<'s>> {
        self.state.traded(rung, side)
    }

    /// With all twins.
    pub(crate) fn all_traded_at(&self, rung: usize, side: Side) -> impl Iterator<Item = Traded<'s>> {
        self.state.all_traded(rung, side)
    }

    pub(crate) fn own_volatility_at(&self, rung: usize, side: Side) -> Result<Volatility, NoVolatility> {
        if self.time_left.is_too_near() {
            return Err(NoVolatility::TooNear);
        }
        let model = self.model.ok_or(NoVolatility::NoForward)?;
        let traded = self.state.traded(rung, side).ok_or(NoVolatility::Stale)?;
        let last = traded.last.within(VOLATILITY_AGE_MINUTES_MAX, self.at()).ok_or(NoVolatility::Stale)?;
        let (strike, price) = (self.state.strike(rung), last.price.to_rupees());
        let time_value = price - model.intrinsic(strike, side);
        if time_value < -NOISE_RUPEES {
            return Err(NoVolatility::BelowIntrinsic);
        }
        let tick = traded.quote.option.tick.to_rupees().max(0.01);
        // A call's and a put's time value are one number by parity, and noise must not tell them apart.
        if time_value < TIME_VALUE_TICKS_MIN * tick - NOISE_RUPEES {
            return Err(NoVolatility::NoTimeValue);
        }
        let is_possible = price < model.most(strike, side);
        let reason = if is_possible { NoVolatility::NoTimeValue } else { NoVolatility::AboveBound };
        model.volatility(strike, side, price).ok_or(reason)
    }

    /// The volatility of a strike of what both sides say for themselves.
    pub(crate) fn chosen(
        &self,
        rung: usize,
        call: Result<Volatility, NoVolatility>,
        put: Result<Volatility, NoVolatility>,
    ) -> Result<StrikeVolatility, NoVolatility> {
        let own = |side| if side == Side::Call { call } else { put };
        let of_side =
            |side: Side| own(side).map(|volatility| StrikeVolatility { volatility, of: side.into() });
        let out = self.out_of_the_money(rung);
        if self.money != Some(self.state.strike(rung)) {
            return of_side(out);
        }
        if let (Ok(call), Ok(put)) = (call, put) {
            let mean = Volatility::new((call.fraction() + put.fraction()) / 2.0);
            return mean
                .map(|volatility| StrikeVolatility { volatility, of: VolatilityOf::Mean })
                .ok_or(NoVolatility::AboveBound);
        }
        of_side(out).or_else(|reason| of_side(out.other()).map_err(|_| reason))
    }

    pub(crate) fn greeks_with(&self, strike: Strike, side: Side, volatility: Volatility) -> Option<Greeks> {
        self.model?.greeks(strike, side, volatility)
    }

    fn money_of(&self, forward: f64) -> Option<Strike> {
        let listed = self.state.listed();
        let step = step_at(listed, forward);
        let is_near = |strike: &Strike| distance(*strike, forward) <= step;
        let money = nearest(listed.iter().copied(), forward).filter(is_near)?;
        if self.state.rung_of(money).is_some_and(|rung| self.is_traded(rung)) {
            return Some(money);
        }
        Some(nearest(self.strikes(), forward).filter(is_near).unwrap_or(money))
    }

    fn out_of_the_money(&self, rung: usize) -> Side {
        let is_above = self.model.is_some_and(|model| self.state.strike(rung).to_rupees() >= model.forward());
        if is_above { Side::Call } else { Side::Put }
    }
}

fn nearest(strikes: impl Iterator<Item = Strike>, forward: f64) -> Option<Strike> {
    // The first of equals: the lower one.
    strikes.min_by(|one, other| distance(*one, forward).total_cmp(&distance(*other, forward)))
}

fn distance(strike: Strike, forward: f64) -> f64 {
    (strike.to_rupees() - forward).abs()
}

/// From the listed strike below the forward to the one above it, or from the outermost to the next where the list does not
/// reach to it. One strike alone says nothing of how far apart they lie.
fn step_at(listed: &[Strike], forward: f64) -> f64 {
    let above = listed.partition_point(|strike| strike.to_rupees() <= forward);
    let above = above.max(1).min(listed.len().saturating_sub(1));
    match listed.get(above.saturating_sub(1)..=above) {
        Some([below, above]) => above.to_rupees() - below.to_rupees(),
        _ => 0.0,
    }
}
