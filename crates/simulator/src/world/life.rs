//! All candles of one contract from its birth to its expiry, oldest first. A life is made whole, because
//! open interest at any minute depends on everything traded before it. The real captured day stands in its
//! place verbatim.
//!
//! Rules kept here: high and low enclose open and close; prices lie on the tick; volume and open interest
//! are whole lots; a row without volume is flat and carries the open interest [OBS S7]; open interest starts
//! at nothing and changes at three-minute steps [OBS S3: 123 of 374] by no more than was traded since the
//! step before.

use market::{Candle, ContractKind, Day, EpochSeconds, Paise, Price, Prices};

use super::catalogue::UnderlyingSpec;
use super::chain::{Chain, Listed};
use super::liquidity;
use super::numeric::{Draws, ln};
use super::path::{DayPath, MinutePoints, SpotPath};
use super::pricing::{FUTURE_TICK, OPTION_TICK, OptionValue, on_tick, option_value};
use super::sessions::{SessionIndex, Sessions};
use crate::capture::Capture;

const SESSIONS_A_YEAR: f64 = 252.0;
const INTEREST_STEP_MINUTES: usize = 3;
/// Rows without volume beside those with, in a contract that trades half of its minutes.
const QUIET_SHARE: f64 = 0.04;
/// How far a print lies from fair value, as a part of it.
const OPTION_BOUNCE: f64 = 0.002;
const FUTURE_BOUNCE: f64 = 0.000_02;

pub struct LifeMaker<'a> {
    pub spec: &'a UnderlyingSpec,
    pub path: &'a SpotPath,
    pub sessions: &'a Sessions,
    pub chain: &'a Chain,
    pub seed: u64,
    /// The captured day, when this is the captured contract.
    pub captured: Option<&'a Capture>,
}

/// What a day is like for a contract.
struct DayTemper {
    presence: f64,
    lots: f64,
    /// Open interest aimed at, in lots.
    interest: i64,
    growth: f64,
}

/// What an option is priced with at the end of a minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Priced {
    /// Rupees, and what the option changes for a rupee of it.
    pub forward: f64,
    pub delta: f64,
    /// Fair, before it is printed on a tick beside it.
    pub price: f64,
    /// A year of sessions, as a fraction; with the smile.
    pub volatility: f64,
    /// Years of sessions to the end of the last one.
    pub years: f64,
}

/// Open interest in lots, and what was traded since its last step.
#[derive(Default)]
struct OpenInterest {
    held: i64,
    traded: i64,
    stepped_at: Option<(SessionIndex, usize)>,
}

