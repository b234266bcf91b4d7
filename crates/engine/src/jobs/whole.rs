//! Bringing a range whole: one request where the broker allows it, a probe where the answer may have been
//! cut, paging back or forward where it was, halves where the length is refused.

use std::sync::{Mutex, MutexGuard, PoisonError};

use market::{Candle, Day, DayRange, EpochSeconds};
use protocol::EventLevel;
use store::{Outcome, Store};
use upstox::Remedy;

use crate::check::Verdict;
use crate::error::EngineError;
use crate::final_days::last_final_day;
use crate::jobs::evidence::{EndTerms, Evidence, Probe, ends_early, read_end_probe, read_probe};
use crate::jobs::log::event_of;
use crate::jobs::run::{Halt, Run};
use crate::jobs::subject::Subject;

/// A range is halved at most this often: 1,000 days come down to one.
const HALVINGS_MAX: u32 = 10;
/// Pages back through one contract; a cap of one day over 1,000 days stays below it.
const PAGES_MAX: usize = 1_100;
/// Probes in a row that prove nothing before the rest of the range is left for the end of the job.
const IDLE_PROBES_MAX: u32 = 4;

/// The evidence of one kind of series, shared by the workers and kept in the database.
pub(crate) struct SharedEvidence {
    store: Store,
    name: String,
    evidence: Mutex<Evidence>,
    /// Held while it is written: one at a time, so that the newest state is what stays.
    writing: tokio::sync::Mutex<()>,
}

impl SharedEvidence {
    /// `series`: an interval of contracts, or the underlyings.
    pub(crate) async fn load(store: &Store, series: &str) -> Result<Self, EngineError> {
        let name = format!("evidence_{series}");
        let known = store.setting(&name).await?;
        // Evidence of another version is worth a few probes, not a failure.
        let evidence = known.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let (evidence, writing) = (Mutex::new(evidence), tokio::sync::Mutex::default());
        Ok(Self { store: store.clone(), name, evidence, writing })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Evidence> {
        self.evidence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn learn(&self, lesson: impl FnOnce(&mut Evidence) -> bool) -> Result<(), Halt> {
        let is_news = lesson(&mut self.lock());
        if !is_news {
            return Ok(());
        }
        let _writing = self.writing.lock().await;
        let text = serde_json::to_string(&*self.lock()).map_err(EngineError::UnreadableJob)?;
        Ok(self.store.put_setting(&self.name, &text).await?)
    }
}

/// What a range brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Brought {
    pub has_rows: bool,
    /// Answered without a row, or not for sure: to be asked again at the end of the job.
    pub unanswered: Vec<DayRange>,
    /// From the first to the last day in which rows of one moment differed.
    contradictory: Option<DayRange>,
}

impl Brought {
    fn note_contradictions(&mut self, days: &[Day]) {
        for day in days {
            let known = self.contradictory.unwrap_or(DayRange::single(*day));
            let wider = DayRange::new(known.from().min(*day), known.to().max(*day));
            self.contradictory = wider.ok().or(self.contradictory);
        }
    }
}

impl Run {
    /// Brings a range, in as few requests as the evidence allows. Newest days first where it takes several.
    pub(crate) async fn bring(&self, subject: &Subject, range: DayRange) -> Result<Brought, Halt> {
        let mut brought = Brought::default();
        let known_max = self.evidence_of(subject).lock().range_days_max;
        let mut pieces: Vec<(DayRange, u32)> = pieces(range, known_max).into_iter().map(|p| (p, 0)).collect();
        let mut shortest_refused = i64::MAX;
        while let Some((piece, halvings)) = pieces.pop() {
            let days = piece.day_count();
            match self.bring_piece(subject, piece, &mut brought).await {
                Ok(()) if halvings > 0 => self.learn_range(subject, days, shortest_refused).await?,
                Ok(()) => {}
                Err(Halt::Broken(EngineError::Broker { error, .. }))
                    if error.remedy() == Remedy::ShortenRange && halvings < HALVINGS_MAX && days > 1 =>
                {
                    shortest_refused = shortest_refused.min(days);
                    let half = (days + 1) / 2;
                    pieces.extend(self::pieces(piece, Some(half)).into_iter().map(|p| (p, halvings + 1)));
                }
                Err(halt) => return Err(halt),
            }
        }
        if let Some(days) = brought.contradictory {
            self.ask_again_for(subject, days).await?;
        }
        Ok(brought)
    }

