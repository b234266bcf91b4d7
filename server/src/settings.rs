//! From flags and environment to what the engine is opened with.

use std::future::pending;
use std::path::PathBuf;

use engine::{
    BrokerAddress, DATA_DIR_DEFAULT, EngineConfig, EngineError, Limits, SIMULATED_DATA_DIR_DEFAULT, Source,
    SourceKind, UpgradeCopy,
};
use protocol::Market;

use crate::arguments::Global;
use crate::{build, environment, simulated_market};

impl Global {
    /// Which market a command is about.
    pub fn market(&self) -> Market {
        if self.simulated { Market::Simulated } else { Market::Upstox }
    }

    pub fn data_dir(&self) -> PathBuf {
        self.data_dir_of(self.market())
    }

    /// The directory that was named, or the one that a market has without a name.
    pub fn data_dir_of(&self, market: Market) -> PathBuf {
        let unnamed = match market {
            Market::Upstox => DATA_DIR_DEFAULT,
            Market::Simulated => SIMULATED_DATA_DIR_DEFAULT,
        };
        self.data_dir.clone().unwrap_or_else(|| PathBuf::from(unnamed))
    }

    /// The stricter of the two settings holds.
    pub fn limits(&self) -> Limits {
        match self.max_requests_per_second {
            Some(max) => self.rate_limits.lower_per_second(max),
            None => self.rate_limits.clone(),
        }
    }

    pub fn broker_address(&self) -> BrokerAddress {
        self.upstox_url.clone().unwrap_or_else(BrokerAddress::upstox)
    }

    /// Whose data belong into the data directory.
    pub fn source_kind(&self) -> SourceKind {
        match self.market() {
            Market::Upstox => Source::Broker(self.broker_address()).kind(),
            Market::Simulated => SourceKind::Simulated,
        }
    }

    /// What every command opens but `serve`. A simulated market goes on until the process ends.
    pub async fn engine_config(&self) -> anyhow::Result<EngineConfig> {
        let source = match self.market() {
            Market::Upstox => Source::Broker(self.broker_address()),
            Market::Simulated => simulated_market::start(&self.limits(), None, None, pending()).await?,
        };
        self.config_for(self.data_dir(), source)
    }

    pub fn config_for(&self, data_dir: PathBuf, source: Source) -> anyhow::Result<EngineConfig> {
        let config = EngineConfig::real(data_dir, source, self.limits()).map_err(EngineError::from)?;
        let upgrade_copy = if self.upgrade_without_backup { UpgradeCopy::LeftOut } else { UpgradeCopy::Made };
        Ok(EngineConfig {
            unlock: self.unlock()?,
            upgrade_copy,
            environment: environment::over_settings(self),
            commit: build::COMMIT,
            ..config
        })
    }
}
