//! The bound of an answer's size, over real sockets: what is larger is given up where it passes the bound,
//! whether its length is announced, streamed or hidden by compression.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::Request;
use upstox::{AnswerBytesMax, BrokerAddress, HttpTransport, Transport, TransportFault};

const BOUND: usize = 64 * 1024;
/// Beyond it only one body is read at a time.
const LARGE: usize = 9 << 20;

/// Answers each path in its own way, until whoever asks hangs up.
fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || drop(answer(&stream.unwrap())));
        }
    });
    address
}

fn answer(mut stream: &TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().unwrap()?;
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    let path = first.split(' ').nth(1).unwrap();
    let (kind, bytes) = path[1..].split_once('/').unwrap();
    let bytes: usize = bytes.parse().unwrap();
    write!(stream, "HTTP/1.1 200 OK\r\nconnection: close\r\n")?;
    match kind {
        "announced" => {
            write!(stream, "content-length: {bytes}\r\n\r\n")?;
            stream.write_all(&vec![b' '; bytes])
        }
        "streamed" => {
            write!(stream, "transfer-encoding: chunked\r\n\r\n")?;
            for _ in 0..bytes / 1024 {
                write!(stream, "400\r\n{}\r\n", " ".repeat(1024))?;
            }
            write!(stream, "0\r\n\r\n")
        }
        _ => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(&vec![b' '; bytes])?;
            let packed = encoder.finish()?;
            write!(stream, "content-encoding: gzip\r\ncontent-length: {}\r\n\r\n", packed.len())?;
            stream.write_all(&packed)
        }
    }
}

struct Asker {
    transport: HttpTransport,
    server: SocketAddr,
}

impl Asker {
    fn new() -> Self {
        let server = serve();
        let address: BrokerAddress = format!("http://{server}").parse().unwrap();
        Self { transport: HttpTransport::new(&address).unwrap(), server }
    }

    async fn ask(&self, kind: &str, bytes: usize, bound: Option<usize>) -> Result<Bytes, TransportFault> {
        let mut request = Request::builder().uri(format!("http://{}/{kind}/{bytes}", self.server));
        if let Some(bound) = bound {
            request = request.extension(AnswerBytesMax(bound));
        }
        let answer = self.transport.send(request.body(Bytes::new()).unwrap()).await;
        answer.map(http::Response::into_body).map_err(|error| error.fault)
    }
}

#[tokio::test]
async fn an_answer_is_read_to_its_bound_and_no_further() {
    let asker = Asker::new();
    for kind in ["announced", "streamed", "packed"] {
        for (bytes, fits) in [(0, true), (BOUND, true), (BOUND + 1024, false), (100 * BOUND, false)] {
            match asker.ask(kind, bytes, Some(BOUND)).await {
                Ok(body) => assert_eq!((body.len(), true), (bytes, fits), "{kind} {bytes}"),
                Err(fault) => assert_eq!((fault, false), (TransportFault::TooLarge, fits), "{kind} {bytes}"),
            }
        }
        // What does not say what it is may be as large as a profile.
        assert!(asker.ask(kind, 1 << 20, None).await.is_ok());
        assert_eq!(asker.ask(kind, 2 << 20, None).await.unwrap_err(), TransportFault::TooLarge);
    }
}

#[tokio::test]
async fn large_bodies_are_in_memory_one_after_another_and_small_ones_do_not_wait() {
    let asker = Arc::new(Asker::new());
    let first = asker.ask("streamed", LARGE, Some(2 * LARGE)).await.unwrap();
    let waiting = tokio::spawn({
        let asker = asker.clone();
        async move { asker.ask("streamed", LARGE, Some(2 * LARGE)).await }
    });
    assert_eq!(asker.ask("streamed", BOUND, Some(2 * LARGE)).await.unwrap().len(), BOUND);
    assert!(!waiting.is_finished());
    drop(first);
    assert_eq!(waiting.await.unwrap().unwrap().len(), LARGE);
}
