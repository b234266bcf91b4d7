//! Complete expiries as Parquet, for good.
