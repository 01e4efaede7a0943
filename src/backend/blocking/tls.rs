//! One TLS session for two threads.
//!
//! A plain socket is two pipes, and the kernel keeps them apart: one thread may sleep in `read`
//! while another writes. A TLS session is *one* thing. Both directions share its state (keys,
//! alerts, a change of keys that the peer asks for), so whoever uses it must have it alone. The
//! obvious lock around "read from the session" would be held while `read` blocks, possibly for
//! hours, and nobody could write: half duplex, and with a chat that means a deadlock.
//!
//! The way out is that a session needs no socket. rustls turns bytes into bytes, which never
//! blocks, so a lock is held for computing only:
//!
//! - reading: block in `read` on the socket with *no* lock, then take the session, feed it what has
//!   come, and keep what it opened;
//! - writing: take the session, have it seal the bytes into a buffer, let go of it, then block in
//!   `write` on the socket.
//!
//! Records are numbered when they are sealed, and must leave in that order. Two threads that seal
//! one after the other could still write the other way round. So there is a second lock, the
//! *queue*, taken before the session and kept until the bytes have left. It is held while blocked,
//! but only writers wait for it, and they would have to wait for the socket anyway. The reader
//! takes it only while shaking hands and to say goodbye, when there is no writer.

use std::io::{self, Read as _, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use rustls::ServerConnection;

use super::socket::Socket;
use crate::backend::Tls;
use crate::backend::tls::{HANDSHAKE_RECORD, plain_refused};
use crate::units::KIB;

/// Read from the socket at once.
const GULP: usize = 4 * KIB;
/// Sealed at once: what fits into a record (RFC 8446 §5.1).
const RECORD: usize = 16 * KIB;

/// A session, and the order in which what it seals leaves.
pub(super) struct Session {
    state: Mutex<State>,
    /// Sealed bytes while they are on their way; whoever holds it is the one who writes.
    queue: Mutex<Vec<u8>>,
}

struct State {
    tls: ServerConnection,
    /// Opened and not yet read, from `read` on.
    opened: Vec<u8>,
    read: usize,
    has_begun: bool,
    has_ended: bool,
}

impl Session {
    pub(super) fn new(tls: &Tls) -> Result<Self, rustls::Error> {
        let tls = ServerConnection::new(tls.config.clone())?;
        let (has_begun, has_ended) = (false, false);
        let state = State { tls, opened: Vec::new(), read: 0, has_begun, has_ended };
        Ok(Session { state: Mutex::new(state), queue: Mutex::default() })
    }

    /// Reads like a socket: waits for something, at most as long as `patience`, and shakes hands on
    /// the way. Bytes that trickle in and never make a record do not prolong it.
    pub(super) fn read(
        &self,
        socket: &Socket,
        buffer: &mut [u8],
        patience: Option<Duration>,
    ) -> io::Result<usize> {
        let until = patience.map(|patience| Instant::now() + patience);
        let mut gulp = [0; GULP];
        loop {
            if let Some(count) = self.state().take(buffer) {
                return Ok(count);
            }
            if let Some(until) = until {
                // The socket's own timeout begins anew with each read of it.
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                socket.wait_at_most(left)?;
            }
            // Blocked here, and holding nothing.
            let count = socket.read_raw(&mut gulp)?;
            if count == 0 {
                self.state().has_ended = true;
            } else {
                self.feed(socket, &gulp[..count])?;
            }
        }
    }

    /// Has the session open what came, and sends what it has to say to that while shaking hands.
    fn feed(&self, socket: &Socket, bytes: &[u8]) -> io::Result<()> {
        let (outcome, has_answer) = {
            let mut state = self.state();
            if !std::mem::replace(&mut state.has_begun, true) && bytes[0] != HANDSHAKE_RECORD {
                return socket
                    .send_raw(&plain_refused())
                    .and(Err(io::ErrorKind::InvalidData.into()));
            }
            let was_shaking = state.tls.is_handshaking();
            let outcome = state.open(bytes);
            // An answer to a change of keys can wait for the next write; an alert is the last word.
            (outcome, state.tls.wants_write() && (was_shaking || state.has_ended))
        };
        if has_answer {
            self.send(socket, self.queue())?;
        }
        outcome
    }

    /// Writes the front of `bytes`, one record of it, and says how much that was. It fails as a
    /// whole: half a record can be neither taken back nor read.
    pub(super) fn write(&self, socket: &Socket, bytes: &[u8]) -> io::Result<usize> {
        let queue = self.queue();
        let front = &bytes[..bytes.len().min(RECORD)];
        let count = self.state().tls.writer().write(front)?;
        self.send(socket, queue)?;
        Ok(count)
    }

    /// Says that nothing more will be written, so that the peer can tell the end from a cut; not
    /// when a writer is stuck, for then nothing can be said any more.
    pub(super) fn say_goodbye(&self, socket: &Socket) {
        let queue = match self.queue.try_lock() {
            Ok(queue) => queue,
            Err(TryLockError::Poisoned(error)) => error.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        self.state().tls.send_close_notify();
        // Whoever has gone already does not need it.
        let _ = self.send(socket, queue);
    }

    /// Sends everything that is sealed. The session is let go before the socket is waited for.
    fn send(&self, socket: &Socket, mut queue: MutexGuard<'_, Vec<u8>>) -> io::Result<()> {
        {
            let mut state = self.state();
            while state.tls.wants_write() {
                state.tls.write_tls(&mut *queue)?;
            }
        }
        // Blocked here, and holding only the queue.
        let sent = socket.send_raw(&queue);
        queue.clear();
        queue.shrink_to(RECORD);
        // Not "try again": part of a record may have left.
        sent.map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => io::ErrorKind::TimedOut.into(),
            _ => error,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self) -> MutexGuard<'_, Vec<u8>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What has been opened already; nothing at the end; `None` when more has to come.
    fn take(&mut self, buffer: &mut [u8]) -> Option<usize> {
        let waiting = &self.opened[self.read..];
        if waiting.is_empty() {
            return self.has_ended.then_some(0);
        }
        let count = waiting.len().min(buffer.len());
        buffer[..count].copy_from_slice(&waiting[..count]);
        self.read += count;
        if self.read == self.opened.len() {
            self.opened.clear();
            self.opened.shrink_to(GULP);
            self.read = 0;
        }
        Some(count)
    }

    /// Opens as many records as are whole.
    fn open(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() && !self.has_ended {
            self.tls.read_tls(&mut bytes)?;
            let told = self.tls.process_new_packets().map_err(|error| {
                self.has_ended = true;
                io::Error::new(io::ErrorKind::InvalidData, error)
            })?;
            let before = self.opened.len();
            self.opened.resize(before + told.plaintext_bytes_to_read(), 0);
            self.tls.reader().read_exact(&mut self.opened[before..])?;
            self.has_ended |= told.peer_has_closed();
        }
        Ok(())
    }
}
