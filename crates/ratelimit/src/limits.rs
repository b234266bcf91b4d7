//! Which limits hold: how they are written, compared and made stricter.
//!
//! Pure values: nothing here counts a request. A limit of zero is refused, because it would mean "never".

use std::{fmt, num::NonZeroU32, str::FromStr, time::Duration};

/// The broker's three windows for one user.
pub const UPSTOX_WINDOWS: [Window; 3] = [
    Window { max: 50, period: Duration::from_secs(1) },
    Window { max: 500, period: Duration::from_secs(60) },
    Window { max: 2000, period: Duration::from_secs(1800) },
];
/// The most windows that one list may have; far above any broker's, and every grant looks at each.
pub const MOST_WINDOWS: usize = 8;
/// The longest period of a window.
pub const LONGEST_PERIOD: Duration = Duration::from_secs(86_400);
/// The largest number of requests of a window; it bounds the memory of the limiter.
pub const LARGEST_MAX: u32 = 1_000_000;
/// Up to this period a window counts as the short one: "per second".
pub const SHORT_PERIOD: Duration = Duration::from_secs(1);

/// At most `max` requests in any stretch of `period`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// The most requests; at least 1.
    pub max: u32,
    /// The length of the rolling window.
    pub period: Duration,
}

impl Window {
    /// Whether keeping this window alone keeps `other` too.
    fn guarantees(self, other: Self) -> bool {
        self.period >= other.period && self.max <= other.max
    }
}

impl fmt::Display for Window {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.period.as_millis();
        if millis.is_multiple_of(1000) {
            write!(formatter, "{}/{}s", self.max, millis / 1000)
        } else {
            write!(formatter, "{}/{millis}ms", self.max)
        }
    }
}

/// Several rolling windows that all hold at once, or no limit at all.
///
/// Written as `upstox`, `off`, or windows such as `50/1s,500/60s,2000/1800s`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Shortest period first, each period once. Empty: no limit.
    windows: Vec<Window>,
}

impl Limits {
    /// The broker's three: 50 a second, 500 a minute, 2000 in 30 minutes.
    pub fn upstox() -> Self {
        Self { windows: UPSTOX_WINDOWS.to_vec() }
    }

    /// No limit.
    pub fn off() -> Self {
        Self { windows: Vec::new() }
    }

    /// These windows at once. Of two with the same period the smaller holds.
    pub fn new(windows: impl IntoIterator<Item = Window>) -> Result<Self, LimitsError> {
        let windows: Vec<Window> = windows.into_iter().collect();
        if windows.is_empty() {
            return Err(LimitsError::Empty);
        }
        if windows.len() > MOST_WINDOWS {
            return Err(LimitsError::TooMany { given: windows.len() });
        }
        for window in &windows {
            check(*window, &window.to_string())?;
        }
        Ok(Self::merged(windows))
    }

    /// The windows, shortest period first; empty when there is no limit.
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// Whether there is no limit.
    pub fn is_off(&self) -> bool {
        self.windows.is_empty()
    }

    /// Whether keeping these limits could break one window of `other`.
    pub fn is_looser_than(&self, other: &Self) -> bool {
        other.windows.iter().any(|theirs| !self.windows.iter().any(|ours| ours.guarantees(*theirs)))
    }

    /// With at most `max` requests a second: lowers or adds the one-second window, never raises it.
    #[must_use]
    pub fn lower_per_second(&self, max: NonZeroU32) -> Self {
        self.stricter_of(&Self { windows: vec![Window { max: max.get(), period: SHORT_PERIOD }] })
    }

    /// Limits that keep both.
    #[must_use]
    pub fn stricter_of(&self, other: &Self) -> Self {
        Self::merged(self.windows.iter().chain(&other.windows).copied().collect())
    }

    fn merged(mut windows: Vec<Window>) -> Self {
        windows.sort_by_key(|window| (window.period, window.max));
        windows.dedup_by_key(|window| window.period);
        Self { windows }
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_off() {
            return formatter.write_str("off");
        }
        if self.windows == UPSTOX_WINDOWS {
            return formatter.write_str("upstox");
        }
        for (position, window) in self.windows.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            write!(formatter, "{comma}{window}")?;
        }
        Ok(())
    }
}

impl FromStr for Limits {
    type Err = LimitsError;

    fn from_str(text: &str) -> Result<Self, LimitsError> {
        let text = text.trim();
        match text {
            "" => Err(LimitsError::Empty),
            "upstox" => Ok(Self::upstox()),
            "off" => Ok(Self::off()),
            // Counted first, so that an endless text is not collected.
            _ if text.split(',').count() > MOST_WINDOWS => {
                Err(LimitsError::TooMany { given: text.split(',').count() })
            }
            _ => Self::new(text.split(',').map(parse_window).collect::<Result<Vec<_>, _>>()?),
        }
    }
}

/// Why a text or a list is no [`Limits`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitsError {
    /// Nothing was written.
    #[error("no rate limit is given; {ACCEPTED}")]
    Empty,
    /// A part is not of the form `50/1s`.
    #[error("{part:?} is not a rate limit; {ACCEPTED}")]
    Malformed {
        /// The part as written.
        part: String,
    },
    /// A number is zero, or larger than the limiter can keep.
    #[error(
        "in {part:?} the number of requests must lie between 1 and {LARGEST_MAX} \
         and the period between 1 ms and {longest} s, in whole milliseconds; {ACCEPTED}",
        longest = LONGEST_PERIOD.as_secs()
    )]
    OutOfRange {
        /// The part as written.
        part: String,
    },
    /// More windows than [`MOST_WINDOWS`].
    #[error("{given} windows are given, at most {MOST_WINDOWS} are possible; {ACCEPTED}")]
    TooMany {
        /// How many were given.
        given: usize,
    },
}

