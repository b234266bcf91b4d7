//! Where an underlying stood when the day of an expiry closed: by its own stored candles, else by its calls and puts.
//! Never asks the broker, and never says a price that it cannot stand for.

use std::ops::{Range, RangeInclusive};

use analytics::{DIVIDED_WORDS, fits_contracts};
use market::{
    Day, EpochSeconds, NotImplied, Price, Strike, TradingCalendar, Underlying, UnderlyingKind, implied_price,
};
use protocol::{ContractRow, Spot, SpotPrice};
use store::{StoredExpiry, UnderlyingId};

use crate::error::EngineError;
use crate::market_data::MarketDataService;

const MINUTE_SECONDS: i64 = 60;

/// Why a share itself is no leg of a strategy, which goes over many days: the broker divides old candles of it, and those
/// of its contracts it does not. `None`: an index.
pub(crate) fn share_left_out(kind: UnderlyingKind) -> Option<&'static str> {
    (kind == UnderlyingKind::Stock).then_some(DIVIDED_WORDS)
}

impl MarketDataService {
    /// `rows` are the expiry's contracts.
    ///
    /// The broker divides a share's old candles after a bonus or a split, and no strike; so those of a share are
    /// held against its options, or at least its strikes, before they are believed.
    pub(crate) async fn spot(
        &self,
        id: UnderlyingId,
        underlying: &Underlying,
        expiry: &StoredExpiry,
        rows: &[ContractRow],
    ) -> Result<Spot, EngineError> {
        let session = until_the_close(expiry.date);
        let is_share = underlying.kind == UnderlyingKind::Stock;
        // An index has no volume.
        let last = self.store.last_candle_of_underlying(id, session.clone(), is_share).await?;
        let own = last.map(|candle| spot_price(candle.prices.close, candle.start));
        if let Some(own) = own.filter(|_| !is_share) {
            return Ok(Spot::Underlying(own));
        }
        let common = self.store.last_common_minutes(expiry.id, session).await?;
        let implied = implied_price(&common).map(|(price, minute)| spot_price(price, minute));
        Ok(match (own, implied) {
            (Some(own), Ok(implied)) if are_alike(own.price, implied.price) => Spot::Underlying(own),
            (_, Ok(implied)) => Spot::CallsAndPuts(implied),
            (Some(own), Err(_)) if lies_among(own.price, strikes(rows)) => Spot::Underlying(own),
            (own, Err(why)) => Spot::Unknown { reason: reason(underlying, expiry.date, own, why) },
        })
    }
}

/// From the day's first minute to the end of its session; to that of the day where no circular says when that was.
fn until_the_close(day: Day) -> Range<EpochSeconds> {
    let trading = TradingCalendar::bundled().day(day);
    let close = trading.windows().last().map_or(day.next().start(), |window| day.at_minute(window.close));
    day.start()..close
}

fn spot_price(price: Price, minute: EpochSeconds) -> SpotPrice {
    SpotPrice { price, at: EpochSeconds(minute.0 + MINUTE_SECONDS) }
}

fn are_alike(own: Price, implied: Price) -> bool {
    fits_contracts(own.0 as f64, implied.0 as f64)
}

/// From the lowest to the highest.
fn strikes(rows: &[ContractRow]) -> Option<RangeInclusive<Strike>> {
    let all = || rows.iter().filter_map(|row| row.contract.strike);
    Some(all().min()?..=all().max()?)
}

/// Where there are no strikes, nothing is said of them.
fn lies_among(price: Price, strikes: Option<RangeInclusive<Strike>>) -> bool {
    strikes.is_none_or(|strikes| {
        Price::from(strikes.start().0) <= price && price <= Price::from(strikes.end().0)
    })
}

/// Why it is not known where an underlying stood.
fn reason(underlying: &Underlying, day: Day, own: Option<SpotPrice>, why: NotImplied) -> String {
    let (name, day) = (&underlying.name, day.to_long_text());
    if own.is_some() {
        return format!(
            "It is not known where {name} stood: its stored candles of {day} lie beyond every strike, so a bonus or a split may have changed them since."
        );
    }
    let why = match why {
        NotImplied::TooFew => "fewer than three strikes traded on both sides at one time",
        NotImplied::TooFarApart => "its calls and puts do not agree",
    };
    format!("It is not known where {name} stood: no candle of it is stored of {day}, and {why}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::ContractKind::{Call, Future};
    use protocol::samples::row;

    #[test]
    fn a_day_closes_with_its_last_session() {
        let close = |day: &str| until_the_close(day.parse().unwrap()).end.to_ist_text();
        assert_eq!(close("2025-08-28"), "2025-08-28 15:30:00");
        assert_eq!(close("2026-08-27"), "2026-08-27 15:40:00");
        assert_eq!(close("2025-10-21"), "2025-10-21 14:45:00", "Muhurat trading");
        assert_eq!(close("2026-11-08"), "2026-11-09 00:00:00", "announced, hours unknown");
    }

    #[test]
    fn strikes_are_a_range_where_there_are_any() {
        let price = |rupees| Price::from_rupees(rupees).unwrap();
        let options = strikes(&[row(Call, 24_600), row(Future, 0), row(Call, 24_500)]);
        for (rupees, lies) in [(24_499.95, false), (24_500.0, true), (24_600.0, true), (24_600.05, false)] {
            assert_eq!(lies_among(price(rupees), options.clone()), lies, "{rupees}");
        }
        assert!(lies_among(price(1.0), strikes(&[row(Future, 0)])));
    }

    #[test]
    fn a_bonus_is_told_from_a_days_move() {
        let alike =
            |own, implied| are_alike(Price::from_rupees(own).unwrap(), Price::from_rupees(implied).unwrap());
        assert!(alike(1_396.35, 1_400.0) && alike(1_330.0, 1_400.0));
        // One for ten, and one for one.
        assert!(!alike(1_272.7, 1_400.0) && !alike(700.0, 1_400.0));
    }
}
