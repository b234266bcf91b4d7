//! The rows of a day: every minute of its sessions and every slot, also where nothing can be said. What is missing is
//! missing, and nothing is filled forward.

use std::collections::BTreeMap;
use std::sync::Arc;

use analytics::{CandleOf, Cell, Snapshot, StrikeVolatility};
use export::table::{Batch, Column, Kind, Values};
use market::{Candle, EpochSeconds, Price};
use protocol::DatasetColumn;

use super::error::DatasetError;
use super::wish::Slot;
use crate::chains::ExpiryDay;
use crate::error::EngineError;

const MINUTE_SECONDS: i64 = 60;

/// Name, kind and words of the columns that every row has.
const COLUMNS: [(&str, Kind, &str); 22] = [
    ("time", Kind::Time, "start of the minute; the row is what was known at its end"),
    ("day", Kind::Day, "in IST"),
    ("expiry", Kind::Day, "the nearest one of the day, but on the days that dataset.json names"),
    ("slot", Kind::Text, "the rule by which the option was chosen in this minute"),
    ("strike", Kind::Price, "none where the slot found no traded option"),
    ("expired_key", Kind::Text, "the contract that the slot found"),
    ("price", Kind::Price, "its last trade"),
    ("age_minutes", Kind::Whole, "of that trade"),
    ("volatility", Kind::Number, "of the strike, as a fraction"),
    ("delta", Kind::Number, "of one unit"),
    ("gamma", Kind::Number, "of one unit"),
    ("theta", Kind::Number, "a calendar day"),
    ("vega", Kind::Number, "a point of volatility"),
    ("volume", Kind::Whole, "units in this minute"),
    ("day_volume", Kind::Whole, "units of the day so far"),
    ("open_interest", Kind::Whole, "units"),
    ("open_interest_change", Kind::Whole, "since the end of the session before"),
    ("forward", Kind::Number, "of the expiry"),
    ("spot", Kind::Price, "of the underlying, the last of the day so far"),
    ("at_the_money", Kind::Price, "the strike nearest the forward"),
    ("minutes_left", Kind::Whole, "until the settlement"),
    ("years_left", Kind::Number, "the same as volatilities are reckoned with"),
];

/// The label's name, where one is wanted.
fn label_name(minutes: u16) -> String {
    format!("move_{minutes}m")
}

pub(super) fn columns(label: Option<u16>) -> Vec<Column> {
    let label = label.map(|minutes| Column::new(label_name(minutes), Kind::Number));
    COLUMNS.iter().map(|(name, kind, _)| Column::new(*name, *kind)).chain(label).collect()
}

pub(super) fn described(label: Option<u16>) -> Vec<DatasetColumn> {
    let label = label.map(|minutes| DatasetColumn {
        name: label_name(minutes),
        words: format!(
            "label: the logarithm of the forward {minutes} minutes later by the forward now; none where either is not \
             known, and none where that minute is of another day"
        ),
    });
    let column = |(name, _, words): &(&str, Kind, &str)| DatasetColumn {
        name: (*name).to_owned(),
        words: (*words).to_owned(),
    };
    COLUMNS.iter().map(column).chain(label).collect()
}

/// Columns under way.
#[derive(Default)]
struct Rows {
    times: Vec<Option<EpochSeconds>>,
    slots: Vec<Option<Arc<str>>>,
    strikes: Vec<Option<Price>>,
    keys: Vec<Option<Arc<str>>>,
    prices: Vec<Option<Price>>,
    ages: Vec<Option<i64>>,
    /// Volatility, delta, gamma, theta, vega.
    greeks: [Vec<Option<f64>>; 5],
    /// Volume, volume of the day, open interest and its change.
    units: [Vec<Option<i64>>; 4],
    forwards: Vec<Option<f64>>,
    spots: Vec<Option<Price>>,
    money: Vec<Option<Price>>,
    minutes_left: Vec<Option<i64>>,
    years_left: Vec<Option<f64>>,
}

/// What is the same in all rows of a minute.
struct Head {
    at: EpochSeconds,
    forward: Option<f64>,
    spot: Option<Price>,
    money: Option<Price>,
    minutes_left: i64,
    years_left: Option<f64>,
}

/// All rows of a day.
pub(super) fn of_day(day: &ExpiryDay, slots: &[Slot], label: Option<u16>) -> Result<Batch, EngineError> {
    let names: Vec<Arc<str>> = slots.iter().map(|slot| Arc::from(slot.name.as_str())).collect();
    let keys: Vec<Arc<str>> =
        day.options().iter().map(|option| Arc::from(option.expired_key.to_string())).collect();
    let mut rows = Rows::default();
    let mut walk = day.walk();
    for at in day.whole_session_minutes() {
        let snapshot = walk.to(at).snapshot();
        let head = Head::of(at, &snapshot);
        for (slot, name) in slots.iter().zip(&names) {
            let found = slot.rule.choose(&snapshot, slot.side).ok();
            let option =
                found.and_then(|strike| snapshot.traded(strike, slot.side)).map(|traded| traded.option);
            let cell = option.and_then(|option| snapshot.cell_of(option));
            let traded = option.map(|option| volume_of(day, option, at));
            rows.push(&head, name, cell.as_ref(), option.map(|option| keys[option].clone()), traded);
            rows.strikes.push(found.map(|strike| Price::from(strike.0)));
        }
    }
    let label = label.map(|minutes| labels(&rows, minutes));
    rows.into_batch(day, label)
}

