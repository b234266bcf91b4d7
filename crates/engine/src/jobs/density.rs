//! How many candles a contract has on a day before its expiry. Pure: what is known of stored days goes in, a share
//! of the session's minutes comes out, with how far it may be off.
//!
//! It counts by contract-day and by days left, never by contract: so a job over one day says something about one
//! day. Where days are unknown, the shape of the typical contract stands in, at the height of what is known.

use protocol::CandleBasis;

/// First days before expiry of the stretches in which a contract trades about alike; the last one is open.
const STRETCH_FROM: [u32; STRETCHES] = [0, 2, 7, 14, 21, 30, 45, 60, 91, 101];
pub(crate) const STRETCHES: usize = 10;
/// Minutes of an ordinary session.
const SESSION_MINUTES: u32 = 375;
/// A stretch of an expiry speaks for all its contracts when so many of them are answered in it: jobs begin at the
/// money, so the first few are the busiest.
const KNOWN_SHARE: f64 = 0.8;

pub(crate) fn stretch_of(days_left: u32) -> usize {
    STRETCH_FROM.iter().rposition(|from| *from <= days_left).unwrap_or(0)
}

/// What trades alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Class {
    WeeklyOption,
    IndexOption,
    StockOption,
    IndexFuture,
    StockFuture,
}

/// Shares of the minutes of a session, and of the sessions, that have a row: the mean over all contracts of an
/// expiry, the dead ones and the unborn ones included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Share {
    pub minutes: f64,
    pub sessions: f64,
}

impl Class {
    pub(crate) fn is_option(self) -> bool {
        !matches!(self, Self::IndexFuture | Self::StockFuture)
    }

    /// From what people who collected the real thing report: at the money all minutes in the last sessions, 60 % a
    /// week before, 12 % and less from three weeks on; half and a tenth of that away from the money; a future of an
    /// index every minute, of a stock about 300; weeklies listed 29 to 42 days ahead, monthlies 88 to 97.
    pub(crate) fn typical(self, stretch: usize) -> Share {
        const MINUTES: [[f64; STRETCHES]; 5] = [
            [0.39, 0.34, 0.27, 0.16, 0.083, 0.045, 0.0, 0.0, 0.0, 0.0],
            [0.36, 0.32, 0.24, 0.18, 0.09, 0.065, 0.040, 0.040, 0.02, 0.001],
            [0.12, 0.115, 0.085, 0.055, 0.028, 0.022, 0.014, 0.014, 0.008, 0.0],
            [1.0, 1.0, 1.0, 1.0, 1.0, 0.97, 0.95, 0.63, 0.4, 0.0],
            [0.9, 0.9, 0.9, 0.9, 0.9, 0.85, 0.8, 0.4, 0.2, 0.0],
        ];
        const SESSIONS: [[f64; STRETCHES]; 5] = [
            [0.88, 0.85, 0.87, 0.88, 0.88, 0.50, 0.0, 0.0, 0.0, 0.0],
            [0.85, 0.83, 0.85, 0.87, 0.86, 0.85, 0.82, 0.82, 0.5, 0.02],
            [0.80, 0.80, 0.78, 0.80, 0.80, 0.83, 0.83, 0.83, 0.5, 0.0],
            [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.6, 0.0],
            [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.6, 0.0],
        ];
        Share { minutes: MINUTES[self as usize][stretch], sessions: SESSIONS[self as usize][stretch] }
    }

    /// How many of an expiry's contracts never trade, of a hundred index contracts 1 to 3, of stocks 10 to 20.
    pub(crate) fn never_trades(self) -> f64 {
        match self {
            Self::WeeklyOption | Self::IndexOption => 0.02,
            Self::StockOption => 0.12,
            Self::IndexFuture | Self::StockFuture => 0.0,
        }
    }
}

