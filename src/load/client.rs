//! What a member of a run can do, whatever its wire, and the world it does it in.

use std::io;
use std::net::SocketAddr;

use mio::{Registry, Token};

use super::backoff::Backoff;
use super::books::Standing;
use super::decode::{Decoder, Heard, Said};
use super::pace::{Clock, DueNow};
use super::tls::Trust;
use super::turns::Turns;
use super::words::Words;
use crate::message::{Message as _, ServerMessage};
use crate::sample::{Delivery, Oracle, Recorder};

/// One member on one wire. All of it is non-blocking: whatever has to wait, waits for an event.
pub(super) trait Client: Sized {
    /// A member that is not connected.
    fn new(member: u32) -> Self;

    /// Begins to join; [`World::joined`] is told when it is done.
    fn connect(&mut self, world: &mut World) -> Result<(), Gone>;

    /// The connections are gone; what must outlast them is kept, and [`Client::connect`] goes on
    /// from there.
    fn cut(&mut self);

    /// Something can be read or written on one of the member's lines.
    fn ready(&mut self, line: Line, ready: Ready, world: &mut World) -> Result<(), Gone>;

    /// Sends a message, now or as soon as the wire allows.
    fn say(&mut self, message: u32, world: &mut World) -> Result<(), Gone>;

    /// Says goodbye, if the wire has a word for it. True when an answer is to be expected.
    fn leave(&mut self) -> bool;

    /// Whether nothing that the member says or hears is half way.
    fn is_at_rest(&self) -> bool;

    /// The books of all the member's connections, and what the kernel counted on them. Texts that
    /// were heard are envelope here: [`World::texts_heard`] tells how many there were.
    fn standing(&self) -> Standing;
}

/// Which of a member's connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// The one on which messages arrive.
    Main,
    /// The second one of long-polling, on which messages are sent.
    Say,
}

/// What an event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ready {
    pub(super) readable: bool,
    pub(super) writable: bool,
    /// The peer has closed its side, or the connection is broken.
    pub(super) closing: bool,
}

/// Why a member is no longer there.
#[derive(Debug, thiserror::Error)]
pub(super) enum Gone {
    /// The server said no before the member had joined.
    #[error("refused with {status}: {message}")]
    Refused { status: u16, message: String },
    /// The server ended the connection.
    #[error("the server closed the connection{0}")]
    Closed(String),
    /// The server sent what no server should send.
    #[error("the server broke the protocol: {0}")]
    Protocol(String),
    /// The system reports an error.
    #[error("{0}")]
    Io(io::Error),
}

impl From<io::Error> for Gone {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        match error.kind() {
            // Which of them it is depends on who noticed first, the reader or the writer.
            BrokenPipe | ConnectionAborted | ConnectionReset => Gone::Closed(" abruptly".into()),
            _ => Gone::Io(error),
        }
    }
}

impl Gone {
    /// A refusal with the server's own words, if it gave any.
    pub(super) fn refused(status: u16, body: &[u8]) -> Self {
        let message = match ServerMessage::decode(body) {
            Ok(ServerMessage::Error(refusal)) => refusal.message.into_owned(),
            _ => String::from_utf8_lossy(body).lines().next().unwrap_or_default().to_owned(),
        };
        Gone::Refused { status, message }
    }
}

/// What all members of a run share.
#[derive(Debug)]
pub(super) struct World {
    pub(super) clock: Clock,
    pub(super) registry: Registry,
    pub(super) addr: SocketAddr,
    pub(super) trust: Option<Trust>,
    /// How many members the run has.
    pub(super) members: u32,
    pub(super) words: Words,
    pub(super) decoder: Decoder,
    pub(super) oracle: Oracle,
    pub(super) recorder: Recorder,
    /// Whose turn it is; `None` in an open loop, where nobody waits.
    pub(super) turns: Option<Turns>,
    /// Whether deliveries are checked and timed, and not only counted.
    pub(super) is_checked: bool,
    /// How many members have joined.
    pub(super) joined: u32,
    /// How many messages have been sent.
    pub(super) sent: u64,
    /// How many texts have come unchanged, however often and to whomever.
    pub(super) texts_heard: u64,
    /// The first thing a server complained about, in words.
    pub(super) complaint: Option<String>,
    /// Lines that may have more to read although no event will say so.
    pub(super) again: Vec<Token>,
    /// When members that lost their connection come back; `None` when they do not.
    pub(super) backoff: Option<Backoff>,
    /// How many connections were lost and made up for, and how often the log had a new life then.
    pub(super) cuts: u64,
    pub(super) resets: u64,
    /// The newest reading of the clock by anybody.
    pub(super) latest: u64,
    /// Something happened that changes what can still be waited for.
    pub(super) is_reach_stale: bool,
    /// Where reads land first: one buffer for all, so that it stays in the processor's cache.
    pub(super) inbox: Vec<u8>,
    /// Where requests are put together.
    pub(super) outbox: Vec<u8>,
    /// Where the messages of a poll answer are put.
    pub(super) said: Vec<Said>,
}

