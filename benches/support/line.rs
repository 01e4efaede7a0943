//! The client's end of a connection: blocking, with deadlines, on a plain socket.
//!
//! It reads WebSocket frames and HTTP answers by hand, which is little code because it reads only
//! what the servers of this house write, and costs little, so that the server's part of a round
//! trip is not buried under the client's.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};

/// How long anything may take. A server that needs longer has lost something.
const PATIENCE: Duration = Duration::from_secs(10);

/// The first byte of a whole text frame (RFC 6455 §5.2).
const WHOLE_TEXT: u8 = 0x81;

/// One connection.
pub(crate) struct Line {
    stream: BufReader<TcpStream>,
    /// The head line being read, reused.
    head: String,
    /// The payload or body read last.
    payload: Vec<u8>,
}

impl Line {
    /// Connects.
    pub(crate) fn dial(address: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&address, PATIENCE);
        let stream = stream.unwrap_or_else(|error| panic!("cannot connect to {address}: {error}"));
        let ready = stream
            .set_nodelay(true)
            .and_then(|()| stream.set_read_timeout(Some(PATIENCE)))
            .and_then(|()| stream.set_write_timeout(Some(PATIENCE)));
        ready.expect("a connected socket takes these options");
        let stream = BufReader::with_capacity(4096, stream);
        Line { stream, head: String::new(), payload: Vec::new() }
    }

    /// Connects and shakes hands (RFC 6455 §4.1).
    pub(crate) fn upgraded(address: SocketAddr, target: &str) -> Self {
        let mut line = Self::dial(address);
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        line.send(request.as_bytes());
        line.answer_head("101");
        line
    }

    /// Sends all of it.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let sent = self.stream.get_mut().write_all(bytes);
        sent.unwrap_or_else(|error| panic!("the server takes nothing: {error}"));
    }

    /// Waits for exactly so many bytes.
    pub(crate) fn bytes(&mut self, count: usize) -> &[u8] {
        self.payload.resize(count, 0);
        let read = self.stream.read_exact(&mut self.payload);
        read.unwrap_or_else(|error| panic!("the server says nothing: {error}"));
        &self.payload
    }

    /// Waits for a text frame; answers its payload.
    pub(crate) fn frame(&mut self) -> &[u8] {
        let head = self.bytes(2);
        assert_eq!(head[0], WHOLE_TEXT, "expected a text frame");
        let length = match head[1] {
            126 => {
                let more = self.bytes(2);
                usize::from(u16::from_be_bytes([more[0], more[1]]))
            }
            short @ 0..126 => usize::from(short),
            other => panic!("no frame here has the length mark {other}"),
        };
        self.bytes(length)
    }

    /// Waits for an HTTP answer with status 200; answers its body.
    pub(crate) fn answer(&mut self) -> &[u8] {
        let length = self.answer_head("200");
        self.bytes(length.expect("every answer of this house has a Content-Length"))
    }

    /// Reads the head of an answer that must have this status; answers its `Content-Length`.
    fn answer_head(&mut self, status: &str) -> Option<usize> {
        let first = self.head_line();
        let given = first.split(' ').nth(1);
        assert_eq!(given, Some(status), "the server refuses: {first}");
        let mut length = None;
        loop {
            let Some((name, value)) = self.head_line().split_once(':') else { return length };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().ok();
            }
        }
    }

    fn head_line(&mut self) -> &str {
        self.head.clear();
        let read = self.stream.read_line(&mut self.head);
        let count = read.unwrap_or_else(|error| panic!("the server says nothing: {error}"));
        assert!(count > 0, "the server closed the connection");
        self.head.trim_end()
    }
}

/// A text as a client sends it: one masked frame.
pub(crate) fn masked(text: &str) -> Vec<u8> {
    let mut frame = Frame::message(text.to_owned(), OpCode::Data(Data::Text), true);
    frame.header_mut().mask = Some([0x37, 0xfa, 0x21, 0x3d]);
    let mut bytes = Vec::new();
    frame.format(&mut bytes).expect("writing to memory cannot fail");
    bytes
}

/// A request with a JSON body on a connection that stays open.
pub(crate) fn post(target: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body.as_bytes()].concat()
}
