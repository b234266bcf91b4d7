//! Finding what is known here by what people type: underlyings, expiries, contracts and jobs. What is stored comes
//! before what is only known, and nobody is asked: the broker is not, and no candle is read.

use market::{
    ContractKind, Day, ExpiredKey, InstrumentKey, Reading, Sought, Standing, Strike, Underlying, is_weekly,
};
use protocol::{FOUND_MAX, FindText, Found, JobId, distinguished, told_apart};
use store::{ContractTotals, ExpiryId, ExpiryTotals, Place, Store, UnderlyingId, UnderlyingSpan};

use crate::archive::open_for_reading;
use crate::directory::{Directory, Listed};
use crate::error::EngineError;
use crate::names::{counted, describe_expiry};

/// Underlyings of one name whose stored data are looked at, and those whose expiries are.
const NAMED_MAX: usize = 100;
const OPENED_MAX: usize = 4;
/// Expiries of an underlying that are shown by themselves, beside it, and those whose contracts are looked for.
const EXPIRIES_SHOWN: usize = 8;
const EXPIRIES_BESIDE: usize = 3;
const EXPIRIES_OPENED: usize = 6;
/// Contracts of one expiry that fit.
const CONTRACTS_MAX: u32 = 8;
/// A strike of which the first digits are typed is at most so many digits longer.
const DIGITS_LEFT_MAX: u32 = 4;

/// Searching; clones share everything.
#[derive(Clone)]
pub struct FindService {
    store: Store,
}

/// Whom the words name.
struct Named {
    underlyings: Vec<(Underlying, Standing)>,
    /// Whether the first of them is named exactly.
    is_exact: bool,
    strike: Option<Strike>,
    /// The whole text is a name, and nothing in it is said of expiries or contracts.
    is_name_only: bool,
}

/// An underlying of which something may be stored.
struct Candidate {
    underlying: Underlying,
    standing: Standing,
    span: UnderlyingSpan,
}

/// An expiry that is meant, and how far off what was written.
struct Meant {
    totals: ExpiryTotals,
    weekly: Option<bool>,
    days_off: i64,
}

impl FindService {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Opens an existing data directory for reading, beside whoever owns it.
    pub async fn open_for_reading(place: impl Into<Place>) -> Result<Self, EngineError> {
        Ok(Self { store: open_for_reading(place).await? })
    }

    /// What a text finds, best first.
    pub async fn find(&self, text: &FindText, limit: usize) -> Result<Vec<Found>, EngineError> {
        let text = text.as_str();
        let mut found = match text.parse::<ExpiredKey>() {
            Ok(key) => found_contracts(self.store.contract_totals(&key).await?.into_iter().collect()),
            Err(_) => self.by_words(text).await?,
        };
        found.truncate(limit.clamp(1, FOUND_MAX));
        Ok(found)
    }

    async fn by_words(&self, text: &str) -> Result<Vec<Found>, EngineError> {
        let sought = Sought::of(text);
        let known = self.known(text, &sought).await?;
        // A number alone may be a job's too.
        let job = self.job(sought.job.or_else(|| text.parse().ok())).await?;
        Ok(match sought.job {
            Some(_) => job.into_iter().chain(known).collect(),
            None => known.into_iter().chain(job).collect(),
        })
    }

    async fn known(&self, text: &str, sought: &Sought) -> Result<Vec<Found>, EngineError> {
        let Some(named) = self.whom(text, sought).await? else { return Ok(Vec::new()) };
        let (strike, is_name_only) = (named.strike, named.is_name_only);
        let candidates = self.candidates(named).await?;
        if !is_name_only {
            let opened = &candidates[..candidates.len().min(OPENED_MAX)];
            return self.within(opened, sought, strike).await;
        }
        let mut found: Vec<Found> = candidates.iter().map(found_underlying).collect();
        if let Some(Candidate { underlying, .. }) = candidates.first().filter(|first| first.span.expiries > 0)
        {
            let expiries = self.meant(underlying, sought).await?;
            let stored = expiries.iter().filter(|one| one.totals.candles > 0);
            let newest: Vec<Found> =
                stored.take(EXPIRIES_BESIDE).map(|one| found_expiry(underlying, one)).collect();
            // Right behind the one whose they are.
            found.splice(1..1, newest);
        }
        Ok(found)
    }

    /// Contracts, then expiries, then the underlyings themselves.
    async fn within(
        &self,
        opened: &[Candidate],
        sought: &Sought,
        strike: Option<Strike>,
    ) -> Result<Vec<Found>, EngineError> {
        let (mut contracts, mut expiries) = (Vec::new(), Vec::new());
        let is_of_contracts = strike.is_some() || sought.kind == Some(ContractKind::Future);
        for candidate in opened {
            let meant = self.meant(&candidate.underlying, sought).await?;
            if is_of_contracts {
                contracts.extend(self.contracts(&meant, strike, sought.kind).await?);
            }
            let shown = if is_of_contracts { EXPIRIES_BESIDE } else { EXPIRIES_SHOWN };
            let found = |one: &Meant| (one.days_off, found_expiry(&candidate.underlying, one));
            expiries.extend(meant.iter().take(shown).map(found));
        }
        expiries.sort_by_key(|(days_off, _)| *days_off);
        let expiries = expiries.into_iter().map(|(_, expiry)| expiry);
        let underlyings = opened.iter().map(found_underlying);
        Ok(contracts.into_iter().chain(expiries).chain(underlyings).collect())
    }

