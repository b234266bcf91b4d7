//! Answers as they come, and what is kept, counted and refused of them.

use upstox::{RefusedRow, parse_candles};

use super::*;

const TERMS: Terms = Terms { tick: 5, lot: 75 };

/// `rows` as they stand in an answer about one day.
fn checked(rows: &[&str]) -> Checked {
    let day: Day = "2025-08-01".parse().unwrap();
    let body = format!(r#"{{"status":"success","data":{{"candles":[{}]}}}}"#, rows.join(","));
    let (rows, broken) = parse_candles(body.as_bytes()).unwrap();
    check(&rows, &broken, TERMS, Interval::Minute1, DayRange::single(day))
}

const GOOD: &str = r#"["2025-08-01T09:15:00+05:30",1,1,1,1,75,150]"#;
const PLACEHOLDER: &str = r#"["2025-08-01T09:15:00+05:30",0,0,0,0,0,0]"#;

fn minutes(checked: &Checked) -> Vec<u16> {
    checked.candles.iter().map(|candle| candle.start.minute_of_day()).collect()
}

#[test]
fn good_rows_are_sorted_and_repeats_dropped() {
    let again = r#"["2025-08-01T09:16:00+05:30",1,2,0.5,1.5,75,150]"#;
    let checked = checked(&[again, r#"["2025-08-01T09:15:00+05:30",1,1,1,1,0,150]"#, again]);
    assert_eq!(minutes(&checked), [555, 556]);
    assert_eq!((checked.repeated, checked.refused), (1, 0));
    assert_eq!(checked.remarks, Remarks::default());
    assert_eq!(checked.verdict(), Verdict::Rows);
}

#[test]
fn each_other_form_of_a_row_is_the_same_candle() {
    let plain = checked(&[GOOD]);
    for row in [
        r#"["2025-08-01T09:15:00+0530",1,1,1,1,75,150]"#,
        r#"["2025-08-01T09:15:00",1,1,1,1,75,150]"#,
        r#"["2025-08-01 09:15:00",1,1,1,1,75,150]"#,
        r#"["2025-08-01T09:15",1,1,1,1,75,150]"#,
        r#"["2025-08-01T03:45:00Z",1,1,1,1,75,150]"#,
        r#"["2025-08-01T03:45:00.000Z",1,1,1,1,75,150]"#,
        "[1754019900,1,1,1,1,75,150]",
        "[1754019900000,1,1,1,1,75,150]",
        r#"["1754019900000","1","1.00"," 1 ",1,"75","150"]"#,
        r#"["2025-08-01T09:15:00+05:30",1.0000000000000002,0.9999999999999998,1,1,75.00000000000001,150,7]"#,
        r#"{"timestamp":"2025-08-01T09:15:00+05:30","open":1,"high":1,"low":1,"close":1,"volume":75,"oi":150}"#,
    ] {
        assert_eq!(checked(&[row]), plain, "{row}");
    }
    let without_interest = checked(&[
        r#"["2025-08-01T09:15:00+05:30",24618.899999999998,24618.9,24618.9,24618.9,75,null]"#,
        r#"["2025-08-01T09:16:00+05:30",24618.9,24618.9,24618.9,24618.9,75]"#,
    ]);
    assert_eq!((without_interest.candles.len(), without_interest.refused), (2, 0));
    assert_eq!(without_interest.candles[0].prices, without_interest.candles[1].prices);
    assert_eq!(without_interest.candles[1].open_interest, 0);
}

#[test]
fn a_date_alone_is_the_start_of_a_days_candle_only() {
    let day: Day = "2025-08-01".parse().unwrap();
    assert_eq!(read_start("2025-08-01", Interval::Day), Some(day.start()));
    assert_eq!(read_start("2025-08-01T00:00:00+05:30", Interval::Day), Some(day.start()));
    assert_eq!(read_start("2025-08-01", Interval::Minute1), None);
}

#[test]
fn what_cannot_be_true_is_quarantined_with_its_reason() {
    for (bad, reason) in [
        (r#"["2025-08-01T09:16:00+05:30",0,2,0,1,75,150]"#, "above zero"),
        (r#"["2025-08-01T09:16:00+05:30",0,0,0,0,75,150]"#, "above zero"),
        (r#"["2025-08-01T09:16:00+05:30",-1,-1,-1,-1,75,150]"#, "above zero"),
        (r#"["2025-08-01T09:16:00+05:30",1,0.9,0.5,0.6,75,150]"#, "outside its high"),
        (r#"["2025-08-01T09:16:00+05:30",1,2,1.5,1.7,75,150]"#, "outside its high"),
        (r#"["2025-08-01T09:16:00+05:30",1,1,2,1,75,150]"#, "above its high"),
        (r#"["2025-08-01T09:16:00+05:30",1,1,1,1,-75,150]"#, "units"),
        (r#"["2025-08-01T09:16:00+05:30",1,1,1,1,0.5,150]"#, "units"),
        (r#"["2025-08-01T09:16:30+05:30",1,1,1,1,75,150]"#, "minute"),
        (r#"["2025-08-01T09:16:00.5+05:30",1,1,1,1,75,150]"#, "time"),
        (r#"["yesterday",1,1,1,1,75,150]"#, "time"),
        (r#"["01/08/2025 09:16",1,1,1,1,75,150]"#, "time"),
        (r#"["2025-08-01T09:16:00+05:30",1,1,1,1]"#, "5 of the seven values"),
        (r#"["2025-08-01T09:16:00+05:30",1,null,1,1,75,150]"#, "its high, null, is no price"),
    ] {
        let checked = checked(&[GOOD, bad]);
        assert_eq!((checked.candles.len(), checked.refused), (1, 1), "{bad}");
        assert_eq!(checked.quarantined[0].raw, bad);
        assert!(checked.quarantined[0].reason.contains(reason), "{:?}", checked.quarantined);
    }
}

#[test]
fn a_row_that_says_nothing_is_counted_and_neither_kept_nor_refused() {
    for (row, placeholders, outside) in [
        (PLACEHOLDER, 1, 0),
        (r#"["2025-08-01T09:15:00+05:30",0,0,0,0,0,150]"#, 1, 0),
        (r#"["2025-08-01T09:15:00+05:30",null,null,null,null,0,null]"#, 1, 0),
        (r#"["2025-08-01T09:15:00+05:30","0","0","0","0","0"]"#, 1, 0),
        (r#"["2025-08-02T09:15:00+05:30",1,1,1,1,75,150]"#, 0, 1),
        (r#"["2025-07-31T23:59:00+05:30",1,1,1,1,75,150]"#, 0, 1),
        // What it says of another day is not judged.
        (r#"["2025-08-02T09:15:30+05:30",-1,1,1,1,75,150]"#, 0, 1),
        (r#"["2025-08-02T09:15:00+05:30",0,0,0,0,0,0]"#, 0, 1),
    ] {
        let checked = checked(&[row]);
        assert_eq!((checked.placeholders, checked.strays.count()), (placeholders, outside), "{row}");
        assert_eq!((checked.candles.len(), checked.refused), (0, 0), "{row}");
    }
    let beside = checked(&[PLACEHOLDER, GOOD]);
    assert_eq!((beside.candles.len(), beside.placeholders, beside.refused), (1, 1, 0));
    assert_eq!(beside.contradictory_minutes, []);
}

#[test]
fn an_answer_amounts_to_one_of_four_things() {
    let outside = r#"["2025-08-02T09:15:00+05:30",1,1,1,1,75,150]"#;
    let bad = r#"["2025-08-01T09:16:00+05:30",1,1,2,1,75,150]"#;
    let other = r#"["2025-08-01T09:15:00+05:30",2,2,2,2,75,150]"#;
    for (rows, verdict) in [
        (&[][..], Verdict::Empty),
        (&[outside], Verdict::Empty),
        (&[PLACEHOLDER], Verdict::Placeholders),
        (&[PLACEHOLDER, outside], Verdict::Placeholders),
        (&[bad], Verdict::AllRefused),
        (&[bad, PLACEHOLDER], Verdict::AllRefused),
        (&["[]"], Verdict::AllRefused),
        (&[GOOD, other], Verdict::AllRefused),
        (&[GOOD, bad, PLACEHOLDER, outside], Verdict::Rows),
    ] {
        assert_eq!(checked(rows).verdict(), verdict, "{rows:?}");
    }
}

#[test]
fn what_one_answer_puts_into_quarantine_is_bounded_and_all_of_it_is_counted() {
    let bad = r#"["2025-08-01T09:16:00+05:30",1,1,2,1,75,150]"#;
    for (rows, count) in [(vec![bad; 1_500], 1_500), (vec!["[]"; 1_500], 1_500)] {
        let checked = checked(&rows);
        assert_eq!((checked.quarantined.len(), checked.refused), (REFUSED_KEPT_MAX, count));
    }
    let mut both = vec!["[]"; 700];
    both.extend(vec![bad; 700]);
    let both = checked(&both);
    assert_eq!((both.quarantined.len(), both.refused), (REFUSED_KEPT_MAX, 1_400));
    let mut broken = Refusals::default();
    broken.push(|| RefusedRow::new("[]", "short"));
    broken.count = 5;
    let day = DayRange::single("2025-08-01".parse().unwrap());
    assert_eq!(check(&[], &broken, TERMS, Interval::Minute1, day).refused, 5);
}

#[test]
fn rows_of_one_moment_that_differ_all_go_and_name_their_minute_and_day() {
    let rows = [
        GOOD,
        r#"["2025-08-01T09:15:00+05:30",2,2,2,2,75,150]"#,
        r#"["2025-08-01T09:15:00+05:30",3,3,3,3,75,150]"#,
        r#"["2025-08-01T09:16:00+05:30",3,3,3,3,75,150]"#,
    ];
    let checked = checked(&rows);
    assert_eq!(minutes(&checked), [556]);
    let raws: Vec<_> = checked.quarantined.iter().map(|row| row.raw.as_str()).collect();
    assert_eq!((raws.as_slice(), checked.refused), (&rows[..3], 3));
    let day: Day = "2025-08-01".parse().unwrap();
    assert_eq!(checked.contradictory_days, [day]);
    assert_eq!(checked.contradictory_minutes, [day.at_minute(555)]);
}

#[test]
fn odd_rows_are_kept_and_counted() {
    let checked = checked(&[
        r#"["2025-08-01T09:15:00+05:30",1.02,1.02,1.02,1.02,70,150]"#,
        r#"["2025-08-01T16:00:00+05:30",1,1,1,1,75,150]"#,
    ]);
    assert_eq!(checked.candles.len(), 2);
    assert_eq!(checked.remarks, Remarks { off_tick: 1, outside_session: 1, off_lot: 1 });
}
