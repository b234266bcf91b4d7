//! Bars of what is stored: day by day from the best series, alike for all contracts of a session, never fewer when
//! more was collected. The rows are put into the store as answers would be.

use crate::lists;
use engine::{CandlesWish, MarketDataService};
use market::{
    Candle, ChartInterval, Contract, ContractKind, Day, DayRange, EpochSeconds, ExpiredKey, Interval, Paise,
    Price, Prices, Strike, Underlying,
};
use store::{
    AnsweredRange, AuditEntry, NewAnswer, NewContract, Outcome, SeriesOwner, SourceKind, Store, UnderlyingId,
};
use tempfile::TempDir;

const NOW: EpochSeconds = EpochSeconds(1_758_000_000);

/// A database of Nifty contracts, written as collecting writes it.
struct Shelf {
    data: TempDir,
    store: Store,
    underlying: UnderlyingId,
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn key(token: u32, expiry: &str) -> ExpiredKey {
    let date = day(expiry).date().format("%d-%m-%Y");
    format!("NSE_FO|{token}|{date}").parse().unwrap()
}

impl Shelf {
    async fn new() -> Self {
        let data = TempDir::new().unwrap();
        let store = Store::open(data.path(), SourceKind::Simulated).await.unwrap();
        store.put_underlyings(&Underlying::indices(), NOW).await.unwrap();
        let (underlying, _) =
            store.underlying(&"NSE_INDEX|Nifty 50".parse().unwrap()).await.unwrap().unwrap();
        Self { data, store, underlying }
    }

    async fn list(&self, expiry: &str, contracts: &[(u32, ContractKind, Option<u32>)]) {
        lists::keep_expiries(&self.store, self.underlying, &[day(expiry)], NOW).await;
        let id = self.store.expiry(self.underlying, day(expiry)).await.unwrap().unwrap().id;
        let new = contracts.iter().map(|(token, kind, strike)| NewContract {
            contract: Contract {
                expired_key: key(*token, expiry),
                underlying_key: "NSE_INDEX|Nifty 50".parse().unwrap(),
                expiry: day(expiry),
                kind: *kind,
                strike: strike.and_then(|strike| Strike::from_rupees(f64::from(strike))),
                trading_symbol: "NIFTY".to_owned(),
                lot_size: 75,
                tick_size: 5,
                weekly: None,
            },
            raw: "{}".to_owned(),
        });
        let new: Vec<NewContract> = new.collect();
        lists::keep_contracts(&self.store, id, day(expiry), &new, NOW).await;
    }

    async fn keep(&self, owner: SeriesOwner, interval: Interval, candles: Vec<Candle>) {
        let (first, last) = (candles[0].start.day(), candles[candles.len() - 1].start.day());
        let range = DayRange::new(first, last).unwrap();
        let answer = NewAnswer {
            owner,
            interval,
            audit: AuditEntry {
                at: NOW,
                job: None,
                endpoint: "historical-candle",
                key: "of a test".to_owned(),
                interval: Some(interval),
                range: Some(range),
                status: Some(200),
                code: None,
                rows: candles.len() as u64,
                bytes: 100,
                sha256: None,
                duration_ms: 12,
                attempt: 1,
            },
            ranges: vec![AnsweredRange { range, outcome: Outcome::Rows, provisional: false }],
            candles,
            quarantined: Vec::new(),
            events: Vec::new(),
        };
        self.store.commit_answer(answer).await.unwrap();
    }

    async fn keep_of(&self, contract: &ExpiredKey, interval: Interval, candles: Vec<Candle>) {
        let stored = self.store.contract(contract).await.unwrap().unwrap();
        self.keep(stored.id.into(), interval, candles).await;
    }

    async fn bars(&self, contract: &ExpiredKey, interval: ChartInterval) -> market::Bars {
        let reader = MarketDataService::open_for_reading(self.data.path()).await.unwrap();
        reader.bars(contract, interval, None).await.unwrap()
    }

    async fn counts(&self, contract: &ExpiredKey) -> [usize; 7] {
        let mut counts = [0; 7];
        for (at, interval) in ChartInterval::COMMON.into_iter().enumerate() {
            counts[at] = self.bars(contract, interval).await.bars.len();
        }
        counts
    }

