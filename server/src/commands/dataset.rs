//! `expirytrack dataset`: a training set of stored minutes. Reads beside whoever owns the directory.

use engine::{BrowseService, DatasetService, DatasetWish};
use protocol::{DatasetDocument, DatasetPart};

use crate::arguments::{Dataset, Global};
use crate::exit::Exit;
use crate::output::{print, print_json, sized, table};

pub async fn run(global: &Global, asked: &Dataset) -> anyhow::Result<Exit> {
    let place = global.place().await?;
    let underlying = BrowseService::open_for_reading(place.clone()).await?.find(&asked.underlying).await?;
    let Dataset { from, to, farther, ref slots, label, split, rate, ref out, .. } = *asked;
    let wish = DatasetWish { underlying, from, to, farther, slots: slots.clone(), label, split, rate };
    let document = DatasetService::open_for_reading(place).await?.write(&wish, out).await?;
    if global.json {
        print_json(&document)?;
    } else {
        print(&describe(&document))?;
    }
    Ok(Exit::Done)
}

fn describe(of: &DatasetDocument) -> String {
    let headings = ["FILE", "DAYS", "FROM", "TO", "ROWS", "SIZE", "SHA-256"].map(str::to_owned).to_vec();
    let line = |part: &DatasetPart| {
        let DatasetPart { file, first, last, days, rows, bytes, sha256 } = part;
        let size = sized(*bytes);
        vec![
            file.clone(),
            days.to_string(),
            first.to_string(),
            last.to_string(),
            rows.to_string(),
            size,
            sha256.clone(),
        ]
    };
    let rules: String = of.rules.iter().map(|rule| format!("- {rule}\n")).collect();
    format!("{}\n{rules}", table(&[headings, line(&of.train), line(&of.test)]))
}
