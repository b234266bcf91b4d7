//! The quality report of an underlying: counts of all, and of the newest expiries each day that somebody should know of.
//! It reads totals and rows of days, never candles but those of odd days.

use std::collections::{BTreeMap, HashMap};

use market::{Day, InstrumentKey, Interval, Paise};
use protocol::{
    HistoricalDays, ProofCounts, QUALITY_EXAMPLES, QualityExample, QualityExpiries, QualityKind,
    QualityRemark, QualityReport, RefusedReason, RevisionLine, TermChange,
};
use store::{ContractId, ContractTerms, StoredContract, StoredExpiry};

use crate::coverage::early_end::{early_answer, early_days};
use crate::coverage::map::Gathered;
use crate::coverage::service::{Court, CoverageService};
use crate::error::EngineError;
use crate::names::counted;

const REASONS_MAX: u32 = 20;

#[derive(Default)]
struct Remarks(BTreeMap<QualityKind, (u64, Vec<QualityExample>)>);

impl Remarks {
    fn add(&mut self, kind: QualityKind, contract: &StoredContract, day: Day, words: String) {
        let (count, examples) = self.0.entry(kind).or_default();
        *count += 1;
        if examples.len() < QUALITY_EXAMPLES {
            let of = &contract.contract;
            examples.push(QualityExample {
                expired_key: of.expired_key.clone(),
                expiry: of.expiry,
                symbol: of.trading_symbol.clone(),
                day,
                words,
            });
        }
    }

    /// In the order in which they are read.
    fn into_lines(mut self) -> Vec<QualityRemark> {
        let line = |kind: QualityKind| {
            let (count, examples) = self.0.remove(&kind)?;
            Some(QualityRemark { kind, count, examples })
        };
        QualityKind::ALL.into_iter().filter_map(line).collect()
    }
}

impl CoverageService {
    /// Its days are those of so many newest expiries; the rest of it is of all.
    pub async fn quality(
        &self,
        key: &InstrumentKey,
        newest: QualityExpiries,
    ) -> Result<QualityReport, EngineError> {
        let court = self.court(key, Interval::Minute1, HistoricalDays::default()).await?;
        let (_, underlying) = self.store.underlying_by_id(court.id).await?;
        let totals = self.store.stored_underlyings().await?;
        let totals = totals.into_iter().find(|row| row.underlying.key == *key);
        let mut expiries = self.store.expiries(court.id).await?;
        let known = expiries.len() as u64;
        expiries.retain(|expiry| expiry.options_listed.is_some() || expiry.futures_listed.is_some());
        let listed = expiries.len() as u64;
        expiries.truncate(newest.get() as usize);
        let (mut remarks, mut proofs, mut days) = (Remarks::default(), ProofCounts::default(), Vec::new());
        for expiry in &expiries {
            let gathered = self.gather(&court, expiry).await?;
            judge(&court, &gathered, &mut remarks, &mut proofs, &mut days);
            self.compare_days(expiry, &gathered, &mut remarks).await?;
        }
        days.sort();
        days.dedup();
        proofs.days = days.len() as u64;
        proofs.open_holes = remarks.0.get(&QualityKind::ProvenHole).map_or(0, |(count, _)| *count);
        let (revisions, newest) = self.store.revisions(court.id, QUALITY_EXAMPLES as u32).await?;
        let reasons = self.store.refused_reasons(court.id, REASONS_MAX).await?.into_iter();
        Ok(QualityReport {
            underlying: key.clone(),
            symbol: underlying.symbol,
            name: underlying.name,
            expiries: known,
            listed,
            contracts: totals.as_ref().map_or(0, |row| row.contracts),
            candles: totals.as_ref().map_or(0, |row| row.candles),
            looked_at: expiries.iter().map(|expiry| expiry.date).collect(),
            remarks: remarks.into_lines(),
            calendar: court.market.remarks(),
            refused: reasons.map(|(reason, count)| RefusedReason { reason, count }).collect(),
            revisions,
            newest_revisions: newest
                .into_iter()
                .map(|row| RevisionLine { symbol: row.of, at: row.at, changed_at: row.changed_at })
                .collect(),
            terms: changes(&self.store.contract_terms(court.id).await?),
            proofs,
        })
    }

