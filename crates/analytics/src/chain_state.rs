//! An expiry as a day is played: what is known of each option, advanced by the candles of a minute. A minute costs
//! its candles and nothing more; what is read of it is computed in `snapshot` and `chain` when it is asked for.
//!
//! Time only goes forward here. Whoever goes back begins anew, from the quotes of the evening before.

use std::ops::Range;

use market::{Candle, EpochSeconds, Strike};

use crate::settlement::DayClock;
use crate::{ListedOption, Quote, Rate, Settlement, Side, Snapshot, Trade};

/// What everything computed of an expiry rests on, besides its prices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    pub settlement: Settlement,
    pub rate: Rate,
}

/// Whose candle it is; options by their place in the list that the state was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CandleOf {
    Option(usize),
    /// The future of the same expiry.
    Future,
    /// The underlying itself.
    Spot,
}

#[derive(Clone, Debug)]
pub struct ChainState {
    terms: Terms,
    at: EpochSeconds,
    clock: DayClock,
    future: Option<Trade>,
    spot: Option<Trade>,
    /// Whether the spot is a share's, which is held against the forward before it is believed.
    is_of_share: bool,
    /// By strike and side, each with its place in the caller's list.
    quotes: Vec<(usize, Quote)>,
    /// Where an option of the caller's list stands in `quotes`.
    places: Vec<usize>,
    rungs: Vec<Rung>,
    /// Every listed strike, upwards.
    listed: Vec<Strike>,
}

/// A strike with where its options stand in `quotes`: more than one a side where a demerger or a split made twins.
#[derive(Clone, Debug)]
struct Rung {
    strike: Strike,
    calls: Range<usize>,
    puts: Range<usize>,
}

/// An option that was traded, as it stands now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traded<'s> {
    /// Its place in the list that the state was made of.
    pub option: usize,
    pub quote: &'s Quote,
    pub last: Trade,
}

impl ChainState {
    /// Before anything was traded.
    pub fn new(terms: Terms, at: EpochSeconds, options: &[ListedOption]) -> Self {
        Self::of_quotes(terms, at, options.iter().copied().map(Quote::new).collect(), None, None)
    }

    /// As everything stood at the end of the minute `at`. A trade of later is not known yet, and one for nothing is
    /// none.
    pub fn of_quotes(
        terms: Terms,
        at: EpochSeconds,
        quotes: Vec<Quote>,
        future: Option<Trade>,
        spot: Option<Trade>,
    ) -> Self {
        let known = |trade: Trade| trade.at <= at && trade.price.0 > 0;
        let known_alone = |quote: Quote| Quote { last: quote.last.filter(|trade| known(*trade)), ..quote };
        let [future, spot] = [future, spot].map(|trade| trade.filter(|trade| known(*trade)));
        let mut quotes: Vec<(usize, Quote)> = quotes.into_iter().map(known_alone).enumerate().collect();
        quotes.sort_by_key(|(given, quote)| (quote.option.strike, quote.option.side, *given));
        let mut places = vec![0; quotes.len()];
        for (place, (given, _)) in quotes.iter().enumerate() {
            places[*given] = place;
        }
        let rungs = rungs(&quotes);
        let listed = rungs.iter().map(|rung| rung.strike).collect();
        let clock = DayClock::of(at.day(), terms.settlement);
        Self { terms, at, clock, future, spot, is_of_share: false, quotes, places, rungs, listed }
    }

    /// With strikes that are listed beside those of its options, and of which no more is known.
    pub fn with_listed(mut self, strikes: impl IntoIterator<Item = Strike>) -> Self {
        self.listed.extend(strikes);
        self.listed.sort_unstable();
        self.listed.dedup();
        self
    }

    /// Of a share, whose stored prices are divided after a bonus or a split.
    pub fn of_share(self) -> Self {
        Self { is_of_share: true, ..self }
    }

    /// To the end of the minute `at`, by the candles since the last one, oldest first. Candles that begin after `at`
    /// are not known yet and are passed over, as are options that the list has not. A minute that lies before the
    /// present one changes nothing.
    pub fn advance(&mut self, at: EpochSeconds, candles: &[(CandleOf, Candle)]) {
        if at < self.at {
            return;
        }
        for (of, candle) in candles.iter().filter(|(_, candle)| candle.start <= at) {
            self.be_on_the_day_of(candle.start);
            self.take(*of, candle);
        }
        self.be_on_the_day_of(at);
        self.at = at;
    }

