//! What an order will cost, before it starts.
//!
//! Candles are counted by contract-day: the days that are missing, by how long before the expiry they lie, times
//! what contracts like these have on such days. The result is a range, as wide as little is known.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use market::{Day, DayRange, EpochSeconds, Interval, Strike, UnderlyingKind};
use protocol::{CandleBasis, CollectOrder, Estimate, EstimateBasis};
use store::{AnsweredContract, ExpiryId, StoredExpiry, UnderlyingId, free_bytes};

use crate::broker::Asking;
use crate::course::Course;
use crate::error::EngineError;
use crate::expired_lists::states_of;
use crate::final_days::{last_final_day, wanted_range};
use crate::jobs::courses::hull;
use crate::jobs::create::{LISTED_BEFORE_MAX, Resolved};
use crate::jobs::density::{Class, Expected, Known, Profile, STRETCHES, expected};
use crate::jobs::estimate_days::{Room, Sessions, bar_minutes, class, profiles};
use crate::jobs::estimate_taken::{Selection, Taken};
use crate::jobs::service::JobService;
use crate::list_evidence;

/// Bytes of a stored candle with its share of the indexes, measured on full databases.
const BYTES_A_CANDLE: f64 = 36.0;
/// Before anything was listed: a weekly expiry of Nifty has 160 to 284 options, median 196; one of a stock about
/// half of that.
const INDEX_OPTIONS_GUESS: u64 = 196;
const STOCK_OPTIONS_GUESS: u64 = 100;
/// Expiries of the order whose stored days are counted.
const OWN_COMPARED_MAX: usize = 12;
/// Others of the same underlying and the same cycle beside them, the newest: hundreds of contracts each, so more say
/// no more.
const OTHERS_COMPARED_MAX: usize = 3;
/// A piece of so few sessions comes back empty as often as a contract has a day without a trade; a longer one
/// only where the contract never trades.
const SHORT_PIECE_SESSIONS: f64 = 5.0;
/// Of the candles: what less rests on is not worth a word.
const WORTH_A_WORD: f64 = 0.25;

/// The least, the likely and the most of something.
#[derive(Clone, Copy, Default)]
struct Counted {
    low: f64,
    likely: f64,
    high: f64,
}

impl Counted {
    fn add(&mut self, taken: Taken) {
        self.low += taken.low;
        self.likely += taken.likely;
        self.high += taken.high;
    }

    fn plus(self, certain: f64) -> [u64; 3] {
        [self.low, self.likely, self.high].map(|count| (count + certain).round() as u64)
    }
}

#[derive(Default)]
struct Count {
    contracts: Counted,
    candle_requests: Counted,
    /// Second looks at what comes back empty.
    second_looks: f64,
    listing_requests: u64,
    /// Days of underlyings, to learn where they went.
    course_requests: u64,
    /// Of the underlyings' own candles.
    months: BTreeSet<(UnderlyingId, Day)>,
    unlisted: u32,
    candles: Counted,
    by_basis: BTreeMap<CandleBasis, f64>,
}

/// What is known of one underlying's contracts.
struct Stock {
    kind: UnderlyingKind,
    options_guess: u64,
    /// How far the lists of its expiries are believed.
    lists: Vec<list_evidence::Known>,
    answered: HashMap<ExpiryId, Vec<AnsweredContract>>,
    known: Vec<KnownInterval>,
    /// Where it went, where the order asks for strikes near that.
    course: Course,
}

/// What is stored in one interval, expiry by expiry, and class by class together.
struct KnownInterval {
    bar: u32,
    of_expiry: BTreeMap<(ExpiryId, bool), Profile>,
    of_class: BTreeMap<Class, Profile>,
}

impl Stock {
    fn known(&self, expiry: ExpiryId, class: Class) -> Vec<Known> {
        let known = |of: &KnownInterval| Known {
            bar: of.bar,
            same_expiry: of.of_expiry.get(&(expiry, class.is_option())).copied().unwrap_or_default(),
            same_underlying: of.of_class.get(&class).copied().unwrap_or_default(),
        };
        self.known.iter().map(known).collect()
    }
}

