//! `expirytrack strategy` and `strategy-run`: strategies of past minutes, of one expiry or over many. Read beside
//! whoever owns the directory.

use std::path::Path;

use engine::{BrowseService, RunWish, Stops, StrategyService, StrategyWish, WishedTerms};
use export::Format;
use protocol::{OpenedStrategy, RunDocument, RunRow, StrategyDocument, StrategyPicture};

use super::candles::put;
use crate::arguments::{Global, Strategy, StrategyRun, StrategyTerms};
use crate::exit::Exit;
use crate::output::{chosen_format, print, table, tell};

pub async fn look(global: &Global, asked: &Strategy) -> anyhow::Result<Exit> {
    let format = format(global, &asked.terms)?;
    let place = global.place().await?;
    let browse = BrowseService::open_for_reading(place.clone()).await?;
    let underlying = browse.find(&asked.underlying).await?;
    let wish = StrategyWish {
        underlying,
        expiry: asked.expiry,
        plans: asked.legs.clone(),
        entry: asked.entry,
        exit: asked.exit,
        stops: stops(&asked.terms),
        interval: asked.interval,
        at: asked.at,
        terms: terms(&asked.terms),
    };
    let document = StrategyService::open_for_reading(place).await?.look(&wish).await?;
    let count =
        document.strategies.iter().filter_map(|of| of.opened.as_ref()).map(|of| of.points.len()).sum();
    let mut bytes = Vec::new();
    let Some(format) = format else {
        print(&describe(&document))?;
        return Ok(Exit::Done);
    };
    format.write_strategy(&document, &browse.origin().await?, &mut bytes)?;
    end_line(format, &mut bytes);
    write(&bytes, asked.terms.out.as_deref(), count, &document.remark)
}

pub async fn run(global: &Global, asked: &StrategyRun) -> anyhow::Result<Exit> {
    let format = format(global, &asked.terms)?;
    let place = global.place().await?;
    let browse = BrowseService::open_for_reading(place.clone()).await?;
    let underlying = browse.find(&asked.underlying).await?;
    let wish = RunWish {
        underlying,
        plan: asked.legs.clone(),
        entry: asked.entry,
        exit: asked.exit,
        stops: stops(&asked.terms),
        from: asked.from,
        to: asked.to,
        terms: terms(&asked.terms),
    };
    let service = StrategyService::open_for_reading(place).await?;
    let told = |done, of| {
        // Long runs say how far they are.
        if done % 10 == 0 && done < of {
            tell(format!("{done} of {of} expiries"));
        }
    };
    let document = service.run(&wish, told).await?;
    let mut bytes = Vec::new();
    let Some(format) = format else {
        print(&describe_run(&document))?;
        return Ok(Exit::Done);
    };
    format.write_run(&document, &browse.origin().await?, &mut bytes)?;
    end_line(format, &mut bytes);
    write(&bytes, asked.terms.out.as_deref(), document.runs.len(), &document.remark)
}

/// `None`: words for the screen.
fn format(global: &Global, asked: &StrategyTerms) -> anyhow::Result<Option<Format>> {
    Ok(chosen_format(global.json, asked.format, asked.out.as_deref())?)
}

fn end_line(format: Format, bytes: &mut Vec<u8>) {
    if format.is_json() {
        bytes.push(b'\n');
    }
}

fn write(bytes: &[u8], out: Option<&Path>, rows: usize, remark: &str) -> anyhow::Result<Exit> {
    put(bytes, out, rows)?;
    tell(remark);
    Ok(Exit::Done)
}

fn stops(of: &StrategyTerms) -> Stops {
    Stops { profit: of.profit, loss: of.loss }
}

fn terms(of: &StrategyTerms) -> WishedTerms {
    WishedTerms { rate: of.rate, brokerage: of.brokerage, charges: of.charges }
}

fn describe(of: &StrategyDocument) -> String {
    let head = format!("{} {} from {}", of.name, of.expiry, of.entry);
    let strategies = of.strategies.iter().map(describe_one).collect::<Vec<_>>().join("\n");
    format!("{head}\n\n{strategies}\n{}\n", of.remark)
}

fn describe_one(of: &StrategyPicture) -> String {
    match (&of.opened, &of.refused) {
        (Some(opened), _) => format!("{}\n{}", of.legs, describe_opened(opened)),
        (None, refused) => format!("{}\n{}\n", of.legs, refused.as_deref().unwrap_or_default()),
    }
}

