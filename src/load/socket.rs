//! A non-blocking TCP connection that never forgets a byte: what the kernel does not take now is
//! kept and written later, and an unfinished message waits for its rest.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use super::client::{Gone, Ready};
use super::pace::Clock;
use crate::machine::tcp;

/// How often one connection may read before others get their turn.
pub(super) const READS_PER_TURN: u32 = 4;

/// One connection of a member.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) stream: TcpStream,
    connected: bool,
    /// Bytes that the kernel has not taken yet.
    unsent: Vec<u8>,
    /// The front of a message whose rest has not come yet.
    partial: Vec<u8>,
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
    pub(super) fn open(addr: SocketAddr, registry: &Registry, token: Token) -> io::Result<Self> {
        let mut stream = TcpStream::connect(addr)?;
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Socket { stream, connected: false, unsent: Vec::new(), partial: Vec::new() })
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
        if let Some(error) = self.stream.take_error()? {
            return Err(error);
        }
        match self.stream.peer_addr() {
            Ok(_) => {
                self.stream.set_nodelay(true)?;
                self.connected = true;
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::NotConnected => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Sends the bytes with one system call, or as soon as the kernel takes them.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.unsent.is_empty() {
            self.unsent.extend_from_slice(bytes);
            return Ok(());
        }
        let taken = write(&mut self.stream, bytes)?;
        self.unsent.extend_from_slice(&bytes[taken..]);
        Ok(())
    }

    /// Sends what is left over.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if !self.unsent.is_empty() {
            let taken = write(&mut self.stream, &self.unsent)?;
            self.unsent.drain(..taken);
        }
        Ok(())
    }

    /// Reads what is there, a bounded number of times. `eat` gets all bytes not eaten so far and
    /// the instant of the read that brought the last of them, and says how many it has eaten.
    pub(super) fn receive(
        &mut self,
        ready: Ready,
        clock: Clock,
        inbox: &mut [u8],
        mut eat: impl FnMut(&[u8], u64) -> Result<usize, Gone>,
    ) -> Result<Pause, Gone> {
        for _ in 0..READS_PER_TURN {
            let count = match self.stream.read(inbox) {
                Ok(0) => return Ok(Pause::Closed),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Pause::Empty),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                    return Ok(Pause::Closed);
                }
                Err(error) => return Err(error.into()),
            };
            let received = clock.now();
            let fresh = &inbox[..count];
            if self.partial.is_empty() {
                let eaten = eat(fresh, received)?;
                self.partial.extend_from_slice(&fresh[eaten..]);
            } else {
                self.partial.extend_from_slice(fresh);
                let eaten = eat(&self.partial, received)?;
                self.partial.drain(..eaten);
            }
            if tcp::SHORT_READ_EMPTIES && count < inbox.len() && !ready.closing {
                return Ok(Pause::Empty);
            }
        }
        Ok(Pause::More)
    }

    /// The connection and the bytes that were read but not eaten.
    pub(super) fn into_parts(self) -> (TcpStream, Vec<u8>) {
        (self.stream, self.partial)
    }

    /// The bytes that were read but not eaten.
    pub(super) fn partial(&self) -> &[u8] {
        &self.partial
    }
}

/// Writes as much as the kernel takes.
fn write(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<usize> {
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
