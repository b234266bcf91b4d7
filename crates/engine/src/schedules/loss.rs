//! What may be lost while a schedule waits, and when: the broker promises expired contracts for six months.

use market::{Day, EpochSeconds, is_weekly};
use protocol::ScheduleRule;
use store::ScheduleRow;

use super::service::ScheduleService;
use crate::error::EngineError;
use crate::final_days::is_final;
use crate::names::describe_expiry;
use crate::promise::promised_until;

impl ScheduleService {
    /// The sentence for people: which expiry is at stake first, and until when it is promised.
    pub(super) async fn loss(&self, row: &ScheduleRow, rule: &ScheduleRule) -> Result<String, EngineError> {
        let mut oldest: Option<Day> = None;
        for key in &rule.underlyings {
            let Some((id, _)) = self.store().underlying(key).await? else { continue };
            let all = self.store().expiries(id).await?;
            let dates: Vec<Day> = all.iter().map(|expiry| expiry.date).collect();
            for expiry in self.to_look_at(row, all) {
                let weekly = expiry.weekly.or_else(|| is_weekly(key, expiry.date, &dates));
                if rule.expiries.includes(weekly) && !self.is_complete(&expiry, rule).await? {
                    oldest = Some(oldest.map_or(expiry.date, |day| day.min(expiry.date)));
                }
            }
            let since = seen_until(row);
            let expected = self.expected(key, id, since).await?;
            let unseen = expected.iter().filter(|expiry| {
                !expiry.listed && rule.expiries.includes(expiry.weekly) && is_final(expiry.date, self.now())
            });
            oldest = oldest.into_iter().chain(unseen.map(|expiry| expiry.date)).min();
        }
        Ok(sentence(oldest, seen_until(row)))
    }
}

/// Until when the broker's list was known to this schedule.
fn seen_until(row: &ScheduleRow) -> Day {
    let seen: EpochSeconds = row.succeeded_at.unwrap_or(row.created_at);
    seen.day()
}

fn sentence(oldest: Option<Day>, seen_until: Day) -> String {
    let (what, day) = match oldest {
        Some(day) => (format!("the expiry of {}", describe_expiry(day)), day),
        None => (format!("what has expired since {}", describe_expiry(seen_until)), seen_until),
    };
    let until = describe_expiry(promised_until(day));
    format!("Upstox promises expired contracts for six months only: {what} may be gone after {until}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_names_what_is_at_stake_and_its_last_day() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        assert_eq!(
            sentence(Some(day("2026-11-24")), day("2026-11-25")),
            "Upstox promises expired contracts for six months only: the expiry of 24 Nov 2026 may be gone after 24 May 2027"
        );
        assert!(
            sentence(None, day("2026-08-31")).ends_with("since 31 Aug 2026 may be gone after 28 Feb 2027")
        );
    }
}
