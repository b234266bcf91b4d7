//! How many requests a second strangers have: enough for a page to type a password into, for one and for all of them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::network::Network;

/// Of one network: the page with its files, several times over.
pub const STRANGERS_OF_ONE_NETWORK_MAX: u32 = 20;
/// Of all together.
pub const STRANGERS_A_SECOND_MAX: u32 = 100;

/// Counts the second that is under way. What is counted is what was let through, so it never holds more networks than
/// requests are let through in a second.
#[derive(Default)]
pub(crate) struct StrangerRate(Mutex<Second>);

#[derive(Default)]
struct Second {
    number: u64,
    all: u32,
    by_network: HashMap<Network, u32>,
}

impl StrangerRate {
    /// Whether one more is let through. `now` is monotonic.
    pub(crate) fn admits(&self, from: IpAddr, now: Duration) -> bool {
        let mut second = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if second.number != now.as_secs() {
            *second = Second { number: now.as_secs(), ..Second::default() };
        }
        if second.all >= STRANGERS_A_SECOND_MAX {
            return false;
        }
        let of_network = second.by_network.entry(from.into()).or_default();
        if *of_network >= STRANGERS_OF_ONE_NETWORK_MAX {
            return false;
        }
        *of_network += 1;
        second.all += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(rate: &StrangerRate, from: &str, asked: u32, second: u64) -> u32 {
        let (from, now) = (from.parse().unwrap(), Duration::from_secs(second));
        (0..asked).filter(|_| rate.admits(from, now)).count().try_into().unwrap()
    }

    #[test]
    fn one_network_and_all_of_them_have_their_share_of_each_second() {
        let rate = StrangerRate::default();
        assert_eq!(admitted(&rate, "192.0.2.1", 1000, 1), STRANGERS_OF_ONE_NETWORK_MAX);
        assert_eq!(admitted(&rate, "192.0.2.2", 1, 1), 1);
        for network in 0..250 {
            admitted(&rate, &format!("198.51.100.{network}"), 1000, 1);
        }
        assert_eq!(admitted(&rate, "192.0.2.3", 1, 1), 0, "all have had theirs");
        assert!(rate.0.lock().unwrap().by_network.len() <= STRANGERS_A_SECOND_MAX as usize);
        assert_eq!(admitted(&rate, "192.0.2.1", 1, 2), 1);
    }
}