    async fn job(&self, id: Option<i64>) -> Result<Option<Found>, EngineError> {
        let Some(id) = id else { return Ok(None) };
        let row = self.store.job(id).await?;
        Ok(row.map(|row| Found::job(JobId(id), format!("{} · {}", row.status.words(), row.title))))
    }

    /// Thousands of shares are looked through only where nobody with futures and options is meant.
    async fn whom(&self, text: &str, sought: &Sought) -> Result<Option<Named>, EngineError> {
        if sought.readings().is_empty() {
            return Ok(None);
        }
        let directory = Directory::of_underlyings(&self.store).await?;
        if let Some(named) = named_in(&directory, text, sought) {
            return Ok(Some(named));
        }
        let directory = directory.with_shares(&self.store).await?;
        Ok(named_in(&directory, text, sought))
    }

    /// Who is named exactly stays first; the others by whether anything is stored.
    async fn candidates(&self, named: Named) -> Result<Vec<Candidate>, EngineError> {
        let Named { mut underlyings, is_exact, .. } = named;
        underlyings.truncate(NAMED_MAX);
        let keys = underlyings.iter().map(|(underlying, _)| underlying.key.clone()).collect();
        let spans = self.store.underlying_spans(keys).await?;
        let candidate = |((underlying, standing), span)| Candidate { underlying, standing, span };
        let mut candidates: Vec<Candidate> = underlyings.into_iter().zip(spans).map(candidate).collect();
        let exact =
            if is_exact { candidates.first().map(|first| first.underlying.key.clone()) } else { None };
        candidates.sort_by_key(|one| (Some(&one.underlying.key) != exact.as_ref(), one.span.expiries == 0));
        Ok(candidates)
    }

    /// The expiries that are meant: the nearest to the date, else those with data; of equals the newest first.
    async fn meant(&self, underlying: &Underlying, sought: &Sought) -> Result<Vec<Meant>, EngineError> {
        let Some((id, _)) = self.store.underlying(&underlying.key).await? else { return Ok(Vec::new()) };
        let mut meant = meant_of(&underlying.key, self.totals(id).await?, sought);
        meant.sort_by_key(|one| (one.days_off, one.totals.candles == 0));
        Ok(meant)
    }

    async fn totals(&self, id: UnderlyingId) -> Result<Vec<ExpiryTotals>, EngineError> {
        Ok(self.store.expiry_totals(id).await?)
    }

    /// The strike itself; while it is still typed, strikes that begin so; else the ones beside it.
    async fn contracts(
        &self,
        meant: &[Meant],
        strike: Option<Strike>,
        kind: Option<ContractKind>,
    ) -> Result<Vec<Found>, EngineError> {
        let opened = &meant[..meant.len().min(EXPIRIES_OPENED)];
        let expiries: Vec<ExpiryId> = opened.iter().map(|one| one.totals.id).collect();
        let Some(strike) = strike.filter(|_| kind != Some(ContractKind::Future)) else {
            return Ok(in_order(opened, self.store.futures(expiries, CONTRACTS_MAX).await?));
        };
        for strikes in beginning_with(strike) {
            let found = self.store.options_between(expiries.clone(), strikes, kind, CONTRACTS_MAX).await?;
            if !found.is_empty() {
                return Ok(in_order(opened, found));
            }
        }
        let Some(first) = opened.iter().find(|one| one.totals.contracts > 0) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for beside in self.store.strikes_beside(first.totals.id, strike).await? {
            let of = (vec![first.totals.id], (beside, beside));
            found.extend(self.store.options_between(of.0, of.1, kind, CONTRACTS_MAX).await?);
        }
        Ok(in_order(opened, found))
    }
}

/// By the whole text as a name, else by the likeliest reading whose name is somebody's, else by the first that finds
/// anybody.
fn named_in(directory: &Directory, text: &str, sought: &Sought) -> Option<Named> {
    let of = |listed: Vec<&Listed>, is_exact, strike: Option<Strike>, is_name_only| Named {
        underlyings: listed.iter().map(|one| (one.underlying.clone(), one.standing)).collect(),
        is_exact,
        strike,
        is_name_only,
    };
    if directory.exact(text).is_some() {
        return Some(of(directory.search(text), true, None, true));
    }
    let readings = sought.readings();
    let is_name_only = |reading: &Reading| reading.strike.is_none() && !sought.is_of_contracts();
    let exact = |reading: &Reading| directory.exact(&reading.name).map(|one| (one, reading.clone()));
    if let Some((one, reading)) = readings.iter().find_map(exact) {
        // Of a name alone the like ones are shown too.
        let is_name_only = is_name_only(&reading);
        let listed = if is_name_only { directory.search(&reading.name) } else { vec![one] };
        return Some(of(listed, true, reading.strike, is_name_only));
    }
    readings.iter().find_map(|reading| {
        let listed = directory.search(&reading.name);
        (!listed.is_empty()).then(|| of(listed, false, reading.strike, is_name_only(reading)))
    })
}

