//! What can make a measurement doubtful: by its own numbers run by run, and for a verdict.
//!
//! Every limit stands here with its reason. Knows runs and rows; words are the cautions' business.

use super::concern::Concern;
use super::figure::{Figure, Given};
use super::summary::Row;
use super::{Cost, LoopKind, Measured};
use crate::units::MILLISECOND;

/// Above this share of its CPUs a server is saturated.
const SERVER_LIMIT: f64 = 0.9;
/// Above this share of its CPU the generator may be what was measured.
pub(super) const GENERATOR_LIMIT: f64 = 0.8;
/// A send later than this is late, in nanoseconds.
const LATE: u64 = MILLISECOND;
/// More than this share of late sends makes a row doubtful.
const LATE_SHARE: f64 = 0.01;
/// A lag of less than this share of the response time cannot make a difference that a sentence
/// would name.
pub(super) const LAG_THAT_COUNTS: f64 = 0.1;
/// More than this share of the time of the CPUs that were measured on, used by somebody else, is
/// foreign load: half of the smallest difference that a sentence names.
const FOREIGN_LIMIT: f64 = 0.05;
/// More than this share of all CPU time taken by the host of a virtual machine is a disturbance:
/// no program here can see it, so it lengthens the far percentiles first.
const STEAL_LIMIT: f64 = 0.01;
/// More than this share of the deliveries missing at the end of the plan, beyond those that were
/// rightly on their way, is a load that was not sustained.
const BEHIND_LIMIT: f64 = 0.01;
/// A server that keeps up owes at the end what it is asked for in one response time; one that
/// falls ever further behind owes twice that of the median, because its times grow from nothing.
/// This lies in between.
const ON_THE_WAY: f64 = 1.25;
/// So many messages more may be on their way when a plan ends: they come in no even order.
const A_FEW: f64 = 3.0;
/// However long the median: what is owed for longer than this share of the plan was not sustained.
const LONGEST_WAY: f64 = 0.2;
/// Further than this the two sides of Little's law may not lie apart (rule M9).
const LITTLE_LIMIT: f64 = 0.05;
/// Further than this two counters of the same processor time may not lie apart.
pub(super) const COUNTER_LIMIT: f64 = 0.02;
/// The scheduler's books may lag by one tick of the clock, in nanoseconds.
const ONE_TICK: u64 = 10 * MILLISECOND;

/// Why there is no verdict on a figure: something else than the backend may have been measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The server had used up its CPUs: a delivery then cost what was left for it.
    ServerSaturated,
    /// The offered load was not sustained: times depend on how long was measured, and costs are
    /// those of a server in arrears.
    Overloaded,
    /// The generator had hardly any CPU left: the times may be its own.
    GeneratorSaturated,
    /// The generator sent so late that it shows in the response times.
    SentLate,
    /// Other programs took part, or heat slowed the processor down.
    Disturbed,
}

impl Row {
    /// Whether the server had used up its CPUs: a delivery then cost what was left for it.
    #[must_use]
    pub fn server_was_saturated(&self) -> bool {
        self.value(Figure::ServerCpu).is_some_and(|share| share > SERVER_LIMIT)
    }

    /// Whether the generator had hardly any CPU left: it may itself be what was measured.
    #[must_use]
    pub fn generator_was_saturated(&self) -> bool {
        self.value(Figure::GeneratorCpu).is_some_and(|share| share > GENERATOR_LIMIT)
    }

    /// Whether more than 1 % of the sends left over 1 ms late. In a closed loop never: there a send
    /// waits on purpose.
    #[must_use]
    pub fn sends_were_late(&self) -> bool {
        let late = self.send_lag.as_ref().and_then(|lag| lag.share_above(LATE));
        self.loop_kind.is_open() && late.is_some_and(|share| share > LATE_SHARE)
    }

    /// Why no verdict on that figure may rest on this row; `None` when one may.
    #[must_use]
    pub fn doubt(&self, figure: Figure) -> Option<Doubt> {
        match figure {
            Figure::Cpu | Figure::UserCpu | Figure::SystemCpu => {
                let saturated = self.server_was_saturated().then_some(Doubt::ServerSaturated);
                saturated.or_else(|| self.overload()).or_else(|| self.disturbance())
            }
            Figure::P50 | Figure::P99 | Figure::Throughput if self.generator_was_saturated() => {
                Some(Doubt::GeneratorSaturated)
            }
            Figure::P50 | Figure::P99 => {
                let late = || self.lag_shows(figure).then_some(Doubt::SentLate);
                self.overload().or_else(late).or_else(|| self.disturbance())
            }
            _ => None,
        }
    }

