//! What a file says of itself, where its format has a place for it: who wrote it, whose data it holds, and by which rate and
//! rule what was computed was computed.

use market::ChartInterval;

/// The rule that volatilities follow.
pub const VOLATILITY_RULE: &str = "Black-76 on the forward of the same expiry (its future, else put-call parity), of last trades at most a minute old, \
                                   calendar time; delta, gamma, vega a volatility point, theta a calendar day; beside a bar longer than a minute \
                                   stands what held in the minute of its close";

/// Who wrote a file, and whose data it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    pub program: String,
    /// `upstox`, `simulated` or `other`.
    pub source: String,
}

/// How what a file holds was made; nothing of what it holds as it is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Made<'m> {
    pub interval: Option<ChartInterval>,
    pub rate: Option<f64>,
    pub rule: Option<&'m str>,
}

impl Origin {
    /// Names and values.
    pub fn metadata(&self, made: Made<'_>) -> Vec<(String, String)> {
        let said = [
            ("program", Some(self.program.clone())),
            ("source", Some(self.source.clone())),
            ("interval", made.interval.map(|interval| interval.to_string())),
            ("rate", made.rate.map(|rate| rate.to_string())),
            ("rule", made.rule.map(str::to_owned)),
        ];
        said.into_iter().filter_map(|(name, value)| Some((format!("expirytrack.{name}"), value?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_computed_has_no_rate_and_no_rule() {
        let origin = Origin { program: "ExpiryTrack".to_owned(), source: "simulated".to_owned() };
        let said = |made| {
            let said = origin.metadata(made).into_iter();
            said.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(said(Made::default()), "expirytrack.program=ExpiryTrack expirytrack.source=simulated");
        let made = Made { interval: Some(ChartInterval::Day), rate: Some(0.065), rule: Some("So.") };
        let computed = said(made);
        let behind = " expirytrack.interval=day expirytrack.rate=0.065 expirytrack.rule=So.";
        assert!(computed.ends_with(behind), "{computed}");
    }
}
