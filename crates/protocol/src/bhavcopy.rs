//! The exchange's daily file of futures and options, and what it proves of contracts that are known here.

use market::{Day, EpochSeconds, ExpiredKey};
use serde::{Deserialize, Serialize};

use crate::words::reads_its_words;
use crate::{AGAIN_PARTS_MAX, JobId, Numbers};

/// Bytes of a file as it is sent, zipped or not: a whole day of NSE is 10 MB unzipped and 1.5 MB zipped.
pub const BHAVCOPY_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Examples of each kind in a report.
pub const BHAVCOPY_EXAMPLES: usize = 5;
/// Contracts that a report names one by one because their figures differ.
pub const BHAVCOPY_DIFFERING_MAX: usize = 200;

/// Whose file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum BhavcopyExchange {
    Nse,
    Bse,
}

impl BhavcopyExchange {
    pub const ALL: [Self; 2] = [Self::Nse, Self::Bse];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nse => "NSE",
            Self::Bse => "BSE",
        }
    }

    /// Of its futures and options.
    pub fn segment(self) -> &'static str {
        match self {
            Self::Nse => "NSE_FO",
            Self::Bse => "BSE_FO",
        }
    }
}

reads_its_words!(BhavcopyExchange, "exchange: write NSE or BSE");

/// The file of an exchange and a day: there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BhavcopyDay {
    pub exchange: BhavcopyExchange,
    pub day: Day,
}

/// How a figure of the exchange's compares with the stored one, over all contracts with minutes of the day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Compared {
    /// Contracts in which both are the same.
    pub same: u64,
    pub differ: u64,
    /// Sums over all of them, in units.
    pub stored: i64,
    pub exchange: i64,
}

/// A contract of which stored minutes and the exchange's file differ. Nothing stored is changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DifferingContract {
    pub expired_key: ExpiredKey,
    pub symbol: String,
    pub stored_volume: i64,
    pub exchange_volume: i64,
    pub stored_open_interest: i64,
    pub exchange_open_interest: i64,
}

/// What came of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BhavcopyReport {
    pub name: String,
    /// `NSE` or `BSE`.
    pub exchange: String,
    pub day: Day,
    pub rows: u64,
    /// Rows that are a contract's which is known here.
    pub matched: u64,
    /// Rows of underlyings of which nothing is listed here.
    pub unknown_underlyings: u64,
    /// Rows of known underlyings whose contract is not listed here.
    pub unknown_contracts: u64,
    /// Rows that could be a known contract's and are not surely: after a corporate action, say.
    pub unmatched: u64,
    pub unmatched_examples: Vec<String>,
    /// Contracts with trades of the day here and no row in the file, which is not whole then.
    pub without_row: u64,
    pub without_row_examples: Vec<String>,
    /// Traded at the exchange, asked for here, and no minute came: asked again.
    pub proven_holes: u64,
    pub hole_examples: Vec<String>,
    /// The same of expiries that lie in the lake: not asked again before they were brought back.
    pub holes_in_the_lake: u64,
    /// The job that asks for them again.
    pub job: Option<JobId>,
    /// Not traded at the exchange: never asked for again.
    pub proven_empties: u64,
    /// Those among them that were still to be asked for, or asked once more: a request each.
    pub requests_saved: u64,
    /// Traded at the exchange, and never asked for here.
    pub not_asked: u64,
    pub volume: Compared,
    pub open_interest: Compared,
    /// The first of them, the largest difference of volume first.
    pub differing: Vec<DifferingContract>,
    /// An earlier file of the day was taken in before.
    pub replaced: bool,
    /// Rows of that earlier file.
    pub rows_before: Option<u64>,
    /// What else is to be said of the file.
    pub notes: Vec<String>,
    /// All of this for people, a sentence each.
    pub sentences: Vec<String>,
}

impl BhavcopyReport {
    /// With its sentences.
    pub fn told(self, numbers: Numbers) -> Self {
        Self { sentences: self.said(numbers), ..self }
    }

    /// All of it for people, a sentence each.
    pub fn said(&self, numbers: Numbers) -> Vec<String> {
        let head = format!(
            "{}, {}: {}, {} of contracts that are listed here.",
            self.exchange,
            self.day.to_long_text(),
            numbers.counted(self.rows, "row"),
            numbers.written(self.matched)
        );
        let parts = [
            self.said_of_empties(numbers),
            self.said_of_holes(numbers),
            (self.holes_in_the_lake > 0).then(|| {
                format!(
                    "{} traded there, without a minute here, of expiries that lie in the lake: bring those back, and give the file again.",
                    numbers.counted(self.holes_in_the_lake, "contract")
                )
            }),
            (self.not_asked > 0).then(|| {
                format!("{} traded there and never asked for here.", numbers.were(self.not_asked, "contract"))
            }),
            said_of_sums("Volume", self.volume, numbers),
            said_of_sums("Closing open interest", self.open_interest, numbers),
            self.said_of_unlisted(numbers),
            (self.unmatched > 0).then(|| {
                let examples = examples(&self.unmatched_examples);
                format!("{} could not be matched for sure{examples}.", numbers.counted(self.unmatched, "row"))
            }),
            self.said_of_missing_rows(numbers),
            self.said_of_earlier_file(numbers),
        ];
        std::iter::once(head).chain(parts.into_iter().flatten()).chain(self.notes.iter().cloned()).collect()
    }

