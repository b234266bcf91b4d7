//! Decides which faults strike a request. Deterministic: the same seed, the same faults and the how many-th asking of
//! the same address give the same strikes, in whatever order several workers ask. Askings are counted from the
//! moment the faults were set, and only those that the path filter lets through.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::error::SimulatorError;
use crate::faults::{Chance, Faults};
use crate::world::Draws;

/// The fault file's time stamp is looked at no more often than this.
const FILE_CHECK_PERIOD: Duration = Duration::from_millis(100);

/// What strikes one request.
#[derive(Clone, Debug, Default)]
pub struct Injection {
    pub latency: Duration,
    pub kill_tokens: bool,
    pub strike: Option<Strike>,
    pub content: ContentFaults,
    /// For shuffles and picks within the answer.
    pub seed: u64,
}

/// A fault of the whole answer; one at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strike {
    ConnectionReset,
    ForbiddenHtml,
    TooManyRequests { retry_after_seconds: Option<u64> },
    TooManyUnderSuccess,
    ServerError { status: u16 },
    CutOff,
    CutOffInTransfer,
}

/// Faults within an answer; any of them together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContentFaults {
    pub empty: bool,
    pub rows: RowFaults,
    pub form: RowForm,
    pub wide: bool,
    pub cut_tail: bool,
    pub bad_expiries: bool,
    pub listing: ListingFaults,
}

/// Which rows of candles are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowFaults {
    pub duplicate: bool,
    pub conflicting: bool,
    pub unsorted: bool,
    pub wrong_days: bool,
    pub impossible: bool,
    /// Some of them.
    pub unreadable: bool,
    pub all_unreadable: bool,
}

/// How rows of candles are written; all of it means the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowForm {
    pub open_interest_null: bool,
    pub open_interest_missing: bool,
    pub text_numbers: bool,
    pub offset_without_colon: bool,
    pub no_offset: bool,
    pub noisy_prices: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListingFaults {
    pub empty: bool,
    pub one_sided: bool,
    pub short: bool,
    pub odd_rows: bool,
    pub unreadable_rows: bool,
    pub redated: bool,
    pub next_too: bool,
}

/// What kind of answer a request gets, as far as faults can strike it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerKind {
    Expiries,
    Options,
    Futures,
    /// Of a contract; whether it is a future.
    Candles {
        future: bool,
    },
    History,
}

pub struct Injector {
    faults: Faults,
    requests: u64,
    /// How often each address was asked for since the faults were set, and the asking under way.
    askings: HashMap<u64, u64>,
    asked: (u64, u64),
    tokens_killed: bool,
    /// How often each fault struck since the faults were set.
    struck: BTreeMap<&'static str, u64>,
    struck_before: BTreeMap<&'static str, u64>,
    file: Option<FaultFile>,
}

struct FaultFile {
    path: PathBuf,
    read: Option<(SystemTime, u64)>,
    checked_at: Duration,
}

impl Injector {
    /// With a file, what stands in it holds instead of `faults`.
    pub fn new(faults: Faults, file: Option<PathBuf>) -> Result<Self, SimulatorError> {
        let mut injector = Self {
            faults,
            requests: 0,
            askings: HashMap::new(),
            asked: (0, 0),
            tokens_killed: false,
            struck: BTreeMap::new(),
            struck_before: BTreeMap::new(),
            file: None,
        };
        if let Some(path) = file {
            injector.set(read_faults(&path)?);
            let read = stamp(&path);
            injector.file = Some(FaultFile { path, read, checked_at: Duration::ZERO });
        }
        Ok(injector)
    }

    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Counts begin anew.
    pub fn set(&mut self, faults: Faults) {
        for (name, count) in std::mem::take(&mut self.struck) {
            *self.struck_before.entry(name).or_default() += count;
        }
        self.faults = faults;
        self.requests = 0;
        self.askings.clear();
        self.tokens_killed = false;
    }

