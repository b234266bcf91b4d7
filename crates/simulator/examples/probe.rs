use market::*;
use simulator::*;
fn main() {
    let s = Simulator::new(SimulatorOptions { today: "2026-07-20".parse().unwrap(), ..Default::default() })
        .unwrap();
    let o = s.oracle();
    for u in o.underlyings() {
        let ex = o.expiries(&u.key);
        let mut w = vec![];
        let mut m = vec![];
        for e in &ex {
            let c = o.contracts(&u.key, *e, ContractKinds::Options);
            if c.is_empty() {
                continue;
            }
            if c[0].weekly == Some(true) { w.push(c.len()) } else { m.push(c.len()) }
        }
        w.sort();
        m.sort();
        println!(
            "{} expiries {} weekly med {:?} {:?}..{:?} monthly med {:?} {:?}..{:?}",
            u.symbol,
            ex.len(),
            w.get(w.len() / 2),
            w.first(),
            w.last(),
            m.get(m.len() / 2),
            m.first(),
            m.last()
        );
    }
    let n: InstrumentKey = "NSE_INDEX|Nifty 50".parse().unwrap();
    for (key, e) in [
        ("NSE_INDEX|Nifty 50", "2025-08-21"),
        ("NSE_INDEX|Nifty 50", "2025-08-28"),
        ("NSE_INDEX|Nifty 50", "2025-05-29"),
        ("BSE_INDEX|SENSEX", "2025-07-08"),
        ("NSE_INDEX|Nifty Bank", "2025-06-26"),
        ("NSE_EQ|INE002A01018", "2025-06-26"),
        ("NSE_EQ|INE009A01021", "2025-06-26"),
    ] {
        let k: InstrumentKey = key.parse().unwrap();
        let e: Day = e.parse().unwrap();
        let cs = o.contracts(&k, e, ContractKinds::Both);
        let mut tot = 0;
        let mut empty = 0;
        let mut zero = 0;
        let mut noexp = 0;
        let mut dead = vec![];
        let mut mxoi = 0;
        let t = std::time::Instant::now();
        for c in &cs {
            let r = o.candles(&c.expired_key, Interval::Minute1, e.plus_days(-100), e);
            tot += r.len();
            if r.is_empty() {
                empty += 1;
                dead.push(format!("{}{}", c.strike.unwrap(), c.kind))
            }
            zero += r.iter().filter(|x| x.volume == 0).count();
            if r.last().is_some_and(|x| x.start.day() != e) {
                noexp += 1
            };
            mxoi = mxoi.max(r.iter().map(|x| x.open_interest).max().unwrap_or(0));
        }
        let dt = t.elapsed();
        println!(
            "{key} {e}: {} contracts {} rows ({}/c) empty {} ({:.1}%) zero rows {:.1}% no expiry-day {} time {:?} {:.0} rows/s maxoi {} dead {:?}",
            cs.len(),
            tot,
            tot / cs.len(),
            empty,
            100. * empty as f64 / cs.len() as f64,
            100. * zero as f64 / tot as f64,
            noexp,
            dt,
            tot as f64 / dt.as_secs_f64(),
            mxoi,
            dead
        );
    }
    let f: ExpiredKey = "NSE_FO|64103|28-08-2025".parse().unwrap();
    let r = o.candles(&f, Interval::Day, "2025-05-01".parse().unwrap(), "2025-08-28".parse().unwrap());
    for c in &r {
        println!(
            "{} {} {} {} {} v{} oi{}",
            c.start.day(),
            c.prices.open,
            c.prices.high,
            c.prices.low,
            c.prices.close,
            c.volume,
            c.open_interest
        )
    }
    let r = o.candles(&f, Interval::Minute1, "2025-07-31".parse().unwrap(), "2025-08-04".parse().unwrap());
    for i in [370, 371, 372, 373, 374, 375, 376, 377, 749, 750, 751, 752, 753, 754, 755, 756] {
        let c = &r[i];
        println!(
            "{} {} {} {} {} v{} oi{}",
            c.start.to_ist_text(),
            c.prices.open,
            c.prices.high,
            c.prices.low,
            c.prices.close,
            c.volume,
            c.open_interest
        )
    }
    // one option ATM
    let cs = o.contracts(&n, "2025-08-21".parse().unwrap(), ContractKinds::Options);
    for (st, kind) in [
        (24600., ContractKind::Call),
        (24600., ContractKind::Put),
        (25500., ContractKind::Call),
        (23000., ContractKind::Put),
    ] {
        if let Some(c) = cs.iter().find(|c| c.strike == Strike::from_rupees(st) && c.kind == kind) {
            let r = o.candles(
                &c.expired_key,
                Interval::Minute1,
                "2025-05-31".parse().unwrap(),
                "2025-08-24".parse().unwrap(),
            );
            let mut by = std::collections::BTreeMap::new();
            for x in &r {
                let e = by.entry(x.start.day()).or_insert((0, 0i64, 0, 0, 0i64));
                e.0 += 1;
                e.1 += x.volume;
                e.2 = x.open_interest;
                e.3 = x.prices.close.0;
                if x.volume == 0 {
                    e.4 += 1
                }
            }
            println!(
                "{} {:?}",
                c.trading_symbol,
                by.iter()
                    .map(|(d, v)| format!(
                        "{} n{} v{} oi{} c{} z{}",
                        d,
                        v.0,
                        v.1,
                        v.2,
                        v.3 as f64 / 100.,
                        v.4
                    ))
                    .collect::<Vec<_>>()
            );
            for x in r.iter().skip(r.len() / 2).take(6) {
                println!(
                    "{} {} {} {} {} v{} oi{}",
                    x.start.to_ist_text(),
                    x.prices.open,
                    x.prices.high,
                    x.prices.low,
                    x.prices.close,
                    x.volume,
                    x.open_interest
                )
            }
        }
    }
    for u in o.underlyings() {
        let k = u.key;
        let d = o.underlying_minutes(&k, "2024-06-01".parse().unwrap(), "2026-07-19".parse().unwrap());
        let mx = d.iter().map(|c| c.prices.high.0).max().unwrap();
        let mn = d.iter().map(|c| c.prices.low.0).min().unwrap();
        println!("{} {} .. {} last {}", u.symbol, mn / 100, mx / 100, d.last().unwrap().prices.close);
    }
}
