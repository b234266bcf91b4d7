//! Settings that a person changes, as they come in JSON: typed, or as the numbers and nulls that settings are answered with.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Preferences, SettingName};

/// What a person changes: each setting as it is typed, `{"workers": "3"}`, all others left as they are. It is read of the
/// numbers and nulls that [`Preferences`] is written with, too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SettingChanges(pub BTreeMap<SettingName, String>);

/// By hand, so that what cannot be read is refused by its name.
impl<'de> Deserialize<'de> for SettingChanges {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReadsChanges)
    }
}

struct ReadsChanges;

impl<'de> Visitor<'de> for ReadsChanges {
    type Value = SettingChanges;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("settings by name, each as a text, a number or null")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SettingChanges, A::Error> {
        let mut changes = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            let name = name.parse().map_err(A::Error::custom)?;
            let Typed(text) = map.next_value()?;
            changes.insert(name, text);
        }
        Ok(SettingChanges(changes))
    }
}

/// A setting as somebody types it, read of what JSON has in its place.
struct Typed(String);

impl<'de> Deserialize<'de> for Typed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReadsTyped)
    }
}

struct ReadsTyped;

impl Visitor<'_> for ReadsTyped {
    type Value = Typed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number or null")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Typed, E> {
        Ok(Typed(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Typed, E> {
        Ok(Typed(number.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Typed, E> {
        Ok(Typed(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Typed, E> {
        Ok(Typed(number.to_string()))
    }

    fn visit_unit<E: Error>(self) -> Result<Typed, E> {
        Ok(Typed(Preferences::DEFAULT_WORD.to_owned()))
    }
}

#[cfg(feature = "openapi")]
market::schema_of!(
    SettingChanges,
    market::schemas::typed_by_name(
        "What is changed, by name: as it is typed, `{\"workers\": \"3\"}`, or as a number or null, as it is answered. \
         `default` or null takes a setting back; all others are left as they are.",
        SettingName::ALL.map(SettingName::as_str)
    )
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_read_of_what_settings_are_answered_with() {
        let told = r#"{"workers":3,"requests_per_second":null,"volatility_rate":6.25,"brokerage":20.0,"numbers":"indian"}"#;
        let SettingChanges(changes) = serde_json::from_str(told).unwrap();
        let texts: Vec<&str> = changes.values().map(String::as_str).collect();
        assert_eq!(texts, ["3", "default", "6.25", "indian", "20"]);
        let mut settings = Preferences::default();
        changes.iter().for_each(|(name, text)| settings.set(*name, text).unwrap());
        assert_eq!(settings.reading.volatility_rate.percent(), 6.25);
        for bad in [r#"{"workers":true}"#, r#"{"workers":[3]}"#, r#"{"workers":{}}"#] {
            let refused = serde_json::from_str::<SettingChanges>(bad).unwrap_err().to_string();
            assert!(refused.contains("a text, a number or null"), "{refused}");
        }
    }
}
