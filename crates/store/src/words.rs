//! Texts of the database that stand for values of a type. One that cannot be read is one error for all of them:
//! it was written by another version, or by hand, and no other value is put in its place.

use std::fmt::Display;
use std::str::FromStr;

use crate::error::{Result, StoreError};

pub(crate) fn known<T: FromStr<Err: Display>>(text: &str) -> Result<T> {
    text.parse().map_err(StoreError::unreadable)
}

pub(crate) fn known_if_any<T: FromStr<Err: Display>>(text: Option<&str>) -> Result<Option<T>> {
    text.map(known).transpose()
}
