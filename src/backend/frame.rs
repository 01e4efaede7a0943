//! The frames a server sends, RFC 6455 §5.2, appended to a buffer that goes out as it is.
//!
//! tungstenite reads what members say: unmasking, fragments, UTF-8, close codes. What the room says
//! is the same for every member and never masked, so it needs nothing but two to ten bytes in front
//! of the payload. Both WebSocket backends write these bytes and no others, which is what makes
//! them comparable.

use tungstenite::protocol::frame::coding::CloseCode;

use crate::chat::{Cursor, News};
use crate::message::{Message, ServerMessage};

const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
/// The first bit of every frame we send: the message ends with it, we never fragment.
const FINAL: u8 = 0x80;

/// Appends one text frame.
pub fn text(out: &mut Vec<u8>, payload: &[u8]) {
    header(out, TEXT, payload.len());
    out.extend_from_slice(payload);
}

/// Appends a message that is not in any log, such as an error.
pub fn message(out: &mut Vec<u8>, message: &ServerMessage<'_>) {
    let mut payload = Vec::new();
    message.encode(&mut payload);
    text(out, &payload);
}

/// Appends what a cursor found.
pub fn news(out: &mut Vec<u8>, news: News<'_>) {
    match news {
        News::Entry(payload) => text(out, payload),
        News::Lagged { missed, next } => message(out, &ServerMessage::Lagged { missed, next }),
    }
}

/// Appends the greeting: who and where you are, and whether your cursor was still good (R6).
pub fn greeting(out: &mut Vec<u8>, backend: &str, name: &str, cursor: &Cursor) {
    let room = cursor.room();
    let hello = ServerMessage::Hello {
        backend: backend.into(),
        room: room.name().into(),
        name: name.into(),
        epoch: room.epoch().into(),
        head: room.head(),
    };
    message(out, &hello);
    if cursor.was_reset() {
        message(out, &ServerMessage::Reset { epoch: room.epoch().into() });
    }
}

/// Appends a ping without payload.
pub fn ping(out: &mut Vec<u8>) {
    header(out, PING, 0);
}

/// Appends a close frame: two bytes of code and a reason for people, at most 123 bytes long.
///
/// # Panics
/// In a debug build when the reason is longer.
pub fn close(out: &mut Vec<u8>, code: CloseCode, reason: &str) {
    // The payload of a control frame is at most 125 bytes (RFC 6455 §5.5).
    debug_assert!(reason.len() <= 123, "reasons are short constants");
    header(out, CLOSE, 2 + reason.len());
    out.extend_from_slice(&u16::from(code).to_be_bytes());
    out.extend_from_slice(reason.as_bytes());
}

/// Why a connection must end when tungstenite refuses what a member sent (RFC 6455 §7.4.1); `None`
/// when it has ended already and there is nobody left to tell.
#[must_use]
pub fn close_code(error: &tungstenite::Error) -> Option<(CloseCode, &'static str)> {
    use tungstenite::Error;
    use tungstenite::error::ProtocolError;
    match error {
        Error::Capacity(_) => Some((CloseCode::Size, "message too large")),
        Error::Utf8(_) => Some((CloseCode::Invalid, "text is not UTF-8")),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        Error::Protocol(_) => Some((CloseCode::Protocol, "not RFC 6455")),
        Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => {
            Some((CloseCode::Policy, "the message took too long"))
        }
        _ => None,
    }
}

fn header(out: &mut Vec<u8>, opcode: u8, len: usize) {
    out.push(FINAL | opcode);
    // Lengths up to 125 stand in the second byte, larger ones in the two or eight bytes behind it.
    // The top bit of the second byte would announce a mask; servers must not mask (§5.1).
    // slide: length
    if let Ok(len @ 0..=125) = u8::try_from(len) {
        out.push(len);
    } else if let Ok(len) = u16::try_from(len) {
        out.push(126);
        out.extend_from_slice(&len.to_be_bytes());
    } else {
        out.push(127);
        out.extend_from_slice(&(len as u64).to_be_bytes());
    }
    // slide: end
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::io::{self, Read, Write};

    use super::*;
    use proptest::prelude::*;
    use tungstenite::Message as Frame;
    use tungstenite::protocol::{Role, WebSocket};

    fn read(bytes: Vec<u8>) -> Frame {
        let stream = io::Cursor::new(bytes);
        WebSocket::from_raw_socket(stream, Role::Client, None).read().unwrap()
    }

    #[test]
    fn every_length_is_read_back_by_an_independent_decoder() {
        for len in [0, 1, 125, 126, 65_535, 65_536, 100_000] {
            let payload = vec![b'x'; len];
            let mut out = Vec::new();
            text(&mut out, &payload);
            assert_eq!(read(out).into_data(), payload, "{len}");
        }
    }

    /// Gives its bytes in pieces of the given lengths, as a network does.
    struct Pieces {
        bytes: VecDeque<u8>,
        lengths: Vec<usize>,
        next: usize,
    }

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.lengths[self.next % self.lengths.len()];
            self.next += 1;
            let count = length.min(buffer.len()).min(self.bytes.len());
            self.bytes.drain(..count).zip(buffer).for_each(|(byte, place)| *place = byte);
            Ok(count)
        }
    }

    impl Write for Pieces {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    proptest! {
        /// However the network cuts the stream, the same messages come out of it.
        #[test]
        fn any_split_of_the_stream_decodes_the_same(
            texts in prop::collection::vec(".{0,200}", 1..20),
            lengths in prop::collection::vec(1usize..50, 1..20),
        ) {
            let mut out = Vec::new();
            texts.iter().for_each(|payload| text(&mut out, payload.as_bytes()));
            let pieces = Pieces { bytes: out.into(), lengths, next: 0 };
            let mut ws = WebSocket::from_raw_socket(pieces, Role::Client, None);
            for payload in texts {
                let read = ws.read().unwrap().into_text().unwrap();
                prop_assert_eq!(read.as_str(), payload);
            }
        }
    }

    #[test]
    fn control_frames_are_what_they_say() {
        let mut out = Vec::new();
        ping(&mut out);
        assert_eq!(out, [0x89, 0]);
        out.clear();
        close(&mut out, CloseCode::Away, "server is shutting down");
        let Frame::Close(Some(frame)) = read(out) else { panic!("no close frame") };
        assert_eq!(
            (u16::from(frame.code), frame.reason.as_str()),
            (1001, "server is shutting down")
        );
    }
}
