//! The generator's books: what each byte of a connection was for, noted where it is understood.
//!
//! Integer additions and nothing else. This file knows frame headers and what the kernel counted;
//! it knows no sockets, no HTTP and no JSON.

use std::ops::{Add, AddAssign, Sub};

use crate::machine::tcp::TcpCounters;
use crate::sample::{Account, Parts};

/// What has crossed the wire, by what it was for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Books {
    /// To the server.
    pub(super) up: Parts,
    /// From the server.
    pub(super) down: Parts,
}

/// The books of some connections beside what the kernel counted on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) books: Books,
    /// `None` where the system does not tell.
    pub(super) kernel: Option<TcpCounters>,
}

impl Default for Standing {
    /// No connection at all, of which the kernel knows nothing either.
    fn default() -> Self {
        Standing { books: Books::default(), kernel: Some(TcpCounters::default()) }
    }
}

impl Standing {
    /// Moves so many bytes of text, which was heard as part of messages, from the envelope to the
    /// payload.
    pub(super) fn with_text_heard(mut self, bytes: u64) -> Self {
        move_text(&mut self.books.down, bytes);
        self
    }

    /// The same as it stands in results.
    pub(super) fn account(&self) -> Account {
        Account {
            up: self.books.up,
            down: self.books.down,
            kernel_up: self.kernel.map(|kernel| kernel.bytes_sent_once()),
            kernel_down: self.kernel.map(|kernel| kernel.bytes_received),
        }
    }
}

impl AddAssign for Standing {
    fn add_assign(&mut self, other: Self) {
        self.books.up = self.books.up + other.books.up;
        self.books.down = self.books.down + other.books.down;
        self.kernel = self.kernel.zip(other.kernel).map(|(one, two)| one + two);
    }
}

impl Add for Standing {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl Sub for Standing {
    type Output = Self;

    /// What was added since `earlier`.
    fn sub(self, earlier: Self) -> Self {
        let (new, old) = (self.books, earlier.books);
        Standing {
            books: Books { up: new.up - old.up, down: new.down - old.down },
            kernel: self.kernel.zip(earlier.kernel).map(|(to, from)| to - from),
        }
    }
}

/// A text is never longer than the message around it, so nothing is taken that is not there.
fn move_text(parts: &mut Parts, bytes: u64) {
    let bytes = bytes.min(parts.envelope);
    parts.envelope -= bytes;
    parts.payload += bytes;
}

/// The longest header: two bytes, eight of length, four of masking key (RFC 6455 §5.2).
const LONGEST_HEADER: usize = 14;

/// Follows one direction of a WebSocket connection from header to header, however it is cut.
///
/// tungstenite tells messages, not frames: it answers pings unasked and joins fragments. So the
/// bytes are followed where they cross, at the system calls.
#[derive(Debug, Default)]
pub(super) struct FrameWalk {
    parts: Parts,
    /// The header of the current frame, as far as it has come.
    header: [u8; LONGEST_HEADER],
    have: usize,
    /// Payload bytes of the current frame that are still to come.
    rest: u64,
    is_control: bool,
    /// Whether a message ends with this frame.
    is_last: bool,
    /// Bytes of text in every message.
    text: u64,
}

impl FrameWalk {
    /// For messages that have so many bytes of text each; 0 where only the reader of the messages
    /// can tell.
    pub(super) fn of_texts(text: u64) -> Self {
        FrameWalk { text, ..FrameWalk::default() }
    }

    /// Goes on with bytes that have just crossed.
    pub(super) fn walk(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let count = match self.rest {
                0 => self.head(bytes),
                rest => self.carry(bytes.len().min(usize::try_from(rest).unwrap_or(usize::MAX))),
            };
            bytes = &bytes[count..];
        }
    }

    /// Everything that has crossed. What has come of an unfinished header is framing.
    pub(super) fn parts(&self) -> Parts {
        Parts { framing: self.parts.framing + self.have as u64, ..self.parts }
    }

    /// Whether no frame is half way.
    pub(super) fn is_between_frames(&self) -> bool {
        self.have == 0 && self.rest == 0
    }

    /// Takes bytes of a header and says how many.
    fn head(&mut self, bytes: &[u8]) -> usize {
        let count = bytes.len().min(header_length(&self.header[..self.have]) - self.have);
        self.header[self.have..][..count].copy_from_slice(&bytes[..count]);
        self.have += count;
        if self.have == header_length(&self.header[..self.have]) {
            self.begin();
        }
        count
    }

    /// The header is whole.
    fn begin(&mut self) {
        let [first, second, a, b, c, d, e, f, g, h, ..] = self.header;
        self.rest = match second & 0x7f {
            126 => u64::from(u16::from_be_bytes([a, b])),
            127 => u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            short => u64::from(short),
        };
        self.is_control = first & 0x08 != 0;
        self.is_last = first & 0x80 != 0 && !self.is_control;
        let length = std::mem::take(&mut self.have) as u64;
        if self.is_control {
            self.parts.control += length;
        } else {
            let key = key_length(second) as u64;
            self.parts.framing += length - key;
            self.parts.masking += key;
        }
        if self.rest == 0 {
            self.end();
        }
    }

