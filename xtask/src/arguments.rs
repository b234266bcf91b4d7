//! The command line of `cargo xtask`, parsed by hand: a few words and flags are not worth a dependency that
//! stands between a newcomer and the first build.

use anyhow::{Result, bail};

use crate::workspace::{Build, Database, System};

/// What `cargo xtask help` prints.
pub const HELP: &str = "\
cargo xtask run [--real] [-- ARGS]      a quick build, then `expirytrack serve --simulated --open ARGS`; --real: with Upstox
cargo xtask build [--quick] [--encrypted | --windows]
                                        what is handed out: target/release/expirytrack; --quick: target/debug/expirytrack;
                                        --encrypted: with SQLCipher and the system's libcrypto, for encrypted databases only;
                                        --windows: target/x86_64-pc-windows-gnu/release/expirytrack.exe, with mingw-w64
cargo xtask check                       formatting, clippy for server and browser, lock files
cargo xtask test                        all tests, Rust and browser; the last line is `N passed, M failed`
cargo xtask e2e [-- ARGS]               the browser tests only; ARGS go to Playwright
cargo xtask bench [--encrypted] [-- PARTS]
                                        what the engine reaches, in figures; parts: speed, limits, memory, chart, strategy, export, lake, browser, and scale, looking (4 GB)
cargo xtask pictures                    the pictures of README and docs, taken anew
cargo xtask engines [-- ARGS]           a lake of the simulated market, asked by DuckDB, Polars and others: docs/scale; ARGS go
                                        to docs/scale/run.py; wants Python 3, installs 1.5 GB under target/
cargo xtask fuzz-rest [-- ARGS]         REST against its own document, by schemathesis (needs python3); ARGS go to it
cargo xtask soak                        every failing write, 1,000 simulated jobs, 100 kills; takes long
";

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Task {
    Help,
    Build {
        build: Build,
        database: Database,
        system: System,
    },
    Run {
        /// With the broker itself and not with the simulated market.
        real: bool,
        /// Passed on to `expirytrack serve`.
        arguments: Vec<String>,
    },
    Check,
    Test,
    Bench {
        database: Database,
        /// The parts to measure; all when there is none.
        parts: Vec<String>,
    },
    Pictures,
    Soak,
    Engines {
        /// Passed on to the script that asks.
        arguments: Vec<String>,
    },
    FuzzRest {
        /// Passed on to schemathesis.
        arguments: Vec<String>,
    },
    EndToEnd {
        /// Passed on to Playwright.
        arguments: Vec<String>,
    },
}

/// Reads the arguments after the program's name.
pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Task> {
    let mut flags: Vec<String> = arguments.collect();
    let passed_on = match flags.iter().position(|argument| argument == "--") {
        Some(index) => flags.split_off(index).into_iter().skip(1).collect(),
        None => Vec::new(),
    };
    if flags.is_empty() {
        return Ok(Task::Help);
    }
    let word = flags.remove(0);
    let mut take = |flag: &str| {
        let position = flags.iter().position(|given| given == flag);
        position.map(|index| flags.remove(index)).is_some()
    };
    let task = match word.as_str() {
        "help" | "--help" | "-h" => Task::Help,
        "build" => Task::Build {
            build: if take("--quick") { Build::Quick } else { Build::Release },
            database: Database::of_flag(take("--encrypted")),
            system: System::of_flag(take("--windows")),
        },
        "run" => Task::Run { real: take("--real"), arguments: passed_on.clone() },
        "check" => Task::Check,
        "test" => Task::Test,
        "bench" => Task::Bench { database: Database::of_flag(take("--encrypted")), parts: passed_on.clone() },
        "pictures" => Task::Pictures,
        "soak" => Task::Soak,
        "engines" => Task::Engines { arguments: passed_on.clone() },
        "fuzz-rest" => Task::FuzzRest { arguments: passed_on.clone() },
        "e2e" => Task::EndToEnd { arguments: passed_on.clone() },
        other => bail!("there is no task {other:?}; the tasks are:\n\n{HELP}"),
    };
    if matches!(task, Task::Build { database: Database::Encrypted, system: System::Windows, .. }) {
        bail!("SQLCipher's libcrypto is not there for Windows: give --encrypted or --windows");
    }
    if let Some(unknown) = flags.first() {
        bail!(
            "`cargo xtask {word}` does not know {unknown:?}; what is meant for another program goes after --\n\n{HELP}"
        );
    }
    let takes_more = matches!(
        task,
        Task::Run { .. }
            | Task::Bench { .. }
            | Task::Engines { .. }
            | Task::FuzzRest { .. }
            | Task::EndToEnd { .. }
    );
    if !takes_more && let Some(extra) = passed_on.first() {
        bail!("`cargo xtask {word}` passes nothing on, so {extra:?} after -- has no meaning");
    }
    Ok(task)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<Task>) {
        let parsed = parse(line.split_whitespace().map(str::to_owned));
        assert_eq!(parsed.ok(), expected, "cargo xtask {line}");
    }

    #[test]
    fn command_lines() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        check("", Some(Task::Help));
        check("--help", Some(Task::Help));
        let plain = Database::Plain;
        let encrypted = Database::Encrypted;
        let built = |build, database, system| Some(Task::Build { build, database, system });
        check("build", built(Build::Release, plain, System::This));
        check("build --quick", built(Build::Quick, plain, System::This));
        check("build --encrypted", built(Build::Release, encrypted, System::This));
        check("build --windows --quick", built(Build::Quick, plain, System::Windows));
        check("build --windows --encrypted", None);
        check("run --encrypted", None);
        check("run", Some(Task::Run { real: false, arguments: vec![] }));
        check("run --real", Some(Task::Run { real: true, arguments: vec![] }));
        check(
            "run -- --addr 127.0.0.1:5001 --real",
            Some(Task::Run { real: false, arguments: words("--addr 127.0.0.1:5001 --real") }),
        );
        check("e2e -- --headed", Some(Task::EndToEnd { arguments: words("--headed") }));
        check("test", Some(Task::Test));
        check("soak", Some(Task::Soak));
        check("pictures", Some(Task::Pictures));
        check("engines -- --engines polars", Some(Task::Engines { arguments: words("--engines polars") }));
        check("fuzz-rest -- --seed 1", Some(Task::FuzzRest { arguments: words("--seed 1") }));
        check("bench -- speed", Some(Task::Bench { database: plain, parts: words("speed") }));
        check("bench --encrypted", Some(Task::Bench { database: encrypted, parts: vec![] }));
        check("run --release", None);
        check("check -- now", None);
        check("biuld", None);
    }
}
