//! From flags and environment to what the engine is opened with.

use std::path::PathBuf;

use engine::{
    BrokerAddress, DATA_DIR_DEFAULT, EngineConfig, EngineError, Limits, SIMULATED_DATA_DIR_DEFAULT, Source,
    UpgradeCopy,
};
use protocol::Market;

use crate::arguments::Global;
use crate::{build, environment};

impl Global {
    pub fn data_dir(&self) -> PathBuf {
        self.data_dir_of(Market::Upstox)
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

    pub fn broker_address(&self) -> Result<BrokerAddress, EngineError> {
        match &self.upstox_url {
            Some(url) => Ok(url.parse()?),
            None => Ok(BrokerAddress::upstox()),
        }
    }

    /// What every command but `serve --simulated` opens.
    pub fn engine_config(&self) -> anyhow::Result<EngineConfig> {
        self.config_for(self.data_dir(), Source::Broker(self.broker_address()?))
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
