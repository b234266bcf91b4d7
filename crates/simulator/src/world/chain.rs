//! The contracts of one expiry: a ladder of strikes around the spot at listing, new strikes as the spot
//! moves, a future on monthly expiries, and the few options that will never trade. Refuses to know prices
//! of contracts; it looks at the spot only.

use std::collections::BTreeMap;

use market::{ContractKind, Day};

use super::catalogue::UnderlyingSpec;
use super::expiries::Expiry;
use super::numeric::{Draws, ln};
use super::path::SpotPath;
use super::pricing::{carry, growth};
use super::sessions::{SessionIndex, Sessions};
use crate::capture::{Capture, FUTURE_TOKEN};

/// Tokens of a segment are handed out in blocks, so that two underlyings of one expiry never share one.
/// All blocks of NSE end below the captured tokens (64103, 71697 to 72361).
const NSE_TOKENS_FROM: u32 = 30_000;
const BSE_TOKENS_FROM: u32 = 830_000;
const TOKEN_BLOCK: u32 = 3_000;
const TOKEN_OFFSET_MAX: u64 = 1_900;
/// The spot may come this many strikes nearer to the ladder's end before strikes are added overnight …
const SLACK: i64 = 12;
/// … and this many before they are added within the day.
const SLACK_WITHIN_DAY: i64 = 20;
/// Standard deviations are measured over at least this many sessions, so that the wings stay busy at the end.
const DEVIATION_SESSIONS_MIN: f64 = 5.0;

/// From when a contract can trade: a minute of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Birth {
    pub session: SessionIndex,
    pub minute: usize,
}

#[derive(Clone, Debug)]
pub struct Listed {
    pub kind: ContractKind,
    /// Nought for a future.
    pub strike_paise: i64,
    pub token: u32,
    pub birth: Birth,
    /// False for an option that nobody ever trades.
    pub trades: bool,
}

pub struct Chain {
    pub expiry: Expiry,
    pub listing: SessionIndex,
    /// The expiry's own session.
    pub last: SessionIndex,
    pub carry: f64,
    /// As listed on the wire: strikes ascending, put before call [OBS S3].
    pub options: Vec<Listed>,
    /// On monthly expiries only [OBS S7].
    pub future: Option<Listed>,
}

/// Everything a chain is made from.
pub struct ChainMaker<'a> {
    pub spec: &'a UnderlyingSpec,
    pub path: &'a SpotPath,
    pub sessions: &'a Sessions,
    pub capture: &'a Capture,
    pub seed: u64,
    /// For small markets in tests: at most so many strikes each side and no new ones.
    pub strikes_each_side_max: Option<u64>,
}

impl Chain {
    pub fn sessions_left(&self, session: SessionIndex) -> usize {
        self.last.saturating_sub(session)
    }

    pub fn find(&self, token: u32) -> Option<&Listed> {
        self.future.iter().chain(&self.options).find(|listed| listed.token == token)
    }

    pub fn forward_growth(&self, day: Day) -> f64 {
        growth(self.carry, day, self.expiry.day)
    }

    /// Distance out of the money in standard deviations to expiry; negative in the money.
    pub fn deviations_out(
        &self,
        listed: &Listed,
        forward: f64,
        volatility: f64,
        session: SessionIndex,
    ) -> f64 {
        let sessions = (self.sessions_left(session) as f64 + 1.0).max(DEVIATION_SESSIONS_MIN);
        let deviation = volatility * (sessions / 252.0).sqrt();
        let above = ln(listed.strike_paise as f64 / 100.0 / forward) / deviation;
        if listed.kind == ContractKind::Put { -above } else { above }
    }
}

