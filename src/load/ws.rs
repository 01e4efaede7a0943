//! The WebSocket wire: the opening handshake by hand, frames by tungstenite.

use std::io::{self, ErrorKind, Read, Write};
use std::ops::Range;

use tungstenite::handshake::client::generate_key;
use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message, WebSocket};

use super::books::{Books, FrameWalk, Standing};
use super::client::{Client, Gone, Line, Ready, World, token};
use super::decode::Heard;
use super::http;
use super::pace::Clock;
use super::resume::Resume;
use super::socket::{Pause, READS_PER_TURN, Socket};
use super::tls::Lane;
use crate::machine::tcp;
use crate::sample::Parts;
use crate::units::KIB;

/// The read buffer that tungstenite keeps for each member. It clears as much before each read, so
/// a large one costs more than it saves; system calls read into the buffer that all members share.
const READ_BUFFER: usize = 4 * KIB;

/// A member of a WebSocket run.
#[derive(Debug)]
pub(super) struct WsClient {
    member: u32,
    state: State,
    is_joined: bool,
    /// What it needs to come back, where members do.
    resume: Option<Box<Resume>>,
    /// What connections that are no longer open had counted.
    retired: Standing,
}

#[derive(Debug)]
enum State {
    Idle,
    /// The request to upgrade is on its way.
    Opening {
        socket: Box<Socket>,
        key: String,
    },
    Open(Box<WebSocket<Tap>>),
}

/// A stream that notes when it was read, and stops before it would block or take too long.
#[derive(Debug)]
struct Tap {
    lane: Lane,
    clock: Clock,
    /// The buffer that all members share; here only while this one reads.
    inbox: Vec<u8>,
    /// Where in the inbox the bytes stand that tungstenite has not taken yet.
    waiting: Range<usize>,
    /// When they came.
    received: u64,
    /// System calls left in this turn.
    budget: u32,
    is_empty: bool,
    is_closing: bool,
    /// What the opening handshake took.
    opening: Books,
    /// Where the bytes to the server have got to, and those from it.
    up: FrameWalk,
    down: FrameWalk,
    /// Whether the peer has said that nothing more will come.
    has_ended: bool,
}

impl Client for WsClient {
    fn new(member: u32) -> Self {
        let retired = Standing::default();
        WsClient { member, state: State::Idle, is_joined: false, resume: None, retired }
    }

    fn connect(&mut self, world: &mut World) -> Result<(), Gone> {
        if world.backoff.is_some() {
            self.resume.get_or_insert_default();
        }
        let token = token(self.member, Line::Main);
        let socket = Socket::open((world.addr, world.trust.as_ref()), &world.registry, token)?;
        self.state = State::Opening { socket: Box::new(socket), key: generate_key() };
        Ok(())
    }

    fn cut(&mut self) {
        self.retired = self.standing();
        self.state = State::Idle;
        if let Some(resume) = &mut self.resume {
            resume.cut();
        }
    }

    fn ready(&mut self, _line: Line, ready: Ready, world: &mut World) -> Result<(), Gone> {
        if let State::Opening { .. } = self.state {
            self.open(ready, world)?;
        }
        let State::Open(ws) = &mut self.state else { return Ok(()) };
        if ready.writable {
            let flushed = ws.flush();
            ignore_full(flushed)?;
        }
        if ready.readable { self.read(ready, world) } else { Ok(()) }
    }

    fn say(&mut self, message: u32, world: &mut World) -> Result<(), Gone> {
        if self.resume.as_mut().is_some_and(|resume| !resume.say(message)) {
            return Ok(());
        }
        self.send(message, world)
    }

    fn leave(&mut self) -> bool {
        match &mut self.state {
            State::Open(ws) => ignore_full(ws.close(None)).is_ok(),
            _ => false,
        }
    }

    fn is_at_rest(&self) -> bool {
        match &self.state {
            State::Idle => true,
            State::Opening { .. } => false,
            State::Open(ws) => {
                let Tap { up, down, lane, .. } = ws.get_ref();
                lane.is_at_rest() && up.is_between_frames() && down.is_between_frames()
            }
        }
    }

    fn standing(&self) -> Standing {
        self.retired
            + match &self.state {
                State::Idle => Standing::default(),
                State::Opening { socket, .. } => socket.standing(),
                State::Open(ws) => ws.get_ref().standing(),
            }
    }
}

