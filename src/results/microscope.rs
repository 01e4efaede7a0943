//! What a connection costs in memory, part by part: slopes over the readings of all repeats.
//!
//! Parts of the server's own are read from the server. The kernel's parts are read from the whole
//! machine, on which both ends of every connection are, so they need a word each: see the fields.

use std::collections::BTreeSet;

use super::slope::{Line, Slope};
use super::{FLOOR, Failure, Memory, MemoryPoint, Results, Run};

/// So many connections at least make a figure per connection: with fewer, what a server allocates
/// once for all of them would count as theirs.
pub(super) const ENOUGH_CONNECTIONS: u64 = 50;

/// What one connection adds to the server's side, in bytes; absent where it was not measured.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MemoryCost {
    /// Anonymous memory of the server.
    all: Option<Slope>,
    /// The part of it that is not stacks; `None` where they are not told apart.
    pub heap: Option<Slope>,
    /// Stacks of the server's threads.
    pub stacks: Option<Slope>,
    /// The socket and what the kernel keeps with it: half of what the floor's connections add to
    /// the kernel's objects, for the floor adds nothing but sockets and both ends of each are on
    /// this machine. Where no floor was measured it is half of what this backend's add. `None` also
    /// where that is not more than nothing: the whole machine takes part in these readings.
    pub sockets: Option<Slope>,
    /// Other kernel objects: what the kernel's objects grow by beyond the sockets of both ends. They
    /// are its books on threads and maps. `None` where nothing is left, or where no floor was
    /// measured, for then nothing tells them from sockets.
    pub objects: Option<Slope>,
    /// Kernel stacks of threads: what those of the machine grow by, or nothing where the server has
    /// no more threads with more connections.
    pub kernel_stacks: Option<Slope>,
    /// The server's page tables.
    pub page_tables: Option<Slope>,
}

/// A part of a reading.
pub(super) type Part = fn(&MemoryPoint) -> Option<f64>;

impl MemoryCost {
    /// The memory of that backend in that scenario; `None` when no run that counts has readings of
    /// enough connections.
    #[must_use]
    pub fn of(results: &Results, scenario: &str, backend: &str) -> Option<Self> {
        let readings = Readings::of(results, scenario, backend)?;
        let objects = |of: &Readings<'_>| of.slope(|at| Some(at.kernel_objects? as f64));
        let all = objects(&readings);
        // Some wires take more than one connection for a member.
        let per_member = |of: &Readings<'_>| {
            let handles = of.slope(|at| Some(at.handles? as f64));
            handles.map(|slope| slope.per_connection).filter(|handles| *handles > 0.0)
        };
        let is_some = |slope: &Slope| slope.per_connection > 0.0;
        let pair = best_floor(results).and_then(|floor| {
            let more = per_member(&readings).zip(per_member(&floor));
            let pair = objects(&floor).filter(is_some)?;
            Some(pair.times(more.map_or(1.0, |(ours, floors)| ours / floors)))
        });
        let threads = readings.slope(|at| Some(at.threads as f64))?;
        let kernel_stacks = readings.slope(|at| Some(at.kernel_stacks? as f64));
        let grows = threads.per_connection > MORE_THREADS;
        Some(MemoryCost {
            all: readings.slope(|at| Some(at.user as f64)),
            heap: readings.slope(|at| Some(at.user as f64 - at.stacks? as f64)),
            stacks: readings.slope(|at| Some(at.stacks? as f64)),
            sockets: pair.or(all).map(|pair| pair.times(0.5)).filter(is_some),
            objects: all.zip(pair).map(|(all, pair)| all.minus(pair)).filter(is_some),
            kernel_stacks: kernel_stacks.map(|slope| if grows { slope } else { Slope::NONE }),
            page_tables: readings.slope(|at| Some(at.page_tables? as f64)),
        })
    }

    /// What the server's own memory grows by.
    #[must_use]
    pub fn user(&self) -> Option<f64> {
        self.all.map(|slope| slope.per_connection)
    }

    /// What the kernel's memory grows by on the server's side, as far as it tells.
    #[must_use]
    pub fn kernel(&self) -> Option<f64> {
        sum([self.sockets, self.objects, self.kernel_stacks, self.page_tables])
    }
}

/// The floor's readings where it had the most connections. A socket is the same in every scenario,
/// and the more of them there are, the better it is told from whatever else the machine does.
fn best_floor(results: &Results) -> Option<Readings<'_>> {
    let floors = results.runs.iter().filter(|run| run.backend == FLOOR);
    let names: BTreeSet<&str> = floors.map(|run| run.scenario.as_str()).collect();
    let readings = names.into_iter().filter_map(|name| Readings::of(results, name, FLOOR));
    readings.max_by_key(Readings::most)
}

/// With fewer threads per connection than this a server's threads do not grow with them.
const MORE_THREADS: f64 = 0.01;

/// The sum of what is known; `None` when nothing is.
fn sum<const N: usize>(slopes: [Option<Slope>; N]) -> Option<f64> {
    slopes.into_iter().flatten().map(|slope| slope.per_connection).reduce(|a, b| a + b)
}

/// The readings of all repeats of one backend in one scenario.
pub(super) struct Readings<'a>(Vec<&'a Memory>);

