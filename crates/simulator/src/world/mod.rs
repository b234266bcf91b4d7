//! The simulated market: a pure function of a seed. What is asked for is made then and kept for a while;
//! nothing depends on the order of questions, on the machine, or on the day that the simulator lives on,
//! except where data end.

pub mod aggregate;
mod cache;
pub mod catalogue;
pub mod chain;
pub mod expiries;
pub mod history;
mod life;
mod liquidity;
mod numeric;
mod path;
mod pricing;
mod sessions;
mod volatility;

use std::sync::Arc;

use market::{
    Candle, ContractKind, Day, DayRange, EpochSeconds, ExpiredKey, Interval, Price, Prices, Segment,
};

use self::cache::Bounded;
use self::catalogue::{UnderlyingSpec, date_number, underlyings};
use self::chain::{Chain, ChainMaker, Listed};
use self::expiries::{Expiry, FLOOR, expiries};
use self::history::{History, HistoryUnit};
use self::life::{LifeMaker, spot_of_captured};
use self::path::{PinnedDay, SpotPath};
use self::sessions::Sessions;
use crate::capture::Capture;

pub use self::life::Priced;
pub use self::numeric::Draws;
pub use self::pricing::{FUTURE_TICK, OPTION_TICK};

/// A chain weighs about 20 kB.
const CHAINS_KEPT_MAX: usize = 256;
/// The longest life weighs 1.3 MB, most a tenth of it.
const LIVES_KEPT_MAX: usize = 16;
/// Expiries are known this far beyond the simulator's day, for the live rows of the instrument master.
const DAYS_AHEAD: i64 = 120;

pub struct WorldOptions {
    pub today: Day,
    pub seed: u64,
    pub strikes_each_side_max: Option<u64>,
}

pub struct World {
    options: WorldOptions,
    capture: Capture,
    sessions: Sessions,
    markets: Vec<UnderlyingMarket>,
    chains: Bounded<(u64, Day), Chain>,
    lives: Bounded<(u64, Day, u32), Vec<Candle>>,
}

/// One underlying with its prices and its expiries to beyond today.
pub struct UnderlyingMarket {
    pub spec: &'static UnderlyingSpec,
    path: SpotPath,
    expiries: Vec<Expiry>,
}

/// A contract found by its expired key.
pub struct Found<'a> {
    pub market: &'a UnderlyingMarket,
    pub chain: Arc<Chain>,
    pub listed: Listed,
}

impl World {
    /// `None` only if the captures compiled in do not parse, which a test rules out.
    pub fn new(options: WorldOptions) -> Option<Self> {
        let capture = Capture::parse()?;
        let known_to = options.today.plus_days(DAYS_AHEAD);
        let sessions = Sessions::between(Day::new(2022, 1, 1)?, known_to.max(capture.expiry));
        let markets = underlyings()
            .iter()
            .map(|spec| UnderlyingMarket {
                spec,
                path: SpotPath::new(
                    spec,
                    options.seed,
                    &sessions,
                    pinned_day(spec, &capture, &sessions, options.seed),
                ),
                // The last session may lie before a rule day that nobody can trade on yet.
                expiries: expiries(spec, known_to.plus_days(-10)),
            })
            .collect();
        let (chains, lives) = (Bounded::new(CHAINS_KEPT_MAX), Bounded::new(LIVES_KEPT_MAX));
        Some(Self { options, capture, sessions, markets, chains, lives })
    }

    pub fn today(&self) -> Day {
        self.options.today
    }

    pub fn markets(&self) -> &[UnderlyingMarket] {
        &self.markets
    }

    pub fn market(&self, key: &str) -> Option<&UnderlyingMarket> {
        self.markets.iter().find(|market| market.spec.key == key)
    }

