//! Reading the head of one HTTP/1.1 request with blocking calls.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version};

use super::socket::Socket;
use crate::backend::gate::Gate;
use crate::backend::guard::Asked;
use crate::backend::route::Answer;

/// Header lines that a request may have.
const MOST_HEADERS: usize = 64;

/// The head of a request, and what came behind it.
pub(super) struct Request {
    version: Version,
    pub(super) method: Method,
    uri: Uri,
    headers: HeaderMap,
    /// Bytes that followed the head: the beginning of the first frame, if the client was quick.
    pub(super) already_read: Vec<u8>,
}

impl Request {
    /// The head as routes see it.
    pub(super) fn asked(&self) -> Asked<'_> {
        let Request { version, method, uri, headers, .. } = self;
        Asked { version: *version, method, uri, headers }
    }

    /// Whether another request may follow on this connection: not when the client says so, and not
    /// when a body comes first, which no path of this backend takes.
    pub(super) fn may_be_followed(&self) -> bool {
        let says_close = |value: &HeaderValue| {
            value.to_str().is_ok_and(|value| value.to_ascii_lowercase().contains("close"))
        };
        let has_body = self.headers.contains_key(TRANSFER_ENCODING)
            || self.headers.get_all(CONTENT_LENGTH).iter().any(|length| length != "0");
        !has_body && !self.headers.get_all(CONNECTION).iter().any(says_close)
    }
}

/// Reads a request's head, of which the beginning may have been read already. `None` when there is
/// none, or when the client has been told that what it sent is none.
pub(super) fn read(
    mut stream: &Socket,
    mut bytes: Vec<u8>,
    most: usize,
    patience: Duration,
) -> io::Result<Option<Request>> {
    let until = Instant::now() + patience;
    let mut gate = Gate::new();
    let mut passed = 0;
    loop {
        let strict = gate.pass(&bytes[passed..]);
        passed = bytes.len();
        let refusal = match parse(&bytes) {
            _ if let Err(why) = strict => no_http(why),
            Ok(Some(request)) => return Ok(Some(request)),
            Ok(None) if bytes.len() < most => {
                if !fill(stream, &mut bytes, until)? {
                    return Ok(None);
                }
                continue;
            }
            Ok(None) | Err(httparse::Error::TooManyHeaders) => Answer::head_too_large(),
            Err(error) => no_http(&error.to_string()),
        };
        stream.write_all(&refusal.to_http1(false, true))?;
        return Ok(None);
    }
}

fn no_http(why: &str) -> Answer {
    Answer::refuse(StatusCode::BAD_REQUEST, "no-http", format!("no HTTP/1.1: {why}"))
}

/// How long the head at the front of these bytes is, once it is complete.
///
/// # Errors
/// When it is none.
pub fn head_length(bytes: &[u8]) -> Result<Option<usize>, httparse::Error> {
    Ok(parse(bytes)?.map(|request| bytes.len() - request.already_read.len()))
}

/// Reads some more; false at the end of the stream.
fn fill(mut stream: &Socket, bytes: &mut Vec<u8>, until: Instant) -> io::Result<bool> {
    // A timeout of zero would mean none at all.
    let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    stream.set_read_timeout(Some(left))?;
    let mut chunk = [0; 1024];
    let count = stream.read(&mut chunk)?;
    if Instant::now() >= until {
        return Err(io::ErrorKind::TimedOut.into());
    }
    bytes.extend_from_slice(&chunk[..count]);
    Ok(count > 0)
}

/// The request, once its head is complete.
fn parse(bytes: &[u8]) -> Result<Option<Request>, httparse::Error> {
    let mut lines = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut head = httparse::Request::new(&mut lines);
    let httparse::Status::Complete(length) = head.parse(bytes)? else { return Ok(None) };
    // That there is an older version is for all backends to say in the same words.
    let version = if head.version == Some(1) { Version::HTTP_11 } else { Version::HTTP_10 };
    let method =
        head.method.and_then(|method| method.parse().ok()).ok_or(httparse::Error::Token)?;
    let uri = head.path.and_then(|path| path.parse().ok()).ok_or(httparse::Error::Token)?;
    let mut headers = HeaderMap::with_capacity(head.headers.len());
    for line in head.headers.iter() {
        let name: HeaderName = line.name.parse().map_err(|_| httparse::Error::HeaderName)?;
        let value =
            HeaderValue::from_bytes(line.value).map_err(|_| httparse::Error::HeaderValue)?;
        headers.append(name, value);
    }
    Ok(Some(Request { version, method, uri, headers, already_read: bytes[length..].to_vec() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &[u8] = b"GET /chat?room=r HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n\r\nrest";

    #[test]
    fn a_head_ends_at_the_empty_line() {
        let request = parse(GOOD).unwrap().unwrap();
        assert_eq!((request.method, request.uri.path()), (Method::GET, "/chat"));
        assert_eq!(request.headers["connection"], "Upgrade");
        assert_eq!(request.already_read, b"rest");
    }

    #[test]
    fn every_beginning_of_a_head_is_incomplete() {
        for length in 0..GOOD.len() - "rest".len() {
            assert!(parse(&GOOD[..length]).unwrap().is_none(), "{length}");
        }
    }

    proptest! {
        #[test]
        fn noise_is_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            let _ = parse(&bytes);
        }
    }
}
