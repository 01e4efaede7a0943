//! What the kernel counted on one TCP connection, and whether a short read has emptied it.
//!
//! The figures are the kernel's own, so they include what a program cannot see (acknowledgements,
//! retransmissions). They are of this end: what it sent and what it received.

use std::io;
use std::ops::{Add, Sub};
use std::time::Duration;

use mio::net::TcpStream;

/// Bytes and segments of one connection since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TcpCounters {
    /// Payload bytes sent, those sent again included.
    pub bytes_sent: u64,
    /// Payload bytes that were sent again; 0 where the kernel is too old to tell.
    pub bytes_retransmitted: u64,
    /// Payload bytes received, each counted once.
    pub bytes_received: u64,
    /// Segments sent, pure acknowledgements included.
    pub segments_sent: u64,
    /// Segments received, pure acknowledgements included.
    pub segments_received: u64,
    /// Those segments sent that carried payload; 0 where the kernel is too old to tell.
    pub data_segments_sent: u64,
    /// Those segments received that carried payload; 0 where the kernel is too old to tell.
    pub data_segments_received: u64,
}

impl TcpCounters {
    /// Payload bytes sent, each counted once.
    #[must_use]
    pub fn bytes_sent_once(&self) -> u64 {
        self.bytes_sent.saturating_sub(self.bytes_retransmitted)
    }
}

/// Whether a read that did not fill its buffer has emptied the socket, so that asking again can
/// wait for the next event. True for Linux's edge-triggered epoll, unless the peer has closed.
pub const SHORT_READ_EMPTIES: bool = cfg!(all(target_os = "linux", not(feature = "portable")));

/// The counters of a connection; `None` where the system does not tell. `has_ended` says that a
/// read has found the end of what the peer sends, which the kernel counts as a byte received.
#[cfg(all(target_os = "linux", not(feature = "portable")))]
#[must_use]
pub fn counters(stream: &TcpStream, has_ended: bool) -> Option<TcpCounters> {
    super::linux_tcp::counters(stream, has_ended)
}

/// The counters of a connection: not available here.
#[cfg(any(not(target_os = "linux"), feature = "portable"))]
#[must_use]
pub fn counters(_stream: &TcpStream, _has_ended: bool) -> Option<TcpCounters> {
    None
}

/// The same of a connection of the standard library.
#[must_use]
pub fn counters_of(stream: &std::net::TcpStream) -> Option<TcpCounters> {
    counters(&TcpStream::from_std(stream.try_clone().ok()?), false)
}

/// How many connections of that local address's port are in `TIME_WAIT`: first those that the port's
/// own side keeps, then those that its peers keep. Whoever hangs up first has to (RFC 9293 §3.6.1).
/// `None` where the system does not tell.
#[must_use]
pub fn waiting(port: u16) -> Option<(usize, usize)> {
    if !cfg!(all(target_os = "linux", not(feature = "portable"))) {
        return None;
    }
    let table = std::fs::read_to_string("/proc/net/tcp").ok()?;
    let (mut own, mut peers) = (0, 0);
    for line in table.lines().skip(1) {
        let mut words = line.split_whitespace().skip(1);
        let mut port_of = || u16::from_str_radix(words.next()?.split_once(':')?.1, 16).ok();
        let (local, remote) = (port_of(), port_of());
        // 06 is TIME_WAIT (include/net/tcp_states.h).
        if words.next() == Some("06") {
            own += usize::from(local == Some(port));
            peers += usize::from(remote == Some(port));
        }
    }
    Some((own, peers))
}