impl WsClient {
    /// Puts a message on the wire.
    fn send(&mut self, message: u32, world: &mut World) -> Result<(), Gone> {
        let State::Open(ws) = &mut self.state else { return Ok(()) };
        let mut text = Vec::with_capacity(world.words.text.len() + 64);
        world.words.say(message, &mut text);
        let text = String::from_utf8(text).map_err(|error| Gone::Protocol(error.to_string()))?;
        world.sending(message);
        // The write buffer is set to nothing, so this writes at once; what the kernel does not
        // take stays with tungstenite until the next flush.
        ignore_full(ws.write(Message::text(text)))
    }

    /// Takes note of what came, where that is needed to come back; answers what was lost.
    fn note(&mut self, heard: &Heard, world: &mut World) -> Vec<u32> {
        let Some(resume) = &mut self.resume else { return Vec::new() };
        match heard {
            Heard::Message(said) => resume.heard(*said),
            Heard::Hello { head, epoch } => {
                resume.back(*head, epoch);
                world.rejoin(self.member);
            }
            Heard::Lagged { next, .. } => resume.since = next.saturating_sub(1),
            Heard::Reset | Heard::Error(_) => {}
        }
        resume.take_lost().unwrap_or_default()
    }

    /// Drives the opening handshake.
    fn open(&mut self, ready: Ready, world: &mut World) -> Result<(), Gone> {
        let State::Opening { socket, key } = &mut self.state else { return Ok(()) };
        if ready.writable {
            if socket.connect_done()? {
                let back = self.resume.as_ref().filter(|resume| resume.times > 0);
                let cursor = back.map(|back| format!("&since={}&epoch={}", back.since, back.epoch));
                let cursor = cursor.unwrap_or_default();
                let request = world.words.upgrade(self.member, &cursor, key);
                let parts = Parts { handshake: request.len() as u64, ..Parts::default() };
                socket.send(request.as_bytes(), parts)?;
            }
            socket.flush()?;
        }
        if !ready.readable {
            return Ok(());
        }
        let mut inbox = std::mem::take(&mut world.inbox);
        let mut outcome = None;
        let pause = socket.receive(ready, world.clock, &mut inbox, |bytes, _, down| {
            if outcome.is_none()
                && let Some(answer) = http::read(bytes, false).map_err(Gone::Protocol)?
            {
                outcome = Some(judge(&answer, key));
                down.handshake += answer.length as u64;
                return Ok(answer.length);
            }
            Ok(0)
        });
        world.inbox = inbox;
        if pause? == Pause::Closed && outcome.is_none() {
            let answer = http::read(socket.partial(), true).map_err(Gone::Protocol)?;
            let answer = answer.ok_or_else(|| Gone::Closed(" during the handshake".to_owned()))?;
            outcome = Some(judge(&answer, key));
        }
        if let Some(verdict) = outcome {
            verdict?;
            self.switch(world);
        }
        Ok(())
    }

    /// The handshake is done: from here on the connection carries frames.
    fn switch(&mut self, world: &World) {
        let State::Opening { socket, .. } = std::mem::replace(&mut self.state, State::Idle) else {
            return;
        };
        let (lane, early, opening) = socket.into_parts();
        let clock = world.clock;
        let mut down = FrameWalk::default();
        down.walk(&early);
        let tap = Tap {
            lane,
            clock,
            inbox: Vec::new(),
            waiting: 0..0,
            received: clock.now(),
            budget: 0,
            is_empty: false,
            is_closing: false,
            opening,
            up: FrameWalk::of_texts(world.words.text.len() as u64),
            down,
            has_ended: false,
        };
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            // The open loop never skips a send, so a server that does not read lets this grow; the
            // plan bounds it.
            .max_write_buffer_size(usize::MAX);
        let ws = WebSocket::from_partially_read(tap, early, Role::Client, Some(config));
        self.state = State::Open(Box::new(ws));
    }

    /// Reads frames until the socket is empty or the turn is over.
    fn read(&mut self, ready: Ready, world: &mut World) -> Result<(), Gone> {
        let State::Open(ws) = &mut self.state else { return Ok(()) };
        let tap = ws.get_mut();
        tap.inbox = std::mem::take(&mut world.inbox);
        tap.budget = READS_PER_TURN;
        tap.is_empty = false;
        tap.is_closing = ready.closing;
        let outcome = self.read_frames(world);
        let State::Open(ws) = &mut self.state else { return outcome };
        let tap = ws.get_mut();
        world.inbox = std::mem::take(&mut tap.inbox);
        if outcome.is_ok() && !tap.is_empty {
            world.again.push(token(self.member, Line::Main));
        }
        outcome
    }

