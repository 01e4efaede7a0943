//! Reads `TCP_INFO`, which no safe crate offers in the length that has the byte counters.
#![allow(unsafe_code, reason = "getsockopt(TCP_INFO) has no safe wrapper with the newer fields")]

use std::io;
use std::os::fd::AsRawFd;
use std::time::Duration;

use mio::net::TcpStream;
use rustix::net::sockopt;

use super::tcp::TcpCounters;

/// Long enough for every field used here; the kernel says how much of it it filled.
const LENGTH: usize = 256;

/// Offsets in the kernel's `struct tcp_info` (`include/uapi/linux/tcp.h`), which only ever grows.
mod offset {
    pub(super) const STATE: usize = 0;
    pub(super) const BYTES_ACKED: usize = 120;
    pub(super) const BYTES_RECEIVED: usize = 128;
    pub(super) const SEGMENTS_OUT: usize = 136;
    pub(super) const SEGMENTS_IN: usize = 140;
    pub(super) const DATA_SEGMENTS_IN: usize = 152;
    pub(super) const DATA_SEGMENTS_OUT: usize = 156;
    pub(super) const BYTES_SENT: usize = 200;
    pub(super) const BYTES_RETRANSMITTED: usize = 208;
}

/// The states in which the peer's FIN has come: `TIME_WAIT`, `CLOSE_WAIT`, `LAST_ACK` and `CLOSING`
/// (`include/net/tcp_states.h`).
const PEER_HAS_ENDED: [u8; 4] = [6, 8, 9, 11];

/// The kernel's counters of this connection; `None` when the kernel is too old to count bytes.
///
/// A FIN takes a sequence number, and the kernel counts it among the bytes received. Here it is
/// taken out: when the state or, because a reset hides the state, the caller tells that it has come.
pub(super) fn counters(stream: &TcpStream, has_ended: bool) -> Option<TcpCounters> {
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
    // Before Linux 4.19 there are only the acknowledged bytes, which lag a moment behind and count
    // the SYN.
    let sent = long(info, offset::BYTES_SENT)
        .or_else(|| Some(long(info, offset::BYTES_ACKED)?.saturating_sub(1)))?;
    let fin = has_ended || info.get(offset::STATE).is_some_and(|at| PEER_HAS_ENDED.contains(at));
    Some(TcpCounters {
        bytes_sent: sent,
        bytes_retransmitted: long(info, offset::BYTES_RETRANSMITTED).unwrap_or(0),
        bytes_received: long(info, offset::BYTES_RECEIVED)?.saturating_sub(fin.into()),
        segments_sent: short(info, offset::SEGMENTS_OUT)?,
        segments_received: short(info, offset::SEGMENTS_IN)?,
        data_segments_sent: short(info, offset::DATA_SEGMENTS_OUT).unwrap_or(0),
        data_segments_received: short(info, offset::DATA_SEGMENTS_IN).unwrap_or(0),
    })
}

/// Switches the kernel's own question on and sets its times.
pub(super) fn set_keepalive(
    stream: &std::net::TcpStream,
    after: Duration,
    again: Duration,
    times: u32,
) -> io::Result<()> {
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, after)?;
    sockopt::set_tcp_keepintvl(stream, again)?;
    Ok(sockopt::set_tcp_keepcnt(stream, times)?)
}

/// Sets `TCP_USER_TIMEOUT`.
pub(super) fn set_user_timeout(stream: &std::net::TcpStream, time: Duration) -> io::Result<()> {
    let millis = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
    Ok(sockopt::set_tcp_user_timeout(stream, millis)?)
}

fn long(info: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_ne_bytes(info.get(at..at + 8)?.try_into().ok()?))
}

fn short(info: &[u8], at: usize) -> Option<u64> {
    Some(u32::from_ne_bytes(info.get(at..at + 4)?.try_into().ok()?).into())
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;

    use super::*;

    /// The front of the kernel's structure, field by field as the header file has it. Fields that
    /// nobody reads stand together where they are of the same kind.
    #[repr(C)]
    struct TcpInfo {
        state: u8,
        ca_state_to_bit_fields: [u8; 7],
        rto_to_rcv_mss: [u32; 4],
        unacked_to_fackets: [u32; 5],
        last_data_sent_to_last_ack_recv: [u32; 4],
        pmtu_to_reordering: [u32; 8],
        rcv_rtt: u32,
        rcv_space: u32,
        total_retrans: u32,
        pacing_rate: u64,
        max_pacing_rate: u64,
        bytes_acked: u64,
        bytes_received: u64,
        segs_out: u32,
        segs_in: u32,
        notsent_bytes: u32,
        min_rtt: u32,
        data_segs_in: u32,
        data_segs_out: u32,
        delivery_rate: u64,
        busy_time_to_sndbuf_limited: [u64; 3],
        delivered: u32,
        delivered_ce: u32,
        bytes_sent: u64,
        bytes_retrans: u64,
    }

    #[test]
    fn offsets_are_those_of_the_header_file() {
        assert_eq!(offset::STATE, offset_of!(TcpInfo, state));
        assert_eq!(offset::BYTES_ACKED, offset_of!(TcpInfo, bytes_acked));
        assert_eq!(offset::BYTES_RECEIVED, offset_of!(TcpInfo, bytes_received));
        assert_eq!(offset::SEGMENTS_OUT, offset_of!(TcpInfo, segs_out));
        assert_eq!(offset::SEGMENTS_IN, offset_of!(TcpInfo, segs_in));
        assert_eq!(offset::DATA_SEGMENTS_IN, offset_of!(TcpInfo, data_segs_in));
        assert_eq!(offset::DATA_SEGMENTS_OUT, offset_of!(TcpInfo, data_segs_out));
        assert_eq!(offset::BYTES_SENT, offset_of!(TcpInfo, bytes_sent));
        assert_eq!(offset::BYTES_RETRANSMITTED, offset_of!(TcpInfo, bytes_retrans));
        assert!(size_of::<TcpInfo>() <= LENGTH);
    }
}
