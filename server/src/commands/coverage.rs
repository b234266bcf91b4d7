//! `expirytrack coverage`: all expiries with how far each is, or the contracts of one, a letter a day. Reads beside whoever
//! owns the directory.

use engine::CoverageService;
use market::{Day, Interval, UnderlyingName};
use protocol::{CoverageCalendar, CoverageMap, HistoricalDays, MAP_CONTRACTS_MAX, MapCell};

use crate::arguments::Global;
use crate::exit::Exit;
use crate::output::{print, print_json, table};

pub async fn run(
    global: &Global,
    underlying: Option<&UnderlyingName>,
    expiry: Option<Day>,
    days: HistoricalDays,
) -> anyhow::Result<Exit> {
    let coverage = CoverageService::open_for_reading(global.place().await?).await?;
    let key = match underlying {
        Some(name) => Some(coverage.find(name).await?),
        None => None,
    };
    if let (Some(key), Some(expiry)) = (&key, expiry) {
        let map = coverage.map(key, expiry, Interval::default(), days, 0, MAP_CONTRACTS_MAX).await?;
        if global.json {
            print_json(&map)?;
        } else {
            print(&of_map(&map))?;
        }
        return Ok(Exit::Done);
    }
    let calendar = coverage.calendar(key.as_ref()).await?;
    if global.json {
        print_json(&calendar)?;
    } else {
        print(&of_calendar(&calendar))?;
    }
    Ok(Exit::Done)
}

fn of_calendar(calendar: &CoverageCalendar) -> String {
    let of_row = |row: &protocol::CalendarRow| {
        let symbol = row.symbol.clone();
        let line = move |of: &protocol::CalendarExpiry| {
            vec![symbol.clone(), of.expiry.to_string(), of.outcome.words().to_owned(), of.words.clone()]
        };
        row.expiries.iter().map(line).collect::<Vec<_>>()
    };
    let lines: Vec<Vec<String>> = calendar.underlyings.iter().flat_map(of_row).collect();
    if lines.is_empty() { "nothing was collected yet\n".to_owned() } else { table(&lines) }
}

fn of_map(map: &CoverageMap) -> String {
    let span = match (map.days.first(), map.days.last()) {
        (Some(first), Some(last)) => format!("{} sessions, {first} to {last}", map.days.len()),
        _ => "no session".to_owned(),
    };
    let mut text = format!("{} {}: {} contracts, {span}\n", map.symbol, map.expiry, map.contracts);
    let rows = map.rows.iter().map(|row| vec![row.symbol.clone(), row.cells.clone()]);
    text.push_str(&table(&rows.collect::<Vec<_>>()));
    for cell in MapCell::ALL {
        if let Some(count) = map.counts.get(&cell) {
            text.push_str(&format!("{} {}: {count}\n", cell.letter(), cell.words()));
        }
    }
    let shown = map.from + map.rows.len() as u64;
    if shown < map.contracts {
        text.push_str(&format!("{} more contracts are not shown\n", map.contracts - shown));
    }
    text
}