    fn read_frames(&mut self, world: &mut World) -> Result<(), Gone> {
        loop {
            let State::Open(ws) = &mut self.state else { return Ok(()) };
            match ws.read() {
                Ok(Message::Text(text)) => {
                    let received = ws.get_ref().received;
                    world.latest = received;
                    let heard = world.decoder.frame(text.as_bytes());
                    let heard = heard.map_err(|error| Gone::Protocol(error.to_string()))?;
                    let lost = self.note(&heard, world);
                    let greeting = world.heard(self.member, heard, received);
                    match greeting {
                        Some(head) if !self.is_joined => {
                            self.is_joined = true;
                            world.join(self.member, head);
                        }
                        Some(_) if self.resume.is_some() => {}
                        Some(_) => world.complain(self.member, "it was greeted twice"),
                        None => {}
                    }
                    // After what came has been booked: the connection may break here.
                    lost.into_iter().try_for_each(|message| self.send(message, world))?;
                }
                Ok(Message::Close(frame)) => {
                    let why = frame.map_or_else(String::new, |frame| {
                        format!(" with code {} {}", u16::from(frame.code), frame.reason)
                    });
                    // The reply to a close is a courtesy; the connection is over either way.
                    let _ = ws.flush();
                    return Err(Gone::Closed(why));
                }
                Ok(Message::Binary(_)) => world.complain(self.member, "a binary frame came"),
                // A ping has been answered by the time the next read returns.
                Ok(_) => {}
                // Then everything that was read has been taken too.
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(gone(error)),
            }
        }
    }
}

/// Whether the server has upgraded the connection, and knew our key.
fn judge(answer: &http::Answer<'_>, key: &str) -> Result<(), Gone> {
    if answer.status != 101 {
        return Err(Gone::refused(answer.status, &answer.body));
    }
    if answer.accept != Some(derive_accept_key(key.as_bytes()).as_bytes()) {
        return Err(Gone::Protocol("Sec-WebSocket-Accept does not fit the key".to_owned()));
    }
    Ok(())
}

/// A full socket is no error: the rest is written when an event says so.
fn ignore_full(outcome: Result<(), Error>) -> Result<(), Gone> {
    match outcome {
        Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => Ok(()),
        other => other.map_err(gone),
    }
}

fn gone(error: Error) -> Gone {
    match error {
        Error::Io(error) => error.into(),
        Error::ConnectionClosed | Error::AlreadyClosed => Gone::Closed(String::new()),
        Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => {
            Gone::Closed(" without a closing handshake".to_owned())
        }
        other => Gone::Protocol(other.to_string()),
    }
}

impl Tap {
    /// What has crossed, by our books and by the kernel's.
    fn standing(&self) -> Standing {
        let Books { up, down } = self.opening;
        let mut books = Books { up: up + self.up.parts(), down: down + self.down.parts() };
        (books.up.tls, books.down.tls) = self.lane.overhead();
        Standing { books, kernel: tcp::counters(&self.lane.stream, self.has_ended) }
    }

    /// Reads as much as there is into the inbox, with one system call.
    fn fill(&mut self) -> io::Result<()> {
        if self.is_empty || self.budget == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.budget -= 1;
        let outcome = self.lane.read(&mut self.inbox);
        let count = outcome.inspect_err(|error| {
            self.is_empty = error.kind() == ErrorKind::WouldBlock;
        })?;
        self.received = self.clock.now();
        self.waiting = 0..count;
        self.down.walk(&self.inbox[..count]);
        self.has_ended |= count == 0;
        let is_emptied = self.lane.is_emptied_by(count, self.inbox.len());
        self.is_empty = is_emptied && !self.is_closing;
        Ok(())
    }
}

impl Read for Tap {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.waiting.is_empty() {
            self.fill()?;
        }
        let count = self.waiting.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.inbox[self.waiting.start..][..count]);
        self.waiting.start += count;
        Ok(count)
    }
}

impl Write for Tap {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.lane.write(bytes)?;
        self.up.walk(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lane.flush()
    }
}

#[cfg(test)]
mod tests;