/// The token of a member's line.
pub(super) fn token(member: u32, line: Line) -> Token {
    Token(member as usize * 2 + usize::from(line == Line::Say))
}

/// The member and line of a token.
pub(super) fn line_of(token: Token) -> (usize, Line) {
    (token.0 / 2, if token.0.is_multiple_of(2) { Line::Main } else { Line::Say })
}

impl World {
    /// A member has joined a room whose newest message has the number `head`.
    pub(super) fn join(&mut self, member: u32, head: u64) {
        self.joined += 1;
        self.oracle.joined(member, head);
    }

    /// A member that had lost its connection is there again.
    pub(super) fn rejoin(&mut self, member: u32) {
        if let Some(backoff) = &mut self.backoff {
            backoff.joined(member);
        }
    }

    /// A member that came back found a new life of its log: what it had missed of the old one is
    /// gone, and the numbers begin again.
    pub(super) fn reset(&mut self, member: u32) {
        if self.backoff.is_none() {
            return self.complain(member, "it was reset although it had just joined");
        }
        self.resets += 1;
        self.stop_waiting(member);
        self.oracle.joined(member, 0);
    }

    /// A message that is due is handed to its member, which may have to keep it until its wire is
    /// free.
    pub(super) fn hand_over(&mut self, message: u32) {
        let now = self.clock.now();
        self.recorder.handed_over(message, now);
    }

    /// A message is about to be handed to the kernel.
    pub(super) fn sending(&mut self, message: u32) {
        let now = self.clock.now();
        self.latest = now;
        self.sent += 1;
        self.recorder.sent(message, now, self.oracle.receivers(message));
    }

    /// A member has received a message.
    pub(super) fn delivered(&mut self, member: u32, said: Said, received: u64) {
        if !self.is_checked {
            self.oracle.count();
            return;
        }
        let Said { seq, message, intact } = said;
        self.texts_heard += u64::from(intact);
        match message {
            Some(message) if self.recorder.was_sent(message) => {
                if self.oracle.deliver(Delivery { member, message, seq, intact }) {
                    self.recorder.received(message, received);
                }
                if let Some(turns) = &mut self.turns {
                    turns.received(member, message);
                }
            }
            Some(_) => self.oracle.stray(member, seq, "a message nobody had sent yet"),
            None => self.oracle.stray(member, seq, "a message nobody planned"),
        }
    }

    /// A member has received something over a wire of frames. True when it was the greeting.
    pub(super) fn heard(&mut self, member: u32, heard: Heard, received: u64) -> Option<u64> {
        match heard {
            Heard::Message(said) => self.delivered(member, said, received),
            Heard::Hello { head, .. } => return Some(head),
            Heard::Lagged { missed, next } => self.lagged(member, missed, next),
            Heard::Reset => self.reset(member),
            Heard::Error(message) => self.complain(member, &message),
        }
        None
    }

    /// The server has given up on some deliveries.
    pub(super) fn lagged(&mut self, member: u32, missed: u64, next: u64) {
        self.oracle.lagged(member, missed, next);
        self.stop_waiting(member);
        self.is_reach_stale = true;
    }

    /// The server has something to say against a member.
    pub(super) fn complain(&mut self, member: u32, what: &str) {
        self.stop_waiting(member);
        self.complaint.get_or_insert_with(|| format!("member {member}: {what}"));
    }

    /// Whether a message that is due may be sent now; if not, it is kept until its turn comes.
    pub(super) fn may_send(&mut self, due: DueNow) -> bool {
        self.turns.as_mut().is_none_or(|turns| turns.begin(due.member, due.message))
    }

    /// The next speaker who no longer waits, and its message.
    pub(super) fn next_turn(&mut self) -> Option<(u32, u32)> {
        self.turns.as_mut()?.next()
    }

    /// What a speaker waits for may never come, so that it must not wait.
    pub(super) fn stop_waiting(&mut self, member: u32) {
        if let Some(turns) = &mut self.turns {
            turns.stop_waiting(member);
        }
    }

    /// A message will never be sent.
    pub(super) fn unsent(&mut self, message: u32) {
        self.oracle.unsent(message);
        self.is_reach_stale = true;
    }

    /// The phase is over, and whatever still waits for its turn is given up.
    pub(super) fn end_turns(&mut self) {
        let held = self.turns.as_mut().map(Turns::end).unwrap_or_default();
        held.iter().for_each(|&message| self.unsent(message));
        if let (Some(first), count) = (held.first(), held.len()) {
            let first = self.words.ids.name(*first);
            self.complaint.get_or_insert_with(|| {
                format!(
                    "{count} messages were never sent, the first is {first}: in a closed loop a \
                     speaker waits for its own message, and it never came"
                )
            });
        }
    }
}
