//! Writing a training set: which days it is of, which expiry each has, and the two files. A day is in memory at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use analytics::Rate;
use export::table::{Batch, TableOptions, TableWriter, Written};
use export::{Format, Made, Origin, VOLATILITY_RULE};
use market::{Day, InstrumentKey, TradingCalendar};
use protocol::{DatasetDocument, DatasetPart, FartherDay};
use store::{Place, Store, partial_of};

use super::error::DatasetError;
use super::grid;
use super::wish::{DatasetWish, Split};
use crate::archive::open_for_reading;
use crate::blocking::on_blocking_thread;
use crate::chains::{KnownExpiry, rate_of};
use crate::error::EngineError;
use crate::exports::{NewFolders, PROGRAM, PartialFile};
use crate::file_error::FileError;
use crate::names::counted;
use crate::preferences::kept;
use crate::series::StoredDays;

/// What the files are called, and what lies beside them.
const TRAIN: &str = "train.parquet";
const TEST: &str = "test.parquet";
const DOCUMENT: &str = "dataset.json";
const FILES: [&str; 3] = [TRAIN, TEST, DOCUMENT];
/// Minutes of a session whose hours are not known.
const SESSION_MINUTES: u16 = 375;

/// From the first to the last minute of the longest of the days: a label that looks farther would be in no row.
fn label_minutes_max(days: &[DayOf]) -> u16 {
    let minutes = |(day, _): &DayOf| {
        let trading = TradingCalendar::bundled().day(*day);
        let (first, last) = trading.windows().first().zip(trading.windows().last())?;
        Some(last.close - first.open)
    };
    let longest = days.iter().map(|of| minutes(of).unwrap_or(SESSION_MINUTES)).max();
    longest.unwrap_or(SESSION_MINUTES) - 1
}

/// Clones share everything.
#[derive(Clone)]
pub struct DatasetService {
    store: Store,
}

/// A day with the expiry that it is told of.
type DayOf = (Day, KnownExpiry);

/// What a set is of, oldest first.
struct Days {
    of: Vec<DayOf>,
    /// Those whose nearest listed expiry has no minute of them here; by the wish they are in it or left out.
    farther: Vec<FartherDay>,
}

impl DatasetService {
    /// Opens an existing data directory for reading, beside whoever owns it.
    pub async fn open_for_reading(place: impl Into<Place>) -> Result<Self, EngineError> {
        Ok(Self { store: open_for_reading(place).await? })
    }

    /// Writes a training set into a folder that is new or empty: whole, or not at all.
    pub async fn write(&self, wish: &DatasetWish, folder: &Path) -> Result<DatasetDocument, EngineError> {
        let Days { of: days, farther } = self.days(wish).await?;
        let max = label_minutes_max(&days);
        if let Some(given) = wish.label.filter(|minutes| !(1..=max).contains(minutes)) {
            return Err(DatasetError::Label { given, max }.into());
        }
        let (train, test) = days.split_at(place_of_split(&days, wish, farther.len())?);
        let source = self.store.setting("source").await?.unwrap_or_default();
        let reading = kept(&self.store).await?.reading;
        let rate = wish.rate.unwrap_or_else(|| rate_of(reading));
        let mut new = NewFolder::make(folder, metadata(&source, rate))?;
        let train = self.part(wish, &mut new, TRAIN, train, rate).await?;
        let test = self.part(wish, &mut new, TEST, test, rate).await?;
        let document = describe(wish, source, rate, (train, test), farther);
        let text = serde_json::to_vec_pretty(&document).map_err(DatasetError::from)?;
        new.put(DOCUMENT, &text)?;
        new.keep()?;
        Ok(document)
    }