impl Count {
    /// Pieces of contracts of one class, all of the same days, each one request.
    fn add_pieces(&mut self, pieces: Taken, room: &Room, class: Class, expected: &[Expected; STRETCHES]) {
        self.candle_requests.add(pieces);
        let mut busiest: f64 = 0.0;
        for (stretch, expected) in expected.iter().enumerate().filter(|(at, _)| room.sessions[*at] > 0.0) {
            let (bars, expected) = (room.bars[stretch], pieces.busier(expected));
            self.candles.low += pieces.low * bars * expected.low;
            self.candles.likely += pieces.likely * bars * expected.likely;
            self.candles.high += pieces.high * bars * expected.high;
            *self.by_basis.entry(expected.basis).or_default() += pieces.likely * bars * expected.likely;
            busiest = busiest.max(class.typical(stretch).sessions);
        }
        let is_short = room.sessions.iter().sum::<f64>() <= SHORT_PIECE_SESSIONS;
        let empty = if is_short { (1.0 - busiest).max(class.never_trades()) } else { class.never_trades() };
        self.second_looks += pieces.likely * empty;
    }

    /// What a good part of the candles rests on at the least.
    fn candle_basis(&self) -> CandleBasis {
        let is_worth = |share: f64| share >= WORTH_A_WORD * self.candles.likely && self.candles.likely > 0.0;
        let weakest = self.by_basis.iter().rev().find(|(_, candles)| is_worth(**candles));
        weakest.map_or(CandleBasis::SameExpiries, |(basis, _)| *basis)
    }
}

impl JobService {
    /// Lists the contracts of up to twelve expiries on the way (they are kept, and used by the job); beyond
    /// that the median of the listed ones stands in, and the basis says so.
    pub async fn estimate(&self, order: &CollectOrder) -> Result<Estimate, EngineError> {
        let mut resolved = self.resolve(order).await?;
        if resolved.expiries.len() <= LISTED_BEFORE_MAX {
            self.list_all(&mut resolved).await?;
        }
        let known = self.store().listed_contract_counts(None, true).await?;
        let count = self.count(&resolved, &known).await?;
        let certain = count.listing_requests + count.course_requests + count.months.len() as u64;
        let [requests_low, requests, requests_high] =
            count.candle_requests.plus(certain as f64 + count.second_looks);
        let [contracts_low, contracts, contracts_high] = count.contracts.plus(0.0);
        let wait = self.forecast(requests, resolved.plan.workers.get());
        Ok(Estimate {
            expiries: resolved.expiries.len().try_into().unwrap_or(u32::MAX),
            contracts,
            contracts_low,
            contracts_high,
            requests,
            requests_low,
            requests_high,
            candles: count.candles.likely as u64,
            candles_low: count.candles.low as u64,
            candles_high: count.candles.high.ceil() as u64,
            candle_basis: count.candle_basis(),
            bytes: (count.candles.likely * BYTES_A_CANDLE) as u64,
            bytes_high: (count.candles.high * BYTES_A_CANDLE) as u64,
            disk_free_bytes: free_bytes(self.data_dir()),
            seconds: wait.as_secs(),
            done_at: EpochSeconds(self.now().0 + wait.as_secs().try_into().unwrap_or(0)),
            basis: if count.unlisted == 0 {
                EstimateBasis::Listed
            } else {
                EstimateBasis::Median {
                    unlisted: count.unlisted,
                    known: known.len().try_into().unwrap_or(u32::MAX),
                }
            },
        })
    }

    async fn list_all(&self, resolved: &mut Resolved) -> Result<(), EngineError> {
        for (target, expiry) in resolved.plan.targets.iter().zip(&mut resolved.expiries) {
            let kinds = resolved.plan.kinds;
            self.expired().ask_for_lists(&target.underlying, expiry, kinds, &Asking::for_person()).await?;
            *expiry = self.store().expiry_by_id(expiry.id).await?.1;
        }
        Ok(())
    }

