//! Where things lie in a lake: Hive partitions, so that every engine prunes by path. One type makes the paths and reads
//! them again.
//!
//! Values are escaped as Hive escapes them. `&` is none of its characters: `M&M` stands as it is, and engines that decode
//! nothing read it too.

use std::fmt;
use std::str::FromStr;

use export::Sha256;
use market::Day;
use object_store::path::Path;
use protocol::LakeTable;

use crate::error::LakeError;

/// What lies here and is nobody's partition: half-written files, under the name of whoever writes them.
pub(crate) const TEMPORARY: &str = "_temporary";
/// What restatements have replaced.
const SUPERSEDED: &str = "superseded";
const MANIFESTS: &str = "manifest";
const INDEX: &str = "manifest/index.json";
const DATA_FILE: &str = "part-0.parquet";
const FOLDER_LENGTH_MAX: usize = 128;

/// A calendar month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(Day);

impl Month {
    pub fn of(day: Day) -> Self {
        Self(day.first_of_month())
    }

    pub fn first_day(self) -> Day {
        self.0
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An ISO date without its day.
        f.write_str(&self.0.to_string()[..7])
    }
}

impl FromStr for Month {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let day: Day = format!("{text}-01").parse().map_err(|_| ())?;
        Some(Self(day)).filter(|month| month.to_string() == text).ok_or(())
    }
}

/// What a partition is of, within its underlying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    Expiry(Day),
    /// Of the underlying's own candles.
    Month(Month),
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expiry(day) => write!(f, "expiry={day}"),
            Self::Month(month) => write!(f, "month={month}"),
        }
    }
}

/// A partition: what is published, verified and restated as one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition {
    /// `NSE` or `BSE`.
    pub exchange: String,
    /// The symbol that it was first published under; with its ISIN where another key has that symbol.
    pub underlying: String,
    pub span: Span,
}

impl Partition {
    /// The tables that it may have.
    pub fn tables(&self) -> &'static [LakeTable] {
        match self.span {
            Span::Expiry(_) => &[LakeTable::Candles, LakeTable::Contracts, LakeTable::Volatility],
            Span::Month(_) => &[LakeTable::Spot],
        }
    }

    pub fn data_path(&self, table: LakeTable) -> Path {
        path(&format!("{table}/{}/{DATA_FILE}", self.folders()))
    }

    pub fn manifest_path(&self) -> Path {
        path(&format!("{MANIFESTS}/{}.json", self.folders()))
    }

    /// Of whoever publishes it just now.
    pub fn claim_path(&self) -> Path {
        path(&format!("{MANIFESTS}/{}.claim", self.folders()))
    }

    /// Where a file of a version that is replaced stays. With the beginning of its manifest's hash, so that nothing is
    /// kept twice under one name, even where somebody began anew.
    pub fn superseded_path(&self, version: u32, manifest: &Sha256, file: &str) -> Path {
        let hash = manifest.to_string();
        path(&format!("{SUPERSEDED}/{}/v{version}-{}/{file}", self.folders(), &hash[..8]))
    }

    /// Where its files lie while they are written.
    pub fn temporary_path(&self, owner: &str, file: &str) -> Path {
        path(&format!("{TEMPORARY}/{owner}/{}/{file}", self.folders()))
    }

    /// Of a manifest, or of what lies where it is written.
    pub fn of_path(whole: &Path) -> Option<Self> {
        let text = whole.as_ref();
        let folders = match text.strip_prefix(&format!("{MANIFESTS}/")) {
            Some(rest) => rest.strip_suffix(".json")?,
            None => {
                let (_owner, rest) = text.strip_prefix(&format!("{TEMPORARY}/"))?.split_once('/')?;
                rest.rsplit_once('/')?.0
            }
        };
        let found = Self::of_folders(folders)?;
        // No two texts are one partition.
        (found.folders() == folders).then_some(found)
    }

    /// Of a file where engines look for rows, whatever the file is called.
    pub fn of_data_file(path: &str) -> Option<Self> {
        let (table, rest) = path.split_once('/')?;
        let (folders, _file) = rest.rsplit_once('/')?;
        let found = Self::of_folders(folders).filter(|found| found.folders() == folders)?;
        found.tables().iter().any(|of| of.as_str() == table).then_some(found)
    }

    fn of_folders(folders: &str) -> Option<Self> {
        let mut parts = folders.split('/');
        let exchange = unescape(parts.next()?.strip_prefix("exchange=")?)?;
        let underlying = unescape(parts.next()?.strip_prefix("underlying=")?)?;
        let span = parts.next()?;
        let span = match (span.strip_prefix("expiry="), span.strip_prefix("month=")) {
            (Some(day), _) => Span::Expiry(day.parse().ok()?),
            (_, Some(month)) => Span::Month(month.parse().ok()?),
            _ => return None,
        };
        parts.next().is_none().then_some(Self { exchange, underlying, span })
    }

    fn folders(&self) -> String {
        format!("exchange={}/underlying={}/{}", escape(&self.exchange), escape(&self.underlying), self.span)
    }
}

