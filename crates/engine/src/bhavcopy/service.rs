//! Taking a file in: all of it in one transaction, and then a job for the holes that it proves. And taking it back.

use std::collections::HashSet;
use std::sync::Arc;

use export::Sha256;
use market::{Day, TradingCalendar, TradingDay};
use protocol::{
    AGAIN_PARTS_MAX, AgainPart, BHAVCOPY_EXAMPLES, BhavcopyDay, BhavcopyExchange, BhavcopyLine,
    BhavcopyLines, BhavcopyReport, BhavcopyWithdrawal, JobId, Numbers,
};
use store::{ContractOnDay, NewBhavcopy, Store, WithdrawnBhavcopy};

use super::error::BhavcopyError;
use super::matched::{Matched, Symbols, match_rows};
use super::read::{Bhavcopy, read};
use super::replaced::check_place;
use crate::blocking::on_blocking_thread;
use crate::error::EngineError;
use crate::jobs::JobService;

/// Days that a file may speak for besides its own: no market is closed for longer.
const QUIET_DAYS_MAX: u32 = 10;
/// Files that are listed.
const LINES: u32 = 400;

#[derive(Clone)]
pub struct BhavcopyService {
    store: Store,
    jobs: JobService,
    /// What is stored is of a market that was made up, of which no exchange knows.
    is_simulated: bool,
    /// Files are read one at a time: each is tens of megabytes.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl BhavcopyService {
    pub(crate) fn new(store: Store, jobs: JobService, is_simulated: bool) -> Self {
        Self { store, jobs, is_simulated, turn: Arc::default() }
    }

    /// Takes in what the exchange says of a day. Of a file that is refused nothing is kept, and so is one of a day on
    /// which the market was closed, unless somebody says that a special session was held, and one that says less than the
    /// file of its day that is kept (`replaced.rs`).
    pub async fn take(
        &self,
        name: &str,
        bytes: Vec<u8>,
        special_session: bool,
    ) -> Result<BhavcopyReport, EngineError> {
        let _turn = self.turn.lock().await;
        let (name, given) = (base_name(name), name.to_owned());
        let reading = on_blocking_thread(move || {
            let sha256 = Sha256::of_bytes(&bytes).bytes();
            read(&given, bytes).map(|file| (file, sha256))
        });
        let (mut file, sha256) = reading.await??;
        let now = self.jobs.now();
        if file.day > now.day() {
            return Err(BhavcopyError::DayToCome(file.day).into());
        }
        let contracts = self.store.contracts_on_day(file.exchange.segment(), file.day).await?;
        match self.closed_words(file.exchange, file.day, &contracts).await? {
            Some(why) if !special_session => return Err(BhavcopyError::MarketClosed { why }.into()),
            closed => {
                file.notes.extend(closed.map(|why| format!("Of a special session, as was said: else {why}.")))
            }
        }
        file.notes.extend(self.doubt());
        let quiet_from = quiet_from(file.day);
        let (underlyings, former) = (self.store.underlyings().await?, self.store.former_names().await?);
        let symbols = Symbols::of(file.exchange, &underlyings, &former);
        let mut matched = match_rows(&file, quiet_from, &symbols, &contracts);
        self.leave_in_the_lake(&mut matched).await?;
        let new = NewBhavcopy {
            exchange: file.exchange.as_str(),
            day: file.day,
            quiet_from,
            name: name.clone(),
            sha256,
            rows: file.rows.len() as u64,
            at: now,
            days: matched.days.clone(),
            holes: matched.holes.iter().map(|contract| contract.id).collect(),
        };
        let of_day = BhavcopyDay { exchange: file.exchange, day: file.day };
        if let Some(kept) = self.store.kept_bhavcopy(of_day).await? {
            check_place(of_day, &kept, &new, &contracts, self.numbers())?;
        }
        let rows_before = self.store.take_bhavcopy(new).await?;
        let job = self.ask_again(of_day, &matched).await?;
        // Also where nothing is newly proved: a corrected file may have taken something back.
        self.jobs.changed();
        Ok(report(name, &file, matched, rows_before, job).told(self.numbers()))
    }

    /// Why nothing can have been traded on a day: by the exchange's circulars, and where there is none by the underlyings'
    /// own minutes. Any minute of that day speaks against it.
    async fn closed_words(
        &self,
        exchange: BhavcopyExchange,
        day: Day,
        contracts: &[ContractOnDay],
    ) -> Result<Option<String>, EngineError> {
        let own = self.store.own_minutes_on(exchange.as_str(), day).await?;
        if own.are_there || contracts.iter().any(|contract| contract.stored.is_some()) {
            return Ok(None);
        }
        let calendar = TradingCalendar::bundled();
        Ok(match calendar.day(day) {
            TradingDay::Open(_) => None,
            TradingDay::Closed => calendar.closed_words(day),
            TradingDay::AssumedOpen(_) => own.are_answered.then(|| {
                format!("no underlying has a minute of {}, and they were asked for", day.to_long_text())
            }),
        })
    }

    fn numbers(&self) -> Numbers {
        Numbers::Grouped(self.jobs.preferences().now().reading.numbers)
    }

    /// Holes of what lies in the lake cannot be filled before it was brought back: nothing is opened or asked again for
    /// them, and they are counted.
    async fn leave_in_the_lake(&self, matched: &mut Matched<'_>) -> Result<(), EngineError> {
        let archived = self.store.archived(None).await?;
        let archived: HashSet<_> = archived.iter().map(|expiry| (expiry.underlying, expiry.date)).collect();
        let before = matched.holes.len();
        matched.holes.retain(|hole| !archived.contains(&(hole.underlying, hole.expiry)));
        matched.holes_in_the_lake = (before - matched.holes.len()) as u64;
        Ok(())
    }

