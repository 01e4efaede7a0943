//! One case: what is sent, what has to come back, how it ends.

use std::io::{Read, Write};
use std::net::SocketAddr;

use crate::support::{Http, frame, handshake};

/// First bytes of frames: FIN and an opcode.
pub(super) const CONTINUED: u8 = 0x00;
pub(super) const TEXT: u8 = 0x81;
pub(super) const BINARY: u8 = 0x82;
pub(super) const CLOSE: u8 = 0x88;
pub(super) const PING: u8 = 0x89;
pub(super) const PONG: u8 = 0x8a;
/// Taken away from a first byte, more of the message follows.
pub(super) const FIN: u8 = 0x80;

/// A row of the table.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) id: String,
    /// What is sent, one write for each.
    pub(super) sent: Vec<Vec<u8>>,
    /// First byte and payload of every frame that has to come back before the end.
    pub(super) due: Vec<(u8, Vec<u8>)>,
    pub(super) end: End,
}

/// How a connection ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// We close when everything has come back, and are answered.
    Ours,
    /// The server answers with a close frame of this payload.
    Answered(Vec<u8>),
    /// The server closes with this code, whatever its words.
    Fails(u16),
}

impl Case {
    /// A case that sends nothing and goes well.
    pub(super) fn new(id: impl Into<String>) -> Self {
        Case { id: id.into(), sent: Vec::new(), due: Vec::new(), end: End::Ours }
    }

    /// Sends a frame.
    pub(super) fn send(mut self, first: u8, payload: impl AsRef<[u8]>) -> Self {
        self.sent.push(frame(first, payload.as_ref(), true));
        self
    }

    /// Sends a message and has it come back.
    pub(super) fn echo(self, first: u8, payload: impl AsRef<[u8]>) -> Self {
        self.send(first, payload.as_ref()).due(first, payload)
    }

    /// A frame that has to come back.
    pub(super) fn due(mut self, first: u8, payload: impl AsRef<[u8]>) -> Self {
        self.due.push((first, payload.as_ref().to_vec()));
        self
    }

    /// Cuts everything into writes of that many bytes.
    pub(super) fn in_pieces_of(mut self, size: usize) -> Self {
        self.sent = self.sent.concat().chunks(size).map(<[u8]>::to_vec).collect();
        self
    }

    /// Sends everything with one write.
    pub(super) fn at_once(mut self) -> Self {
        self.sent = vec![self.sent.concat()];
        self
    }

    pub(super) fn ends(mut self, end: End) -> Self {
        self.end = end;
        self
    }

    pub(super) fn fails(self, code: u16) -> Self {
        self.ends(End::Fails(code))
    }

    /// Plays it to a server.
    pub(super) fn play(&self, at: SocketAddr) -> Result<(), String> {
        self.try_to_play(at).map_err(|why| format!("case {}: {why}", self.id))
    }

    fn try_to_play(&self, at: SocketAddr) -> Result<(), String> {
        let mut http = Http::connect(at).map_err(|error| error.to_string())?;
        http.write(&handshake("/echo")).map_err(|error| error.to_string())?;
        let answer = http.answer().map_err(|error| error.to_string())?;
        if answer.status != 101 {
            return Err(format!("not upgraded: {answer:?}"));
        }
        let (mut line, early) = http.into_parts();
        assert!(early.is_empty(), "an echo server speaks unasked");
        for piece in &self.sent {
            // A server that fails us may stop reading; what it said about it is read below.
            if line.write_all(piece).and_then(|()| line.flush()).is_err() {
                break;
            }
        }
        for (number, due) in self.due.iter().enumerate() {
            let came = read_frame(&mut line).map_err(|why| format!("frame {number}: {why}"))?;
            if came != *due {
                return Err(format!("frame {number} is {}, not {}", shown(&came), shown(due)));
            }
        }
        if self.end == End::Ours {
            line.write_all(&frame(CLOSE, &[3, 232], true)).map_err(|error| error.to_string())?;
        }
        let (first, payload) = read_frame(&mut line).map_err(|why| format!("the end: {why}"))?;
        let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
        let fits = match &self.end {
            End::Ours => payload == [3, 232],
            End::Answered(answer) => payload == *answer,
            End::Fails(due) => code == Some(*due),
        };
        if first != CLOSE || !fits {
            return Err(format!("it ends with {} {code:?}", shown(&(first, payload))));
        }
        // And with nothing else: the end of the stream, not another frame.
        let mut rest = Vec::new();
        let _ = line.end();
        let _ = line.read_to_end(&mut rest);
        if rest.is_empty() { Ok(()) } else { Err(format!("{} bytes follow", rest.len())) }
    }
}

/// Reads one frame of a server: never masked.
fn read_frame(line: &mut impl Read) -> Result<(u8, Vec<u8>), String> {
    let mut exactly = |count: usize| {
        let mut bytes = vec![0; count];
        line.read_exact(&mut bytes).map(|()| bytes).map_err(|error| error.to_string())
    };
    let head = exactly(2)?;
    let length = match head[1] {
        126 => exactly(2)?.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
        127 => exactly(8)?.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
        short @ 0..=125 => usize::from(short),
        masked => return Err(format!("a masked frame ({masked:#x})")),
    };
    assert!(length <= 16 << 20, "a server sent a length of {length}");
    Ok((head[0], exactly(length)?))
}

fn shown((first, payload): &(u8, Vec<u8>)) -> String {
    let front = String::from_utf8_lossy(&payload[..payload.len().min(40)]);
    format!("{first:#04x} with {} bytes '{front}'", payload.len())
}