/// As a person names it.
impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.span {
            Span::Expiry(day) => write!(f, "{} {day}", self.underlying),
            Span::Month(month) => write!(f, "{} itself in {month}", self.underlying),
        }
    }
}

pub(crate) fn index_path() -> Path {
    path(INDEX)
}

pub(crate) fn manifests_path() -> Path {
    path(MANIFESTS)
}

/// Everything that an owner has half written.
pub(crate) fn temporary_of(owner: &str) -> Path {
    path(&format!("{TEMPORARY}/{owner}"))
}

/// A path as it is: nothing of it is encoded again.
fn path(text: &str) -> Path {
    // What we make has neither empty parts nor control characters; what a manifest says is read by `stored_path`.
    Path::parse(text).unwrap_or_default()
}

/// A path that somebody wrote into a manifest: within the lake, or refused.
pub fn stored_path(text: &str) -> Result<Path, LakeError> {
    Path::parse(text).map_err(|_| LakeError::BadPath { path: text.to_owned() })
}

/// Hive's own set, without the letters beyond ASCII, which it leaves alone too.
fn is_escaped(c: char) -> bool {
    c.is_ascii_control() || "\"#%'*/:=?\\{[]^".contains(c)
}

/// No more of a symbol than a folder's name may hold.
fn escape(value: &str) -> String {
    let mut escaped = String::new();
    for c in value.chars().take(FOLDER_LENGTH_MAX) {
        if is_escaped(c) {
            escaped.push_str(&format!("%{:02X}", u32::from(c)));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(underlying: &str, span: Span) -> Partition {
        Partition { exchange: "NSE".to_owned(), underlying: underlying.to_owned(), span }
    }

    fn expiry() -> Span {
        Span::Expiry("2025-08-28".parse().unwrap())
    }

    #[test]
    fn paths_are_those_of_hive() {
        let nifty = partition("NIFTY", expiry());
        let candles = "candles/exchange=NSE/underlying=NIFTY/expiry=2025-08-28/part-0.parquet";
        assert_eq!(nifty.data_path(LakeTable::Candles).as_ref(), candles);
        let spot = partition("NIFTY", Span::Month("2025-08".parse().unwrap()));
        assert_eq!(
            spot.data_path(LakeTable::Spot).as_ref(),
            "spot/exchange=NSE/underlying=NIFTY/month=2025-08/part-0.parquet"
        );
        for (symbol, folder) in
            [("M&M", "M&M"), ("BAJAJ-AUTO", "BAJAJ-AUTO"), ("50% A/B", "50%25 A%2FB"), ("a=b", "a%3Db")]
        {
            let manifest = partition(symbol, expiry()).manifest_path();
            let expected = format!("manifest/exchange=NSE/underlying={folder}/expiry=2025-08-28.json");
            assert_eq!(manifest.as_ref(), expected);
        }
    }

    #[test]
    fn a_path_reads_back_as_the_partition_that_made_it() {
        for symbol in ["NIFTY", "M&M", "L&TFH", "50% A/B", "ü", "a=b"] {
            for span in [expiry(), Span::Month("2025-08".parse().unwrap())] {
                let partition = partition(symbol, span);
                assert_eq!(Partition::of_path(&partition.manifest_path()), Some(partition.clone()));
                let temporary = partition.temporary_path("0123abcd", "candles.parquet");
                assert_eq!(Partition::of_path(&temporary), Some(partition));
            }
        }
        let candles = partition("M&M", expiry()).data_path(LakeTable::Candles);
        assert_eq!(Partition::of_data_file(candles.as_ref()), Some(partition("M&M", expiry())));
        let spot = candles.as_ref().replacen("candles", "spot", 1);
        for other in [spot.as_str(), "candles/part-0.parquet", "candles", "holiday.jpg"] {
            assert_eq!(Partition::of_data_file(other), None, "{other}");
        }
        for other in [
            "manifest/index.json",
            "manifest/exchange=NSE/underlying=NIFTY/expiry=2025-08-28.claim",
            "manifest/exchange=NSE/underlying=NIFTY/expiry=2025-13-28.json",
            "manifest/exchange=NSE/underlying=NIFTY/month=2025-8.json",
            "manifest/exchange=NSE/underlying=%4EIFTY/expiry=2025-08-28.json",
            "manifest/exchange=NSE/underlying=NIFTY%/expiry=2025-08-28.json",
            "manifest/exchange=NSE/expiry=2025-08-28.json",
            "manifest/exchange=NSE/underlying=NIFTY/expiry=2025-08-28/x.json",
            "candles/exchange=NSE/underlying=NIFTY/expiry=2025-08-28/part-0.parquet",
        ] {
            assert_eq!(Partition::of_path(&Path::parse(other).unwrap()), None, "{other}");
        }
    }

    #[test]
    fn a_path_out_of_the_lake_is_refused() {
        for bad in ["../up", "a/../b", "a//b", "a/./b"] {
            assert!(stored_path(bad).is_err(), "{bad}");
        }
        assert!(stored_path("candles/exchange=NSE/part-0.parquet").is_ok());
    }
}
