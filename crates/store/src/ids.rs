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
    RequestId
);
