//! Row ids, one type a table, so that none can stand in for another.

macro_rules! row_ids {
    ($($(#[$doc:meta])* $name:ident),*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(crate) i64);

        impl $name {
            /// The number, for a log or a message.
            pub fn number(self) -> i64 {
                self.0
            }
        }
    )*};
}

row_ids!(
    /// A row of `underlying`.
    UnderlyingId,
    /// A row of `expiry`.
    ExpiryId,
    /// A row of `contract`.
    ContractId,
    /// A row of `series`: the candles of one contract or underlying in one interval.
    SeriesId,
    /// A row of `fetch_audit`: one request to the broker.
    RequestId,
    /// A row of `lake_partition`.
    LakePartitionId
);

/// Whose candles a series holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SeriesOwner {
    Contract(ContractId),
    /// The index or the stock itself.
    Underlying(UnderlyingId),
}

impl SeriesOwner {
    /// For the column `contract_id`.
    pub(crate) fn contract(self) -> Option<i64> {
        match self {
            Self::Contract(id) => Some(id.0),
            Self::Underlying(_) => None,
        }
    }

    /// For the column `underlying_id`.
    pub(crate) fn underlying(self) -> Option<i64> {
        match self {
            Self::Contract(_) => None,
            Self::Underlying(id) => Some(id.0),
        }
    }
}

impl From<ContractId> for SeriesOwner {
    fn from(id: ContractId) -> Self {
        Self::Contract(id)
    }
}
