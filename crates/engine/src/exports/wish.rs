//! An order of files, read: what each of its words means, and what does not go together.

use analytics::series::Series;
use export::table::{Column, Times};
use export::{CandleField, CandleTable, ExportError, Format, Preset, series_columns};
use market::{ContractKind, Day, DayRange, Strike};
use protocol::{EXPORT_CONTRACTS_MAX, ExportOf, ExportOrder, ExportSplit, ExportSymbol};

use super::chain::ChainAt;
use super::error::ExportRefusal;
use crate::error::EngineError;

/// An order whose words are understood; whom its names mean is not looked up yet.
pub(super) struct Wish {
    pub order: ExportOrder,
    pub format: Format,
    pub times: Times,
    pub split: ExportSplit,
    pub table: CandleTable,
    /// The same for an underlying's own candles.
    pub own_table: CandleTable,
    /// By its own word, or since a column of them is named.
    pub has_volatility: bool,
    pub preset: Option<Preset>,
    pub days: Option<DayRange>,
    pub strikes: (Option<Strike>, Option<Strike>),
    /// In place of candles.
    pub chain: Option<ChainAt>,
    /// In place of candles, too.
    pub series: Option<Series>,
}

impl Wish {
    pub fn read(order: ExportOrder) -> Result<Self, EngineError> {
        match (&order.underlying, order.contracts.len()) {
            (None, 0) => return Err(ExportRefusal::Nothing.into()),
            (Some(_), 1..) => return Err(ExportRefusal::Both.into()),
            (_, count) if count > EXPORT_CONTRACTS_MAX => {
                return Err(ExportRefusal::TooManyContracts(count).into());
            }
            _ => {}
        }
        if !order.expiries.is_empty() && (order.expiry_from.is_some() || order.expiry_to.is_some()) {
            return Err(ExportRefusal::ExpiriesTwice.into());
        }
        let strikes = strikes(&order)?;
        let days = DayRange::between(order.from, order.to)?;
        DayRange::between(order.expiry_from, order.expiry_to)?;
        let preset: Option<Preset> =
            order.preset.as_deref().map(str::parse).transpose().map_err(ExportRefusal::from)?;
        let says_more = order.format.is_some()
            || order.times.is_some()
            || !order.columns.is_empty()
            || !order.symbols.is_empty();
        if preset.is_some() && says_more {
            return Err(ExportRefusal::PresetAndMore.into());
        }
        let facts = preset.map(Preset::facts);
        let format = match &order.format {
            Some(text) => text.parse().map_err(ExportRefusal::from)?,
            None => facts.as_ref().map_or(Format::Parquet, |facts| facts.format),
        };
        if !Format::FILES.contains(&format) {
            return Err(ExportRefusal::from(ExportError::NoFile(format)).into());
        }
        let times = match &order.times {
            Some(text) => text.parse().map_err(ExportError::from).map_err(ExportRefusal::from)?,
            None => facts.as_ref().map_or(Times::Ist, |facts| facts.times),
        };
        let split = order.split.unwrap_or_else(|| facts.as_ref().map_or(format.split(), |of| of.split));
        let columns: Vec<(String, CandleField)> = match &facts {
            Some(facts) => {
                let own = facts.columns.iter().map(|(name, field)| ((*name).to_owned(), *field));
                let twin = CandleField::TWIN.into_iter().filter(|_| order.volatility);
                own.chain(twin.map(|field| (field.name().to_owned(), field))).collect()
            }
            None => fields(&order)?.into_iter().map(|field| (field.name().to_owned(), field)).collect(),
        };
        let has_volatility =
            order.volatility || columns.iter().any(|(_, field)| CandleField::TWIN.contains(field));
        if has_volatility && order.of == ExportOf::Underlying {
            return Err(ExportRefusal::VolatilityOfUnderlying.into());
        }
        let table = CandleTable::named(columns.clone());
        let own_table = CandleTable::named(own_columns(columns));
        let (chain, series) = (chain(&order)?, series(&order)?);
        if order.of != ExportOf::Contracts && own_table.columns().is_empty() {
            return Err(ExportRefusal::NoOwnColumn.into());
        }
        Ok(Self {
            order,
            format,
            times,
            split,
            table,
            own_table,
            has_volatility,
            preset,
            days,
            strikes,
            chain,
            series,
        })
    }

    /// Of the files that hold contracts, a chain or a series; of an underlying's own candles where nothing else is wanted.
    pub fn columns(&self) -> Vec<Column> {
        match (&self.chain, &self.series) {
            (Some(_), _) => export::chain_columns(),
            (None, Some(series)) => series_columns(series.columns().iter().map(|column| column.name)),
            (None, None) if self.order.of == ExportOf::Underlying => self.own_table.columns(),
            (None, None) => self.table.columns(),
        }
    }

    /// Whether a bar without a price is in no file.
    pub fn needs_prices(&self) -> bool {
        self.preset.is_some_and(|preset| preset.facts().needs_prices)
    }

    /// Whether only some expiries are wanted.
    pub fn names_expiries(&self) -> bool {
        let order = &self.order;
        !order.expiries.is_empty() || order.expiry_from.is_some() || order.expiry_to.is_some()
    }