impl ChainMaker<'_> {
    pub fn make(&self, expiry: Expiry) -> Chain {
        let mut draws =
            Draws::of(&[self.seed, 6, self.spec.slot, expiry.day.days_since_1970().unsigned_abs()]);
        let last = self.sessions.on_or_after(expiry.day);
        let listing = self.listing(expiry, &mut draws);
        let captured = self.spec.slot == 0 && expiry.day == self.capture.expiry;
        let token = self.token_base() + draws.below(TOKEN_OFFSET_MAX) as u32;
        let mut chain = Chain {
            expiry,
            listing,
            last,
            carry: carry(self.spec, self.seed, expiry.day, self.capture.expiry),
            options: Vec::new(),
            future: (!expiry.weekly).then_some(Listed {
                kind: ContractKind::Future,
                strike_paise: 0,
                token: if captured { FUTURE_TOKEN } else { token },
                birth: Birth { session: listing, minute: 0 },
                trades: true,
            }),
        };
        chain.options = if captured {
            self.captured_options(&chain)
        } else {
            self.generated_options(&chain, token + 1, &mut draws)
        };
        self.mark_dead(&mut chain, &mut draws);
        chain
    }

    /// Weeklies are listed 29 to 42 days before they expire, monthlies 88 to 97.
    fn listing(&self, expiry: Expiry, draws: &mut Draws) -> SessionIndex {
        let days = if expiry.weekly { 35 + draws.below(8) } else { 93 + draws.below(5) };
        self.sessions.on_or_after(expiry.day.plus_days(-(days as i64)))
    }

    fn token_base(&self) -> u32 {
        let from = if self.spec.exchange == "NSE" { NSE_TOKENS_FROM } else { BSE_TOKENS_FROM };
        from + self.spec.slot as u32 * TOKEN_BLOCK
    }

    /// The number of the strike nearest to a price in rupees.
    fn strike_number(&self, rupees: f64) -> i64 {
        (rupees * 100.0 / self.spec.strike_step_paise as f64).round() as i64
    }

    fn generated_options(&self, chain: &Chain, first_token: u32, draws: &mut Draws) -> Vec<Listed> {
        let width = 0.86 + 0.22 * draws.unit() + if chain.expiry.weekly { 0.0 } else { 0.06 };
        let reach = (self.spec.reach as f64 * width).round() as i64;
        let births = match self.strikes_each_side_max {
            Some(most) => self.ladder(chain, reach.min(most as i64), false),
            None => self.ladder(chain, reach, true),
        };
        // Tokens in the order of listing, call before put, as in the capture.
        let mut in_order: Vec<_> = births.iter().map(|(number, birth)| (*birth, *number)).collect();
        in_order.sort();
        let place: BTreeMap<i64, u32> =
            in_order.iter().enumerate().map(|(place, (_, number))| (*number, place as u32)).collect();
        births
            .iter()
            .flat_map(|(number, birth)| {
                [(ContractKind::Put, 1), (ContractKind::Call, 0)].map(|(kind, side)| Listed {
                    kind,
                    strike_paise: number * self.spec.strike_step_paise,
                    token: first_token + 2 * place[number] + side,
                    birth: *birth,
                    trades: true,
                })
            })
            .collect()
    }

    /// Strike numbers with their births.
    fn ladder(&self, chain: &Chain, reach: i64, grows: bool) -> BTreeMap<i64, Birth> {
        let centre = self.strike_number(self.path.previous_close(chain.listing));
        let (mut lowest, mut highest) = ((centre - reach).max(1), centre + reach);
        let at_listing = Birth { session: chain.listing, minute: 0 };
        let mut births: BTreeMap<i64, Birth> =
            (lowest..=highest).map(|number| (number, at_listing)).collect();
        if !grows {
            return births;
        }
        let mut extend = |low: i64, high: i64, birth: Birth| {
            births.extend((low.max(1)..lowest).chain(highest + 1..=high).map(|number| (number, birth)));
            lowest = lowest.min(low.max(1));
            highest = highest.max(high);
        };
        for session in chain.listing + 1..chain.last {
            let centre = self.strike_number(self.path.previous_close(session));
            let kept = reach - SLACK;
            extend(centre - kept, centre + kept, Birth { session, minute: 0 });
            let kept = (reach - SLACK_WITHIN_DAY).max(1);
            let day = self.path.day(session, self.sessions.get(session).minutes());
            let (low, high) = (self.strike_number(day.low()), self.strike_number(day.high()));
            // Listed after the extreme that called for it.
            let extreme = |points: &[f64; 4]| {
                points.iter().any(|point| [low, high].contains(&self.strike_number(*point)))
            };
            let minute = day.minutes.iter().position(extreme).unwrap_or(0);
            extend(low - kept, high + kept, Birth { session, minute });
        }
        births
    }

    /// The captured ladder, each strike born when the spot first came near enough.
    fn captured_options(&self, chain: &Chain) -> Vec<Listed> {
        let reach = self.spec.reach as i64;
        let birth = |strike_paise: i64| {
            let number = strike_paise / self.spec.strike_step_paise;
            (chain.listing..chain.last)
                .find(|session| {
                    (number - self.strike_number(self.path.previous_close(*session))).abs() <= reach
                })
                .map_or(Birth { session: chain.listing, minute: 0 }, |session| Birth { session, minute: 0 })
        };
        let options = self.capture.options.iter();
        options
            .map(|option| Listed {
                kind: option.kind,
                strike_paise: option.strike_paise,
                token: option.token,
                birth: birth(option.strike_paise),
                trades: true,
            })
            .collect()
    }

    /// 1 to 3 % of an index's options and 10 to 20 % of a stock's never trade: those deepest in the money.
    fn mark_dead(&self, chain: &mut Chain, draws: &mut Draws) {
        let share = if self.spec.is_index { 0.01 + 0.02 * draws.unit() } else { 0.10 + 0.10 * draws.unit() };
        let dead = (chain.options.len() as f64 * share).round() as usize;
        let mut depth: Vec<(f64, usize)> = chain
            .options
            .iter()
            .enumerate()
            .map(|(place, listed)| (self.depth_out(chain, listed), place))
            .collect();
        depth.sort_by(|one, other| one.0.total_cmp(&other.0));
        for (_, place) in depth.into_iter().take(dead) {
            chain.options[place].trades = false;
        }
    }

    /// Mean distance out of the money over the contract's life, sampled once a week.
    fn depth_out(&self, chain: &Chain, listed: &Listed) -> f64 {
        let sampled: Vec<f64> = (listed.birth.session..=chain.last)
            .step_by(5)
            .map(|session| {
                let growth = chain.forward_growth(self.sessions.get(session).day);
                let forward = self.path.previous_close(session) * growth;
                chain.deviations_out(listed, forward, self.path.volatility(session), session)
            })
            .collect();
        sampled.iter().sum::<f64>() / sampled.len().max(1) as f64
    }
}