/// Lets the kernel ask whether the peer is still there: after so long without a word, then again
/// after `again`, and so many times before the connection counts as gone.
///
/// # Errors
/// When the system has no such settings, or refuses them.
pub fn set_keepalive(
    stream: &std::net::TcpStream,
    after: Duration,
    again: Duration,
    times: u32,
) -> io::Result<()> {
    #[cfg(all(target_os = "linux", not(feature = "portable")))]
    return super::linux_tcp::set_keepalive(stream, after, again, times);
    #[cfg(any(not(target_os = "linux"), feature = "portable"))]
    {
        let _ = (stream, after, again, times);
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// How long what was sent may stay without acknowledgement (`TCP_USER_TIMEOUT`, RFC 5482).
///
/// # Errors
/// When the system has no such setting, or refuses it.
pub fn set_user_timeout(stream: &std::net::TcpStream, time: Duration) -> io::Result<()> {
    #[cfg(all(target_os = "linux", not(feature = "portable")))]
    return super::linux_tcp::set_user_timeout(stream, time);
    #[cfg(any(not(target_os = "linux"), feature = "portable"))]
    {
        let _ = (stream, time);
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl Add for TcpCounters {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        TcpCounters {
            bytes_sent: self.bytes_sent + other.bytes_sent,
            bytes_retransmitted: self.bytes_retransmitted + other.bytes_retransmitted,
            bytes_received: self.bytes_received + other.bytes_received,
            segments_sent: self.segments_sent + other.segments_sent,
            segments_received: self.segments_received + other.segments_received,
            data_segments_sent: self.data_segments_sent + other.data_segments_sent,
            data_segments_received: self.data_segments_received + other.data_segments_received,
        }
    }
}

impl Sub for TcpCounters {
    type Output = Self;

    /// What was added since `earlier`; zero where a counter went back.
    fn sub(self, earlier: Self) -> Self {
        let since = |to: u64, from: u64| to.saturating_sub(from);
        TcpCounters {
            bytes_sent: since(self.bytes_sent, earlier.bytes_sent),
            bytes_retransmitted: since(self.bytes_retransmitted, earlier.bytes_retransmitted),
            bytes_received: since(self.bytes_received, earlier.bytes_received),
            segments_sent: since(self.segments_sent, earlier.segments_sent),
            segments_received: since(self.segments_received, earlier.segments_received),
            data_segments_sent: since(self.data_segments_sent, earlier.data_segments_sent),
            data_segments_received: since(
                self.data_segments_received,
                earlier.data_segments_received,
            ),
        }
    }
}

#[cfg(all(test, target_os = "linux", not(feature = "portable")))]
mod tests {
    use std::io::{self, Read, Write};
    use std::net;

    use super::*;

    /// Both ends of a connection; ours does not block and sends at once.
    fn pair() -> io::Result<(TcpStream, net::TcpStream)> {
        let listener = net::TcpListener::bind("127.0.0.1:0")?;
        let ours = net::TcpStream::connect(listener.local_addr()?)?;
        let (theirs, _) = listener.accept()?;
        ours.set_nonblocking(true)?;
        ours.set_nodelay(true)?;
        Ok((TcpStream::from_std(ours), theirs))
    }

    /// Waits until `ours` has something to read or has ended.
    fn await_bytes(ours: &TcpStream) {
        while ours.peek(&mut [0]).is_err() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn bytes_are_counted_as_they_were_written() {
        let (ours, mut theirs) = pair().unwrap();
        let before = counters(&ours, false).unwrap();
        (&ours).write_all(&[1; 1000]).unwrap();
        theirs.read_exact(&mut [0; 1000]).unwrap();
        let added = counters(&ours, false).unwrap() - before;
        assert_eq!((added.bytes_sent, added.bytes_received), (1000, 0));
        assert_eq!((added.bytes_sent_once(), added.bytes_retransmitted), (1000, 0));
        assert!(added.segments_sent >= 1);
    }

    #[test]
    fn whoever_hangs_up_first_waits() {
        let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        for we_first in [true, false] {
            let ours = net::TcpStream::connect(("127.0.0.1", port)).unwrap();
            let (theirs, _) = listener.accept().unwrap();
            let (mut first, mut second) = if we_first { (theirs, ours) } else { (ours, theirs) };
            first.shutdown(net::Shutdown::Write).unwrap();
            assert_eq!(second.read(&mut [0]).unwrap(), 0);
            drop(second);
            assert_eq!(first.read(&mut [0]).unwrap(), 0);
        }
        // The kernel is done when both ends are; it may take it a moment.
        while waiting(port) != Some((1, 1)) {
            std::thread::yield_now();
        }
    }

    #[test]
    fn segments_with_payload_are_told_from_those_without() {
        let (ours, mut theirs) = pair().unwrap();
        let before = counters(&ours, false).unwrap();
        assert_eq!((before.data_segments_sent, before.data_segments_received), (0, 0));
        // The handshake took segments too.
        assert!(before.segments_sent >= 2 && before.segments_received >= 1);
        for _ in 0..3 {
            (&ours).write_all(b"to").unwrap();
            theirs.read_exact(&mut [0; 2]).unwrap();
        }
        theirs.write_all(b"from").unwrap();
        await_bytes(&ours);
        let after = counters(&ours, false).unwrap();
        assert_eq!((after.data_segments_sent, after.data_segments_received), (3, 1));
        assert!(after.segments_sent >= before.segments_sent + 3);
        assert!(after.segments_received > before.segments_received);
    }

    #[test]
    fn the_end_of_a_connection_is_no_byte() {
        let (ours, mut theirs) = pair().unwrap();
        theirs.write_all(b"bye").unwrap();
        await_bytes(&ours);
        (&ours).read_exact(&mut [0; 3]).unwrap();
        drop(theirs);
        // Whether the end has been read yet or not.
        await_bytes(&ours);
        assert_eq!(counters(&ours, false).unwrap().bytes_received, 3);
        assert_eq!(counters(&ours, true).unwrap().bytes_received, 3);
        // The peer resets the connection when it is written to, and only who has read the end
        // knows of it then.
        (&ours).write_all(b"anybody?").unwrap();
        while (&ours).write(b"x").is_ok() {
            std::thread::yield_now();
        }
        assert_eq!(counters(&ours, true).unwrap().bytes_received, 3);
    }
}
