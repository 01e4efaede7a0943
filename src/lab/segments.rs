//! What a message costs on the wire, segments and all, by four ways to bring it.
//!
//! Bare sockets and the bytes of the protocols, so that nothing else is in the count. The kernel
//! tells how many segments went either way (`TCP_INFO`); each has 52 bytes of headers: IPv4 20, TCP
//! 20, timestamps 12.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use super::NoData;
use super::both;
use crate::machine::tcp::{TcpCounters, counters_of};
use crate::results::SEGMENT_OVERHEAD;

/// Apart so far, messages do not share acknowledgements: those are delayed by 40 ms at most.
const GAP: Duration = Duration::from_millis(60);

/// A way to bring messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub(super) key: &'static str,
    pub(super) label: (&'static str, &'static str),
    /// Bytes of the request's and the answer's head; none for WebSocket.
    pub(super) heads: Option<(usize, usize)>,
}

/// Frames, and requests with the heads of three kinds of client: hand-made ones, those of a browser
/// of today, and those of the article “Quantum Leap” of 2010 with its cookie, 871 bytes together.
pub(super) const WAYS: [Way; 4] = [
    Way { key: "ws", label: ("WebSocket", "WebSocket"), heads: None },
    Way {
        key: "minimal",
        label: ("poll, minimal heads", "Poll, knappe Köpfe"),
        heads: Some((67, 71)),
    },
    Way {
        key: "browser",
        label: ("poll, browser's heads", "Poll, Köpfe eines Browsers"),
        heads: Some((595, 133)),
    },
    Way {
        key: "2010",
        label: ("poll, heads of 2010", "Poll, Köpfe von 2010"),
        heads: Some((685, 186)),
    },
];

impl Way {
    /// Bytes around the payload of an answer or push with `count` messages of that size.
    pub(super) fn framing(&self, payload: usize, count: usize) -> usize {
        // Unmasked, for it comes from the server (RFC 6455 §5.2).
        let frame = if payload < 126 { 2 } else { 4 };
        self.heads.map_or(frame * count, |(request, answer)| request + answer)
    }

    /// How many segments an answer takes with the request and acknowledgement, a push with its own.
    pub(super) fn segments(&self) -> usize {
        if self.heads.is_some() { 3 } else { 2 }
    }

    /// What one message is predicted to take when `count` of that size come at once.
    pub(super) fn predicted(&self, payload: usize, count: usize) -> f64 {
        let headers = self.segments() as f64 * SEGMENT_OVERHEAD as f64;
        (self.framing(payload, count) as f64 + headers) / count as f64 + payload as f64
    }
}

/// What was counted, for one message.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cost {
    /// Bytes beyond the payload that the protocol adds.
    pub(super) framing: f64,
    /// Bytes of TCP's and IP's headers.
    pub(super) headers: f64,
    /// Everything.
    pub(super) total: f64,
}

/// Brings `rounds` times `count` messages of that size and gives what one of them took.
///
/// # Errors
/// When this system does not count segments, or a connection breaks.
pub(super) fn bring(way: Way, payload: usize, count: usize, rounds: usize) -> Result<Cost, NoData> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let to = listener.local_addr()?;
    let server =
        thread::Builder::new().spawn(move || serve(&listener, way, payload, count, rounds))?;
    let mut client = TcpStream::connect(to)?;
    client.set_nodelay(true)?;
    let before = counted(&client)?;
    let answer =
        count * payload + way.framing(payload, count) - way.heads.map_or(0, |heads| heads.0);
    for _ in 0..rounds {
        if let Some((request, _)) = way.heads {
            client.write_all(&head("GET /poll HTTP/1.1\r\n", request))?;
        }
        client.read_exact(&mut vec![0; answer])?;
    }
    // The last acknowledgement may be on its way still.
    thread::sleep(GAP);
    let spent = counted(&client)? - before;
    // The server waits for this.
    drop(client);
    server.join().map_err(|_| io::Error::other("the server panicked"))??;
    let messages = (count * rounds) as f64;
    let bytes = (spent.bytes_sent_once() + spent.bytes_received) as f64 / messages;
    let segments = (spent.segments_sent + spent.segments_received) as f64 / messages;
    let headers = segments * SEGMENT_OVERHEAD as f64;
    Ok(Cost { framing: bytes - payload as f64, headers, total: bytes + headers })
}

fn counted(stream: &TcpStream) -> Result<TcpCounters, NoData> {
    counters_of(stream).ok_or_else(|| {
        NoData::NotHere(both(
            "this system does not count the segments of a connection",
            "dieses System zählt die Segmente einer Verbindung nicht",
        ))
    })
}

fn serve(
    listener: &TcpListener,
    way: Way,
    payload: usize,
    count: usize,
    rounds: usize,
) -> io::Result<()> {
    let (mut stream, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    let mut bytes = Vec::new();
    match way.heads {
        Some((_, answer)) => {
            bytes.extend(head("HTTP/1.1 200 OK\r\n", answer));
            bytes.resize(answer + count * payload, b'x');
        }
        None => (0..count).for_each(|_| bytes.extend(pushed(payload))),
    }
    for _ in 0..rounds {
        if let Some((request, _)) = way.heads {
            stream.read_exact(&mut vec![0; request])?;
        }
        thread::sleep(GAP);
        stream.write_all(&bytes)?;
    }
    // Until the client has counted and hung up: its end must not find itself alone.
    stream.read_to_end(&mut Vec::new()).map(drop)
}

/// A frame from a server.
fn pushed(payload: usize) -> Vec<u8> {
    let mut frame = match u8::try_from(payload) {
        Ok(length @ ..126) => vec![0x81, length],
        _ => vec![0x81, 126, (payload >> 8) as u8, payload as u8],
    };
    frame.resize(frame.len() + payload, b'x');
    frame
}

/// A head of exactly that many bytes: what it begins with and one line that fills it.
fn head(first: &str, length: usize) -> Vec<u8> {
    let mut head = first.as_bytes().to_vec();
    head.extend_from_slice(b"Cookie: ");
    head.resize(length.saturating_sub(4), b'x');
    head.extend_from_slice(b"\r\n\r\n");
    head
}
