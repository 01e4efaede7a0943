//! The figures of one run: what each repeat is compared by.
//!
//! A figure that was not measured is absent, never 0. Knows one run and nothing of repeats.

use std::collections::BTreeMap;

use super::{Calls, Cost, LoopKind, Measured, Memory, Settings, WireUse};

/// What a segment adds to the bytes it carries: 20 for IPv4, 20 for TCP, 12 for its timestamps.
pub const SEGMENT_OVERHEAD: u64 = 52;

/// The least processor time that is split: the kernel tells user from kernel mode at its ticks,
/// mostly of 10 ms, and a share taken from fewer than thirty of them is a guess.
const ENOUGH_TO_SPLIT: u64 = 300_000_000;

/// A number that each repeat has, if it was measured there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Figure {
    /// The server's processor time per delivery, in nanoseconds.
    Cpu,
    /// The part of it in user mode; absent where the run was too short to tell.
    UserCpu,
    /// The part of it in the kernel; absent where the run was too short to tell.
    SystemCpu,
    /// The server's voluntary context switches per delivery.
    Voluntary,
    /// The server's involuntary context switches per delivery.
    Involuntary,
    /// The server's threads at the end.
    Threads,
    /// Deliveries per second of the planned time, or of the time it took when that was longer.
    Throughput,
    /// The server's user memory per connection, in bytes.
    Memory,
    /// TCP payload bytes from the server per delivery.
    WireDown,
    /// TCP payload bytes to the server per delivery.
    WireUp,
    /// TCP/IP header bytes of both directions per delivery: segments × [`SEGMENT_OVERHEAD`].
    WireHeaders,
    /// TCP payload bytes of both directions per delivery: what was measured.
    Payload,
    /// Payload and headers together: an estimate of all bytes on the wire per delivery.
    Wire,
    /// The generator's share of one CPU, 0 to 1 (it is one thread).
    GeneratorCpu,
    /// The server's share of the CPUs it could use, 0 to 1: those it was pinned to, or all there
    /// are; absent when nobody knows how many that is.
    ServerCpu,
    /// Time from the first connect until the last member has joined, in nanoseconds.
    SetUp,
    /// The median of the response time, in nanoseconds; absent in a repeat with too few messages.
    P50,
    /// The 99th percentile of the response time, in nanoseconds; absent in a repeat with too few
    /// messages, even when all repeats together have enough.
    P99,
    /// How often a thread of the server was put on a CPU, per delivery.
    Slices,
    /// The server's reading system calls per delivery.
    Reads,
    /// The server's writing system calls per delivery.
    Writes,
    /// Waiting members that a log woke, per delivery.
    Wakes,
    /// Messages that one write or one poll answer carried.
    PerBatch,
}

/// What a run was given, as far as its figures need it.
pub(super) struct Given {
    /// How long the plan sends; 0 when the results do not say.
    pub(super) planned_seconds: f64,
    /// Whether sends wait for anything but their time.
    pub(super) loop_kind: LoopKind,
    /// How many CPUs the server had to itself; `None` when it could use any.
    pub(super) server_cpus: Option<u64>,
    /// How many CPUs server and generator were pinned to; `None` when one of them was not.
    pub(super) measured_on: Option<u64>,
    /// Whether several generators drove the server at once: then its counts are those of all of
    /// them, over the time of one.
    pub(super) is_merged: bool,
}

impl Given {
    /// What the settings say; the plan is the caller's to add.
    pub(super) fn of(settings: &Settings) -> Self {
        let pinned = |cpus: &[usize]| (!cpus.is_empty()).then_some(cpus.len() as u64);
        let server_cpus = pinned(&settings.server_cpus);
        let mut both = [settings.server_cpus.as_slice(), &settings.generator_cpus].concat();
        both.sort_unstable();
        both.dedup();
        let measured_on = server_cpus.and(pinned(&settings.generator_cpus)).and(pinned(&both));
        let is_merged = settings.generators.is_some();
        let (planned_seconds, loop_kind) = (0.0, LoopKind::Open);
        Given { planned_seconds, loop_kind, server_cpus, measured_on, is_merged }
    }
}