fn describe_opened(of: &OpenedStrategy) -> String {
    let mut rows =
        vec![["LEG", "STRIKE", "EXPIRY", "LOT", "ENTRY", "EXIT", "PROFIT"].map(str::to_owned).to_vec()];
    for leg in &of.legs {
        rows.push(vec![
            leg.leg.clone(),
            leg.strike.map_or("-".to_owned(), |strike| strike.to_string()),
            leg.expiry.to_string(),
            leg.lot_size.to_string(),
            format!("{:.2}", leg.entry),
            money(leg.exit),
            money(leg.profit),
        ]);
    }
    let missing: u32 = of.gaps.iter().map(|gap| gap.points).sum();
    let mut facts = vec![if of.premium < 0.0 {
        ("RECEIVED", format!("{:.2}", -of.premium))
    } else {
        ("PAID", format!("{:.2}", of.premium))
    }];
    match (&of.outcome, &of.no_outcome_because) {
        (Some(outcome), _) => facts.extend([
            ("PROFIT", format!("{:.2} {}, {}", outcome.profit, outcome.reason.words(), outcome.at)),
            ("COSTS", format!("{:.2}", outcome.costs)),
            ("HIGHEST", format!("{:.2}", outcome.highest)),
            ("LOWEST", format!("{:.2}", outcome.lowest)),
            ("DRAWDOWN", format!("{:.2}", outcome.drawdown)),
        ]),
        (None, why) => facts.push(("PROFIT", why.clone().unwrap_or_default())),
    }
    match (&of.payoff, &of.no_payoff_because) {
        (Some(payoff), _) => {
            let bound = |of: Option<f64>| of.map_or("without a bound".to_owned(), |of| format!("{of:.2}"));
            let even: Vec<String> = payoff.break_even.iter().map(|price| format!("{price:.2}")).collect();
            facts.extend([
                ("BREAK EVEN", even.join(" ")),
                ("AT MOST", bound(payoff.max_profit)),
                ("AT LEAST", bound(payoff.max_loss)),
            ]);
        }
        (None, why) => facts.push(("PAYOFF", why.clone().unwrap_or_default())),
    }
    facts.push(("GAPS", format!("{missing} of {} points", of.points.len())));
    let facts: Vec<Vec<String>> = facts.into_iter().map(|(name, fact)| vec![name.to_owned(), fact]).collect();
    format!("{}{}", table(&rows), table(&facts))
}

fn describe_run(of: &RunDocument) -> String {
    let headings = ["EXPIRY", "ENTRY", "EXIT", "STRIKES", "LOT", "PREMIUM", "PROFIT", "DRAWDOWN", "ENDED"];
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    rows.extend(of.runs.iter().filter_map(run_cells));
    let not_priced = of.runs.iter().filter_map(|row| Some((row.expiry, row.not_priced_because.as_ref()?)));
    let not_priced: String =
        not_priced.map(|(expiry, why)| format!("{expiry}  not priced: {why}\n")).collect();
    let summary = &of.summary;
    let facts = [
        ("PRICED", format!("{} of {} expiries", summary.priced, summary.priced + summary.not_priced)),
        (
            "WON",
            summary
                .hit_rate
                .map_or("-".to_owned(), |rate| format!("{} ({:.0} %)", summary.won, rate * 100.0)),
        ),
        ("TOTAL", money(summary.total)),
        ("MEAN", money(summary.mean)),
        ("MEDIAN", money(summary.median)),
        ("BEST", money(summary.best)),
        ("WORST", money(summary.worst)),
    ];
    let facts = table(&facts.map(|(name, fact)| vec![name.to_owned(), fact]));
    format!("{} {}\n\n{}{not_priced}\n{facts}\n{}\n", of.name, of.legs, table(&rows), of.remark)
}

fn run_cells(row: &RunRow) -> Option<Vec<String>> {
    let run = row.priced.as_ref()?;
    let strike = |strike: &Option<f64>| strike.map_or("-".to_owned(), |strike| strike.to_string());
    let minute = |moment: &str| moment.get(..16).unwrap_or(moment).replace('T', " ");
    Some(vec![
        row.expiry.to_string(),
        minute(&run.entry),
        minute(&run.exit),
        run.strikes.iter().map(strike).collect::<Vec<_>>().join(" "),
        run.lot_size.to_string(),
        format!("{:.2}", run.premium),
        format!("{:.2}", run.profit),
        format!("{:.2}", run.drawdown),
        run.reason.words().to_owned(),
    ])
}

fn money(rupees: Option<f64>) -> String {
    rupees.map_or("-".to_owned(), |rupees| format!("{rupees:.2}"))
}
