//! HTTP/1.1 as the stage speaks it: requests as the bytes they came in, so that they can be passed
//! on to a lane and shown as they are.
//!
//! What two readers could understand in two ways is refused: lines that end in a bare newline,
//! bodies in chunks, a length or a host that is told twice (RFC 9112 §6.3).

use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longest head of a request, in bytes.
const HEAD: usize = 16 * 1024;
/// Longest body of a request, in bytes.
const BODY: usize = 64 * 1024;
/// How long a connection may rest between two requests, and take for one.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a browser may do with pages of the stage: nothing from elsewhere, nothing written into them.
pub(super) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self' ws: wss:; img-src 'self' data:; frame-src 'self'; worker-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

/// The same for slides, which are one file each and bring their own styles and scripts. They come from
/// the folder of whoever started the lecture and hold nothing that an audience wrote.
pub(super) const SLIDES_POLICY: &str = "default-src 'none'; script-src 'self' 'unsafe-inline'; \
    style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; \
    font-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'self'";

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    /// Everything behind the first line, with the empty line at its end.
    pub(super) lines: Vec<u8>,
    pub(super) body: Vec<u8>,
    pub(super) peer: IpAddr,
}

impl Request {
    /// The value of that header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of that cookie.
    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        let pairs =
            self.header("cookie")?.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The value of that parameter of the query.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    /// Whether the connection is to become something else.
    pub(super) fn is_upgrade(&self) -> bool {
        self.header("upgrade").is_some()
    }
}

/// Status, code and reason of a refusal. Pages say the code in the words of their language, so the
/// reason is for whoever writes to the stage by hand.
pub(super) type Refusal = (u16, &'static str, &'static str);

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    /// What a browser may do with it.
    pub(super) policy: &'static str,
    /// Further headers.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl From<Refusal> for Response {
    fn from((status, code, why): Refusal) -> Self {
        Response::refuse(status, code, why)
    }
}

impl Response {
    /// Something that was asked for.
    pub(super) fn ok(content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let (policy, headers, body) = (POLICY, Vec::new(), body.into());
        Response { status: 200, content_type, policy, headers, body }
    }

    /// A value as JSON.
    pub(super) fn json(value: &serde_json::Value) -> Self {
        Self::ok("application/json", value.to_string())
    }

    /// A refusal, in the words of the chat's own.
    pub(super) fn refuse(status: u16, code: &str, why: &str) -> Self {
        let body = serde_json::json!({ "type": "error", "code": code, "message": why });
        Response { status, ..Self::json(&body) }
    }

    /// Another place.
    pub(super) fn see(place: &str) -> Self {
        let headers = vec![("Location", place.to_owned())];
        Response { status: 303, headers, ..Self::ok("text/plain", "") }
    }

    /// The same with one more header.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// As bytes.
    fn to_bytes(&self, is_last: bool) -> Vec<u8> {
        let mut out = format!(
            "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
             X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n\
             Content-Security-Policy: {}\r\n",
            self.status,
            reason(self.status),
            self.content_type,
            self.body.len(),
            self.policy,
        );
        for (name, value) in &self.headers {
            out.extend([name, ": ", value, "\r\n"]);
        }
        out.push_str(if is_last { "Connection: close\r\n\r\n" } else { "\r\n" });
        let mut out = out.into_bytes();
        out.extend_from_slice(&self.body);
        out
    }
}

fn reason(status: u16) -> &'static str {
    let known = http::StatusCode::from_u16(status).ok();
    known.and_then(|status| status.canonical_reason()).unwrap_or("Answer")
}

/// Why there is no request.
#[derive(Debug)]
pub(super) enum NoRequest {
    /// Nobody is there any more.
    Gone,
    /// What came cannot be answered otherwise than so.
    Bad(Response),
}

impl From<io::Error> for NoRequest {
    fn from(_: io::Error) -> Self {
        NoRequest::Gone
    }
}

