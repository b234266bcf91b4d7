use std::io::{self, Cursor, Read, Write};

use ::parquet::file::reader::{FileReader, SerializedFileReader};
use arrow_array::cast::AsArray;
use bytes::Bytes;
use market::{Bar, ChartInterval, Paise, Prices};

use super::*;
use crate::tests::put;
use crate::{CandleField, CandleRows, CandleTable, ExportError, Format, RowHash, Subject, Twin};

const START: i64 = 1_754_019_900;

fn bar(minute: i64, paise: i64) -> Bar {
    let price = |paise| Price::from(Paise(paise));
    let fine = Price(982_275_000);
    let prices = Prices { open: price(paise), high: price(paise + 5), low: fine, close: price(paise) };
    Bar {
        start: EpochSeconds(START + 60 * minute),
        prices: (minute % 7 != 3).then_some(prices),
        volume: 75 * minute,
        open_interest: 150,
    }
}

fn bars(count: i64) -> Vec<Bar> {
    (0..count).map(|minute| bar(minute, 10_000 + minute % 90)).collect()
}

fn subject() -> Subject {
    Subject::Contract { contract: put("NSE_FO|52012|28-10-2025"), underlying: "TATAMOTORS".to_owned() }
}

fn batch(table: &CandleTable, bars: &[Bar]) -> Batch {
    let rows = CandleRows { subject: &subject(), interval: ChartInterval::MINUTE_1, bars, twin: None };
    table.batch(rows).unwrap()
}

/// In batches of so many rows, a contract a batch.
fn written(
    format: Format,
    table: &CandleTable,
    options: &TableOptions,
    bars: &[Bar],
    rows: usize,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = format.table(table.columns(), options, &mut bytes).unwrap();
    for part in bars.chunks(rows) {
        writer.write(&batch(table, part)).unwrap();
        writer.part_ends().unwrap();
    }
    let written = writer.finish().unwrap();
    assert_eq!((written.rows, written.bytes), (bars.len() as u64, bytes.len() as u64));
    let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
    let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(written.sha256.to_string(), hex);
    bytes
}

fn text(format: Format, times: Times) -> String {
    let options = TableOptions { times, name: "candles".to_owned(), ..TableOptions::default() };
    String::from_utf8(written(format, &CandleTable::lake(), &options, &bars(4)[2..], 1)).unwrap()
}

#[test]
fn a_csv_writes_every_kind_and_moments_as_they_are_wanted() {
    let row = |time: &str, prices: &str, volume: i64| {
        format!("NSE_FO|52012|28-10-2025,PE,700,800,1minute,{time},{prices},{volume},150\n")
    };
    let head =
        "expired_key,kind,strike,lot_size,interval,timestamp,open,high,low,close,volume,open_interest\n";
    let both = |first: &str, second: &str| {
        format!("{head}{}{}", row(first, "100.02,100.07,982.275,100.02", 150), row(second, ",,,", 225))
    };
    assert_eq!(text(Format::Csv, Times::Ist), both("2025-08-01 09:17:00", "2025-08-01 09:18:00"));
    assert_eq!(
        text(Format::Csv, Times::IstOffset),
        both("2025-08-01T09:17:00+05:30", "2025-08-01T09:18:00+05:30")
    );
    assert_eq!(text(Format::Csv, Times::Epoch), both("1754020020", "1754020080"));
}

#[test]
fn a_json_says_each_name_and_null_for_what_is_missing() {
    assert_eq!(
        text(Format::Json, Times::Ist),
        "[\n{\"expired_key\":\"NSE_FO|52012|28-10-2025\",\"kind\":\"PE\",\"strike\":700,\"lot_size\":800,\
         \"interval\":\"1minute\",\"timestamp\":\"2025-08-01 09:17:00\",\"open\":100.02,\"high\":100.07,\
         \"low\":982.275,\"close\":100.02,\"volume\":150,\"open_interest\":150},\n\
         {\"expired_key\":\"NSE_FO|52012|28-10-2025\",\"kind\":\"PE\",\"strike\":700,\"lot_size\":800,\
         \"interval\":\"1minute\",\"timestamp\":\"2025-08-01 09:18:00\",\"open\":null,\"high\":null,\
         \"low\":null,\"close\":null,\"volume\":225,\"open_interest\":150}\n]\n"
    );
    let none = written(Format::Json, &CandleTable::lake(), &TableOptions::default(), &[], 1);
    assert_eq!(none, b"[]\n");
}

