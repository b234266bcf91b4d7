//! From an order to a job: which expiries are meant, whether anything is left, whether one like it waits.

use std::collections::BTreeMap;
use std::time::Duration;

use market::{Day, InstrumentKey, Underlying};
use protocol::{CollectOrder, CollectPlan, ExpiryChoice, JobId, PLAN_TARGETS_MAX, Target};
use store::{AnsweredContract, ExpiryId, StoredExpiry, UnderlyingId};

use crate::broker::Asking;
use crate::error::EngineError;
use crate::final_days::wanted_range;
use crate::jobs::service::JobService;
use crate::names::describe_plan;

/// Up to this many expiries are listed before the job is made, so that an order for nothing is refused.
pub(crate) const LISTED_BEFORE_MAX: usize = 12;
/// How long an order waits for the limiter before it is taken unseen.
const LISTING_PATIENCE: Duration = Duration::from_secs(2);

/// A plan whose expiries are rows of the store.
pub(crate) struct Resolved {
    pub plan: CollectPlan,
    pub underlyings: Vec<Underlying>,
    /// In the order of the plan's targets.
    pub expiries: Vec<StoredExpiry>,
}

impl JobService {
    /// Makes a job of an order and queues it.
    pub async fn create(&self, order: &CollectOrder) -> Result<JobId, EngineError> {
        let resolved = self.resolve(order).await?;
        self.create_resolved(&resolved).await
    }

    /// Like [`create`](Self::create), but goes on with an unfinished job of the same plan where there is one.
    /// Says whether it does.
    pub async fn take_up_or_create(&self, order: &CollectOrder) -> Result<(JobId, bool), EngineError> {
        let resolved = self.resolve(order).await?;
        let same = self
            .reader()
            .unfinished_plans()
            .await?
            .into_iter()
            .find(|(job, plan)| job.status.is_unfinished() && plan.is_same_work(&resolved.plan));
        match same {
            Some((job, _)) => Ok((job.id, true)),
            None => Ok((self.create_resolved(&resolved).await?, false)),
        }
    }

    async fn create_resolved(&self, resolved: &Resolved) -> Result<JobId, EngineError> {
        self.refuse_nothing(resolved).await?;
        let ids: Vec<ExpiryId> = resolved.expiries.iter().map(|expiry| expiry.id).collect();
        // A plan of keys, dates and numbers always serialises.
        let plan = serde_json::to_string(&resolved.plan).map_err(EngineError::UnreadableJob)?;
        let title = describe_plan(&resolved.plan, &resolved.underlyings);
        let job = JobId(self.store().create_job(&title, &plan, &ids, self.now()).await?);
        self.changed();
        self.wake();
        Ok(job)
    }

    pub(crate) async fn resolve(&self, order: &CollectOrder) -> Result<Resolved, EngineError> {
        let mut underlyings = Vec::new();
        let mut known: BTreeMap<InstrumentKey, Vec<StoredExpiry>> = BTreeMap::new();
        for key in &order.underlyings {
            let (id, underlying) = self.expiries_for(order, key).await?;
            if known.insert(key.clone(), self.expired().past_expiries(id).await?).is_none() {
                underlyings.push(underlying);
            }
        }
        let mut chosen = self.choose(order, &known).await?;
        if chosen.is_empty() {
            if let (true, Some(first)) = (known.values().all(Vec::is_empty), underlyings.first()) {
                return Err(self.expired().no_expiries(first).await?);
            }
            let reason = "no expiry is chosen".to_owned();
            return Err(EngineError::NothingToCollect(reason));
        }
        if chosen.len() > PLAN_TARGETS_MAX {
            return Err(EngineError::TooManyTargets { given: chosen.len(), max: PLAN_TARGETS_MAX });
        }
        // Newest first, so that a stopped job has brought what matters most.
        chosen.sort_by(|(key, expiry), (other_key, other)| {
            other.date.cmp(&expiry.date).then_with(|| key.cmp(other_key))
        });
        let target = |(key, expiry): &(InstrumentKey, StoredExpiry)| Target {
            underlying: key.clone(),
            expiry: expiry.date,
        };
        let plan = CollectPlan {
            targets: chosen.iter().map(target).collect(),
            kinds: order.kinds,
            // A future has no strike: an order of futures alone is the same with it and without.
            strikes: order.strikes.filter(|_| order.kinds.options()),
            interval: order.interval,
            days: order.days,
            workers: order.workers.unwrap_or_else(|| self.preferences().now().limits.workers),
            with_underlying: order.with_underlying,
            again: None,
            proved_by: None,
        };
        let expiries = chosen.into_iter().map(|(_, expiry)| expiry).collect();
        let resolved = Resolved { plan, underlyings, expiries };
        // Whoever names no expiry is told by the job which of them it left as they are.
        if let ExpiryChoice::Dates(_) | ExpiryChoice::Each(_) = order.expiries {
            self.refuse_archived(&resolved).await?;
        }
        Ok(resolved)
    }