/// A connection of a browser.
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    pub(super) peer: IpAddr,
    unread: Vec<u8>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, peer: IpAddr) -> Self {
        Connection { stream, peer, unread: Vec::new() }
    }

    /// Waits for the next request.
    pub(super) async fn request(&mut self) -> Result<Request, NoRequest> {
        timeout(PATIENCE, self.read()).await.unwrap_or(Err(NoRequest::Gone))
    }

    /// Sends an answer.
    pub(super) async fn answer(&mut self, response: &Response, is_last: bool) -> io::Result<()> {
        self.stream.write_all(&response.to_bytes(is_last)).await
    }

    /// Takes what has been read and not used: the beginning of what follows an upgrade.
    pub(super) fn take_unread(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.unread)
    }

    async fn read(&mut self) -> Result<Request, NoRequest> {
        let end = loop {
            if let Some(at) = find(&self.unread, b"\r\n\r\n") {
                break at + 4;
            }
            if self.unread.len() > HEAD {
                return bad(431, "head-too-large", "the head of the request is too large");
            }
            self.more().await?;
        };
        let head: Vec<u8> = self.unread.drain(..end).collect();
        let (mut request, length) = parse(&head, self.peer)?;
        while self.unread.len() < length {
            self.more().await?;
        }
        request.body = self.unread.drain(..length).collect();
        Ok(request)
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.unread).await? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// Where the pattern begins.
pub(super) fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).position(|window| window == pattern)
}

fn bad<T>(status: u16, code: &str, why: &str) -> Result<T, NoRequest> {
    Err(NoRequest::Bad(Response::refuse(status, code, why)))
}

/// Reads a head; with it the length of the body.
fn parse(head: &[u8], peer: IpAddr) -> Result<(Request, usize), NoRequest> {
    let bare = |(at, byte): (usize, &u8)| *byte == b'\n' && (at == 0 || head[at - 1] != b'\r');
    if head.iter().enumerate().any(bare) {
        return bad(400, "bad-request", "a line of a head ends in CR LF");
    }
    let mut slots = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut slots);
    if !matches!(parsed.parse(head), Ok(httparse::Status::Complete(_))) {
        return bad(400, "bad-request", "this is no request of HTTP/1.1");
    }
    if parsed.version != Some(1) {
        return bad(505, "http-version", "only HTTP/1.1 is spoken here");
    }
    let headers: Vec<(String, String)> = parsed
        .headers
        .iter()
        .map(|line| (line.name.to_ascii_lowercase(), String::from_utf8_lossy(line.value).into()))
        .collect();
    let all = |name: &str| headers.iter().filter(|(known, _)| known == name).count();
    if all("host") != 1 {
        return bad(400, "bad-host", "a request needs exactly one Host header");
    }
    if all("transfer-encoding") > 0 || all("content-length") > 1 {
        return bad(400, "bad-length", "tell the length of a body once, and not in chunks");
    }
    let target = parsed.path.unwrap_or("/").to_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let first = find(head, b"\r\n").map_or(0, |at| at + 2);
    let request = Request {
        method: parsed.method.unwrap_or("GET").to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        lines: head[first..].to_vec(),
        headers,
        body: Vec::new(),
        peer,
    };
    match request.header("content-length").map_or(Some(0), digits) {
        Some(length) if length <= BODY => Ok((request, length)),
        Some(_) => bad(413, "too-large", "the body of the request is too large"),
        None => bad(400, "bad-length", "the length of a body is a number"),
    }
}

/// A number and nothing else.
fn digits(text: &str) -> Option<usize> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn read(head: &str) -> Result<(Request, usize), NoRequest> {
        parse(head.as_bytes(), Ipv4Addr::LOCALHOST.into())
    }

    #[test]
    fn a_request_is_taken_apart() {
        let head = "POST /vote?room=a%20b HTTP/1.1\r\nHost: x\r\nCookie: a=1; phone=7\r\n\
                    Content-Length: 3\r\n\r\n";
        let (request, length) = read(head).unwrap();
        assert_eq!((&*request.method, &*request.path, length), ("POST", "/vote", 3));
        assert_eq!(request.parameter("room").as_deref(), Some("a b"));
        assert_eq!((request.cookie("phone"), request.cookie("p")), (Some("7"), None));
        assert!(request.lines.starts_with(b"Host: x\r\n") && request.lines.ends_with(b"\r\n\r\n"));
    }

    #[test]
    fn what_two_readers_could_understand_in_two_ways_is_refused() {
        for (lines, status) in [
            ("Host: x\nA: b\r\n", 400),
            ("Host: x\r\nHost: y\r\n", 400),
            ("A: b\r\n", 400),
            ("Host: x\r\nTransfer-Encoding: chunked\r\n", 400),
            ("Host: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n", 400),
            ("Host: x\r\nContent-Length: +1\r\n", 400),
            ("Host: x\r\nContent-Length: 99999999\r\n", 413),
        ] {
            let head = format!("GET / HTTP/1.1\r\n{lines}\r\n");
            let Err(NoRequest::Bad(refusal)) = read(&head) else { panic!("{lines}") };
            assert_eq!(refusal.status, status, "{lines}");
        }
        assert!(matches!(read("GET / HTTP/1.0\r\nHost: x\r\n\r\n"), Err(NoRequest::Bad(_))));
    }
}