    /// So many days were answered where `refused` were not. A shorter piece says nothing against a longer one that was
    /// answered, and what was known before holds unless that is refused now.
    async fn learn_range(&self, subject: &Subject, answered: i64, refused: i64) -> Result<(), Halt> {
        let learn = |evidence: &mut Evidence| {
            let known = evidence.range_days_max.filter(|known| *known < refused);
            let longest = known.map_or(answered, |known| known.max(answered));
            evidence.range_days_max.replace(longest) != Some(longest)
        };
        self.evidence_of(subject).learn(learn).await
    }

    async fn bring_piece(
        &self,
        subject: &Subject,
        range: DayRange,
        brought: &mut Brought,
    ) -> Result<(), Halt> {
        let mut asked = self.ask(subject, range).await?;
        if asked.value.verdict() == Verdict::AllRefused && !asked.value.contradictory_days.is_empty() {
            // Rows of one moment that differ may agree in the next answer.
            self.keep(subject, asked, None, Outcome::Rows).await?;
            asked = self.ask(subject, range).await?;
        }
        brought.note_contradictions(&asked.value.contradictory_days);
        match asked.value.verdict() {
            Verdict::Rows => {}
            Verdict::AllRefused => return Err(self.refuse(subject, asked).await?),
            // The broker says by itself that nothing was traded: there is nothing to confirm.
            Verdict::Placeholders => {
                return self.keep(subject, asked, Some(range), Outcome::Empty).await.map(drop);
            }
            Verdict::Empty => {
                self.keep(subject, asked, Some(range), Outcome::EmptyUnconfirmed).await?;
                brought.unanswered.push(range);
                return Ok(());
            }
        }
        brought.has_rows = true;
        let candles = &asked.value.candles;
        let (Some(first), Some(last)) = (candles.first(), candles.last()) else { return Ok(()) };
        let (first_day, last_day) = (first.start.day(), last.start.day());
        let ends_early = ends_early(range, candles, self.end_terms(subject, asked.audit.at));
        let begins_whole = self.evidence_of(subject).lock().is_whole(range, candles);
        // Of a day in which an answer may have been cut nothing is sure.
        let from = if begins_whole { range.from() } else { first_day.next() };
        let to = if ends_early { last_day.previous() } else { range.to() };
        let candles = self.keep(subject, asked, DayRange::new(from, to).ok(), Outcome::Rows).await?;
        if begins_whole && !ends_early {
            self.evidence_of(subject).learn(|evidence| evidence.learn_whole(&candles)).await?;
        }
        if ends_early {
            let later = DayRange::new(last_day, range.to()).map_err(EngineError::from)?;
            self.page_forward(subject, later, candles.clone(), brought).await?;
        }
        if !begins_whole {
            let older = DayRange::new(range.from(), first_day).map_err(EngineError::from)?;
            self.page_back(subject, older, candles, brought).await?;
        }
        Ok(())
    }

    pub(crate) fn end_terms(&self, subject: &Subject, asked_at: EpochSeconds) -> EndTerms {
        EndTerms {
            interval: subject.interval(),
            trades_to_the_end: subject.trades_to_the_end(),
            last_final: last_final_day(asked_at),
        }
    }

    /// Asks for `[day of the last known row, to]` until the end is there, or nothing later comes.
    async fn page_forward(
        &self,
        subject: &Subject,
        mut later: DayRange,
        mut known: Vec<Candle>,
        brought: &mut Brought,
    ) -> Result<(), Halt> {
        let mut idle_probes = 0;
        while idle_probes < IDLE_PROBES_MAX {
            let asked = self.ask(subject, later).await?;
            brought.note_contradictions(&asked.value.contradictory_days);
            if asked.value.verdict() == Verdict::AllRefused {
                return Err(self.refuse(subject, asked).await?);
            }
            match read_end_probe(&known, &asked.value.candles) {
                Probe::IsWhole => {
                    self.tell_early_end(subject, &known, later.to()).await?;
                    return self.keep(subject, asked, Some(later), Outcome::Rows).await.map(drop);
                }
                Probe::WasCut => {
                    let candles = &asked.value.candles;
                    let ends_early = ends_early(later, candles, self.end_terms(subject, asked.audit.at));
                    // The probe has a row later than the known ones, so it has a last one.
                    let Some(last_day) = candles.last().map(|last| last.start.day()) else { break };
                    if !ends_early {
                        return self.keep(subject, asked, Some(later), Outcome::Rows).await.map(drop);
                    }
                    let sure = DayRange::new(later.from(), last_day.previous()).ok();
                    known = self.keep(subject, asked, sure, Outcome::Rows).await?;
                    later = DayRange::new(last_day, later.to()).map_err(EngineError::from)?;
                }
                Probe::ProvesNothing => {
                    idle_probes += 1;
                    self.keep(subject, asked, None, Outcome::EmptyUnconfirmed).await?;
                }
            }
        }
        brought.unanswered.push(later);
        Ok(())
    }

