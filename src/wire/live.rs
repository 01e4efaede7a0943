//! A live connection: joins as a client, byte by byte and without a library, and tells everything.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Read as _, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::dissect::{self, Dissector, Fault, Frame, From};
use super::handshake::{fresh_key, fresh_mask, worked};
use super::paint::Paint;
use super::pcapng::Capture;
use super::place::Place;

/// How often somebody is asked whether it should end.
const TURN: Duration = Duration::from_millis(100);
/// How long a connection may take to be made, and an answer to come.
const PATIENCE: Duration = Duration::from_secs(40);
/// Longest head of an answer, in bytes.
const HEAD: usize = 64 * 1024;

/// What is looked at, and how it is told.
#[derive(Debug, Clone)]
pub struct Look {
    /// The server and the path.
    pub place: Place,
    /// So many frames or answers of the server, and then the end.
    pub count: Option<u32>,
    /// A text to say.
    pub say: Option<String>,
    /// German instead of English.
    pub german: bool,
    /// Whether the terminal has colours.
    pub colour: bool,
    /// Where a capture goes.
    pub save: Option<PathBuf>,
}

/// Looks until the server has had enough, `count` is reached or `ended` says so.
///
/// # Errors
/// When there is no connection, the file cannot be written, or what comes breaks the protocol.
pub fn look(look: &Look, ended: &dyn Fn() -> bool, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint { colour: look.colour, german: look.german };
    let host = &look.place.host;
    let unreachable =
        |error: io::Error| io::Error::new(error.kind(), format!("cannot reach {host}: {error}"));
    let address = host.to_socket_addrs().map_err(unreachable)?.next();
    let address = address.ok_or_else(|| io::Error::other(format!("{host} has no address")))?;
    let stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(unreachable)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(TURN))?;
    let capture = match &look.save {
        Some(path) => {
            let told = |error: io::Error| {
                io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()))
            };
            let file = BufWriter::new(File::create(path).map_err(told)?);
            Some(Capture::begin(file, address.port(), now())?)
        }
        None => None,
    };
    let mut glass = Glass {
        stream,
        unread: Vec::new(),
        capture,
        paint,
        out,
        ended,
        up: Sum::default(),
        down: Sum::default(),
    };
    write!(glass.out, "{}", paint.legend())?;
    let outcome = if look.place.is_poll { glass.polls(look) } else { glass.frames(look) };
    glass.finish()?;
    // Whoever was asked to end has not failed at what it was waiting for.
    if ended() { Ok(()) } else { outcome }
}

/// Time since 1970, for the capture.
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Bytes in one direction.
#[derive(Debug, Default)]
struct Sum {
    all: usize,
    carried: usize,
}

/// A connection and whoever looks at it.
struct Glass<'a> {
    stream: TcpStream,
    unread: Vec<u8>,
    capture: Option<Capture<BufWriter<File>>>,
    paint: Paint,
    out: &'a mut dyn Write,
    ended: &'a dyn Fn() -> bool,
    up: Sum,
    down: Sum,
}

