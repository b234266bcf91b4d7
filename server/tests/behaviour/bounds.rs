//! What somebody with raw sockets can hold open, and what not: heads and bodies that never end, connections that only
//! lie there, more of them than there are seats, and what is too large.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::common::Stage;
use crate::executable;

/// Far longer than any patience of the server.
const PATIENCE: Duration = Duration::from_secs(60);
const HALF_A_HEAD: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: ";

/// More than `SEATS_MAX`, and fewer than a process may have open.
const CONNECTIONS: usize = 560;

struct Server {
    child: Child,
    host: String,
}

impl Server {
    fn start(stage: &Stage) -> Self {
        let mut command = Command::new(executable::PATH);
        executable::settle(&mut command, stage).args(["serve", "--addr", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let host = first.rsplit_once("http://").unwrap().1.to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, host }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.host).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    fn sending(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        stream
    }

    /// Everything that is answered to a request on a connection of its own, which ends with it.
    fn answer(&self, head: &str, body: &[u8]) -> String {
        let head = format!("{head}\r\nHost: {}\r\nConnection: close\r\n\r\n", self.host);
        let mut stream = self.sending(head.as_bytes());
        // A server that has heard enough reads no further.
        let _ = stream.write_all(body);
        rest(&mut stream)
    }

    fn assert_healthy(&self) {
        let answer = self.answer("GET /healthz HTTP/1.1", b"");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What still comes, until the server ends the connection. Panics where it does not.
fn rest(stream: &mut TcpStream) -> String {
    let (mut text, mut part) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(length) => text.extend_from_slice(&part[..length]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
            Err(error) => panic!("the server holds the connection open: {error}"),
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_and_pauses_and_bodies_have_an_end() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    let mut silent: Vec<_> = (0..10).map(|_| server.connect()).collect();
    let mut half: Vec<_> = (0..300).map(|_| server.sending(HALF_A_HEAD)).collect();
    let mut idle =
        server.sending(format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", server.host).as_bytes());
    let slow = format!(
        "POST /api/v1/jobs HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
        server.host
    );
    let mut slow = server.sending(slow.as_bytes());
    server.assert_healthy();
    for stream in silent.iter_mut().chain(&mut half) {
        assert_eq!(rest(stream), "");
    }
    assert!(rest(&mut idle).starts_with("HTTP/1.1 200"));
    let refused = rest(&mut slow);
    assert!(refused.starts_with("HTTP/1.1 408") && refused.contains("did not arrive within"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_connections_than_seats_keep_nobody_out() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    let mut held: Vec<_> = (0..CONNECTIONS).map(|_| server.sending(HALF_A_HEAD)).collect();
    server.assert_healthy();
    // The one that was idle longest gave up its seat, long before its patience was over.
    assert_eq!(rest(&mut held[0]), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_an_answer_that_goes_on_keeps_the_seat() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    let head =
        format!("GET /api/v1/stream HTTP/1.1\r\nHost: {}\r\nAccept: text/event-stream\r\n\r\n", server.host);
    let mut reader = server.sending(head.as_bytes());
    let mut first = [0; 12];
    reader.read_exact(&mut first).unwrap();
    assert_eq!(String::from_utf8_lossy(&first), "HTTP/1.1 200");
    // It has waited longest, and others want its seat.
    let held: Vec<_> = (0..CONNECTIONS).map(|_| server.sending(HALF_A_HEAD)).collect();
    server.assert_healthy();
    reader.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let mut part = [0; 4096];
    loop {
        match reader.read(&mut part) {
            Ok(0) => panic!("it was cut off"),
            Ok(_) => {}
            // Nothing comes, and it is open.
            Err(error) => break assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)),
        }
    }
    drop(held);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_refused_in_words() {
    const MEGABYTE: usize = 1024 * 1024;
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    let announced = format!("POST /api/v1/jobs HTTP/1.1\r\nContent-Length: {}", 3 * MEGABYTE);
    let chunked = "POST /api/v1/jobs HTTP/1.1\r\nTransfer-Encoding: chunked";
    let mut chunk = format!("{:x}\r\n", 3 * MEGABYTE).into_bytes();
    chunk.resize(chunk.len() + 3 * MEGABYTE, b' ');
    for (head, body) in [(announced.as_str(), &[][..]), (chunked, &chunk)] {
        let answer = server.answer(head, body);
        assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("at most 2048 kB"), "{answer}");
    }
    let cookie = "x".repeat(40_000);
    let answer = server.answer(&format!("GET /healthz HTTP/1.1\r\nCookie: {cookie}"), b"");
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    server.assert_healthy();
}
