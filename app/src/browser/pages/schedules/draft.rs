//! A schedule that is being put together: each field as it was typed, and the order that they make.

use leptos::prelude::*;
use market::{ContractKinds, InstrumentKey, Interval};
use protocol::{
    ExpiryCycle, HistoricalDays, RunTime, ScheduleOrder, SchedulePicture, ScheduleRule, ScheduleTime,
    StrikesEachSide,
};

/// Which of the two times is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeKind {
    AfterExpiry,
    Cron,
}

/// Copies share the fields.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    /// In the order in which they were chosen, each once.
    pub underlyings: RwSignal<Vec<InstrumentKey>>,
    pub expiries: RwSignal<ExpiryCycle>,
    pub kinds: RwSignal<ContractKinds>,
    /// Nothing for all strikes.
    pub strikes: RwSignal<Option<StrikesEachSide>>,
    /// Why what is typed as their number is none.
    pub strikes_refusal: RwSignal<Option<String>>,
    pub interval: RwSignal<Interval>,
    pub days: RwSignal<String>,
    pub with_underlying: RwSignal<bool>,
    pub publish: RwSignal<bool>,
    pub name: RwSignal<String>,
    pub time_kind: RwSignal<TimeKind>,
    pub run_time: RwSignal<String>,
    pub cron: RwSignal<String>,
    /// Why the server takes the time for none.
    pub time_refusal: RwSignal<Option<String>>,
}

impl Draft {
    pub fn new() -> Self {
        Self {
            underlyings: RwSignal::new(Vec::new()),
            expiries: RwSignal::new(ExpiryCycle::default()),
            kinds: RwSignal::new(ContractKinds::default()),
            strikes: RwSignal::new(None),
            strikes_refusal: RwSignal::new(None),
            interval: RwSignal::new(Interval::default()),
            days: RwSignal::new(HistoricalDays::default().to_string()),
            with_underlying: RwSignal::new(true),
            publish: RwSignal::new(false),
            name: RwSignal::new(String::new()),
            time_kind: RwSignal::new(TimeKind::AfterExpiry),
            run_time: RwSignal::new(RunTime::default().to_string()),
            cron: RwSignal::new("30 7 * * 2-6".to_owned()),
            time_refusal: RwSignal::new(None),
        }
    }

    /// What a schedule says now.
    pub fn of(schedule: &SchedulePicture) -> Self {
        let draft = Self::new();
        let rule = &schedule.rule;
        draft.underlyings.set(rule.underlyings.clone());
        draft.expiries.set(rule.expiries);
        draft.kinds.set(rule.kinds);
        draft.strikes.set(rule.strikes);
        draft.interval.set(rule.interval);
        draft.days.set(rule.days.to_string());
        draft.with_underlying.set(rule.with_underlying);
        draft.publish.set(rule.publish);
        draft.name.set(schedule.name.clone());
        match &rule.when {
            ScheduleTime::AfterExpiry(time) => draft.run_time.set(time.to_string()),
            ScheduleTime::Cron(expression) => {
                draft.time_kind.set(TimeKind::Cron);
                draft.cron.set(expression.clone());
            }
        }
        draft
    }

    /// The time as it is typed now, or why it is none.
    pub fn when(&self) -> Result<ScheduleTime, String> {
        match self.time_kind.get() {
            TimeKind::Cron => Ok(ScheduleTime::Cron(self.cron.get().trim().to_owned())),
            TimeKind::AfterExpiry => {
                let time = self.run_time.get().parse::<RunTime>();
                time.map(ScheduleTime::AfterExpiry).map_err(|error| error.to_string())
            }
        }
    }

    /// The order that the fields make, or what is still to be done.
    pub fn order(&self) -> Result<ScheduleOrder, String> {
        let underlyings = self.underlyings.get();
        if underlyings.is_empty() {
            return Err("choose at least one instrument".to_owned());
        }
        let rule = ScheduleRule {
            underlyings,
            expiries: self.expiries.get(),
            kinds: self.kinds.get(),
            strikes: self.strikes.get().filter(|_| self.kinds.get().options()),
            interval: self.interval.get(),
            days: self.days.get().parse::<HistoricalDays>().map_err(|error| error.to_string())?,
            with_underlying: self.with_underlying.get(),
            publish: self.publish.get(),
            when: self.when()?,
        };
        match self.strikes_refusal.get().or_else(|| self.time_refusal.get()) {
            Some(refusal) => Err(refusal),
            None => Ok(ScheduleOrder { name: Some(self.name.get()), rule }),
        }
    }
}
