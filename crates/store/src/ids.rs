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
    pub(crate) fn contract(self) -> Option<i64> {
        match self {
            Self::Contract(id) => Some(id.0),
            Self::Underlying(_) => None,
        }
    }

    /// The column of `series` that names it, and what stands there. A condition on both columns, of which one is NULL, is
    /// answered from the index of either, and in that of the underlyings every contract stands under NULL.
    pub(crate) fn column(self) -> (&'static str, i64) {
        match self {
            Self::Contract(id) => ("contract_id", id.0),
            Self::Underlying(id) => ("underlying_id", id.0),
        }
    }
}

impl From<ContractId> for SeriesOwner {
    fn from(id: ContractId) -> Self {
        Self::Contract(id)
    }
}
