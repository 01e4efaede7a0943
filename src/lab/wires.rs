//! The two wires by hand, byte by byte: small enough to read, so that an experiment shows what is on
//! the wire and not what a library makes of it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The key of RFC 6455 §1.3, and what it must be answered with.
pub(super) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
pub(super) const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// Longer than any answer of a server that is alive.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection on which nobody waits forever.
///
/// # Errors
/// When nobody listens there.
pub(super) fn connect(to: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(to)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// The head of an opening handshake (RFC 6455 §4.1) for that path, with further lines.
pub(super) fn opening(path: &str, version: &str, more: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: {version}\r\n{more}\r\n"
    )
}

/// The line with the key.
pub(super) fn key_line() -> String {
    format!("Sec-WebSocket-Key: {KEY}\r\n")
}

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The value of that header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim())
    }
}

/// Reads one HTTP answer: head, and as much body as it announces.
///
/// # Errors
/// When the connection ends first or what comes is no HTTP.
pub(super) fn read_answer(stream: &mut TcpStream) -> io::Result<Answer> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
    let status = status.ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "this is no HTTP"))?;
    let mut answer = Answer { status, head, body: Vec::new() };
    let length = answer.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    answer.body = vec![0; length];
    stream.read_exact(&mut answer.body)?;
    Ok(answer)
}

/// Sends a request and reads its answer.
///
/// # Errors
/// As [`read_answer`].
pub(super) fn ask(stream: &mut TcpStream, request: &str) -> io::Result<Answer> {
    stream.write_all(request.as_bytes())?;
    read_answer(stream)
}

/// Upgrades a connection to the WebSocket of that path and reads the greeting.
///
/// # Errors
/// When the server does not upgrade.
pub(super) fn join(to: SocketAddr, path: &str) -> io::Result<TcpStream> {
    let mut stream = connect(to)?;
    let answer = ask(&mut stream, &opening(path, "13", &key_line()))?;
    if answer.status != 101 {
        return Err(io::Error::other(format!("no upgrade but status {}", answer.status)));
    }
    read_frame(&mut stream)?;
    Ok(stream)
}

/// A frame (RFC 6455 §5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    /// FIN, reserved bits and opcode, as they stand in the first byte.
    pub(super) first: u8,
    pub(super) masked: bool,
    pub(super) payload: Vec<u8>,
}

impl Frame {
    /// What kind of frame it is.
    pub(super) fn opcode(&self) -> u8 {
        self.first & 0x0f
    }
}

/// Reads one frame and takes off its mask.
///
/// # Errors
/// When the connection ends first.
pub(super) fn read_frame(stream: &mut impl Read) -> io::Result<Frame> {
    let mut head = [0; 2];
    stream.read_exact(&mut head)?;
    let length = match head[1] & 0x7f {
        126 => {
            let mut long = [0; 2];
            stream.read_exact(&mut long)?;
            u64::from(u16::from_be_bytes(long))
        }
        127 => {
            let mut long = [0; 8];
            stream.read_exact(&mut long)?;
            u64::from_be_bytes(long)
        }
        short => u64::from(short),
    };
    let masked = head[1] & 0x80 != 0;
    let mut key = [0; 4];
    if masked {
        stream.read_exact(&mut key)?;
    }
    let mut payload = Vec::new();
    stream.take(length).read_to_end(&mut payload)?;
    if payload.len() as u64 != length {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    if masked {
        mask(&mut payload, key);
    }
    Ok(Frame { first: head[0], masked, payload })
}

/// Reads the next message. Pings before it are answered, as they must be (RFC 6455 §5.5.2): who
/// listens for longer than a heartbeat is asked whether it is there.
///
/// # Errors
/// When the connection ends first.
pub(super) fn read_message(stream: &mut (impl Read + Write)) -> io::Result<Vec<u8>> {
    loop {
        let read = read_frame(stream)?;
        match read.opcode() {
            0x8 => return Err(ErrorKind::UnexpectedEof.into()),
            0x9 => stream.write_all(&frame(0x8a, &read.payload))?,
            0xa => {}
            _ => return Ok(read.payload),
        }
    }
}

/// Lays a masking key over a payload, or takes it off again (RFC 6455 §5.3).
fn mask(payload: &mut [u8], key: [u8; 4]) {
    payload.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
}

/// A frame of a client: masked, as it must be.
pub(super) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    let mut bytes = vec![first];
    match payload.len() {
        length @ ..126 => bytes.push(0x80 | length as u8),
        length => {
            bytes.push(0x80 | 126);
            bytes.extend_from_slice(&u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    bytes.extend_from_slice(&KEY);
    let at = bytes.len();
    bytes.extend_from_slice(payload);
    mask(&mut bytes[at..], KEY);
    bytes
}

/// What a member says, as JSON. The text must need no escaping.
pub(super) fn say(text: &str) -> String {
    format!(r#"{{"type":"say","text":"{text}"}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_back_as_it_was_written() {
        for length in [0, 1, 125, 126, 4000] {
            let payload = vec![b'x'; length];
            let bytes = frame(0x81, &payload);
            let read = read_frame(&mut bytes.as_slice()).unwrap();
            assert_eq!(read, Frame { first: 0x81, masked: true, payload });
            assert!(read_frame(&mut &bytes[..bytes.len() - 1]).is_err());
        }
    }
    #[test]
    fn a_ping_before_a_message_is_answered() {
        struct Line<'a>(&'a [u8], Vec<u8>);
        impl Read for Line<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0.read(buffer)
            }
        }
        impl Write for Line<'_> {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.1.write(bytes)
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut line = Line(b"\x89\x02hi\x8a\x00\x89\x00\x81\x04text\x88\x00", Vec::new());
        assert_eq!(read_message(&mut line).unwrap(), b"text");
        assert_eq!(line.1, [frame(0x8a, b"hi"), frame(0x8a, b"")].concat());
        assert!(read_message(&mut line).is_err(), "it was closed");
    }
}
