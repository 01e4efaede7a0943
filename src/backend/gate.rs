//! Requests as bytes, checked before any parser sees them, and by the same rules on all backends.
//!
//! Parsers are lenient where RFC 9112 lets them be: a line may end without a carriage return, a
//! second length may be ignored. Two lenient programs in a row can differ on where a request ends,
//! and what one takes for a body is a request to the other. So the gate is strict, and it follows
//! bodies only as far as it must to know where the next head begins.

/// What one connection's requests look like so far.
#[derive(Debug)]
pub(super) struct Gate {
    place: Place,
    /// The current line, as far as it has come and as much of it as matters.
    line: Vec<u8>,
    length: Option<u64>,
    is_coded: bool,
    is_upgrade: bool,
    lines: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Head,
    /// So many bytes of a body are still to come.
    Body(u64),
    /// What comes is of no interest: a body in chunks, which is the last one on its connection, or
    /// frames.
    Beyond,
}

/// A line longer than any head may be is left to the parser, which refuses it.
const LONGEST: usize = 64 * 1024;

impl Gate {
    pub(super) fn new() -> Self {
        let (length, is_coded, is_upgrade) = (None, false, false);
        Gate { place: Place::Head, line: Vec::new(), length, is_coded, is_upgrade, lines: 0 }
    }

    /// Looks at bytes that have just come; an error says what is wrong with them.
    pub(super) fn pass(&mut self, mut bytes: &[u8]) -> Result<(), &'static str> {
        loop {
            match self.place {
                Place::Beyond => return Ok(()),
                Place::Body(left) => {
                    let taken = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    bytes = &bytes[taken..];
                    let left = left - taken as u64;
                    self.place = if left == 0 { Place::Head } else { Place::Body(left) };
                }
                Place::Head => {
                    let Some(end) = bytes.iter().position(|&byte| byte == b'\n') else {
                        return self.keep(bytes);
                    };
                    let (line, rest) = bytes.split_at(end + 1);
                    bytes = rest;
                    if self.line.is_empty() {
                        self.line(line)?;
                    } else {
                        self.keep(line)?;
                        let line = std::mem::take(&mut self.line);
                        self.line(&line)?;
                    }
                }
            }
            if bytes.is_empty() {
                return Ok(());
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        if self.line.len() + bytes.len() > LONGEST {
            self.place = Place::Beyond;
            return Ok(());
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    /// Judges one line, which ends with a line feed.
    fn line(&mut self, line: &[u8]) -> Result<(), &'static str> {
        let Some(line) = line.strip_suffix(b"\r\n") else {
            return Err("a line of a head ends with CR LF");
        };
        self.lines += 1;
        match line {
            // Empty lines before a request are none of it (RFC 9112 §2.2).
            [] if self.lines == 1 => self.lines = 0,
            [] => self.head_is_whole(),
            [b' ' | b'\t', ..] => return Err("a header line must not be folded"),
            _ if line.contains(&0) || line.contains(&b'\r') => {
                return Err("a head has no NUL and no CR of its own");
            }
            [b'c' | b'C', ..] => {
                if let Some(value) = value_of(line, b"content-length") {
                    let length = number(value).ok_or("Content-Length must be a number")?;
                    if self.length.replace(length).is_some() {
                        return Err("Content-Length must be there once only");
                    }
                }
            }
            [b't' | b'T', ..] => {
                if let Some(value) = value_of(line, b"transfer-encoding")
                    && (std::mem::replace(&mut self.is_coded, true)
                        || !value.eq_ignore_ascii_case(b"chunked"))
                {
                    return Err("Transfer-Encoding can only be chunked");
                }
            }
            [b'u' | b'U', ..] => self.is_upgrade |= value_of(line, b"upgrade").is_some(),
            _ => {}
        }
        if self.is_coded && self.length.is_some() {
            return Err("Content-Length and Transfer-Encoding exclude each other");
        }
        Ok(())
    }

    fn head_is_whole(&mut self) {
        self.lines = 0;
        let is_last = std::mem::take(&mut self.is_coded) || std::mem::take(&mut self.is_upgrade);
        self.place = match (is_last, self.length.take()) {
            (true, _) => Place::Beyond,
            (false, Some(length @ 1..)) => Place::Body(length),
            (false, _) => Place::Head,
        };
    }
}

/// The value of a header line, if it has that name. A blank before the colon is no part of any
/// name, and the parsers refuse it.
fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (front, rest) = line.split_at_checked(name.len())?;
    let value = rest.strip_prefix(b":")?;
    front.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
}

/// Digits and nothing else, of a number that a body could have.
fn number(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?;
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the gate says of bytes that come in pieces.
    fn said(bytes: &[u8], pieces: &[usize]) -> Result<(), &'static str> {
        let mut gate = Gate::new();
        let (mut rest, mut sizes) = (bytes, pieces.iter().cycle());
        while !rest.is_empty() {
            let (piece, more) = rest.split_at(rest.len().min(*sizes.next().unwrap_or(&7)));
            gate.pass(piece)?;
            rest = more;
        }
        Ok(())
    }

    const GOOD: &[&[u8]] = &[
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        b"\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n\n\n\nGET / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length:0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\n\0\nwhatever",
        b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n\x81\x85\n\0\0\n\n\n",
        b"GET / HTTP/1.1\r\nCookie: c\r\nTe: trailers\r\nContent-Lengthy: -\r\n\r\n",
    ];

    const BAD: &[&[u8]] = &[
        b"GET / HTTP/1.1\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\n",
        b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\0\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\rC: d\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\nx",
        b"POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\nx",
        b"POST / HTTP/1.1\r\nContent-Length: \r\n\r\nx",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\nx",
        b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nxyGET / HTTP/1.1\n\r\n",
    ];

    proptest! {
        #[test]
        fn what_is_strict_passes_and_what_is_not_does_not(
            pieces in prop::collection::vec(1usize..40, 1..8),
        ) {
            for bytes in GOOD {
                prop_assert_eq!(said(bytes, &pieces), Ok(()), "{}", bytes.escape_ascii());
            }
            for bytes in BAD {
                prop_assert!(said(bytes, &pieces).is_err(), "{}", bytes.escape_ascii());
            }
        }

        #[test]
        fn noise_is_never_a_panic(bytes: Vec<u8>, pieces in prop::collection::vec(1usize..40, 1..8)) {
            let _ = said(&bytes, &pieces);
        }
    }
}
