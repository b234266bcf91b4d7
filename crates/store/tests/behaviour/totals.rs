//! Totals are what their rows add up to, whatever happens in whatever order: answers of all outcomes, revisions, prices
//! finer than a paisa, confirmed empties, contracts that come later, that come again and that move to another expiry,
//! what was settled wrongly and is opened, what is pruned and comes again.
//!
//! A seed that fails is printed; `EXPIRYTRACK_SEED=N` runs it alone.

use crate::common::{audit, keep_contracts, keep_expiries};
use market::{
    Candle, Contract, ContractKind, Day, DayRange, EpochSeconds, Interval, Price, Prices, Reach, Strike,
    Underlying, UnderlyingKind,
};
use protocol::TradedPrices;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use store::{
    AnsweredRange, ContractId, ExpiryId, NewAnswer, NewContract, Outcome, Prunable, PruneStep, Quarantined,
    SourceKind, Store, UnderlyingId,
};
use tempfile::TempDir;

const SEEDS: u64 = 12;
const STEPS: u32 = 60;
const INTERVALS: [Interval; 2] = [Interval::Minute1, Interval::Minute5];
const EXPIRIES: [&str; 3] = ["2025-08-14", "2025-08-21", "2025-08-28"];

struct Stage {
    store: Store,
    _data: TempDir,
    underlying: UnderlyingId,
    random: SmallRng,
    at: EpochSeconds,
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

impl Stage {
    async fn new(seed: u64) -> Self {
        let data = TempDir::new().unwrap();
        let store = Store::open(data.path(), SourceKind::Other).await.unwrap();
        let at = day("2025-09-10").at_minute(600);
        let nifty = Underlying {
            key: "NSE_INDEX|Nifty 50".parse().unwrap(),
            symbol: "NIFTY".to_owned(),
            name: "Nifty 50".to_owned(),
            kind: UnderlyingKind::Index,
        };
        store.put_underlyings(std::slice::from_ref(&nifty), at).await.unwrap();
        let (underlying, _) = store.underlying(&nifty.key).await.unwrap().unwrap();
        keep_expiries(&store, underlying, &EXPIRIES.map(day), at).await;
        Self { store, _data: data, underlying, random: SmallRng::seed_from_u64(seed), at }
    }

    fn contract(&mut self) -> NewContract {
        let kind =
            [ContractKind::Call, ContractKind::Put, ContractKind::Future][self.random.random_range(0..3)];
        let token = self.random.random_range(1..12);
        let expiry = day(EXPIRIES[self.random.random_range(0..EXPIRIES.len())]);
        let strike = (kind != ContractKind::Future).then(|| Strike::from_rupees(24_000.0).unwrap());
        let contract = Contract {
            expired_key: format!("NSE_FO|{token}|{}", expiry.to_key_text()).parse().unwrap(),
            underlying_key: "NSE_INDEX|Nifty 50".parse().unwrap(),
            expiry,
            kind,
            strike,
            trading_symbol: format!("NIFTY {token} {kind}"),
            lot_size: 75,
            tick_size: 5,
            weekly: Some(true),
        };
        NewContract { contract, raw: "{}".to_owned() }
    }

    async fn expiry(&mut self) -> (ExpiryId, Day) {
        let expiries = self.store.expiries(self.underlying).await.unwrap();
        let expiry = &expiries[self.random.random_range(0..expiries.len())];
        (expiry.id, expiry.date)
    }

    /// Some stand in the list of another expiry than their key names, and move when they are listed rightly.
    async fn list(&mut self) {
        let (expiry, date) = self.expiry().await;
        let contracts: Vec<_> = (0..self.random.random_range(1..6)).map(|_| self.contract()).collect();
        keep_contracts(&self.store, expiry, date, &contracts, self.at).await;
    }

    async fn known(&mut self) -> Option<(ContractId, Day)> {
        let (expiry, date) = self.expiry().await;
        let contracts = self.store.contracts(expiry, market::ContractKinds::Both).await.unwrap();
        let at = self.random.random_range(0..contracts.len().max(1));
        contracts.get(at).map(|stored| (stored.id, date))
    }

    fn range(&mut self, expiry: Day) -> DayRange {
        let to = self.random.random_range(0..12);
        let length = self.random.random_range(0..20);
        // Often up to the expiry itself.
        let to = expiry.plus_days(-(if to < 6 { 0 } else { to - 6 }));
        DayRange::new(to.plus_days(-length), to).unwrap()
    }

    /// Some of the first minutes of a day; some without a trade. What comes again may come otherwise.
    fn rows(&mut self, day: Day) -> Vec<Candle> {
        // A finer price than a paisa comes now and then, and rescales its series.
        const STEPS: [i64; 3] = [1, Price::PER_PAISA / 100, Price::PER_PAISA];
        let step = STEPS[self.random.random_range(0..12_usize).min(2)];
        let first = self.random.random_range(555..558);
        let minutes = first..first + self.random.random_range(1..4);
        let mut price = || Price(10 * Price::PER_RUPEE + step * self.random.random_range(0..900));
        let prices = |mut four: [Price; 4]| {
            four.sort();
            let [low, open, close, high] = four;
            Prices { open, high, low, close }
        };
        let rows: Vec<_> =
            minutes.map(|minute| (minute, prices([price(), price(), price(), price()]))).collect();
        let candle = |(minute, prices)| Candle {
            start: day.at_minute(minute),
            prices,
            volume: if self.random.random_bool(0.3) { 0 } else { 75 },
            open_interest: 75,
        };
        rows.into_iter().map(candle).collect()
    }

