//! `--backend blocking`: two threads per connection, and every call may block.
//!
//! Thread-per-connection, the way that reads most like what it does. A thread that is blocked in
//! `read` cannot wait for the room as well (`epoll` could wait for both; that is what the runtime of
//! the async backend does underneath). So a full-duplex connection takes two threads: the *reader*
//! blocks in `read` until the member says something, the *writer* parks until the log of the room
//! moves. The kernel does the waiting and the switching; the price is a stack and a context switch
//! for each.
//!
//! Read from top to bottom: the accept loop, the reader (which begins with the opening handshake),
//! the writer, and what the two share.

use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::ops::ControlFlow::{self, Break, Continue};
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::thread::{self, JoinHandle, Thread};
use std::time::{Duration, Instant};

use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, Role, WebSocket};
use tungstenite::{Error, Message as Frame};

use super::complaint::Complaint;
use super::flow::{self, Bucket};
use super::handshake::{self, Accept};
use super::heartbeat::{Beat, Heartbeat};
use super::progress::Progress;
use super::route::{Answer, Route, Site};
use super::{Backend, Door, Stop, frame};
use crate::chat::{Cursor, Room, Rooms, Ticket};
use crate::message::{ServerMessage, Wire};

mod doorbell;
mod guests;
mod line;
mod paced;
mod refusal;
mod request;
mod socket;
#[cfg(test)]
mod tests;
mod tls;

use self::doorbell::Doorbell;
use self::guests::{Guest, Guests};
use self::line::{Line, Mood, ReaderEnd, WriterEnd};
use self::paced::Paced;
use self::refusal::turn_away;
use self::request::Request;
pub use self::request::head_length;
use self::socket::{LINGER, Socket, linger, send};

/// How long a full accept loop rests: long enough for somebody to leave, short enough to go unseen.
const REST: Duration = Duration::from_millis(50);

/// A thread pair per connection.
#[derive(Debug)]
pub(super) struct Blocking;

impl Backend for Blocking {
    fn name(&self) -> &'static str {
        "blocking"
    }

    fn about(&self) -> &'static str {
        "two threads per connection, one blocks in read, one until the room moves (WebSocket)"
    }

    fn wire(&self) -> Wire {
        Wire::WebSocket
    }

    fn serve(&self, door: Door, rooms: Arc<Rooms>, stop: &Stop) -> io::Result<()> {
        let site = Site { backend: self.name(), wire: self.wire(), rooms };
        accept_until_stopped(door, &site, stop, attend)
    }
}

/// What a reader does from its first to its last moment.
type Attend = fn(&Arc<Socket>, &Site, Guest);

fn accept_until_stopped(door: Door, site: &Site, stop: &Stop, attend: Attend) -> io::Result<()> {
    let Door { listener, tls } = door;
    let guests = Guests::new(Arc::clone(&site.rooms));
    let doorbell = Waker::from(Arc::new(Doorbell(listener.local_addr()?)));
    let mut complaint = Complaint::default();
    while stop.poll(&doorbell).is_pending() {
        match listener.accept() {
            // TLS, if any, hides in the socket: see blocking/tls.rs for what that takes.
            Ok((stream, from)) => {
                // A socket that cannot be set up is a connection that is already gone.
                if let Ok(stream) = Socket::new(stream, tls.as_ref(), Arc::clone(&site.rooms)) {
                    admit(&stream, from.ip(), site, &guests, attend);
                }
            }
            Err(error) => {
                complaint.about(&error);
                thread::sleep(REST);
            }
        }
    }
    drop(listener);
    site.rooms.close();
    guests.drain(site.rooms.limits().drain_deadline);
    Ok(())
}

/// Gives a connection its reader, or turns it away when there are no more threads to be had.
fn admit(stream: &Arc<Socket>, from: IpAddr, site: &Site, guests: &Arc<Guests>, attend: Attend) {
    let Some(guest) = guests.admit(stream, from) else { return turn_away(stream, site, guests) };
    let reader = {
        let (stream, site) = (Arc::clone(stream), site.clone());
        move || attend(&stream, &site, guest)
    };
    if spawn("reader", site, reader).is_err() {
        turn_away(stream, site, guests);
    }
}

fn spawn<F: FnOnce() + Send + 'static>(
    role: &str,
    site: &Site,
    body: F,
) -> io::Result<JoinHandle<()>> {
    let stack = site.rooms.limits().thread_stack;
    thread::Builder::new().name(role.to_owned()).stack_size(stack).spawn(body)
}

