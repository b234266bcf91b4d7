//! Which day is played, and who plays it.

use std::sync::Arc;

use market::{Day, InstrumentKey, TimeOfDay};
use protocol::ReplaySpeed;
use ratelimit::{Clock, SystemClock};
use store::Place;

use super::day::ReplayDay;
use super::player::Player;
use crate::chains::ChainService;
use crate::error::EngineError;

/// Clones share everything.
#[derive(Clone)]
pub struct ReplayService {
    chains: ChainService,
    clock: Arc<dyn Clock>,
}

impl ReplayService {
    pub(crate) fn new(chains: ChainService, clock: Arc<dyn Clock>) -> Self {
        Self { chains, clock }
    }

    /// Opens an existing data directory for reading, beside whoever owns it.
    pub async fn open_for_reading(place: impl Into<Place>) -> Result<Self, EngineError> {
        Ok(Self::new(ChainService::open_for_reading(place).await?, Arc::new(SystemClock::new())))
    }

    /// A day with minutes of contracts, as it is stored now: what is collected while it plays is not in it.
    pub async fn day(&self, key: &InstrumentKey, expiry: Day, day: Day) -> Result<ReplayDay, EngineError> {
        let known = self.chains.known(key, expiry).await?;
        let of_day = self.chains.expiry_day(&known, day, None).await?;
        ReplayDay::of(&known.underlying, of_day)
    }

    /// Plays it at once, from a time or from its first minute.
    pub fn play(
        &self,
        day: &ReplayDay,
        from: Option<TimeOfDay>,
        speed: ReplaySpeed,
    ) -> Result<Player, EngineError> {
        Player::playing(day, self.clock.clone(), from, speed)
    }

    /// The same, standing still before its first minute until it is told to play.
    pub fn stand_by(
        &self,
        day: &ReplayDay,
        from: Option<TimeOfDay>,
        speed: ReplaySpeed,
    ) -> Result<Player, EngineError> {
        Player::standing_by(day, self.clock.clone(), from, speed)
    }
}
