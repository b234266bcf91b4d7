//! A day of an expiry in memory: how everything stood when it began, and its minutes in order. A chain of any of its
//! minutes is made from it without asking the database.

use analytics::{CandleOf, ChainState, ListedOption, NoForward, Quote, Side, Terms, Trade};
use market::{
    Candle, Contract, ContractKind, Day, EpochSeconds, ExpiredKey, InstrumentKey, Paise, Strike,
    TradingCalendar, UnderlyingKind,
};
use protocol::ChainPicture;
use store::{ContractDay, ExpiryMinutes};

use super::picture::picture;
use crate::names::counted;

/// See the module.
#[derive(Clone, Debug)]
pub struct ExpiryDay {
    pub underlying: InstrumentKey,
    pub expiry: Day,
    pub day: Day,
    /// The options whose minutes of the day were asked for, in the order in which the state knows them.
    options: Vec<Contract>,
    future: Option<Contract>,
    /// Listed options that were not asked for on the day.
    pub not_collected: u32,
    /// Whether any contract of the expiry was asked for on the day, whatever came of it.
    was_collected: bool,
    /// The future is listed, and was not asked for on the day.
    future_not_collected: bool,
    /// As it was when the day began.
    opening: ChainState,
    /// By minute, oldest first.
    minutes: Vec<(CandleOf, Candle)>,
    /// Of the underlying itself, oldest first.
    own: Vec<Candle>,
}

impl ExpiryDay {
    pub(crate) fn new(
        underlying: InstrumentKey,
        kind: UnderlyingKind,
        expiry: Day,
        day: Day,
        terms: Terms,
        stored: ExpiryMinutes,
    ) -> Self {
        let mut of = Self {
            underlying,
            expiry,
            day,
            options: Vec::new(),
            future: None,
            not_collected: 0,
            was_collected: false,
            future_not_collected: false,
            opening: ChainState::new(terms, day.start(), &[]),
            minutes: Vec::new(),
            own: Vec::new(),
        };
        let (mut quotes, mut future) = (Vec::new(), None);
        let mut not_asked: Vec<Strike> = Vec::new();
        for contract in stored.contracts {
            let last = contract.last.map(|(price, at)| Trade { price, at });
            of.was_collected |= contract.was_asked;
            let candle_of = match listed(&contract.stored.contract) {
                Some(option) if !contract.was_asked => {
                    of.not_collected += 1;
                    not_asked.push(option.strike);
                    continue;
                }
                Some(option) => {
                    quotes.push(quote(option, last, &contract));
                    of.options.push(contract.stored.contract);
                    CandleOf::Option(quotes.len() - 1)
                }
                None => {
                    future = last;
                    of.future_not_collected = !contract.was_asked;
                    of.future = Some(contract.stored.contract);
                    CandleOf::Future
                }
            };
            of.minutes.extend(contract.candles.into_iter().map(|candle| (candle_of, candle)));
        }
        of.minutes.extend(stored.underlying.iter().map(|candle| (CandleOf::Spot, *candle)));
        of.own = stored.underlying;
        of.minutes.sort_by_key(|(_, candle)| candle.start);
        let opening = ChainState::of_quotes(terms, day.start(), quotes, future, None).with_listed(not_asked);
        of.opening = if kind == UnderlyingKind::Stock { opening.of_share() } else { opening };
        of
    }

    /// As everything stood at the end of a minute of the day.
    pub fn state_at(&self, at: EpochSeconds) -> ChainState {
        let mut state = self.opening.clone();
        state.advance(at, self.until(at));
        state
    }

