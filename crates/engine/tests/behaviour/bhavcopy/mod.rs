//! The exchange's daily file: what it proves is kept, saves requests and brings what is missing.

mod files;
mod replaced;
mod unasked;
mod withdrawn;

use crate::common::{Stage, day, nifty, order};
use engine::{CoverageService, Engine, EngineError, ErrorKind, RunEnd};
use market::{Contract, ContractKind, ContractKinds, Day, Interval, TradingCalendar};
use protocol::{
    AgainOrder, BhavcopyReport, CoverageMap, HistoricalDays, JobId, JobStatus, MapCell, QualityKind,
};

const EXPIRY: &str = "2025-08-21";
const HEAD: &str = "TradDt,BizDt,Sgmt,Src,FinInstrmTp,FinInstrmId,ISIN,TckrSymb,SctySrs,XpryDt,FininstrmActlXpryDt,StrkPric,OptnTp,FinInstrmNm,OpnPric,HghPric,LwPric,ClsPric,LastPric,PrvsClsgPric,UndrlygPric,SttlmPric,OpnIntrst,ChngInOpnIntrst,TtlTradgVol,TtlTrfVal,TtlNbOfTxsExctd,SsnId,NewBrdLotQty,Rmks,Rsvd1,Rsvd2,Rsvd3,Rsvd4";

/// A row as the exchange writes it, with so many units traded.
fn row(of: &Contract, on: Day, units: i64, open_interest: i64) -> String {
    let (kind, strike, side) = match of.kind {
        ContractKind::Future => ("IDF", String::new(), ""),
        ContractKind::Call => ("IDO", of.strike.unwrap().to_string(), "CE"),
        ContractKind::Put => ("IDO", of.strike.unwrap().to_string(), "PE"),
    };
    let (lots, token, lot) = (units / of.lot_size, of.expired_key.exchange_token(), of.lot_size);
    let turnover = units as f64 * (of.strike.map_or(0.0, |strike| strike.to_rupees()) + 100.0);
    let expiry = of.expiry;
    format!(
        "{on},{on},FO,NSE,{kind},{token},,NIFTY,,{expiry},{expiry},{strike},{side},X,1.00,1.00,1.00,100.00,100.00,100.00,24000.00,101.55,{open_interest},0,{lots},{turnover:.2},1,F1,{lot},,,,,"
    )
}

/// The file of a day as it would be if the exchange had seen what the broker has, but for what `units` says otherwise.
fn file(stage: &Stage, on: Day, units: impl Fn(&Contract, i64) -> i64) -> String {
    let contracts = stage.simulator.oracle().contracts(&nifty(), day(EXPIRY), ContractKinds::Both);
    let line = |of: &Contract| {
        let candles = stage.simulator.oracle().candles(&of.expired_key, Interval::Minute1, on, on);
        let volume = candles.iter().map(|candle| candle.volume).sum();
        row(of, on, units(of, volume), candles.last().map_or(0, |last| last.open_interest))
    };
    let lines: Vec<String> = contracts.iter().map(line).collect();
    format!("{HEAD}\n{}\n", lines.join("\n"))
}

fn name(on: &str) -> String {
    format!("BhavCopy_NSE_FO_0_0_0_{}_F_0000.csv", on.replace('-', ""))
}

async fn take(engine: &Engine, on: &str, text: String) -> BhavcopyReport {
    engine.bhavcopy().take(&name(on), text.into_bytes(), false).await.unwrap()
}

async fn run(engine: &Engine, job: JobId) {
    let end = engine.jobs().run(job).await.unwrap();
    let failures = engine.jobs().failures(job, 3).await.unwrap();
    assert_eq!(end, RunEnd::Ended(JobStatus::Completed), "{failures:?}");
}

async fn collected() -> (Stage, Engine) {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    run(&engine, engine.jobs().create(&order(&[EXPIRY], ContractKinds::Both)).await.unwrap()).await;
    (stage, engine)
}

async fn map(engine: &Engine) -> CoverageMap {
    let (minutes, days) = (Interval::Minute1, HistoricalDays::default());
    engine.coverage().map(&nifty(), day(EXPIRY), minutes, days, 0, 400).await.unwrap()
}

/// The letter of a contract's day.
fn letter(map: &CoverageMap, symbol: &str, on: &str) -> char {
    let at = map.days.iter().position(|known| *known == day(on)).unwrap();
    let row = map.rows.iter().find(|row| row.symbol == symbol).unwrap();
    row.cells.chars().nth(at).unwrap()
}

