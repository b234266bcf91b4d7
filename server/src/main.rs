//! The `expirytrack` executable. It wires: command line, configuration, HTTP; it decides nothing about
//! collecting.

mod arguments;
mod build;
mod commands;
mod desk;
mod environment;
mod exit;
mod exposition;
mod exposure;
mod feed;
mod http;
mod log_file;
mod log_tail;
mod logging;
mod markets;
mod output;
mod owner_client;
mod pages;
mod replica;
mod settings;
mod simulated_market;
mod site;
mod terminal;
mod tls;
mod tls_watch;
mod unlock;

use std::process::ExitCode;

use engine::Encryption;

use crate::arguments::{Arguments, Command, Serve};
use crate::exit::Exit;
use crate::log_file::LogFile;

fn main() -> ExitCode {
    // The environment wins over a `.env` file; without one there is nothing to read.
    if let Err(error) = dotenvy::dotenv()
        && !error.not_found()
    {
        output::tell(format!(
            "expirytrack: the .env file cannot be read: {}",
            environment::env_file_words(&error)
        ));
        return Exit::Refused.code().into();
    }
    let arguments = match arguments::read() {
        Ok(arguments) => arguments,
        // Help and the version are answers too, on standard output.
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Refused } else { Exit::Done }.code().into();
        }
    };
    let is_server = matches!(arguments.command, Some(Command::Serve(_)) | None);
    let log = logging::start(arguments.global.log_level, is_server);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = match runtime.max_blocking_threads(engine::BLOCKING_THREADS_MAX).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::tell(format!("the program cannot start: {error}"));
            return Exit::Failed.code().into();
        }
    };
    match runtime.block_on(run(arguments, log)) {
        Ok(exit) => exit.code().into(),
        Err(error) => {
            output::tell(format!("expirytrack: {}", commands::sentence(&error)));
            Exit::of_error(&error).code().into()
        }
    }
}

async fn run(arguments: Arguments, log: Option<LogFile>) -> anyhow::Result<Exit> {
    let Arguments { global, command } = arguments;
    match command.unwrap_or_else(|| Command::Serve(Serve::bare())) {
        Command::Serve(serve) => commands::serve::run(&global, &serve, log).await,
        Command::Simulate(simulate) => commands::simulate::run(simulate).await,
        Command::Login(login) => commands::login::run(&global, &login).await,
        Command::Password(password) => commands::password::run(&global, &password).await,
        Command::Token { command } => commands::token::run(&global, command).await,
        Command::Instruments { search } => commands::listing::instruments(&global, &search).await,
        Command::Expiries { underlying, days, interval } => {
            commands::listing::expiries(&global, &underlying, protocol::Span { days, interval }).await
        }
        Command::Contracts { underlying, expiry, kind } => {
            commands::listing::contracts(&global, &underlying, expiry, kind).await
        }
        Command::Contract { expired_key } => commands::contract::run(&global, &expired_key).await,
        Command::Chain(chain) => commands::chain::run(&global, &chain).await,
        Command::Replay(replay) => commands::replay::run(&global, &replay).await,
        Command::Dataset(dataset) => commands::dataset::run(&global, &dataset).await,
        Command::Analysis(analysis) => commands::analysis::run(&global, &analysis).await,
        Command::Series(series) => commands::series::run(&global, &series).await,
        Command::Strategy(asked) => commands::strategy::look(&global, &asked).await,
        Command::StrategyRun(asked) => commands::strategy::run(&global, &asked).await,
        Command::Sql(asked) => commands::sql::run(&global, &asked).await,
        Command::Find { text, limit } => commands::find::run(&global, &text, limit).await,
        Command::Collect(collect) => commands::collect::run(&global, collect).await,
        Command::Jobs { command } => commands::jobs::run(&global, command).await,
        Command::Schedule { command } => commands::schedule::run(&global, command).await,
        Command::Candles(candles) => commands::candles::run(&global, &candles).await,
        Command::Export(asked) => commands::export::run(&global, *asked).await,
        Command::Bhavcopy(bhavcopy) => commands::bhavcopy::run(&global, &bhavcopy).await,
        Command::Coverage { underlying, expiry, days } => {
            commands::coverage::run(&global, underlying.as_ref(), expiry, days).await
        }
        Command::Quality { underlying, expiries } => {
            commands::quality::run(&global, &underlying, expiries).await
        }
        Command::Vault { command } => commands::vault::run(&global, command).await,
        Command::Encrypt => commands::encryption::run(&global, Encryption::On).await,
        Command::Decrypt => commands::encryption::run(&global, Encryption::Off).await,
        Command::Verify(verify) => commands::verify::run(&global, &verify).await,
        Command::Backup(backup) => commands::backup::run(&global, backup).await,
        Command::Import(asked) => commands::import::run(&global, &asked).await,
        Command::Restore(restore) => commands::restore::run(&global, &restore).await,
        Command::Settings { command } => commands::settings::run(&global, command).await,
        Command::Storage { underlying } => commands::storage::run(&global, underlying.as_ref()).await,
        Command::Compact => commands::compact::run(&global).await,
        Command::Prune(prune) => commands::prune::run(&global, prune).await,
        Command::Lake(command) => commands::lake::run(&global, command).await,
        Command::Requests(asked) => commands::requests::run(&global, &asked).await,
        Command::Doctor => commands::doctor::run(&global).await,
    }
}
