//! Self-proof: the knee of a server of known capacity is found within 2 %, over real sockets.
//!
//! The server takes so many messages and not one more: what is said after that is heard by nobody.
//! So what it bears follows from counting, and no clock and no busy machine can blur it.

use std::time::Duration;

use duplex_lab::compare::{Once, Prober, Question, Silent, Whom, load_once, search};
use duplex_lab::machine::Interrupt;
use duplex_lab::message::Wire;
use duplex_lab::results::{Axis, Found, Knee, Outcome, Purpose, Run, Slo};
use duplex_lab::scenario::{self, Arrivals, Scenario};

use crate::mutants::habit::Habit;
use crate::mutants::hall::Server;

/// The measured time of a probe, in milliseconds.
const TIME: u64 = 200;

/// Starts a server of that capacity for every probe.
struct Fresh {
    capacity: u64,
    knees: Vec<Knee>,
    stop_after: usize,
}

impl Prober for Fresh {
    fn probe(&mut self, backend: &str, scenario: &Scenario, seed: u64, _place: &str) -> Run {
        // Each message is delivered to both members.
        let habit = Habit::Tires(2 * self.capacity);
        let server = Server::start(habit, Wire::WebSocket);
        let once = Once {
            url: format!("http://{}", server.at),
            backend: backend.to_owned(),
            scenario: scenario.clone(),
            first_room: 0,
            seed,
            command: String::new(),
            pid: None,
            whom: Whom::Nobody,
        };
        let results = load_once(&once, &mut Silent, &Interrupt::new());
        results.expect("the server can be loaded").runs.remove(0)
    }

    fn keep(&mut self, knees: &[Knee]) -> anyhow::Result<bool> {
        self.knees = knees.to_vec();
        let made: usize = knees.iter().map(|knee| knee.probes.len()).sum();
        Ok(made < self.stop_after)
    }
}

fn searched(capacity: u64, axis: Axis, start: f64, stop_after: usize) -> (bool, Vec<Knee>) {
    let question = Question {
        scenario: Scenario {
            rate: start,
            arrivals: Arrivals::Even,
            warm_up: Duration::ZERO,
            duration: Duration::from_millis(TIME),
            drain: Duration::from_millis(300),
            ..scenario::named("ping").expect("it is embedded")
        },
        axis,
        // Only what never arrives breaks this promise, not a machine that has other things to do.
        slo: Slo { share: 0.5, within: 5_000_000_000 },
        seed: 1,
    };
    let mut fresh = Fresh { capacity, knees: Vec::new(), stop_after };
    let backends = [("async".to_owned(), Wire::WebSocket)];
    let is_whole =
        search(&question, &backends, &mut fresh).expect("nothing keeps it from going on");
    (is_whole, fresh.knees)
}

#[test]
fn a_server_of_known_capacity_is_found_within_two_per_cent() {
    let capacity = 173;
    let per_second = capacity as f64 * 1000.0 / TIME as f64;
    let (is_whole, knees) = searched(capacity, Axis::Rate, 300.0, usize::MAX);
    assert!(is_whole);
    let [knee] = knees.as_slice() else { panic!("{knees:?}") };
    let Found::Between { held, broken } = knee.found else { panic!("{:?}", knee.found) };
    println!("capacity {per_second} messages/s: kept up to {held}, broken at {broken}");
    // A plan has whole messages: half of one more or less is the same plan.
    let half = 500.0 / TIME as f64;
    assert!(held <= per_second + half && per_second - half <= broken, "{held} {broken}");
    assert!(broken <= held * 1.020_001, "{held} {broken}");
    let replays = knee.probes.iter().filter(|probe| probe.purpose == Purpose::Replay);
    let replays: Vec<(f64, bool)> =
        replays.map(|probe| (probe.at, probe.outcome == Outcome::Held)).collect();
    assert_eq!(replays, [(held, true), (broken, false)]);
    assert!(knee.probes.iter().all(|probe| probe.measured.is_some()));
}

#[test]
fn a_server_that_takes_nothing_never_keeps_its_promise() {
    let (is_whole, knees) = searched(0, Axis::Rate, 400.0, usize::MAX);
    assert!(is_whole && matches!(knees[0].found, Found::NeverHeld { .. }), "{:?}", knees[0].found);
}

#[test]
fn a_search_that_is_stopped_keeps_what_it_has() {
    let (is_whole, knees) = searched(1_000_000, Axis::Rate, 100.0, 2);
    assert!(!is_whole);
    assert_eq!(knees[0].probes.len(), 2);
    let Found::Unfinished { held, broken, .. } = &knees[0].found else { panic!("{knees:?}") };
    assert_eq!((*held, *broken), (Some(200.0), None));
}