    /// `HH:MM` of the 5-minute bars.
    async fn five_minute_starts(&self, contract: &ExpiredKey) -> Vec<String> {
        let bars = self.bars(contract, ChartInterval::MINUTE_5).await.bars;
        bars.iter().map(|bar| bar.start.to_ist_text()[11..16].to_owned()).collect()
    }
}

fn candle(start: EpochSeconds, price: Price) -> Candle {
    let prices = Prices { open: price, high: price, low: price, close: price };
    Candle { start, prices, volume: 75, open_interest: 150 }
}

fn at_minutes(of: &str, minutes: impl IntoIterator<Item = u16>) -> Vec<Candle> {
    let of = day(of);
    minutes.into_iter().map(|minute| candle(of.at_minute(minute), Paise(10_000).into())).collect()
}

/// Ordinary sessions of the last weekdays up to a day, holidays or not.
fn sessions(last: &str, count: usize, interval: Interval) -> Vec<Candle> {
    let back = (0..).map(|back| day(last).plus_days(-back)).filter(|day| !day.is_weekend());
    let mut days: Vec<Day> = back.take(count).collect();
    days.reverse();
    let rows = |day: Day| match interval.minutes() {
        Some(step) => at_minutes(&day.to_string(), (555..930).step_by(step.into())),
        None => vec![candle(day.start(), Paise(10_000).into())],
    };
    days.into_iter().flat_map(rows).collect()
}

const EXPIRY: &str = "2025-08-28";

#[tokio::test]
async fn two_days_of_minutes_take_nothing_from_ninety_days_of_five() {
    let shelf = Shelf::new().await;
    shelf.list(EXPIRY, &[(1, ContractKind::Future, None)]).await;
    let future = key(1, EXPIRY);
    shelf.keep_of(&future, Interval::Minute5, sessions(EXPIRY, 63, Interval::Minute5)).await;
    let before = shelf.counts(&future).await;
    assert_eq!(before, [0, 0, 4725, 63 * 25, 63 * 13, 63 * 7, 63]);
    shelf.keep_of(&future, Interval::Minute1, sessions(EXPIRY, 2, Interval::Minute1)).await;
    let after = shelf.counts(&future).await;
    assert_eq!(after, [750, 250, 4725, 63 * 25, 63 * 13, 63 * 7, 63]);
    // The mirror: a few days of the exchange's own beside many days of minutes.
    shelf.keep_of(&future, Interval::Day, sessions(EXPIRY, 8, Interval::Day)).await;
    assert_eq!(shelf.counts(&future).await, after);
}

#[tokio::test]
async fn a_day_that_was_cut_off_is_shown_from_the_series_that_has_it_whole() {
    let shelf = Shelf::new().await;
    shelf.list(EXPIRY, &[(1, ContractKind::Future, None)]).await;
    let future = key(1, EXPIRY);
    shelf.keep_of(&future, Interval::Minute15, sessions(EXPIRY, 1, Interval::Minute15)).await;
    shelf.keep_of(&future, Interval::Minute1, at_minutes(EXPIRY, 555..600)).await;
    assert_eq!(shelf.bars(&future, ChartInterval::MINUTE_15).await.bars.len(), 25);
    assert_eq!(shelf.bars(&future, ChartInterval::MINUTE_5).await.bars.len(), 9);
}

const MUHURAT: &str = "2026-11-08";

#[tokio::test]
async fn a_session_of_unknown_hours_begins_with_the_underlying_for_every_contract() {
    let (shelf, expiry) = (Shelf::new().await, "2026-11-10");
    shelf.list(expiry, &[(1, ContractKind::Call, Some(24500)), (2, ContractKind::Put, Some(24500))]).await;
    let (a, b) = (key(1, expiry), key(2, expiry));
    shelf.keep_of(&b, Interval::Minute1, at_minutes(MUHURAT, [1087, 1113])).await;
    assert_eq!(shelf.five_minute_starts(&b).await, ["18:07", "18:32"], "nothing else is known");
    // Without the underlying the contracts of an expiry agree: the first minute of any of them.
    shelf.keep_of(&a, Interval::Minute1, at_minutes(MUHURAT, [1084, 1111])).await;
    assert_eq!(shelf.five_minute_starts(&a).await, ["18:04", "18:29"]);
    assert_eq!(shelf.five_minute_starts(&b).await, ["18:04", "18:29"]);
    shelf.keep_of(&a, Interval::Minute1, at_minutes(MUHURAT, [1082])).await;
    let underlying = SeriesOwner::Underlying(shelf.underlying);
    shelf.keep(underlying, Interval::Minute1, at_minutes(MUHURAT, 1080..1140)).await;
    assert_eq!(shelf.five_minute_starts(&a).await, ["18:00", "18:30"]);
    assert_eq!(shelf.five_minute_starts(&b).await, ["18:05", "18:30"]);
}

#[tokio::test]
async fn rows_on_a_closed_day_and_in_an_evening_beyond_the_calendar_are_anchored_alike() {
    // A Sunday without a word, and an evening of 2027 for which hours are only assumed.
    for (traded, expiry) in [("2025-08-24", EXPIRY), ("2027-10-29", "2027-11-02")] {
        let shelf = Shelf::new().await;
        shelf.list(expiry, &[(1, ContractKind::Future, None), (2, ContractKind::Call, Some(24500))]).await;
        shelf
            .keep(
                SeriesOwner::Underlying(shelf.underlying),
                Interval::Minute1,
                at_minutes(traded, 1080..1140),
            )
            .await;
        shelf.keep_of(&key(2, expiry), Interval::Minute1, at_minutes(traded, [1087, 1113])).await;
        assert_eq!(shelf.five_minute_starts(&key(2, expiry)).await, ["18:05", "18:30"], "{traded}");
    }
    // An ordinary day keeps its hours, whatever of the underlying is missing.
    let shelf = Shelf::new().await;
    shelf.list(EXPIRY, &[(1, ContractKind::Future, None)]).await;
    shelf
        .keep(SeriesOwner::Underlying(shelf.underlying), Interval::Minute1, at_minutes(EXPIRY, 558..900))
        .await;
    shelf.keep_of(&key(1, EXPIRY), Interval::Minute1, at_minutes(EXPIRY, [562, 571])).await;
    assert_eq!(shelf.five_minute_starts(&key(1, EXPIRY)).await, ["09:20", "09:30"]);
}

#[tokio::test]
async fn a_finer_price_comes_through_resampling_unrounded() {
    let shelf = Shelf::new().await;
    shelf.list(EXPIRY, &[(1, ContractKind::Future, None)]).await;
    let future = key(1, EXPIRY);
    let (fine, paise) = (Price::from_rupees(982.275).unwrap(), Price::from(Paise(98_230)));
    let rows = vec![candle(day(EXPIRY).at_minute(555), fine), candle(day(EXPIRY).at_minute(556), paise)];
    shelf.keep_of(&future, Interval::Minute1, rows).await;
    let bars = shelf.bars(&future, ChartInterval::MINUTE_5).await.bars;
    let prices = bars[0].prices.unwrap();
    assert_eq!((prices.open.to_string(), prices.close.to_string()), ("982.275".into(), "982.30".into()));
    assert_eq!((prices.low, prices.high), (fine, paise));
}

/// `token interval candles days` of each contract.
async fn rows_of(shelf: &Shelf, preferred: Option<Interval>) -> (Vec<Interval>, Vec<String>) {
    let reader = MarketDataService::open_for_reading(shelf.data.path()).await.unwrap();
    let nifty = "NSE_INDEX|Nifty 50".parse().unwrap();
    let best = reader.best_contract_rows(&nifty, day(EXPIRY), preferred).await.unwrap();
    let words = |row: &protocol::ContractRow| {
        let token = row.contract.expired_key.exchange_token();
        format!("{token} {} {} {}", row.interval, row.candles, row.traded_days)
    };
    (best.stored, best.rows.iter().map(words).collect())
}

#[tokio::test]
async fn a_ladder_has_the_figures_of_each_contracts_best_series_whatever_is_preferred() {
    let shelf = Shelf::new().await;
    let contracts = [
        (1, ContractKind::Future, None),
        (2, ContractKind::Call, Some(24500)),
        (3, ContractKind::Put, Some(24500)),
    ];
    shelf.list(EXPIRY, &contracts).await;
    let nothing = ["1 1minute 0 0", "2 1minute 0 0", "3 1minute 0 0"].map(str::to_owned);
    assert_eq!(rows_of(&shelf, None).await, (vec![], nothing.to_vec()));
    shelf.keep_of(&key(1, EXPIRY), Interval::Minute5, sessions(EXPIRY, 63, Interval::Minute5)).await;
    shelf.keep_of(&key(1, EXPIRY), Interval::Minute1, sessions(EXPIRY, 2, Interval::Minute1)).await;
    shelf.keep_of(&key(2, EXPIRY), Interval::Minute1, sessions(EXPIRY, 2, Interval::Minute1)).await;
    shelf.keep_of(&key(2, EXPIRY), Interval::Day, sessions(EXPIRY, 2, Interval::Day)).await;
    shelf.keep_of(&key(3, EXPIRY), Interval::Minute5, sessions(EXPIRY, 1, Interval::Minute5)).await;
    let stored = vec![Interval::Minute1, Interval::Minute5, Interval::Day];
    let best = ["1 5minute 4725 63", "2 1minute 750 2", "3 5minute 75 1"].map(str::to_owned).to_vec();
    assert_eq!(rows_of(&shelf, None).await, (stored.clone(), best.clone()));
    // A series that was never collected takes nothing away.
    assert_eq!(rows_of(&shelf, Some(Interval::Minute15)).await, (stored.clone(), best));
    let minutes = ["1 1minute 750 2", "2 1minute 750 2", "3 5minute 75 1"].map(str::to_owned).to_vec();
    assert_eq!(rows_of(&shelf, Some(Interval::Minute1)).await, (stored, minutes));
}

/// Minutes without a trade are room, days that were never asked for say so, holidays and the expiry are named.
#[tokio::test(flavor = "multi_thread")]
async fn the_axis_of_the_sessions_says_what_each_gap_is() {
    let shelf = Shelf::new().await;
    let expiry = "2025-08-28";
    shelf.list(expiry, &[(1, ContractKind::Call, Some(24_500))]).await;
    let call = key(1, expiry);
    let rows = |days: &[&str]| days.iter().flat_map(|of| at_minutes(of, [600, 602])).collect::<Vec<_>>();
    // The 12th was answered without a row, the 14th was not asked for, the 15th is a holiday.
    shelf.keep_of(&call, Interval::Minute1, rows(&["2025-08-11", "2025-08-13"])).await;
    shelf.keep_of(&call, Interval::Minute1, rows(&["2025-08-18"])).await;
    shelf.keep_of(&call, Interval::Minute1, rows(&[expiry])).await;
    let reader = MarketDataService::open_for_reading(shelf.data.path()).await.unwrap();
    let read = async |interval| {
        let wish =
            CandlesWish { beside: "sessions".parse().unwrap(), ..CandlesWish::new(call.clone(), interval) };
        reader.candles(&wish).await.unwrap()
    };
    let made = read(ChartInterval::MINUTE_1).await;
    let texts: Vec<&str> = made.marks.iter().map(|mark| mark.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "No trade: 12 Aug",
            "Not collected: 14 Aug",
            "15 Aug: Independence Day",
            "Not collected: 19 Aug to 26 Aug (6 days)",
            "27 Aug: Ganesh Chaturthi",
            "Expiry"
        ]
    );
    assert_eq!(made.rows.len(), 4 * 375 + 3 * 8, "whole sessions, and a little room where there is none");
    assert_eq!(made.rows.iter().filter(|row| row.bar.is_some()).count(), 8);
    assert!(made.rows.is_sorted_by(|one, next| one.start < next.start));
    for mark in &made.marks {
        let has = |start: i64| made.rows.iter().any(|row| row.start.0 == start);
        assert!(has(mark.from) && has(mark.to) && mark.from <= mark.to, "{mark:?}");
    }
    let days = read(ChartInterval::Day).await;
    let daily = days.rows.iter().map(|row| row.bar.is_some()).collect::<Vec<_>>();
    assert_eq!((daily.len(), daily.iter().filter(|bar| **bar).count()), (12, 4), "a day has its own room");
    // Weeks and months are the sums of the days, and stand at their first trading days.
    let starts = |made: &protocol::Candles| {
        made.rows.iter().map(|row| row.start.day().to_string()).collect::<Vec<_>>()
    };
    let traded = |made: &protocol::Candles| {
        made.rows.iter().filter_map(|row| row.bar).map(|bar| bar.volume).sum::<i64>()
    };
    let weeks = read(ChartInterval::Week).await;
    assert_eq!(starts(&weeks), ["2025-08-11", "2025-08-18", "2025-08-25"]);
    let months = read(ChartInterval::Month).await;
    assert_eq!(starts(&months), ["2025-08-01"]);
    for made in [&weeks, &months] {
        assert_eq!(traded(made), traded(&days));
        assert!(made.marks.is_empty() && made.rows.iter().all(|row| row.bar.is_some()));
    }
    // Of a part of a week the bar is of that part.
    let wish = CandlesWish {
        beside: "sessions".parse().unwrap(),
        range: Some(DayRange::new(day("2025-08-13"), day("2025-08-18")).unwrap()),
        ..CandlesWish::new(call.clone(), ChartInterval::Week)
    };
    let part = reader.candles(&wish).await.unwrap();
    assert_eq!(starts(&part), ["2025-08-11", "2025-08-18"]);
    assert_eq!(traded(&part), 4 * 75);
}

#[tokio::test]
async fn bars_of_any_minutes_are_made_of_what_divides_them() {
    let shelf = Shelf::new().await;
    shelf.list(EXPIRY, &[(1, ContractKind::Future, None)]).await;
    let future = key(1, EXPIRY);
    shelf.keep_of(&future, Interval::Minute5, sessions(EXPIRY, 2, Interval::Minute5)).await;
    for (interval, count) in
        [("10minute", 38), ("45minute", 9), ("75minute", 5), ("125minute", 3), ("2hour", 4), ("2minute", 0)]
    {
        let bars = shelf.bars(&future, interval.parse().unwrap()).await.bars;
        assert_eq!(bars.len(), 2 * count, "{interval}");
    }
}
