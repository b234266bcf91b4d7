//! The minute at which a page of past minutes opens where its address names none: noon of the last stored day. The last
//! minute of an expiry would tell nothing of volatility, because no time is left in it; at noon the morning has settled
//! and the afternoon's settlement is not yet too near.

use protocol::{ChainDays, Minute};

const NOON: u16 = 12 * 60;

/// `None`: no day is stored.
pub(super) fn opened_at(days: &ChainDays) -> Option<Minute> {
    let last = days.days.last()?;
    Some(Minute::of(last.day.at_minute(NOON.clamp(last.first_minute, last.last_minute))))
}

#[cfg(test)]
mod tests {
    use protocol::ChainDay;

    use super::*;

    #[test]
    fn it_is_noon_or_as_near_as_the_last_day_has_it() {
        let opened = |days: &[(u16, u16)]| {
            let day = |(place, (first, last)): (usize, &(u16, u16))| ChainDay {
                day: format!("2025-08-{}", 27 + place).parse().unwrap(),
                first_minute: *first,
                last_minute: *last,
                contracts: 1,
            };
            opened_at(&ChainDays {
                underlying: "NSE_INDEX|Nifty 50".parse().unwrap(),
                name: "Nifty 50".to_owned(),
                expiry: "2025-08-28".parse().unwrap(),
                days: days.iter().enumerate().map(day).collect(),
                expiries: Vec::new(),
            })
            .map(|at| at.to_string())
        };
        assert_eq!(opened(&[(555, 929), (555, 929)]).as_deref(), Some("2025-08-28T12:00"));
        assert_eq!(opened(&[(555, 600)]).as_deref(), Some("2025-08-27T10:00"));
        assert_eq!(opened(&[]), None);
    }
}
