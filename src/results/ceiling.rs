//! How many connections the machine would bear, and what would end it: readings at a few hundred
//! connections carried on as straight lines to the machine's bounds.
//!
//! It is a prediction for a server that has the machine to itself, with its clients elsewhere.

use super::microscope::{MemoryCost, Part, Readings};
use super::{Bound, Bounds, Results};

/// How many connections fit, and what ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceiling {
    /// So many.
    pub connections: u64,
    /// What sets it, by the name under which it can be raised.
    pub because: String,
}

impl Ceiling {
    /// The lowest ceiling. `None` where no bound is known, where the readings are too few to tell a
    /// line from chance (three numbers of connections at least), or where memory does not grow with
    /// connections: then something else was measured.
    #[must_use]
    pub fn of(results: &Results, scenario: &str, backend: &str, bounds: &Bounds) -> Option<Self> {
        let cost = MemoryCost::of(results, scenario, backend)?;
        let readings = Readings::of(results, scenario, backend)?;
        let user = readings.line(|at| Some(at.user as f64))?;
        user.slope.interval?;
        let bytes = user.slope.per_connection + cost.kernel().unwrap_or(0.0);
        if user.slope.per_connection <= 0.0 || bytes <= 0.0 {
            return None;
        }
        let taken = |part: Part| {
            readings.line(part).map(|line| Use { base: line.base, each: line.slope.per_connection })
        };
        let handles = taken(|at| Some(at.handles? as f64));
        // A port is taken by each connection, and by nothing else.
        let ports = Use { base: 0.0, each: handles.map_or(1.0, |handles| handles.each) };
        let ends = [
            (&bounds.memory, Some(Use { base: user.base, each: bytes })),
            (&bounds.handles, handles),
            (&bounds.threads, taken(|at| Some(at.threads as f64))),
            (&bounds.maps, taken(|at| Some(at.maps? as f64))),
            (&bounds.ports, Some(ports)),
            (&bounds.connections, Some(Use { base: 0.0, each: 1.0 })),
        ];
        ends.into_iter()
            .filter_map(|(bound, taken)| taken?.until(bound.as_ref()?))
            .min_by_key(|ceiling| ceiling.connections)
    }
}

/// What a server takes of something: without connections, and for each one.
#[derive(Debug, Clone, Copy)]
struct Use {
    base: f64,
    each: f64,
}

impl Use {
    /// How many connections the bound suffices for; `None` where connections do not take of it.
    fn until(self, bound: &Bound) -> Option<Ceiling> {
        let connections = (bound.most as f64 - self.base) / self.each;
        let ends = self.each > LEAST && connections.is_finite();
        // A server that is beyond the bound already bears nobody.
        let connections = connections.max(0.0) as u64;
        ends.then(|| Ceiling { connections, because: bound.because.clone() })
    }
}

/// What grows by less than this per connection does not grow with connections.
const LEAST: f64 = 0.01;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::results::fixture::{arbitrary, empty, measured, run};

    /// 60 maps and 3 threads before anybody comes, eight and two for each who does; 1,600 bytes of
    /// user memory for each and 36,808 of the kernel's.
    fn results() -> Results {
        Results { runs: vec![run("ping", "async", 0, measured(1000, 9000, 2000))], ..empty() }
    }

    fn bound(most: u64, because: &str) -> Option<Bound> {
        Some(Bound { most, because: because.into() })
    }

    fn of(bounds: &Bounds) -> Option<Ceiling> {
        Ceiling::of(&results(), "ping", "async", bounds)
    }

    #[test]
    fn the_lowest_bound_sets_the_ceiling() {
        let threads = Bounds { threads: bound(203, "threads-max"), ..Bounds::default() };
        let ceiling = Ceiling { connections: 100, because: "threads-max".into() };
        assert_eq!(of(&threads), Some(ceiling));
        let lower = Bounds { ports: bound(28_232, "ports"), maps: bound(460, "maps"), ..threads };
        assert_eq!(of(&lower), Some(Ceiling { connections: 50, because: "maps".into() }));
        let lowest = Bounds { connections: bound(7, "connections"), ..lower };
        assert_eq!(of(&lowest), Some(Ceiling { connections: 7, because: "connections".into() }));
        assert_eq!(of(&Bounds::default()), None);
    }

    #[test]
    fn memory_is_the_servers_and_the_kernels_together() {
        let bytes = 5_000_000 + 1000 * (1600 + 36_808) + 10;
        let memory = Bounds { memory: bound(bytes, "MemAvailable"), ..Bounds::default() };
        assert_eq!(of(&memory).unwrap().connections, 1000);
    }

    #[test]
    fn what_does_not_grow_is_no_bound_and_no_memory_is_no_prediction() {
        let mut results = results();
        let bounds = Bounds { threads: bound(4, "t"), maps: bound(4600, "m"), ..Bounds::default() };
        let change = |results: &mut Results, how: fn(&mut crate::results::MemoryPoint)| {
            let memory = results.runs[0].measured.as_mut().unwrap().memory.as_mut().unwrap();
            memory.points.iter_mut().for_each(how);
        };
        change(&mut results, |point| point.threads = 3);
        let ceiling = Ceiling::of(&results, "ping", "async", &bounds).unwrap();
        assert_eq!(ceiling.because, "m");
        change(&mut results, |point| point.user = 1_000_000 - point.connections);
        assert_eq!(Ceiling::of(&results, "ping", "async", &bounds), None);
        let mut few = self::results();
        let points = &mut few.runs[0].measured.as_mut().unwrap().memory.as_mut().unwrap().points;
        points.drain(1..4);
        assert_eq!(Ceiling::of(&few, "ping", "async", &bounds), None, "two readings");
    }

    proptest! {
        /// At the ceiling the bound suffices, and with one connection more it does not.
        #[test]
        fn the_ceiling_is_the_last_number_that_fits(most in 61_u64..10_000_000) {
            let bounds = Bounds { maps: bound(most, "maps"), ..Bounds::default() };
            let connections = of(&bounds).unwrap().connections;
            prop_assert!(60 + 8 * connections <= most && most < 60 + 8 * (connections + 1));
        }

        /// More of anything never makes fewer connections.
        #[test]
        fn a_higher_bound_is_no_lower_ceiling(
            low in prop::array::uniform6(0_u64..1 << 40), more in prop::array::uniform6(0_u64..1 << 40),
        ) {
            let bounds = |most: [u64; 6]| {
                let [memory, handles, threads, maps, ports, connections] =
                    most.map(|most| bound(most, "x"));
                Bounds { memory, handles, threads, maps, ports, connections }
            };
            let high = std::array::from_fn(|at| low[at] + more[at]);
            let (low, high) = (of(&bounds(low)).unwrap(), of(&bounds(high)).unwrap());
            prop_assert!(low.connections <= high.connections);
        }

    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_results_make_it_panic(results in arbitrary(), most: [u64; 6]) {
            let [memory, handles, threads, maps, ports, connections] =
                most.map(|most| bound(most, "x"));
            let bounds = Bounds { memory, handles, threads, maps, ports, connections };
            for run in &results.runs {
                let _ = Ceiling::of(&results, &run.scenario, &run.backend, &bounds);
            }
        }
    }
}