    /// Takes so many bytes of a frame's payload.
    fn carry(&mut self, count: usize) -> usize {
        let part = if self.is_control { &mut self.parts.control } else { &mut self.parts.envelope };
        *part += count as u64;
        self.rest -= count as u64;
        if self.rest == 0 {
            self.end();
        }
        count
    }

    /// The frame is whole.
    fn end(&mut self) {
        if self.is_last {
            move_text(&mut self.parts, self.text);
        }
    }
}

/// How long a header is that begins like this; two bytes tell.
fn header_length(header: &[u8]) -> usize {
    let [_, second, ..] = *header else { return 2 };
    let length = match second & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    2 + length + key_length(second)
}

fn key_length(second: u8) -> usize {
    if second & 0x80 == 0 { 0 } else { 4 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The bytes of a frame and what they are.
    fn frame(first: u8, length: usize, is_masked: bool) -> (Vec<u8>, Parts) {
        let mask = u8::from(is_masked) << 7;
        let mut bytes = match length {
            0..=125 => vec![first, mask | length as u8],
            126..=0xffff => [&[first, mask | 126][..], &(length as u16).to_be_bytes()].concat(),
            _ => [&[first, mask | 127][..], &(length as u64).to_be_bytes()].concat(),
        };
        let framing = bytes.len() as u64;
        let masking = if is_masked { 4 } else { 0 };
        // A payload that looks like headers is still a payload.
        bytes.resize(bytes.len() + masking as usize + length, 0x81);
        let parts = match first & 0x08 {
            0 => Parts { framing, masking, envelope: length as u64, ..Parts::default() },
            _ => Parts { control: bytes.len() as u64, ..Parts::default() },
        };
        (bytes, parts)
    }

    fn lengths() -> impl Strategy<Value = usize> {
        prop_oneof![0usize..300, Just(125), Just(126), Just(65_535), Just(65_536)]
    }

    proptest! {
        #[test]
        fn frames_are_told_apart_however_they_are_cut(
            frames in prop::collection::vec(
                (prop_oneof![Just(0x81), Just(0x01), Just(0x80), Just(0x89), Just(0x8a)],
                 lengths(), any::<bool>()), 0..6),
            cuts in prop::collection::vec(1usize..3000, 1..40),
        ) {
            let frames: Vec<_> = frames.into_iter().map(|(f, l, m)| frame(f, l, m)).collect();
            let bytes = frames.iter().flat_map(|(bytes, _)| bytes.clone()).collect::<Vec<_>>();
            let expected = frames.iter().fold(Parts::default(), |sum, (_, parts)| sum + *parts);
            let mut walk = FrameWalk::default();
            let mut fed = 0;
            for cut in cuts.iter().cycle() {
                let piece = &bytes[fed..(fed + cut).min(bytes.len())];
                walk.walk(piece);
                fed += piece.len();
                prop_assert_eq!(walk.parts().total(), fed as u64);
                if fed == bytes.len() {
                    break;
                }
            }
            prop_assert_eq!(walk.parts(), expected);
            prop_assert!(walk.is_between_frames());
        }

        #[test]
        fn whatever_is_fed_is_assigned(pieces: Vec<Vec<u8>>, text in 0u64..100) {
            let mut walk = FrameWalk::of_texts(text);
            for piece in &pieces {
                walk.walk(piece);
            }
            let fed: usize = pieces.iter().map(Vec::len).sum();
            prop_assert_eq!(walk.parts().total(), fed as u64);
        }
    }

    #[test]
    fn a_text_counts_when_its_message_is_whole() {
        let mut walk = FrameWalk::of_texts(80);
        let (bytes, _) = frame(0x81, 130, true);
        let (rest, front) = bytes.split_last().unwrap();
        walk.walk(front);
        assert_eq!((walk.parts().payload, walk.is_between_frames()), (0, false));
        walk.walk(&[*rest]);
        let expected =
            Parts { payload: 80, envelope: 50, framing: 4, masking: 4, ..Parts::default() };
        assert_eq!(walk.parts(), expected);
        // A message in two frames has its text once, and a pong none.
        for (first, length) in [(0x01, 60), (0x8a, 0), (0x80, 70)] {
            walk.walk(&frame(first, length, true).0);
        }
        assert_eq!(walk.parts().payload, 160);
        assert_eq!(walk.parts().control, 6);
    }

    #[test]
    fn what_one_connection_cannot_tell_nobody_can() {
        let known = Standing::default();
        let unknown = Standing { kernel: None, ..known };
        assert_eq!((known + unknown).account().reconciles(), None);
        assert_eq!((known + known).account().reconciles(), Some(true));
    }
}
