//! Answers of an HTTP/1.1 server: where they end and what is in them. Bytes in, answers out; no
//! sockets.

use std::borrow::Cow;

/// One whole answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    /// Whether the connection stays open.
    pub(super) keep_alive: bool,
    /// The `Sec-WebSocket-Accept` header.
    pub(super) accept: Option<&'a [u8]>,
    pub(super) body: Cow<'a, [u8]>,
    /// Bytes of input that the answer took.
    pub(super) length: usize,
}

/// Longest head and body a server of ours could send; beyond that it is noise.
const TOO_LONG: usize = 64 << 20;
const MOST_HEADERS: usize = 32;

/// How the length of a body is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length(usize),
    Chunked,
    UntilClosed,
}

/// Reads one answer from the front of `bytes`. `None` when it is not whole yet; `closed` says that
/// nothing more will come.
pub(super) fn read(bytes: &[u8], closed: bool) -> Result<Option<Answer<'_>>, String> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut head = httparse::Response::new(&mut headers);
    let start = match head.parse(bytes) {
        Ok(httparse::Status::Complete(start)) => start,
        Ok(httparse::Status::Partial) if bytes.len() < TOO_LONG => return Ok(None),
        Ok(httparse::Status::Partial) => return Err("an endless HTTP head".to_owned()),
        Err(error) => return Err(format!("no HTTP answer: {error}")),
    };
    let status = head.code.unwrap_or_default();
    let mut keep_alive = head.version == Some(1);
    let mut accept = None;
    let mut framing = Framing::UntilClosed;
    for header in head.headers.iter() {
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        if is("content-length") && framing != Framing::Chunked {
            framing = Framing::Length(length(header.value)?);
        } else if is("transfer-encoding") {
            framing = Framing::Chunked;
        } else if is("connection") && header.value.eq_ignore_ascii_case(b"close") {
            keep_alive = false;
        } else if is("sec-websocket-accept") {
            accept = Some(header.value);
        }
    }
    if status == 101 || status == 204 {
        framing = Framing::Length(0);
    }
    let body = match framing {
        Framing::Length(length) => {
            bytes.get(start..start + length).map(|body| (Cow::Borrowed(body), start + length))
        }
        Framing::Chunked => dechunk(bytes, start)?.map(|(body, length)| (Cow::Owned(body), length)),
        Framing::UntilClosed if closed => Some((Cow::Borrowed(&bytes[start..]), bytes.len())),
        Framing::UntilClosed => None,
    };
    keep_alive &= framing != Framing::UntilClosed;
    Ok(body.map(|(body, length)| Answer { status, keep_alive, accept, body, length }))
}

fn length(value: &[u8]) -> Result<usize, String> {
    let text = std::str::from_utf8(value).ok();
    let length = text.and_then(|text| text.trim().parse().ok()).filter(|&bytes| bytes < TOO_LONG);
    length.ok_or_else(|| "an unreadable Content-Length".to_owned())
}

/// The body behind `at` without its chunk lines, and where it ends; `None` when it is not whole.
fn dechunk(bytes: &[u8], mut at: usize) -> Result<Option<(Vec<u8>, usize)>, String> {
    let mut body = Vec::new();
    loop {
        let (line, size) = match httparse::parse_chunk_size(&bytes[at..]) {
            Ok(httparse::Status::Complete(found)) => found,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err("an unreadable chunk".to_owned()),
        };
        let size = usize::try_from(size).ok().filter(|&size| body.len() + size < TOO_LONG);
        let size = size.ok_or("an endless chunk")?;
        let start = at + line;
        // Behind each chunk, and behind the empty one that ends the body, stands a line break.
        // None of our servers sends trailers.
        let Some(chunk) = bytes.get(start..start + size + 2) else { return Ok(None) };
        let (chunk, end) = chunk.split_at(size);
        if end != b"\r\n" {
            return Err("a chunk that does not end where it says".to_owned());
        }
        at = start + size + 2;
        if size == 0 {
            return Ok(Some((body, at)));
        }
        body.extend_from_slice(chunk);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAIN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhalloHTTP";
    const CHUNKED: &[u8] =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nha\r\n3;x=y\r\nllo\r\n0\r\n\r\nHTTP";

    proptest! {
        #[test]
        fn an_answer_is_read_when_it_is_whole_and_not_before(cut in 0usize..200, chunked: bool) {
            let bytes = if chunked { CHUNKED } else { PLAIN };
            let piece = &bytes[..cut.min(bytes.len())];
            let whole = bytes.len() - 4;
            match read(piece, false).unwrap() {
                None => prop_assert!(piece.len() < whole),
                Some(answer) => {
                    prop_assert!(piece.len() >= whole);
                    prop_assert_eq!((answer.status, answer.length), (200, whole));
                    prop_assert_eq!(answer.body.as_ref(), b"hallo");
                    prop_assert!(answer.keep_alive);
                }
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, tail: Vec<u8>, closed: bool) {
            let _ = read(&bytes, closed);
            let mut chunks = CHUNKED[..50].to_vec();
            chunks.extend_from_slice(&tail);
            let _ = read(&chunks, closed);
        }
    }

    #[test]
    fn an_upgrade_has_no_body() {
        let bytes = b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x=\r\n\r\n\x81\x00";
        let answer = read(bytes, false).unwrap().unwrap();
        assert_eq!((answer.accept, answer.length), (Some(&b"x="[..]), bytes.len() - 2));
    }

    #[test]
    fn a_body_without_length_ends_with_the_connection() {
        let bytes = b"HTTP/1.1 503 Full\r\nConnection: close\r\n\r\nfull";
        assert_eq!(read(bytes, false), Ok(None));
        let answer = read(bytes, true).unwrap().unwrap();
        assert_eq!((answer.status, answer.body.as_ref()), (503, &b"full"[..]));
        assert!(!answer.keep_alive);
    }

    #[test]
    fn noise_is_refused() {
        for noise in [&b"SSH-2.0-x\r\n"[..], b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"] {
            assert!(read(noise, false).is_err());
        }
    }
}
