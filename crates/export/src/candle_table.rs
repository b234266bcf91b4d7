//! Candles as a table: which columns there are, and the rows of one contract or underlying in them. The lake and every
//! export make their rows here, so a column means the same wherever it is found.

use std::str::FromStr;

use market::{Bar, ChartInterval, Contract, ContractKind, EpochSeconds, Price, Prices, TimeOfDay};

use crate::ExportError;
use crate::table::{Batch, Column, Kind, Misfit, Values};

/// What a column of candles holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CandleField {
    ExpiredKey,
    /// Of an underlying.
    InstrumentKey,
    /// `FUT`, `CE` or `PE`.
    Kind,
    /// In rupees; a future has none.
    Strike,
    LotSize,
    Interval,
    Time,
    Open,
    High,
    Low,
    Close,
    Volume,
    OpenInterest,
    /// The broker's.
    TradingSymbol,
    /// `NIFTY28AUG2524800CE`
    OpenAlgoSymbol,
    /// `NIFTY`
    Underlying,
    Expiry,
    /// As `Kind`, where a symbol is told in parts.
    Side,
    Date,
    TimeOfDay,
    Forward,
    Volatility,
    Delta,
    Gamma,
    Vega,
    Theta,
    PriceAge,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no column of candles: choose {names}", names = CandleField::ALL.map(CandleField::name).join(", "))]
pub struct UnknownField(String);

impl CandleField {
    pub const ALL: [Self; 27] = [
        Self::ExpiredKey,
        Self::InstrumentKey,
        Self::Kind,
        Self::Strike,
        Self::LotSize,
        Self::Interval,
        Self::Time,
        Self::Open,
        Self::High,
        Self::Low,
        Self::Close,
        Self::Volume,
        Self::OpenInterest,
        Self::TradingSymbol,
        Self::OpenAlgoSymbol,
        Self::Underlying,
        Self::Expiry,
        Self::Side,
        Self::Date,
        Self::TimeOfDay,
        Self::Forward,
        Self::Volatility,
        Self::Delta,
        Self::Gamma,
        Self::Vega,
        Self::Theta,
        Self::PriceAge,
    ];
    /// What the lake keeps of a contract.
    pub const LAKE: [Self; 12] = [
        Self::ExpiredKey,
        Self::Kind,
        Self::Strike,
        Self::LotSize,
        Self::Interval,
        Self::Time,
        Self::Open,
        Self::High,
        Self::Low,
        Self::Close,
        Self::Volume,
        Self::OpenInterest,
    ];
    /// And of an underlying.
    pub const SPOT: [Self; 8] = [
        Self::InstrumentKey,
        Self::Interval,
        Self::Time,
        Self::Open,
        Self::High,
        Self::Low,
        Self::Close,
        Self::Volume,
    ];
    /// What stands beside a row with volatility.
    pub const TWIN: [Self; 7] =
        [Self::Forward, Self::Volatility, Self::Delta, Self::Gamma, Self::Vega, Self::Theta, Self::PriceAge];

    pub fn name(self) -> &'static str {
        self.row().0
    }

    pub fn kind(self) -> Kind {
        self.row().1
    }

    fn row(self) -> (&'static str, Kind) {
        match self {
            Self::ExpiredKey => ("expired_key", Kind::Text),
            Self::InstrumentKey => ("instrument_key", Kind::Text),
            Self::Kind => ("kind", Kind::Text),
            Self::Strike => ("strike", Kind::Number),
            Self::LotSize => ("lot_size", Kind::Whole),
            Self::Interval => ("interval", Kind::Text),
            Self::Time => ("time", Kind::Time),
            Self::Open => ("open", Kind::Price),
            Self::High => ("high", Kind::Price),
            Self::Low => ("low", Kind::Price),
            Self::Close => ("close", Kind::Price),
            Self::Volume => ("volume", Kind::Whole),
            Self::OpenInterest => ("open_interest", Kind::Whole),
            Self::TradingSymbol => ("trading_symbol", Kind::Text),
            Self::OpenAlgoSymbol => ("openalgo_symbol", Kind::Text),
            Self::Underlying => ("underlying", Kind::Text),
            Self::Expiry => ("expiry", Kind::Day),
            Self::Side => ("side", Kind::Text),
            Self::Date => ("date", Kind::Day),
            Self::TimeOfDay => ("time_of_day", Kind::TimeOfDay),
            Self::Forward => ("forward", Kind::Number),
            Self::Volatility => ("volatility", Kind::Number),
            Self::Delta => ("delta", Kind::Number),
            Self::Gamma => ("gamma", Kind::Number),
            Self::Vega => ("vega", Kind::Number),
            Self::Theta => ("theta", Kind::Number),
            Self::PriceAge => ("price_age_s", Kind::Whole),
        }
    }
}

