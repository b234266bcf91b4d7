//! The chain of an expiry at a minute, and what there is to choose from.

use std::sync::Arc;

use analytics::Rate;
use market::{Day, EpochSeconds, InstrumentKey, TradingCalendar, Underlying};
use protocol::{ChainChoices, ChainDay, ChainDays, ChainOpening, ChainPicture, ChainWish, Minute};
use store::{DayWithMinutes, Place, Store};

use super::day::ExpiryDay;
use super::known::{KnownExpiry, newest_expiry};
use super::opened_at::opened_at;
use super::picture::picture;
use super::recent::{RecentDays, Wanted};
use crate::archive::open_for_reading;
use crate::directory::Directory;
use crate::error::EngineError;
use crate::preferences::kept;

/// Clones share everything.
#[derive(Clone)]
pub struct ChainService {
    store: Store,
    recent: RecentDays,
}

impl ChainService {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, recent: RecentDays::default() }
    }

    /// Opens an existing data directory for reading, beside whoever owns it.
    pub async fn open_for_reading(place: impl Into<Place>) -> Result<Self, EngineError> {
        Ok(Self::new(open_for_reading(place).await?))
    }

    /// The days of an expiry with minutes, and the other expiries of the underlying that have any.
    pub async fn days(&self, key: &InstrumentKey, expiry: Day) -> Result<ChainDays, EngineError> {
        self.days_of(&self.known(key, expiry).await?).await
    }

    async fn days_of(&self, known: &KnownExpiry) -> Result<ChainDays, EngineError> {
        let KnownExpiry { id, underlying, expiry } = known;
        let day = |of: DayWithMinutes| ChainDay {
            day: of.day,
            first_minute: of.first.minute_of_day(),
            last_minute: of.last.minute_of_day(),
            contracts: of.contracts,
        };
        let days = self.store.days_with_minutes(expiry.id).await?.into_iter().map(day).collect();
        let expiries = self.store.expiries_with_minutes(*id).await?;
        Ok(ChainDays {
            underlying: underlying.key.clone(),
            name: underlying.name.clone(),
            expiry: expiry.date,
            days,
            expiries,
        })
    }

    /// The chain at a minute; without one at the last that is stored.
    pub async fn chain(
        &self,
        key: &InstrumentKey,
        expiry: Day,
        at: Option<Minute>,
    ) -> Result<ChainPicture, EngineError> {
        self.chain_of(&self.known(key, expiry).await?, at).await
    }

    async fn chain_of(&self, known: &KnownExpiry, at: Option<Minute>) -> Result<ChainPicture, EngineError> {
        let at = match at {
            Some(at) => at.start(),
            None => self.last_minute(known).await?,
        };
        let day = self.day_at(known, at, None).await?;
        Ok(picture(&day, &day.state_at(at).snapshot().chain()))
    }

    /// A chain that is wished for, with what else can be chosen; `None`: no minute of any contract is stored.
    pub async fn opening(&self, wish: &ChainWish) -> Result<Option<ChainOpening>, EngineError> {
        let Some((choices, known)) = self.choices_of(wish).await? else { return Ok(None) };
        let chain = self.chain_of(&known, Some(choices.at)).await?;
        Ok(Some(ChainOpening { underlyings: choices.underlyings, days: choices.days, chain }))
    }

    /// What can be chosen, without a chain.
    pub async fn choices(&self, wish: &ChainWish) -> Result<Option<ChainChoices>, EngineError> {
        Ok(self.choices_of(wish).await?.map(|(choices, _)| choices))
    }

    async fn choices_of(&self, wish: &ChainWish) -> Result<Option<(ChainChoices, KnownExpiry)>, EngineError> {
        let Some((underlyings, known)) = self.choice(wish).await? else { return Ok(None) };
        let days = self.days_of(&known).await?;
        let Some(opened_at) = opened_at(&days) else {
            return Err(nothing_stored(&known.underlying, known.expiry.date));
        };
        let at = wish.at.unwrap_or(opened_at);
        Ok(Some((ChainChoices { underlyings, days, at }, known)))
    }

    /// The underlyings with minutes, and the expiry that is wished for.
    async fn choice(
        &self,
        wish: &ChainWish,
    ) -> Result<Option<(Vec<(InstrumentKey, String)>, KnownExpiry)>, EngineError> {
        let mut stored = self.store.stored_underlyings().await?;
        stored.sort_by_key(|row| std::cmp::Reverse(row.candles));
        let underlyings: Vec<_> =
            stored.into_iter().map(|row| (row.underlying.key, row.underlying.name)).collect();
        let key = match &wish.underlying {
            Some(name) => Directory::find_here(&self.store, name).await?,
            None => match underlyings.first() {
                Some((key, _)) => key.clone(),
                None => return Ok(None),
            },
        };
        let Some((id, underlying)) = self.store.underlying(&key).await? else {
            return Err(EngineError::NothingStored { key: key.to_string() });
        };
        let expiry = match wish.expiry {
            Some(expiry) => expiry,
            None => newest_expiry(&self.store, id, &underlying).await?,
        };
        Ok(Some((underlyings, self.known(&key, expiry).await?)))
    }

    /// A day of an expiry with minutes; one that is wanted must be among them.
    pub(crate) async fn whole_day(
        &self,
        key: &InstrumentKey,
        expiry: Day,
        day: Day,
        at: Option<Minute>,
    ) -> Result<Arc<ExpiryDay>, EngineError> {
        let known = self.known(key, expiry).await?;
        match at {
            Some(at) => self.day_at(&known, at.start(), None).await,
            None => self.expiry_day(&known, day, None).await,
        }
    }

    pub(crate) async fn known(&self, key: &InstrumentKey, date: Day) -> Result<KnownExpiry, EngineError> {
        KnownExpiry::find(&self.store, key, date).await
    }

    /// The day of a minute that is stored. The rate is that of the settings, but for one that is wished for.
    pub(crate) async fn day_at(
        &self,
        of: &KnownExpiry,
        at: EpochSeconds,
        rate: Option<Rate>,
    ) -> Result<Arc<ExpiryDay>, EngineError> {
        let day = self.expiry_day(of, at.day(), rate).await?;
        check_minute(&day, at)?;
        Ok(day)
    }

    pub(crate) async fn last_minute(&self, of: &KnownExpiry) -> Result<EpochSeconds, EngineError> {
        let days = self.store.days_with_minutes(of.expiry.id).await?;
        let last = days.last().map(|day| day.last);
        last.ok_or_else(|| nothing_stored(&of.underlying, of.expiry.date))
    }

    /// A day of which something is stored.
    pub(crate) async fn expiry_day(
        &self,
        of: &KnownExpiry,
        day: Day,
        rate: Option<Rate>,
    ) -> Result<Arc<ExpiryDay>, EngineError> {
        let KnownExpiry { id, underlying, expiry } = of;
        if day > expiry.date {
            let (name, day, date) = (&underlying.name, day.to_long_text(), expiry.date.to_long_text());
            let why =
                format!("{day} lies after the expiry of {name} on {date}: choose a minute before it settled");
            return Err(EngineError::NoSuchMinute(why));
        }
        // As a person has set them, also for a command beside the owner of the database.
        let terms = of.terms(kept(&self.store).await?.reading, rate);
        let stamp = self.store.minutes_stamp(expiry.id, *id).await?;
        let wanted = Wanted { expiry: expiry.id, day, terms, stamp };
        if let Some(known) = self.recent.find(&wanted) {
            return Ok(known);
        }
        let new = Arc::new(of.read(&self.store, day, terms).await?);
        // What was asked for and had no trade is told; a closed day has nothing to tell.
        let is_of_trading = new.span().is_some() || TradingCalendar::bundled().day(day).is_open();
        if !(new.was_collected() && is_of_trading) {
            return Err(nothing_of_day(underlying, expiry.date, day));
        }
        self.recent.keep(wanted, new.clone());
        Ok(new)
    }
}