    fn overload(&self) -> Option<Doubt> {
        self.has_raised(Concern::Overloaded).then_some(Doubt::Overloaded)
    }

    /// What a host takes away is left to the repeats: hardly any virtual machine is without it, and
    /// it meets all sides in turn.
    fn disturbance(&self) -> Option<Doubt> {
        let causes = [Concern::ForeignLoad, Concern::Throttled];
        causes.iter().any(|cause| self.has_raised(*cause)).then_some(Doubt::Disturbed)
    }

    /// Whether the generator was late by so much that a tenth of the figure may be its lag. In a
    /// closed loop never: there a send waits on purpose.
    fn lag_shows(&self, figure: Figure) -> bool {
        let share = if figure == Figure::P50 { 0.5 } else { 0.99 };
        let lag = self.send_lag.as_ref().and_then(|lag| lag.quantile(share));
        let (Some(lag), Some(time)) = (lag, self.value(figure)) else { return false };
        self.loop_kind.is_open() && lag > LAG_THAT_COUNTS * time
    }
}

/// What the numbers of one run raise by themselves.
pub(super) fn concerns_of(run: &Measured, given: &Given) -> Vec<Concern> {
    let rules = [
        (was_overloaded(run, given), Concern::Overloaded),
        (given.loop_kind == LoopKind::Closed, Concern::ClosedLoop),
        (has_foreign_load(run, given), Concern::ForeignLoad),
        (has_steal(run), Concern::Steal),
        (run.conditions.and_then(|now| now.throttled).is_some_and(|n| n > 0), Concern::Throttled),
        (breaks_littles_law(run), Concern::LittleResidual),
        (
            run.ledger.is_some_and(|ledger| {
                [ledger.set_up, ledger.measured].iter().any(|part| part.reconciles() == Some(false))
            }),
            Concern::BytesUnreconciled,
        ),
        (
            [run.server, run.generator].iter().flatten().any(counters_disagree),
            Concern::CountersDisagree,
        ),
        (
            !given.is_merged && run.calls.is_some_and(|calls| calls.deliveries != run.delivered),
            Concern::DeliveriesDisagree,
        ),
    ];
    rules.into_iter().filter(|(holds, _)| *holds).map(|(_, concern)| concern).collect()
}

/// Whether more was owed at the end of the plan than what was rightly on its way. In a closed loop
/// never: whoever waits for its own messages offers what the server takes.
fn was_overloaded(run: &Measured, given: &Given) -> bool {
    let planned = given.planned_seconds;
    let Some(median) = run.response.quantile(0.5).filter(|_| planned > 0.0) else { return false };
    let messages = run.messages as f64;
    let way = (ON_THE_WAY * median / 1e9 / planned).min(LONGEST_WAY);
    let allowed = (BEHIND_LIMIT + way) * messages + A_FEW;
    let owed = run.expected.saturating_sub(run.delivered_in_time) as f64;
    let a_message = run.expected as f64 / messages;
    given.loop_kind.is_open() && owed > allowed * a_message
}

/// Without the server's own cost, its work would be taken for somebody else's.
fn has_foreign_load(run: &Measured, given: &Given) -> bool {
    let Some(now) = run.conditions.filter(|_| run.server.is_some()) else { return false };
    let cpus = given.measured_on.map_or(now.cpus, |ours| ours.min(now.cpus));
    now.foreign_ns as f64 > FOREIGN_LIMIT * now.wall_ns as f64 * cpus as f64
}

fn has_steal(run: &Measured) -> bool {
    let Some(now) = run.conditions else { return false };
    now.steal_ns as f64 > STEAL_LIMIT * now.wall_ns as f64 * now.cpus as f64
}

/// Deliveries under way = rate of deliveries × their mean service time. Where some never arrived
/// the law says nothing, and another caution does.
fn breaks_littles_law(run: &Measured) -> bool {
    let whole = run.delivered == run.expected && run.seconds > 0.0;
    let (Some(counted), Some(mean), true) = (run.in_flight, run.service.mean(), whole) else {
        return false;
    };
    let computed = run.delivered as f64 / run.seconds * mean / 1e9;
    (counted - computed).abs() > LITTLE_LIMIT * counted.max(computed)
}

fn counters_disagree(cost: &Cost) -> bool {
    let Some(scheduled) = cost.scheduled_ns else { return false };
    let apart = cost.cpu_ns.abs_diff(scheduled);
    apart > ONE_TICK && apart as f64 > COUNTER_LIMIT * cost.cpu_ns.max(scheduled) as f64
}