    /// From the day's beginning, minute by minute.
    pub fn walk(&self) -> DayWalk<'_> {
        DayWalk { day: self, state: self.opening.clone(), taken: 0 }
    }

    /// How everything stood when the day began.
    pub(crate) fn opening(&self) -> &ChainState {
        &self.opening
    }

    /// The rows of every minute, oldest first.
    pub(crate) fn rows(&self) -> &[(CandleOf, Candle)] {
        &self.minutes
    }

    /// The candles of the underlying itself, oldest first.
    pub(crate) fn own(&self) -> &[Candle] {
        &self.own
    }

    /// The options, in the order in which the state knows them.
    pub(crate) fn options(&self) -> &[Contract] {
        &self.options
    }

    /// The state at each of some minutes, in ascending order.
    pub fn states(&self, minutes: impl Iterator<Item = EpochSeconds>, mut see: impl FnMut(&ChainState)) {
        let mut walk = self.walk();
        for at in minutes {
            see(walk.to(at));
        }
    }

    /// A sentence, where totals are without options.
    pub(crate) fn not_collected_words(&self) -> Option<String> {
        not_collected_words(self.not_collected, "this day")
    }

    /// Whether anything of the expiry is known of the day. The underlying's own minutes are stored by whole months, and say
    /// nothing of it.
    pub(crate) fn was_collected(&self) -> bool {
        self.was_collected
    }

    /// Why there is no forward.
    pub(crate) fn no_forward_words(&self, why: NoForward) -> String {
        no_forward_words(why, self.future_not_collected)
    }

    /// As everybody shows it.
    pub(crate) fn picture(&self, state: &ChainState) -> ChainPicture {
        picture(self, &state.snapshot().chain())
    }

    /// The minutes of the day's sessions from its first candle to its last, and whatever others have a candle; oldest
    /// first.
    pub fn session_minutes(&self) -> Vec<EpochSeconds> {
        self.span().map_or(Vec::new(), |span| self.minutes_within(span))
    }

    /// All minutes of the day's sessions, and whatever others have a candle; where its hours are not known, those alone.
    pub(crate) fn whole_session_minutes(&self) -> Vec<EpochSeconds> {
        self.minutes_within((self.day.start(), EpochSeconds(self.day.next().start().0 - 1)))
    }

    /// The same from one minute to another, whatever of them is here.
    pub(crate) fn minutes_within(&self, (first, last): (EpochSeconds, EpochSeconds)) -> Vec<EpochSeconds> {
        let calendar = TradingCalendar::bundled().day(self.day);
        let of_sessions = calendar.windows().iter().flat_map(|window| window.open..window.close);
        let of_sessions = of_sessions.map(|minute| self.day.at_minute(minute));
        let of_candles = self.minutes.iter().map(|(_, candle)| candle.start);
        let within = |at: &EpochSeconds| (first..=last).contains(at);
        let mut minutes: Vec<EpochSeconds> = of_sessions.chain(of_candles).filter(within).collect();
        minutes.sort_unstable();
        minutes.dedup();
        minutes
    }

    /// Its first and its last minute with a candle.
    pub fn span(&self) -> Option<(EpochSeconds, EpochSeconds)> {
        Some((self.minutes.first()?.1.start, self.minutes.last()?.1.start))
    }

    /// An option by its place in the state.
    pub fn option(&self, place: usize) -> Option<&Contract> {
        self.options.get(place)
    }

    /// Where the state has an option.
    pub fn place_of(&self, key: &ExpiredKey) -> Option<usize> {
        self.options.iter().position(|option| option.expired_key == *key)
    }

    /// The future of the expiry, where it is listed.
    pub fn future(&self) -> Option<&Contract> {
        self.future.as_ref()
    }

    /// Whether call and put of a strike were asked for on the day.
    pub(crate) fn is_collected(&self, strike: Strike) -> bool {
        let has =
            |kind: ContractKind| self.options.iter().any(|of| of.strike == Some(strike) && of.kind == kind);
        has(ContractKind::Call) && has(ContractKind::Put)
    }

    /// Strikes of which an option was asked for on the day.
    pub fn strikes(&self) -> usize {
        self.options.chunk_by(|one, next| one.strike == next.strike).count()
    }

    fn until(&self, at: EpochSeconds) -> &[(CandleOf, Candle)] {
        &self.minutes[..self.minutes.partition_point(|(_, candle)| candle.start <= at)]
    }
}

/// A day that is walked through, forwards.
pub struct DayWalk<'d> {
    day: &'d ExpiryDay,
    state: ChainState,
    /// Rows that are in the state.
    taken: usize,
}

impl DayWalk<'_> {
    /// As everything stood at the end of a minute that does not lie before the last one.
    pub fn to(&mut self, at: EpochSeconds) -> &ChainState {
        let until = self.day.until(at).len();
        self.state.advance(at, &self.day.minutes[self.taken.min(until)..until]);
        self.taken = until;
        &self.state
    }
}

/// A sentence, where options of an expiry were not collected for some days: `this day`.
pub(crate) fn not_collected_words(options: u32, days: &str) -> Option<String> {
    let was = if options == 1 { "was" } else { "were" };
    let options = (options > 0).then(|| counted(options.into(), "option"));
    options.map(|options| format!("{options} of this expiry {was} not collected for {days}."))
}

/// A sentence. Of a future that was not asked for nobody knows whether it was traded.
pub(crate) fn no_forward_words(why: NoForward, future_not_collected: bool) -> String {
    match future_not_collected {
        true => why.words("the expiry's future was not collected for this day"),
        false => why.to_string(),
    }
}

/// `None` for a future.
pub(crate) fn listed(contract: &Contract) -> Option<ListedOption> {
    let (side, strike) = (Side::of(contract.kind)?, contract.strike?);
    Some(ListedOption { strike, side, tick: Paise(contract.tick_size), lot: contract.lot_size })
}

fn quote(option: ListedOption, last: Option<Trade>, of: &ContractDay) -> Quote {
    Quote {
        last,
        previous_close: last.map(|trade| trade.price),
        previous_open_interest: of.previous_open_interest,
        open_interest: of.open_interest,
        ..Quote::new(option)
    }
}
