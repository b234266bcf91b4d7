//! `verify`: the file is sound, what is said of each series is what its candles are, coverage rests on answers,
//! jobs count right, nothing is believed for the wrong reason. Reads only.

use std::collections::BTreeMap;

use market::{Day, InstrumentKey, Interval};
use protocol::{COVERAGE_EXPIRIES_MAX, Check, CoveragePage, HistoricalDays, VerifyReport};
use store::{DayFigures, SeriesRow, StoreError};

use crate::coverage::service::CoverageService;
use crate::error::EngineError;

impl CoverageService {
    /// Checks everything, or one underlying. `progress` is told how many series of how many are checked.
    pub async fn verify(
        &self,
        underlying: Option<&InstrumentKey>,
        progress: impl Fn(usize, usize),
    ) -> Result<VerifyReport, EngineError> {
        if let Some(key) = underlying
            && self.store.underlying(key).await?.is_none()
        {
            return Err(EngineError::NothingStored { key: key.to_string() });
        }
        let mut report = VerifyReport::default();
        if underlying.is_none() {
            report.checks.push(self.check_file().await?);
            report.checks.push(self.check_jobs().await?);
            report.checks.push(self.check_totals().await?);
        }
        let lake = self.check_lake(underlying).await?;
        let series = self.store.all_series(underlying).await?;
        let mut checks = SeriesChecks::new();
        for (done, row) in series.iter().enumerate() {
            progress(done, series.len());
            match self.check_series(row, &mut checks).await {
                // The file is told of below, and what it holds cannot be looked at.
                Err(EngineError::Store(StoreError::Archive(_))) if lake.problems > 0 => {}
                checked => checked?,
            }
        }
        // Without a file there is nothing to look at.
        report.checks.extend(Some(lake).filter(|check| check.examined > 0));
        progress(series.len(), series.len());
        report.checks.extend(checks.into_checks());
        report.checks.extend(self.check_settled(underlying).await?);
        // Without a file there is nothing to look at.
        report.checks.extend(Some(self.check_proofs(underlying).await?).filter(|check| check.examined > 0));
        report.holes = self.all_holes(underlying).await?;
        Ok(report)
    }

    async fn check_file(&self) -> Result<Check, EngineError> {
        let mut check = Check::new("the database file is intact");
        check.examined = 1;
        let mut faults = self.store.integrity_faults().await?;
        faults.extend(self.store.dangling_rows().await?);
        for fault in faults {
            check.problem(|| fault);
        }
        Ok(check)
    }

    /// Each is read whole.
    async fn check_lake(&self, underlying: Option<&InstrumentKey>) -> Result<Check, EngineError> {
        let mut check =
            Check::new("the files of the lake that hold candles alone are those that were published");
        let of = match underlying {
            Some(key) => self.store.underlying(key).await?.map(|(id, _)| id),
            None => None,
        };
        for expiry in self.store.archived(of).await? {
            check.examined += 1;
            match self.store.check_lake_file(&expiry.file).await {
                Err(StoreError::Archive(error)) => check.problem(|| error.to_string()),
                checked => checked?,
            }
        }
        Ok(check)
    }

    async fn check_jobs(&self) -> Result<Check, EngineError> {
        let mut check = Check::new("the counters of jobs equal their parts");
        check.examined = 1;
        for job in self.store.miscounted_jobs().await? {
            check.problem(|| format!("job {job} counts otherwise"));
        }
        Ok(check)
    }

    async fn check_totals(&self) -> Result<Check, EngineError> {
        let mut check = Check::new("the totals of expiries equal what they count");
        check.examined = 1;
        for wrong in self.store.wrong_totals().await? {
            check.problem(|| format!("{}: {} noted, {} counted", wrong.of, wrong.noted, wrong.counted));
        }
        Ok(check)
    }

