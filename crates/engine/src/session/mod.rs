//! Signing in to the broker: by a token, or through its dialog with an app that the person registered there; the
//! token's end, and the way out. What is secret goes into the vault and to the broker, and nowhere else.

mod app;
mod dialog;
mod ending;
mod held;
mod refusal;
mod service;

pub use app::AppError;
pub use dialog::{ComeBack, DIALOG_PATIENCE_SECONDS, Return};
pub(crate) use ending::SignInWatch;
pub(crate) use held::{Session, TOKEN_NAME};
pub use refusal::SignInRefusal;
pub use service::SessionService;
