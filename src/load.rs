//! The load generator: it plays a plan to a server over any wire and checks every delivery.
//!
//! One thread and one loop ([`run`]), so that a measurement has one clock and no locks. A run goes
//! through phases with a barrier between each two: all members join, they rest, the warm-up is
//! sent and delivered, the measured load is sent and delivered. So every cost can be divided by
//! exactly the deliveries it paid for. It knows wires and addresses; it does not know which server
//! is behind them.

mod backoff;
pub(crate) mod bare;
mod books;
mod client;
mod decode;
mod error;
mod executor;
mod http;
mod pace;
mod poll;
mod resume;
mod socket;
mod tls;
mod turns;
mod words;
mod ws;

use std::net::SocketAddr;
use std::time::Duration;

use hdrhistogram::Histogram;
use mio::Poll;

use self::backoff::Backoff;
use self::bare::BareClient;
use self::books::Standing;
use self::client::{Client, World};
use self::decode::Decoder;
pub use self::error::LoadError;
use self::executor::{Executor, LONGEST_DRAIN};
use self::pace::{Clock, Schedule};
use self::poll::PollClient;
pub use self::tls::{BadTrust, Trust};
use self::turns::Turns;
use self::words::Words;
use self::ws::WsClient;
use crate::machine::tcp::TcpCounters;
use crate::machine::{Interrupt, thread_clock};
use crate::message::Wire;
use crate::plan::Plan;
use crate::sample::{Findings, Ledger, MessageIds, Oracle, Recorder, Timeline};
use crate::scenario::{LoopKind, Scenario};
use crate::units::{self, KIB, MILLISECOND, SECOND};

/// Time between the start of a phase and its first intended send.
const HEAD_START: u64 = MILLISECOND;
/// How long servers get to answer a goodbye.
const FAREWELL: u64 = 250 * MILLISECOND;

/// Where the load goes.
#[derive(Debug, Clone)]
pub struct Target {
    /// The server's address.
    pub addr: SocketAddr,
    /// What it speaks.
    pub wire: Wire,
    /// The number of the first room: generators that drive one server at the same time need rooms
    /// of their own, or each hears the others.
    pub first_room: u32,
    /// Whom to trust when it speaks TLS; `None` when it does not.
    pub tls: Option<Trust>,
}

/// The parts of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Members join.
    Connecting,
    /// Everybody has joined and nothing has been sent.
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
/// for [`Observer::phase`] and [`Observer::joined`], during which the run rests.
pub trait Observer {
    /// So many members have joined and nothing is under way: the moment to look at memory. Called
    /// at the steps of [`Phase::Connecting`], with 0 before the first connect and with all of them
    /// at the end. The time it takes is not part of the set-up time.
    fn joined(&mut self, _members: u32) {}

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
    /// Handed to its member − intended, in nanoseconds, one value per message: the generator's own
    /// lateness, in a closed loop with the wait for the turn.
    pub send_lag: Histogram<u64>,
    /// Response times of the warm-up, one value per delivery; `None` when there was none.
    pub warm_up: Option<Histogram<u64>>,
    /// N of Little's law N = λ·W (rule M9): how many measured deliveries were under way on average,
    /// counted while they were. A message puts as many under way as its room has members at the
    /// moment it is sent, and each ends when it is received. The average is over
    /// [`Outcome::seconds`]; λ is [`Outcome::delivered`] divided by the same seconds, and W is the
    /// mean of [`Outcome::service`]. `None` when the time was too short to measure.
    pub in_flight: Option<f64>,
    /// The course of the measured deliveries.
    pub timeline: Option<Timeline>,
    /// Messages that the plan asked for.
    pub messages: u64,
    /// Deliveries that those messages ask for.
    pub expected: u64,
    /// Deliveries that the messages of the warm-up and of the measured phase ask for: what
    /// [`Outcome::findings`] were found among.
    pub checked: u64,
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
    /// Connections that were lost and made up for, where members come back.
    pub cuts: u64,
    /// How often a member that came back found a new life of its log.
    pub resets: u64,
    /// The first thing that went wrong between a member and the server, in words.
    pub trouble: Option<String>,
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
        Wire::WebSocket => play::<WsClient>(scenario, plan, target, observer, interrupt, true),
        Wire::LongPoll => play::<PollClient>(scenario, plan, target, observer, interrupt, true),
        Wire::Bare => play::<BareClient>(scenario, plan, target, observer, interrupt, true),
    }
}

