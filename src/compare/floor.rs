//! The floor: what this machine needs for one bare send per delivery (rule M8).
//!
//! One thread, one epoll loop. A member says `room N\n` and hears `ok\n`; from then on every frame
//! it sends goes to every member of its room, one bare send per message and member, as it is. Who
//! says `stats\n` instead is told the counters as one line of JSON. There
//! is no protocol, no log, no numbering and no batching here. Where a backend sends once per delivery
//! too, what it costs more than this is the price of being a chat server; where it costs less, it
//! batches.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::load::bare::{WELCOME, frame};
use crate::machine::Interrupt;
use crate::machine::tcp::SHORT_READ_EMPTIES;
use crate::results::Calls;
use crate::units::KIB;

const LISTENER: Token = Token(usize::MAX - 1);
/// What asks for the counters.
pub(super) const STATS: &[u8] = b"stats\n";
/// How often the interrupt is looked at when nothing happens.
const NAP: Duration = Duration::from_millis(100);

/// One connection.
struct Member {
    stream: TcpStream,
    /// `None` until it has said where it belongs.
    room: Option<usize>,
    /// The front of a frame whose rest has not come yet.
    partial: Vec<u8>,
    /// What a full socket did not take.
    unsent: Vec<u8>,
}

/// The members, and who is in which room.
struct Floor {
    members: Vec<Option<Member>>,
    rooms: Vec<Vec<usize>>,
    /// What it did so far. There is no log here, and so nobody is woken by one.
    calls: Calls,
}

/// Serves until `interrupt` is raised.
///
/// # Errors
/// When the system refuses to poll or to accept; a connection that fails only ends itself.
pub fn serve(listener: TcpListener, interrupt: &Interrupt) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let mut listener = mio::net::TcpListener::from_std(listener);
    let mut poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut events = Events::with_capacity(1024);
    let mut inbox = vec![0; 64 * KIB];
    let mut floor = Floor { members: Vec::new(), rooms: Vec::new(), calls: Calls::default() };
    while !interrupt.is_raised() {
        match poll.poll(&mut events, Some(NAP)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for event in &events {
            if event.token() == LISTENER {
                floor.accept(&listener, &poll)?;
                continue;
            }
            let member = event.token().0;
            let outcome = floor
                .flush(member)
                .and_then(|()| floor.read(member, event.is_read_closed(), &mut inbox));
            if outcome.is_err() {
                floor.remove(member);
            }
        }
    }
    Ok(())
}

