//! `expirytrack find`: what is known here by what people type. Reads beside whoever owns the directory.

use engine::FindService;
use protocol::{FindText, FindTextError, Found};

use crate::arguments::Global;
use crate::exit::{Exit, Refused};
use crate::http::documents::FindDocument;
use crate::output::{print, print_json, table, tell};

pub async fn run(global: &Global, text: &[String], limit: u8) -> anyhow::Result<Exit> {
    let refused = |error: FindTextError| Refused(Exit::Refused, error.to_string());
    let text: FindText = text.join(" ").parse().map_err(refused)?;
    let service = FindService::open_for_reading(global.place().await?).await?;
    let found = service.find(&text, limit.into()).await?;
    if found.is_empty() {
        let text = text.as_str();
        tell(format!(
            "nothing is known here of \"{text}\": write an underlying, an expiry, a contract or a job, for example nifty 24500 ce 28 aug"
        ));
    }
    if global.json {
        print_json(&FindDocument { found })?
    } else {
        print(&found_table(&found))?
    }
    Ok(Exit::Done)
}

fn found_table(found: &[Found]) -> String {
    let headings = ["KIND", "WHAT", "STORED", "KEY"].map(str::to_owned).to_vec();
    let mut rows = vec![headings];
    rows.extend(found.iter().map(|one| {
        vec![one.kind.as_str().to_owned(), one.title.clone(), one.detail.clone(), one.key.clone()]
    }));
    table(&rows)
}
