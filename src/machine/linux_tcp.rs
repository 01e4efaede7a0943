//! Reads `TCP_INFO`, which no safe crate offers in the length that has the byte counters.
#![allow(unsafe_code, reason = "getsockopt(TCP_INFO) has no safe wrapper with the newer fields")]

use std::os::fd::AsRawFd;

use mio::net::TcpStream;

use super::tcp::TcpCounters;

/// Long enough for every field used here; the kernel says how much of it it filled.
const LENGTH: usize = 256;

/// Offsets in the kernel's `struct tcp_info` (`include/uapi/linux/tcp.h`), which only ever grows.
mod offset {
    pub(super) const BYTES_ACKED: usize = 120;
    pub(super) const BYTES_RECEIVED: usize = 128;
    pub(super) const SEGMENTS_OUT: usize = 136;
    pub(super) const SEGMENTS_IN: usize = 140;
    pub(super) const BYTES_SENT: usize = 200;
}

/// The kernel's counters of this connection; `None` when the kernel is too old to count bytes.
pub(super) fn counters(stream: &TcpStream) -> Option<TcpCounters> {
    let mut info = [0_u8; LENGTH];
    let mut filled = LENGTH as libc::socklen_t;
    // SAFETY: the descriptor is open as long as `stream` is borrowed, `info` is writable for the
    // `filled` bytes announced, and both pointers live until the call returns.
    let outcome = unsafe {
        libc::getsockopt(
            stream.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            info.as_mut_ptr().cast(),
            &raw mut filled,
        )
    };
    let info = info.get(..filled as usize).filter(|_| outcome == 0)?;
    // Before Linux 4.19 there are only the acknowledged bytes, which lag a moment behind.
    let sent = long(info, offset::BYTES_SENT).or_else(|| long(info, offset::BYTES_ACKED))?;
    Some(TcpCounters {
        bytes_sent: sent,
        bytes_received: long(info, offset::BYTES_RECEIVED)?,
        segments_sent: short(info, offset::SEGMENTS_OUT)?,
        segments_received: short(info, offset::SEGMENTS_IN)?,
    })
}

fn long(info: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_ne_bytes(info.get(at..at + 8)?.try_into().ok()?))
}

fn short(info: &[u8], at: usize) -> Option<u64> {
    Some(u32::from_ne_bytes(info.get(at..at + 4)?.try_into().ok()?).into())
}