fn meant_of(key: &InstrumentKey, all: Vec<ExpiryTotals>, sought: &Sought) -> Vec<Meant> {
    let days: Vec<Day> = all.iter().map(|totals| totals.date).collect();
    let meant = |totals: ExpiryTotals| {
        let days_off = if sought.has_date() { sought.days_off(totals.date)? } else { 0 };
        let weekly = totals.weekly.or_else(|| is_weekly(key, totals.date, &days));
        let is_meant = sought.weekly.is_none_or(|wanted| weekly == Some(wanted));
        is_meant.then_some(Meant { totals, weekly, days_off })
    };
    all.into_iter().filter_map(meant).collect()
}

/// Ranges of strikes, ends included: the strike itself, then those with one more digit, and so on.
fn beginning_with(strike: Strike) -> impl Iterator<Item = (Strike, Strike)> {
    let paise = strike.0.0;
    let is_whole = paise % 100 == 0;
    let strikes = move |digits: u32| {
        let factor = 10_i64.pow(digits);
        let (from, to) = (paise.checked_mul(factor)?, (paise + 100).checked_mul(factor)? - 1);
        let to = if digits == 0 { from } else { to };
        Some((Strike(market::Paise(from)), Strike(market::Paise(to))))
    };
    (0..=DIGITS_LEFT_MAX).take_while(move |digits| is_whole || *digits == 0).filter_map(strikes)
}

/// By how far off the expiry is, what is stored first.
fn in_order(meant: &[Meant], mut found: Vec<ContractTotals>) -> Vec<Found> {
    let days_off = |id: ExpiryId| meant.iter().find(|one| one.totals.id == id).map_or(0, |one| one.days_off);
    found.sort_by_key(|totals| (days_off(totals.contract.expiry_id), totals.candles == 0));
    found_contracts(found)
}

fn found_contracts(found: Vec<ContractTotals>) -> Vec<Found> {
    let contracts: Vec<_> = found.iter().map(|totals| &totals.contract.contract).collect();
    let found = found.iter().map(|ContractTotals { contract, candles }| {
        let contract = &contract.contract;
        let distinction = distinguished(contract, contracts.iter().copied());
        let title = told_apart(&contract.trading_symbol, distinction.as_deref());
        let stored = stored_words(*candles);
        let detail = format!("{} · {stored}", describe_expiry(contract.expiry));
        Found::contract(contract, title, detail, *candles > 0)
    });
    found.collect()
}

fn found_expiry(underlying: &Underlying, meant: &Meant) -> Found {
    let ExpiryTotals { date, contracts, candles, .. } = meant.totals;
    let title = format!("{} {}", underlying.symbol, describe_expiry(date));
    let cycle = match meant.weekly {
        Some(true) => "weekly · ",
        Some(false) => "monthly · ",
        None => "",
    };
    let listed = match contracts {
        0 => "contracts not listed yet".to_owned(),
        contracts => format!("{} · {}", counted(contracts, "contract"), stored_words(candles)),
    };
    Found::expiry(&underlying.key, date, title, format!("{cycle}{listed}"), candles > 0)
}

fn found_underlying(candidate: &Candidate) -> Found {
    let Candidate { underlying, standing, span } = candidate;
    let name = if underlying.name == underlying.symbol { None } else { Some(underlying.name.clone()) };
    let stored = match (span.expiries, span.days) {
        (0, _) | (_, None) => "nothing stored".to_owned(),
        (1, Some((only, _))) => format!("1 expiry stored, {}", describe_expiry(only)),
        (many, Some((first, last))) => {
            format!("{many} expiries stored, {} to {}", describe_expiry(first), describe_expiry(last))
        }
    };
    let standing = standing.words().map(str::to_owned);
    let words: Vec<String> = [name, Some(stored), standing].into_iter().flatten().collect();
    Found::underlying(&underlying.key, &underlying.symbol, words.join(" · "), span.expiries > 0)
}

fn stored_words(candles: u64) -> String {
    if candles == 0 { "no candles stored".to_owned() } else { counted(candles, "candle") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strike_is_looked_for_itself_and_then_by_its_first_digits() {
        let ranges = |rupees: f64| {
            let strike = Strike::from_rupees(rupees).unwrap();
            let of = |(from, to): (Strike, Strike)| (from.0.0, to.0.0);
            beginning_with(strike).map(of).collect::<Vec<_>>()
        };
        assert_eq!(ranges(245.0)[..3], [(24_500, 24_500), (245_000, 245_999), (2_450_000, 2_459_999)]);
        assert_eq!(ranges(245.0).len(), 5);
        assert_eq!(ranges(402.5), [(40_250, 40_250)]);
        assert_eq!(ranges(1e12)[0], (100_000_000_000_000, 100_000_000_000_000));
    }
}