    /// Each day with the nearest expiry that has minutes of it; where a nearer one is listed, only if that is wished for.
    async fn days(&self, wish: &DatasetWish) -> Result<Days, EngineError> {
        let key: &InstrumentKey = &wish.underlying;
        let Some((id, underlying)) = self.store.underlying(key).await? else {
            return Err(EngineError::NothingStored { key: key.to_string() });
        };
        let mut nearest = BTreeMap::new();
        // The newest first, so that a nearer one takes the place of a farther one.
        for date in self.store.expiries_with_minutes(id).await? {
            let known = KnownExpiry::find(&self.store, key, date).await?;
            for day in self.store.days_with_minutes(known.expiry.id).await? {
                nearest.insert(day.day, known.clone());
            }
            if wish.from.is_some_and(|from| date < from) {
                break;
            }
        }
        let words = format!("the contracts of {}", underlying.name);
        let stored: BTreeSet<Day> = nearest.keys().copied().collect();
        let chosen =
            StoredDays { days: stored, of: &words, to_collect: None }.between(wish.from, wish.to, false)?;
        let listed: BTreeSet<Day> = self.store.expiries(id).await?.iter().map(|expiry| expiry.date).collect();
        let mut days = Days { of: Vec::new(), farther: Vec::new() };
        for day in chosen {
            let Some(known) = nearest.remove(&day) else { continue };
            let stored = known.expiry.date;
            let nearer = listed.range(day..).next().copied().filter(|listed| *listed < stored);
            days.farther.extend(nearer.map(|nearest| FartherDay { day, nearest, stored }));
            if nearer.is_none() || wish.farther {
                days.of.push((day, known));
            }
        }
        match days.farther.first() {
            Some(FartherDay { day, nearest, .. }) if days.of.is_empty() => {
                Err(DatasetError::NoNearest { day: *day, nearest: *nearest }.into())
            }
            _ => Ok(days),
        }
    }

    async fn part(
        &self,
        wish: &DatasetWish,
        folder: &mut NewFolder,
        name: &str,
        days: &[DayOf],
        rate: Rate,
    ) -> Result<DatasetPart, EngineError> {
        let reading = kept(&self.store).await?.reading;
        let mut file = folder.table(name, wish.label)?;
        for (day, known) in days {
            let read = known.read(&self.store, *day, known.terms(reading, Some(rate))).await?;
            let (slots, label) = (wish.slots.list(), wish.label);
            let write = move || -> Result<Table, EngineError> {
                let batch: Batch = grid::of_day(&read, &slots, label)?;
                file.write(&batch)?;
                Ok(file)
            };
            file = on_blocking_thread(write).await??;
        }
        let Written { rows, bytes, sha256 } = file.finish()?;
        // Both parts have a day at least.
        let (first, last) = (days[0].0, days[days.len() - 1].0);
        let count = u32::try_from(days.len()).unwrap_or(u32::MAX);
        Ok(DatasetPart {
            file: name.to_owned(),
            first,
            last,
            days: count,
            rows,
            bytes,
            sha256: sha256.to_string(),
        })
    }
}

/// How many days lie before it; some do, and some behind it.
fn place_of_split(days: &[DayOf], wish: &DatasetWish, farther: usize) -> Result<usize, DatasetError> {
    let (first, last) = (days[0].0, days[days.len() - 1].0);
    if days.len() < 2 {
        let farther = if wish.farther { 0 } else { farther };
        return Err(DatasetError::OneDay { day: first, farther });
    }
    match wish.split {
        Split::Part(part) => Ok(((days.len() as f64 * part).round() as usize).clamp(1, days.len() - 1)),
        Split::On(split) => {
            let place = days.partition_point(|(day, _)| *day < split);
            if place == 0 || place == days.len() {
                return Err(DatasetError::Split { split, first, last });
            }
            Ok(place)
        }
    }
}

/// What a file says of itself, in the words of exports.
fn metadata(source: &str, rate: Rate) -> Vec<(String, String)> {
    let origin = Origin { program: PROGRAM.to_owned(), source: source.to_owned() };
    let (rate, rule) = (Some(rate.fraction()), Some(VOLATILITY_RULE));
    origin.metadata(Made { interval: None, rate, rule })
}

fn describe(
    wish: &DatasetWish,
    source: String,
    rate: Rate,
    (train, test): (DatasetPart, DatasetPart),
    farther: Vec<FartherDay>,
) -> DatasetDocument {
    let mut rules = vec![
        "a row for every minute of the sessions and every slot, of the nearest expiry; what is not known is missing".to_owned(),
        "a slot chooses among the options that had been traded by then, and a row holds what was known at the end of its minute".to_owned(),
        "the files are split between two days: every minute of train lies before every minute of test".to_owned(),
    ];
    if let Some(minutes) = wish.label {
        rules.push(format!(
            "the label looks {minutes} minutes ahead within its own day, so the last {minutes} minutes of a day have none, and none of train sees a minute of test"
        ));
    }
    if let Some(rule) = rule_of_farther(wish.farther, &farther) {
        rules.push(rule);
    }
    DatasetDocument {
        program: PROGRAM.to_owned(),
        source,
        underlying: wish.underlying.clone(),
        slots: wish.slots.list().into_iter().map(|slot| slot.name).collect(),
        label_minutes: wish.label,
        rate: rate.fraction(),
        columns: grid::described(wish.label),
        rules,
        has_farther: wish.farther,
        farther,
        train,
        test,
    }
}