async fn assert_sound(stage: &Stage) {
    let service = CoverageService::open_for_reading(stage.data.path()).await.unwrap();
    let report = service.verify(None, |_, _| {}).await.unwrap();
    assert!(report.is_sound(), "{report:#?}");
}

/// Takes a day of a contract out of the database, as if the broker had left it out of its answer.
fn leave_out(stage: &Stage, symbol: &str, on: &str) {
    let series = format!(
        "(SELECT s.id FROM series s JOIN contract c ON c.id = s.contract_id
          WHERE c.trading_symbol = '{symbol}' AND s.interval = '1minute')"
    );
    let (from, to) = (day(on).start().0, day(on).next().start().0);
    stage.change(&format!(
        "UPDATE fetch_audit SET rows = 0;
         DELETE FROM candle WHERE series_id = {series} AND ts >= {from} AND ts < {to};
         DELETE FROM series_day WHERE series_id = {series} AND day = '{on}';
         UPDATE series SET candles = (SELECT sum(candles) FROM series_day WHERE series_id = series.id)
         WHERE id = {series};"
    ));
}

/// A call that trades a lot, and a contract's symbol.
fn busy_call(stage: &Stage) -> Contract {
    let calls = stage.simulator.oracle().contracts(&nifty(), day(EXPIRY), ContractKinds::Options);
    let candles = |of: &&Contract| {
        let (key, expiry) = (&of.expired_key, day(EXPIRY));
        stage.simulator.oracle().candles(key, Interval::Minute1, expiry.plus_days(-9), expiry).len()
    };
    calls.iter().filter(|of| of.kind == ContractKind::Call).max_by_key(candles).unwrap().clone()
}