#[test]
fn what_is_packed_holds_the_plain_bytes_and_not_the_hour() {
    let (table, bars) = (CandleTable::lake(), bars(5_000));
    let options = TableOptions { name: "candles-2025-10-28".to_owned(), ..TableOptions::default() };
    let plain = written(Format::Csv, &table, &options, &bars, 700);
    let gzip = written(Format::CsvGzip, &table, &options, &bars, 700);
    let zip = written(Format::CsvZip, &table, &options, &bars, 700);
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(gzip.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert!(unpacked == plain && gzip.len() * 5 < plain.len());
    let mut archive = zip::ZipArchive::new(Cursor::new(&zip)).unwrap();
    let mut unpacked = Vec::new();
    archive.by_name("candles-2025-10-28.csv").unwrap().read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
    assert_eq!(zip, written(Format::CsvZip, &table, &options, &bars, 300), "batches leave no trace");
}

#[test]
fn parquet_comes_back_to_the_last_digit_in_groups_of_whole_contracts() {
    let (table, bars) = (CandleTable::lake(), bars(300_000));
    let metadata = vec![("source".to_owned(), "simulated".to_owned())];
    let options = TableOptions { metadata, ..TableOptions::default() };
    let bytes = Bytes::from(written(Format::Parquet, &table, &options, &bars, 50_000));
    let file = SerializedFileReader::new(bytes.clone()).unwrap();
    let rows: Vec<i64> = file.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
    assert_eq!(rows, [150_000, 150_000]);
    let group = file.metadata().row_group(0);
    assert!(group.columns().iter().all(|column| column.statistics().is_some()));
    assert!(group.columns().iter().all(|column| column.column_index_offset().is_some()));
    let read = ParquetRows::open(bytes.clone(), table.columns()).unwrap();
    assert!(read.metadata().contains(&("source".to_owned(), "simulated".to_owned())));
    let (mut hash, mut back) = (RowHash::new(table.columns()), Vec::new());
    for batch in read {
        let batch = batch.unwrap();
        hash.update(&batch).unwrap();
        back.extend(table.bars(&batch).unwrap());
    }
    assert!(back == bars);
    let mut ours = RowHash::new(table.columns());
    ours.update(&batch(&table, &bars)).unwrap();
    assert_eq!(hash.finish(), ours.finish());
    let times = ParquetRows::open(bytes.clone(), vec![Column::new("time", Kind::Time)]).unwrap();
    assert_eq!(times.map(|batch| batch.unwrap().rows()).sum::<usize>(), bars.len());
    let mut other = ParquetRows::open(bytes, vec![Column::new("time", Kind::Whole)]).unwrap();
    let refusal = other.next().unwrap().unwrap_err().to_string();
    assert_eq!(refusal, "column \"time\" is missing, or is not as this program writes it");
}

#[test]
fn one_changed_digit_changes_the_hash_of_rows() {
    let hash = |bars: &[Bar]| {
        let mut hash = RowHash::new(CandleTable::lake().columns());
        hash.update(&batch(&CandleTable::lake(), bars)).unwrap();
        hash.finish()
    };
    let (bars, mut other) = (bars(1_000), bars(1_000));
    assert_eq!(hash(&bars), hash(&other));
    other[500].open_interest += 1;
    assert_ne!(hash(&bars), hash(&other));
    assert_ne!(hash(&bars), hash(&bars[..999]));
}

#[test]
fn an_arrow_stream_has_a_message_a_batch() {
    let (table, bars) = (CandleTable::lake(), bars(1_000));
    let bytes = written(Format::Arrow, &table, &TableOptions::default(), &bars, 300);
    let reader = arrow_ipc::reader::StreamReader::try_new(bytes.as_slice(), None).unwrap();
    let records: Vec<_> = reader.map(Result::unwrap).collect();
    assert_eq!(records.iter().map(|record| record.num_rows()).collect::<Vec<_>>(), [300, 300, 300, 100]);
    let keys = records[0].column_by_name("expired_key").unwrap().as_string::<i32>();
    assert_eq!(keys.value(299), "NSE_FO|52012|28-10-2025");
    let back =
        records.iter().flat_map(|record| table.bars(&batch_of(record, &table.columns()).unwrap()).unwrap());
    assert!(back.eq(bars));
}

#[test]
fn a_workbook_has_moments_of_its_own_and_refuses_a_row_too_many() {
    let table = CandleTable::new([
        CandleField::OpenAlgoSymbol,
        CandleField::Expiry,
        CandleField::Time,
        CandleField::Low,
        CandleField::Close,
    ]);
    let options = TableOptions { name: "28 [Oct]".to_owned(), ..TableOptions::default() };
    let bytes = written(Format::Xlsx, &table, &options, &bars(4), 2);
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut sheet = String::new();
    archive.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
    assert!(sheet.contains("<t>timestamp</t>") && sheet.contains("<t>TATAMOTORS28OCT25700PE</t>"), "{sheet}");
    assert!(sheet.contains("<v>982.275</v>") && sheet.contains("<v>45958</v>"), "{sheet}");
    // 45870 is 1 August 2025, and 09:15 lies 0.385416… of a day behind midnight.
    assert!(sheet.contains("<v>45870.38541666666"), "{sheet}");
    let batch = batch(&CandleTable::new([CandleField::LotSize]), &bars(SHEET_ROWS_MAX as i64));
    let columns = vec![Column::new("lot_size", Kind::Whole)];
    let mut sheet = Format::Xlsx.table(columns, &TableOptions::default(), io::sink()).unwrap();
    let refusal = sheet.write(&batch).unwrap_err();
    assert!(
        matches!(refusal, ExportError::SheetFull) && refusal.to_string().contains("parquet"),
        "{refusal}"
    );
}

#[test]
fn a_workbook_has_a_sheet_a_section_and_counts_all_of_their_rows() {
    let table = CandleTable::new([CandleField::Time, CandleField::Close]);
    let mut bytes = Vec::new();
    let options = TableOptions { name: "whole".to_owned(), ..TableOptions::default() };
    let mut writer = Format::Xlsx.table(table.columns(), &options, &mut bytes).unwrap();
    for (section, rows) in [("2025-08-21", 2), ("2025-08-21", 1), ("2025-08-28", 5)] {
        writer.section(section).unwrap();
        writer.write(&batch(&table, &bars(rows))).unwrap();
    }
    // The bound is of a sheet.
    let many = batch(&table, &bars(SHEET_ROWS_MAX as i64 - 5));
    assert!(matches!(writer.write(&many), Err(ExportError::SheetFull)));
    assert_eq!(writer.finish().unwrap().rows, 8);
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut read = |name: &str| {
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    let workbook = read("xl/workbook.xml");
    let (first, second) = (workbook.find("\"2025-08-21\""), workbook.find("\"2025-08-28\""));
    assert!(first.is_some() && first < second && !workbook.contains("whole"), "{workbook}");
    for (sheet, rows) in [("xl/worksheets/sheet1.xml", 4), ("xl/worksheets/sheet2.xml", 6)] {
        let text = read(sheet);
        assert!(text.matches("<row ").count() == rows && text.contains("<t>timestamp</t>"), "{text}");
    }
}

#[test]
fn a_workbook_refuses_a_text_that_no_cell_takes() {
    let column = |name: &str| vec![Column::new(name, Kind::Text)];
    // Two of UTF-16 each.
    for (character, most) in [("x", CELL_CHARS_MAX), ("\u{1f600}", CELL_CHARS_MAX / 2)] {
        let written = |count: usize| {
            let text = character.repeat(count);
            let rows = Batch::new(vec![Values::same_text(Some(&text), 1)]).unwrap();
            let options = TableOptions::default();
            let mut sheet = Format::Xlsx.table(column("why"), &options, Cursor::new(Vec::new())).unwrap();
            sheet.write(&rows)?;
            sheet.finish()
        };
        assert_eq!(written(most).unwrap().rows, 1);
        let refusal = written(most + 1).unwrap_err();
        assert!(refusal.is_of_the_format(), "{refusal}");
        assert_eq!(
            refusal.to_string(),
            "a cell of Excel takes at most 32767 characters, and a text in column \"why\" is longer: take csv or parquet"
        );
    }
    let long = column(&"n".repeat(CELL_CHARS_MAX + 1));
    let refused = Format::Xlsx.table(long, &TableOptions::default(), io::sink()).err().unwrap();
    assert!(refused.is_of_the_format() && refused.to_string().len() < 200, "{refused}");
}

#[test]
fn columns_and_names_are_chosen_and_a_twin_stands_beside() {
    let table = CandleTable::named([
        ("ticker", CandleField::OpenAlgoSymbol),
        ("date", CandleField::Date),
        ("time", CandleField::TimeOfDay),
        ("side", CandleField::Side),
        ("volatility", CandleField::Volatility),
        ("price_age_s", CandleField::PriceAge),
        ("gamma", CandleField::Gamma),
    ]);
    let twin = Twin {
        volatility: vec![Some(0.123_456_789), None],
        price_age_s: vec![Some(0), Some(60)],
        gamma: vec![Some(0.000_000_123), Some(f64::NAN)],
        ..Twin::default()
    };
    let (subject, bars) = (subject(), bars(2));
    let rows =
        CandleRows { subject: &subject, interval: ChartInterval::MINUTE_1, bars: &bars, twin: Some(&twin) };
    let mut text = Vec::new();
    let mut writer = Format::Csv.table(table.columns(), &TableOptions::default(), &mut text).unwrap();
    writer.write(&table.batch(rows).unwrap()).unwrap();
    writer.finish().unwrap();
    assert_eq!(
        String::from_utf8(text).unwrap(),
        "ticker,date,time,side,volatility,price_age_s,gamma\n\
         TATAMOTORS28OCT25700PE,2025-08-01,09:15:00,PE,0.123456789,0,0.000000123\n\
         TATAMOTORS28OCT25700PE,2025-08-01,09:16:00,PE,,60,\n"
    );
    let spot = Subject::Underlying { key: "NSE_INDEX|Nifty 50".to_owned(), symbol: "NIFTY".to_owned() };
    assert_eq!(spot.openalgo_symbol(), "NIFTY");
    let unknown = "colour".parse::<CandleField>().unwrap_err().to_string();
    assert!(unknown.starts_with("\"colour\" is no column of candles: choose expired_key, "), "{unknown}");
    assert_eq!("timestamp".parse::<CandleField>().unwrap(), CandleField::Time);
}

#[test]
fn what_does_not_fit_the_columns_is_refused_by_every_format() {
    let wrong = Batch::new(vec![Values::same_text(Some("x"), 1)]).unwrap();
    for format in Format::FILES {
        let columns = vec![Column::new("lot_size", Kind::Whole)];
        let mut writer = format.table(columns, &TableOptions::default(), io::sink()).unwrap();
        assert!(matches!(writer.write(&wrong), Err(ExportError::Misfit(Misfit))), "{}", format.as_str());
    }
    let columns = vec![Column::new("lot_size", Kind::Whole)];
    let refused = Format::Columns.table(columns, &TableOptions::default(), io::sink());
    let refusal = refused.err().map(|error| error.to_string()).unwrap();
    assert!(refusal.contains("choose csv, csv.gz, csv.zip, json, parquet, arrow, xlsx"), "{refusal}");
    assert_eq!(Batch::new(vec![Values::same_whole(None, 1), Values::same_whole(None, 2)]), Err(Misfit));
}

/// A disk with so many bytes left.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        self.0 = left;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told_by_every_format() {
    let (table, bars) = (CandleTable::lake(), bars(2_000));
    for format in Format::FILES {
        let write = || {
            let mut writer = format.table(table.columns(), &TableOptions::default(), Full(1_500))?;
            writer.write(&batch(&table, &bars))?;
            writer.finish()
        };
        let error = write().unwrap_err();
        assert!(protocol::is_disk_full(&error), "{}: {error:?}", format.as_str());
    }
}