    /// How often each fault struck since the simulator began.
    pub fn struck(&self) -> BTreeMap<String, u64> {
        let mut all: BTreeMap<String, u64> = BTreeMap::new();
        for (name, count) in self.struck.iter().chain(&self.struck_before) {
            *all.entry((*name).to_owned()).or_default() += count;
        }
        all
    }

    /// Reads the fault file again if it changed. One that does not parse leaves the faults as they are.
    pub fn follow_file(&mut self, now: Duration) {
        let Some(file) = &mut self.file else { return };
        if now < file.checked_at + FILE_CHECK_PERIOD {
            return;
        }
        file.checked_at = now;
        let stamp = stamp(&file.path);
        if stamp == file.read {
            return;
        }
        file.read = stamp;
        match read_faults(&file.path) {
            Ok(faults) => {
                tracing::info!(file = %file.path.display(), "the fault file changed and was read again");
                self.set(faults);
            }
            Err(error) => tracing::warn!(%error, "the fault file changed and was not taken"),
        }
    }

    /// `address`: path and query, as they were sent.
    pub fn plan(&mut self, address: &str, user_agent: &str, kind: AnswerKind) -> Injection {
        if !address.starts_with(&self.faults.path_prefix) {
            return Injection::default();
        }
        self.requests += 1;
        self.asked = self.asked_now(address);
        let mut draws = Draws::of(&[self.faults.seed, 21, self.asked.0, self.asked.1]);
        let jitter = draws.below(self.faults.latency_jitter_ms + 1);
        let strike = self.strike(user_agent);
        // What would not be seen does not strike, so that counts are counts of what the client met.
        let has_content = matches!(strike, None | Some(Strike::CutOff | Strike::CutOffInTransfer));
        Injection {
            latency: Duration::from_millis(self.faults.latency_ms + jitter),
            kill_tokens: self.tokens_die(),
            strike,
            content: if has_content { self.content(kind) } else { ContentFaults::default() },
            seed: draws.next(),
        }
    }

    /// The address as a number, and the how many-th asking of it this is.
    fn asked_now(&mut self, address: &str) -> (u64, u64) {
        let number = number_of(address);
        let times = self.askings.entry(number).or_default();
        *times += 1;
        (number, *times)
    }

    fn tokens_die(&mut self) -> bool {
        let due = self.faults.token_death_after;
        let die = due > 0 && self.requests > due && !self.tokens_killed;
        if die {
            self.tokens_killed = true;
            *self.struck.entry("token_death_after").or_default() += 1;
        }
        die
    }

    fn strike(&mut self, user_agent: &str) -> Option<Strike> {
        let faults = self.faults.clone();
        let status = if faults.server_error_status == 0 { 500 } else { faults.server_error_status };
        let retry_after_seconds = faults.retry_after_seconds;
        if faults.forbidden_agents.iter().any(|agent| user_agent.starts_with(agent.as_str())) {
            *self.struck.entry("forbidden_agents").or_default() += 1;
            return Some(Strike::ForbiddenHtml);
        }
        let tried = [
            ("connection_reset", faults.connection_reset, Strike::ConnectionReset),
            ("forbidden_html", faults.forbidden_html, Strike::ForbiddenHtml),
            ("too_many_requests", faults.too_many_requests, Strike::TooManyRequests { retry_after_seconds }),
            ("too_many_under_success", faults.too_many_under_success, Strike::TooManyUnderSuccess),
            ("server_error", faults.server_error, Strike::ServerError { status }),
            ("cut_off", faults.cut_off, Strike::CutOff),
            ("cut_off_in_transfer", faults.cut_off_in_transfer, Strike::CutOffInTransfer),
        ];
        tried.into_iter().find(|(name, chance, _)| self.strikes(name, *chance)).map(|(_, _, strike)| strike)
    }

