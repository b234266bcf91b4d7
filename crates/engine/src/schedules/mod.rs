//! Schedules: rules that make ordinary jobs by themselves. They take the same road as everybody: a list of
//! expiries, an order, `JobService::take_up_or_create`.

mod again;
mod fresh;
mod loss;
mod picture;
mod run;
mod service;
mod task;
mod when;

pub use service::ScheduleService;
pub(crate) use service::rule_of;