fn nothing_stored(underlying: &Underlying, expiry: Day) -> EngineError {
    let (name, date) = (&underlying.name, expiry.to_long_text());
    let words = format!("no 1-minute candle is stored of the expiry of {name} on {date}: collect it first");
    EngineError::NotStored { expiry, words }
}

/// A day without a stored minute may have been none of trading.
pub(crate) fn nothing_of_day(underlying: &Underlying, expiry: Day, day: Day) -> EngineError {
    if let Some(closed) = TradingCalendar::bundled().closed_words(day) {
        return EngineError::NoSuchMinute(format!("{closed}: choose a trading day"));
    }
    let (name, date, long) = (&underlying.name, expiry.to_long_text(), day.to_long_text());
    let words = format!(
        "no minute of {long} is stored of the expiry of {name} on {date}: collect it with more days before the expiry"
    );
    EngineError::NotStored { expiry, words }
}

/// Before the first stored minute there is nothing of the day; after its last one the chain stands still. Of a day on
/// which nothing was traded the minutes are those of its session.
fn check_minute(day: &ExpiryDay, at: EpochSeconds) -> Result<(), EngineError> {
    let trading = TradingCalendar::bundled().day(day.day);
    let windows = trading.windows();
    let session = windows.first().zip(windows.last());
    let session = session.map(|(first, last)| (first.open, last.close - 1));
    let session = session.map(|(first, last)| (day.day.at_minute(first), day.day.at_minute(last)));
    let Some((first, last)) = day.span().or(session) else { return Ok(()) };
    let time = |at: EpochSeconds| at.to_ist().format("%H:%M").to_string();
    if (first..=last).contains(&at) {
        return Ok(());
    }
    let long = day.day.to_long_text();
    Err(EngineError::NoSuchMinute(format!(
        "no minute at {} is stored of {long}: its minutes run from {} to {}",
        time(at),
        time(first),
        time(last)
    )))
}
