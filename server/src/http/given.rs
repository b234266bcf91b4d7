//! What somebody sent, on its way into our types: a body of JSON, or the texts of an address. What does not fit is a
//! [`Misfit`], so that every refusal has words of ours.

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Error, IntoDeserializer, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};
use serde_json::{Map, Number, Value};

use super::misfit::Misfit;

/// One object as two types, each for itself; `others` are the names of the second. A type that flattens another reads it
/// without the names of its fields, and a refusal could not say them.
pub fn read_as_both<'de, A, B, D>(object: D, others: &'static [&'static str]) -> Result<(A, B), D::Error>
where
    A: DeserializeOwned,
    B: DeserializeOwned,
    D: Deserializer<'de>,
{
    let value = Value::deserialize(object)?;
    let given = Given { names: Names::KnownAnd(others), ..Given::body(value.clone()) };
    let one = given.read("body").map_err(D::Error::custom)?;
    let other = Given { names: Names::Any, ..Given::body(value) }.read("body").map_err(D::Error::custom)?;
    Ok((one, other))
}

/// What an object may have.
#[derive(Clone, Copy)]
enum Names {
    /// Several types may be read of it, each with names of its own.
    Any,
    /// Those of its type and these, for the outermost object: a restriction that is misspelt must not be passed over, or
    /// more is done than was asked for.
    KnownAnd(&'static [&'static str]),
}

/// A part of a request.
pub struct Given {
    value: Value,
    /// A text may stand for a number, or for true and false: an address has nothing but texts.
    texts_only: bool,
    names: Names,
}

impl Given {
    pub fn body(value: Value) -> Self {
        Self { value, texts_only: false, names: Names::KnownAnd(&[]) }
    }

    /// Names and texts of an address, each name once.
    pub fn texts(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, Misfit> {
        let mut texts = Map::new();
        for (name, text) in pairs {
            if texts.insert(name.clone(), Value::String(text)).is_some() {
                return Err(Misfit::twice(&name));
            }
        }
        Ok(Self { value: Value::Object(texts), texts_only: true, names: Names::Any })
    }

    /// What is wanted of it, or a sentence; `whole` says what it is of the request.
    pub fn read<T: DeserializeOwned>(self, whole: &str) -> Result<T, String> {
        serde_path_to_error::deserialize(self).map_err(|error| {
            let path = error.path().to_string();
            // The whole, as that crate writes it.
            error.inner().sentence(whole, if path == "." { "" } else { &path })
        })
    }

    /// Another value, or a part of this one.
    fn with(&self, value: Value) -> Self {
        let names = match self.names {
            Names::Any => Names::Any,
            Names::KnownAnd(_) => Names::KnownAnd(&[]),
        };
        Self { value, texts_only: self.texts_only, names }
    }

    fn refuse_unknown(&self, of_type: &[&'static str]) -> Result<(), Misfit> {
        let (Value::Object(values), Names::KnownAnd(others)) = (&self.value, self.names) else {
            return Ok(());
        };
        let known = [of_type, others].concat();
        match values.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(Misfit::unknown(name, &known)),
            None => Ok(()),
        }
    }

    /// With the number or the truth value that its text stands for; as it is, where that is none.
    fn meant(self) -> Self {
        let meant = |text: &str| -> Option<Value> {
            let number =
                text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from));
            let with_decimals = || text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number);
            number.or_else(|_| text.parse::<bool>().map(Value::from)).ok().or_else(with_decimals)
        };
        match &self.value {
            Value::String(text) if self.texts_only => {
                meant(text).map(|value| self.with(value)).unwrap_or(self)
            }
            _ => self,
        }
    }

    fn as_unexpected(&self) -> Unexpected<'_> {
        match &self.value {
            Value::Null => Unexpected::Unit,
            Value::Bool(value) => Unexpected::Bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => Unexpected::Unsigned(number),
                (None, Some(number)) => Unexpected::Signed(number),
                (None, None) => Unexpected::Float(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => Unexpected::Str(text),
            Value::Array(_) => Unexpected::Seq,
            Value::Object(_) => Unexpected::Map,
        }
    }
}

