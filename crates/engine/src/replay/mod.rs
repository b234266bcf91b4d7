//! Past days of expiries, played as if they were live, from what is stored. Never asks the broker. A minute's document
//! is made of the day and the minute alone (`day`), so it is the same however it is reached; when it is told is the
//! player's business (`player`), and how everything stood by then is told by the course of the day (`course`).

mod course;
mod day;
mod player;
mod service;

pub use course::{Course, Slot, SlotMoment};
pub use day::ReplayDay;
pub use player::{Played, Player};
pub use service::ReplayService;

const MINUTE_SECONDS: i64 = 60;