impl LifeMaker<'_> {
    pub fn make(&self, listed: &Listed) -> Vec<Candle> {
        let mut rows = Vec::new();
        if !listed.trades {
            return rows;
        }
        let mut interest = OpenInterest::default();
        for session in listed.birth.session..=self.chain.last {
            let first_minute = if session == listed.birth.session { listed.birth.minute } else { 0 };
            match self.captured {
                Some(capture) if self.sessions.get(session).day == capture.candle_day => {
                    self.captured_day(capture, &mut interest, &mut rows);
                }
                _ => self.day(listed, session, first_minute, &mut interest, &mut rows),
            }
        }
        rows
    }

    fn lot_size(&self) -> i64 {
        self.spec.lot_size(self.chain.expiry.day)
    }

    fn captured_day(&self, capture: &Capture, interest: &mut OpenInterest, rows: &mut Vec<Candle>) {
        rows.extend_from_slice(&capture.candles);
        let lot_size = self.lot_size();
        let last_step = &capture.candles[capture.candles.len() - INTEREST_STEP_MINUTES..];
        interest.held = last_step.last().map_or(0, |row| row.open_interest / lot_size);
        interest.traded = last_step.iter().map(|row| row.volume / lot_size).sum();
    }

    fn day(
        &self,
        listed: &Listed,
        session: SessionIndex,
        first_minute: usize,
        interest: &mut OpenInterest,
        rows: &mut Vec<Candle>,
    ) {
        let (day, minutes) = (self.sessions.get(session).day, self.sessions.get(session).minutes());
        let temper = self.temper(listed, session, day);
        let spot = self.path.day(session, minutes);
        let lot_size = self.lot_size();
        let mut draws = Draws::of(&[self.seed, 7, self.spec.slot, session as u64, u64::from(listed.token)]);
        let quiet = QUIET_SHARE * temper.presence * (1.0 - temper.presence) * 2.0;
        let midnight = day.start().0;
        let start_of = |minute| {
            EpochSeconds(midnight + i64::from(self.sessions.get(session).minute_of_day(minute)) * 60)
        };
        for minute in first_minute..minutes {
            let chance = draws.unit();
            if chance < temper.presence {
                let activity = liquidity::activity(minute, minutes);
                let lots = 1 + (temper.lots * activity * (0.4 - 0.6 * ln(1.0 - draws.unit()))) as i64;
                interest.step(session, minute, minutes, temper.interest, &mut draws);
                interest.traded += lots;
                let prices = self.prices(listed, session, minute, lots, &temper, &spot, &mut draws);
                let (volume, open_interest) = (lots * lot_size, interest.held * lot_size);
                rows.push(Candle { start: start_of(minute), prices, volume, open_interest });
            } else if chance < temper.presence + quiet
                && let Some(before) = rows.last()
            {
                let close = before.prices.close;
                let prices = Prices { open: close, high: close, low: close, close };
                let open_interest = before.open_interest;
                rows.push(Candle { start: start_of(minute), prices, volume: 0, open_interest });
            }
        }
    }

    fn temper(&self, listed: &Listed, session: SessionIndex, day: Day) -> DayTemper {
        let (spec, left, lot_size) = (self.spec, self.chain.sessions_left(session), self.lot_size());
        let growth = self.chain.forward_growth(day);
        let volatility = self.path.volatility(session);
        let breath = self.interest_breath(listed, session);
        let (presence, lots, interest) = if listed.kind == ContractKind::Future {
            let interest = liquidity::future_interest(spec, lot_size, left);
            (
                liquidity::future_presence(spec, left),
                liquidity::future_lots(spec, lot_size, left),
                self.interest_before_capture(session).unwrap_or((interest * breath) as i64),
            )
        } else {
            let forward = self.path.previous_close(session) * growth;
            let out = self.chain.deviations_out(listed, forward, volatility, session);
            let presence = liquidity::option_presence(spec, left, out);
            let interest = liquidity::option_interest(spec, left, out, self.roundness(listed));
            (presence, liquidity::option_lots(spec, presence), (interest * breath) as i64)
        };
        DayTemper { presence, lots, interest, growth }
    }

    fn roundness(&self, listed: &Listed) -> f64 {
        liquidity::roundness(listed.strike_paise / self.spec.strike_step_paise)
    }

    /// Open interest does not come to the same number every evening.
    fn interest_breath(&self, listed: &Listed, session: SessionIndex) -> f64 {
        let of_day = [self.seed, 9, self.spec.slot, session as u64, u64::from(listed.token)];
        1.0 + 0.05 * Draws::of(&of_day).normal()
    }

    /// The day before the captured one must end on the open interest with which that begins.
    fn interest_before_capture(&self, session: SessionIndex) -> Option<i64> {
        let capture = self.captured?;
        let next = (session < self.chain.last).then(|| self.sessions.get(session + 1).day)?;
        let first = capture.candles.first().filter(|_| next == capture.candle_day)?;
        Some(first.open_interest / self.lot_size())
    }

    #[expect(clippy::too_many_arguments, reason = "a minute is told by where it is and what it draws from")]
    fn prices(
        &self,
        listed: &Listed,
        session: SessionIndex,
        minute: usize,
        lots: i64,
        temper: &DayTemper,
        spot: &DayPath,
        draws: &mut Draws,
    ) -> Prices {
        let forwards = spot.minutes[minute].map(|point| point * temper.growth);
        let last = forwards[3];
        let (price, delta, bounce, tick) = if listed.kind == ContractKind::Future {
            (last, 1.0, last * FUTURE_BOUNCE, FUTURE_TICK)
        } else {
            let priced = self.priced_on(listed, session, minute, temper.growth, spot);
            (priced.price, priced.delta, priced.price * OPTION_BOUNCE, OPTION_TICK)
        };
        let prints =
            forwards.map(|forward| on_tick(price + delta * (forward - last) + bounce * draws.normal(), tick));
        of_prints(prints, lots)
    }

    pub fn priced(&self, listed: &Listed, session: SessionIndex, minute: usize) -> Priced {
        let of_day = self.sessions.get(session);
        let spot = self.path.day(session, of_day.minutes());
        self.priced_on(listed, session, minute, self.chain.forward_growth(of_day.day), &spot)
    }

    fn priced_on(
        &self,
        listed: &Listed,
        session: SessionIndex,
        minute: usize,
        growth: f64,
        spot: &DayPath,
    ) -> Priced {
        let now = spot.minutes[minute][3];
        let along = minute as f64 / spot.minutes.len() as f64;
        let sessions = self.chain.sessions_left(session) as f64 + 1.0 - along;
        let at_the_money = self.path.volatility_at(session, along, now, sessions);
        let (forward, years) = (now * growth, sessions / SESSIONS_A_YEAR);
        let strike = listed.strike_paise as f64 / 100.0;
        let OptionValue { price, volatility, delta } =
            option_value(listed.kind, forward, strike, years, at_the_money);
        Priced { forward, delta, price, volatility, years }
    }
}