    /// A candle that speaks against a file of the exchange's is told by the quality report, and is no fault of the database.
    async fn check_proofs(&self, underlying: Option<&InstrumentKey>) -> Result<Check, EngineError> {
        let mut check = Check::new("what the exchange's files prove rests on them");
        let (examined, wrong) = self.store.unfounded_proofs(underlying).await?;
        check.examined = examined;
        for proof in wrong {
            check.problem(|| proof);
        }
        Ok(check)
    }

    async fn check_series(&self, row: &SeriesRow, checks: &mut SeriesChecks) -> Result<(), EngineError> {
        let named = |what: String| format!("{} {}: {what}", row.name, row.interval);
        let is_minutes = row.interval != Interval::Day.as_str();
        let counted = self.store.counted_days(row.id, is_minutes).await?;
        let noted: BTreeMap<Day, DayFigures> = self.store.noted_days(row.id).await?.into_iter().collect();
        let days: BTreeMap<Day, DayFigures> = counted.iter().map(|day| (day.day, day.figures)).collect();
        for day in counted.iter().filter(|day| day.impossible > 0) {
            checks
                .possible
                .problem(|| named(format!("{} impossible candles on {}", day.impossible, day.day)));
        }
        checks.possible.examined += counted.iter().map(|day| day.figures.candles.unsigned_abs()).sum::<u64>();
        let all_days: std::collections::BTreeSet<&Day> = days.keys().chain(noted.keys()).collect();
        checks.counted.examined += all_days.len() as u64;
        for day in all_days {
            let (is, said) = (days.get(day), noted.get(day));
            if is != said && is.map(|is| is.candles) == said.map(|said| said.candles) {
                checks
                    .counted
                    .problem(|| named(format!("what is noted of {day} is not what its candles say")));
            } else if is != said {
                let count = |figures: Option<&DayFigures>| figures.map_or(0, |figures| figures.candles);
                checks.counted.problem(|| {
                    named(format!("{} candles are stored of {day}, {} are noted", count(is), count(said)))
                });
            }
        }
        for answer in self.store.rests_on(row.id).await? {
            checks.answered.examined += 1;
            if !answer.is_answer {
                checks
                    .answered
                    .problem(|| named(format!("request {} is no answer", answer.request.number())));
            }
            let Some(asked) = answer.asked else { continue };
            let stored: i64 = days.range(asked.from()..=asked.to()).map(|(_, figures)| figures.candles).sum();
            if stored.unsigned_abs() < answer.rows {
                checks.answered.problem(|| {
                    named(format!("{} candles came for {asked}, {stored} are stored", answer.rows))
                });
            }
        }
        Ok(())
    }

    async fn all_holes(&self, only: Option<&InstrumentKey>) -> Result<Vec<protocol::Hole>, EngineError> {
        let mut holes = Vec::new();
        for (_, underlying) in self.store.underlyings().await? {
            if only.is_none_or(|key| *key == underlying.key) {
                let days = HistoricalDays::default();
                let mut page = CoveragePage { limit: COVERAGE_EXPIRIES_MAX, ..CoveragePage::default() };
                loop {
                    let interval = Interval::Minute1;
                    let coverage = self.of_underlying(&underlying.key, interval, days, page).await?;
                    if page.before.is_none() {
                        holes.extend(coverage.own.into_iter().flat_map(|own| own.holes));
                    }
                    holes.extend(coverage.expiries.into_iter().flat_map(|expiry| expiry.holes));
                    page.before = coverage.next;
                    if coverage.next.is_none() {
                        break;
                    }
                }
            }
        }
        Ok(holes)
    }
}

/// What is checked of every series.
struct SeriesChecks {
    possible: Check,
    counted: Check,
    answered: Check,
}

impl SeriesChecks {
    fn new() -> Self {
        Self {
            possible: Check::new("every candle can be true"),
            counted: Check::new("the days that are noted are the days that are stored"),
            answered: Check::new("coverage rests on answers, and their rows are stored"),
        }
    }

    fn into_checks(self) -> [Check; 3] {
        [self.possible, self.counted, self.answered]
    }
}
