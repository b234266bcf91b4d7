//! Why a file is no bhavcopy that can be taken in, in sentences for whoever gave it.

use market::Day;
use protocol::BhavcopyDay;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BhavcopyError {
    #[error("the file is empty")]
    Empty,
    #[error("the file is larger than {} MB: a day of an exchange's futures and options never is", bytes_max / (1024 * 1024))]
    TooLarge { bytes_max: usize },
    #[error("the file unpacks to more than {} MB: a day of an exchange's futures and options never does", bytes_max / (1024 * 1024))]
    UnpacksTooLarge { bytes_max: u64 },
    #[error("the zip file cannot be read: {0}")]
    UnreadableZip(String),
    #[error("the zip file holds {0} files: give one that holds the daily CSV file alone")]
    SeveralFiles(usize),
    #[error("the zip file holds no CSV file")]
    NoFileInZip,
    #[error(
        "this is no bhavcopy: its first line does not name the columns TradDt, Sgmt, TckrSymb and the others of the exchange's UDiFF file"
    )]
    NoBhavcopy,
    #[error(
        "this is a bhavcopy of the form before 8 July 2024, which names no contract exactly: only the UDiFF form is read, and Upstox has no minutes of days before October 2024"
    )]
    OldForm,
    #[error("the file lacks the column{} {}", if .0.len() == 1 { "" } else { "s" }, .0.join(", "))]
    MissingColumns(Vec<String>),
    #[error("the file has no row below its first line")]
    NoRows,
    #[error("the file has more than {0} rows: a day of an exchange's futures and options never does")]
    TooManyRows(u64),
    #[error(
        "the file is cut off or damaged: line {line} has {fields} fields and the first line has {columns}"
    )]
    Cut { line: u64, fields: u64, columns: u64 },
    #[error(
        "the file is written in UTF-16 and is cut off or damaged: save it as UTF-8, or give it as the exchange has it"
    )]
    CutText,
    #[error("line {line} cannot be read: {problem}")]
    Line { line: u64, problem: String },
    #[error("the file is of several days: line {line} is of {}, the lines before of {}", other.to_long_text(), day.to_long_text())]
    SeveralDays { line: u64, day: Day, other: Day },
    #[error("the file's name says {}, and its rows are of {}: one of them is wrong", named.to_long_text(), day.to_long_text())]
    OtherDay { named: Day, day: Day },
    #[error("the file is of {}, a day that is still to come", .0.to_long_text())]
    DayToCome(Day),
    #[error(
        "{why}: make sure that the file is of that day. Where a special session was held, say so with --special-session, in REST with special_session=true"
    )]
    MarketClosed { why: String },
    #[error(
        "the file {why}, so {kept} stays: a file takes the place of one of the same day when it has no fewer rows and names every contract of the other. Where this one is right all the same, withdraw the other first: on Coverage, with bhavcopy --withdraw {} --exchange {}, in REST with DELETE",
        of.day,
        of.exchange.as_str()
    )]
    Lesser { of: BhavcopyDay, kept: String, why: String },
    #[error("no file of {} was taken in", .0.to_long_text())]
    NoneOfDay(Day),
    #[error("files of {} were taken in of NSE and of BSE: say whose is withdrawn", .0.to_long_text())]
    OfBothExchanges(Day),
    #[error("the file is of the segment {0}: only that of futures and options (FO) is read")]
    OtherSegment(String),
    #[error("the file's name says the segment {0}, and its rows are of FO: one of them is wrong")]
    NamedSegment(String),
    #[error("the file is of {0}: only those of NSE and BSE are read")]
    OtherExchange(String),
    #[error("the file's name says {named}, and its rows are of {exchange}: one of them is wrong")]
    NamedExchange { named: String, exchange: String },
}