const ACCEPTED: &str = "write `upstox`, `off`, or windows such as `50/1s,500/60s,2000/1800s`";

fn parse_window(part: &str) -> Result<Window, LimitsError> {
    let part = part.trim();
    let malformed = || LimitsError::Malformed { part: part.to_owned() };
    let out_of_range = || LimitsError::OutOfRange { part: part.to_owned() };
    let (max, period) = part.split_once('/').ok_or_else(malformed)?;
    let (amount, millis_per_unit) = match (period.strip_suffix("ms"), period.strip_suffix('s')) {
        (Some(amount), _) => (amount, 1),
        (None, Some(amount)) => (amount, 1000),
        (None, None) => return Err(malformed()),
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(max) || !is_number(amount) {
        return Err(malformed());
    }
    // All digits, so what does not parse is too large.
    let max: u32 = max.parse().map_err(|_| out_of_range())?;
    let amount: u64 = amount.parse().map_err(|_| out_of_range())?;
    let millis = amount.checked_mul(millis_per_unit).ok_or_else(out_of_range)?;
    let window = Window { max, period: Duration::from_millis(millis) };
    check(window, part)?;
    Ok(window)
}

fn check(window: Window, part: &str) -> Result<(), LimitsError> {
    // Whole milliseconds, because that is how a window is written down.
    let whole = window.period.subsec_nanos().is_multiple_of(1_000_000);
    let fits = whole
        && (1..=LARGEST_MAX).contains(&window.max)
        && (Duration::from_millis(1)..=LONGEST_PERIOD).contains(&window.period);
    if fits { Ok(()) } else { Err(LimitsError::OutOfRange { part: part.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(text: &str) -> Limits {
        text.parse().unwrap()
    }

    fn refusal(text: &str) -> String {
        text.parse::<Limits>().unwrap_err().to_string()
    }

    #[test]
    fn the_names_and_the_long_form_are_understood() {
        assert_eq!(limits("upstox"), Limits::upstox());
        assert_eq!(limits(" 50/1s, 500/60s ,2000/1800s "), Limits::upstox());
        assert_eq!(limits("2000/1800s,50/1s,500/60s"), Limits::upstox());
        assert_eq!(limits("off"), Limits::off());
        assert_eq!(limits("3/250ms").windows(), [Window { max: 3, period: Duration::from_millis(250) }]);
        assert_eq!(limits("9/1s,7/1000ms"), limits("7/1s"));
    }

    #[test]
    fn display_is_read_back() {
        for text in ["upstox", "off", "5/1s", "5/1s,7/1500ms", "1/86400s"] {
            assert_eq!(limits(text).to_string(), text);
            assert_eq!(limits(&limits(text).to_string()), limits(text));
        }
    }

    #[test]
    fn a_refusal_names_the_part_and_what_is_accepted() {
        for text in
            ["50", "50/1", "50/s", "/1s", "fifty/1s", "-5/1s", "+5/1s", "5/1.5s", "5/1m", "5/1s,", "Off", "é"]
        {
            let sentence = refusal(text);
            assert!(
                sentence.contains("is not a rate limit") && sentence.contains("`off`"),
                "{text}: {sentence}"
            );
        }
        for text in
            ["0/1s", "5/0s", "5/0ms", "1000001/1s", "5/86401s", "99999999999/1s", "1/99999999999999999999s"]
        {
            assert!(refusal(text).contains("must lie between"), "{text}");
        }
        assert!(refusal("  ").contains("no rate limit is given"));
        assert!(refusal(&["1/1s"; 9].join(",")).contains("9 windows are given"));
        assert!(Limits::new([]).is_err());
    }

    #[test]
    fn looser_is_judged_window_by_window() {
        let upstox = Limits::upstox();
        assert!(!upstox.is_looser_than(&upstox));
        assert!(Limits::off().is_looser_than(&upstox));
        assert!(!upstox.is_looser_than(&Limits::off()));
        assert!(!Limits::off().is_looser_than(&Limits::off()));
        assert!(limits("50/1s,500/60s").is_looser_than(&upstox));
        assert!(limits("51/1s,500/60s,2000/1800s").is_looser_than(&upstox));
        assert!(!limits("50/2s,400/60s,2000/3600s").is_looser_than(&upstox));
        // Fifty in half an hour keep all three.
        assert!(!limits("50/1800s").is_looser_than(&upstox));
    }

    #[test]
    fn a_rate_a_second_only_ever_lowers() {
        let lower = |limits: &Limits, max| limits.lower_per_second(NonZeroU32::new(max).unwrap());
        assert_eq!(lower(&Limits::upstox(), 10), limits("10/1s,500/60s,2000/1800s"));
        assert_eq!(lower(&Limits::upstox(), 80), Limits::upstox());
        assert_eq!(lower(&limits("500/60s"), 80), limits("80/1s,500/60s"));
        assert_eq!(lower(&Limits::off(), 5), limits("5/1s"));
    }

    #[test]
    fn the_stricter_of_two_keeps_both() {
        let (first, second) = (limits("50/1s,100/60s"), limits("60/1s,90/30s"));
        let both = first.stricter_of(&second);
        assert_eq!(both, limits("50/1s,90/30s,100/60s"));
        assert!(!both.is_looser_than(&first) && !both.is_looser_than(&second));
        assert_eq!(Limits::off().stricter_of(&first), first);
    }
}