impl FromStr for CandleField {
    type Err = UnknownField;

    fn from_str(text: &str) -> Result<Self, UnknownField> {
        // As the column of a CSV is called, too.
        let sought = if text == "timestamp" { "time" } else { text };
        let found = Self::ALL.into_iter().find(|field| field.name() == sought);
        found.ok_or_else(|| UnknownField(text.to_owned()))
    }
}

/// Whose rows they are: what stands in each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Contract {
        contract: Contract,
        /// The underlying's symbol.
        underlying: String,
    },
    /// An underlying itself.
    Underlying { key: String, symbol: String },
}

impl Subject {
    fn contract(&self) -> Option<&Contract> {
        match self {
            Self::Contract { contract, .. } => Some(contract),
            Self::Underlying { .. } => None,
        }
    }

    fn underlying(&self) -> &str {
        match self {
            Self::Contract { underlying, .. } => underlying,
            Self::Underlying { symbol, .. } => symbol,
        }
    }

    /// `NIFTY28AUG2524800CE`, `NIFTY28AUG25FUT`; an underlying is its own symbol.
    pub fn openalgo_symbol(&self) -> String {
        let Some(contract) = self.contract() else { return self.underlying().to_owned() };
        let expiry = contract.expiry.date().format("%d%b%y").to_string().to_uppercase();
        let strike = contract.strike.map_or(String::new(), |strike| strike.to_string());
        format!("{}{expiry}{strike}{}", self.underlying(), contract.kind)
    }

    fn text(&self, field: CandleField) -> Option<String> {
        let contract = self.contract();
        match field {
            CandleField::ExpiredKey => contract.map(|contract| contract.expired_key.to_string()),
            CandleField::InstrumentKey => match self {
                Self::Contract { contract, .. } => Some(contract.underlying_key.to_string()),
                Self::Underlying { key, .. } => Some(key.clone()),
            },
            CandleField::Kind | CandleField::Side => {
                contract.map(|contract| contract.kind).map(ContractKind::as_str).map(str::to_owned)
            }
            CandleField::TradingSymbol => contract.map(|contract| contract.trading_symbol.clone()),
            CandleField::OpenAlgoSymbol => Some(self.openalgo_symbol()),
            _ => Some(self.underlying().to_owned()),
        }
    }
}

/// What an option's rows have beside them, a value a bar; all empty where nothing was asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Twin {
    pub forward: Vec<Option<f64>>,
    pub volatility: Vec<Option<f64>>,
    pub delta: Vec<Option<f64>>,
    pub gamma: Vec<Option<f64>>,
    pub vega: Vec<Option<f64>>,
    pub theta: Vec<Option<f64>>,
    pub price_age_s: Vec<Option<i64>>,
}

impl Twin {
    /// The values of the rows that stay, in their order.
    pub fn keep(&mut self, stays: &[bool]) {
        fn of<T>(values: &mut Vec<T>, stays: &[bool]) {
            let mut row = stays.iter();
            // A column of nothing has no value a row.
            values.retain(|_| row.next().is_none_or(|stays| *stays));
        }
        for values in [
            &mut self.forward,
            &mut self.volatility,
            &mut self.delta,
            &mut self.gamma,
            &mut self.vega,
            &mut self.theta,
        ] {
            of(values, stays);
        }
        of(&mut self.price_age_s, stays);
    }
}

/// Rows of one subject in one interval, oldest first.
#[derive(Clone, Copy, Debug)]
pub struct CandleRows<'r> {
    pub subject: &'r Subject,
    pub interval: ChartInterval,
    pub bars: &'r [Bar],
    /// `None` fills its columns with nothing.
    pub twin: Option<&'r Twin>,
}

/// The columns of a table of candles, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandleTable {
    columns: Vec<(String, CandleField)>,
}

impl CandleTable {
    pub fn new(fields: impl IntoIterator<Item = CandleField>) -> Self {
        Self::named(fields.into_iter().map(|field| (field.name(), field)))
    }

    /// For programs that want their own names.
    pub fn named<N: Into<String>>(columns: impl IntoIterator<Item = (N, CandleField)>) -> Self {
        Self { columns: columns.into_iter().map(|(name, field)| (name.into(), field)).collect() }
    }

    /// As the lake keeps candles of contracts.
    pub fn lake() -> Self {
        Self::new(CandleField::LAKE)
    }

    /// As the lake keeps candles of underlyings.
    pub fn spot() -> Self {
        Self::new(CandleField::SPOT)
    }

    pub fn has(&self, field: CandleField) -> bool {
        self.columns.iter().any(|(_, other)| *other == field)
    }

    pub fn columns(&self) -> Vec<Column> {
        self.columns.iter().map(|(name, field)| Column::new(name.clone(), field.kind())).collect()
    }

