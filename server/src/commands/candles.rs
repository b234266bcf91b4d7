//! `expirytrack candles`: what is stored of one contract. Reads beside whoever owns the directory.

use std::path::Path;

use engine::{BrowseService, CandlesWish, MarketDataService};
use export::Format;
use market::DayRange;

use crate::arguments::{Candles, Global};
use crate::exit::Exit;
use crate::output::{chosen_format, print_bytes, tell, write_file};

pub async fn run(global: &Global, candles: &Candles) -> anyhow::Result<Exit> {
    let format = format(global, candles.format, candles.out.as_deref())?;
    let range = DayRange::between(candles.from, candles.to)?;
    let place = global.place().await?;
    let data = MarketDataService::open_for_reading(place.clone()).await?;
    let wish = CandlesWish {
        key: candles.expired_key.clone(),
        interval: candles.interval,
        range,
        beside: candles.with.clone(),
        compared: candles.compare.clone(),
    };
    let found = data.candles(&wish).await?;
    let count = found.rows.len();
    if count == 0 {
        return Err(data.no_candles(&wish).await?.into());
    }
    let origin = BrowseService::open_for_reading(place).await?.origin().await?;
    let mut bytes = Vec::new();
    format.write(found, &origin, &mut bytes)?;
    if format.is_json() {
        bytes.push(b'\n');
    }
    put(&bytes, candles.out.as_deref(), count)?;
    Ok(Exit::Done)
}

/// What rows are written in: `--json` wins, and where nothing says it they are CSV.
pub fn format(global: &Global, said: Option<Format>, out: Option<&Path>) -> anyhow::Result<Format> {
    Ok(chosen_format(global.json, said, out)?.unwrap_or(Format::Csv))
}

/// Rows to a file or to standard output.
pub fn put(bytes: &[u8], out: Option<&Path>, rows: usize) -> anyhow::Result<()> {
    let Some(path) = out else { return print_bytes(bytes) };
    write_file(path, bytes)?;
    tell(format!("{rows} rows written to {}", path.display()));
    Ok(())
}
