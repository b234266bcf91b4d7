//! Arguments of what runs a server and decides who may use it: listening, signing in, secrets, settings.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use engine::Limits;
use market::Day;
use protocol::TokenName;

use super::reading::listening_address;
use crate::commands::settings::SettingChange;
use crate::exposure::AllowedHost;

#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:5000", value_parser = listening_address)]
    pub addr: SocketAddr,
    /// Opens the browser
    #[arg(long)]
    pub open: bool,
    /// A certificate in PEM, with those that it rests on after it: speaks TLS
    #[arg(long, requires = "tls_key", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of that certificate, in PEM
    #[arg(long, requires = "tls_cert", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// A reverse proxy speaks TLS for this server, and says in X-Forwarded-For who comes
    #[arg(long, conflicts_with = "tls_cert")]
    pub behind_proxy: bool,
    /// Another name that browsers address this server by; may be given several times
    #[arg(long, value_name = "NAME")]
    pub allowed_host: Vec<AllowedHost>,
    /// The day on which the simulated market lives
    #[arg(long, requires = "simulated", value_name = "DATE")]
    pub today: Option<Day>,
    /// Faults of the simulated market, as JSON; read again when it changes
    #[arg(long, requires = "simulated", value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// Serves a copy of the database, or a lake, as it is now, and changes nothing: beside whoever owns the data directory
    #[arg(long)]
    pub read_only: bool,
    /// The database or backup to serve a copy of, or the lake to serve: a folder or s3://BUCKET/PREFIX [default: the
    /// database of the data directory]
    #[arg(long, requires = "read_only", value_name = "FILE|LAKE")]
    pub of: Option<PathBuf>,
}

impl Serve {
    /// What a bare `expirytrack` does.
    pub fn bare() -> Self {
        Self {
            addr: SocketAddr::from(([127, 0, 0, 1], 5000)),
            open: true,
            tls_cert: None,
            tls_key: None,
            behind_proxy: false,
            allowed_host: Vec::new(),
            today: None,
            faults: None,
            read_only: false,
            of: None,
        }
    }
}

#[derive(Debug, Args)]
pub struct Simulate {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:5900", value_parser = listening_address)]
    pub addr: SocketAddr,
    /// The day on which the market lives [default: 2025-09-17]
    #[arg(long, value_name = "DATE")]
    pub today: Option<Day>,
    /// Limits that are enforced: upstox, off, or 50/1s,500/60s,2000/1800s
    #[arg(long, default_value = "upstox")]
    pub limits: Limits,
    /// Faults, as JSON; read again when the file changes
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Login {
    /// Reads a bearer token from standard input, instead of asking for a sign-in in the browser
    #[arg(long, conflicts_with = "app_stdin")]
    pub token_stdin: bool,
    /// Reads the API key and the API secret of your Upstox app from standard input, a line each, and keeps them; on a
    /// terminal they are asked for, the first time without it
    #[arg(long)]
    pub app_stdin: bool,
    /// The redirect address that the app was registered with [default: as it was given before, else http://127.0.0.1:5000/callback]
    #[arg(long, value_name = "URL", conflicts_with = "token_stdin")]
    pub redirect_uri: Option<String>,
}

#[derive(Debug, Args)]
pub struct Password {
    /// Reads it from standard input, a line
    #[arg(long)]
    pub stdin: bool,
    /// Removes it: then whoever reaches the server may use it
    #[arg(long, conflicts_with = "stdin")]
    pub remove: bool,
}

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// All tokens, with when they were used last
    List,
    /// Makes a token and shows it, this once
    Add {
        name: TokenName,
        /// It looks and changes nothing
        #[arg(long)]
        read_only: bool,
    },
    /// Revokes a token: from now on it opens nothing
    Revoke { name: TokenName },
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub enum VaultCommand {
    /// From the key file to the passphrase of --passphrase-file, or one that is asked for
    ToPassphrase,
    /// From the passphrase back to a key file, DIR/key or the one of --key-file
    ToKeyFile,
}

#[derive(Debug, Subcommand)]
pub enum SettingsCommand {
    /// Changes settings, for example `workers=3 numbers=international`; `NAME=default` takes one back
    Set {
        #[arg(required = true, num_args = 1.., value_name = "NAME=VALUE")]
        changes: Vec<SettingChange>,
    },
}
