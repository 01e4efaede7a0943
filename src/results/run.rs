//! One run and what it measured, as it stands in a results file.
//!
//! What a system did not tell is absent, never 0. Knows nothing of repeats or of how it is shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Findings, Histogram, Ledger, Memory, SEGMENT_OVERHEAD, Timeline};

/// One run: a fresh server process, one scenario, one backend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// The scenario's name.
    pub scenario: String,
    /// The backend's name.
    pub backend: String,
    /// Which repeat, from 0.
    pub repeat: u32,
    /// Why the run does not count, when it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// What was measured, as far as the run came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
}

/// What one run measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// Seconds from the first intended start to the last delivery.
    pub seconds: f64,
    /// Messages the plan asked for.
    pub messages: u64,
    /// Deliveries those messages ask for.
    pub expected: u64,
    /// Deliveries that arrived, each counted once.
    pub delivered: u64,
    /// Deliveries that arrived before the measured time was over.
    pub delivered_in_time: u64,
    /// What the delivery oracle found.
    pub findings: Findings,
    /// Received − intended, in nanoseconds, one value per delivery.
    pub response: Histogram,
    /// Received − sent, in nanoseconds, one value per delivery.
    pub service: Histogram,
    /// Handed to the wire − intended, in nanoseconds, one value per message: the generator's own
    /// lateness. What the wire keeps a message for, as long-polling does until the message before
    /// has been answered, is in the response time only.
    pub send_lag: Histogram,
    /// Response times of the warm-up, which count nowhere else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<Histogram>,
    /// Deliveries under way on average, counted while they were: sent and not yet received. By
    /// Little's law it is the rate of deliveries times their mean service time (rule M9).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_flight: Option<f64>,
    /// How response times and deliveries went over the measured time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeline: Option<Timeline>,
    /// What the server spent between the first send and the last delivery.
    pub server: Option<Cost>,
    /// What the generator spent in the same time.
    pub generator: Option<Cost>,
    /// What the server counted of its own work in the same time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<Calls>,
    /// What a connection costs in memory.
    pub memory: Option<Memory>,
    /// What crossed the wire, by the kernel's counters.
    pub wire: Option<WireUse>,
    /// What crossed the wire, byte by byte, by the generator's books.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger: Option<Ledger>,
    /// What else the machine did in the same time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Conditions>,
    /// Time from the first connect to the last member being joined, in seconds.
    pub set_up_seconds: f64,
    /// What became of connections that were lost, where members come back; absent where none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comebacks: Option<Comebacks>,
}

/// Connections that were lost during a run and made up for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Comebacks {
    /// Connections that were lost, each of whose members tried to come back.
    pub cuts: u64,
    /// How often a member that came back found a new life of its log, as after a restart of the
    /// server: what was said in the old one and not yet heard is gone.
    pub resets: u64,
}

impl std::ops::Add for Comebacks {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Comebacks {
            cuts: self.cuts.saturating_add(other.cuts),
            resets: self.resets.saturating_add(other.resets),
        }
    }
}

/// Processor time and context switches of one process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// Processor time in nanoseconds.
    pub cpu_ns: u64,
    /// The part of it spent in user mode.
    pub user_ns: u64,
    /// The part of it spent in the kernel.
    pub system_ns: u64,
    /// Context switches because there was nothing to do.
    pub voluntary_switches: u64,
    /// Context switches because the time slice was over.
    pub involuntary_switches: u64,
    /// Threads at the end.
    pub threads: u64,
    /// How often a thread was put on a CPU: once per wake-up and once more after each involuntary
    /// switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slices: Option<u64>,
    /// Processor time by the scheduler's books, thread by thread, in nanoseconds: a second witness
    /// of [`Cost::cpu_ns`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_ns: Option<u64>,
}

/// What a server counted of its own work during the measured time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Calls {
    /// System calls that read from a connection, those that found nothing included.
    pub reads: u64,
    /// System calls that wrote to a connection.
    pub writes: u64,
    /// Messages accepted.
    pub says: u64,
    /// Messages handed to members, each member counted.
    pub deliveries: u64,
    /// Writes or poll answers that carried deliveries: deliveries / batches is how much one carries.
    pub batches: u64,
    /// Waiting members that a room's log woke.
    pub wakes: u64,
}