impl Share {
    /// Share of the bars of so many minutes that have a row. Contracts and days differ in how busy they are, and a
    /// minute with a row is rarely alone: the spread of a beta distribution whose mean is the share of minutes is
    /// chosen so that it gives the share of sessions.
    pub(crate) fn of_bars(self, minutes: u32) -> f64 {
        const HALVINGS: u32 = 40;
        if minutes <= 1 || self.minutes <= 0.0 || self.minutes >= 1.0 {
            return self.minutes.clamp(0.0, 1.0);
        }
        let with_a_row = |spread: f64, minutes: u32| {
            let quiet = |minute: u32| {
                let before = f64::from(minute);
                ((1.0 - self.minutes) * spread + before) / (spread + before)
            };
            1.0 - (0..minutes).map(quiet).product::<f64>()
        };
        let (mut low, mut high) = (-7.0_f64, 12.0_f64);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if with_a_row(middle.exp(), SESSION_MINUTES) < self.sessions {
                low = middle
            } else {
                high = middle
            }
        }
        with_a_row(low.exp(), minutes)
    }
}

/// What was counted in a stretch of days before expiries, at one interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counted {
    /// Contracts with an answered day in it, and all that there are.
    pub answered: u64,
    pub contracts: u64,
    /// Sessions that are answered, contract by contract, and the bars that they have room for.
    pub sessions: f64,
    pub room: f64,
    pub candles: f64,
    pub sessions_with_a_row: f64,
}

impl Counted {
    fn add(&mut self, other: &Self) {
        self.answered += other.answered;
        self.contracts += other.contracts;
        self.sessions += other.sessions;
        self.room += other.room;
        self.candles += other.candles;
        self.sessions_with_a_row += other.sessions_with_a_row;
    }

    fn speaks_for_all(&self) -> bool {
        self.room > 0.0 && self.answered as f64 >= KNOWN_SHARE * self.contracts as f64
    }

    fn share(&self) -> Share {
        let of = |part: f64, whole: f64| if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 };
        Share { minutes: of(self.candles, self.room), sessions: of(self.sessions_with_a_row, self.sessions) }
    }
}

/// All stretches of one expiry, or of several together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Profile(pub [Counted; STRETCHES]);

impl Profile {
    /// Takes in another expiry, as far as that speaks for all its contracts.
    pub(crate) fn add(&mut self, other: &Self) {
        for (stretch, counted) in self.0.iter_mut().zip(&other.0) {
            if counted.speaks_for_all() {
                stretch.add(counted);
            }
        }
    }

    /// How much busier than the typical contract; `None` where nothing is known.
    fn height(&self, class: Class, minutes: u32) -> Option<f64> {
        let (mut came, mut typical) = (0.0, 0.0);
        for (stretch, counted) in self.0.iter().enumerate().filter(|(_, counted)| counted.speaks_for_all()) {
            came += counted.candles;
            typical += counted.room * class.typical(stretch).of_bars(minutes);
        }
        (typical > 0.0).then(|| came / typical)
    }
}

/// What is known for an estimate, at one interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Known {
    /// Of minutes.
    pub bar: u32,
    pub same_expiry: Profile,
    pub same_underlying: Profile,
}

/// Bars for each one that there is room for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Expected {
    pub low: f64,
    pub likely: f64,
    pub high: f64,
    pub basis: CandleBasis,
}

