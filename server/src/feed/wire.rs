//! The messages of the feed as protobuf: the fields of its schema that can be filled from stored minutes, by their
//! numbers. A field that is missing here is one that a reader finds at its default.

use std::collections::BTreeMap;

#[derive(Clone, PartialEq, prost::Message)]
pub struct FeedResponse {
    #[prost(enumeration = "Kind", tag = "1")]
    pub kind: i32,
    /// By the key that was subscribed.
    #[prost(btree_map = "string, message", tag = "2")]
    pub feeds: BTreeMap<String, Feed>,
    /// Milliseconds, as are all moments here.
    #[prost(int64, tag = "3")]
    pub current_ts: i64,
    #[prost(message, optional, tag = "4")]
    pub market_info: Option<MarketInfo>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub enum Kind {
    InitialFeed = 0,
    LiveFeed = 1,
    MarketInfo = 2,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct MarketInfo {
    #[prost(btree_map = "string, enumeration(MarketStatus)", tag = "1")]
    pub segment_status: BTreeMap<String, i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub enum MarketStatus {
    PreOpenStart = 0,
    PreOpenEnd = 1,
    NormalOpen = 2,
    NormalClose = 3,
    ClosingStart = 4,
    ClosingEnd = 5,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Feed {
    #[prost(oneof = "FeedUnion", tags = "1, 2, 3")]
    pub union: Option<FeedUnion>,
    #[prost(enumeration = "RequestMode", tag = "4")]
    pub request_mode: i32,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum FeedUnion {
    #[prost(message, tag = "1")]
    Ltpc(Ltpc),
    #[prost(message, tag = "2")]
    Full(FullFeed),
    #[prost(message, tag = "3")]
    FirstLevel(FirstLevelWithGreeks),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub enum RequestMode {
    Ltpc = 0,
    FullD5 = 1,
    OptionGreeks = 2,
    FullD30 = 3,
}

/// The last trade and the close before. Of the trade only its minute is known.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Ltpc {
    #[prost(double, tag = "1")]
    pub ltp: f64,
    #[prost(int64, tag = "2")]
    pub ltt: i64,
    #[prost(double, tag = "4")]
    pub cp: f64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct FullFeed {
    #[prost(oneof = "FullFeedUnion", tags = "1, 2")]
    pub union: Option<FullFeedUnion>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum FullFeedUnion {
    #[prost(message, tag = "1")]
    Market(MarketFullFeed),
    #[prost(message, tag = "2")]
    Index(IndexFullFeed),
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct MarketFullFeed {
    #[prost(message, optional, tag = "1")]
    pub ltpc: Option<Ltpc>,
    /// There, because programs look into it, and always empty.
    #[prost(message, optional, tag = "2")]
    pub market_level: Option<MarketLevel>,
    #[prost(message, optional, tag = "3")]
    pub option_greeks: Option<OptionGreeks>,
    #[prost(message, optional, tag = "4")]
    pub market_ohlc: Option<MarketOhlc>,
    /// Units of the day so far.
    #[prost(int64, tag = "6")]
    pub vtt: i64,
    #[prost(double, tag = "7")]
    pub oi: f64,
    #[prost(double, tag = "8")]
    pub iv: f64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct IndexFullFeed {
    #[prost(message, optional, tag = "1")]
    pub ltpc: Option<Ltpc>,
    #[prost(message, optional, tag = "2")]
    pub market_ohlc: Option<MarketOhlc>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct FirstLevelWithGreeks {
    #[prost(message, optional, tag = "1")]
    pub ltpc: Option<Ltpc>,
    #[prost(message, optional, tag = "3")]
    pub option_greeks: Option<OptionGreeks>,
    #[prost(int64, tag = "4")]
    pub vtt: i64,
    #[prost(double, tag = "5")]
    pub oi: f64,
    #[prost(double, tag = "6")]
    pub iv: f64,
}

/// Quotes, of which none is known.
#[derive(Clone, PartialEq, prost::Message)]
pub struct MarketLevel {}

#[derive(Clone, PartialEq, prost::Message)]
pub struct OptionGreeks {
    #[prost(double, tag = "1")]
    pub delta: f64,
    #[prost(double, tag = "2")]
    pub theta: f64,
    #[prost(double, tag = "3")]
    pub gamma: f64,
    #[prost(double, tag = "4")]
    pub vega: f64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct MarketOhlc {
    #[prost(message, repeated, tag = "1")]
    pub ohlc: Vec<Ohlc>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Ohlc {
    /// `1d` or `I1`.
    #[prost(string, tag = "1")]
    pub interval: String,
    #[prost(double, tag = "2")]
    pub open: f64,
    #[prost(double, tag = "3")]
    pub high: f64,
    #[prost(double, tag = "4")]
    pub low: f64,
    #[prost(double, tag = "5")]
    pub close: f64,
    #[prost(int64, tag = "6")]
    pub vol: i64,
    /// Where the candle begins.
    #[prost(int64, tag = "7")]
    pub ts: i64,
}
