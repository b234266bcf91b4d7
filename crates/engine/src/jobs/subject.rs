//! Whose candles are asked for: a contract's, or the underlying's own.

use std::sync::Arc;

use bytes::Bytes;
use market::{Contract, DayRange, ExpiredKey, Interval, Underlying};
use ratelimit::Slot;
use secrecy::SecretString;
use store::{SeriesOwner, StoredContract, UnderlyingId};
use upstox::{Answer, Client};

use crate::check::Terms;

/// Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    /// In the interval that the plan names.
    Contract(Arc<StoredContract>, Interval),
    Underlying(UnderlyingId, Arc<Underlying>, History),
}

/// In which candles an underlying itself is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum History {
    /// Charts, at-the-money and the calendar's proof need them.
    Minutes,
    /// Where it went is told by them.
    Days,
}

impl History {
    pub(crate) fn of(interval: Interval) -> Self {
        if interval == Interval::Day { Self::Days } else { Self::Minutes }
    }

    fn interval(self) -> Interval {
        match self {
            Self::Minutes => Interval::Minute1,
            Self::Days => Interval::Day,
        }
    }
}

impl Subject {
    pub(crate) fn owner(&self) -> SeriesOwner {
        match self {
            Self::Contract(stored, _) => SeriesOwner::Contract(stored.id),
            Self::Underlying(id, ..) => SeriesOwner::Underlying(*id),
        }
    }

    pub(crate) fn is_underlying(&self) -> bool {
        matches!(self, Self::Underlying(..))
    }

    pub(crate) fn interval(&self) -> Interval {
        match self {
            Self::Contract(_, interval) => *interval,
            Self::Underlying(_, _, history) => history.interval(),
        }
    }

    /// As it is named in the log.
    pub(crate) fn label(&self) -> &str {
        match self {
            Self::Contract(stored, _) => &stored.contract.trading_symbol,
            Self::Underlying(_, underlying, _) => &underlying.name,
        }
    }

    pub(crate) fn expired_key(&self) -> Option<&ExpiredKey> {
        match self {
            Self::Contract(stored, _) => Some(&stored.contract.expired_key),
            Self::Underlying(..) => None,
        }
    }

    /// What its rows are held against.
    pub(crate) fn terms(&self) -> Terms {
        match self {
            Self::Contract(stored, _) => Terms::of(&stored.contract),
            // The prices of an index are no multiples of a tick [DOC], and it has no lot.
            Self::Underlying(..) => Terms::NONE,
        }
    }

    /// Whether it trades in every session until the last minutes.
    pub(crate) fn trades_to_the_end(&self) -> bool {
        match self {
            Self::Contract(stored, _) => !stored.contract.kind.is_option(),
            Self::Underlying(..) => true,
        }
    }

    pub(crate) async fn request(
        &self,
        client: &Client,
        slot: Slot,
        token: &SecretString,
        range: DayRange,
    ) -> Answer<Bytes> {
        match self {
            Self::Contract(stored, interval) => {
                let Contract { expired_key, .. } = &stored.contract;
                client.candles(slot, token, expired_key, *interval, range).await
            }
            Self::Underlying(_, underlying, History::Minutes) => {
                client.underlying_minutes(slot, token, &underlying.key, range).await
            }
            Self::Underlying(_, underlying, History::Days) => {
                client.underlying_days(slot, token, &underlying.key, range).await
            }
        }
    }
}