/// Every figure that the run has.
pub(super) fn figures(run: &Measured, given: &Given) -> BTreeMap<Figure, f64> {
    let per = |total: u64| run.per_delivery(total);
    let server = |field: fn(&Cost) -> u64| run.server.as_ref().and_then(|cost| per(field(cost)));
    let per_second = |total: f64| (run.seconds > 0.0).then(|| total / run.seconds);
    // The last delivery comes a little before or after the end of the plan; a server that kept up
    // has the rate that was planned, and not one a little above it.
    let spent = run.seconds.max(given.planned_seconds);
    let throughput = (spent > 0.0).then(|| run.delivered as f64 / spent);
    let split = |field: fn(&Cost) -> u64| {
        run.server.filter(|cost| cost.cpu_ns >= ENOUGH_TO_SPLIT).and_then(|cost| per(field(&cost)))
    };
    let busy = |cost: &Cost| per_second(cost.cpu_ns as f64 / 1e9);
    let calls = |field: fn(&Calls) -> u64| run.calls.as_ref().and_then(|calls| per(field(calls)));
    let carried = run.calls.as_ref().filter(|calls| calls.batches > 0);
    let per_batch = carried.map(|calls| calls.deliveries as f64 / calls.batches as f64);
    let wire = run.wire.as_ref();
    let payload = |wire: &WireUse| wire.received_bytes.saturating_add(wire.sent_bytes);
    let segments = |wire: &WireUse| {
        let segments = wire.received_segments.saturating_add(wire.sent_segments);
        segments.saturating_mul(SEGMENT_OVERHEAD)
    };
    let all = [
        (Figure::Cpu, server(|cost| cost.cpu_ns)),
        (Figure::UserCpu, split(|cost| cost.user_ns)),
        (Figure::SystemCpu, split(|cost| cost.system_ns)),
        (Figure::Voluntary, server(|cost| cost.voluntary_switches)),
        (Figure::Involuntary, server(|cost| cost.involuntary_switches)),
        (Figure::Threads, run.server.as_ref().map(|cost| cost.threads as f64)),
        (Figure::Throughput, throughput),
        (Figure::Memory, memory_per_connection(run)),
        (Figure::WireDown, wire.and_then(|wire| per(wire.received_bytes))),
        (Figure::WireUp, wire.and_then(|wire| per(wire.sent_bytes))),
        (Figure::WireHeaders, wire.and_then(|wire| per(segments(wire)))),
        (Figure::Payload, wire.and_then(|wire| per(payload(wire)))),
        (Figure::Wire, wire.and_then(|wire| per(payload(wire).saturating_add(segments(wire))))),
        (Figure::GeneratorCpu, run.generator.as_ref().and_then(busy)),
        (Figure::ServerCpu, server_share(run, given)),
        (Figure::SetUp, Some(run.set_up_seconds * 1e9)),
        (Figure::P50, run.response.quantile_among(0.5, run.messages)),
        (Figure::P99, run.response.quantile_among(0.99, run.messages)),
        (Figure::Slices, run.server.as_ref().and_then(|cost| per(cost.slices?))),
        (Figure::Reads, calls(|calls| calls.reads)),
        (Figure::Writes, calls(|calls| calls.writes)),
        (Figure::Wakes, calls(|calls| calls.wakes)),
        (Figure::PerBatch, per_batch),
    ];
    let known = all.into_iter().filter_map(|(figure, value)| Some((figure, value?)));
    known.filter(|(_, value)| value.is_finite()).collect()
}

/// An unpinned server can use every CPU of its machine, so its share is one of all of them.
fn server_share(run: &Measured, given: &Given) -> Option<f64> {
    let machine = || run.conditions.map(|now| now.cpus);
    let cpus = given.server_cpus.or_else(machine).filter(|cpus| *cpus > 0)?;
    let spent = run.server.filter(|_| run.seconds > 0.0)?.cpu_ns as f64 / 1e9;
    Some(spent / run.seconds / cpus as f64)
}

/// So many connections at least make a figure per connection: with fewer, what a server allocates
/// once for all of them would count as theirs.
const ENOUGH_CONNECTIONS: u64 = 50;

/// `None` also when the memory shrank: then something else changed, and there is no slope.
fn memory_per_connection(run: &Measured) -> Option<f64> {
    let enough = |memory: &&Memory| memory.most() >= ENOUGH_CONNECTIONS;
    let memory = run.memory.as_ref().filter(enough)?;
    memory.user_per_connection().filter(|slope| *slope >= 0.0)
}