impl IntoDeserializer<'_, Misfit> for Given {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! as_meant {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
            self.meant().deserialize_any(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Given {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let whole = self.with(Value::Null);
        let part = |value| whole.with(value);
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(values) => visitor.visit_seq(SeqDeserializer::new(values.into_iter().map(part))),
            Value::Object(values) => {
                let parts = values.into_iter().map(|(name, value)| (name, part(value)));
                visitor.visit_map(MapDeserializer::new(parts))
            }
        }
    }

    as_meant! { deserialize_bool deserialize_i64 deserialize_i32 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f64 }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    /// A list in its place would be taken for the fields in their order.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.refuse_unknown(fields)?;
        match self.value {
            Value::Object(_) => self.deserialize_any(visitor),
            _ => Err(Misfit::invalid_type(self.as_unexpected(), &"an object")),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let whole = self.with(Value::Null);
        match self.value {
            Value::String(word) => visitor.visit_enum(word.into_deserializer()),
            Value::Object(values) if values.len() == 1 => {
                let parts = values.into_iter().map(|(name, value)| (name, whole.with(value)));
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(parts)))
            }
            _ => Err(Misfit::no_word(self.as_unexpected(), words)),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u128 f32 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map
        identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use market::{Day, Interval, UnderlyingName};
    use protocol::{AuditQuery, CollectOrder, HistoricalDays};
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Asked {
        #[expect(dead_code, reason = "that it can be read is what is tested")]
        expiry: Day,
        #[serde(default)]
        days: HistoricalDays,
        #[serde(default)]
        interval: Interval,
        limit: Option<u32>,
        #[serde(default)]
        whole: bool,
    }

    fn query<T: DeserializeOwned>(text: &str) -> Result<T, String> {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        let given = Given::texts(pairs.map(|(name, text)| (name.to_owned(), text.to_owned())));
        given.map_err(|misfit| misfit.sentence("query", ""))?.read("query")
    }

    #[test]
    fn texts_stand_for_numbers_where_numbers_are_wanted() {
        let asked: Asked = query("expiry=2025-08-28&days=5&interval=day&limit=7&whole=true").unwrap();
        assert_eq!((asked.days.get(), asked.interval, asked.limit), (5, Interval::Day, Some(7)));
        assert!(asked.whole);
        assert_eq!(query::<AuditQuery>("search=42&job=3").unwrap().search.as_deref(), Some("42"));
    }

    #[test]
    fn a_query_is_refused_by_its_names() {
        for (text, sentence) in [
            ("", "expiry is missing in the query"),
            ("expiry=2025-08-28&expiry=2025-08-21", "expiry stands in the query more than once"),
            (
                "expiry=soon",
                "expiry: \"soon\" is not a date: write year, month and day, for example 2025-08-28",
            ),
            ("expiry=2025-08-28&days=many", "days must be a whole number from 1 to 1000, not \"many\""),
            ("expiry=2025-08-28&days=-1", "days must be a whole number from 1 to 1000, not -1"),
            (
                "expiry=2025-08-28&days=0",
                "days: the number of days before expiry must be a whole number from 1 to 1000, not 0",
            ),
            (
                "expiry=2025-08-28&limit=4294967296",
                "limit must be a whole number from 0 to 4294967295, not 4294967296",
            ),
            ("expiry=2025-08-28&limit=", "limit must be a whole number from 0 to 4294967295, not \"\""),
            ("expiry=2025-08-28&whole=1", "whole must be true or false, not 1"),
        ] {
            assert_eq!(query::<Asked>(text).unwrap_err(), sentence, "{text}");
        }
        let interval = query::<Asked>("expiry=2025-08-28&interval=1hour").unwrap_err();
        assert!(
            interval.starts_with("interval: \"1hour\" is no interval: use one of 1minute, "),
            "{interval}"
        );
        let outcome = query::<AuditQuery>("outcome=odd").unwrap_err();
        assert_eq!(outcome, "outcome must be ok or fault, not \"odd\"");
    }

    #[test]
    fn a_body_is_refused_by_where_it_is_wrong() {
        let read = |body| Given::body(body).read::<CollectOrder<UnderlyingName>>("body").unwrap_err();
        for (body, sentence) in [
            (json!([]), "the body has a list where it must have an object"),
            (json!({ "underlyings": ["NIFTY"] }), "expiries is missing in the body"),
            (json!({ "underlyings": "NIFTY" }), "underlyings must be a list, not \"NIFTY\""),
            (json!({ "underlyings": [5] }), "underlyings[0] must be a text, not 5"),
            (json!({ "expiries": "some" }), "expiries must be dates, last, all or each, not \"some\""),
            (json!({ "expiries": 3 }), "expiries must be dates, last, all or each, not 3"),
            (
                json!({ "expiries": { "last": "2" } }),
                "expiries.last must be a whole number from 0 to 4294967295, not \"2\"",
            ),
            (
                json!({ "expiries": { "dates": ["2025-08-28", "x"] } }),
                "expiries.dates[1]: \"x\" is not a date: write year, month and day, for example 2025-08-28",
            ),
            (json!({ "days": null }), "days must be a whole number from 1 to 1000, not null"),
            (json!({ "with_underlying": {} }), "with_underlying must be true or false, not an object"),
            (
                json!({ "underlyings": ["NIFTY"], "expiries": "all", "strke": 3 }),
                "the body takes no \"strke\": it takes underlyings, expiries, kinds, strikes, interval, \
                 days, workers or with_underlying",
            ),
        ] {
            assert_eq!(read(body.clone()), sentence, "{body}");
        }
    }
}
