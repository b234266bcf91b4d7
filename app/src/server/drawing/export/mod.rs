//! The page of exports: the form as its address says, what an order of it comes to, and the list. Nothing of an order is
//! decided here; what cannot be is the engine's refusal.

mod form;
mod order;

use engine::{Engine, ErrorKind};
use export::Preset;
use market::{EpochSeconds, UnderlyingName};
use protocol::{ExportEstimate, ExportPicture, ExportStatus, encoded};

pub(crate) use self::order::order;
use self::order::{command, title};
use crate::drawn::export::{ExportDrawn, ExportLine, Texts};
use crate::format;
use crate::rpc::{Answer, ProblemKind};

fn said<'t>(wish: &'t Texts, name: &str) -> &'t str {
    wish.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
}

pub(crate) async fn page(engine: &Engine, wish: &Texts) -> Answer<ExportDrawn> {
    let exports = lines(engine).await?;
    let stored = engine.market_data().collected_underlyings().await?;
    let stored: Vec<_> = stored.into_iter().filter(|of| of.candles > 0).collect();
    let Some(first) = stored.first() else {
        return Ok(ExportDrawn { is_empty: exports.is_empty(), exports, ..ExportDrawn::default() });
    };
    let underlyings: Vec<(String, String)> =
        stored.iter().map(|of| (of.underlying.key.to_string(), of.underlying.name.clone())).collect();
    let underlying = match said(wish, "underlying") {
        "" => first.underlying.key.to_string(),
        asked => key_of(engine, asked).await,
    };
    let needs_one = said(wish, "contract").is_empty();
    let with_underlying = with(wish, &underlying, needs_one);
    let mut drawn = ExportDrawn {
        underlying: if needs_one { underlying.clone() } else { String::new() },
        groups: form::groups(engine, &with_underlying, underlyings, &underlying).await,
        snippet: snippet(wish),
        exports,
        ..ExportDrawn::default()
    };
    match order(engine, &with_underlying).await {
        Err(refused) => {
            drawn.is_missing = refused.kind == ProblemKind::NotFound;
            (drawn.comes_to, drawn.is_refused) = (refused.sentence, true);
        }
        Ok(order) => {
            drawn.of = title(engine, &order).await?;
            drawn.command = command(&order);
            match engine.exports().estimate(order).await {
                Ok(estimate) => {
                    drawn.comes_to = estimate_words(&estimate);
                    drawn.left_out = estimate
                        .left_out
                        .iter()
                        .map(|of| {
                            let contracts = match of.contracts {
                                // An expiry or an underlying.
                                0 => String::new(),
                                contracts => {
                                    format!("{}: ", format::counted(contracts, "contract", "contracts"))
                                }
                            };
                            format!("{contracts}{} ({})", of.why, of.examples.join(", "))
                        })
                        .collect();
                }
                Err(error) => {
                    drawn.comes_to = format::sentence(&error.chain());
                    drawn.is_refused = true;
                    drawn.is_missing = error.kind() == ErrorKind::NotFound;
                }
            }
        }
    }
    Ok(drawn)
}

/// The key of a name of the address, as the list of underlyings has it. A name of nobody stays as it is: the order is
/// refused with the reason.
async fn key_of(engine: &Engine, asked: &str) -> String {
    let Ok(name) = asked.parse::<UnderlyingName>() else { return asked.to_owned() };
    engine.browse().find(&name).await.map_or_else(|_| asked.to_owned(), |key| key.to_string())
}

/// With the underlying that is shown.
fn with(wish: &Texts, underlying: &str, needs_one: bool) -> Texts {
    let mut wish = wish.clone();
    if needs_one {
        wish.retain(|(name, _)| name != "underlying");
        wish.push(("underlying".to_owned(), underlying.to_owned()));
    }
    wish
}

fn snippet(wish: &Texts) -> Option<(String, String)> {
    let (place, text) = said(wish, "preset").parse::<Preset>().ok()?.facts().snippet;
    Some((place.to_owned(), text.to_owned()))
}

fn estimate_words(of: &ExportEstimate) -> String {
    let of_contracts = match of.contracts {
        0 => String::new(),
        contracts => format!(" of {}", format::counted(contracts, "contract", "contracts")),
    };
    format!(
        "About {} rows{of_contracts} in {}, about {}.",
        format::grouped(of.rows),
        format::counted(of.files, "file", "files"),
        format::bytes(of.bytes)
    )
}

pub(crate) async fn lines(engine: &Engine) -> Answer<Vec<ExportLine>> {
    let mut lines = Vec::new();
    for of in engine.exports().list().await?.exports {
        let title = title(engine, &of.order).await?;
        lines.push(line(&of, &title));
    }
    Ok(lines)
}

fn line(of: &ExportPicture, title: &str) -> ExportLine {
    let rows = || format!("{} rows", format::grouped(of.rows));
    let state = match of.status {
        ExportStatus::Queued => "Waits for the exports before it".to_owned(),
        ExportStatus::Running => {
            let left = of.seconds_left.map(|left| format!(" · about {} left", format::duration(left)));
            format!(
                "{} of about {} rows{}",
                format::grouped(of.rows),
                format::grouped(of.rows_expected),
                left.unwrap_or_default()
            )
        }
        ExportStatus::Done => {
            let files = format::counted(of.files.len() as u64, "file", "files");
            format!("Done · {} in {files} · {}", rows(), format::bytes(of.bytes))
        }
        ExportStatus::Failed => format::sentence(of.problem.as_deref().unwrap_or("it failed")),
        ExportStatus::Cancelled => format!("Cancelled · {} in files that are whole", rows()),
    };
    let address = |name: &str| format!("/api/v1/exports/{}/files/{}", of.id, encoded(name));
    let mut files: Vec<[String; 4]> = of
        .files
        .iter()
        .map(|file| {
            let holds = format!("{} rows · {}", format::grouped(file.rows), format::bytes(file.bytes));
            [file.name.clone(), address(&file.name), holds, file.sha256.clone()]
        })
        .collect();
    files.extend(of.beside.iter().map(|name| {
        let holds =
            if name == "manifest.json" { "what the files hold" } else { "what the program reads them by" };
        [name.clone(), address(name), holds.to_owned(), String::new()]
    }));
    let share = of.rows as f64 / of.rows_expected.max(1) as f64 * 100.0;
    ExportLine {
        id: of.id,
        title: format!("{title} · {}", format::moment(EpochSeconds(of.created_at))),
        state,
        done: (of.status == ExportStatus::Running).then(|| share.min(100.0)),
        has_failed: of.status == ExportStatus::Failed,
        has_ended: of.status.has_ended(),
        files,
    }
}
