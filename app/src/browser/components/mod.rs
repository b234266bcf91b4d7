//! What several pages share. Each part has a file of its own and knows no page.

mod confirmed;
mod empty;
mod error;
mod figure;
mod icon;
mod job_progress;
mod job_status;
mod job_table;
mod line_chart;
mod load;
mod master_note;
mod rate_windows;
mod refused_panel;
mod show;
mod sign_in_to_simulation;
mod theme_switch;
mod underlying_toggle;
mod wait_note;

pub use confirmed::ConfirmedButton;
pub use empty::Empty;
pub use error::ErrorNote;
pub use figure::Figure;
pub use icon::{Icon, IconShape};
pub use job_progress::JobProgress;
pub use job_status::JobStatusBadge;
pub use job_table::JobTable;
pub use line_chart::line_chart;
pub use load::Load;
pub use master_note::MasterNote;
pub use rate_windows::RateWindows;
pub use refused_panel::RefusedPanel;
pub use show::Show;
pub use sign_in_to_simulation::SignInToSimulation;
pub use theme_switch::ThemeSwitch;
pub use underlying_toggle::UnderlyingToggle;
pub use wait_note::WaitNote;