impl Floor {
    fn accept(&mut self, listener: &mio::net::TcpListener, poll: &Poll) -> io::Result<()> {
        loop {
            let mut stream = match listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
                Err(error) => return Err(error),
            };
            stream.set_nodelay(true)?;
            let both = Interest::READABLE | Interest::WRITABLE;
            poll.registry().register(&mut stream, Token(self.members.len()), both)?;
            let (partial, unsent) = (Vec::new(), Vec::new());
            self.members.push(Some(Member { stream, room: None, partial, unsent }));
        }
    }

    /// Reads what a member says and passes it on.
    fn read(&mut self, member: usize, is_closing: bool, inbox: &mut [u8]) -> io::Result<()> {
        loop {
            let Some(speaker) = self.members[member].as_mut() else { return Ok(()) };
            self.calls.reads += 1;
            let count = match speaker.stream.read(inbox) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if speaker.partial.is_empty() {
                let taken = self.take(member, &inbox[..count])?;
                self.keep(member, &inbox[taken..count]);
            } else {
                let mut whole = std::mem::take(&mut speaker.partial);
                whole.extend_from_slice(&inbox[..count]);
                let taken = self.take(member, &whole)?;
                self.keep(member, &whole[taken..]);
            }
            if SHORT_READ_EMPTIES && count < inbox.len() && !is_closing {
                // Whatever comes now, a close included, brings an event of its own.
                return Ok(());
            }
        }
    }

    /// Takes as many whole frames as there are and says how many bytes they had.
    fn take(&mut self, member: usize, bytes: &[u8]) -> io::Result<usize> {
        let Some(speaker) = self.members[member].as_mut() else { return Ok(bytes.len()) };
        let Some(room) = speaker.room else {
            let Some(end) = bytes.iter().position(|&byte| byte == b'\n') else { return Ok(0) };
            if bytes.starts_with(STATS) {
                let mut told = serde_json::to_vec(&self.calls)?;
                told.push(b'\n');
                self.send(member, &told);
                return Ok(end + 1 + self.take(member, &bytes[end + 1..])?);
            }
            let line = std::str::from_utf8(&bytes[..end]).ok();
            let room = line.and_then(|line| line.strip_prefix("room ")?.parse::<u32>().ok());
            // The scenario allows a million members, so never more rooms.
            let room = room.filter(|&room| room < 1_000_000).ok_or(ErrorKind::InvalidData)?;
            let room = room as usize;
            speaker.room = Some(room);
            if self.rooms.len() <= room {
                self.rooms.resize(room + 1, Vec::new());
            }
            self.rooms[room].push(member);
            self.send(member, WELCOME);
            return Ok(end + 1 + self.take(member, &bytes[end + 1..])?);
        };
        let mut taken = 0;
        while let Some((_, length)) =
            frame(&bytes[taken..]).map_err(|why| io::Error::new(ErrorKind::InvalidData, why))?
        {
            let message = &bytes[taken..taken + length];
            let members = self.rooms[room].len() as u64;
            self.calls.says += 1;
            self.calls.deliveries += members;
            // Nothing is put together here: every delivery is a send of its own.
            self.calls.batches += members;
            for at in 0..self.rooms[room].len() {
                self.send(self.rooms[room][at], message);
            }
            taken += length;
        }
        Ok(taken)
    }

    fn keep(&mut self, member: usize, rest: &[u8]) {
        if let Some(member) = self.members[member].as_mut() {
            member.partial.extend_from_slice(rest);
        }
    }

    /// One bare send. A connection that fails here tells so by an event of its own.
    fn send(&mut self, member: usize, bytes: &[u8]) {
        let Some(member) = self.members[member].as_mut() else { return };
        let mut taken = 0;
        if member.unsent.is_empty()
            && let Ok(written) = member.stream.write(bytes)
        {
            self.calls.writes += 1;
            taken = written;
        }
        member.unsent.extend_from_slice(&bytes[taken..]);
    }

    fn flush(&mut self, member: usize) -> io::Result<()> {
        let Some(member) = self.members[member].as_mut() else { return Ok(()) };
        while !member.unsent.is_empty() {
            match member.stream.write(&member.unsent) {
                Ok(taken) => {
                    self.calls.writes += 1;
                    member.unsent.drain(..taken);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn remove(&mut self, member: usize) {
        if let Some(room) = self.members[member].take().and_then(|member| member.room) {
            self.rooms[room].retain(|&other| other != member);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net;
    use std::thread;

    use super::*;

    #[test]
    fn noise_ends_only_its_own_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let stop = Interrupt::new();
        let heard = stop.clone();
        let floor = thread::Builder::new().spawn(move || serve(listener, &heard)).unwrap();

        let mut good = net::TcpStream::connect(addr).unwrap();
        good.write_all(b"room 3\n").unwrap();
        good.read_exact(&mut [0; 3]).unwrap();
        for noise in [&b"GET / HTTP/1.1\r\n"[..], b"room x\n", b"room 4294967295\n", b"room 0\nxx"]
        {
            let mut bad = net::TcpStream::connect(addr).unwrap();
            bad.write_all(noise).unwrap();
            let mut rest = Vec::new();
            // Closed with bytes unread, a connection may end in a reset.
            let _ = bad.read_to_end(&mut rest);
            assert!(rest.is_empty() || rest == WELCOME, "{noise:?}");
        }
        // A frame in two pieces comes back whole.
        let frame = [0x81, 5, b'h', b'a', b'l', b'l', b'o'];
        good.write_all(&frame[..3]).unwrap();
        good.write_all(&frame[3..]).unwrap();
        let mut back = [0; 7];
        good.read_exact(&mut back).unwrap();
        assert_eq!(back, frame);
        stop.raise();
        floor.join().unwrap().unwrap();
    }
}