// ---------------------------------------------------------------------------------- the reader

/// The life of a connection, on its reader thread.
fn attend(stream: &Arc<Socket>, site: &Site, guest: Guest) {
    // Errors are the client's: it sent no HTTP, was too slow or went away. It has been told.
    let mut already_read = Vec::new();
    let mut patience = site.rooms.limits().handshake_deadline;
    while guest.may_wait() {
        let head_bytes = site.rooms.limits().head_bytes;
        let Ok(Some(request)) = request::read(stream, already_read, head_bytes, patience) else {
            break;
        };
        guest.is_busy();
        already_read = match answer(stream, site, request) {
            Ok(Some(rest)) => rest,
            Ok(None) | Err(_) => break,
        };
        patience = site.rooms.limits().keep_alive;
    }
    linger(stream);
    drop(guest);
}

/// Answers one request. Gives back what followed it when the client may ask for more.
fn answer(stream: &Arc<Socket>, site: &Site, request: Request) -> io::Result<Option<Vec<u8>>> {
    let answer = match site.route(&request.asked()) {
        Route::Answer(answer) => answer,
        Route::Echo(accept) => {
            return echo(stream, site, &accept, request.already_read).map(|()| None);
        }
        Route::Chat(accept, ticket) => match site.rooms.open(&ticket.room) {
            Err(refusal) => Answer::refused_say(&refusal),
            Ok(room) => {
                let cursor = room.join(&ticket.start);
                return chat(stream, site, &accept, &ticket, cursor, request.already_read)
                    .map(|()| None);
            }
        },
        Route::Poll(_) | Route::Say(_) | Route::EchoBody => {
            unreachable!("routes of another wire are answered with 404")
        }
    };
    let last = answer.is_last || !request.may_be_followed();
    let answer = answer.to_http1(request.method == http::Method::HEAD, last);
    send(stream, &answer, site.rooms.limits().write_deadline)?;
    Ok((!last).then_some(request.already_read))
}

/// `/echo`: blocking at its plainest. Read a message, write it back, begin again.
fn echo(
    mut stream: &Socket,
    site: &Site,
    accept: &Accept,
    already_read: Vec<u8>,
) -> io::Result<()> {
    let limits = site.rooms.limits();
    stream.write_all(accept.head().as_bytes())?;
    stream.set_read_timeout(Some(limits.keep_alive))?;
    stream.set_write_timeout(Some(limits.write_deadline))?;
    let config = handshake::echo_config(limits);
    let ear = Paced { stream, progress: Progress::new(limits.keep_alive) };
    let mut ws = WebSocket::from_partially_read(ear, already_read, Role::Server, Some(config));
    loop {
        let heard = ws.read();
        ws.get_mut().progress.done();
        match heard {
            Ok(message @ (Frame::Text(_) | Frame::Binary(_))) => {
                ws.send(message).map_err(io::Error::other)?;
            }
            Ok(_) => {}
            Err(error) => {
                if let Some((code, reason)) = frame::close_code(&error) {
                    let _ = ws.close(Some(CloseFrame { code, reason: reason.into() }));
                }
                return Ok(());
            }
        }
    }
}

/// A member: this thread listens, a second one speaks.
fn chat(
    stream: &Arc<Socket>,
    site: &Site,
    accept: &Accept,
    ticket: &Ticket,
    cursor: Cursor,
    already_read: Vec<u8>,
) -> io::Result<()> {
    let line = Arc::new(Line::new(Arc::clone(stream), site.rooms.limits().batch_bytes));
    let bucket = Bucket::new(site.rooms.limits());
    let room = Arc::clone(cursor.room());
    let mut member = Member { site, line: &line, room, name: &ticket.name, bucket };
    line.push(|out| {
        out.extend_from_slice(accept.head().as_bytes());
        frame::greeting(out, site.backend, &ticket.name, &cursor);
    });
    let writer = {
        let (line, site) = (Arc::clone(&line), site.clone());
        spawn("writer", &site.clone(), move || speak(&line, &site, cursor))
    };
    let Ok(writer) = writer else {
        // The last thread was just taken by somebody else. Nothing has been promised yet.
        site.rooms.stats().refused.add(1);
        return (&**stream).write_all(&Answer::full().to_http1(false, true));
    };
    stream.set_read_timeout(None)?;
    let config = handshake::chat_config(site.rooms.limits());
    let end = ReaderEnd(Arc::clone(&line));
    let progress = Progress::new(site.rooms.limits().frame_deadline);
    let ear = Ear { line: Arc::clone(&line), progress };
    let mut ws = WebSocket::from_partially_read(ear, already_read, Role::Server, Some(config));
    // slide: reader
    loop {
        let heard = ws.read();
        ws.get_mut().progress.done();
        if member.hear(heard).is_break() {
            break;
        }
    }
    // slide: end
    if !ws.can_read() {
        // The member said close: the next look at the stream makes tungstenite answer.
        let _ = ws.read();
    }
    drop(end);
    // A writer that panicked has already been reported by the runtime; there is nothing to add.
    let _ = writer.join();
    Ok(())
}