/// Of an option in a minute alone.
fn volume_of(day: &ExpiryDay, option: usize, at: EpochSeconds) -> i64 {
    let rows = day.rows();
    let first = rows.partition_point(|(_, candle)| candle.start < at);
    let of_minute = rows[first..].iter().take_while(|(_, candle)| candle.start == at);
    let of_option = of_minute.filter(|(of, _)| *of == CandleOf::Option(option));
    of_option.map(|(_, candle): &(CandleOf, Candle)| candle.volume).sum()
}

/// How the forward moves from each row's minute to so many later, within the day.
fn labels(rows: &Rows, minutes: u16) -> Vec<Option<f64>> {
    let times = rows.times.iter().zip(&rows.forwards);
    let forwards: BTreeMap<EpochSeconds, f64> = times.filter_map(|(at, of)| Some(((*at)?, (*of)?))).collect();
    let label = |(at, now): (&Option<EpochSeconds>, &Option<f64>)| {
        let later = EpochSeconds((*at)?.0 + i64::from(minutes) * MINUTE_SECONDS);
        Some((forwards.get(&later)? / (*now)?).ln())
    };
    rows.times.iter().zip(&rows.forwards).map(label).collect()
}

impl Head {
    fn of(at: EpochSeconds, snapshot: &Snapshot<'_>) -> Self {
        let left = snapshot.time_left();
        Self {
            at,
            forward: snapshot.forward().ok().map(|forward| forward.price),
            spot: snapshot.spot().map(|spot| spot.price),
            money: snapshot.at_the_money().map(|strike| Price::from(strike.0)),
            minutes_left: left.minutes,
            years_left: left.years().map(|years| years.years()),
        }
    }
}

impl Rows {
    fn push(
        &mut self,
        head: &Head,
        name: &Arc<str>,
        found: Option<&(Result<StrikeVolatility, analytics::NoVolatility>, Cell)>,
        key: Option<Arc<str>>,
        traded: Option<i64>,
    ) {
        let cell = found.map(|(_, cell)| cell);
        let greeks = cell.and_then(|cell| cell.greeks);
        self.times.push(Some(head.at));
        self.slots.push(Some(name.clone()));
        self.keys.push(key);
        self.prices.push(cell.map(|cell| cell.last));
        self.ages.push(cell.map(|cell| cell.age_minutes));
        let volatility = found.and_then(|(of, _)| of.ok()).map(|of| of.volatility.fraction());
        let figures = [
            volatility,
            greeks.map(|of| of.delta),
            greeks.map(|of| of.gamma),
            greeks.map(|of| of.theta),
            greeks.map(|of| of.vega),
        ];
        self.greeks.iter_mut().zip(figures).for_each(|(column, figure)| column.push(figure));
        let units = [
            traded,
            cell.map(|cell| cell.volume),
            cell.and_then(|cell| cell.open_interest),
            cell.and_then(|cell| cell.open_interest_change),
        ];
        self.units.iter_mut().zip(units).for_each(|(column, units)| column.push(units));
        self.forwards.push(head.forward);
        self.spots.push(head.spot);
        self.money.push(head.money);
        self.minutes_left.push(Some(head.minutes_left));
        self.years_left.push(head.years_left);
    }

    /// In the order of [`COLUMNS`].
    fn into_batch(self, day: &ExpiryDay, label: Option<Vec<Option<f64>>>) -> Result<Batch, EngineError> {
        let count = self.times.len();
        let [volatility, delta, gamma, theta, vega] = self.greeks.map(Values::Numbers);
        let [volume, day_volume, open_interest, change] = self.units.map(Values::Wholes);
        let mut columns = vec![
            Values::Times(self.times),
            Values::same_day(Some(day.day), count),
            Values::same_day(Some(day.expiry), count),
            Values::Texts(self.slots),
            Values::Prices(self.strikes),
            Values::Texts(self.keys),
            Values::Prices(self.prices),
            Values::Wholes(self.ages),
            volatility,
            delta,
            gamma,
            theta,
            vega,
            volume,
            day_volume,
            open_interest,
            change,
            Values::Numbers(self.forwards),
            Values::Prices(self.spots),
            Values::Prices(self.money),
            Values::Wholes(self.minutes_left),
            Values::Numbers(self.years_left),
        ];
        columns.extend(label.map(Values::Numbers));
        Ok(Batch::new(columns).map_err(|misfit| DatasetError::Export(misfit.into()))?)
    }
}
