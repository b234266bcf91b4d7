//! The event streams of REST and its WebSockets, which a fuzzer would wait for for ever. Every address of the document
//! below `stream` and `replay` is asked with what it takes and with much that it does not, and read up to its first
//! event. What is wrong, and a WebSocket that is asked for without an upgrade, is refused in a problem document, and
//! nothing is answered with a status of 500 and above.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

const PATIENCE: Duration = Duration::from_secs(30);
/// As they stand in an address.
const ODD: [&str; 14] = [
    "",
    "0",
    "-1",
    "1e400",
    "NaN",
    "99999999999999999999",
    "2025-02-30",
    "%00",
    "%FF",
    "%F0%9F%98%80",
    "..%2F..",
    "%27%20OR%201=1--",
    "null",
    "%5B%5D",
];
const LONG: usize = 4_000;
/// Queries of no address.
const NOBODYS: [&str; 3] = ["nobody=1", "from=10:00&from=10:01", "%FF"];

/// What came, as far as it was read.
struct Answer {
    status: u16,
    media_type: String,
    body: String,
}

/// Every address, with all of them; how many were asked.
pub fn ask_all(address: &str) -> Result<usize> {
    let json = |path: &str| -> Result<Value> {
        let body = ask(address, path)?.body;
        serde_json::from_str(&body).with_context(|| format!("{path} answers with no JSON"))
    };
    let document = json("/api/v1/openapi.json")?;
    let stored = json("/api/v1/stored/expiries?underlying=NIFTY")?;
    let expiry = stored["expiries"][0]["date"].as_str().context("no expiry is stored")?;
    let paths = document["paths"].as_object().context("the document has no paths")?;
    let (mut asked, mut wrong) = (0, Vec::new());
    for (path, item) in paths.iter().filter(|(path, _)| is_of_streams(path)) {
        let operation = &item["get"];
        // What has no other answer than an upgrade.
        let is_socket = operation["responses"]["200"].is_null();
        for request in requests(path, operation, expiry)? {
            let answer = ask(address, &request)?;
            asked += 1;
            if !is_right(&answer, is_socket) {
                let Answer { status, media_type, body } = answer;
                wrong.push(format!("GET {request}: {status} {media_type} {body}"));
            }
        }
    }
    if !wrong.is_empty() {
        bail!("{} of {asked} answers are not as they should be:\n{}", wrong.len(), wrong.join("\n"));
    }
    Ok(asked)
}

fn is_of_streams(path: &str) -> bool {
    ["/api/v1/stream", "/api/v1/replay"].iter().any(|of| path.starts_with(of))
}

/// What is asked of an address: all right, then one part after the other odd.
fn requests(path: &str, operation: &Value, expiry: &str) -> Result<Vec<String>> {
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut right = Map::new();
    for parameter in parameters {
        let name = parameter["name"].as_str().unwrap_or_default();
        right.insert(name.to_owned(), right_value(name, expiry)?.into());
    }
    let filled = |odd: Option<(&str, &str)>| {
        let mut filled = path.to_owned();
        for (name, value) in &right {
            let value = match odd {
                Some((of, odd)) if of == name => odd,
                _ => value.as_str().unwrap_or_default(),
            };
            filled = filled.replace(&format!("{{{name}}}"), value);
        }
        filled
    };
    let whole = filled(None);
    let mut requests = vec![whole.clone()];
    requests.extend(NOBODYS.map(|query| format!("{whole}?{query}")));
    let long = "x".repeat(LONG);
    for parameter in parameters {
        let name = parameter["name"].as_str().unwrap_or_default();
        let is_in_path = parameter["in"] == "path";
        let mut values = ODD.to_vec();
        values.extend([long.as_str(), right_value(name, expiry)?]);
        requests.extend(values.into_iter().map(|value| match is_in_path {
            true => filled(Some((name, value))),
            false => format!("{whole}?{name}={value}"),
        }));
    }
    Ok(requests)
}

/// As it stands in an address.
fn right_value<'e>(name: &str, expiry: &'e str) -> Result<&'e str> {
    Ok(match name {
        "underlying" => "NIFTY",
        "expiry" | "day" => expiry,
        "contract" => "NSE_FO%7C1%7C28-08-2025",
        "job" => "1",
        "candles" => "true",
        "after" => "0-0",
        "speed" => "100000",
        "from" => "15:29",
        other => bail!("a stream takes {other:?} now: say here what it may be"),
    })
}

fn is_right(Answer { status, media_type, body }: &Answer, is_socket: bool) -> bool {
    match status {
        200 | 204 => !is_socket,
        400..=499 => {
            let problem: Value = serde_json::from_str(body).unwrap_or_default();
            media_type.starts_with("application/problem+json") && problem["status"] == *status
        }
        _ => false,
    }
}

/// Reads until the other side is done, or, of events, until the first one is there. Of the first version of HTTP, so that
/// nothing comes in chunks.
fn ask(address: &str, path: &str) -> Result<Answer> {
    let host = address.trim_start_matches("http://");
    let failed = || format!("GET {path} is not answered");
    let mut socket = TcpStream::connect(host).with_context(failed)?;
    socket.set_read_timeout(Some(PATIENCE)).with_context(failed)?;
    write!(socket, "GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n").with_context(failed)?;
    let (mut read, mut piece) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        let count = socket.read(&mut piece).with_context(failed)?;
        read.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&read);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&*text, ""));
        let media_type =
            head.lines().find_map(|line| line.strip_prefix("content-type: ")).unwrap_or_default();
        let has_event = media_type == "text/event-stream" && body.contains("\n\n");
        if count > 0 && !has_event {
            continue;
        }
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).with_context(failed)?;
        return Ok(Answer { status, media_type: media_type.to_owned(), body: body.to_owned() });
    }
}