    pub fn batch(&self, rows: CandleRows<'_>) -> Result<Batch, ExportError> {
        Ok(Batch::new(self.columns.iter().map(|(_, field)| values(*field, rows)).collect())?)
    }

    /// The bars of a batch that was read back.
    pub fn bars(&self, batch: &Batch) -> Result<Vec<Bar>, ExportError> {
        let column = |field: CandleField| {
            let place = self.columns.iter().position(|(_, other)| *other == field).ok_or(Misfit)?;
            batch.columns().get(place).ok_or(Misfit)
        };
        let prices = |field| match column(field)? {
            Values::Prices(prices) => Ok(prices),
            _ => Err(Misfit),
        };
        let Values::Times(times) = column(CandleField::Time)? else { return Err(Misfit.into()) };
        let Values::Wholes(volumes) = column(CandleField::Volume)? else { return Err(Misfit.into()) };
        let interests = match column(CandleField::OpenInterest) {
            Ok(Values::Wholes(interests)) => Some(interests),
            _ => None,
        };
        let (opens, highs) = (prices(CandleField::Open)?, prices(CandleField::High)?);
        let (lows, closes) = (prices(CandleField::Low)?, prices(CandleField::Close)?);
        let bar = |row: usize| {
            let prices =
                |open| Some(Prices { open, high: highs[row]?, low: lows[row]?, close: closes[row]? });
            Ok(Bar {
                start: times[row].ok_or(Misfit)?,
                prices: opens[row].and_then(prices),
                volume: volumes[row].ok_or(Misfit)?,
                open_interest: interests.map_or(Some(0), |interests| interests[row]).ok_or(Misfit)?,
            })
        };
        Ok((0..batch.rows()).map(bar).collect::<Result<_, Misfit>>()?)
    }
}

fn values(field: CandleField, rows: CandleRows<'_>) -> Values {
    let CandleRows { subject, interval, bars, .. } = rows;
    let contract = subject.contract();
    let price = |pick: fn(&Prices) -> Price| {
        Values::Prices(bars.iter().map(|bar| bar.prices.as_ref().map(pick)).collect())
    };
    match field {
        CandleField::Strike => {
            let strike = contract.and_then(|contract| contract.strike);
            Values::same_number(strike.map(market::Strike::to_rupees), bars.len())
        }
        CandleField::LotSize => Values::same_whole(contract.map(|contract| contract.lot_size), bars.len()),
        CandleField::Interval => Values::same_text(Some(&interval.to_string()), bars.len()),
        CandleField::Expiry => Values::same_day(contract.map(|contract| contract.expiry), bars.len()),
        CandleField::Time => Values::Times(bars.iter().map(|bar| Some(bar.start)).collect()),
        CandleField::Date => Values::Days(bars.iter().map(|bar| Some(bar.start.day())).collect()),
        CandleField::TimeOfDay => Values::TimesOfDay(bars.iter().map(|bar| time_of_day(bar.start)).collect()),
        CandleField::Open => price(|prices| prices.open),
        CandleField::High => price(|prices| prices.high),
        CandleField::Low => price(|prices| prices.low),
        CandleField::Close => price(|prices| prices.close),
        CandleField::Volume => Values::Wholes(bars.iter().map(|bar| Some(bar.volume)).collect()),
        CandleField::OpenInterest => Values::Wholes(bars.iter().map(|bar| Some(bar.open_interest)).collect()),
        CandleField::ExpiredKey
        | CandleField::InstrumentKey
        | CandleField::Kind
        | CandleField::Side
        | CandleField::TradingSymbol
        | CandleField::OpenAlgoSymbol
        | CandleField::Underlying => Values::same_text(subject.text(field).as_deref(), bars.len()),
        CandleField::Forward => beside(rows, |twin| &twin.forward),
        CandleField::Volatility => beside(rows, |twin| &twin.volatility),
        CandleField::Delta => beside(rows, |twin| &twin.delta),
        CandleField::Gamma => beside(rows, |twin| &twin.gamma),
        CandleField::Vega => beside(rows, |twin| &twin.vega),
        CandleField::Theta => beside(rows, |twin| &twin.theta),
        CandleField::PriceAge => match rows.twin {
            Some(twin) => Values::Wholes(twin.price_age_s.clone()),
            None => Values::same_whole(None, bars.len()),
        },
    }
}

fn beside(rows: CandleRows<'_>, pick: fn(&Twin) -> &Vec<Option<f64>>) -> Values {
    match rows.twin {
        Some(twin) => Values::Numbers(pick(twin).clone()),
        None => Values::same_number(None, rows.bars.len()),
    }
}

fn time_of_day(moment: EpochSeconds) -> Option<TimeOfDay> {
    let minute = moment.minute_of_day();
    TimeOfDay::new(minute / 60, minute % 60)
}
