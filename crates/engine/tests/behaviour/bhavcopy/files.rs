//! What is read as the exchange's file, and what is none: that is refused in a sentence, and nothing of it stays.

use std::io::{Cursor, Write};

use super::name;
use crate::common::{Stage, day};
use engine::ErrorKind;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const REAL: &str = include_str!("../../../fixtures/bhavcopy_nse_fo_udiff_2025-08-01_sample.csv");

fn utf16(mark: &[u8], text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    mark.iter().copied().chain(text.encode_utf16().flat_map(bytes)).collect()
}

fn zipped(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_such_file_is_refused_in_a_sentence_and_nothing_stays() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let real = REAL;
    let good = name("2025-08-01");
    let lines: Vec<&str> = real.lines().collect();
    let with = |from: &str, to: &str| real.replace(from, to).into_bytes();
    let one_of = |from: &str, to: &str| real.replacen(from, to, 1).into_bytes();
    let utf16_little = utf16(b"\xFF\xFE", real, u16::to_le_bytes);
    let packed = zipped(&[(good.as_str(), real.as_bytes().to_vec())]);
    let cases: Vec<(&str, &str, Vec<u8>, &str)> = vec![
        (
            "another day than its name says",
            "BhavCopy_NSE_FO_0_0_0_20250804_F_0000.csv",
            real.into(),
            "name says 4 Aug 2025",
        ),
        ("of another segment", &good, with(",FO,", ",CM,"), "of the segment CM"),
        (
            "named after another segment",
            "BhavCopy_NSE_CM_0_0_0_20250801_F_0000.csv",
            real.into(),
            "name says the segment CM",
        ),
        (
            "named after another exchange",
            "BhavCopy_BSE_FO_0_0_0_20250801_F_0000.csv",
            real.into(),
            "name says BSE",
        ),
        ("of another exchange", &good, with(",NSE,", ",MCX,"), "of MCX"),
        ("cut in a row", &good, real.as_bytes()[..real.len() - 40].into(), "cut off or damaged"),
        ("cut in its head", &good, real.as_bytes()[..60].into(), "no bhavcopy"),
        ("empty", &good, Vec::new(), "the file is empty"),
        ("only a head", &good, format!("{}\n", lines[0]).into(), "no row below"),
        ("no CSV", &good, vec![0x89, b'P', b'N', b'G', 0, 1, 2, 3], "no bhavcopy"),
        ("a page", &good, b"<!DOCTYPE html><html><body>Access Denied</body></html>".to_vec(), "no bhavcopy"),
        ("without a column", &good, one_of("TtlTradgVol", "Other"), "lacks the column TtlTradgVol"),
        (
            "of two days",
            &good,
            real.replacen("\n2025-08-01", "\n2025-08-04", 2)
                .replacen("\n2025-08-04", "\n2025-08-01", 1)
                .into(),
            "several days",
        ),
        ("with a volume that is none", &good, one_of(",2147,", ",-5,"), "is no number"),
        ("with a kind that is none", &good, one_of(",IDF,", ",XXX,"), "kind of contract"),
        ("with a strike that is none", &good, one_of(",56300.00,PE", ",abc,PE"), "is no"),
        (
            "of the form before",
            "fo27OCT2021bhav.csv",
            b"INSTRUMENT,SYMBOL,EXPIRY_DT\nFUTIDX,NIFTY,25-Nov-2021\n".to_vec(),
            "before 8 July 2024",
        ),
        ("of a day to come", "x.csv", with("2025-08-01", "2099-08-03"), "still to come"),
        (
            "in UTF-16 and cut within a letter",
            &good,
            utf16_little[..utf16_little.len() - 1].into(),
            "UTF-16 and is cut off or damaged: save it as UTF-8",
        ),
        (
            "in UTF-16 and cut in a row",
            &good,
            utf16_little[..utf16_little.len() - 80].into(),
            "cut off or damaged: line 11",
        ),
        (
            "with a field behind its columns",
            &good,
            one_of(",F1,35,,,,,\n", ",F1,35,,,,,,x\n"),
            "line 2 has 35 fields and the first line has 34",
        ),
        (
            "with a quote that is never closed",
            &good,
            one_of(",F1,", ",\"F1,"),
            "line 2 cannot be read: a field with a quote runs on into the next line",
        ),
        (
            "with such a quote in a field that is not read",
            &good,
            one_of(",F1,35,,,,,\n", ",F1,35,,,,,\"\n"),
            "line 2 cannot be read: a field with a quote runs on into the next line",
        ),
        ("a zip file cut in the middle", &good, packed[..packed.len() / 2].into(), "zip file cannot be read"),
        (
            "a zip file with two files",
            &good,
            zipped(&[("a.csv", real.into()), ("b.csv", real.into())]),
            "2 files",
        ),
        ("a zip file without a file", &good, zipped(&[]), "no CSV file"),
        ("a zip file of an empty file", &good, zipped(&[("a.csv", Vec::new())]), "the file is empty"),
        (
            "a zip bomb",
            &good,
            zipped(&[("a.csv", vec![b'0'; 80 * 1024 * 1024])]),
            "unpacks to more than 64 MB",
        ),
        (
            "a zip file of another day inside",
            &good,
            zipped(&[("BhavCopy_NSE_FO_0_0_0_20250804_F_0000.csv", real.into())]),
            "name says 4 Aug 2025",
        ),
        ("too large", &good, vec![b'0'; 33 * 1024 * 1024], "larger than 32 MB"),
    ];
    for (what, name, bytes, sentence) in cases {
        let error = engine.bhavcopy().take(name, bytes, false).await.expect_err(what);
        assert!(error.to_string().contains(sentence), "{what}: {error}");
        assert_eq!(error.kind(), ErrorKind::Refused, "{what}");
        assert_eq!(stage.sql::<i64>("SELECT count(*) FROM bhavcopy"), 0, "{what}");
    }
    engine.close().await.unwrap();
}

