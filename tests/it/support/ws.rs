//! A member over WebSocket on a blocking socket, and raw frames for whatever no client would send.

use std::io::{ErrorKind, Write};
use std::net::SocketAddr;

use serde_json::Value;
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message, WebSocket};

use super::member::Event;
use super::{Http, Line, Response, escaped};

/// The key of RFC 6455, section 1.3, and what it has to be answered with.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// The bytes of an opening handshake.
pub(crate) fn handshake(target: &str) -> Vec<u8> {
    format!(
        "GET {target} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    .into_bytes()
}

/// The bytes of one frame: its first byte (FIN, RSV, opcode), its payload, masked or not.
pub(crate) fn frame(first: u8, payload: &[u8], masked: bool) -> Vec<u8> {
    let mask = if masked { 0x80 } else { 0 };
    let mut bytes = vec![first];
    match payload.len() {
        length @ ..126 => bytes.push(mask | length as u8),
        length @ 126..=0xffff => {
            bytes.push(mask | 126);
            bytes.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            bytes.push(mask | 127);
            bytes.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    if masked {
        let key = [0x37, 0xfa, 0x21, 0x3d];
        bytes.extend_from_slice(&key);
        bytes.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    } else {
        bytes.extend_from_slice(payload);
    }
    bytes
}

/// A member, or whoever else holds an upgraded connection.
#[derive(Debug)]
pub(crate) struct WsMember {
    socket: WebSocket<Line>,
    pub(crate) epoch: String,
    pub(crate) head: u64,
}

impl WsMember {
    pub(crate) fn join(
        to: SocketAddr,
        room: &str,
        name: &str,
        since: Option<u64>,
        epoch: Option<&str>,
    ) -> Self {
        let mut target = format!("/chat?room={}&name={}", escaped(room), escaped(name));
        if let Some(since) = since {
            target.push_str(&format!("&since={since}"));
        }
        if let Some(epoch) = epoch {
            target.push_str(&format!("&epoch={}", escaped(epoch)));
        }
        let mut member = Self::open(to, &target).unwrap_or_else(|answer| panic!("{answer:?}"));
        let hello = member.hello();
        assert_eq!((&hello["room"], &hello["name"]), (&room.into(), &name.into()), "{hello}");
        member
    }

    /// Upgrades a connection without waiting for a greeting.
    ///
    /// # Errors
    /// The answer, when it is not an upgrade.
    pub(crate) fn open(to: SocketAddr, target: &str) -> Result<Self, Response> {
        let mut http = Http::connect(to).expect("the server accepts");
        http.write(&handshake(target)).expect("the server reads");
        Self::upgraded(http)
    }

    /// Reads the answer to an opening handshake that was sent, and takes the connection over.
    ///
    /// # Errors
    /// The answer, when it is not an upgrade.
    pub(crate) fn upgraded(mut http: Http) -> Result<Self, Response> {
        let answer = http.answer().expect("an answer to the opening handshake");
        if answer.status != 101 {
            return Err(answer);
        }
        assert_eq!(answer.header("sec-websocket-accept"), Some(ACCEPT));
        assert!(answer.header("upgrade").is_some_and(|v| v.eq_ignore_ascii_case("websocket")));
        assert!(answer.header("connection").is_some_and(|v| v.eq_ignore_ascii_case("upgrade")));
        let (stream, early) = http.into_parts();
        let config = WebSocketConfig::default();
        let socket = WebSocket::from_partially_read(stream, early, Role::Client, Some(config));
        Ok(WsMember { socket, epoch: String::new(), head: 0 })
    }

    /// Reads the greeting, which has to be the first frame.
    pub(crate) fn hello(&mut self) -> Value {
        let Ok(Message::Text(text)) = self.socket.read() else { panic!("no greeting") };
        let hello: Value = serde_json::from_str(text.as_str()).expect("a greeting is JSON");
        assert_eq!(hello["type"], "hello", "the first frame is the greeting: {hello}");
        hello["epoch"].as_str().expect("a greeting has an epoch").clone_into(&mut self.epoch);
        self.head = hello["head"].as_u64().expect("a greeting has a head");
        hello
    }

    pub(crate) fn send_text(&mut self, text: &[u8]) {
        self.write(&frame(0x81, text, true));
    }

    /// Sends bytes as they are, whatever they mean.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.socket.get_mut().write_all(bytes).expect("the server reads");
    }

    /// Waits for the next frame that carries something; pings are answered on the way.
    pub(crate) fn frame(&mut self) -> Result<Message, Event> {
        loop {
            match self.socket.read() {
                // Reading on sends the answer.
                Ok(Message::Ping(_)) => {}
                Ok(Message::Close(frame)) => {
                    // The answer to it waits for a flush; the server may have gone already.
                    let _ = self.socket.flush();
                    return Err(Event::Closed { code: frame.map(|frame| frame.code.into()) });
                }
                Ok(message) => return Ok(message),
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {
                    panic!("nothing came")
                }
                // Without a closing handshake: there is no code.
                Err(_) => return Err(Event::Closed { code: None }),
            }
        }
    }

    /// Waits for that many pings and answers each of them.
    pub(crate) fn answer_pings(&mut self, count: usize) {
        for number in 0..count {
            match self.socket.read() {
                Ok(Message::Ping(_)) => self.socket.flush().expect("the server reads"),
                other => panic!("ping {number} was due, not {other:?}"),
            }
        }
    }

    pub(crate) fn next(&mut self) -> Event {
        match self.frame() {
            Ok(Message::Text(text)) => {
                Event::of(&serde_json::from_str(text.as_str()).expect("a server says JSON"))
            }
            Ok(other) => panic!("a chat server says texts, not {other:?}"),
            Err(closed) => closed,
        }
    }

    /// The connection itself, for a client that stops behaving like one.
    pub(crate) fn into_stream(self) -> Line {
        self.socket.into_inner()
    }
}
