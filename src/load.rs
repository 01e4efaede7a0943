//! The load generator: it plays a plan to a server over any wire and checks every delivery.
//!
//! One thread and one loop ([`run`]), so that a measurement has one clock and no locks. A run goes
//! through phases with a barrier between each two: all members join, they rest, the warm-up is
//! sent and delivered, the measured load is sent and delivered. So every cost can be divided by
//! exactly the deliveries it paid for. It knows wires and addresses; it does not know which server
//! is behind them.

pub(crate) mod bare;
mod client;
mod decode;
mod executor;
mod http;
mod pace;
mod poll;
mod socket;
mod words;
mod ws;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use hdrhistogram::Histogram;
use mio::Poll;

use self::bare::BareClient;
use self::client::{Client, Gone, World};
use self::decode::Decoder;
use self::executor::Executor;
use self::pace::{Clock, Schedule};
use self::poll::PollClient;
use self::words::Words;
use self::ws::WsClient;
use crate::machine::tcp::TcpCounters;
use crate::machine::{Interrupt, thread_clock};
use crate::message::Wire;
use crate::plan::Plan;
use crate::sample::{Findings, Ledger, MessageIds, Oracle, Recorder};
use crate::scenario::Scenario;
use crate::units::{self, KIB, MILLISECOND, SECOND};

/// Time between the start of a phase and its first intended send.
const HEAD_START: u64 = MILLISECOND;
/// How long servers get to answer a goodbye.
const FAREWELL: u64 = 250 * MILLISECOND;

/// Where the load goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The server's address.
    pub addr: SocketAddr,
    /// What it speaks.
    pub wire: Wire,
    /// The number of the first room: generators that drive one server at the same time need rooms
    /// of their own, or each hears the others.
    pub first_room: u32,
}

/// The parts of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Members join.
    Connecting,
    /// Everybody has joined and nothing has been sent: the moment to look at memory.
    Settled,
    /// Load that is not counted.
    WarmingUp,
    /// The measured load is about to begin and nothing is under way: the moment to read counters.
    Measuring,
    /// The last measured delivery has come, or nobody waits for it any more: the moment to read
    /// counters again.
    Drained,
    /// Connections are closed.
    Leaving,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// The part of the run.
    pub phase: Phase,
    /// Time since the phase began.
    pub elapsed: Duration,
    /// How long the phase is planned to last; zero when nobody knows.
    pub total: Duration,
    /// Members that have joined.
    pub joined: u32,
    /// Members in all.
    pub members: u32,
    /// Messages sent in this phase.
    pub sent: u64,
    /// Deliveries in this phase, each counted once.
    pub delivered: u64,
    /// Deliveries that the phase asks for.
    pub expected: u64,
    /// The 99th percentile of response time since the last report, in nanoseconds, to one digit.
    pub recent_p99: Option<u64>,
    /// Deliveries per second since the last report.
    pub recent_rate: f64,
}

/// Whoever watches a run. The calls come from within the loop, so they must return quickly, except
/// for [`Observer::phase`], during which the run rests.
pub trait Observer {
    /// A phase begins.
    fn phase(&mut self, phase: Phase);

    /// About ten times a second.
    fn progress(&mut self, progress: &Progress);
}

/// What a run measured.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Received − intended, in nanoseconds, one value per delivery.
    pub response: Histogram<u64>,
    /// Received − sent, in nanoseconds, one value per delivery.
    pub service: Histogram<u64>,
    /// Sent − intended, in nanoseconds, one value per message.
    pub send_lag: Histogram<u64>,
    /// Response times of the warm-up; `None` when there was none.
    pub warm_up: Option<Histogram<u64>>,
    /// Deliveries under way on average, counted while they were.
    pub in_flight: Option<f64>,
    /// Messages that the plan asked for.
    pub messages: u64,
    /// Deliveries that those messages ask for.
    pub expected: u64,
    /// Deliveries that arrived unchanged, each counted once.
    pub delivered: u64,
    /// Those of them that arrived before the measured time was over.
    pub delivered_in_time: u64,
    /// What the oracle found, in the warm-up too.
    pub findings: Findings,
    /// From the first intended start to the last delivery.
    pub seconds: f64,
    /// From the first connect to the last member being joined.
    pub set_up_seconds: f64,
    /// What the kernel counted on all connections during the measured phase; `None` where it does
    /// not tell.
    pub wire: Option<TcpCounters>,
    /// Every byte that crossed the wire, and what it was for.
    pub ledger: Option<Ledger>,
    /// Processor time of the generator during the measured phase, in nanoseconds; `None` where the
    /// system does not tell.
    pub cpu_ns: Option<u64>,
    /// Members that the server lost before the end.
    pub gone: u32,
    /// The first thing that went wrong between a member and the server, in words.
    pub trouble: Option<String>,
}