/// The share of bars of `bar` minutes with a row in a stretch. `known`: what is stored in that interval, then what
/// is stored in others, which is carried over.
pub(crate) fn expected(class: Class, stretch: usize, bar: u32, known: &[Known]) -> Expected {
    let measured = |profile: fn(&Known) -> &Profile| {
        known.iter().find_map(|known| {
            let counted = profile(known).0[stretch];
            let share = counted.share();
            let carried = || if known.bar == bar { share.minutes } else { share.of_bars(bar) };
            counted.speaks_for_all().then(carried)
        })
    };
    let raised = |profile: fn(&Known) -> &Profile| {
        known.iter().find_map(|known| {
            let height = profile(known).height(class, known.bar)?;
            let typical = class.typical(stretch);
            Some(Share { minutes: (typical.minutes * height).min(1.0), ..typical }.of_bars(bar))
        })
    };
    let with = |share: f64, basis, low: f64, high: f64| Expected {
        low: share * low,
        likely: share,
        high: (share * high).min(1.0),
        basis,
    };
    if let Some(share) = measured(|known| &known.same_expiry) {
        return with(share, CandleBasis::SameExpiries, 0.8, 1.25);
    }
    if let Some(share) = measured(|known| &known.same_underlying) {
        return with(share, CandleBasis::SameUnderlyings, 0.6, 1.6);
    }
    if let Some(share) = raised(|known| &known.same_expiry) {
        return with(share, CandleBasis::SameExpiries, 0.6, 1.7);
    }
    if let Some(share) = raised(|known| &known.same_underlying) {
        return with(share, CandleBasis::SameUnderlyings, 0.5, 2.0);
    }
    let typical = class.typical(stretch).of_bars(bar);
    let (low, high) = if class.is_option() { (0.2, 2.0) } else { (0.6, 1.1) };
    with(typical, CandleBasis::Typical, low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(candles: f64, sessions: f64) -> Counted {
        Counted {
            answered: 195,
            contracts: 195,
            sessions,
            room: sessions * 375.0,
            candles,
            sessions_with_a_row: sessions * 0.9,
        }
    }

    /// Shares at one, five and 375 minutes that were counted in a ladder; so the middle one can be held against.
    #[test]
    fn bars_with_a_row_are_more_than_minutes_and_fewer_than_if_contracts_were_alike() {
        for (minutes, sessions, of_five) in [
            (0.386, 0.882, 0.623),
            (0.298, 0.828, 0.549),
            (0.083, 0.887, 0.321),
            (0.045, 0.915, 0.201),
            (0.075, 0.755, 0.277),
            (0.604, 1.0, 0.984),
        ] {
            let share = Share { minutes, sessions };
            let found = share.of_bars(5);
            assert!((0.85..1.15).contains(&(found / of_five)), "{minutes}: {found} for {of_five}");
            assert_eq!(share.of_bars(1), minutes);
            assert!((share.of_bars(375) - sessions).abs() < 0.02, "{}", share.of_bars(375));
        }
        assert_eq!(Share { minutes: 0.0, sessions: 0.0 }.of_bars(5), 0.0);
        assert_eq!(Share { minutes: 1.0, sessions: 1.0 }.of_bars(375), 1.0);
    }

    #[test]
    fn one_day_raises_the_typical_contract_and_takes_its_place_on_that_day_alone() {
        let mut known = Known { bar: 1, ..Known::default() };
        let nothing = expected(Class::IndexOption, 5, 1, &[known]);
        assert_eq!(nothing.basis, CandleBasis::Typical);
        known.same_expiry.0[0] = counted(195.0 * 375.0 * 0.18, 195.0);
        let first = expected(Class::IndexOption, 0, 1, &[known]);
        assert!((first.likely - 0.18).abs() < 1e-9 && first.basis == CandleBasis::SameExpiries);
        let later = expected(Class::IndexOption, 5, 1, &[known]);
        assert!((later.likely - nothing.likely / 2.0).abs() < 1e-9, "half as busy: {later:?}");
        assert!(later.low < later.likely && later.likely < later.high);
    }

    #[test]
    fn the_first_contracts_of_a_stopped_job_speak_for_themselves_alone() {
        let mut known = Known { bar: 1, ..Known::default() };
        known.same_expiry.0[0] = Counted { answered: 20, ..counted(20.0 * 375.0, 20.0) };
        assert_eq!(expected(Class::IndexOption, 0, 1, &[known]).basis, CandleBasis::Typical);
        let mut all = Profile::default();
        all.add(&known.same_expiry);
        assert_eq!(all, Profile::default());
    }

    #[test]
    fn stretches_follow_each_other() {
        assert_eq!([0, 1, 2, 6, 7, 90, 91, 100, 101, 1000].map(stretch_of), [0, 0, 1, 1, 2, 7, 8, 8, 9, 9]);
    }
}