    /// Why what a file says may mean nothing here.
    fn doubt(&self) -> Option<String> {
        self.is_simulated.then(|| {
            "What is stored here is simulated, and the exchange's file is of the real market: what they say of each other means nothing.".to_owned()
        })
    }

    /// Takes back what the file of a day proves, and the job that asks because of it. `exchange`: needed where there are
    /// files of both.
    pub async fn withdraw(
        &self,
        day: Day,
        exchange: Option<BhavcopyExchange>,
    ) -> Result<BhavcopyWithdrawal, EngineError> {
        let _turn = self.turn.lock().await;
        let mut of_day = self.store.bhavcopies_of(day).await?;
        of_day.retain(|of| exchange.is_none_or(|exchange| *of == exchange));
        let exchange = match of_day.as_slice() {
            [only] => *only,
            [] => return Err(BhavcopyError::NoneOfDay(day).into()),
            _ => return Err(BhavcopyError::OfBothExchanges(day).into()),
        };
        let file = BhavcopyDay { exchange, day };
        // First of all nothing more comes because of it.
        let cancelled_job = self.call_off_asking(file).await?;
        let withdrawn = self.store.withdraw_bhavcopy(file).await?;
        let WithdrawnBhavcopy { name, contracts } = withdrawn.ok_or(BhavcopyError::NoneOfDay(day))?;
        self.jobs.changed();
        let (exchange, sentences) = (exchange.as_str().to_owned(), Vec::new());
        let withdrawal = BhavcopyWithdrawal { exchange, day, name, contracts, cancelled_job, sentences };
        Ok(withdrawal.told(self.numbers()))
    }

    /// Whoever asks because of a file asks no more, whether it has just ended or not; the first of them. One of an earlier
    /// file of the day asks because of it too.
    async fn call_off_asking(&self, file: BhavcopyDay) -> Result<Option<JobId>, EngineError> {
        let why = "called off: the exchange's file that it rests on was withdrawn";
        let mut called_off = None;
        for (row, plan) in self.jobs.reader().plans_to_go_on().await? {
            if plan.proved_by == Some(file) && self.jobs.call_off(row.id, why).await? {
                called_off.get_or_insert(row.id);
            }
        }
        Ok(called_off)
    }

    /// Files that were taken in, the newest day first.
    pub async fn list(&self) -> Result<BhavcopyLines, EngineError> {
        let line = |row: store::BhavcopyRow| BhavcopyLine {
            sha256: Sha256::from_bytes(row.sha256).to_string(),
            exchange: row.exchange,
            day: row.day,
            name: row.name,
            rows: row.rows,
            contracts: row.contracts,
            at: row.at,
        };
        Ok(BhavcopyLines { files: self.store.bhavcopies(LINES).await?.into_iter().map(line).collect() })
    }

    /// Beyond the bound of a job the holes are open all the same: the next order asks for them.
    async fn ask_again(
        &self,
        file: BhavcopyDay,
        matched: &Matched<'_>,
    ) -> Result<Option<JobId>, EngineError> {
        let part = |contract: &&ContractOnDay| AgainPart {
            expired_key: contract.key.clone(),
            from: file.day,
            to: file.day,
        };
        let parts: Vec<AgainPart> = matched.holes.iter().take(AGAIN_PARTS_MAX).map(part).collect();
        if parts.is_empty() {
            return Ok(None);
        }
        self.jobs.create_again(parts, Some(file)).await.map(Some)
    }
}

/// The first of the days before a session on which the market was closed by circular; else the day itself. Where no
/// circular says it a file speaks for its own day alone.
fn quiet_from(day: Day) -> Day {
    let calendar = TradingCalendar::bundled();
    let mut first = day;
    for _ in 0..QUIET_DAYS_MAX {
        if !calendar.is_surely_closed(first.previous()) {
            break;
        }
        first = first.previous();
    }
    first
}

/// Without the folders in which somebody keeps it.
fn base_name(name: &str) -> String {
    const LETTERS_MAX: usize = 200;
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name).trim();
    let base: String = base.chars().filter(|letter| !letter.is_control()).take(LETTERS_MAX).collect();
    if base.is_empty() { "a file without a name".to_owned() } else { base }
}

fn report(
    name: String,
    file: &Bhavcopy,
    matched: Matched<'_>,
    rows_before: Option<u64>,
    job: Option<JobId>,
) -> BhavcopyReport {
    let symbols = |of: &[&ContractOnDay]| {
        of.iter().take(BHAVCOPY_EXAMPLES).map(|contract| contract.symbol.clone()).collect()
    };
    BhavcopyReport {
        name,
        exchange: file.exchange.as_str().to_owned(),
        day: file.day,
        rows: file.rows.len() as u64,
        matched: matched.days.len() as u64,
        unknown_underlyings: matched.unknown_underlyings,
        unknown_contracts: matched.unknown_contracts,
        unmatched: matched.unmatched,
        unmatched_examples: matched.unmatched_examples,
        without_row: matched.without_row.len() as u64,
        without_row_examples: symbols(&matched.without_row),
        proven_holes: matched.holes.len() as u64,
        hole_examples: symbols(&matched.holes),
        holes_in_the_lake: matched.holes_in_the_lake,
        job,
        proven_empties: matched.proven_empties,
        requests_saved: matched.requests_saved,
        not_asked: matched.not_asked,
        volume: matched.volume,
        open_interest: matched.open_interest,
        differing: matched.differing,
        replaced: rows_before.is_some(),
        rows_before,
        notes: file.notes.clone(),
        sentences: Vec::new(),
    }
}
