//! What an engine is opened with.

use std::path::PathBuf;
use std::sync::Arc;

use market::Day;
use protocol::{Market, SettingName};
use ratelimit::{Clock, Limits, SystemClock};
use store::{SourceKind, Unlock, UpgradeCopy};
use upstox::{BrokerAddress, HttpTransport, Transport, TransportError};

/// How many threads a program should give to work that blocks: the writer of the database, and four that read it
/// or read answers. More are not faster, and the memory of a long job would grow with their number, because glibc
/// gives each thread a heap of its own that fills with holes.
pub const BLOCKING_THREADS_MAX: usize = 5;

pub const DATA_DIR_DEFAULT: &str = "./data";
pub const SIMULATED_DATA_DIR_DEFAULT: &str = "./data-simulated";

/// Where the data come from. The two never share a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The built-in simulator, at this address; its market lives on this day.
    Simulated { address: BrokerAddress, today: Day },
    /// Upstox, or another address that speaks like it.
    Broker(BrokerAddress),
}

impl Source {
    pub fn address(&self) -> &BrokerAddress {
        match self {
            Self::Simulated { address, .. } | Self::Broker(address) => address,
        }
    }

    pub fn is_simulated(&self) -> bool {
        self.simulated_day().is_some()
    }

    pub(crate) fn simulated_day(&self) -> Option<Day> {
        match self {
            Self::Simulated { today, .. } => Some(*today),
            Self::Broker(_) => None,
        }
    }

    pub fn market(&self) -> Market {
        if self.is_simulated() { Market::Simulated } else { Market::Upstox }
    }

    /// Whose data a database of this source holds.
    pub fn kind(&self) -> SourceKind {
        match self {
            Self::Simulated { .. } => SourceKind::Simulated,
            Self::Broker(address) if address.is_upstox() => SourceKind::Upstox,
            Self::Broker(_) => SourceKind::Other,
        }
    }
}

/// Clock and transport are the only seams; in the product both are real.
#[derive(Clone)]
pub struct EngineConfig {
    pub data_dir: PathBuf,
    pub source: Source,
    pub limits: Limits,
    pub clock: Arc<dyn Clock>,
    pub transport: Arc<dyn Transport>,
    /// What the key of the data directory comes from.
    pub unlock: Unlock,
    /// Whether the database is copied before its layout moves forward.
    pub upgrade_copy: UpgradeCopy,
    /// What the environment of the program does to settings of a person, as sentences.
    pub environment: Vec<(SettingName, String)>,
    /// What the program was built from, where that is known.
    pub commit: Option<&'static str>,
    /// Makes the jitter of retries repeatable.
    pub seed: Option<u64>,
}

impl EngineConfig {
    /// The product's configuration: real clock, real HTTP.
    pub fn real(data_dir: PathBuf, source: Source, limits: Limits) -> Result<Self, TransportError> {
        let transport = HttpTransport::new(source.address())?;
        Ok(Self {
            data_dir,
            source,
            limits,
            clock: Arc::new(SystemClock::new()),
            transport: Arc::new(transport),
            unlock: Unlock::default(),
            upgrade_copy: UpgradeCopy::default(),
            environment: Vec::new(),
            commit: None,
            seed: None,
        })
    }
}
