//! What the engine reaches, in figures: `cargo xtask bench`. One table in words, each figure beside its goal, as
//! a ratio within one run where that is possible. It is a bench of the engine, because the
//! engine's two seams (clock and transport) and the simulator are all that it needs, and it has no harness,
//! because a figure here is a whole job and not a function called a thousand times.
//!
//! Each part runs in a process of its own, so that one's memory is not counted as another's. All but one read
//! `/proc`, so they run on Linux only.

#![expect(clippy::print_stdout, reason = "it prints a table")]

mod bhavcopy;
mod chart;
mod export;
mod ideal;
mod in_and_out;
#[path = "../../tests/common/in_memory.rs"]
mod in_memory;
mod lake;
mod limits;
mod looking;
mod memory;
mod peers;
mod process;
mod replay;
mod scale;
mod speed;
mod stage;
#[path = "../../tests/common/still_time.rs"]
mod still_time;
mod strategy;
mod table;

use std::process::{Command, ExitCode};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const PARTS: [&str; 8] = ["speed", "limits", "memory", "chart", "strategy", "replay", "export", "lake"];
/// Each takes minutes and four gigabytes of disk, so it is run where it is named.
const LARGE_PARTS: [&str; 2] = ["scale", "looking"];

fn main() -> Result<ExitCode, Failure> {
    // Cargo adds flags of its own.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    match words.as_slice() {
        [part] if all_parts().any(|known| known == part) && std::env::var_os(INSIDE).is_some() => {
            run(part).map(|()| ExitCode::SUCCESS)
        }
        chosen => {
            table::heading();
            let folder = std::env::var_os(table::FOLDER).map(std::path::PathBuf::from);
            let is_chosen = |part: &&str| {
                chosen.iter().any(|word| word == part) || (chosen.is_empty() && PARTS.contains(part))
            };
            let mut well = true;
            for part in all_parts().filter(is_chosen) {
                let mut inside = Command::new(std::env::current_exe()?);
                if let Some(folder) = &folder {
                    inside.env(table::FILE, folder.join(part));
                }
                well &= inside.arg(part).env(INSIDE, "1").status()?.success();
            }
            Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}

fn all_parts() -> impl Iterator<Item = &'static str> {
    PARTS.into_iter().chain(LARGE_PARTS)
}

/// Set for the process that runs one part.
pub const INSIDE: &str = "EXPIRYTRACK_BENCH_PART";

fn run(part: &str) -> Result<(), Failure> {
    // Two workers, because two cores are what the goals are set for; the rest as the executable has it.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(engine::BLOCKING_THREADS_MAX)
        .enable_all()
        .build()?;
    match part {
        "speed" => runtime.block_on(speed::run()),
        "limits" => runtime.block_on(limits::run()),
        "memory" => runtime.block_on(memory::run()),
        "export" => runtime.block_on(export::run()),
        "lake" => runtime.block_on(lake::run()),
        "strategy" => runtime.block_on(strategy::run()),
        "replay" => runtime.block_on(replay::run()),
        "scale" => runtime.block_on(scale::run()),
        "looking" => runtime.block_on(looking::run()),
        _ => runtime.block_on(chart::run()),
    }
}
