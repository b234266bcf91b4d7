//! What a file has beside each row with volatility, of bars and of what stands beside them.

use export::Twin;
use market::Bar;
use protocol::CandleColumn;

/// A price is as old as the last bar that traded; before the first trade it has no age.
pub(crate) fn twin(bars: &[Bar], columns: &[CandleColumn]) -> Twin {
    let column = |name: &str| {
        let found = columns.iter().find(|column| column.name == name);
        found.map_or_else(|| vec![None; bars.len()], |column| column.values.clone())
    };
    let mut traded = None;
    let age = |bar: &Bar| {
        if bar.volume > 0 {
            traded = Some(bar.start);
        }
        traded.map(|traded| bar.start.0 - traded.0)
    };
    Twin {
        price_age_s: bars.iter().map(age).collect(),
        forward: column("forward"),
        volatility: column("volatility"),
        delta: column("delta"),
        gamma: column("gamma"),
        vega: column("vega"),
        theta: column("theta"),
    }
}