/// A minute of one lot is one print, of two or three lots two; more show the whole path.
fn of_prints(prints: [i64; 4], lots: i64) -> Prices {
    let seen: &[i64] = match lots {
        1 => &prints[3..],
        2..=3 => &[prints[1], prints[3]],
        _ => &prints,
    };
    let highest = seen.iter().copied().fold(i64::MIN, i64::max);
    let lowest = seen.iter().copied().fold(i64::MAX, i64::min);
    let price = |paise| Price::from(Paise(paise));
    Prices { open: price(seen[0]), high: price(highest), low: price(lowest), close: price(prints[3]) }
}

impl OpenInterest {
    /// Moves towards the day's aim when a new three minutes have begun, by no more than was traded.
    fn step(&mut self, session: SessionIndex, minute: usize, minutes: usize, aim: i64, draws: &mut Draws) {
        let now = (session, minute / INTEREST_STEP_MINUTES);
        if self.stepped_at == Some(now) {
            return;
        }
        self.stepped_at = Some(now);
        let steps_left = (minutes - 1) / INTEREST_STEP_MINUTES - now.1;
        let missing = aim - self.held;
        let wanted = if steps_left == 0 {
            missing
        } else {
            let noise = self.traded as f64 * 0.25 * draws.normal();
            (missing as f64 / steps_left as f64 * 1.5 + noise) as i64
        };
        let change = wanted.clamp(-self.traded, self.traded).max(-self.held);
        self.held += change;
        self.traded = 0;
    }
}

/// The captured minutes as points of the spot that the future stands above.
pub fn spot_of_captured(capture: &Capture, growth: f64) -> Vec<MinutePoints> {
    capture
        .candles
        .iter()
        .map(|row| {
            let [open, high, low, close] =
                [row.prices.open, row.prices.high, row.prices.low, row.prices.close]
                    .map(|price| price.to_rupees() / growth);
            // A rising minute most likely dipped first.
            if close >= open { [open, low, high, close] } else { [open, high, low, close] }
        })
        .collect()
}
