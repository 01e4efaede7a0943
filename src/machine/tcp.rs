//! What the kernel counted on one TCP connection, and whether a short read has emptied it.
//!
//! The figures are the kernel's own, so they include what a program cannot see (acknowledgements,
//! retransmissions). They are of this end: what it sent and what it received.

use std::ops::{Add, Sub};

use mio::net::TcpStream;

/// Bytes and segments of one connection since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TcpCounters {
    /// Payload bytes sent.
    pub bytes_sent: u64,
    /// Payload bytes received.
    pub bytes_received: u64,
    /// Segments sent, pure acknowledgements included.
    pub segments_sent: u64,
    /// Segments received, pure acknowledgements included.
    pub segments_received: u64,
}

/// Whether a read that did not fill its buffer has emptied the socket, so that asking again can
/// wait for the next event. True for Linux's edge-triggered epoll, unless the peer has closed.
pub const SHORT_READ_EMPTIES: bool = cfg!(all(target_os = "linux", not(feature = "portable")));

/// The counters of a connection; `None` where the system does not tell.
#[cfg(all(target_os = "linux", not(feature = "portable")))]
#[must_use]
pub fn counters(stream: &TcpStream) -> Option<TcpCounters> {
    super::linux_tcp::counters(stream)
}

/// The counters of a connection: not available here.
#[cfg(any(not(target_os = "linux"), feature = "portable"))]
#[must_use]
pub fn counters(_stream: &TcpStream) -> Option<TcpCounters> {
    None
}

impl Add for TcpCounters {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        TcpCounters {
            bytes_sent: self.bytes_sent + other.bytes_sent,
            bytes_received: self.bytes_received + other.bytes_received,
            segments_sent: self.segments_sent + other.segments_sent,
            segments_received: self.segments_received + other.segments_received,
        }
    }
}

impl Sub for TcpCounters {
    type Output = Self;

    /// What was added since `earlier`; zero where a counter went back.
    fn sub(self, earlier: Self) -> Self {
        TcpCounters {
            bytes_sent: self.bytes_sent.saturating_sub(earlier.bytes_sent),
            bytes_received: self.bytes_received.saturating_sub(earlier.bytes_received),
            segments_sent: self.segments_sent.saturating_sub(earlier.segments_sent),
            segments_received: self.segments_received.saturating_sub(earlier.segments_received),
        }
    }
}

#[cfg(all(test, target_os = "linux", not(feature = "portable")))]
mod tests {
    use std::io::{Read, Write};
    use std::net;

    use super::*;

    #[test]
    fn bytes_are_counted_as_they_were_written() {
        let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut theirs, _) = listener.accept().unwrap();
        ours.set_nonblocking(true).unwrap();
        let ours = TcpStream::from_std(ours);
        let before = counters(&ours).unwrap();
        (&ours).write_all(&[1; 1000]).unwrap();
        theirs.read_exact(&mut [0; 1000]).unwrap();
        let added = counters(&ours).unwrap() - before;
        assert_eq!((added.bytes_sent, added.bytes_received), (1000, 0));
        assert!(added.segments_sent >= 1);
    }
}