/// Why a run has no outcome.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The server cannot be reached, or ended a connection before its member had joined.
    #[error("cannot join: {why} ({joined} of {members} members had joined)")]
    Connect {
        /// The reason.
        why: String,
        /// Members that had joined.
        joined: u32,
        /// Members in all.
        members: u32,
    },
    /// The server said no.
    #[error("the server answered {status}: {message} ({joined} of {members} members had joined)")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The server's own words.
        message: String,
        /// Members that had joined.
        joined: u32,
        /// Members in all.
        members: u32,
    },
    /// The server accepted a connection and then said nothing.
    #[error(
        "no answer to a handshake within {seconds} s ({joined} of {members} members had joined)"
    )]
    NoAnswer {
        /// How long the generator waited.
        seconds: u64,
        /// Members that had joined.
        joined: u32,
        /// Members in all.
        members: u32,
    },
    /// Somebody asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// The operating system fails the generator itself.
    #[error("the generator cannot go on: {0}")]
    System(#[from] io::Error),
}

impl LoadError {
    fn from_gone(gone: Gone, joined: u32, members: u32) -> Self {
        match gone {
            Gone::Refused { status, message } => {
                LoadError::Refused { status, message, joined, members }
            }
            other => LoadError::Connect { why: other.to_string(), joined, members },
        }
    }
}

/// Plays `plan` to the server at `target` and checks what comes back.
///
/// It always ends: a handshake may take 10 seconds, the plan takes its time, and the last
/// deliveries are waited for as long as the scenario's `drain` says.
///
/// # Errors
/// When the members cannot join, when `interrupt` is raised, or when the operating system fails
/// the generator. A server that fails later is no error: the outcome says what it failed at.
pub fn run(
    scenario: &Scenario,
    plan: &Plan,
    target: &Target,
    observer: &mut dyn Observer,
    interrupt: &Interrupt,
) -> Result<Outcome, LoadError> {
    match target.wire {
        Wire::WebSocket => play::<WsClient>(scenario, plan, target, observer, interrupt),
        Wire::LongPoll => play::<PollClient>(scenario, plan, target, observer, interrupt),
        Wire::Bare => play::<BareClient>(scenario, plan, target, observer, interrupt),
    }
}

/// [`run`] for one wire.
fn play<C: Client>(
    scenario: &Scenario,
    plan: &Plan,
    target: &Target,
    observer: &mut dyn Observer,
    interrupt: &Interrupt,
) -> Result<Outcome, LoadError> {
    let poll = Poll::new()?;
    let world = world(scenario, plan, target, &poll)?;
    let clock = world.clock;
    let MessageIds { warm_up, .. } = world.words.ids;
    let mut executor = Executor::<C>::new(poll, world, observer, interrupt)?;

    executor.enter(Phase::Connecting, 0, 0);
    let connecting = clock.now();
    executor.connect()?;
    let set_up_seconds = seconds(connecting, clock.now());
    executor.enter(Phase::Settled, 0, 0);

    if warm_up > 0 {
        let expected = executor.world.oracle.expected(0, warm_up, scenario);
        executor.enter(Phase::WarmingUp, units::nanos(scenario.warm_up), expected);
        executor.send(Schedule::new(&plan.warm_up, clock.now() + HEAD_START, 0))?;
        executor.drain(warm_up, units::nanos(scenario.drain))?;
    }

    let Measurement { start, end, expected, wire, cpu_ns } =
        measure(&mut executor, scenario, plan)?;
    // Whoever raises the interrupt now still gets what was measured.
    let gone = executor.gone;
    let _ = executor.leave(FAREWELL);
    let Executor { world, why_gone, .. } = executor;
    let World { recorder, oracle, complaint, .. } = world;
    Ok(Outcome {
        messages: plan.measured.len() as u64,
        expected,
        delivered: recorder.delivered,
        delivered_in_time: recorder.delivered_in_time,
        seconds: seconds(start, recorder.last_received.unwrap_or(end)),
        response: recorder.response,
        service: recorder.service,
        send_lag: recorder.send_lag,
        warm_up: None,
        in_flight: None,
        ledger: None,
        findings: oracle.finish(),
        set_up_seconds,
        wire,
        cpu_ns,
        gone,
        trouble: why_gone.or(complaint),
    })
}