    /// Dates that are known need no new list while the broker cannot be asked.
    async fn expiries_for(
        &self,
        order: &CollectOrder,
        key: &InstrumentKey,
    ) -> Result<(UnderlyingId, Underlying), EngineError> {
        let asking = Asking::for_person_within(LISTING_PATIENCE);
        let error = match self.expired().refresh_expiries_as(key, &asking).await {
            Err(error @ (EngineError::Waits(_) | EngineError::BrokerDown { .. })) => error,
            answer => return answer,
        };
        let wanted: Vec<Day> = match &order.expiries {
            ExpiryChoice::Dates(dates) => dates.clone(),
            ExpiryChoice::Each(dates) => dates.get(key).cloned().unwrap_or_default(),
            ExpiryChoice::All | ExpiryChoice::Last(_) => return Err(error),
        };
        let Some((id, underlying)) = self.store().underlying(key).await? else { return Err(error) };
        let known = self.store().expiries(id).await?;
        let is_enough = wanted.iter().all(|date| find(&known, *date).is_some());
        if is_enough { Ok((id, underlying)) } else { Err(error) }
    }

    async fn choose(
        &self,
        order: &CollectOrder,
        known: &BTreeMap<InstrumentKey, Vec<StoredExpiry>>,
    ) -> Result<Vec<(InstrumentKey, StoredExpiry)>, EngineError> {
        let mut chosen = Vec::new();
        match &order.expiries {
            ExpiryChoice::All => {
                for (key, expiries) in known {
                    chosen.extend(expiries.iter().map(|expiry| (key.clone(), expiry.clone())));
                }
            }
            ExpiryChoice::Last(count) => {
                let count = usize::try_from(*count).unwrap_or(usize::MAX);
                for (key, expiries) in known {
                    chosen.extend(expiries.iter().take(count).map(|expiry| (key.clone(), expiry.clone())));
                }
            }
            ExpiryChoice::Dates(dates) => {
                for date in unique(dates) {
                    let before = chosen.len();
                    for (key, expiries) in known {
                        chosen.extend(find(expiries, date).map(|expiry| (key.clone(), expiry.clone())));
                    }
                    if let (true, Some(key)) = (chosen.len() == before, known.keys().next()) {
                        self.expired().check_expiry(key, date).await?;
                    }
                }
            }
            ExpiryChoice::Each(dates_of) => {
                for (key, expiries) in known {
                    for date in dates_of.get(key).map(|dates| unique(dates)).unwrap_or_default() {
                        match find(expiries, date) {
                            Some(expiry) => chosen.push((key.clone(), expiry.clone())),
                            None => self.expired().check_expiry(key, date).await?,
                        }
                    }
                }
            }
        }
        Ok(chosen)
    }

    /// Refuses a plan of which an expiry lies in the lake, where more of it is wanted than was collected. Where strikes are
    /// left out this is known only when the job lists, and it is told there.
    async fn refuse_archived(&self, resolved: &Resolved) -> Result<(), EngineError> {
        let plan = &resolved.plan;
        if plan.strikes.is_some() {
            return Ok(());
        }
        for (target, expiry) in plan.targets.iter().zip(&resolved.expiries) {
            if !self.store().is_archived(expiry.id).await? {
                continue;
            }
            let range = wanted_range(expiry.date, plan.days);
            let answered = self.store().answered_of_expiry(expiry.id, plan.interval).await?;
            let is_open = |of: &&AnsweredContract| plan.kinds.includes(of.kind) && !of.open(range).is_empty();
            let contracts = answered.iter().filter(is_open).count() as u64;
            if contracts > 0 {
                let is_meant = |underlying: &&Underlying| underlying.key == target.underlying;
                let name = resolved.underlyings.iter().find(is_meant).map(|of| of.name.clone());
                let underlying = name.unwrap_or_else(|| target.underlying.to_string());
                return Err(EngineError::ArchivedWantsMore { underlying, date: expiry.date, contracts });
            }
        }
        Ok(())
    }

    /// Refuses an order of which nothing at all would be left: no contract of the asked kinds anywhere, and every
    /// list of them is believed.
    async fn refuse_nothing(&self, resolved: &Resolved) -> Result<(), EngineError> {
        if resolved.expiries.len() > LISTED_BEFORE_MAX {
            return Ok(());
        }
        let kinds = resolved.plan.kinds;
        for (target, expiry) in resolved.plan.targets.iter().zip(&resolved.expiries) {
            let asking = Asking::for_person_within(LISTING_PATIENCE);
            let listed = self.expired().list(&target.underlying, expiry, kinds, &asking).await;
            match listed {
                Ok(contracts) if contracts.is_empty() => {
                    let states = self.expired().list_states(expiry).await?;
                    // The job asks once more, and accounts for it.
                    if !states.are_listed(kinds) || states.refused > 0 {
                        return Ok(());
                    }
                }
                Ok(_) => return Ok(()),
                // The job will ask again, and account for it. An order is kept also where it has to wait.
                Err(EngineError::Waits(_) | EngineError::BrokerDown { .. }) => return Ok(()),
                Err(error) if error.is_of_one_part() => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Err(EngineError::NothingToCollect(nothing(&resolved.plan)))
    }
}

/// Why nothing is left, in words.
pub(crate) fn nothing(plan: &CollectPlan) -> String {
    let kinds = match plan.kinds {
        market::ContractKinds::Both => "contracts",
        other => other.as_str(),
    };
    match plan.targets.as_slice() {
        [only] => format!("Upstox lists no {kinds} for the expiry of {} of {}", only.expiry, only.underlying),
        targets => format!("Upstox lists no {kinds} for any of the {} chosen expiries", targets.len()),
    }
}

fn unique(dates: &[Day]) -> Vec<Day> {
    let mut dates = dates.to_vec();
    dates.sort();
    dates.dedup();
    dates
}

fn find(expiries: &[StoredExpiry], date: Day) -> Option<&StoredExpiry> {
    expiries.iter().find(|expiry| expiry.date == date)
}