    async fn count(&self, resolved: &Resolved, listed: &[u64]) -> Result<Count, EngineError> {
        let plan = &resolved.plan;
        let mut count = Count::default();
        let mut stocks: HashMap<UnderlyingId, Stock> = HashMap::new();
        for (target, expiry) in plan.targets.iter().zip(&resolved.expiries) {
            if plan.with_underlying {
                let missing = self.missing_months(expiry.underlying, expiry.date, plan.days).await?;
                count.months.extend(missing.into_iter().map(|month| (expiry.underlying, month)));
            }
            let stock = match stocks.entry(expiry.underlying) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => {
                    let kind = UnderlyingKind::of(target.underlying.segment());
                    let mut stock = self.stock(expiry.underlying, kind, resolved, listed).await?;
                    if plan.strikes.is_some() {
                        let (course, is_missing) = self.course(expiry.underlying, resolved).await?;
                        stock.course = course;
                        count.course_requests += u64::from(is_missing);
                    }
                    place.insert(stock)
                }
            };
            self.count_expiry(resolved, expiry, stock, &mut count);
        }
        Ok(count)
    }

    async fn stock(
        &self,
        id: UnderlyingId,
        kind: UnderlyingKind,
        resolved: &Resolved,
        listed: &[u64],
    ) -> Result<Stock, EngineError> {
        let interval = resolved.plan.interval;
        let weekly: HashMap<ExpiryId, Option<bool>> =
            self.store().expiries(id).await?.into_iter().map(|expiry| (expiry.id, expiry.weekly)).collect();
        let mut stock = Stock {
            kind,
            options_guess: self.options_guess(id, kind, listed).await?,
            lists: self.expired().known(id).await?,
            answered: HashMap::new(),
            known: Vec::new(),
            course: Course::default(),
        };
        let ordered = resolved.expiries.iter().filter(|expiry| expiry.underlying == id);
        let ordered: BTreeSet<ExpiryId> = ordered.map(|expiry| expiry.id).collect();
        let others = (interval != Interval::Minute1).then_some(Interval::Minute1);
        for interval in [Some(interval), others].into_iter().flatten() {
            let answered = self.store().answered_expiries(id, interval).await?;
            let compared = compared(&answered, &weekly, &ordered);
            let stored = self.store().stored_days(compared.iter().copied().collect(), interval).await?;
            let wanted: BTreeSet<ExpiryId> = compared.union(&ordered).copied().collect();
            let answered = self.store().answered_of_expiries(wanted.into_iter().collect(), interval).await?;
            let known = answered.iter().filter(|contract| compared.contains(&contract.expiry_id));
            let of_expiry = profiles(known, &stored, interval);
            let mut of_class: BTreeMap<Class, Profile> = BTreeMap::new();
            for ((expiry, is_option), profile) in &of_expiry {
                let class = class(kind, weekly.get(expiry).copied().flatten(), *is_option);
                of_class.entry(class).or_default().add(profile);
            }
            stock.known.push(KnownInterval { bar: bar_minutes(interval), of_expiry, of_class });
            // The first one is of the interval that is to be collected.
            if stock.known.len() == 1 {
                for contract in answered {
                    stock.answered.entry(contract.expiry_id).or_default().push(contract);
                }
            }
        }
        Ok(stock)
    }

    /// Where an underlying went before its expiries, as far as it is stored, and whether its job will ask for more.
    async fn course(&self, id: UnderlyingId, resolved: &Resolved) -> Result<(Course, bool), EngineError> {
        let expiries = resolved.expiries.iter().filter(|expiry| expiry.underlying == id);
        let ranges: Vec<DayRange> =
            expiries.map(|expiry| wanted_range(expiry.date, resolved.plan.days)).collect();
        let Some(all) = hull(ranges.iter().copied()) else { return Ok((Course::default(), false)) };
        let course = Course::read(self.store(), id, all).await?;
        let last = last_final_day(self.now());
        let is_missing = ranges.iter().flat_map(|range| course.missing(*range)).any(|gap| gap.from() <= last);
        Ok((course, is_missing))
    }

    /// Options of an expiry that is not listed: the median of the same underlying, then of all of its sort.
    async fn options_guess(
        &self,
        id: UnderlyingId,
        kind: UnderlyingKind,
        listed: &[u64],
    ) -> Result<u64, EngineError> {
        let own = self.store().listed_contract_counts(Some(id), true).await?;
        Ok(match (median(&own), kind) {
            (Some(own), _) => own,
            (None, UnderlyingKind::Index) => median(listed).unwrap_or(INDEX_OPTIONS_GUESS),
            (None, UnderlyingKind::Stock) => STOCK_OPTIONS_GUESS,
        })
    }

    fn count_expiry(&self, resolved: &Resolved, expiry: &StoredExpiry, stock: &Stock, count: &mut Count) {
        let plan = &resolved.plan;
        let wanted = wanted_range(expiry.date, plan.days);
        let bar = bar_minutes(plan.interval);
        let mut sessions = Sessions::new(expiry.date, plan.interval);
        let is_listed = states_of(&stock.lists, expiry.date).are_listed(plan.kinds);
        if !is_listed {
            count.unlisted += 1;
            count.listing_requests += u64::from(plan.kinds.options()) + u64::from(plan.kinds.futures());
        }
        for is_option in [false, true] {
            if !(if is_option { plan.kinds.options() } else { plan.kinds.futures() }) {
                continue;
            }
            let class = class(stock.kind, expiry.weekly, is_option);
            let known = stock.known(expiry.id, class);
            let expected: [Expected; STRETCHES] =
                std::array::from_fn(|stretch| expected(class, stretch, bar, &known));
            let strikes = plan.strikes.filter(|_| is_option);
            if !is_listed {
                // A weekly expiry has no future.
                let future = u64::from(expiry.weekly != Some(true));
                let guess = if is_option { stock.options_guess } else { future };
                let taken = strikes.map_or_else(
                    || Selection::every_one(guess),
                    |each_side| Selection::of_guess(each_side, guess),
                );
                count.contracts.add(taken.count);
                count.add_pieces(taken.count, &sessions.room(wanted), class, &expected);
                continue;
            }
            let listed = stock.answered.get(&expiry.id).map(Vec::as_slice).unwrap_or_default();
            let listed: Vec<&AnsweredContract> =
                listed.iter().filter(|contract| contract.kind.is_option() == is_option).collect();
            let taken = match strikes {
                None => Selection::every_one(listed.len() as u64),
                Some(each_side) => {
                    let strikes: Vec<Strike> = listed.iter().filter_map(|contract| contract.strike).collect();
                    Selection::of_listed(each_side, &strikes, &stock.course, wanted)
                }
            };
            count.contracts.add(taken.count);
            let is_taken =
                |contract: &&&AnsweredContract| taken.near.is_none_or(|near| near.takes(contract.strike));
            for contract in listed.iter().filter(is_taken) {
                for gap in contract.gaps(wanted) {
                    count.add_pieces(taken.of_one, &sessions.room(gap), class, &expected);
                }
            }
        }
    }
}

/// Whose stored days are looked at, of expiries that have answers, oldest first: those of the order, and for each
/// cycle that is ordered the newest others.
fn compared(
    answered: &[ExpiryId],
    weekly: &HashMap<ExpiryId, Option<bool>>,
    ordered: &BTreeSet<ExpiryId>,
) -> BTreeSet<ExpiryId> {
    let is_weekly = |id: &ExpiryId| weekly.get(id).copied().flatten() == Some(true);
    let (own, others): (Vec<ExpiryId>, Vec<ExpiryId>) =
        answered.iter().rev().partition(|id| ordered.contains(id));
    let cycles: BTreeSet<bool> = ordered.iter().map(is_weekly).collect();
    let of_cycle = |cycle: bool| {
        let newest = others.iter().filter(move |id| is_weekly(id) == cycle);
        newest.take(OTHERS_COMPARED_MAX)
    };
    own.iter().take(OWN_COMPARED_MAX).chain(cycles.into_iter().flat_map(of_cycle)).copied().collect()
}

/// Of an ascending list.
fn median(counts: &[u64]) -> Option<u64> {
    counts.get(counts.len() / 2).copied()
}
