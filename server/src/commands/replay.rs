//! `expirytrack replay`: a past day of an expiry as lines of JSON, each when its minute is over. Reads beside whoever
//! owns the directory.

use std::io::{self, ErrorKind, Write};

use engine::{BrowseService, ReplayService};
use protocol::ReplayMessage;

use crate::arguments::{Global, Replay};
use crate::commands::signals::stopped;
use crate::exit::Exit;

pub async fn run(global: &Global, asked: &Replay) -> anyhow::Result<Exit> {
    let place = global.place().await?;
    let key = BrowseService::open_for_reading(place.clone()).await?.find(&asked.underlying).await?;
    let service = ReplayService::open_for_reading(place).await?;
    let day = service.day(&key, asked.expiry, asked.day).await?;
    let mut player = service.play(&day, asked.from, asked.speed)?;
    let mut message = ReplayMessage::Head(day.head());
    let mut stop = std::pin::pin!(stopped());
    while write(&message)? && !matches!(message, ReplayMessage::End { .. }) {
        message = tokio::select! {
            exit = &mut stop => return Ok(exit),
            played = player.next() => day.told(played),
        };
    }
    Ok(Exit::Done)
}

/// A line, at once. False: nobody reads any more, which is how people end it.
fn write(message: &ReplayMessage) -> anyhow::Result<bool> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    let mut output = io::stdout().lock();
    match output.write_all(&line).and_then(|()| output.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        done => Ok(done.map(|()| true)?),
    }
}