impl<'a> Readings<'a> {
    /// Those of the runs that count; `None` when there are none of enough connections.
    pub(super) fn of(results: &'a Results, scenario: &str, backend: &str) -> Option<Self> {
        let same = |run: &&Run| run.scenario == scenario && run.backend == backend;
        let counted = results.runs.iter().filter(same).filter(|run| Failure::of(run).is_none());
        let memory = counted.filter_map(|run| run.measured.as_ref()?.memory.as_ref());
        let enough: Vec<&Memory> =
            memory.filter(|memory| memory.most() >= ENOUGH_CONNECTIONS).collect();
        (!enough.is_empty()).then_some(Readings(enough))
    }

    /// The largest number of connections.
    fn most(&self) -> u64 {
        self.0.iter().map(|memory| memory.most()).max().unwrap_or(0)
    }

    /// The line that a part follows.
    pub(super) fn line(&self, part: Part) -> Option<Line> {
        let points = |memory: &&Memory| -> Vec<(f64, f64)> {
            let points = memory.points.iter();
            points.filter_map(|point| Some((point.connections as f64, part(point)?))).collect()
        };
        Line::through(&self.0.iter().map(points).collect::<Vec<_>>())
    }

    fn slope(&self, part: Part) -> Option<Slope> {
        self.line(part).map(|line| line.slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture::{arbitrary, empty, measured, run};
    use proptest::prelude::*;

    /// 80 × 2,000 bytes of user memory over a hundred connections, a quarter of it stacks.
    fn results() -> Results {
        Results { runs: vec![run("ping", "async", 0, measured(1000, 9000, 2000))], ..empty() }
    }

    fn rounded(slope: Option<Slope>) -> f64 {
        slope.unwrap().per_connection.round()
    }

    #[test]
    fn the_parts_are_told_apart_and_add_up() {
        let cost = MemoryCost::of(&results(), "ping", "async").unwrap();
        assert_eq!((rounded(cost.heap), rounded(cost.stacks)), (1200.0, 400.0));
        assert_eq!((rounded(cost.sockets), rounded(cost.kernel_stacks)), (4000.0, 32_768.0));
        assert_eq!((rounded(cost.page_tables), cost.objects), (40.0, None));
        assert_eq!(cost.user().unwrap().round(), 1600.0);
        assert_eq!(cost.kernel().unwrap().round(), 36_808.0);
        let (low, high) = cost.heap.unwrap().interval.unwrap();
        assert!((low - 1200.0).abs() < 1.0 && (high - 1200.0).abs() < 1.0);
    }

    #[test]
    fn sockets_are_what_the_floor_has_and_the_rest_are_books_on_threads() {
        let mut results = results();
        let mut floor = measured(1000, 9000, 100);
        for point in &mut floor.memory.as_mut().unwrap().points {
            point.kernel_objects = Some(7_000_000 + 5000 * point.connections);
        }
        // It is the same in any scenario.
        results.runs.push(run("rush", FLOOR, 0, floor));
        let cost = MemoryCost::of(&results, "ping", "async").unwrap();
        assert_eq!((rounded(cost.sockets), rounded(cost.objects)), (2500.0, 3000.0));
        // Whoever takes two connections for a member has two sockets.
        for point in &mut results.runs[0].measured.as_mut().unwrap().memory.as_mut().unwrap().points
        {
            point.handles = Some(9 + 2 * point.connections);
        }
        let cost = MemoryCost::of(&results, "ping", "async").unwrap();
        assert_eq!((rounded(cost.sockets), cost.objects), (5000.0, None));
        assert_eq!(cost.kernel().unwrap().round(), 5000.0 + 32_768.0 + 40.0);
    }

    #[test]
    fn without_stacks_there_is_no_heap_and_still_the_whole() {
        let mut results = results();
        let memory = results.runs[0].measured.as_mut().unwrap().memory.as_mut().unwrap();
        memory.points.iter_mut().for_each(|point| point.stacks = None);
        let cost = MemoryCost::of(&results, "ping", "async").unwrap();
        assert_eq!((cost.heap, cost.stacks), (None, None));
        assert_eq!(cost.user().unwrap().round(), 1600.0);
    }

    #[test]
    fn kernel_stacks_of_other_programs_are_not_those_of_a_server_without_new_threads() {
        let mut results = results();
        for point in &mut results.runs[0].measured.as_mut().unwrap().memory.as_mut().unwrap().points
        {
            point.threads = 3;
        }
        let cost = MemoryCost::of(&results, "ping", "async").unwrap();
        assert_eq!(cost.kernel_stacks, Some(Slope::NONE));
    }

    #[test]
    fn a_few_connections_and_failed_runs_make_no_figure() {
        let mut few = results();
        few.runs[0].measured.as_mut().unwrap().memory.as_mut().unwrap().points.truncate(2);
        assert_eq!(MemoryCost::of(&few, "ping", "async"), None);
        let mut failed = results();
        failed.runs[0].failure = Some("it broke".into());
        assert_eq!(MemoryCost::of(&failed, "ping", "async"), None);
        assert_eq!(MemoryCost::of(&results(), "rush", "async"), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_results_make_it_panic(results in arbitrary()) {
            for run in &results.runs {
                if let Some(cost) = MemoryCost::of(&results, &run.scenario, &run.backend) {
                    prop_assert!(cost.user().is_none_or(f64::is_finite));
                }
            }
        }
    }
}