/// [`run`] in an open loop over WebSocket that counts the deliveries and neither reads nor checks
/// nor times them: for the bench that measures what all of that costs (`benches/trust.rs`). It
/// trusts the server, so its outcome is good for nothing else.
///
/// # Errors
/// As [`run`].
#[doc(hidden)]
pub fn run_unchecked(
    scenario: &Scenario,
    plan: &Plan,
    addr: SocketAddr,
    observer: &mut dyn Observer,
    interrupt: &Interrupt,
) -> Result<Outcome, LoadError> {
    let scenario = Scenario { loop_kind: LoopKind::Open, ..scenario.clone() };
    let target = Target { addr, wire: Wire::WebSocket, first_room: 0, tls: None };
    play::<WsClient>(&scenario, plan, &target, observer, interrupt, false)
}

/// [`run`] for one wire, with or without its checks.
fn play<C: Client>(
    scenario: &Scenario,
    plan: &Plan,
    target: &Target,
    observer: &mut dyn Observer,
    interrupt: &Interrupt,
    is_checked: bool,
) -> Result<Outcome, LoadError> {
    let poll = Poll::new()?;
    let world = world(scenario, plan, target, &poll, is_checked)?;
    let clock = world.clock;
    let mut executor = Executor::<C>::new(poll, world, observer, interrupt)?;

    executor.enter(Phase::Connecting, 0, 0);
    let connecting = clock.now();
    let rested = executor.connect()?;
    let set_up_seconds = (clock.now() - connecting - rested) as f64 / SECOND as f64;
    let settled = executor.at_rest()?;
    executor.enter(Phase::Settled, 0, 0);

    warm_up(&mut executor, scenario, plan)?;
    let counted = executor.world.oracle.distinct();
    let Measurement { start, end, expected, crossed, cpu_ns } =
        measure(&mut executor, scenario, plan)?;
    let counted = executor.world.oracle.distinct() - counted;
    let checked = executor.world.oracle.expected(0, executor.world.words.ids.total(), scenario);
    // Whoever raises the interrupt now still gets what was measured.
    let gone = executor.gone;
    let _ = executor.leave(FAREWELL);
    let Executor { world, why_gone, .. } = executor;
    let World { recorder, oracle, complaint, cuts, resets, .. } = world;
    let length = recorder.last_received.unwrap_or(end).saturating_sub(start);
    Ok(Outcome {
        messages: plan.measured.len() as u64,
        expected,
        checked,
        in_flight: recorder.in_flight(length).filter(|_| is_checked),
        delivered: if is_checked { recorder.delivered } else { counted },
        delivered_in_time: recorder.delivered_in_time,
        seconds: length as f64 / SECOND as f64,
        response: recorder.response.histogram(),
        service: recorder.service.histogram(),
        send_lag: recorder.send_lag.histogram(),
        warm_up: (!plan.warm_up.is_empty()).then(|| recorder.warm_up.histogram()),
        timeline: recorder.into_timeline().filter(|_| is_checked),
        ledger: Some(Ledger { set_up: settled.account(), measured: crossed.account() }),
        findings: if is_checked { oracle.finish() } else { Findings::default() },
        set_up_seconds,
        wire: crossed.kernel,
        cpu_ns,
        gone,
        cuts,
        resets,
        trouble: why_gone.or(complaint),
    })
}

