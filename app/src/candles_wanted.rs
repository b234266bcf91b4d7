//! Which candles the page of a contract wants, and where REST has them. The page fetches them, and its document names them,
//! so that the browser begins with them while it still fetches the page's code.

use market::{ChartInterval, ExpiredKey};
use protocol::{CandlesBeside, CandlesWith, ComparedKeys};

use crate::address::encoded;
use crate::chart_view::{Added, View};

/// Which candles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandlesWanted {
    pub key: ExpiredKey,
    pub interval: ChartInterval,
    pub beside: CandlesBeside,
    pub compared: ComparedKeys,
}

impl CandlesWanted {
    pub fn of(key: ExpiredKey, view: &View) -> Self {
        let beside = view.added.iter().copied().map(Added::with).collect();
        Self { key, interval: view.interval, beside, compared: view.compared.clone() }
    }

    /// Where they are as a file.
    pub fn file(&self) -> String {
        self.address("csv", &self.beside)
    }

    /// Where they are for a chart: with every bar of the sessions, and what the days are.
    pub fn columns(&self) -> String {
        let beside = [CandlesWith::Sessions].into_iter().chain(self.beside.iter()).collect();
        self.address("columns", &beside)
    }

    fn address(&self, format: &str, beside: &CandlesBeside) -> String {
        let key = encoded(&self.key.to_string());
        let mut address = format!("/api/v1/candles/{key}?interval={}&format={format}", self.interval);
        for (name, text) in [("with", beside.to_string()), ("compare", self.compared.to_string())] {
            if !text.is_empty() {
                address.push_str(&format!("&{name}={}", encoded(&text)));
            }
        }
        address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_candles_has_its_key_encoded() {
        let mut wanted = CandlesWanted {
            key: "NSE_FO|71706|28-08-2025".parse().unwrap(),
            interval: ChartInterval::HOUR_1,
            beside: CandlesBeside::default(),
            compared: ComparedKeys::default(),
        };
        assert_eq!(wanted.file(), "/api/v1/candles/NSE_FO%7C71706%7C28-08-2025?interval=1hour&format=csv");
        wanted.beside = "vwap".parse().unwrap();
        wanted.compared = "NSE_FO|7|28-08-2025".parse().unwrap();
        assert_eq!(
            wanted.columns(),
            "/api/v1/candles/NSE_FO%7C71706%7C28-08-2025?interval=1hour&format=columns\
             &with=sessions%2Cvwap&compare=NSE_FO%7C7%7C28-08-2025"
        );
    }
}
