//! Which schedules would collect expiries again by themselves, were they not stored any more.

use market::{Day, InstrumentKey, is_weekly};
use protocol::{CollectsAgain, ScheduleId};

use super::service::{ScheduleService, rule_of};
use crate::error::EngineError;

impl ScheduleService {
    /// Of these expiries of an underlying. A schedule that is held collects nothing by itself.
    pub(crate) async fn would_collect(
        &self,
        key: &InstrumentKey,
        expiries: &[Day],
    ) -> Result<Vec<CollectsAgain>, EngineError> {
        let Some((id, _)) = self.store().underlying(key).await? else { return Ok(Vec::new()) };
        let all = self.store().expiries(id).await?;
        let dates: Vec<Day> = all.iter().map(|expiry| expiry.date).collect();
        let mut again = Vec::new();
        for row in self.store().schedules().await?.into_iter().filter(|row| row.enabled) {
            let rule = rule_of(&row)?;
            if !rule.underlyings.contains(key) {
                continue;
            }
            let looked_at = self.to_look_at(&row, all.clone()).into_iter();
            let of_rule = looked_at.filter(|expiry| {
                let weekly = expiry.weekly.or_else(|| is_weekly(key, expiry.date, &dates));
                expiries.contains(&expiry.date) && rule.expiries.includes(weekly)
            });
            let expiries: Vec<Day> = of_rule.map(|expiry| expiry.date).collect();
            if !expiries.is_empty() {
                again.push(CollectsAgain { schedule: ScheduleId(row.id), name: row.name, expiries });
            }
        }
        Ok(again)
    }
}