/// As a spreadsheet or an editor writes it.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_read_however_it_was_saved() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let good = name("2025-08-01");
    let lines: Vec<&str> = REAL.lines().collect();
    let each = |with: &dyn Fn(&str) -> String| -> Vec<u8> {
        lines.iter().map(|line| with(line) + "\n").collect::<String>().into_bytes()
    };
    let first_and = |head: &str, rows: &dyn Fn(&str) -> String| -> Vec<u8> {
        let rows: String = lines[1..].iter().map(|line| rows(line) + "\n").collect();
        format!("{head}\n{rows}").into_bytes()
    };
    let quoted = |line: &str| {
        let fields: Vec<String> = line.split(',').map(|field| format!("\"{field}\"")).collect();
        fields.join(",")
    };
    let utf16_little = utf16(b"\xFF\xFE", REAL, u16::to_le_bytes);
    for (what, bytes) in [
        ("Windows line ends", REAL.replace('\n', "\r\n").into_bytes()),
        ("line ends of old", REAL.replace('\n', "\r").into_bytes()),
        ("a mark of its encoding", [b"\xEF\xBB\xBF", REAL.as_bytes()].concat()),
        ("UTF-16", utf16_little.clone()),
        ("UTF-16 the other way round", utf16(b"\xFE\xFF", REAL, u16::to_be_bytes)),
        ("UTF-16 in a zip file", zipped(&[(good.as_str(), utf16_little)])),
        ("a zip file", zipped(&[(good.as_str(), REAL.as_bytes().to_vec())])),
        ("commas behind every line", each(&|line| format!("{line},,"))),
        ("commas behind its rows", first_and(lines[0], &|line| format!("{line},,"))),
        ("lines of commas at its end", format!("{REAL},,,,\n , ,\n\n").into_bytes()),
        ("every field in quotes", each(&quoted)),
        ("names in small letters", first_and(&lines[0].to_lowercase(), &str::to_owned)),
        (
            "names in capitals and with spaces",
            first_and(
                &lines[0].to_uppercase().replace("TRADDT", "TRAD DT").replace(',', " , "),
                &str::to_owned,
            ),
        ),
        ("a column that is not known", each(&|line| format!("{line},x"))),
    ] {
        let report = engine.bhavcopy().take(&good, bytes, false).await;
        let report = report.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(
            (report.rows, report.exchange.as_str(), report.day),
            (10, "NSE", day("2025-08-01")),
            "{what}"
        );
        let notes = usize::from(what == "a column that is not known");
        assert_eq!(report.notes.len(), notes, "{what}: {:?}", report.notes);
    }
    engine.close().await.unwrap();
}
