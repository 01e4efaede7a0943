//! Repeats put together: one row per scenario and backend.
//!
//! Distributions are merged over the repeats and costs are medians of them; a percentile is never
//! averaged. What was not measured is absent, never 0. Knows nothing of how a row is shown.

use std::collections::BTreeMap;

use super::caution::{self, Caution, Failure};
use super::stats::{self, Ratio};
use super::{Calls, Cost, FLOOR, Histogram, Measured, Memory, Results, Run, Scenario, WireUse};

/// What a segment adds to the bytes it carries: 20 for IPv4, 20 for TCP, 12 for its timestamps.
pub const SEGMENT_OVERHEAD: u64 = 52;

/// Above this share of its CPUs a server is saturated.
const SERVER_LIMIT: f64 = 0.9;
/// Above this share of its CPU the generator may be what was measured.
const GENERATOR_LIMIT: f64 = 0.8;
/// The least processor time that is split: the kernel tells user from kernel mode at its ticks,
/// mostly of 10 ms, and a share taken from fewer than thirty of them is a guess.
const ENOUGH_TO_SPLIT: u64 = 300_000_000;

/// Everything a table, chart or report needs.
#[derive(Debug, Clone)]
pub struct Summary {
    /// One group per scenario that was run, in the order of the results.
    pub groups: Vec<Group>,
    /// What to keep in mind while reading, most general first.
    pub cautions: Vec<Caution>,
}

/// The rows of one scenario.
#[derive(Debug, Clone)]
pub struct Group {
    /// The scenario's name.
    pub name: String,
    /// The scenario itself, when the results have it.
    pub scenario: Option<Scenario>,
    /// The floor first, then the backends in the order of the results.
    pub rows: Vec<Row>,
}

/// All repeats of one backend in one scenario.
#[derive(Debug, Clone)]
pub struct Row {
    /// The backend's name.
    pub backend: String,
    /// How many runs there were; 0 when the backend was not measured in this scenario.
    pub runs: usize,
    /// Why runs do not count, one entry for each that does not.
    pub failures: Vec<Failure>,
    /// Deliveries that arrived, over all runs.
    pub delivered: u64,
    /// Deliveries asked for, over all runs.
    pub expected: u64,
    /// Received − intended of the runs that count, merged; nanoseconds.
    pub response: Option<Histogram>,
    /// Received − sent of the runs that count, merged; nanoseconds.
    pub service: Option<Histogram>,
    /// Sent − intended of the runs that count, merged; nanoseconds.
    pub send_lag: Option<Histogram>,
    /// CPU per delivery as a multiple of the floor's.
    pub to_floor: Option<Ratio>,
    figures: Vec<(u32, BTreeMap<Figure, f64>)>,
}

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
    /// The server's share of the CPUs it was pinned to, 0 to 1; of one when it was not pinned.
    ServerCpu,
    /// The median of the response time, in nanoseconds.
    P50,
    /// The 99th percentile of the response time, in nanoseconds.
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

impl Summary {
    /// Puts the repeats together and judges what can be concluded from them.
    #[must_use]
    pub fn of(results: &Results) -> Self {
        let groups: Vec<Group> = scenario_names(results)
            .into_iter()
            .map(|name| Group {
                name: name.to_owned(),
                scenario: results.scenarios.iter().find(|s| s.name == name).cloned(),
                rows: rows_of(results, name),
            })
            .collect();
        let cautions = caution::of(results, &groups);
        Summary { groups, cautions }
    }
}

impl Group {
    /// The row of that backend.
    #[must_use]
    pub fn row(&self, backend: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.backend == backend)
    }

    /// The floor's row, when the floor was run.
    #[must_use]
    pub fn floor(&self) -> Option<&Row> {
        self.row(FLOOR)
    }

    /// All rows but the floor's.
    pub fn contestants(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.backend != FLOOR)
    }
}

impl Row {
    /// How many runs count.
    #[must_use]
    pub fn counted(&self) -> usize {
        self.runs - self.failures.len()
    }

    /// Whether there were runs and none of them counts.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        self.runs > 0 && self.counted() == 0
    }

    /// The share of deliveries that arrived, 0 to 1; `None` when none were asked for.
    #[must_use]
    pub fn delivered_share(&self) -> Option<f64> {
        (self.expected > 0).then(|| self.delivered as f64 / self.expected as f64)
    }

    /// The figure as it is shown everywhere: the median over the repeats that have it, and for a
    /// percentile that of all repeats together, because percentiles are never averaged.
    ///
    /// Parts add up to their whole, which medians of their own would not: the shares of user and
    /// kernel time are medians, the bytes on the wire are the sum of the medians of their parts.
    #[must_use]
    pub fn value(&self, figure: Figure) -> Option<f64> {
        match figure {
            Figure::UserCpu => Some(self.median(Figure::Cpu)? * self.user_share()?),
            Figure::SystemCpu => Some(self.median(Figure::Cpu)? * (1.0 - self.user_share()?)),
            Figure::Payload => Some(self.median(Figure::WireDown)? + self.median(Figure::WireUp)?),
            Figure::Wire => Some(self.value(Figure::Payload)? + self.median(Figure::WireHeaders)?),
            Figure::P50 => self.response.as_ref()?.quantile(0.5),
            Figure::P99 => self.response.as_ref()?.quantile(0.99),
            _ => self.median(figure),
        }
    }

    /// `None` also when one of the runs was too short to tell: then the split is not that of the
    /// whole that it would be applied to.
    fn user_share(&self) -> Option<f64> {
        let share = |have: &BTreeMap<Figure, f64>| {
            let (user, whole) = (have.get(&Figure::UserCpu)?, have.get(&Figure::Cpu)?);
            (*whole > 0.0).then(|| (user / whole).clamp(0.0, 1.0))
        };
        let measured = self.figures.iter().filter(|(_, have)| have.contains_key(&Figure::Cpu));
        let shares: Option<Vec<f64>> = measured.map(|(_, have)| share(have)).collect();
        stats::median(&shares?)
    }

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

    fn median(&self, figure: Figure) -> Option<f64> {
        let values: Vec<f64> =
            self.figures.iter().filter_map(|(_, have)| have.get(&figure).copied()).collect();
        stats::median(&values)
    }

    /// A figure as a multiple of another row's: the quotient of the two values that are shown,
    /// judged repeat by repeat; `None` when no repeat has both.
    #[must_use]
    pub fn ratio(&self, base: &Row, figure: Figure) -> Option<Ratio> {
        let shown = (self.value(figure)?, base.value(figure)?);
        let base: BTreeMap<u32, f64> = base
            .figures
            .iter()
            .filter_map(|(repeat, have)| Some((*repeat, *have.get(&figure)?)))
            .collect();
        let pairs: Vec<(f64, f64)> = self
            .figures
            .iter()
            .filter_map(|(repeat, have)| Some((*have.get(&figure)?, *base.get(repeat)?)))
            .collect();
        Ratio::of(shown, &pairs)
    }
}

