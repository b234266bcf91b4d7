//! What goes into a database and out of it, however large it is: an expiry that is collected, an expiry that is exported. On a
//! copy, since the next size grows from what was collected first.

use std::path::Path;

use engine::{Clock, Limits, SystemClock};
use market::Day;
use protocol::CollectOrder;
use simulator::{Simulator, SimulatorOptions};

use crate::Failure;
use crate::export::exported_of;
use crate::in_memory::InMemory;
use crate::process::resident_mb;
use crate::stage::{Recorded, complete, open, order};
use crate::table::{Goal, grown, row};

/// Of which nothing is stored, at any size.
const COLLECTED: &str = "NSE_INDEX|Nifty Bank";

pub struct InAndOut {
    /// With the answers to the order below, which cost the simulator more than they cost us.
    transport: Recorded,
    order: CollectOrder,
}

impl InAndOut {
    pub async fn prepare() -> Result<Self, Failure> {
        let simulator = Simulator::new(SimulatorOptions { limits: None, ..SimulatorOptions::default() })?;
        let transport = Recorded::new(InMemory::new(&simulator));
        let order = CollectOrder { underlyings: vec![COLLECTED.parse()?], ..order(1)? };
        let prepared = Self { transport, order };
        prepared.collect(tempfile::tempdir()?.path()).await?;
        Ok(prepared)
    }

    /// Says how many milliseconds 100,000 candles took to come in.
    pub async fn measure(&self, data: &Path, expiry: Day, million: f64) -> Result<f64, Failure> {
        let copy = tempfile::tempdir()?;
        for name in ["expirytrack.db", "key"] {
            let (grown, copied) = (data.join(name), copy.path().join(name));
            std::fs::copy(&grown, &copied)?;
            // What growing and copying left to be written is no cost of what comes after.
            for file in [grown, copied] {
                std::fs::File::open(file)?.sync_all()?;
            }
        }
        let tell = |what: &str, figure: f64, unit: &str| {
            row(&format!("{what} at {million:.0} million candles"), figure, 0, unit, Goal::None);
            grown(what, million, figure, unit);
        };
        let (candles, milliseconds) = self.collect(copy.path()).await?;
        let collecting = milliseconds * 1e5 / candles;
        tell("collecting 100,000 candles", collecting, " ms");
        let folder = tempfile::tempdir()?;
        let (manifest, seconds) = exported_of(copy.path(), vec![expiry], "parquet", folder.path()).await?;
        tell("exporting 100,000 candles as Parquet", seconds * 1e8 / manifest.rows as f64, " ms");
        tell("memory after all of it", resident_mb()?, " MB");
        Ok(collecting)
    }

    /// Candles, and milliseconds.
    async fn collect(&self, data: &Path) -> Result<(f64, f64), Failure> {
        let clock = SystemClock::new();
        let engine = open(data, Limits::off(), SystemClock::new(), self.transport.clone()).await?;
        let before = engine.home().await?.stored.candles;
        let job = engine.jobs().create(&self.order).await?;
        let began = clock.monotonic();
        complete(&engine, job).await?;
        let took = (clock.monotonic() - began).as_secs_f64() * 1e3;
        let candles = engine.home().await?.stored.candles - before;
        engine.close().await?;
        Ok((candles as f64, took))
    }
}