    fn content(&mut self, kind: AnswerKind) -> ContentFaults {
        let faults = self.faults.clone();
        match kind {
            AnswerKind::Expiries => ContentFaults {
                bad_expiries: self.strikes("bad_expiries", faults.bad_expiries),
                ..ContentFaults::default()
            },
            AnswerKind::Options | AnswerKind::Futures => ContentFaults {
                listing: self.listing(&faults, kind == AnswerKind::Options),
                ..ContentFaults::default()
            },
            AnswerKind::Candles { .. } | AnswerKind::History => self.candles(&faults, kind),
        }
    }

    fn listing(&mut self, faults: &Faults, options: bool) -> ListingFaults {
        let mut strikes = |name, chance| self.strikes(name, chance);
        ListingFaults {
            empty: strikes("false_empty_contracts", faults.false_empty_contracts),
            one_sided: options && strikes("one_sided_contracts", faults.one_sided_contracts),
            short: options && strikes("short_contracts", faults.short_contracts),
            odd_rows: strikes("odd_contract_rows", faults.odd_contract_rows),
            unreadable_rows: options && strikes("unreadable_contract_rows", faults.unreadable_contract_rows),
            redated: strikes("redated_contracts", faults.redated_contracts),
            next_too: strikes("contracts_of_the_next", faults.contracts_of_the_next),
        }
    }

    fn candles(&mut self, faults: &Faults, kind: AnswerKind) -> ContentFaults {
        let mut strikes = |name, chance| self.strikes(name, chance);
        let of_contract = kind != AnswerKind::History;
        let of_future = kind == AnswerKind::Candles { future: true };
        ContentFaults {
            empty: strikes("false_empty", faults.false_empty),
            rows: RowFaults {
                duplicate: strikes("duplicate_rows", faults.duplicate_rows),
                conflicting: strikes("conflicting_rows", faults.conflicting_rows),
                unsorted: strikes("unsorted_rows", faults.unsorted_rows),
                wrong_days: strikes("wrong_days", faults.wrong_days),
                impossible: strikes("impossible_rows", faults.impossible_rows),
                unreadable: strikes("unreadable_rows", faults.unreadable_rows),
                all_unreadable: strikes("unreadable_answer", faults.unreadable_answer),
            },
            form: RowForm {
                open_interest_null: strikes("open_interest_null", faults.open_interest_null),
                open_interest_missing: strikes("open_interest_missing", faults.open_interest_missing),
                text_numbers: strikes("text_numbers", faults.text_numbers),
                offset_without_colon: strikes("offset_without_colon", faults.offset_without_colon),
                no_offset: strikes("no_offset", faults.no_offset),
                noisy_prices: strikes("noisy_prices", faults.noisy_prices),
            },
            wide: of_contract && strikes("wide_answers", faults.wide_answers),
            cut_tail: of_contract && strikes("cut_tails", faults.cut_tails)
                || of_future && strikes("cut_future_tails", faults.cut_future_tails),
            bad_expiries: false,
            listing: ListingFaults::default(),
        }
    }

    fn strikes(&mut self, name: &'static str, chance: Chance) -> bool {
        let struck = self.struck.get(name).copied().unwrap_or(0);
        let strikes = struck < chance.first
            || chance.probability > 0.0
                && Draws::of(&[self.faults.seed, 22, self.asked.0, self.asked.1, number_of(name)]).unit()
                    < chance.probability;
        if strikes {
            *self.struck.entry(name).or_default() += 1;
        }
        strikes
    }
}

/// A text as a number to draw by.
fn number_of(text: &str) -> u64 {
    text.bytes().fold(0u64, |sum, byte| sum.wrapping_mul(131).wrapping_add(u64::from(byte)))
}

fn read_faults(path: &PathBuf) -> Result<Faults, SimulatorError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| SimulatorError::FaultFileRead { path: path.clone(), source })?;
    serde_json::from_str(&text)
        .map_err(|source| SimulatorError::FaultFileParse { path: path.clone(), source })
}

/// Time and length: enough to see a change.
fn stamp(path: &PathBuf) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
