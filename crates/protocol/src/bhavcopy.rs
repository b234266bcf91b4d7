//! The exchange's daily file of futures and options, and what it proves of contracts that are known here.

use market::{Day, EpochSeconds, ExpiredKey};
use serde::{Deserialize, Serialize};

use crate::{AGAIN_PARTS_MAX, JobId};

/// Bytes of a file as it is sent, zipped or not: a whole day of NSE is 10 MB unzipped and 1.5 MB zipped.
pub const BHAVCOPY_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Examples of each kind in a report.
pub const BHAVCOPY_EXAMPLES: usize = 5;
/// Contracts that a report names one by one because their figures differ.
pub const BHAVCOPY_DIFFERING_MAX: usize = 200;

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
    /// Traded at the exchange, asked for here, and no minute came: asked again.
    pub proven_holes: u64,
    pub hole_examples: Vec<String>,
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
    /// What else is to be said of the file.
    pub notes: Vec<String>,
    /// All of this for people, a sentence each.
    pub sentences: Vec<String>,
}

impl BhavcopyReport {
    /// With its sentences.
    pub fn told(self) -> Self {
        Self { sentences: self.said(), ..self }
    }

    fn said(&self) -> Vec<String> {
        let Self { rows, matched, exchange, .. } = self;
        let mut said = vec![format!(
            "{exchange}, {}: {rows} rows, {matched} of contracts that are known here.",
            self.day.to_long_text()
        )];
        if self.proven_empties > 0 {
            said.push(format!(
                "{} not traded there: proven empty, never asked for again; {} saved.",
                were(self.proven_empties, "contract"),
                counted(self.requests_saved, "request")
            ));
        }
        if self.proven_holes > 0 {
            let examples = examples(&self.hole_examples);
            let job = match self.job {
                Some(job) if self.proven_holes > AGAIN_PARTS_MAX as u64 => {
                    format!(
                        "job {job} asks again for {AGAIN_PARTS_MAX} of them, the next order for the others"
                    )
                }
                Some(job) => format!("job {job} asks for them again"),
                None => "the next order asks for them again".to_owned(),
            };
            said.push(format!(
                "{} traded there without a minute here: proven holes, {job}{examples}.",
                were(self.proven_holes, "contract")
            ));
        }
        if self.not_asked > 0 {
            said.push(format!("{} traded there and never asked for here.", were(self.not_asked, "contract")));
        }
        for (what, compared) in [("Volume", self.volume), ("Closing open interest", self.open_interest)] {
            let Compared { same, differ, stored, exchange } = compared;
            if same + differ > 0 {
                said.push(format!(
                    "{what} of {} with minutes: the same in {same}, another in {differ}; {stored} here, {exchange} there. Nothing was changed.",
                    counted(same + differ, "contract")
                ));
            }
        }
        if self.unknown_underlyings + self.unknown_contracts > 0 {
            said.push(format!(
                "{} of contracts that are not listed here, {} of them of underlyings of which nothing is: give the file again after listing them.",
                counted(self.unknown_underlyings + self.unknown_contracts, "row"),
                self.unknown_underlyings
            ));
        }
        if self.unmatched > 0 {
            let examples = examples(&self.unmatched_examples);
            said.push(format!("{} could not be matched for sure{examples}.", counted(self.unmatched, "row")));
        }
        if self.replaced {
            said.push(
                "An earlier file of this day was taken in before: this one stands in its place.".to_owned(),
            );
        }
        said.extend(self.notes.iter().cloned());
        said
    }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn were(count: u64, what: &str) -> String {
    format!("{} {}", counted(count, what), if count == 1 { "was" } else { "were" })
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
