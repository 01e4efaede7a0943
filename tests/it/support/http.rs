//! An HTTP/1.1 client on one kept connection: writes bytes, reads answers, hides nothing.

use std::io::{self, Read, Write};
use std::net::SocketAddr;

use serde_json::Value;

use super::Line;

/// One connection; a new one after an answer that announced the end of the old one.
#[derive(Debug)]
pub(crate) struct Http {
    to: SocketAddr,
    stream: Line,
    unread: Vec<u8>,
    ends: bool,
}

/// One answer.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Http {
    /// Connects.
    pub(crate) fn connect(to: SocketAddr) -> io::Result<Self> {
        Ok(Http { to, stream: Line::connect(to)?, unread: Vec::new(), ends: false })
    }

    /// One request on a connection of its own.
    pub(crate) fn once(to: SocketAddr, method: &str, target: &str, body: &[u8]) -> Response {
        let mut http = Self::connect(to).expect("the server accepts");
        http.request(method, target, body).expect("the server answers")
    }

    /// One request as these bytes on a connection of its own, and everything that comes back.
    pub(crate) fn raw(to: SocketAddr, bytes: &[u8]) -> Vec<u8> {
        let mut http = Self::connect(to).expect("the server accepts");
        // A server may close while a bad request is still being sent.
        let _ = http.write(bytes);
        http.until_closed().expect("the server closes in the end")
    }

    /// Sends a request and reads the answer.
    pub(crate) fn request(
        &mut self,
        method: &str,
        target: &str,
        body: &[u8],
    ) -> io::Result<Response> {
        self.ask(method, target, body)?;
        self.answer()
    }

    /// Sends a request.
    pub(crate) fn ask(&mut self, method: &str, target: &str, body: &[u8]) -> io::Result<()> {
        if std::mem::take(&mut self.ends) {
            let rest = self.until_closed()?;
            assert!(rest.is_empty(), "more than the answer came: {rest:?}");
            self.stream = Line::connect(self.to)?;
        }
        let mut bytes = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n").into_bytes();
        if !body.is_empty() || method == "POST" {
            let length = body.len();
            write!(bytes, "Content-Type: application/json\r\nContent-Length: {length}\r\n")?;
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(body);
        self.stream.write_all(&bytes)
    }

    /// Sends bytes as they are.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Says that nothing more will be sent.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        self.stream.end()
    }

    /// Reads one answer.
    ///
    /// # Errors
    /// `UnexpectedEof` when the server closed before a whole answer came.
    pub(crate) fn answer(&mut self) -> io::Result<Response> {
        let (mut response, head) = loop {
            match parsed(&self.unread)? {
                Some(found) => break found,
                None => self.read_more()?,
            }
        };
        self.unread.drain(..head);
        match response.header("content-length") {
            Some(length) => {
                let length = length.parse().map_err(io::Error::other)?;
                while self.unread.len() < length {
                    self.read_more()?;
                }
                response.body = self.unread.drain(..length).collect();
            }
            None if matches!(response.status, 101 | 204 | 304) => {}
            None => return Err(io::Error::other("an answer without Content-Length")),
        }
        let kept = response.header("connection").is_none_or(|v| !v.eq_ignore_ascii_case("close"));
        self.ends = !kept;
        Ok(response)
    }

    /// Everything that comes until the server closes.
    pub(crate) fn until_closed(&mut self) -> io::Result<Vec<u8>> {
        loop {
            match self.read_more() {
                Ok(()) => {}
                Err(error) if is_closed(&error) => return Ok(std::mem::take(&mut self.unread)),
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether the server keeps the connection for another request.
    pub(crate) fn is_kept(&self) -> bool {
        !self.ends
    }

    /// The connection and what has already been read from it, for what comes after an upgrade.
    pub(crate) fn into_parts(self) -> (Line, Vec<u8>) {
        (self.stream, self.unread)
    }

    fn read_more(&mut self) -> io::Result<()> {
        let mut chunk = [0; 16 * 1024];
        match self.stream.read(&mut chunk)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                self.unread.extend_from_slice(&chunk[..count]);
                Ok(())
            }
        }
    }
}

/// Whether the error says that the other side has gone, in one of the ways this is said.
pub(crate) fn is_closed(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    let gone = [
        Kind::UnexpectedEof,
        Kind::ConnectionReset,
        Kind::ConnectionAborted,
        Kind::ConnectionRefused,
        Kind::BrokenPipe,
    ];
    gone.contains(&error.kind())
}

fn parsed(bytes: &[u8]) -> io::Result<Option<(Response, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Response::new(&mut headers);
    let status = head.parse(bytes).map_err(io::Error::other)?;
    let httparse::Status::Complete(length) = status else { return Ok(None) };
    let own = |header: &httparse::Header<'_>| {
        (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned())
    };
    let headers = head.headers.iter().map(own).collect();
    let response = Response { status: head.code.unwrap_or(0), headers, body: Vec::new() };
    Ok(Some((response, length)))
}

impl Response {
    /// The first answer in what came back.
    pub(crate) fn first_in(bytes: &[u8]) -> Self {
        let shown = String::from_utf8_lossy(bytes);
        let read = parsed(bytes).unwrap_or_else(|error| panic!("no answer ({error}): {shown}"));
        let (mut response, head) = read.unwrap_or_else(|| panic!("half an answer: {shown}"));
        response.body = bytes[head..].to_vec();
        response
    }

    /// The value of a header, its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("no JSON ({error}): {text}"))
    }

    /// The word of a refusal, after checking that it is one and comes as JSON.
    pub(crate) fn code(&self) -> String {
        let kind = self.header("content-type").unwrap_or_default();
        assert!(kind.starts_with("application/json"), "a refusal as '{kind}'");
        let body = self.json();
        assert_eq!(body["type"], "error", "{body}");
        assert!(body["message"].as_str().is_some_and(|text| text.len() > 3), "{body}");
        body["code"].as_str().expect("a refusal has a code").to_owned()
    }
}