    /// Expired before today; with `also_today`, those of today as well. Ascending.
    pub fn expired<'a>(
        &self,
        market: &'a UnderlyingMarket,
        also_today: bool,
    ) -> impl Iterator<Item = Expiry> + 'a {
        let today = self.options.today;
        market
            .expiries
            .iter()
            .copied()
            .filter(move |expiry| expiry.day < today || also_today && expiry.day == today)
    }

    /// Not expired yet, ascending.
    pub fn live<'a>(&self, market: &'a UnderlyingMarket) -> impl Iterator<Item = Expiry> + 'a {
        let today = self.options.today;
        market.expiries.iter().copied().filter(move |expiry| expiry.day >= today)
    }

    pub fn chain(&self, market: &UnderlyingMarket, expiry: Expiry) -> Arc<Chain> {
        self.chains.get_or_make((market.spec.slot, expiry.day), || {
            let maker = ChainMaker {
                spec: market.spec,
                path: &market.path,
                sessions: &self.sessions,
                capture: &self.capture,
                seed: self.options.seed,
                strikes_each_side_max: self.options.strikes_each_side_max,
            };
            maker.make(expiry)
        })
    }

    /// The expired contract of a key, if there was one.
    pub fn find(&self, segment: Segment, token: &str, expiry: Day, also_today: bool) -> Option<Found<'_>> {
        let token: u32 = token.parse().ok().filter(|number: &u32| number.to_string() == token)?;
        self.markets.iter().filter(|market| market.spec.derivatives == segment.as_str()).find_map(|market| {
            let expiry = self.expired(market, also_today).find(|listed| listed.day == expiry)?;
            let chain = self.chain(market, expiry);
            let listed = chain.find(token)?.clone();
            Some(Found { market, chain, listed })
        })
    }

    pub fn is_future(&self, key: &str) -> bool {
        let Ok(key) = key.parse::<ExpiredKey>() else { return false };
        let found = self.find(key.segment(), key.exchange_token(), key.date(), true);
        found.is_some_and(|found| found.listed.kind == ContractKind::Future)
    }

    /// The next expiry that has expired too.
    pub fn expiry_after(&self, market: &UnderlyingMarket, expiry: Day) -> Option<Expiry> {
        self.expired(market, false).find(|other| other.day > expiry)
    }

    /// Every second minute of the sessions of a contract's life, within the asked days.
    pub fn placeholders(&self, found: &Found<'_>, days: DayRange) -> Vec<Candle> {
        let nothing = Prices { open: Price(0), high: Price(0), low: Price(0), close: Price(0) };
        let first = self.sessions.range(days.from(), days.to()).start.max(found.listed.birth.session);
        let last = self.sessions.range(days.from(), days.to()).end.min(found.chain.last + 1);
        let of_session = |session| {
            let session = self.sessions.get(session);
            let minutes = (0..session.minutes()).step_by(2);
            minutes.map(|minute| Candle {
                start: session.day.at_minute(session.minute_of_day(minute)),
                prices: nothing,
                volume: 0,
                open_interest: 0,
            })
        };
        (first..last).flat_map(of_session).collect()
    }

    /// The truth about an expired contract, oldest first, from the broker's floor on.
    pub fn candles(&self, found: &Found<'_>, interval: Interval, days: DayRange) -> Vec<Candle> {
        let life = self.life(found);
        let first =
            life.partition_point(|row| row.start < days.from().start() || is_below_floor(row.start.day()));
        let last = life.partition_point(|row| row.start < days.to().next().start());
        let tick = if found.listed.kind == ContractKind::Future { FUTURE_TICK } else { OPTION_TICK };
        aggregate::aggregate(life.get(first..last).unwrap_or_default(), interval, tick)
    }

    fn life(&self, found: &Found<'_>) -> Arc<Vec<Candle>> {
        let (spec, chain) = (found.market.spec, &found.chain);
        self.lives.get_or_make((spec.slot, chain.expiry.day, found.listed.token), || {
            self.life_maker(found).make(&found.listed)
        })
    }

    fn life_maker<'a>(&'a self, found: &'a Found<'_>) -> LifeMaker<'a> {
        let (spec, chain) = (found.market.spec, &found.chain);
        let is_captured = found.listed.kind == ContractKind::Future
            && spec.slot == 0
            && chain.expiry.day == self.capture.expiry;
        LifeMaker {
            spec,
            path: &found.market.path,
            sessions: &self.sessions,
            chain,
            seed: self.options.seed,
            captured: is_captured.then_some(&self.capture),
        }
    }

    /// What an option is priced with at the end of a minute, whether it traded or not; `None` of a future, and outside
    /// sessions.
    pub fn priced(&self, found: &Found<'_>, minute: EpochSeconds) -> Option<Priced> {
        let index = self.sessions.range(minute.day(), minute.day()).next()?;
        let session = self.sessions.get(index);
        let place = (0..session.minutes())
            .find(|place| session.day.at_minute(session.minute_of_day(*place)) == minute)?;
        let is_option = found.listed.kind != ContractKind::Future && index <= found.chain.last;
        is_option.then(|| self.life_maker(found).priced(&found.listed, index, place))
    }

    /// Candles of the underlying itself up to yesterday, oldest first.
    pub fn history(&self, market: &UnderlyingMarket, unit: HistoryUnit, days: DayRange) -> Vec<Candle> {
        let last = days.to().min(self.options.today.previous());
        let history = History {
            spec: market.spec,
            path: &market.path,
            sessions: &self.sessions,
            seed: self.options.seed,
        };
        history.candles(unit, self.sessions.range(days.from(), last))
    }

    /// Last price of the underlying before today, in rupees.
    pub fn spot_before_today(&self, market: &UnderlyingMarket) -> f64 {
        market.path.previous_close(self.sessions.on_or_after(self.options.today))
    }

    /// Whether a contract can be seen on the day that the simulator lives on.
    pub fn is_listed_today(&self, listed: &Listed) -> bool {
        listed.birth.session < self.sessions.on_or_after(self.options.today)
    }
}

fn is_below_floor(day: Day) -> bool {
    date_number(day) < FLOOR
}

fn pinned_day(spec: &UnderlyingSpec, capture: &Capture, sessions: &Sessions, seed: u64) -> Option<PinnedDay> {
    if spec.key != crate::capture::UNDERLYING_KEY {
        return None;
    }
    let carry = pricing::carry(spec, seed, capture.expiry, capture.expiry);
    let growth = pricing::growth(carry, capture.candle_day, capture.expiry);
    let session = sessions.on_or_after(capture.candle_day);
    Some(PinnedDay { session, minutes: spot_of_captured(capture, growth) })
}
