//! Two things that one call of the standard library does not do: write with a deadline that knows
//! progress, and close without destroying what was sent last.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// How long a goodbye may take to be read.
pub(super) const LINGER: Duration = Duration::from_secs(1);

/// Writes all of it, or gives up when nothing has been taken for as long as the deadline.
///
/// A blocking write of many bytes may take long and still make progress, so the socket's own
/// timeout, a tenth of the deadline, only lets us look at the clock.
pub(super) fn send(mut stream: &TcpStream, mut bytes: &[u8], deadline: Duration) -> io::Result<()> {
    let mut progress = Instant::now();
    while !bytes.is_empty() {
        match stream.write(bytes) {
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
pub(super) fn linger(mut stream: &TcpStream) {
    let until = Instant::now() + LINGER;
    let mut rest = [0; 512];
    let mut open = stream.shutdown(Shutdown::Write).is_ok();
    while open && Instant::now() < until {
        open = stream.set_read_timeout(Some(LINGER)).is_ok()
            && stream.read(&mut rest).is_ok_and(|count| count > 0);
    }
}
