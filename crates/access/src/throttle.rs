//! Wrong passwords. After five of them a network has to pause, longer with each one more; and after many from anywhere
//! everybody pauses a little, so that many networks are no way around. Who is signed in notices nothing of it.
//!
//! A try is counted as wrong when it begins and taken back when it was right, so tries at the same time do not slip
//! through together. It lives in memory: a restart, which strangers cannot bring about, forgets it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::network::Network;

/// Wrong passwords that cost nothing but the try.
pub const FREE_TRIES: u32 = 5;
/// After the last of them.
pub const PAUSE_FIRST: Duration = Duration::from_secs(30);
const PAUSE_MAX: Duration = Duration::from_secs(3600);
const FREE_TRIES_OF_ALL: u32 = 50;
const PAUSE_OF_ALL_FIRST: Duration = Duration::from_secs(1);
const PAUSE_OF_ALL_MAX: Duration = Duration::from_secs(60);
/// So long after the last wrong one, and its pause, it counts no longer.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(24 * 3600);
/// Networks that are remembered; the one that tried longest ago makes room.
const NETWORKS_MAX: usize = 1024;

/// Times are monotonic.
#[derive(Default)]
pub(crate) struct Throttle {
    by_network: HashMap<Network, Tries>,
    all: Tries,
}

#[derive(Clone, Copy, Default)]
struct Tries {
    wrong: u32,
    /// Of the last one.
    at: Duration,
    paused_until: Duration,
}

struct Bounds {
    free: u32,
    first: Duration,
    max: Duration,
}

const OF_NETWORK: Bounds = Bounds { free: FREE_TRIES, first: PAUSE_FIRST, max: PAUSE_MAX };
const OF_ALL: Bounds = Bounds { free: FREE_TRIES_OF_ALL, first: PAUSE_OF_ALL_FIRST, max: PAUSE_OF_ALL_MAX };

impl Tries {
    /// How long a try has to wait.
    fn pause(&self, now: Duration) -> Option<Duration> {
        self.paused_until.checked_sub(now).filter(|left| !left.is_zero())
    }

    fn count(&mut self, bounds: &Bounds, now: Duration) {
        if now.saturating_sub(self.paused_until.max(self.at)) >= FORGOTTEN_AFTER {
            *self = Self::default();
        }
        self.wrong = self.wrong.saturating_add(1);
        self.at = now;
        if let Some(beyond) = self.wrong.checked_sub(bounds.free) {
            let doubled = bounds.first.saturating_mul(1_u32.checked_shl(beyond.min(31)).unwrap_or(u32::MAX));
            self.paused_until = now + doubled.min(bounds.max);
        }
    }
}

impl Throttle {
    /// Counts a try, or says how long to wait with it.
    pub(crate) fn begin(&mut self, from: IpAddr, now: Duration) -> Result<(), Duration> {
        let network = from.into();
        let of_network = self.by_network.get(&network).copied().unwrap_or_default();
        if let Some(pause) = of_network.pause(now).max(self.all.pause(now)) {
            return Err(pause);
        }
        if !self.by_network.contains_key(&network) && self.by_network.len() >= NETWORKS_MAX {
            let oldest =
                self.by_network.iter().min_by_key(|(_, tries)| tries.at).map(|(network, _)| *network);
            oldest.map(|oldest| self.by_network.remove(&oldest));
        }
        self.by_network.entry(network).or_default().count(&OF_NETWORK, now);
        self.all.count(&OF_ALL, now);
        Ok(())
    }

    /// How long the network has to wait now.
    pub(crate) fn pause(&self, from: IpAddr, now: Duration) -> Option<Duration> {
        self.by_network.get(&from.into()).and_then(|tries| tries.pause(now)).max(self.all.pause(now))
    }

    /// The try was right: its network begins anew.
    pub(crate) fn was_right(&mut self, from: IpAddr) {
        self.by_network.remove(&from.into());
        self.take_back_of_all();
    }

    /// The try was never judged.
    pub(crate) fn take_back(&mut self, from: IpAddr) {
        if let Some(tries) = self.by_network.get_mut(&from.into()) {
            tries.wrong = tries.wrong.saturating_sub(1);
            tries.paused_until = tries.at;
        }
        self.take_back_of_all();
    }

    fn take_back_of_all(&mut self) {
        self.all.wrong = self.all.wrong.saturating_sub(1);
        self.all.paused_until = self.all.at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: u32) -> IpAddr {
        std::net::Ipv4Addr::from(number).into()
    }

    /// Tries until it is told to wait.
    fn tries_until_paused(throttle: &mut Throttle, from: IpAddr, now: Duration) -> (u32, Duration) {
        let mut tries = 0;
        loop {
            match throttle.begin(from, now) {
                Ok(()) => tries += 1,
                Err(pause) => return (tries, pause),
            }
        }
    }

    #[test]
    fn five_wrong_ones_pause_their_network_and_each_more_for_longer() {
        let (mut throttle, mut now) = (Throttle::default(), Duration::from_secs(100));
        assert_eq!(tries_until_paused(&mut throttle, address(1), now), (FREE_TRIES, PAUSE_FIRST));
        assert_eq!(throttle.pause(address(1), now), Some(PAUSE_FIRST));
        assert_eq!(throttle.pause(address(2), now), None, "another network may try");
        for doublings in 1..20 {
            now += throttle.pause(address(1), now).unwrap();
            let (tries, pause) = tries_until_paused(&mut throttle, address(1), now);
            assert_eq!((tries, pause), (1, (PAUSE_FIRST * (1 << doublings)).min(PAUSE_MAX)));
        }
        now += PAUSE_MAX + FORGOTTEN_AFTER;
        assert_eq!(tries_until_paused(&mut throttle, address(1), now).0, FREE_TRIES);
    }

    #[test]
    fn a_right_one_begins_anew() {
        let (mut throttle, now) = (Throttle::default(), Duration::ZERO);
        for _ in 0..10 {
            for _ in 0..FREE_TRIES {
                throttle.begin(address(1), now).unwrap();
            }
            throttle.was_right(address(1));
        }
        let wrong_of_all = 10 * (FREE_TRIES - 1);
        for other in wrong_of_all..FREE_TRIES_OF_ALL {
            throttle.begin(address(other), now).unwrap();
        }
        assert!(throttle.begin(address(1), now).is_err(), "those of all have added up");
        let mut throttle = Throttle::default();
        for _ in 0..100 {
            throttle.begin(address(1), now).unwrap();
            throttle.take_back(address(1));
        }
        assert_eq!(throttle.pause(address(1), now), None);
    }

    #[test]
    fn many_networks_are_no_way_around_and_fill_no_memory() {
        let (mut throttle, now) = (Throttle::default(), Duration::from_secs(1));
        let let_through = (0..1000).filter(|network| throttle.begin(address(*network), now).is_ok()).count();
        assert_eq!(let_through, FREE_TRIES_OF_ALL as usize);
        let mut now = now;
        for network in 0..5000 {
            now += throttle.pause(address(network), now).unwrap_or_default();
            throttle.begin(address(network), now).unwrap();
            assert!(throttle.all.pause(now).unwrap() <= PAUSE_OF_ALL_MAX);
        }
        assert_eq!(throttle.by_network.len(), NETWORKS_MAX);
    }
}
