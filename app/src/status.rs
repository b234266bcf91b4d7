//! The HTTP status of a page that is rendered on the server.
//!
//! A page says here that what its address names does not exist; the server hands in the way to say it. So
//! this crate needs no web server. In the browser there is no status and a call does nothing.

use std::sync::Arc;

use leptos::prelude::use_context;

/// The server's hand on the status of the answer under way. Provided as context for each request.
#[derive(Clone)]
pub struct PageStatus(Arc<dyn Fn(u16) + Send + Sync>);

impl PageStatus {
    /// Wraps the function that sets the status.
    pub fn new(set: impl Fn(u16) + Send + Sync + 'static) -> Self {
        PageStatus(Arc::new(set))
    }
}

/// The same for the answer of a server function that is called by itself, not while a page is rendered.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct CallStatus(Arc<dyn Fn(u16) + Send + Sync>);

#[cfg(feature = "ssr")]
impl CallStatus {
    /// Wraps the function that sets the status.
    pub fn new(set: impl Fn(u16) + Send + Sync + 'static) -> Self {
        CallStatus(Arc::new(set))
    }
}

/// Says why a call failed.
#[cfg(feature = "ssr")]
pub(crate) fn call_failed(status: u16) {
    if let Some(CallStatus(set)) = use_context() {
        set(status);
    }
}

/// Says that what the address names does not exist (404). Call it while rendering, before any `await`.
pub fn page_not_found() {
    if let Some(PageStatus(set)) = use_context() {
        set(404);
    }
}