impl Glass<'_> {
    fn send(&mut self, bytes: &[u8], carried: usize) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.up.all += bytes.len();
        self.up.carried += carried;
        self.capture.as_mut().map_or(Ok(()), |capture| capture.bytes(true, bytes, now()))
    }

    /// Waits for more bytes; `false` when there are none to come.
    fn more(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 16 * 1024];
        loop {
            if (self.ended)() {
                return Ok(false);
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => return Ok(false),
                Ok(length) => {
                    self.down.all += length;
                    self.unread.extend_from_slice(&buffer[..length]);
                    if let Some(capture) = &mut self.capture {
                        capture.bytes(false, &buffer[..length], now())?;
                    }
                    return Ok(true);
                }
                Err(error)
                    if matches!(
                        error.kind(),
                        // A signal, which is Ctrl-C here, is looked at above.
                        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                    ) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The head of an answer.
    fn head(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(at) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                return Ok(self.unread.drain(..at + 4).collect());
            }
            if self.unread.len() > HEAD || !self.more()? {
                return Err(io::Error::other("the server has not answered in HTTP"));
            }
        }
    }

    fn frames(&mut self, look: &Look) -> io::Result<()> {
        self.shake_hands(&look.place)?;
        if let Some(text) = &look.say {
            let said = serde_json::json!({ "type": "say", "text": text }).to_string();
            let bytes = dissect::text(fresh_mask(), said.as_bytes());
            self.send_frame(&bytes)?;
        }
        let mut server = Dissector::new(From::Server);
        let mut number = 0;
        loop {
            match server.next(&self.unread) {
                Ok(Some(frame)) => {
                    let bytes: Vec<u8> = self.unread.drain(..frame.bytes()).collect();
                    number += 1;
                    self.down.carried += frame.payload.len();
                    self.tell(false, &bytes, &frame)?;
                    match frame.opcode {
                        8 => return self.answer(0x88, &frame.payload),
                        9 => self.answer(0x8a, &frame.payload)?,
                        _ => {}
                    }
                    if look.count.is_some_and(|count| number >= count) {
                        // 1000: what was wanted is done (RFC 6455 §7.4.1).
                        return self.answer(0x88, &1000_u16.to_be_bytes());
                    }
                }
                Ok(None) => {
                    if !self.more()? {
                        let why = "the server ended the connection without a close frame \
                                   (1006, RFC 6455 section 7.1.5)";
                        return if (self.ended)() { Ok(()) } else { Err(io::Error::other(why)) };
                    }
                }
                Err(fault) => return Err(broken(fault, self.paint)),
            }
        }
    }

    /// Control frames of our own.
    fn answer(&mut self, first: u8, payload: &[u8]) -> io::Result<()> {
        let mut bytes = dissect::text(fresh_mask(), payload);
        bytes[0] = first;
        self.send_frame(&bytes)
    }

    fn send_frame(&mut self, bytes: &[u8]) -> io::Result<()> {
        let frame = Dissector::new(From::Client).next(bytes);
        let Ok(Some(frame)) = frame else { return Err(io::Error::other("our own frame is none")) };
        self.send(bytes, frame.payload.len())?;
        self.tell(true, bytes, &frame)
    }

    fn tell(&mut self, up: bool, bytes: &[u8], frame: &Frame) -> io::Result<()> {
        let (paint, arrow) = (self.paint, if up { "→" } else { "←" });
        let end = if frame.fin { "FIN" } else { paint.say("more follows", "mehr folgt") };
        let mask = if frame.key.is_some() { 4 } else { 0 };
        let carried = frame.payload.len();
        writeln!(
            self.out,
            "{arrow} {}, {end}: {} {} = {} {} + {mask} {} + {carried} {}",
            frame.kind(),
            bytes.len(),
            paint.say("bytes", "Bytes"),
            bytes.len() - mask - carried,
            paint.say("header", "Kopf"),
            paint.say("mask", "Maske"),
            paint.say("payload", "Nutzlast"),
        )?;
        write!(self.out, "{}", paint.frame(bytes, frame))?;
        if let (8, [high, low, reason @ ..]) = (frame.opcode, &*frame.payload) {
            let code = u16::from_be_bytes([*high, *low]);
            write!(self.out, "  {code}{}", paint.text(reason))?;
        } else if carried > 0 {
            write!(self.out, "{}", paint.text(&frame.payload))?;
        }
        self.out.flush()
    }

    fn shake_hands(&mut self, place: &Place) -> io::Result<()> {
        let key = fresh_key();
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n",
            place.target, place.host
        );
        let paint = self.paint;
        writeln!(self.out, "→ HTTP, {} bytes\n{}", request.len(), paint.head(request.as_bytes()))?;
        self.send(request.as_bytes(), 0)?;
        let head = self.head()?;
        writeln!(self.out, "← HTTP, {} bytes\n{}", head.len(), paint.head(&head))?;
        let text = String::from_utf8_lossy(&head).into_owned();
        if !text.starts_with("HTTP/1.1 101 ") {
            let first = text.lines().next().unwrap_or_default();
            return Err(io::Error::other(format!("the server does not upgrade: {first}")));
        }
        let worked = worked(&key);
        let lines = text.lines().filter_map(|line| line.split_once(':'));
        let told =
            lines.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-accept"));
        let is_right = told.is_some_and(|(_, accept)| accept.trim() == worked.accept);
        writeln!(
            self.out,
            "  {}\n  {}\n  SHA-1  {}\n  base64 {} {}\n",
            paint.say(
                "key + GUID of RFC 6455 section 1.3:",
                "Key + GUID aus RFC 6455, Abschnitt 1.3:"
            ),
            worked.joined,
            worked.digest,
            worked.accept,
            if is_right {
                paint.say("= what the server answered", "= was der Server geantwortet hat")
            } else {
                paint.say(
                    "but the server answered something else",
                    "doch der Server hat etwas anderes geantwortet",
                )
            },
        )?;
        if is_right {
            Ok(())
        } else {
            Err(io::Error::other("the accept of the server is wrong (section 4.1)"))
        }
    }

    fn polls(&mut self, look: &Look) -> io::Result<()> {
        let Place { host, target, .. } = &look.place;
        if let Some(text) = &look.say {
            let body = serde_json::json!({ "type": "say", "text": text }).to_string();
            let target = target.replacen("/poll", "/say", 1);
            let head = format!(
                "POST {target} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\n\r\n",
                body.len()
            );
            self.exchange(&head, body.as_bytes())?;
        }
        let (mut number, mut cursor) = (0, None);
        while look.count.is_none_or(|count| number < count) && !(self.ended)() {
            let joint = if target.contains('?') { '&' } else { '?' };
            let target = if cursor.is_some() { without_since(target) } else { target.clone() };
            let since = cursor.map_or(String::new(), |next: u64| format!("{joint}since={next}"));
            let head = format!("GET {target}{since} HTTP/1.1\r\nHost: {host}\r\n\r\n");
            let body = self.exchange(&head, b"")?;
            cursor = body["next"].as_u64().or(cursor);
            number += 1;
            if cursor.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// A request and its answer.
    fn exchange(&mut self, head: &str, body: &[u8]) -> io::Result<serde_json::Value> {
        let paint = self.paint;
        let (bytes, carried) = (paint.say("bytes", "Bytes"), paint.say("payload", "Nutzlast"));
        writeln!(self.out, "→ HTTP, {} {bytes} + {} {carried}", head.len(), body.len())?;
        write!(self.out, "{}", paint.head(head.as_bytes()))?;
        if !body.is_empty() {
            write!(self.out, "{}", paint.text(body))?;
        }
        self.out.flush()?;
        self.send(&[head.as_bytes(), body].concat(), body.len())?;
        let answer = self.head()?;
        let text = String::from_utf8_lossy(&answer).to_ascii_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
        while self.unread.len() < length {
            if !self.more()? {
                return Err(io::Error::other("the answer broke off"));
            }
        }
        let body: Vec<u8> = self.unread.drain(..length).collect();
        self.down.carried += body.len();
        writeln!(self.out, "← HTTP, {} {bytes} + {} {carried}", answer.len(), body.len())?;
        write!(self.out, "{}{}", paint.head(&answer), paint.text(&body))?;
        self.out.flush()?;
        if !text.starts_with("http/1.1 200 ") {
            let head = String::from_utf8_lossy(&answer).into_owned();
            let first = head.lines().next().unwrap_or_default();
            return Err(io::Error::other(format!(
                "the server does not speak long-polling here: {first}"
            )));
        }
        Ok(serde_json::from_slice(&body).unwrap_or_default())
    }

    /// The sums, and the end of the capture.
    fn finish(mut self) -> io::Result<()> {
        let paint = self.paint;
        for (arrow, sum) in [("→", &self.up), ("←", &self.down)] {
            writeln!(
                self.out,
                "{arrow} {} bytes = {} {} + {} {}",
                sum.all,
                sum.all.saturating_sub(sum.carried),
                paint.say("overhead", "Overhead"),
                sum.carried,
                paint.say("payload", "Nutzlast"),
            )?;
        }
        self.capture.take().map_or(Ok(()), |capture| capture.end(now()))
    }
}

/// A target without its own cursor: of two the first would count.
fn without_since(target: &str) -> String {
    let Some((path, query)) = target.split_once('?') else { return target.to_owned() };
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("since=")).collect();
    format!("{path}?{}", kept.join("&"))
}

fn broken(fault: Fault, paint: Paint) -> io::Error {
    let section = fault.section;
    io::Error::other(format!("{} (RFC 6455 §{section})", fault.told(paint.german)))
}
