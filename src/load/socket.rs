//! A non-blocking TCP connection that never forgets a byte: what the kernel does not take now is
//! kept and written later, and an unfinished message waits for its rest.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;

use mio::{Interest, Registry, Token};

use super::books::{Books, Standing};
use super::client::{Gone, Ready};
use super::pace::Clock;
use super::tls::{Lane, Trust};
use crate::machine::tcp;
use crate::sample::Parts;

/// How often one connection may read before others get their turn.
pub(super) const READS_PER_TURN: u32 = 4;

/// One connection of a member.
#[derive(Debug)]
pub(super) struct Socket {
    lane: Lane,
    connected: bool,
    /// Bytes that the kernel has not taken yet.
    unsent: Vec<u8>,
    /// The front of a message whose rest has not come yet.
    partial: Vec<u8>,
    /// What the bytes were that have crossed, a backlog and an unfinished message aside.
    books: Books,
    /// What the bytes of a backlog are: those in `unsent` and those before them that have crossed.
    backlog: Parts,
    /// Bytes read.
    read: u64,
    /// Whether the peer has said that nothing more will come.
    has_ended: bool,
}

/// What a round of reading ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pause {
    /// There is nothing more at the moment.
    Empty,
    /// There may be more, but it is somebody else's turn.
    More,
    /// The peer has closed.
    Closed,
}

impl Socket {
    /// Starts connecting; an event tells when it is done.
    pub(super) fn open(
        (addr, trust): (SocketAddr, Option<&Trust>),
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        let mut lane = Lane::connect(addr, trust)?;
        registry.register(&mut lane.stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Socket {
            lane,
            connected: false,
            unsent: Vec::new(),
            partial: Vec::new(),
            books: Books::default(),
            backlog: Parts::default(),
            read: 0,
            has_ended: false,
        })
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connected
    }

    /// Whether part of a message is waiting for its rest.
    pub(super) fn is_amid_message(&self) -> bool {
        !self.partial.is_empty()
    }

    /// Looks whether connecting is done; true at the moment it is.
    pub(super) fn connect_done(&mut self) -> io::Result<bool> {
        if self.connected {
            return Ok(false);
        }
        if let Some(error) = self.lane.stream.take_error()? {
            return Err(error);
        }
        match self.lane.stream.peer_addr() {
            Ok(_) => {
                self.lane.stream.set_nodelay(true)?;
                self.connected = true;
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::NotConnected => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Sends the bytes with one system call, or as soon as the kernel takes them; `parts` says
    /// what they are.
    pub(super) fn send(&mut self, bytes: &[u8], parts: Parts) -> io::Result<()> {
        debug_assert_eq!(bytes.len() as u64, parts.total(), "every byte is for something");
        let mut taken = 0;
        if self.unsent.is_empty() {
            taken = write(&mut self.lane, bytes)?;
            if taken == bytes.len() {
                self.books.up = self.books.up + parts;
                return Ok(());
            }
        }
        self.unsent.extend_from_slice(&bytes[taken..]);
        self.backlog = self.backlog + parts;
        Ok(())
    }

    /// Sends what is left over.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        // Before there is a connection there is nobody to shake hands with.
        if !self.connected {
            return Ok(());
        }
        match self.lane.flush() {
            Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
            _ => {}
        }
        if !self.unsent.is_empty() {
            let taken = write(&mut self.lane, &self.unsent)?;
            self.unsent.drain(..taken);
            if self.unsent.is_empty() {
                self.books.up = self.books.up + std::mem::take(&mut self.backlog);
            }
        }
        Ok(())
    }

    /// Reads what is there, a bounded number of times. `eat` gets all bytes not eaten so far and
    /// the instant of the read that brought the last of them, says how many it has eaten, and
    /// notes in the books what they were.
    pub(super) fn receive(
        &mut self,
        ready: Ready,
        clock: Clock,
        inbox: &mut [u8],
        mut eat: impl FnMut(&[u8], u64, &mut Parts) -> Result<usize, Gone>,
    ) -> Result<Pause, Gone> {
        for _ in 0..READS_PER_TURN {
            let count = match self.lane.read(inbox) {
                Ok(0) => {
                    self.has_ended = true;
                    return Ok(Pause::Closed);
                }
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Pause::Empty),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                    return Ok(Pause::Closed);
                }
                Err(error) => return Err(error.into()),
            };
            let received = clock.now();
            self.read += count as u64;
            self.offer(&inbox[..count], |bytes, down| eat(bytes, received, down))?;
            if self.lane.is_emptied_by(count, inbox.len()) && !ready.closing {
                return Ok(Pause::Empty);
            }
        }
        Ok(Pause::More)
    }