/// What the reader needs to know of its member.
struct Member<'a> {
    site: &'a Site,
    line: &'a Line,
    room: Arc<Room>,
    name: &'a str,
    bucket: Bucket,
}

impl Member<'_> {
    /// Takes in what the member said; breaks when the conversation is over.
    fn hear(&mut self, heard: Result<Frame, Error>) -> ControlFlow<()> {
        self.line.heard();
        match heard {
            Ok(Frame::Text(text)) => {
                self.say(text.as_bytes());
                Continue(())
            }
            Ok(Frame::Binary(_)) => self.close(CloseCode::Unsupported, "chat messages are text"),
            Ok(Frame::Close(_)) => {
                self.line.hush();
                Break(())
            }
            Ok(_) => Continue(()),
            Err(error) => match frame::close_code(&error) {
                Some((code, reason)) => self.close(code, reason),
                None => Break(()),
            },
        }
    }

    fn close(&self, code: CloseCode, reason: &str) -> ControlFlow<()> {
        self.line.finish(|out| frame::close(out, code, reason));
        Break(())
    }

    /// Puts a message into the room, or tells the member why not.
    fn say(&mut self, text: &[u8]) {
        let (rooms, room) = (&self.site.rooms, &self.room);
        let said = self.bucket.take().and_then(|()| rooms.say_encoded(room, self.name, text));
        if let Err(refusal) = said {
            if flow::is_flood(&refusal) {
                thread::sleep(flow::PENALTY);
            }
            self.line.push(|out| frame::message(out, &ServerMessage::Error(refusal)));
        }
    }
}

/// The read side of a connection as tungstenite sees it. Reading RFC 6455 also *writes*: pongs, and
/// the answer to a close. Those must not slip in between the pieces of a frame that the other
/// thread is just sending, so they are handed to it.
struct Ear {
    line: Arc<Line>,
    progress: Progress,
}

impl Read for Ear {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.line.stream().read(buffer)?;
        self.progress.bytes().map(|()| count)
    }
}

impl Write for Ear {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.push(|out| out.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

// ---------------------------------------------------------------------------------- the writer

/// Sends whatever there is to send, all of it with one call, then waits for more.
fn speak(line: &Line, site: &Site, mut cursor: Cursor) {
    let limits = site.rooms.limits();
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut heartbeat = Heartbeat::new(limits);
    let mut out = Vec::new();
    line.become_writer();
    let _end = WriterEnd(line);
    loop {
        let mood = line.take(&mut out);
        if mood == Mood::Talking {
            let batch = cursor.read(&waker, limits.batch_bytes, |news| frame::news(&mut out, news));
            site.rooms.stats().delivered(&batch);
            if batch.closed {
                frame::close(&mut out, CloseCode::Away, "server is shutting down");
                line.finish(|_| {});
            }
        }
        if !out.is_empty() {
            if send(line.stream(), &out, limits.write_deadline).is_err() {
                break;
            }
            out.clear();
        } else if mood == Mood::Finished {
            // The reader waits for the answer to a close frame; not for ever.
            if line.wait_for_reader(LINGER) {
                return;
            }
            break;
        } else {
            let now = Instant::now();
            // slide: writer
            match heartbeat.check(now, line.last_heard()) {
                Beat::Wait(until) => thread::park_timeout(until - now),
                Beat::Ping => frame::ping(&mut out),
                Beat::Gone => break,
            }
            // slide: end
        }
    }
    line.give_up();
}

/// Wakes a parked thread. Waking one that is not parked makes its next park return at once, so a
/// wake-up is never lost.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}
