//! How far a list of the broker's is believed.

use serde::{Deserialize, Serialize};

/// Answers that bring nothing new, at least ten minutes apart, after which a doubtful list is believed.
pub const LIST_WITNESSES: u32 = 4;

/// What is known of a list of contracts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ListState {
    #[default]
    NotAsked,
    /// Asked before the expiry was over: to be asked once more.
    Provisional { contracts: u64 },
    /// Believed.
    Listed { contracts: u64 },
    /// To be asked again, and never complete.
    Unconfirmed {
        contracts: u64,
        /// Why it is not believed yet.
        doubt: String,
        /// Answers that count so far, of [`LIST_WITNESSES`].
        asked: u32,
        of: u32,
    },
}

impl ListState {
    pub fn is_listed(&self) -> bool {
        matches!(self, Self::Listed { .. })
    }

    pub fn is_unconfirmed(&self) -> bool {
        matches!(self, Self::Unconfirmed { .. })
    }

    pub fn contracts(&self) -> u64 {
        match self {
            Self::NotAsked => 0,
            Self::Provisional { contracts }
            | Self::Listed { contracts }
            | Self::Unconfirmed { contracts, .. } => *contracts,
        }
    }

    /// For people: `listed`, `unconfirmed: 97 contracts, one side only, asked 2 of 4 times`.
    pub fn words(&self) -> String {
        match self {
            Self::NotAsked => "not listed".to_owned(),
            Self::Provisional { .. } => "provisional: listed before the expiry was over".to_owned(),
            Self::Listed { .. } => "listed".to_owned(),
            Self::Unconfirmed { contracts: 0, doubt, asked, of } => {
                format!("unconfirmed: {doubt}, asked {asked} of {of} times")
            }
            Self::Unconfirmed { contracts, doubt, asked, of } => {
                let ending = if *contracts == 1 { "" } else { "s" };
                format!("unconfirmed: {contracts} contract{ending}, {doubt}, asked {asked} of {of} times")
            }
        }
    }
}

/// The two lists of an expiry's contracts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListStates {
    pub options: ListState,
    pub futures: ListState,
    /// Rows of them that stand refused.
    pub refused: u64,
}

impl ListStates {
    /// What is not believed yet of the kinds, in words; `None` where all of it is.
    pub fn doubts(&self, kinds: market::ContractKinds) -> Option<String> {
        let of = |wanted: bool, name: &str, state: &ListState| {
            (wanted && state.is_unconfirmed()).then(|| format!("{name}: {}", state.words()))
        };
        let doubts =
            [of(kinds.options(), "options", &self.options), of(kinds.futures(), "futures", &self.futures)];
        let doubts: Vec<String> = doubts.into_iter().flatten().collect();
        (!doubts.is_empty()).then(|| doubts.join("; "))
    }

    /// Whether the lists of these kinds are believed.
    pub fn are_listed(&self, kinds: market::ContractKinds) -> bool {
        (!kinds.options() || self.options.is_listed()) && (!kinds.futures() || self.futures.is_listed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_how_far_it_is_believed() {
        let doubtful = |contracts, doubt: &str| ListState::Unconfirmed {
            contracts,
            doubt: doubt.to_owned(),
            asked: 2,
            of: LIST_WITNESSES,
        };
        for (state, words) in [
            (ListState::Listed { contracts: 194 }, "listed"),
            (doubtful(97, "one side only"), "unconfirmed: 97 contracts, one side only, asked 2 of 4 times"),
            (doubtful(0, "nothing listed yet"), "unconfirmed: nothing listed yet, asked 2 of 4 times"),
        ] {
            assert_eq!(state.words(), words);
        }
    }
}