    /// Has what is unfinished and what is fresh eaten, and keeps what is left of it.
    fn offer(
        &mut self,
        fresh: &[u8],
        eat: impl FnOnce(&[u8], &mut Parts) -> Result<usize, Gone>,
    ) -> Result<(), Gone> {
        let down = &mut self.books.down;
        let eaten = if self.partial.is_empty() {
            let eaten = eat(fresh, down);
            let left = eaten.as_ref().map_or(fresh.len(), |&eaten| eaten);
            self.partial.extend_from_slice(&fresh[left..]);
            eaten
        } else {
            self.partial.extend_from_slice(fresh);
            let eaten = eat(&self.partial, down);
            self.partial.drain(..*eaten.as_ref().unwrap_or(&self.partial.len()));
            eaten
        };
        if eaten.is_err() {
            // What nobody could read has crossed all the same.
            down.envelope += self.read.saturating_sub(down.total());
        }
        debug_assert_eq!(self.read, down.total() + self.partial.len() as u64, "a byte got lost");
        eaten.map(|_| ())
    }

    /// The rest that the peer left when it closed was a message after all, and this is what its
    /// bytes were.
    pub(super) fn rest_was(&mut self, parts: Parts) {
        self.partial.clear();
        self.books.down = self.books.down + parts;
    }

    /// Whether nothing is half way, in either direction.
    pub(super) fn is_at_rest(&self) -> bool {
        self.connected
            && self.unsent.is_empty()
            && self.partial.is_empty()
            && self.lane.is_at_rest()
    }

    /// What has crossed, by our books and by the kernel's. What there is of an unfinished message
    /// counts as envelope until it is whole.
    pub(super) fn standing(&self) -> Standing {
        let Books { mut up, mut down } = self.books;
        up.envelope += self.backlog.total() - self.unsent.len() as u64;
        down.envelope += self.partial.len() as u64;
        (up.tls, down.tls) = self.lane.overhead();
        let kernel = tcp::counters(&self.lane.stream, self.has_ended);
        Standing { books: Books { up, down }, kernel }
    }

    /// The connection, the bytes that were read but not eaten, and the books without them.
    pub(super) fn into_parts(self) -> (Lane, Vec<u8>, Books) {
        (self.lane, self.partial, self.books)
    }

    /// The bytes that were read but not eaten.
    pub(super) fn partial(&self) -> &[u8] {
        &self.partial
    }
}

/// Writes as much as the kernel takes.
fn write(stream: &mut Lane, bytes: &[u8]) -> io::Result<usize> {
    let mut taken = 0;
    while taken < bytes.len() {
        match stream.write(&bytes[taken..]) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => taken += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use mio::Poll;

    use super::*;
    use crate::units::{KIB, MIB};

    #[test]
    fn what_the_kernel_has_not_taken_is_not_in_the_books_yet() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let poll = Poll::new().unwrap();
        let addr = listener.local_addr().unwrap();
        let mut socket = Socket::open((addr, None), poll.registry(), Token(0)).unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        while !socket.connect_done().unwrap() {
            thread::yield_now();
        }
        let parts = Parts { http: 24 * KIB as u64, payload: 40 * KIB as u64, ..Parts::default() };
        let (count, bytes) = (512, [7; 64 * KIB]);
        for _ in 0..count {
            socket.send(&bytes, parts).unwrap();
        }
        // Nobody reads, so the kernel is full before 32 MiB.
        assert!(!socket.unsent.is_empty() && !socket.is_at_rest());
        let taken = count * bytes.len() - socket.unsent.len();
        let Books { up, .. } = socket.standing().books;
        assert_eq!(up.total(), taken as u64);
        let reader = thread::Builder::new().spawn(move || {
            let mut left = count * 64 * KIB;
            let mut inbox = vec![0; MIB];
            while left > 0 {
                left -= peer.read(&mut inbox).unwrap();
            }
            peer
        });
        while !socket.is_at_rest() {
            socket.flush().unwrap();
            thread::yield_now();
        }
        let _peer = reader.unwrap().join().unwrap();
        let account = socket.standing().account();
        let all = (0..count).fold(Parts::default(), |sum, _| sum + parts);
        assert_eq!(account.up, all);
        assert_ne!(account.reconciles(), Some(false), "{account:?}");
    }
}
