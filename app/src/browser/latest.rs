//! Which of several questions is the newest: an answer that another question has overtaken, or that comes when the page
//! is left, is nobody's any more.

use leptos::prelude::*;

/// Copies share the count.
#[derive(Clone, Copy)]
pub struct Latest(StoredValue<u32>);

/// One of the questions.
#[derive(Clone, Copy)]
pub struct Turn {
    of: Latest,
    number: u32,
}

impl Latest {
    pub fn new() -> Self {
        Self(StoredValue::new(0))
    }

    /// A new question: those before are overtaken.
    pub fn next(self) -> Turn {
        self.0.update_value(|number| *number = number.wrapping_add(1));
        Turn { of: self, number: self.0.get_value() }
    }
}

impl Turn {
    pub fn is_latest(self) -> bool {
        self.of.0.try_get_value() == Some(self.number)
    }
}
