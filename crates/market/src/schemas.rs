//! What the document of REST says of types that are a text or a bounded number outside. Each is written here once;
//! everything else derives its schema.

use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::{ChartInterval, Day, ExpiredKey, InstrumentKey, Interval, TimeOfDay, UnderlyingName};

/// A text that a regular expression describes.
pub fn text(description: &str, pattern: &str, example: &str) -> RefOr<Schema> {
    let text = ObjectBuilder::new().schema_type(Type::String).description(Some(description));
    text.pattern(Some(pattern)).examples([example]).into()
}

/// One of these words.
pub fn word<'a>(description: &str, words: impl IntoIterator<Item = &'a str>) -> RefOr<Schema> {
    let text = ObjectBuilder::new().schema_type(Type::String).description(Some(description));
    text.enum_values(Some(words)).into()
}

pub fn whole_number(min: u32, max: u32, default: Option<u32>) -> RefOr<Schema> {
    let number = ObjectBuilder::new().schema_type(Type::Integer);
    number.minimum(Some(min)).maximum(Some(max)).default(default.map(Into::into)).into()
}

/// A number that need not be whole.
pub fn number(description: &str, min: i32, max: i32, default: f64) -> RefOr<Schema> {
    let number = ObjectBuilder::new().schema_type(Type::Number).description(Some(description));
    number.minimum(Some(min)).maximum(Some(max)).default(Some(default.into())).into()
}

/// An object with fields of these names, each a text, a number or null.
pub fn typed_by_name<'a>(description: &str, names: impl IntoIterator<Item = &'a str>) -> RefOr<Schema> {
    let name = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build();
    let types = SchemaType::from_iter([Type::String, Type::Number, Type::Null]);
    let object = ObjectBuilder::new().schema_type(Type::Object).description(Some(description));
    let typed = ObjectBuilder::new().schema_type(types);
    object.property_names(Some(name)).additional_properties(Some(typed)).into()
}

/// Gives a type the schema that is written out for it.
#[macro_export]
macro_rules! schema_of {
    ($name:ty, $schema:expr) => {
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $schema
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}

schema_of!(Day, text("A date in India.", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "2025-08-28"));
schema_of!(TimeOfDay, text("HH:MM from 00:00 to 23:59 IST.", "^([01][0-9]|2[0-3]):[0-5][0-9]$", "06:30"));
schema_of!(
    InstrumentKey,
    text("SEGMENT|NAME, as Upstox writes it.", "^[A-Z]+_[A-Z]+\\|[^|]+$", "NSE_INDEX|Nifty 50")
);
schema_of!(
    ExpiredKey,
    text(
        "SEGMENT|TOKEN|DD-MM-YYYY, as Upstox writes it.",
        "^[A-Z]+_FO\\|[^|]+\\|[0-9]{2}-[0-9]{2}-[0-9]{4}$",
        "NSE_FO|71706|28-08-2025"
    )
);
schema_of!(
    UnderlyingName,
    text("A symbol, a name, an ISIN or an instrument key of an index or share.", "\\S", "BANKNIFTY")
);
schema_of!(
    Interval,
    word("An interval in which candles are collected.", Interval::ALL.map(Interval::as_str))
);
schema_of!(
    ChartInterval,
    text(
        "An interval in which candles can be read: any whole number of minutes from 1minute to 375minute, counted from \
         the open of the session, 1hour to 6hour, day, week (Monday to Sunday) or month. An hour is always answered as \
         1hour, and other hours in minutes.",
        "^(([1-9]|[1-9][0-9]|[12][0-9]{2}|3[0-6][0-9]|37[0-5])minute|[1-6]hour|day|week|month)$",
        "75minute"
    )
);
