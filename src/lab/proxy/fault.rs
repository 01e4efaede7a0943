//! What a proxy does to HTTP that it means well with: takes out what it does not know, and holds
//! back what is not whole.

/// Changes a stream on its way.
pub(super) trait Edit: Send {
    /// Takes the next bytes and gives what may go on.
    fn take(&mut self, bytes: &[u8]) -> Vec<u8>;

    /// What is left when the stream has ended.
    fn rest(&mut self) -> Vec<u8> {
        Vec::new()
    }
}

/// Changes nothing.
pub(super) struct Nothing;

impl Edit for Nothing {
    fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }
}

/// Takes `Upgrade` and `Connection` out of every request.
#[derive(Default)]
pub(super) struct Upgrades {
    head: Vec<u8>,
    /// How much of a body is still to come.
    body: usize,
}

impl Edit for Upgrades {
    fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        for byte in bytes {
            if self.body > 0 {
                self.body -= 1;
                out.push(*byte);
                continue;
            }
            self.head.push(*byte);
            if self.head.ends_with(b"\r\n\r\n") {
                self.body = length(&self.head).unwrap_or(0);
                out.extend(stripped(&std::mem::take(&mut self.head)));
            }
        }
        out
    }

    fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.head)
    }
}

/// A head without the lines that only concern the next hop.
fn stripped(head: &[u8]) -> Vec<u8> {
    let lines = head.split_inclusive(|byte| *byte == b'\n');
    let goes =
        |line: &&[u8]| !["upgrade:", "connection:"].iter().any(|name| begins_with(line, name));
    lines.filter(goes).flatten().copied().collect()
}

fn begins_with(line: &[u8], name: &str) -> bool {
    line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
}

/// The value of that header in a head.
fn header<'a>(head: &'a [u8], name: &str) -> Option<&'a str> {
    let line = head.split(|byte| *byte == b'\n').find(|line| begins_with(line, name))?;
    std::str::from_utf8(&line[name.len()..]).ok().map(str::trim)
}

fn length(head: &[u8]) -> Option<usize> {
    header(head, "content-length:")?.parse().ok()
}

/// Holds every answer back until all of it is there.
#[derive(Default)]
pub(super) struct Bodies {
    held: Vec<u8>,
    /// The body ends with the connection, and so nothing goes on before.
    endless: bool,
}

impl Edit for Bodies {
    fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(bytes);
        let mut out = Vec::new();
        while !self.endless {
            let Some(head) = self.held.windows(4).position(|four| four == b"\r\n\r\n") else {
                break;
            };
            let head = head + 4;
            match whole(&self.held, head) {
                Whole::At(end) => out.extend(self.held.drain(..end)),
                Whole::NotYet => break,
                Whole::Never => {
                    // The head says what is coming; what comes is kept.
                    out.extend(self.held.drain(..head));
                    self.endless = true;
                }
            }
        }
        out
    }

    fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }
}

enum Whole {
    At(usize),
    NotYet,
    Never,
}

/// Where an answer ends whose head ends there (RFC 9112 §6.3).
fn whole(answer: &[u8], head: usize) -> Whole {
    let (top, body) = answer.split_at(head);
    let status = top.get(9..12).unwrap_or_default();
    if let Some(length) = length(top) {
        return if body.len() >= length { Whole::At(head + length) } else { Whole::NotYet };
    }
    let chunked = header(top, "transfer-encoding:").is_some_and(|how| how.ends_with("chunked"));
    if chunked {
        return match body.windows(5).position(|five| five == b"0\r\n\r\n") {
            Some(at) => Whole::At(head + at + 5),
            None => Whole::NotYet,
        };
    }
    if status == b"204" || status == b"304" { Whole::At(head) } else { Whole::Never }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out when it goes in byte by byte.
    fn bit_by_bit(edit: &mut dyn Edit, text: &str) -> String {
        let out: Vec<u8> = text.bytes().flat_map(|byte| edit.take(&[byte])).collect();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn upgrades_are_taken_out_of_every_request_and_nothing_else_is() {
        let text = "POST /a HTTP/1.1\r\nUPGRADE: websocket\r\nContent-Length: 18\r\n\r\nUpgrade: in a body\
                    GET /b HTTP/1.1\r\nconnection: Upgrade\r\nHost: x\r\n\r\n";
        let expected = "POST /a HTTP/1.1\r\nContent-Length: 18\r\n\r\nUpgrade: in a body\
                        GET /b HTTP/1.1\r\nHost: x\r\n\r\n";
        assert_eq!(bit_by_bit(&mut Upgrades::default(), text), expected);
        assert_eq!(Upgrades::default().take(text.as_bytes()), expected.as_bytes());
    }

    #[test]
    fn an_answer_comes_whole_or_not_at_all() {
        let mut bodies = Bodies::default();
        for (answer, last) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 3),
            ("HTTP/1.1 204 No Content\r\n\r\n", 0),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 3),
        ] {
            let (most, rest) = answer.split_at(answer.len() - last - 1);
            assert_eq!(bodies.take(most.as_bytes()), b"", "{answer}");
            assert_eq!(bit_by_bit(&mut bodies, rest), answer);
        }
        let head = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
        assert_eq!(bit_by_bit(&mut bodies, &format!("{head}frame")), head);
        assert_eq!(bodies.rest(), b"frame");
    }
}