/// What is said of days whose nearest listed expiry has no minute here, where there are some.
fn rule_of_farther(has_farther: bool, farther: &[FartherDay]) -> Option<String> {
    let FartherDay { day, nearest, stored } = farther.first()?;
    let days = counted(farther.len() as u64, "day");
    let first = format!(
        "the first {}, with the expiry of {} listed and that of {} stored",
        day.to_long_text(),
        nearest.to_long_text(),
        stored.to_long_text()
    );
    Some(match has_farther {
        true => format!(
            "{days} told of a farther expiry, since the nearest listed has no minute of them here: {first}"
        ),
        false => format!(
            "{days} left out, since the nearest expiry listed has no minute of them here: {first}; collect it, or take the \
             nearest that has minutes (--farther)"
        ),
    })
}

/// A folder under way. Its files get their names together, when all are whole; what is not kept is taken away.
struct NewFolder {
    path: PathBuf,
    is_kept: bool,
    /// The document last: nothing reads a set without it.
    files: Vec<PartialFile>,
    metadata: Vec<(String, String)>,
    _new: NewFolders,
}

impl NewFolder {
    fn make(path: &Path, metadata: Vec<(String, String)>) -> Result<Self, DatasetError> {
        let unwritable = |source| FileError::io(path.to_owned(), source);
        if path.exists() && (!path.is_dir() || !has_partials_alone(path).map_err(unwritable)?) {
            return Err(DatasetError::Exists(path.to_owned()));
        }
        let new = NewFolders::make(path).map_err(unwritable)?;
        Ok(Self { path: path.to_owned(), is_kept: false, files: Vec::new(), metadata, _new: new })
    }

    fn table(&mut self, name: &str, label: Option<u16>) -> Result<Table, FileError> {
        let path = self.path.join(name);
        let file = self.file(&path).map_err(|source| FileError::io(path.clone(), source))?;
        let options = TableOptions { metadata: self.metadata.clone(), ..TableOptions::default() };
        let table = Format::Parquet.table(grid::columns(label), &options, BufWriter::new(file));
        let table = table.map_err(|source| FileError::writing(path.clone(), source))?;
        Ok(Table { path, table })
    }

    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        let path = self.path.join(name);
        let written = self.file(&path).and_then(|mut file| file.write_all(bytes));
        written.map_err(|source| FileError::io(path, source))
    }

    /// To write to.
    fn file(&mut self, path: &Path) -> io::Result<File> {
        let partial = PartialFile::create(path.to_owned())?;
        let file = partial.writer()?;
        self.files.push(partial);
        Ok(file)
    }

    fn keep(mut self) -> Result<(), FileError> {
        for file in self.files.drain(..) {
            file.finish().map_err(|source| FileError::io(self.path.clone(), source))?;
        }
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        self.files.clear();
        // What cannot be taken away is called what it is not: nothing reads a set without its document.
        for name in FILES {
            let _ = fs::remove_file(self.path.join(name));
        }
    }
}

/// Whether nothing lies there but what a set that was killed left half done: it is written over.
fn has_partials_alone(folder: &Path) -> io::Result<bool> {
    let partials = FILES.map(|name| partial_of(&folder.join(name)));
    for entry in fs::read_dir(folder)? {
        if !partials.contains(&entry?.path()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// One of the two files.
struct Table {
    path: PathBuf,
    table: Box<dyn TableWriter + Send>,
}

impl Table {
    fn write(&mut self, batch: &Batch) -> Result<(), FileError> {
        self.table.write(batch).map_err(|source| FileError::writing(self.path.clone(), source))
    }

    fn finish(self) -> Result<Written, FileError> {
        self.table.finish().map_err(|source| FileError::writing(self.path, source))
    }
}
