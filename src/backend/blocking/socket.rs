//! A connection that counts the system calls made on it, and two things that one such call does
//! not do: write with a deadline that knows progress, and close without destroying what was sent
//! last.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::tls::Session;
use crate::backend::Tls;
use crate::chat::Rooms;

/// How long a goodbye may take to be read.
pub(super) const LINGER: Duration = Duration::from_secs(1);

/// A blocking connection. Each read and each write is one system call; so it is counted here, once
/// for every place that makes one.
pub(super) struct Socket {
    stream: TcpStream,
    rooms: Arc<Rooms>,
    /// What is above it, if anything; in a box, for most have nothing.
    session: Option<Box<Session>>,
    /// The timeout of a read, for a session needs more than one for it.
    patience: Mutex<Option<Duration>>,
}

impl Socket {
    pub(super) fn new(
        stream: TcpStream,
        tls: Option<&Tls>,
        rooms: Arc<Rooms>,
    ) -> io::Result<Arc<Self>> {
        stream.set_nodelay(rooms.limits().nodelay)?;
        // See `send` for why a tenth.
        stream.set_write_timeout(Some(rooms.limits().write_deadline / 10))?;
        let session = tls.map(Session::new).transpose().map_err(io::Error::other)?.map(Box::new);
        Ok(Arc::new(Socket { stream, rooms, session, patience: Mutex::default() }))
    }

    pub(super) fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        if self.session.is_some() {
            *self.patience.lock().unwrap_or_else(PoisonError::into_inner) = timeout;
        }
        self.stream.set_read_timeout(timeout)
    }

    /// The next read of the socket itself waits no longer than this, which is not zero.
    pub(super) fn wait_at_most(&self, left: Duration) -> io::Result<()> {
        self.stream.set_read_timeout(Some(left))
    }

    pub(super) fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.stream.set_write_timeout(timeout)
    }

    pub(super) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.stream.shutdown(how)
    }

    /// Whether there is a TLS session above it.
    pub(super) fn is_sealed(&self) -> bool {
        self.session.is_some()
    }

    /// Reads what the kernel has.
    pub(super) fn read_raw(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = (&self.stream).read(buffer);
        self.rooms.stats().reads.add(1);
        read
    }

    /// Sends all of it as it is.
    pub(super) fn send_raw(&self, bytes: &[u8]) -> io::Result<()> {
        write_patiently(|rest| self.write_raw(rest), bytes, self.rooms.limits().write_deadline)
    }

    fn write_raw(&self, bytes: &[u8]) -> io::Result<usize> {
        let written = (&self.stream).write(bytes)?;
        self.rooms.stats().writes.add(1);
        Ok(written)
    }
}

/// A shared reference can be read and written: the kernel keeps the two apart.
impl Read for &Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(session) = &self.session else { return self.read_raw(buffer) };
        let patience = *self.patience.lock().unwrap_or_else(PoisonError::into_inner);
        session.read(self, buffer, patience)
    }
}

impl Write for &Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &self.session {
            None => self.write_raw(bytes),
            Some(session) => session.write(self, bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes all of it, or gives up when nothing has been taken for as long as the deadline.
///
/// A blocking write of many bytes may take long and still make progress, so the socket's own
/// timeout, a tenth of the deadline, only lets us look at the clock.
pub(super) fn send(mut stream: &Socket, bytes: &[u8], deadline: Duration) -> io::Result<()> {
    write_patiently(|rest| stream.write(rest), bytes, deadline)
}

fn write_patiently(
    mut write: impl FnMut(&[u8]) -> io::Result<usize>,
    mut bytes: &[u8],
    deadline: Duration,
) -> io::Result<()> {
    let mut progress = Instant::now();
    while !bytes.is_empty() {
        match write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(taken) => {
                bytes = &bytes[taken..];
                progress = Instant::now();
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            Err(error) if progress.elapsed() >= deadline => return Err(error),
            Err(_) => {}
        }
    }
    Ok(())
}

/// A lingering close, so that what was sent last is read: a socket closed with bytes unread is
/// reset, and a reset may destroy the goodbye.
pub(super) fn linger(mut stream: &Socket) {
    let until = Instant::now() + LINGER;
    let mut rest = [0; 512];
    if let Some(session) = &stream.session {
        session.say_goodbye(stream);
    }
    let mut open = stream.shutdown(Shutdown::Write).is_ok();
    while open && Instant::now() < until {
        open = stream.set_read_timeout(Some(LINGER)).is_ok()
            && stream.read(&mut rest).is_ok_and(|count| count > 0);
    }
}