/// What is read at the two ends of the measured phase.
struct Measurement {
    /// The first intended start.
    start: u64,
    /// When nothing was waited for any more.
    end: u64,
    expected: u64,
    wire: Option<TcpCounters>,
    cpu_ns: Option<u64>,
}

/// The measured phase, from rest to rest.
fn measure<'a, C: Client>(
    executor: &mut Executor<'a, C>,
    scenario: &Scenario,
    plan: &'a Plan,
) -> Result<Measurement, LoadError> {
    let clock = executor.world.clock;
    let MessageIds { warm_up, .. } = executor.world.words.ids;
    let total = executor.world.words.ids.total();
    let expected = executor.world.oracle.expected(warm_up, total, scenario);
    let length = units::nanos(scenario.duration);
    executor.enter(Phase::Measuring, length, expected);
    let (wire_before, cpu_before) = (executor.counters(), thread_clock::thread_cpu_ns());
    let start = clock.now() + HEAD_START;
    executor.world.recorder.time_is_over_at(start + length);
    executor.send(Schedule::new(&plan.measured, start, warm_up))?;
    executor.drain(total, units::nanos(scenario.drain))?;
    let cpu_ns = cpu_before.zip(thread_clock::thread_cpu_ns()).map(|(from, to)| to - from);
    let wire = wire_before.zip(executor.counters()).map(|(from, to)| to - from);
    let end = clock.now();
    executor.enter(Phase::Drained, 0, 0);
    let first = plan.measured.first().map_or(0, |due| due.at);
    Ok(Measurement { start: start + first, end, expected, wire, cpu_ns })
}

fn world(
    scenario: &Scenario,
    plan: &Plan,
    target: &Target,
    poll: &Poll,
) -> Result<World, LoadError> {
    let ids =
        MessageIds { warm_up: plan.warm_up.len() as u32, measured: plan.measured.len() as u32 };
    let speakers: Vec<u32> =
        plan.warm_up.iter().chain(&plan.measured).map(|due| due.member).collect();
    let words = Words::new(scenario, ids, target.addr).in_rooms_from(target.first_room);
    let is_numbered = target.wire != Wire::Bare;
    // Nothing can take longer than the measured time and the drain together.
    let longest = units::nanos(scenario.duration + scenario.drain) + 10 * SECOND;
    Ok(World {
        clock: Clock::start(),
        registry: poll.registry().try_clone()?,
        addr: target.addr,
        members: scenario.members,
        oracle: Oracle::new(scenario, ids, speakers.iter().copied(), is_numbered),
        decoder: Decoder::new(ids, speakers, words.text.clone()),
        words,
        recorder: Recorder::new(ids.total(), ids.warm_up, longest),
        joined: 0,
        sent: 0,
        complaint: None,
        again: Vec::new(),
        latest: 0,
        is_reach_stale: false,
        inbox: vec![0; 64 * KIB],
        outbox: Vec::new(),
        said: Vec::new(),
    })
}

fn seconds(from: u64, to: u64) -> f64 {
    to.saturating_sub(from) as f64 / SECOND as f64
}

#[cfg(test)]
mod tests;