    /// Days that are like the day before, and candles of minutes without a trade.
    async fn compare_days(
        &self,
        expiry: &StoredExpiry,
        gathered: &Gathered,
        remarks: &mut Remarks,
    ) -> Result<(), EngineError> {
        let by_id: HashMap<ContractId, &StoredContract> =
            gathered.contracts.iter().map(|stored| (stored.id, stored)).collect();
        for (contract, day, before) in self.store.copied_days(expiry.id).await? {
            if let Some(contract) = by_id.get(&contract) {
                let words = format!("as {} in every figure", before.to_long_text());
                remarks.add(QualityKind::CopiesDayBefore, contract, day, words);
            }
        }
        for (contract, day, candles) in self.store.days_without_trade(expiry.id).await? {
            if let Some(contract) = by_id.get(&contract) {
                remarks.add(QualityKind::WithoutTrade, contract, day, counted(candles, "candle"));
            }
        }
        Ok(())
    }
}

fn judge(
    court: &Court,
    gathered: &Gathered,
    remarks: &mut Remarks,
    proofs: &mut ProofCounts,
    days: &mut Vec<Day>,
) {
    for contract in &gathered.contracts {
        let judged = gathered.judged(court, contract);
        let facts = judged.facts;
        for hole in judged.holes() {
            let words = format!("{} of {} minutes", hole.candles, hole.expected);
            remarks.add(QualityKind::Hole, contract, hole.day, words);
        }
        for (day, rows) in judged.outside {
            remarks.add(QualityKind::OutsideSession, contract, *day, counted(*rows, "row"));
        }
        for (day, told) in &facts.exchange {
            days.push(*day);
            let counter = if told.is_traded() { &mut proofs.traded } else { &mut proofs.empty };
            *counter += 1;
            match facts.days.get(day) {
                None if judged.is_proven_hole(*day) => {
                    let words = format!("{} units at the exchange, none here", told.volume);
                    remarks.add(QualityKind::ProvenHole, contract, *day, words);
                }
                Some(stored) if stored.volume != told.volume => {
                    let words = format!("{} units here, {} at the exchange", stored.volume, told.volume);
                    let kind = if told.is_traded() {
                        QualityKind::VolumeDiffers
                    } else {
                        QualityKind::TradedAgainstProof
                    };
                    remarks.add(kind, contract, *day, words);
                }
                _ => {}
            }
        }
        let others = gathered.facts.iter().filter(|(id, _)| **id != contract.id).map(|(_, facts)| facts);
        let early = early_days(&judged, contract.contract.kind);
        for (day, words) in early.into_iter().chain(early_answer(&judged, others)) {
            remarks.add(QualityKind::EndsEarly, contract, day, words);
        }
    }
}

/// Where lot or tick of a kind of contract is another than of the expiry before.
fn changes(terms: &[ContractTerms]) -> Vec<TermChange> {
    let range = |(least, largest): (i64, i64), words: &dyn Fn(i64) -> String| {
        if least == largest { words(least) } else { format!("{} to {}", words(least), words(largest)) }
    };
    let (units, rupees) = (|lot: i64| lot.to_string(), |tick: i64| Paise(tick).to_string());
    let mut before: HashMap<market::ContractKind, &ContractTerms> = HashMap::new();
    let mut changes = Vec::new();
    for now in terms {
        if let Some(before) = before.insert(now.kind, now) {
            let figures = [
                ("lot", range(before.lots, &units), range(now.lots, &units)),
                ("tick", range(before.ticks, &rupees), range(now.ticks, &rupees)),
            ];
            for (what, before, now_is) in figures.into_iter().filter(|(_, before, now)| before != now) {
                let what = what.to_owned();
                changes.push(TermChange { expiry: now.expiry, kind: now.kind, what, before, now: now_is });
            }
        }
    }
    // The newest are what somebody looks for.
    changes.reverse();
    changes
}