    /// The minute as it can be read.
    pub fn snapshot(&self) -> Snapshot<'_> {
        Snapshot::of(self)
    }

    fn take(&mut self, of: CandleOf, candle: &Candle) {
        match of {
            CandleOf::Option(given) => {
                if let Some(place) = self.places.get(given) {
                    self.quotes[*place].1.take(candle);
                }
            }
            CandleOf::Future => self.future = Trade::of(candle).or(self.future),
            CandleOf::Spot => self.spot = Trade::told_by(candle).or(self.spot),
        }
    }

    fn be_on_the_day_of(&mut self, moment: EpochSeconds) {
        if self.clock.holds(moment) || moment.day() < self.clock.day() {
            return;
        }
        self.clock = DayClock::of(moment.day(), self.terms.settlement);
        for (_, quote) in &mut self.quotes {
            quote.begin_session();
        }
    }
}

/// What `snapshot` and `chain` read.
impl ChainState {
    pub(crate) fn terms(&self) -> Terms {
        self.terms
    }

    pub(crate) fn at(&self) -> EpochSeconds {
        self.at
    }

    pub(crate) fn clock(&self) -> &DayClock {
        &self.clock
    }

    pub(crate) fn future(&self) -> Option<Trade> {
        self.future
    }

    pub(crate) fn spot(&self) -> Option<Trade> {
        self.spot
    }

    pub(crate) fn is_of_share(&self) -> bool {
        self.is_of_share
    }

    /// Every listed strike, upwards, whatever is known of it.
    pub(crate) fn listed(&self) -> &[Strike] {
        &self.listed
    }

    /// Strikes with options that the state was made of.
    pub(crate) fn rung_count(&self) -> usize {
        self.rungs.len()
    }

    pub(crate) fn strike(&self, rung: usize) -> Strike {
        self.rungs[rung].strike
    }

    pub(crate) fn rung_of(&self, strike: Strike) -> Option<usize> {
        self.rungs.binary_search_by_key(&strike, |rung| rung.strike).ok()
    }

    pub(crate) fn option(&self, option: usize) -> Option<Traded<'_>> {
        let (_, quote) = &self.quotes[*self.places.get(option)?];
        Some(Traded { option, quote, last: quote.last? })
    }

    /// The option of a side; of twins the one that was traded last.
    pub(crate) fn traded(&self, rung: usize, side: Side) -> Option<Traded<'_>> {
        let all = self.all_traded(rung, side);
        all.reduce(|best, next| if next.last.at > best.last.at { next } else { best })
    }

    /// The option of a side, with all its twins.
    pub(crate) fn all_traded(&self, rung: usize, side: Side) -> impl Iterator<Item = Traded<'_>> {
        let all = self.all(rung, side).iter();
        all.filter_map(|(option, quote)| Some(Traded { option: *option, quote, last: quote.last? }))
    }

    /// The open interest of a side of a strike, traded or not; `None` where it is not told of all its contracts.
    pub(crate) fn told_interest(&self, strike: Strike, side: Side) -> Option<i64> {
        let all = self.all(self.rung_of(strike)?, side);
        all.iter().try_fold(0_i64, |sum, (_, quote)| Some(sum.saturating_add(quote.open_interest?)))
    }

    fn all(&self, rung: usize, side: Side) -> &[(usize, Quote)] {
        let Rung { calls, puts, .. } = &self.rungs[rung];
        match side {
            Side::Call => &self.quotes[calls.clone()],
            Side::Put => &self.quotes[puts.clone()],
        }
    }
}

/// `quotes` sorted by strike and side.
fn rungs(quotes: &[(usize, Quote)]) -> Vec<Rung> {
    let mut rungs = Vec::new();
    let mut start = 0;
    for of_strike in quotes.chunk_by(|(_, one), (_, next)| one.option.strike == next.option.strike) {
        let middle = start + of_strike.partition_point(|(_, quote)| quote.option.side == Side::Call);
        let end = start + of_strike.len();
        rungs.push(Rung { strike: of_strike[0].1.option.strike, calls: start..middle, puts: middle..end });
        start = end;
    }
    rungs
}
