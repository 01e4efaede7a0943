//! The byte ledger: every byte that crossed the wire, assigned to what it was for.
//!
//! Pure bookkeeping. Whoever reads or writes a connection says what the bytes were; the kernel's own
//! counters stand beside the sum, so that a byte nobody has assigned shows.

use std::ops::{Add, Sub};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bytes by what they were for, in one direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Parts {
    /// Texts that people wrote.
    pub payload: u64,
    /// What stands around a text in a message: names, numbers, braces.
    pub envelope: u64,
    /// WebSocket frame headers, masking keys aside (RFC 6455 §5.2).
    pub framing: u64,
    /// Masking keys of frames with data, which only clients send (RFC 6455 §5.3).
    pub masking: u64,
    /// Pings, pongs and closes, whole: headers, masking keys and what they carry (RFC 6455 §5.5).
    pub control: u64,
    /// HTTP request and status lines, headers and chunk lines.
    pub http: u64,
    /// The opening handshake (RFC 6455 §4), or whatever joins a room on another wire: the first
    /// poll and its answer, the floor's two lines.
    pub handshake: u64,
    /// What TLS added: its own handshake, and what is around a sealed record.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub tls: u64,
}

fn is_nothing(bytes: &u64) -> bool {
    *bytes == 0
}

impl Parts {
    /// All of them together.
    #[must_use]
    pub fn total(&self) -> u64 {
        let Parts { payload, envelope, framing, masking, control, http, handshake, tls } = *self;
        [payload, envelope, framing, masking, control, http, handshake, tls]
            .into_iter()
            .fold(0, u64::saturating_add)
    }
}

impl Add for Parts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Parts {
            payload: self.payload.saturating_add(other.payload),
            envelope: self.envelope.saturating_add(other.envelope),
            framing: self.framing.saturating_add(other.framing),
            masking: self.masking.saturating_add(other.masking),
            control: self.control.saturating_add(other.control),
            http: self.http.saturating_add(other.http),
            handshake: self.handshake.saturating_add(other.handshake),
            tls: self.tls.saturating_add(other.tls),
        }
    }
}

impl Sub for Parts {
    type Output = Self;

    /// What was added since `earlier`.
    fn sub(self, earlier: Self) -> Self {
        Parts {
            payload: self.payload.saturating_sub(earlier.payload),
            envelope: self.envelope.saturating_sub(earlier.envelope),
            framing: self.framing.saturating_sub(earlier.framing),
            masking: self.masking.saturating_sub(earlier.masking),
            control: self.control.saturating_sub(earlier.control),
            http: self.http.saturating_sub(earlier.http),
            handshake: self.handshake.saturating_sub(earlier.handshake),
            tls: self.tls.saturating_sub(earlier.tls),
        }
    }
}

/// Both directions over some time, beside what the kernel counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// To the server.
    pub up: Parts,
    /// From the server.
    pub down: Parts,
    /// What the kernel counted to the server, retransmissions left out (TCP_INFO).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel_up: Option<u64>,
    /// What the kernel counted from the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel_down: Option<u64>,
}

impl Account {
    /// Bytes that the kernel counted and the ledger did not assign, up and down; negative when the
    /// ledger has more. `None` where the kernel does not tell.
    #[must_use]
    pub fn unassigned(&self) -> Option<(i64, i64)> {
        let gap = |kernel: u64, books: u64| (i128::from(kernel) - i128::from(books)) as i64;
        let up = gap(self.kernel_up?, self.up.total());
        Some((up, gap(self.kernel_down?, self.down.total())))
    }

    /// Whether the books agree with the kernel to the byte; `None` where it does not tell.
    #[must_use]
    pub fn reconciles(&self) -> Option<bool> {
        Some(self.unassigned()? == (0, 0))
    }
}

/// The ledger of one run.
///
/// Both its times begin and end when the wire is at rest, so the books and the kernel have seen the
/// same bytes. What a warm-up moved between the two is in neither.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ledger {
    /// From the first connect until everybody had joined.
    pub set_up: Account,
    /// The measured time.
    pub measured: Account,
}

impl Ledger {
    /// Whether the books agree with the kernel to the byte, in both directions and at both times;
    /// `None` where it does not tell.
    #[must_use]
    pub fn reconciles(&self) -> Option<bool> {
        Some(self.set_up.reconciles()? && self.measured.reconciles()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(kernel_up: Option<u64>) -> Account {
        let parts = Parts { payload: 1, masking: 2, handshake: 4, ..Parts::default() };
        Account { up: parts, down: parts, kernel_up, kernel_down: Some(7) }
    }

    #[test]
    fn a_byte_too_many_or_too_few_shows_in_either_time() {
        for (kernel_up, gap) in [(6, -1), (7, 0), (8, 1)] {
            let other = account(Some(kernel_up));
            assert_eq!(other.unassigned(), Some((gap, 0)));
            let good = account(Some(7));
            for ledger in
                [Ledger { set_up: other, measured: good }, Ledger { set_up: good, measured: other }]
            {
                assert_eq!(ledger.reconciles(), Some(gap == 0));
            }
        }
        let untold = Ledger { set_up: account(Some(7)), measured: account(None) };
        assert_eq!(untold.reconciles(), None);
    }
}
