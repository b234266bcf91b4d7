//! Leptos' memos and effects without a copy of their code for each closure.
//!
//! The library compiles both anew for every closure that it is given, and the pages have more than a hundred. Here
//! the closure is boxed first, so that one copy serves every memo of a type and one serves all effects: less to
//! fetch before a page comes alive.

use leptos::prelude::{Effect, Memo};

/// A value that follows from signals, and that others hear of only when it changes.
pub fn memo<T>(value: impl Fn() -> T + Send + Sync + 'static) -> Memo<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    boxed(Box::new(value))
}

fn boxed<T>(value: Box<dyn Fn() -> T + Send + Sync>) -> Memo<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    Memo::new(move |_| value())
}

/// Work in the browser that is done again whenever a signal that it read has changed.
pub fn effect(work: impl FnMut() + 'static) {
    let work: Box<dyn FnMut()> = Box::new(work);
    Effect::new(work);
}
