//! Where an underlying stood when the day of an expiry closed, and by what that is known. Never a guess: what is not
//! known has its reason instead.

use market::{Contract, ContractKind, EpochSeconds, Price};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum Spot {
    /// By the underlying's own candles.
    Underlying(SpotPrice),
    /// By what calls and puts of one strike cost at one time (put-call parity).
    CallsAndPuts(SpotPrice),
    Unknown {
        /// A sentence for people.
        reason: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SpotPrice {
    /// Rupees.
    #[serde(with = "market::rupees")]
    #[cfg_attr(feature = "openapi", schema(value_type = f64))]
    pub price: Price,
    /// The end of the minute that closed there.
    pub at: EpochSeconds,
}

impl Spot {
    /// The price, or the sentence why there is none.
    pub fn known(&self) -> Result<SpotPrice, &str> {
        match self {
            Self::Underlying(spot) | Self::CallsAndPuts(spot) => Ok(*spot),
            Self::Unknown { reason } => Err(reason),
        }
    }

    /// For people, after the price; nothing where it is the underlying's own.
    pub fn origin(&self) -> Option<&'static str> {
        matches!(self, Self::CallsAndPuts(_)).then_some("from calls and puts")
    }
}

impl SpotPrice {
    /// Whether an option was worth something at this price.
    pub fn pays(self, contract: &Contract) -> bool {
        let Some(strike) = contract.strike.map(|strike| Price::from(strike.0)) else { return false };
        match contract.kind {
            ContractKind::Call => strike < self.price,
            ContractKind::Put => strike > self.price,
            ContractKind::Future => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::option;
    use ContractKind::{Call, Put};

    fn at(rupees: f64) -> SpotPrice {
        SpotPrice { price: Price::from_rupees(rupees).unwrap(), at: EpochSeconds(1_756_375_200) }
    }

    #[test]
    fn calls_pay_below_the_price_and_puts_above_it() {
        let spot = at(24_500.0);
        for (kind, strike, pays) in [
            (Call, 24_450, true),
            (Put, 24_450, false),
            (Call, 24_500, false),
            (Put, 24_500, false),
            (Call, 24_550, false),
            (Put, 24_550, true),
        ] {
            assert_eq!(spot.pays(&option(kind, strike)), pays, "{strike} {kind}");
        }
        assert_eq!(Spot::Underlying(spot).known(), Ok(spot));
        assert_eq!(Spot::Unknown { reason: "nothing".to_owned() }.known(), Err("nothing"));
    }

    #[test]
    fn a_document_has_rupees_and_the_source() {
        let text = r#"{"source":"calls_and_puts","price":24612.35,"at":1756375200}"#;
        let spot = Spot::CallsAndPuts(at(24_612.35));
        assert_eq!(serde_json::to_string(&spot).unwrap(), text);
        assert_eq!(serde_json::from_str::<Spot>(text).unwrap(), spot);
    }
}