    async fn answer(&mut self) {
        let Some((contract, expiry)) = self.known().await else { return };
        let range = self.range(expiry);
        let outcome =
            [Outcome::Rows, Outcome::Empty, Outcome::EmptyUnconfirmed][self.random.random_range(0..3)];
        let provisional = self.random.random_bool(0.2);
        let mut candles = Vec::new();
        let mut quarantined = Vec::new();
        if outcome == Outcome::Rows {
            let days: Vec<Day> = range.days().collect();
            let count = self.random.random_range(1..4_usize).min(days.len());
            candles.extend(days[..count].iter().flat_map(|day| self.rows(*day)));
        } else if self.random.random_bool(0.3) {
            // An empty answer that was none.
            quarantined.push(Quarantined {
                raw: "[]".to_owned(),
                reason: "short".to_owned(),
                ..Quarantined::default()
            });
        }
        let interval = INTERVALS[self.random.random_range(0..2)];
        let audit = store::AuditEntry { interval: Some(interval), ..audit("historical-candle", self.at) };
        let ranges = match self.random.random_bool(0.9) {
            true => vec![AnsweredRange { range, outcome, provisional }],
            false => Vec::new(),
        };
        let owner = contract.into();
        let events = Vec::new();
        let answer = NewAnswer { owner, interval, audit, ranges, candles, quarantined, events };
        self.store.commit_answer(answer).await.unwrap();
        if self.random.random_bool(0.3) {
            self.store.confirm_empty(owner, interval, range).await.unwrap();
        }
    }

    /// What is told of a contract's prices is what its candles say, and so does each day's row.
    async fn assert_prices(&self, when: &str) {
        for expiry in self.store.expiries(self.underlying).await.unwrap() {
            for interval in INTERVALS {
                for stats in self.store.contract_stats(expiry.id, interval).await.unwrap() {
                    let Some(series) = stats.series else { continue };
                    let (from, to) = (EpochSeconds(i64::MIN), EpochSeconds(i64::MAX));
                    let candles = self.store.candles(series, from, to).await.unwrap();
                    let trades: Vec<_> = candles.iter().filter(|candle| candle.volume > 0).collect();
                    let traded = trades.last().map(|last| TradedPrices {
                        last: last.prices.close,
                        high: trades.iter().map(|trade| trade.prices.high).max().unwrap(),
                        low: trades.iter().map(|trade| trade.prices.low).min().unwrap(),
                    });
                    let symbol = &stats.stored.contract.trading_symbol;
                    assert_eq!(stats.traded, traded, "{when}: {symbol} at {interval}");
                    let noted = self.store.noted_days(series).await.unwrap();
                    let counted = self.store.counted_days(series, true).await.unwrap();
                    let counted: Vec<_> = counted.iter().map(|day| (day.day, day.figures)).collect();
                    assert_eq!(noted, counted, "{when}: {symbol} at {interval}");
                }
            }
        }
    }

    /// An expiry, which a contract may join or leave later.
    async fn prune(&mut self) {
        let (expiry, _) = self.expiry().await;
        let of = Prunable::Expiry(expiry);
        let before = self.store.prunable(of).await.unwrap();
        while let PruneStep::Removed { .. } = self.store.prune_step(of, self.at).await.unwrap() {}
        let after = self.store.prunable(of).await.unwrap();
        assert_eq!((after.contracts, after.candles, after.days.len()), (0, 0, 0), "{before:?}");
        for contract in self.store.answered_of_expiry(expiry, Interval::Minute1).await.unwrap() {
            assert!(matches!(contract.reach(), Reach::Pruned | Reach::Unasked), "{contract:?}");
        }
    }

    async fn step(&mut self) {
        match self.random.random_range(0..10) {
            0..2 => self.list().await,
            2 => drop(self.store.reopen_wrongly_settled(None).await.unwrap()),
            3 => self.prune().await,
            _ => self.answer().await,
        }
    }
}

#[tokio::test]
async fn totals_are_what_their_rows_add_up_to() {
    let only = std::env::var("EXPIRYTRACK_SEED").ok().map(|seed| seed.parse().unwrap());
    for seed in only.map_or(0..SEEDS, |seed: u64| seed..seed + 1) {
        let mut stage = Stage::new(seed).await;
        for step in 0..STEPS {
            stage.step().await;
            let wrong = stage.store.wrong_totals().await.unwrap();
            assert!(wrong.is_empty(), "seed {seed}, after step {step}: {wrong:#?}");
            stage.assert_prices(&format!("seed {seed}, after step {step}")).await;
        }
        let figures = stage.store.figures().await.unwrap();
        let stored = stage.store.stored_underlyings().await.unwrap();
        let of_expiries = stage.store.expiry_stats(stage.underlying, Interval::Minute1).await.unwrap();
        assert!(figures.candles > 0 && figures.contracts > 0, "seed {seed}: nothing happened");
        assert_eq!(stored[0].candles, figures.candles, "seed {seed}");
        assert_eq!(
            of_expiries.iter().map(|expiry| expiry.candles).sum::<u64>(),
            figures.candles,
            "seed {seed}"
        );
    }
}
