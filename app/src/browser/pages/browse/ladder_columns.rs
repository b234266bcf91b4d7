//! The columns of figures of a ladder: what they are called, and from which width on they are shown. A phone has room
//! for what an option cost last and for its open interest.

use super::ladder_order::Figure;

impl Figure {
    pub fn label(self) -> &'static str {
        match self {
            Self::Days => "Days traded",
            Self::Candles => "Candles",
            Self::Volume => "Volume",
            Self::Interest => "OI",
            Self::Low => "Low",
            Self::High => "High",
            Self::Last => "Last",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Interest => "Open interest at the last candle",
            Self::Low => "The lowest price traded, of all that is stored",
            Self::High => "The highest price traded, of all that is stored",
            Self::Last => "The close of the last candle with a trade",
            Self::Days | Self::Candles | Self::Volume => self.label(),
        }
    }

    /// Those whose label does not say all.
    pub fn explained() -> Vec<(&'static str, &'static str)> {
        let figures = Self::ALL.into_iter().filter(|figure| figure.title() != figure.label());
        figures.map(|figure| (figure.label(), figure.title())).collect()
    }

    /// Utilities of the style sheet, for each cell of the column on one side.
    pub fn class(self, is_call: bool) -> &'static str {
        match self {
            Self::Days => "max-[1439px]:hidden",
            Self::Candles => "number max-xl:hidden",
            Self::Volume => "number max-sm:hidden",
            // Beside the beginning of its bar, which grows from the strike outwards.
            Self::Interest if is_call => "number max-[359px]:hidden",
            Self::Interest => "max-[359px]:hidden",
            Self::Low | Self::High => "number max-[1099px]:hidden",
            Self::Last => "number",
        }
    }
}