/// What the machine did during the measured time, by its own counters (ticks of usually 10 ms).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Conditions {
    /// The length of the time they were taken over, in nanoseconds.
    pub wall_ns: u64,
    /// CPUs of the machine.
    pub cpus: u64,
    /// Time all CPUs together were busy, interrupts included, in nanoseconds.
    pub busy_ns: u64,
    /// The part of it that neither the server nor the generator used, without interrupts, which may
    /// or may not be theirs; in nanoseconds. Of a server that could not be looked at
    /// ([`Measured::server`] is absent) its own work is in here.
    pub foreign_ns: u64,
    /// Time that the host of a virtual machine took away, in nanoseconds.
    pub steal_ns: u64,
    /// How often the processor was slowed down because of heat; `None` where it does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttled: Option<u64>,
}

/// Bytes and segments of all connections as the generator's kernel counted them (TCP_INFO).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WireUse {
    /// TCP payload bytes from the server.
    pub received_bytes: u64,
    /// TCP payload bytes to the server.
    pub sent_bytes: u64,
    /// Segments from the server.
    pub received_segments: u64,
    /// Segments to the server.
    pub sent_segments: u64,
    /// Those segments from the server that carried payload; 0 where the kernel is too old to tell.
    #[serde(default)]
    pub received_data_segments: u64,
    /// Those segments to the server that carried payload.
    #[serde(default)]
    pub sent_data_segments: u64,
    /// Payload bytes to the server that were sent again; they are part of `sent_bytes`.
    #[serde(default)]
    pub retransmitted_bytes: u64,
}

/// Bytes of TCP and IP headers in one direction, estimated from the segments: the wire's share
/// that no program sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Headers {
    /// Before payload.
    pub data: u64,
    /// With nothing behind them: acknowledgements.
    pub acks: u64,
}

impl WireUse {
    /// Headers of what went to the server, at [`SEGMENT_OVERHEAD`] each.
    #[must_use]
    pub fn headers_up(&self) -> Headers {
        Headers::of(self.sent_segments, self.sent_data_segments)
    }

    /// Headers of what came from the server, at [`SEGMENT_OVERHEAD`] each.
    #[must_use]
    pub fn headers_down(&self) -> Headers {
        Headers::of(self.received_segments, self.received_data_segments)
    }
}

impl Headers {
    fn of(segments: u64, with_data: u64) -> Self {
        let bytes = |segments: u64| segments.saturating_mul(SEGMENT_OVERHEAD);
        let with_data = with_data.min(segments);
        Headers { data: bytes(with_data), acks: bytes(segments - with_data) }
    }
}

impl Measured {
    /// Messages of the warm-up, as far as the file tells: each became as many deliveries as one of
    /// the measured time did.
    #[must_use]
    pub fn warm_up_messages(&self) -> u64 {
        let deliveries = self.warm_up.as_ref().map_or(0, Histogram::len) as f64;
        // A quotient without a divisor is not a number, which is no messages.
        (deliveries * self.messages as f64 / self.expected as f64).round() as u64
    }

    /// A cost divided by the deliveries it paid for; `None` when there were none.
    #[must_use]
    pub fn per_delivery(&self, total: u64) -> Option<f64> {
        (self.delivered > 0).then(|| total as f64 / self.delivered as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_those_of_all_segments() {
        let wire = WireUse {
            sent_segments: 10,
            sent_data_segments: 4,
            received_segments: 3,
            received_data_segments: 3,
            ..WireUse::default()
        };
        let (up, down) = (wire.headers_up(), wire.headers_down());
        assert_eq!((up.data, up.acks), (4 * SEGMENT_OVERHEAD, 6 * SEGMENT_OVERHEAD));
        assert_eq!((down.data, down.acks), (3 * SEGMENT_OVERHEAD, 0));
    }
}