/// The load that is not counted, from rest to rest.
fn warm_up<'a, C: Client>(
    executor: &mut Executor<'a, C>,
    scenario: &Scenario,
    plan: &'a Plan,
) -> Result<(), LoadError> {
    let MessageIds { warm_up, .. } = executor.world.words.ids;
    if warm_up == 0 {
        return Ok(());
    }
    let expected = executor.world.oracle.expected(0, warm_up, scenario);
    executor.enter(Phase::WarmingUp, units::nanos(scenario.warm_up), expected);
    let start = executor.world.clock.now() + HEAD_START;
    executor.send(Schedule::new(&plan.warm_up, start, 0))?;
    executor.drain(warm_up, units::nanos(scenario.drain))
}

/// What is read at the two ends of the measured phase.
struct Measurement {
    /// The first intended start.
    start: u64,
    /// When nothing was waited for any more.
    end: u64,
    expected: u64,
    /// What crossed the wire.
    crossed: Standing,
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
    let before = executor.at_rest()?;
    executor.enter(Phase::Measuring, length, expected);
    let cpu_before = thread_clock::thread_cpu_ns();
    let start = clock.now() + HEAD_START;
    executor.world.recorder.time_is(start, start + length);
    executor.send(Schedule::new(&plan.measured, start, warm_up))?;
    executor.drain(total, units::nanos(scenario.drain))?;
    let cpu_ns = cpu_before.zip(thread_clock::thread_cpu_ns()).map(|(from, to)| to - from);
    let end = clock.now();
    let crossed = executor.at_rest()? - before;
    executor.enter(Phase::Drained, 0, 0);
    let first = plan.measured.first().map_or(0, |due| due.at);
    Ok(Measurement { start: start + first, end, expected, crossed, cpu_ns })
}

/// Nothing can take longer than all that is played and what is waited for at most, in nanoseconds:
/// while something comes, that is longer than the scenario's `drain`.
fn longest(scenario: &Scenario) -> u64 {
    let drain = units::nanos(scenario.drain).max(LONGEST_DRAIN);
    let played = units::nanos(scenario.warm_up).saturating_add(units::nanos(scenario.duration));
    played.saturating_add(drain).saturating_add(10 * SECOND)
}

fn world(
    scenario: &Scenario,
    plan: &Plan,
    target: &Target,
    poll: &Poll,
    is_checked: bool,
) -> Result<World, LoadError> {
    let ids =
        MessageIds { warm_up: plan.warm_up.len() as u32, measured: plan.measured.len() as u32 };
    let speakers: Vec<u32> =
        plan.warm_up.iter().chain(&plan.measured).map(|due| due.member).collect();
    let words = Words::new(scenario, ids, target.addr).in_rooms_from(target.first_room);
    let is_numbered = target.wire != Wire::Bare;
    let comes_back = is_numbered && !scenario.reconnect.is_zero();
    Ok(World {
        clock: Clock::start(),
        registry: poll.registry().try_clone()?,
        addr: target.addr,
        trust: target.tls.clone(),
        members: scenario.members,
        oracle: Oracle::new(scenario, ids, speakers.iter().copied(), is_numbered),
        decoder: Decoder::new(ids, speakers, words.text.clone(), is_checked),
        words,
        recorder: Recorder::new(ids.total(), ids.warm_up, longest(scenario)),
        turns: (!scenario.loop_kind.is_open()).then(|| Turns::new(scenario.members)),
        is_checked,
        joined: 0,
        sent: 0,
        texts_heard: 0,
        complaint: None,
        again: Vec::new(),
        backoff: comes_back
            .then(|| Backoff::new(scenario.members, units::nanos(scenario.reconnect))),
        cuts: 0,
        resets: 0,
        latest: 0,
        is_reach_stale: false,
        inbox: vec![0; 64 * KIB],
        outbox: Vec::new(),
        said: Vec::new(),
    })
}

#[cfg(test)]
mod tests;