    pub fn takes(&self, kind: ContractKind, strike: Option<Strike>) -> bool {
        let is_kind = self.order.kinds.is_empty() || self.order.kinds.contains(&kind);
        let (from, to) = self.strikes;
        let is_strike = strike
            .is_none_or(|strike| from.is_none_or(|from| from <= strike) && to.is_none_or(|to| strike <= to));
        is_kind && is_strike
    }

    pub fn takes_expiry(&self, expiry: Day) -> bool {
        let order = &self.order;
        if !order.expiries.is_empty() {
            return order.expiries.contains(&expiry);
        }
        order.expiry_from.is_none_or(|from| from <= expiry) && order.expiry_to.is_none_or(|to| expiry <= to)
    }
}

/// Each name once: the key of a contract's underlying may stand beside its own.
fn own_columns(columns: Vec<(String, CandleField)>) -> Vec<(String, CandleField)> {
    let mut own: Vec<(String, CandleField)> = Vec::new();
    for (name, field) in columns.into_iter().filter_map(own_column) {
        if own.iter().all(|(known, _)| *known != name) {
            own.push((name, field));
        }
    }
    own
}

/// An underlying has no contract's columns, but its own key in place of theirs.
fn own_column((name, field): (String, CandleField)) -> Option<(String, CandleField)> {
    match field {
        CandleField::ExpiredKey => {
            Some((CandleField::InstrumentKey.name().to_owned(), CandleField::InstrumentKey))
        }
        CandleField::Kind
        | CandleField::Strike
        | CandleField::LotSize
        | CandleField::Expiry
        | CandleField::Side => None,
        field if CandleField::TWIN.contains(&field) => None,
        field => Some((name, field)),
    }
}

fn fields(order: &ExportOrder) -> Result<Vec<CandleField>, ExportRefusal> {
    let mut fields: Vec<CandleField> = Vec::new();
    for name in &order.columns {
        let field = name.parse::<CandleField>()?;
        if fields.contains(&field) {
            return Err(ExportRefusal::ColumnTwice(name.clone()));
        }
        fields.push(field);
    }
    if fields.is_empty() {
        fields.extend(CandleField::LAKE);
    }
    // Names stand first, what was computed last.
    let names = order.symbols.iter().flat_map(|symbol| match symbol {
        ExportSymbol::Broker => [CandleField::TradingSymbol].as_slice(),
        ExportSymbol::OpenAlgo => &[CandleField::OpenAlgoSymbol],
        ExportSymbol::Parts => {
            &[CandleField::Underlying, CandleField::Expiry, CandleField::Strike, CandleField::Side]
        }
    });
    let names: Vec<CandleField> = names.copied().filter(|field| !fields.contains(field)).collect();
    let twin = CandleField::TWIN.into_iter().filter(|_| order.volatility);
    let mut all: Vec<CandleField> = Vec::new();
    for field in names.into_iter().chain(fields).chain(twin) {
        if !all.contains(&field) {
            all.push(field);
        }
    }
    Ok(all)
}

fn chain(order: &ExportOrder) -> Result<Option<ChainAt>, ExportRefusal> {
    let Some(at) = &order.chain else { return Ok(None) };
    let at = at.parse()?;
    let says_more = *order
        != ExportOrder {
            underlying: order.underlying.clone(),
            expiries: order.expiries.clone(),
            chain: order.chain.clone(),
            format: order.format.clone(),
            times: order.times.clone(),
            ..ExportOrder::default()
        };
    if order.underlying.is_none() || order.expiries.len() != 1 {
        return Err(ExportRefusal::ChainOfOne);
    }
    if says_more { Err(ExportRefusal::ChainAndMore) } else { Ok(Some(at)) }
}

fn series(order: &ExportOrder) -> Result<Option<Series>, ExportRefusal> {
    let Some(text) = &order.series else { return Ok(None) };
    let series = text.parse()?;
    let says_more = *order
        != ExportOrder {
            contracts: order.contracts.clone(),
            underlying: order.underlying.clone(),
            expiries: order.expiries.clone(),
            expiry_from: order.expiry_from,
            expiry_to: order.expiry_to,
            series: order.series.clone(),
            interval: order.interval,
            from: order.from,
            to: order.to,
            format: order.format.clone(),
            times: order.times.clone(),
            ..ExportOrder::default()
        };
    match order.underlying {
        None => Err(ExportRefusal::SeriesOfUnderlying),
        Some(_) if says_more => Err(ExportRefusal::SeriesAndMore),
        Some(_) => Ok(Some(series)),
    }
}

fn strikes(order: &ExportOrder) -> Result<(Option<Strike>, Option<Strike>), ExportRefusal> {
    let strike = |rupees: f64| Strike::from_rupees(rupees).ok_or(ExportRefusal::Strikes(rupees));
    let (from, to) = (order.strike_from.map(strike).transpose()?, order.strike_to.map(strike).transpose()?);
    match (from, to) {
        (Some(lower), Some(upper)) if lower > upper => Err(ExportRefusal::Strikes(upper.to_rupees())),
        both => Ok(both),
    }
}
