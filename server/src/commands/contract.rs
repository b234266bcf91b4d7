//! `expirytrack contract`: one contract with its figures and the contracts beside it. Reads beside whoever owns the
//! directory.

use engine::BrowseService;
use market::{EpochSeconds, ExpiredKey, Paise, Price};
use protocol::{ContractPicture, Neighbour, Neighbours, TradedPrices};

use crate::arguments::Global;
use crate::exit::Exit;
use crate::output::{print, print_json, table};

pub async fn run(global: &Global, key: &ExpiredKey) -> anyhow::Result<Exit> {
    let picture = BrowseService::open_for_reading(global.place().await?).await?.contract(key).await?;
    if global.json {
        print_json(&picture)?
    } else {
        print(&describe(&picture))?
    }
    Ok(Exit::Done)
}

fn describe(picture: &ContractPicture) -> String {
    let ContractPicture { underlying, row, neighbours, .. } = picture;
    let contract = &row.contract;
    let price = |of: fn(&TradedPrices) -> Price| {
        row.prices.as_ref().map_or("-".to_owned(), |prices| of(prices).to_string())
    };
    let Neighbours { lower, higher, newer, older, other_side } = neighbours;
    let facts = [
        ("CONTRACT", picture.name()),
        ("EXPIRED KEY", contract.expired_key.to_string()),
        ("UNDERLYING", format!("{} ({})", underlying.name, underlying.key)),
        ("EXPIRY", contract.expiry.to_string()),
        ("LOT", contract.lot_size.to_string()),
        ("TICK", Paise(contract.tick_size).to_string()),
        ("STATE", row.words()),
        ("SERIES", row.interval.to_string()),
        ("CANDLES", row.candles.to_string()),
        ("DAYS TRADED", row.traded_days.to_string()),
        ("FIRST CANDLE", moment(row.first)),
        ("LAST CANDLE", moment(row.last)),
        ("LAST", price(|prices| prices.last)),
        ("HIGH", price(|prices| prices.high)),
        ("LOW", price(|prices| prices.low)),
        ("VOLUME", row.volume.to_string()),
        ("OPEN INTEREST", row.open_interest.to_string()),
        ("STRIKE BELOW", neighbour(lower.as_ref())),
        ("STRIKE ABOVE", neighbour(higher.as_ref())),
        ("OTHER SIDE", neighbour(other_side.as_ref())),
        ("OLDER EXPIRY", neighbour(older.as_ref())),
        ("NEWER EXPIRY", neighbour(newer.as_ref())),
    ];
    table(&facts.map(|(name, fact)| vec![name.to_owned(), fact]))
}

fn moment(at: Option<EpochSeconds>) -> String {
    at.map_or("-".to_owned(), |at| format!("{} IST", at.to_ist().format("%Y-%m-%d %H:%M")))
}

fn neighbour(of: Option<&Neighbour>) -> String {
    of.map_or("-".to_owned(), |of| format!("{} of {} ({})", of.name, of.expiry, of.key))
}