/// A contract, and a session on which it does not trade.
fn quiet_day(stage: &Stage) -> (Contract, Day) {
    let oracle = stage.simulator.oracle();
    let contracts = oracle.contracts(&nifty(), day(EXPIRY), ContractKinds::Options);
    let sessions = (0..60).map(|back| day(EXPIRY).plus_days(-back));
    let sessions = sessions.filter(|on| TradingCalendar::bundled().day(*on).is_open());
    let days = sessions.flat_map(|on| contracts.iter().map(move |of| (of, on)));
    let is_quiet =
        |(of, on): &(&Contract, Day)| oracle.candles(&of.expired_key, Interval::Minute1, *on, *on).is_empty();
    let (quiet, on) = { days }.find(is_quiet).unwrap();
    (quiet.clone(), on)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proven_hole_is_asked_for_again_and_disappears() {
    let (stage, engine) = collected().await;
    let (call, on) = (busy_call(&stage), "2025-08-19");
    leave_out(&stage, &call.trading_symbol, on);
    assert_eq!(letter(&map(&engine).await, &call.trading_symbol, on), 'e', "believed to be empty");

    let report = take(&engine, on, file(&stage, day(on), |_, volume| volume)).await;
    assert_eq!((report.proven_holes, report.unmatched, report.unknown_contracts), (1, 0, 0), "{report:#?}");
    assert_eq!(
        (report.matched, report.hole_examples.as_slice()),
        (report.rows, &[call.trading_symbol.clone()][..])
    );
    assert_eq!(
        (report.volume.differ, report.volume.stored),
        (0, report.volume.exchange),
        "in the same units"
    );
    assert!(report.volume.same > 0 && report.open_interest.differ == 0);
    assert_eq!(letter(&map(&engine).await, &call.trading_symbol, on), 'h');
    let calendar = engine.coverage().calendar(None).await.unwrap();
    let of_expiry = |calendar: &protocol::CoverageCalendar| {
        let expiries = &calendar.underlyings[0].expiries;
        expiries.iter().find(|of| of.expiry == day(EXPIRY)).unwrap().clone()
    };
    assert_eq!((of_expiry(&calendar).holes, of_expiry(&calendar).outcome.as_str()), (1, "proven_hole"));
    let quality = engine.coverage().quality(&nifty(), Default::default()).await.unwrap();
    assert_eq!(
        (quality.count(QualityKind::ProvenHole), quality.proofs.days),
        (1, 1),
        "{:?}",
        quality.remarks
    );
    assert_sound(&stage).await;

    let before = stage.candle_requests();
    run(&engine, report.job.unwrap()).await;
    assert_eq!(stage.candle_requests() - before, 1, "that day, and no other");
    assert_eq!(letter(&map(&engine).await, &call.trading_symbol, on), 'c');
    assert_eq!(of_expiry(&engine.coverage().calendar(None).await.unwrap()).outcome.as_str(), "complete");
    stage.assert_equals_broker(&nifty(), day(EXPIRY), ContractKinds::Both);

    // The same file once more: nothing is a hole any more.
    let again = take(&engine, on, file(&stage, day(on), |_, volume| volume)).await;
    assert_eq!((again.proven_holes, again.job, again.replaced), (0, None, true));
    assert_eq!(engine.bhavcopy().list().await.unwrap().files.len(), 1);
    assert_sound(&stage).await;
    engine.close().await.unwrap();
}

/// A hole that the broker cannot fill is asked for as often as any empty answer, and then stays a hole in words.
#[tokio::test(flavor = "multi_thread")]
async fn a_hole_of_what_lies_in_the_lake_is_told_and_nothing_is_opened_for_it() {
    let (stage, engine) = collected().await;
    let (call, on) = (busy_call(&stage), "2025-08-19");
    leave_out(&stage, &call.trading_symbol, on);
    stage.change(&format!(
        "INSERT INTO archived_expiry (expiry_id, place, path, bytes, sha256, at, candles)
         SELECT id, '/lake', 'candles/part-0.parquet', 1, zeroblob(32), 0, 1 FROM expiry WHERE date = '{EXPIRY}'"
    ));
    let answered = || stage.sql::<i64>("SELECT count(*) FROM fetched_range WHERE provisional = 0");
    let before = answered();
    let report = take(&engine, on, file(&stage, day(on), |_, volume| volume)).await;
    assert_eq!((report.proven_holes, report.holes_in_the_lake, report.job), (0, 1, None), "{report:#?}");
    let told = "1 contract traded there, without a minute here, of expiries that lie in the lake";
    assert!(report.sentences.iter().any(|said| said.starts_with(told)), "{report:#?}");
    assert_eq!(answered(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_that_stays_is_not_asked_for_for_ever() {
    let (stage, engine) = collected().await;
    let (quiet, on) = quiet_day(&stage);
    let on = &on.to_string();
    let text =
        file(&stage, day(on), |of, volume| if of.expired_key == quiet.expired_key { 750 } else { volume });
    let report = take(&engine, on, text).await;
    assert_eq!(report.proven_holes, 1);
    let before = stage.candle_requests();
    let job = report.job.unwrap();
    let end = engine.jobs().run(job).await.unwrap();
    assert_eq!(end, RunEnd::Ended(JobStatus::CompletedWithFailures), "the hole is there as before");
    let asked = stage.candle_requests() - before;
    assert!((2..=4).contains(&asked), "{asked}");
    let words = "ended with 1 proven hole that Upstox does not fill";
    let message = engine.jobs().picture(job).await.unwrap().message.unwrap();
    assert!(message.contains(words), "{message}");
    let notices = engine.notices().list(None).await.unwrap();
    assert!(format!("{notices:?}").contains(words), "{notices:?}");
    assert_eq!(letter(&map(&engine).await, &quiet.trading_symbol, on), 'h');
    let before = stage.candle_requests();
    run(&engine, engine.jobs().create(&order(&[EXPIRY], ContractKinds::Both)).await.unwrap()).await;
    assert_eq!(stage.candle_requests(), before, "nothing is open any more");
    assert_sound(&stage).await;
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_proven_empty_costs_no_request_and_that_is_told() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let (listed, _) = engine.expired().contracts(&nifty(), day(EXPIRY), ContractKinds::Both).await.unwrap();
    let options = listed.iter().filter(|contract| contract.kind.is_option()).count() as u64;
    // Thursday and the day before: all that an order of one day asks for.
    let untraded = |of: &Contract, volume: i64| if of.kind.is_option() { 0 } else { volume };
    for on in [EXPIRY, "2025-08-20"] {
        let report = take(&engine, on, file(&stage, day(on), untraded)).await;
        assert_eq!((report.proven_empties, report.requests_saved), (options, options));
        assert_eq!(report.proven_holes, 0, "what was never asked for is no hole");
        let told = report.sentences.join(" ");
        assert!(told.contains(&format!("never asked for again; {options} requests saved")), "{told}");
    }
    let mut order = order(&[EXPIRY], ContractKinds::Options);
    order.days = 1.try_into().unwrap();
    let estimate = engine.jobs().estimate(&order).await.unwrap();
    let job = engine.jobs().create(&order).await.unwrap();
    run(&engine, job).await;
    assert_eq!(stage.candle_requests(), 0, "no request is sent");
    assert!(estimate.requests_high <= 2, "only the underlying's own months: {estimate:?}");
    let log = engine.jobs().events(job, 0).await.unwrap();
    let saved = format!("nothing was traded: {options} requests saved");
    assert!(log.iter().any(|event| event.message.contains(&saved)), "{log:#?}");
    let span = protocol::Span { days: order.days, ..Default::default() };
    let rows = engine.expired().known_expiries_over(&nifty(), span).await.unwrap();
    let row = rows.into_iter().find(|row| row.date == day(EXPIRY)).unwrap();
    assert!(row.is_complete_for(ContractKinds::Options), "{row:?}");
    let shown = map(&engine).await;
    assert_eq!(shown.counts.get(&MapCell::ProvenEmpty), Some(&(2 * options)));
    assert_sound(&stage).await;

    // Asking again for such a day is refused in a sentence.
    let option = listed.iter().find(|contract| contract.kind.is_option()).unwrap();
    let again = AgainOrder { expired_key: option.expired_key.clone(), day: day(EXPIRY) };
    let cost = engine.jobs().again_cost(&again).await.unwrap();
    assert!(cost.refused.unwrap().contains("proves that nothing was traded"));
    assert!(matches!(engine.jobs().ask_again(&again).await, Err(EngineError::NothingToCollect(_))));
    engine.close().await.unwrap();
}

/// A weekend between two proven days is no gap, and proven days within a gap make no two requests of one.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_speaks_for_the_closed_days_before_it() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    engine.expired().contracts(&nifty(), day(EXPIRY), ContractKinds::Both).await.unwrap();
    // 15 August was a holiday and a Friday.
    for on in ["2025-08-14", "2025-08-18", "2025-08-19", "2025-08-20", EXPIRY] {
        take(&engine, on, file(&stage, day(on), |_, _| 0)).await;
    }
    let mut order = order(&[EXPIRY], ContractKinds::Both);
    order.days = 7.try_into().unwrap();
    run(&engine, engine.jobs().create(&order).await.unwrap()).await;
    assert_eq!(stage.candle_requests(), 0);
    // Of a day more each contract is asked once.
    order.days = 8.try_into().unwrap();
    run(&engine, engine.jobs().create(&order).await.unwrap()).await;
    let ranges = "SELECT count(*) FROM fetch_audit WHERE endpoint = 'expired_candles' AND (from_day, to_day) <> ('2025-08-13', '2025-08-13')";
    assert_eq!(stage.sql::<i64>(ranges), 0);
    assert_sound(&stage).await;
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_that_differ_are_shown_and_never_changed() {
    let (stage, engine) = collected().await;
    let (call, on) = (busy_call(&stage), "2025-08-19");
    let candles = stage.sql::<i64>("SELECT count(*) FROM candle");
    let more =
        |of: &Contract, volume: i64| volume + if of.expired_key == call.expired_key { 7_500 } else { 0 };
    let report = take(&engine, on, file(&stage, day(on), more)).await;
    assert_eq!((report.volume.differ, report.differing.len()), (1, 1));
    assert_eq!(report.differing[0].exchange_volume - report.differing[0].stored_volume, 7_500);
    assert_eq!(report.volume.exchange - report.volume.stored, 7_500);
    assert_eq!(stage.sql::<i64>("SELECT count(*) FROM candle"), candles);
    assert_eq!(letter(&map(&engine).await, &call.trading_symbol, on), 'p', "the exchange counts more");
    let shown = engine.coverage().day(&call.expired_key, day(on), Interval::Minute1).await.unwrap();
    assert_eq!(f64::from(shown.exchange.unwrap().settlement_price), 101.55, "kept");
    assert!(shown.sentences.iter().any(|said| said.contains("7500 units more")), "{:?}", shown.sentences);
    assert_eq!(shown.minutes.len(), 375);
    let settlement = "SELECT min(settlement_price) FROM exchange_days";
    assert_eq!(stage.sql::<f64>(settlement), 101.55);

    // What a person removes goes with what was proved of it.
    let order = protocol::PruneOrder {
        underlying: nifty(),
        expiries: protocol::PruneChoice::Dates(vec![day(EXPIRY)]),
        own_candles: false,
    };
    let preview = engine.storage().prune_preview(&order).await.unwrap();
    engine.storage().prune(&order, &preview.token).await.unwrap();
    crate::common::until(async || engine.storage().work().await.unwrap().under_way.is_none()).await;
    assert_eq!(stage.sql::<i64>("SELECT count(*) FROM proved_day"), 0);
    assert_sound(&stage).await;
    engine.close().await.unwrap();
}

/// A day on which nothing could be traded has no file: one that says that it is of such a day is of another.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_a_day_without_a_session_is_refused_unless_somebody_says_that_one_was_held() {
    let (stage, engine) = collected().await;
    let jobs = engine.jobs().list().await.unwrap().len();
    let given = async |on: &str, special_session: bool| {
        let text = file(&stage, day(on), |_, _| 750);
        engine.bhavcopy().take(&name(on), text.into_bytes(), special_session).await
    };
    let refused = async |on: &str, words: &str| {
        let error = given(on, false).await.expect_err(on);
        let sentence = error.to_string();
        assert!(sentence.contains(words) && sentence.contains("--special-session"), "{on}: {sentence}");
        assert_eq!(error.kind(), ErrorKind::Refused, "{on}");
        let kept = "SELECT count(*) FROM bhavcopy WHERE day = ";
        assert_eq!(stage.sql::<i64>(&format!("{kept}'{on}'")), 0, "{on}");
    };
    // A holiday, a Saturday and a Sunday.
    refused("2025-08-15", "the market was closed on 15 Aug 2025 (").await;
    refused("2025-08-16", "the market was closed on 16 Aug 2025:").await;
    refused("2025-08-17", "the market was closed on 17 Aug 2025:").await;
    assert_eq!(engine.jobs().list().await.unwrap().len(), jobs);
    // Muhurat trading, and a Saturday of a budget.
    for on in ["2024-11-01", "2025-02-01"] {
        given(on, false).await.unwrap_or_else(|error| panic!("{on}: {error}"));
    }
    // Where no circular says it the underlying's own minutes do; where neither does it may be.
    given("2023-12-26", false).await.unwrap();
    stage.change(
        "INSERT INTO fetched_range (series_id, from_day, to_day, outcome, provisional, empties, request_id)
         SELECT id, '2023-12-01', '2023-12-31', 'rows', 0, 0, (SELECT min(id) FROM fetch_audit) FROM series
         WHERE underlying_id IS NOT NULL AND interval = '1minute'",
    );
    refused("2023-12-27", "no underlying has a minute of 27 Dec 2023").await;
    // A session that no circular knows, by its minutes, and one that is known to a person.
    stage.change(
        "UPDATE series_day SET day = '2025-08-16' WHERE day = '2025-08-14' AND series_id IN (
             SELECT id FROM series WHERE underlying_id IS NOT NULL AND interval = '1minute')",
    );
    given("2025-08-16", false).await.unwrap();
    let said = given("2025-08-17", true).await.unwrap();
    assert!(
        said.notes.iter().any(|note| note.contains("Of a special session, as was said")),
        "{:?}",
        said.notes
    );
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_matched_by_name_and_twins_by_their_token() {
    let (stage, engine) = collected().await;
    let (call, on) = (busy_call(&stage), "2025-08-19");
    let token = call.expired_key.exchange_token().to_owned();
    stage.change(&format!(
        "INSERT INTO contract (expiry_id, kind, strike, segment, exchange_token, key_date, trading_symbol, lot_size, tick_size, raw, created_at)
         SELECT expiry_id, kind, strike, segment, '999999', key_date, 'TWIN', lot_size, tick_size, raw, created_at
         FROM contract WHERE exchange_token = '{token}' AND key_date = '{EXPIRY}'"
    ));
    let own = row(&call, day(on), 7_500, 0);
    let lines = [
        own.clone(),
        // Another token of the same name: neither twin has it.
        own.replace(&format!("IDO,{token}"), "IDO,888888"),
        // The token is known, the strike is another: an adjusted contract.
        own.replace(&format!(",{},CE", call.strike.unwrap()), ",12345.5,CE"),
        own.replace(&format!("IDO,{token}"), "IDO,777777")
            .replace(&format!(",{},CE", call.strike.unwrap()), ",99950,CE"),
        own.replace(",NIFTY,", ",UNKNOWN,"),
    ];
    let report = take(&engine, on, format!("{HEAD}\n{}\n", lines.join("\n"))).await;
    assert_eq!((report.matched, report.unmatched), (1, 2), "{report:#?}");
    assert_eq!((report.unknown_contracts, report.unknown_underlyings), (1, 1));
    assert!(report.unmatched_examples[1].contains("another strike"), "{:?}", report.unmatched_examples);
    engine.close().await.unwrap();
}
