//! What a connection costs in memory, part by part, and how many connections this machine bears.
//!
//! Slopes come from the readings of each run; what is shown is their median over the runs that count.

use super::{Bounds, Memory, MemoryPoint, Results, stats};

/// So many connections at least make a figure per connection: with fewer, what a server allocates
/// once for all of them would count as theirs.
const ENOUGH_CONNECTIONS: u64 = 50;

/// What one connection adds, in bytes; absent where it was not measured.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MemoryCost {
    /// Anonymous memory of the server that is not stacks.
    pub heap: Option<Slope>,
    /// Stacks of the server's threads.
    pub stacks: Option<Slope>,
    /// Kernel objects of the machine: the sockets of both ends.
    pub sockets: Option<Slope>,
    /// Kernel stacks of threads.
    pub kernel_stacks: Option<Slope>,
    /// The server's page tables.
    pub page_tables: Option<Slope>,
}

/// What one more connection adds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slope {
    /// So much.
    pub per_connection: f64,
    /// Where it lies with 95 %; `None` where there are too few readings to tell.
    pub interval: Option<(f64, f64)>,
}

/// How many connections fit, and what ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceiling {
    /// So many.
    pub connections: u64,
    /// What sets it, by the name under which it can be raised.
    pub because: String,
}

/// A part of a reading.
type Part = fn(&MemoryPoint) -> Option<f64>;

impl MemoryCost {
    /// The memory of that backend in that scenario; `None` when no run that counts has readings of
    /// enough connections.
    #[must_use]
    pub fn of(results: &Results, scenario: &str, backend: &str) -> Option<Self> {
        let readings = readings(results, scenario, backend);
        let slope = |part: Part| {
            let slopes: Vec<f64> = readings.iter().filter_map(|one| one.slope(part)).collect();
            stats::median(&slopes).map(|per_connection| Slope { per_connection, interval: None })
        };
        (!readings.is_empty()).then(|| MemoryCost {
            heap: slope(|at| Some(at.user as f64 - at.stacks.unwrap_or(0) as f64)),
            stacks: slope(|at| at.stacks.map(|bytes| bytes as f64)),
            sockets: slope(|at| at.kernel_objects.map(|bytes| bytes as f64)),
            kernel_stacks: slope(|at| at.kernel_stacks.map(|bytes| bytes as f64)),
            page_tables: slope(|at| at.page_tables.map(|bytes| bytes as f64)),
        })
    }

    /// What the server's own memory grows by.
    #[must_use]
    pub fn user(&self) -> Option<f64> {
        sum([self.heap, self.stacks])
    }

    /// What the kernel's memory grows by, as far as it tells.
    #[must_use]
    pub fn kernel(&self) -> Option<f64> {
        sum([self.sockets, self.kernel_stacks, self.page_tables])
    }
}

/// The sum of what is known; `None` when nothing is.
fn sum<const N: usize>(slopes: [Option<Slope>; N]) -> Option<f64> {
    slopes.into_iter().flatten().map(|slope| slope.per_connection).reduce(|a, b| a + b)
}

impl Ceiling {
    /// The lowest of the bounds, each divided by what a connection takes of it beyond what the server
    /// takes without any; `None` when no bound meets a reading.
    #[must_use]
    pub fn of(results: &Results, scenario: &str, backend: &str, bounds: &Bounds) -> Option<Self> {
        let cost = MemoryCost::of(results, scenario, backend)?;
        let bytes = cost.user().unwrap_or(0.0) + cost.kernel().unwrap_or(0.0);
        let readings = readings(results, scenario, backend);
        let taken = |part: Part| {
            let slopes: Vec<f64> = readings.iter().filter_map(|one| one.slope(part)).collect();
            let bases: Vec<f64> =
                readings.iter().filter_map(|one| part(one.points.first()?)).collect();
            Some((stats::median(&slopes)?, stats::median(&bases)?))
        };
        let each = [
            // What is free is free beside the server.
            (&bounds.memory, Some((bytes, 0.0))),
            (&bounds.handles, taken(|at| at.handles.map(|count| count as f64))),
            (&bounds.threads, taken(|at| Some(at.threads as f64))),
            (&bounds.maps, taken(|at| at.maps.map(|count| count as f64))),
            (&bounds.ports, Some((1.0, 0.0))),
        ];
        let ends = each.into_iter().filter_map(|(bound, taken)| {
            let (bound, (slope, base)) = (bound.as_ref()?, taken?);
            let connections = (bound.most as f64 - base) / slope;
            let ends = slope > 0.0 && connections.is_finite() && connections >= 0.0;
            let connections = connections as u64;
            ends.then(|| Ceiling { connections, because: bound.because.clone() })
        });
        ends.min_by_key(|ceiling| ceiling.connections)
    }
}

fn readings<'a>(results: &'a Results, scenario: &'a str, backend: &'a str) -> Vec<&'a Memory> {
    let runs = results.counted(scenario, backend);
    let readings = runs.filter_map(|run| run.memory.as_ref());
    readings.filter(|memory| memory.most() >= ENOUGH_CONNECTIONS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Bound;
    use crate::results::fixture::{empty, measured, run};

    fn results() -> Results {
        // 80 × 2,000 bytes of user memory over a hundred connections, a quarter of it stacks.
        Results { runs: vec![run("ping", "async", 0, measured(1000, 9000, 2000))], ..empty() }
    }

    fn bound(most: u64, because: &str) -> Option<Bound> {
        Some(Bound { most, because: because.into() })
    }

    #[test]
    fn the_parts_are_told_apart_and_add_up() {
        let cost = MemoryCost::of(&results(), "ping", "async").unwrap();
        let known = |slope: Option<Slope>| slope.unwrap().per_connection.round();
        assert_eq!((known(cost.heap), known(cost.stacks)), (1200.0, 400.0));
        assert_eq!((known(cost.sockets), known(cost.kernel_stacks)), (8000.0, 32_768.0));
        assert_eq!(known(cost.page_tables), 40.0);
        assert_eq!(cost.user().unwrap().round(), 1600.0);
        assert_eq!(cost.kernel().unwrap().round(), 40_808.0);
    }

    #[test]
    fn a_few_connections_make_no_figure() {
        let mut results = results();
        results.runs[0].measured.as_mut().unwrap().memory.as_mut().unwrap().points.truncate(2);
        assert_eq!(MemoryCost::of(&results, "ping", "async"), None);
    }

    #[test]
    fn the_lowest_bound_sets_the_ceiling() {
        let results = results();
        let of = |bounds: &Bounds| Ceiling::of(&results, "ping", "async", bounds);
        let threads = Bounds { threads: bound(203, "threads-max"), ..Bounds::default() };
        assert_eq!(
            of(&threads).unwrap(),
            // Three threads before anybody came, two for each who did.
            Ceiling { connections: 100, because: "threads-max".into() }
        );
        let lower = Bounds { ports: bound(28_232, "ports"), maps: bound(460, "maps"), ..threads };
        let ceiling = Ceiling { connections: 50, because: "maps".into() };
        assert_eq!(of(&lower), Some(ceiling), "60 maps before anybody came, eight for each");
        assert_eq!(of(&Bounds::default()), None);
    }
}
