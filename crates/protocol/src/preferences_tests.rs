use super::*;

#[test]
fn what_is_built_in() {
    let built_in = serde_json::to_value(Preferences::default()).unwrap();
    let expected = serde_json::json!({
        "limits": { "workers": 5, "requests_per_second": null, "reserve_percent": null },
        "reading": { "volatility_rate": 6.5, "settlement_time": "15:30", "numbers": "indian" },
        "costs": { "brokerage": 0.0, "charges": 0.0 },
    });
    assert_eq!(built_in, expected);
    assert_eq!(serde_json::from_value::<Preferences>(expected).unwrap(), Preferences::default());
    assert_eq!(serde_json::from_str::<Preferences>("{}").unwrap(), Preferences::default());
    assert!(serde_json::from_str::<Preferences>(r#"{"limits":{"worker":5}}"#).is_err());
    assert!(serde_json::from_str::<Preferences>(r#"{"theme":"dark"}"#).is_err());
}

#[test]
fn every_setting_is_typed_told_and_reset() {
    let typed = ["3", "50", "0", "-0.25", "16:00", "international", "20", "0.05"];
    let mut preferences = Preferences::default();
    for (name, text) in SettingName::ALL.into_iter().zip(typed) {
        preferences.set(name, &format!(" {text} ")).unwrap();
        assert_eq!(preferences.text_of(name).as_deref(), Some(text));
    }
    let text = serde_json::to_string(&preferences).unwrap();
    assert_eq!(serde_json::from_str::<Preferences>(&text).unwrap(), preferences);
    let picture = SettingsPicture::of(preferences, "upstox".to_owned(), |_| None);
    assert!(picture.lines.iter().all(|line| line.is_changed), "{picture:?}");
    for (at, name) in SettingName::ALL.into_iter().enumerate() {
        preferences.set(name, if at % 2 == 0 { "" } else { "default" }).unwrap();
    }
    assert_eq!(preferences, Preferences::default());
    let picture = SettingsPicture::of(preferences, "upstox".to_owned(), |_| None);
    assert!(picture.lines.iter().all(|line| !line.is_changed), "{picture:?}");
}

#[test]
fn a_setting_out_of_its_bounds_is_refused_in_words_and_stays() {
    for (name, text, sentence) in [
        (SettingName::Workers, "11", "the number of workers must be a whole number from 1 to 10, not \"11\""),
        (
            SettingName::RequestsPerSecond,
            "0",
            "the number of requests a second must be a whole number from 1 to 50, not \"0\"",
        ),
        (
            SettingName::ReservePercent,
            "51",
            "the reserve for a person in percent must be a whole number from 0 to 50, not \"51\"",
        ),
        (
            SettingName::SettlementTime,
            "14:59",
            "\"14:59\" is no time of settlement: write it as HH:MM from 15:00 to 16:00 IST",
        ),
        (
            SettingName::Numbers,
            "roman",
            "\"roman\" is no style of numbers: write indian (12,34,567) or international (1,234,567)",
        ),
    ] {
        let mut preferences = Preferences::default();
        assert_eq!(preferences.set(name, text).unwrap_err().to_string(), sentence);
        assert_eq!(preferences, Preferences::default());
    }
    let unknown = "worker".parse::<SettingName>().unwrap_err().to_string();
    for name in SettingName::ALL {
        assert!(unknown.contains(name.as_str()), "{unknown}");
    }
}

#[test]
fn numbers_are_grouped_in_either_style() {
    for (count, indian, international) in [
        (0, "0", "0"),
        (999, "999", "999"),
        (99_999, "99,999", "99,999"),
        (1_234_567, "12,34,567", "1,234,567"),
        (u64::MAX, "1,84,46,74,40,73,70,95,51,615", "18,446,744,073,709,551,615"),
    ] {
        assert_eq!(NumberStyle::ALL.map(|style| style.grouped(count)), [indian, international]);
    }
}

#[test]
fn sentences_write_numbers_as_they_are_told_to() {
    let grouped = Numbers::Grouped(NumberStyle::Indian);
    assert_eq!(
        (grouped.written(123_456), Numbers::Plain.written(123_456)),
        ("1,23,456".into(), "123456".into())
    );
    assert_eq!(grouped.counted(1, "row"), "1 row");
    assert_eq!(Numbers::Plain.were(1_000, "row"), "1000 rows were");
}