    fn said_of_empties(&self, numbers: Numbers) -> Option<String> {
        let saved = match self.requests_saved {
            0 => "all of them had been asked for already".to_owned(),
            saved => format!("{} saved", numbers.counted(saved, "request")),
        };
        (self.proven_empties > 0).then(|| {
            let empties = numbers.were(self.proven_empties, "contract");
            format!("{empties} not traded there: proven empty, never asked for again; {saved}.")
        })
    }

    fn said_of_holes(&self, numbers: Numbers) -> Option<String> {
        let job = match self.job {
            Some(job) if self.proven_holes > AGAIN_PARTS_MAX as u64 => {
                let most = numbers.written(AGAIN_PARTS_MAX as u64);
                format!("job {job} asks again for {most} of them, the next order for the others")
            }
            Some(job) => format!("job {job} asks again"),
            None => "the next order asks again".to_owned(),
        };
        let (are, holes) =
            if self.proven_holes == 1 { ("is", "a proven hole") } else { ("are", "proven holes") };
        (self.proven_holes > 0).then(|| {
            format!(
                "{} traded there and {are} without a minute here: {holes}, {job}{}.",
                numbers.were(self.proven_holes, "contract"),
                examples(&self.hole_examples)
            )
        })
    }

    fn said_of_unlisted(&self, numbers: Numbers) -> Option<String> {
        let of_nobody = match self.unknown_underlyings {
            0 => String::new(),
            rows => format!(" ({} of underlyings of which nothing is listed)", numbers.written(rows)),
        };
        let rows = self.unknown_underlyings + self.unknown_contracts;
        (rows > 0).then(|| {
            format!(
                "{} of contracts that are not listed here{of_nobody}: nothing was kept of them. Give the file again after listing their expiries.",
                numbers.counted(rows, "row")
            )
        })
    }

    fn said_of_missing_rows(&self, numbers: Numbers) -> Option<String> {
        let has = if self.without_row == 1 { "has" } else { "have" };
        (self.without_row > 0).then(|| {
            format!(
                "{} {has} trades of this day here and no row in the file{}: it is not the whole file of the day. Of what it does not name it proves nothing.",
                numbers.counted(self.without_row, "contract"),
                examples(&self.without_row_examples)
            )
        })
    }

    fn said_of_earlier_file(&self, numbers: Numbers) -> Option<String> {
        let before = self.rows_before?;
        Some(format!(
            "It takes the place of an earlier file of this day with {}: it has no fewer, and names every contract that that one named.",
            numbers.counted(before, "row")
        ))
    }
}

fn said_of_sums(what: &str, compared: Compared, numbers: Numbers) -> Option<String> {
    let Compared { same, differ, stored, exchange } = compared;
    let [stored, exchange] = [stored, exchange].map(|sum| numbers.written(sum.max(0).unsigned_abs()));
    let contracts = numbers.counted(same + differ, "contract");
    match (same, differ) {
        (0, 0) => None,
        (_, 0) => {
            Some(format!("{what} of {contracts} with minutes here: the same there, {stored} units in all."))
        }
        (_, differ) => Some(format!(
            "{what} of {contracts} with minutes here: another there in {}; {stored} units here, {exchange} there. Nothing was changed.",
            numbers.written(differ)
        )),
    }
}

fn examples(of: &[String]) -> String {
    if of.is_empty() { String::new() } else { format!(" (for example {})", of.join("; ")) }
}

/// A file that was taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BhavcopyLine {
    pub exchange: String,
    pub day: Day,
    pub name: String,
    /// SHA-256 of the file as it was given, in hexadecimal.
    pub sha256: String,
    pub rows: u64,
    /// Contracts of which it says something.
    pub contracts: u64,
    pub at: EpochSeconds,
}

/// Files that were taken in, the newest day first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BhavcopyLines {
    pub files: Vec<BhavcopyLine>,
}

/// A file that was withdrawn: nothing rests on it any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BhavcopyWithdrawal {
    /// `NSE` or `BSE`.
    pub exchange: String,
    pub day: Day,
    pub name: String,
    /// Contracts of which it had said something.
    pub contracts: u64,
    /// The job that asked again for what it proved, where that had not ended or was to be tried again.
    pub cancelled_job: Option<JobId>,
    /// All of this for people, a sentence each.
    pub sentences: Vec<String>,
}

impl BhavcopyWithdrawal {
    /// With its sentences.
    pub fn told(self, numbers: Numbers) -> Self {
        Self { sentences: self.said(numbers), ..self }
    }

    /// All of it for people, a sentence each.
    pub fn said(&self, numbers: Numbers) -> Vec<String> {
        let head = format!(
            "{}, {}: {} is withdrawn, and nothing that it said of {} counts any more.",
            self.exchange,
            self.day.to_long_text(),
            self.name,
            numbers.counted(self.contracts, "contract")
        );
        let job = self
            .cancelled_job
            .map(|job| format!("Job {job}, which asked again because of it, is called off."));
        std::iter::once(head).chain(job).collect()
    }
}