    /// A future and an underlying trade to the end: one that does not is told, however often it was asked.
    async fn tell_early_end(&self, subject: &Subject, known: &[Candle], to: Day) -> Result<(), Halt> {
        let (true, Some(last)) = (subject.trades_to_the_end(), known.last()) else { return Ok(()) };
        let text = format!(
            "suspicious: its last candle is of {}, and it should have traded until {to}; asked again, and nothing later came",
            &last.start.to_ist_text()[..16]
        );
        let told = event_of(self.job, self.now(), EventLevel::Warning, subject, &text);
        Ok(self.service.store().add_events(&[told]).await?)
    }

    /// Asks for `[from, day of the earliest known row]` until nothing older comes.
    async fn page_back(
        &self,
        subject: &Subject,
        mut older: DayRange,
        mut known: Vec<Candle>,
        brought: &mut Brought,
    ) -> Result<(), Halt> {
        let mut idle_probes = 0;
        for _ in 0..PAGES_MAX {
            let asked = self.ask(subject, older).await?;
            brought.note_contradictions(&asked.value.contradictory_days);
            if asked.value.verdict() == Verdict::AllRefused {
                return Err(self.refuse(subject, asked).await?);
            }
            match read_probe(&known, &asked.value.candles) {
                Probe::IsWhole => {
                    self.keep(subject, asked, Some(older), Outcome::Rows).await?;
                    return self.evidence_of(subject).learn(|evidence| evidence.learn_whole(&known)).await;
                }
                Probe::WasCut => {
                    idle_probes = 0;
                    self.evidence_of(subject)
                        .learn(|evidence| {
                            evidence.learn_cut(&known);
                            true
                        })
                        .await?;
                    // The probe has a row older than the known ones, so it has a first one.
                    let Some(first) = asked.value.candles.first() else { break };
                    let day = first.start.day();
                    let sure = DayRange::new(day.next(), older.to()).ok();
                    let from = older.from();
                    known = self.keep(subject, asked, sure, Outcome::Rows).await?;
                    older = DayRange::new(from, day).map_err(EngineError::from)?;
                }
                Probe::ProvesNothing => {
                    idle_probes += 1;
                    self.keep(subject, asked, None, Outcome::EmptyUnconfirmed).await?;
                    if idle_probes >= IDLE_PROBES_MAX {
                        break;
                    }
                }
            }
        }
        brought.unanswered.push(older);
        Ok(())
    }
}

/// A range in parts of at most so many days, oldest first, so that the newest is taken first from the end.
fn pieces(range: DayRange, days_max: Option<i64>) -> Vec<DayRange> {
    let Some(days_max) = days_max.filter(|days| *days > 0) else { return vec![range] };
    let mut parts = Vec::new();
    let mut to = range.to();
    while to >= range.from() {
        let from = to.plus_days(1 - days_max).max(range.from());
        parts.extend(DayRange::new(from, to));
        to = from.previous();
    }
    parts.reverse();
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_the_range_without_overlap_newest_last() {
        let day = |text: &str| text.parse().unwrap();
        let range = DayRange::new(day("2025-06-01"), day("2025-06-10")).unwrap();
        let text: Vec<String> = pieces(range, Some(4)).iter().map(DayRange::to_string).collect();
        assert_eq!(
            text,
            ["2025-06-01 to 2025-06-02", "2025-06-03 to 2025-06-06", "2025-06-07 to 2025-06-10"]
        );
        assert_eq!(pieces(range, None), [range]);
        assert_eq!(pieces(range, Some(10)), [range]);
        assert_eq!(pieces(range, Some(99)), [range]);
    }
}