/// Scenarios that have runs: first those the results list, then any others.
fn scenario_names(results: &Results) -> Vec<&str> {
    let listed = results.scenarios.iter().map(|scenario| scenario.name.as_str());
    let mut names = in_order(listed.chain(results.runs.iter().map(|run| run.scenario.as_str())));
    names.retain(|name| results.runs.iter().any(|run| run.scenario == *name));
    names
}

fn rows_of(results: &Results, scenario: &str) -> Vec<Row> {
    let listed = results.backends.iter().map(|backend| backend.name.as_str());
    let mut names = in_order(listed.chain(results.runs.iter().map(|run| run.backend.as_str())));
    // A stable sort: the floor moves to the front, the others keep their order.
    names.sort_by_key(|name| *name != FLOOR);
    let plan = results.scenarios.iter().find(|one| one.name == scenario);
    let given = Given {
        planned_seconds: plan.map_or(0.0, |scenario| scenario.duration.as_secs_f64()),
        server_cpus: results.settings.server_cpus.len().max(1) as f64,
    };
    let mut rows: Vec<Row> = names
        .into_iter()
        .map(|backend| {
            let same = |run: &&Run| run.scenario == scenario && run.backend == backend;
            Row::of(backend, results.runs.iter().filter(same), &given)
        })
        .collect();
    if let Some(floor) = rows.iter().find(|row| row.backend == FLOOR).cloned() {
        for row in &mut rows {
            row.to_floor = row.ratio(&floor, Figure::Cpu);
        }
    }
    rows
}

/// What a run was given, as far as its figures need it.
struct Given {
    /// How long the plan sends; 0 when the results do not say.
    planned_seconds: f64,
    /// How many CPUs the server had to itself.
    server_cpus: f64,
}

fn in_order<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut unique = Vec::new();
    for name in names {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    unique
}

impl Row {
    fn of<'a>(backend: &str, runs: impl Iterator<Item = &'a Run>, given: &Given) -> Row {
        let mut row = Row {
            backend: backend.to_owned(),
            runs: 0,
            failures: Vec::new(),
            delivered: 0,
            expected: 0,
            response: None,
            service: None,
            send_lag: None,
            to_floor: None,
            figures: Vec::new(),
        };
        for run in runs {
            row.add(run, given);
        }
        row
    }

    fn add(&mut self, run: &Run, given: &Given) {
        self.runs += 1;
        if let Some(measured) = &run.measured {
            self.delivered = self.delivered.saturating_add(measured.delivered);
            self.expected = self.expected.saturating_add(measured.expected);
        }
        match (Failure::of(run), &run.measured) {
            (Some(failure), _) => self.failures.push(failure),
            (None, None) => self.failures.push(Failure::NothingMeasured),
            (None, Some(measured)) => {
                merge(&mut self.response, &measured.response);
                merge(&mut self.service, &measured.service);
                merge(&mut self.send_lag, &measured.send_lag);
                self.figures.push((run.repeat, figures(measured, given)));
            }
        }
    }
}

fn merge(all: &mut Option<Histogram>, one: &Histogram) {
    if one.is_empty() {
        return;
    }
    *all = Some(match all.take() {
        None => one.clone(),
        Some(before) => before.merged(one),
    });
}

fn figures(run: &Measured, given: &Given) -> BTreeMap<Figure, f64> {
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
        (
            Figure::ServerCpu,
            run.server.as_ref().and_then(busy).map(|cpus| cpus / given.server_cpus),
        ),
        (Figure::P50, run.response.quantile(0.5)),
        (Figure::P99, run.response.quantile(0.99)),
        (Figure::Slices, run.server.as_ref().and_then(|cost| per(cost.slices?))),
        (Figure::Reads, calls(|calls| calls.reads)),
        (Figure::Writes, calls(|calls| calls.writes)),
        (Figure::Wakes, calls(|calls| calls.wakes)),
        (Figure::PerBatch, per_batch),
    ];
    let known = all.into_iter().filter_map(|(figure, value)| Some((figure, value?)));
    known.filter(|(_, value)| value.is_finite()).collect()
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
